/* Servers that misbehave, each in one way: what a client must survive. */
#include "lab.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* No misbehaviour lasts longer than this. */
#define LAST_MS 120000
#define OK      "HTTP/1.1 200 OK\r\n"
#define HTML    "Content-Type: text/html; charset=utf-8\r\n"

static void say(int fd, const char *text)
{
    send_all(fd, text, strlen(text));
}

/* Reads a request's header section, without looking at it. */
static void read_request(int fd)
{
    char bytes[4096];
    size_t n = 0;

    while (n < sizeof bytes - 1) {
        ssize_t got = recv(fd, bytes + n, sizeof bytes - 1 - n, 0);

        if (got <= 0)
            return;
        n += (size_t)got;
        bytes[n] = 0;
        if (strstr(bytes, "\r\n\r\n"))
            return;
    }
}

/* Nothing is sent; the connection stays until the client goes away. */
static void serve_silent(int fd)
{
    char bytes[4096];
    struct pollfd wait = {fd, POLLIN, 0};

    while (poll(&wait, 1, LAST_MS) > 0 && recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

static void serve_drip(int fd)
{
    read_request(fd);
    for (const char *at = OK HTML "X-Patience: a virtue, one byte a second\r\n"; *at; at++) {
        if (!send_all(fd, at, 1))
            return;
        sleep_ms(1000);
    }
}

static void serve_endless_head(int fd)
{
    char line[1024];
    int n = 0;

    read_request(fd);
    say(fd, OK HTML);
    do
        n++;
    while (send_all(fd, line, (size_t)snprintf(line, sizeof line, "X-Filler-%d: %0900d\r\n", n, n)) && n < 1000000);
}

static void serve_endless_body(int fd)
{
    static char block[65536];

    memset(block, 'a', sizeof block - 1);
    read_request(fd);
    say(fd, OK HTML "\r\n<!DOCTYPE html><html><head><title>Endless</title></head><body>");
    for (int n = 0; n < 1 << 20 && send_all(fd, block, sizeof block - 1); n++)
        ;
}

static void redirect(int fd, const char *to)
{
    char answer[512];

    read_request(fd);
    snprintf(answer, sizeof answer,
             "HTTP/1.1 301 Moved Permanently\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", to);
    say(fd, answer);
}

static void serve_to_file(int fd)
{
    redirect(fd, "file:///etc/passwd");
}

static void serve_to_private(int fd)
{
    redirect(fd, "http://10.0.0.1/internal");
}

static void serve_to_itself(int fd)
{
    redirect(fd, "?");
}

static void serve_broken_gzip(int fd)
{
    read_request(fd);
    say(fd, OK HTML "Content-Encoding: gzip\r\nContent-Length: 40\r\nConnection: close\r\n\r\n"
                    "\x1f\x8b\x08");
    say(fd, "this was never compressed by anybody.");
}

/* A gigabyte of zeros: about one megabyte on the wire. */
static void serve_gzip_bomb(int fd)
{
    static unsigned char zeros[65536];
    unsigned char packed[65536];
    z_stream z = {.next_in = zeros};

    read_request(fd);
    say(fd, OK HTML "Content-Encoding: gzip\r\nConnection: close\r\n\r\n");
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    for (int n = 0; n <= 16384; n++) {
        z.next_in = zeros;
        z.avail_in = sizeof zeros;
        do {
            z.next_out = packed;
            z.avail_out = sizeof packed;
            deflate(&z, n == 16384 ? Z_FINISH : Z_NO_FLUSH);
            if (!send_all(fd, packed, sizeof packed - z.avail_out))
                n = 16384;
        } while (z.avail_out == 0);
    }
    deflateEnd(&z);
}

static void serve_strange(int fd)
{
    static const char answer[] = OK HTML "Server: \033]0;owned\007\033[31mred\r\n"
                                         "X-Broken: \xff\xfe\xc0\xaf\r\n"
                                         "X-Order: \xe2\x80\xaegnp.exe\r\n"
                                         "Set-Cookie: session=\033[2J; Path=/\r\n"
                                         "Connection: close\r\n\r\n"
                                         "<!DOCTYPE html><html><head><title>A \033[31mred\033[0m \xff\xfe title \0"
                                         "with more \xc2\x9b"
                                         "31m</title>"
                                         "<link rel=\"canonical\" href=\"https://strange.bad.example/\033[1m\">"
                                         "</head><body>\0\0<h1>\xed\xa0\x80</h1></body></html>";

    read_request(fd);
    send_all(fd, answer, sizeof answer - 1);
}

static void serve_closes(int fd)
{
    (void)fd;
}

static void serve_half(int fd)
{
    read_request(fd);
    say(fd, OK HTML "X-Cut: the connection ends in the mid");
}

static void serve_garbage(int fd)
{
    read_request(fd);
    static const char greeting[] = "220 \xff\0 mail.example ESMTP, not HTTP\r\n\r\n";
    send_all(fd, greeting, sizeof greeting - 1);
}

static void serve_page(int fd)
{
    static const char page[] = "<!DOCTYPE html><html lang=\"en\"><head><title>A page</title></head>"
                               "<body><h1>A page</h1></body></html>";
    char head[256];

    read_request(fd);
    snprintf(head, sizeof head, OK HTML "Content-Length: %zu\r\nConnection: close\r\n\r\n", sizeof page - 1);
    say(fd, head);
    say(fd, page);
}

static const struct bad_kind kinds[] = {
    {"silent", serve_silent, NULL},
    {"drip", serve_drip, NULL},
    {"endless-head", serve_endless_head, NULL},
    {"endless-body", serve_endless_body, NULL},
    {"to-file", serve_to_file, NULL},
    {"to-private", serve_to_private, NULL},
    {"to-itself", serve_to_itself, NULL},
    {"broken-gzip", serve_broken_gzip, NULL},
    {"gzip-bomb", serve_gzip_bomb, NULL},
    {"strange", serve_strange, NULL},
    {"closes", serve_closes, NULL},
    {"half", serve_half, NULL},
    {"garbage", serve_garbage, NULL},
    {"page", serve_page, NULL},
    {NULL, NULL, NULL},
};

struct listener {
    struct place place;
    const struct bad_kind *kind;
    int fd;
};

struct visit {
    const struct bad_kind *kind;
    int fd;
};

static void *serve_visit(void *argument)
{
    struct visit *visit = argument;

    visit->kind->serve(visit->fd);
    /* Let the client read what was sent: closing with unread input would reset the connection. */
    shutdown(visit->fd, SHUT_WR);
    struct pollfd wait = {visit->fd, POLLIN, 0};
    char rest[4096];
    while (poll(&wait, 1, 1000) > 0 && recv(visit->fd, rest, sizeof rest, 0) > 0)
        ;
    close(visit->fd);
    free(visit);
    return NULL;
}

static void *take_visits(void *argument)
{
    struct listener *l = argument;

    for (;;) {
        int fd = accept(l->fd, NULL, NULL);

        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            fail(l->place.text);
        }
        struct visit *visit = need(malloc(sizeof *visit));
        *visit = (struct visit){l->kind, fd};
        start_thread(serve_visit, visit);
    }
}

static void *serve_dns(void *argument)
{
    struct listener *l = argument;

    bad_dns_serve(&l->place, l->kind);
    return NULL;
}

static const struct bad_kind *find_kind(const char *name)
{
    for (const struct bad_kind *k = kinds; k->name; k++)
        if (!strcmp(k->name, name))
            return k;
    for (const struct bad_kind *k = bad_dns_kinds; k->name; k++)
        if (!strcmp(k->name, name))
            return k;
    return NULL;
}

int run_bad(int argc, char **argv)
{
    if (argc == 0 || argc % 2)
        return 2;
    for (int i = 0; i < argc; i += 2) {
        struct listener *l = need(malloc(sizeof *l));

        *l = (struct listener){place_parse(argv[i + 1]), find_kind(argv[i]), -1};
        if (!l->kind) {
            fprintf(stderr, "launchready-lab: no such misbehaviour: %s; there are:", argv[i]);
            for (const struct bad_kind *k = kinds; k->name; k++)
                fprintf(stderr, " %s", k->name);
            for (const struct bad_kind *k = bad_dns_kinds; k->name; k++)
                fprintf(stderr, " %s", k->name);
            fputs("\n", stderr);
            return 2;
        }
        if (!l->kind->serve) {
            start_thread(serve_dns, l);
            continue;
        }
        l->fd = place_listen(&l->place, SOCK_STREAM);
        start_thread(take_visits, l);
    }
    for (;;)
        pause();
}
