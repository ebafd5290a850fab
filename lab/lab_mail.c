/* A mail server that takes messages for anybody at the shop and throws them away: SMTP (RFC 5321) with STARTTLS. */
#include "lab.h"
#include "lab_conf.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct post_office {
    struct conf conf;
    SSL_CTX *tls;
};

struct letter {
    const struct post_office *office;
    int fd;
    SSL *ssl; /* NULL until STARTTLS */
    char buffer[2048];
    size_t n;
};

struct door {
    const struct post_office *office;
    int fd;
};

static ssize_t get(struct letter *l, char *ret, size_t n)
{
    return l->ssl ? SSL_read(l->ssl, ret, (int)n) : recv(l->fd, ret, n, 0);
}

static void say(struct letter *l, const char *text)
{
    if (l->ssl)
        SSL_write(l->ssl, text, (int)strlen(text));
    else
        send_all(l->fd, text, strlen(text));
}

/* One line without its end; false when the client is gone or the line too long. */
static bool read_line(struct letter *l, char *ret, size_t size)
{
    for (;;) {
        char *end = memchr(l->buffer, '\n', l->n);

        if (end) {
            size_t n = (size_t)(end - l->buffer);
            snprintf(ret, size, "%.*s", (int)(n > 0 && end[-1] == '\r' ? n - 1 : n), l->buffer);
            l->n -= n + 1;
            memmove(l->buffer, end + 1, l->n);
            return true;
        }
        if (l->n == sizeof l->buffer)
            return false;
        ssize_t got = get(l, l->buffer + l->n, sizeof l->buffer - l->n);
        if (got <= 0)
            return false;
        l->n += (size_t)got;
    }
}

static bool starts(const char *line, const char *verb)
{
    return !strncasecmp(line, verb, strlen(verb));
}

static void greet(struct letter *l, bool extended)
{
    char answer[256];
    const char *name = conf_get(&l->office->conf, "name", "mail.example");
    bool offers_tls = !l->ssl && conf_get(&l->office->conf, "starttls", NULL);

    snprintf(answer, sizeof answer,
             extended ? "250-%s\r\n250-PIPELINING\r\n250-SIZE 1048576\r\n%s250 8BITMIME\r\n" : "250 %s\r\n", name,
             offers_tls ? "250-STARTTLS\r\n" : "");
    say(l, answer);
}

static bool start_tls(struct letter *l)
{
    say(l, "220 go ahead\r\n");
    l->n = 0; /* what was sent in clear after the command is not trusted (RFC 3207 section 4.2) */
    l->ssl = need(SSL_new(l->office->tls));
    SSL_set_fd(l->ssl, l->fd);
    return SSL_accept(l->ssl) == 1;
}

static bool take_message(struct letter *l)
{
    char line[1100];

    say(l, "354 end with a dot\r\n");
    do
        if (!read_line(l, line, sizeof line))
            return false;
    while (strcmp(line, ".") != 0);
    say(l, "250 taken\r\n");
    return true;
}

/* Whether a line "KEY ADDRESS" of the configuration names the one in "RCPT TO:<ADDRESS>". */
static bool is_listed(const struct letter *l, const char *key, const char *line)
{
    size_t at = 0;

    for (const char *address; (address = conf_next(&l->office->conf, key, &at));)
        if (strcasestr(line, address))
            return true;
    return false;
}

static const char *answer_recipient(const struct letter *l, const char *line)
{
    if (!strcasestr(line, "@shop.example>"))
        return "550 5.7.1 nobody here relays\r\n";
    if (is_listed(l, "refuse", line))
        return "550 5.1.1 no such mailbox\r\n";
    if (is_listed(l, "later", line))
        return "451 4.7.1 greylisted, come again in five minutes\r\n";
    return "250 fine\r\n";
}

/* One command; false: the conversation is over. */
static bool obey(struct letter *l, const char *line)
{
    if (starts(line, "QUIT")) {
        say(l, "221 bye\r\n");
        return false;
    }
    if (starts(line, "STARTTLS") && !l->ssl && conf_get(&l->office->conf, "starttls", NULL))
        return start_tls(l);
    if (starts(line, "DATA"))
        return take_message(l);
    if (starts(line, "EHLO") || starts(line, "HELO"))
        greet(l, starts(line, "EHLO"));
    else if (starts(line, "RCPT TO:"))
        say(l, answer_recipient(l, line));
    else if (starts(line, "MAIL FROM:") || starts(line, "RSET") || starts(line, "NOOP"))
        say(l, "250 fine\r\n");
    else
        say(l, "502 5.5.1 not known\r\n");
    return true;
}

static void *converse(void *argument)
{
    struct letter *l = argument;
    char line[1100], greeting[128];

    snprintf(greeting, sizeof greeting, "220 %s ESMTP\r\n", conf_get(&l->office->conf, "name", "mail.example"));
    say(l, greeting);
    while (read_line(l, line, sizeof line) && obey(l, line))
        ;
    SSL_free(l->ssl);
    close(l->fd);
    free(l);
    return NULL;
}

static void *open_door(void *argument)
{
    const struct door *door = argument;

    for (;;) {
        int fd = accept(door->fd, NULL, NULL);
        struct timeval limit = {60, 0};

        if (fd < 0)
            fail("mail: accept");
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        struct letter *l = need(calloc(1, sizeof *l));
        l->office = door->office;
        l->fd = fd;
        start_thread(converse, l);
    }
    return NULL;
}

int run_mail(int argc, char **argv)
{
    static struct post_office office;
    size_t at = 0;

    if (argc != 1)
        return 2;
    office.conf = conf_read(argv[0]);
    office.tls = need(SSL_CTX_new(TLS_server_method()));
    if (SSL_CTX_use_certificate_chain_file(office.tls, conf_get(&office.conf, "certificate", "")) != 1 ||
        SSL_CTX_use_PrivateKey_file(office.tls, conf_get(&office.conf, "key", ""), SSL_FILETYPE_PEM) != 1) {
        fputs("launchready-lab: mail: cannot read the certificate or its key\n", stderr);
        return 2;
    }
    for (const char *listen; (listen = conf_next(&office.conf, "listen", &at));) {
        struct place place = place_parse(listen);
        struct door *door = need(malloc(sizeof *door));

        *door = (struct door){&office, place_listen(&place, SOCK_STREAM)};
        start_thread(open_door, door);
    }
    for (;;)
        pause();
}
