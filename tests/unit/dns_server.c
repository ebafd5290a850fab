#include "dns_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, TYPE_A = 1, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_TXT = 16, MOST = 65535 };

struct dns_server {
    int udp, tcp, wake[2];
    uint16_t port;
    pthread_t thread;
    atomic_int n_asked;
};

struct message {
    uint8_t p[MOST + 400];
    size_t n;
};

static void add(struct message *m, const void *p, size_t n)
{
    memcpy(m->p + m->n, p, n);
    m->n += n;
}

static void add16(struct message *m, unsigned v)
{
    add(m, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

/* Owner: the question's name. */
static void add_record(struct message *m, unsigned type, const void *data, size_t n)
{
    add16(m, 0xc00c);
    add16(m, type);
    add16(m, 1);
    add16(m, 0);
    add16(m, 300);
    add16(m, (unsigned)n);
    add(m, data, n);
}

static void add_address(struct message *m)
{
    add_record(m, TYPE_A, (uint8_t[]){192, 0, 2, 1}, 4);
}

static bool asks(const uint8_t *q, const char *label)
{
    return q[HEADER] == strlen(label) && memcmp(q + HEADER + 1, label, q[HEADER]) == 0;
}

/* Header and question: flags as given, so many answers and authorities. */
static void begin(struct message *m, const uint8_t *q, size_t question_n, unsigned flags, unsigned n_answers,
                  unsigned n_authority)
{
    m->n = 0;
    add(m, q, 2);
    add16(m, 0x8080 | flags | (q[2] & 1u) << 8);
    add16(m, 1);
    add16(m, n_answers);
    add16(m, n_authority);
    add16(m, 0);
    add(m, q + HEADER, question_n);
}

static void add_soa(struct message *m)
{
    static const uint8_t soa[] = "\2ns\7example\0\4host\7example\0\0\0\0\1\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0\74";

    add_record(m, TYPE_SOA, soa, sizeof soa - 1);
}

/* 64 KiB of TXT, which only fits TCP. */
static void make_big(struct message *m, const uint8_t *q, size_t question_n)
{
    uint8_t text[256];

    memset(text, 'x', sizeof text);
    text[0] = 255;
    begin(m, q, question_n, 0x400, 240, 0);
    for (int i = 0; i < 240; i++)
        add_record(m, TYPE_TXT, text, sizeof text);
}

/* The reply; false: silence. */
static bool reply_to(struct dns_server *s, const uint8_t *q, size_t n, bool tcp, struct message *m)
{
    size_t question_n = 0;

    if (n < HEADER + 5)
        return false;
    while (q[HEADER + question_n])
        question_n += 1u + q[HEADER + question_n];
    question_n += 5;
    if (asks(q, "silent") || (asks(q, "flaky") && s->n_asked == 1))
        return false;
    if ((asks(q, "cut") || asks(q, "big") || asks(q, "half") || asks(q, "other-over-tcp")) && !tcp) {
        begin(m, q, question_n, 0x200, 0, 0);
    } else if (asks(q, "big")) {
        make_big(m, q, question_n);
    } else if (asks(q, "servfail")) {
        begin(m, q, question_n, 2, 0, 0);
    } else if (asks(q, "refused")) {
        begin(m, q, question_n, 5, 0, 0);
    } else if (asks(q, "nxdomain")) {
        begin(m, q, question_n, 3, 0, 1);
        add_soa(m);
    } else if (asks(q, "nodata")) {
        begin(m, q, question_n, 0, 0, 1);
        add_soa(m);
    } else if (asks(q, "loop")) {
        begin(m, q, question_n, 0, 1, 0);
        add_record(m, TYPE_CNAME, (uint8_t[]){0xc0, 0x0c}, 2);
    } else if (asks(q, "pointer")) {
        begin(m, q, question_n, 0, 1, 0);
        add16(m, 0xc000 | (unsigned)m->n); /* a name that points to itself */
        add(m, (uint8_t[]){0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1}, 14);
    } else if (asks(q, "alias")) {
        begin(m, q, question_n, 0, 2, 0);
        add_record(m, TYPE_CNAME, "\4Real\7example\0", 14);
        add(m, "\4real\7example\0\0\1\0\1\0\0\1\54\0\4\300\0\2\7", 28);
    } else if (asks(q, "formerr") && (q[11] || q[10])) {
        begin(m, q, question_n, 1, 0, 0);
    } else if (asks(q, "broken")) {
        begin(m, q, question_n, 0, 1, 0);
        add(m, "\300\14\0\1", 4);
    } else if (asks(q, "many")) {
        begin(m, q, question_n, 0, 60000, 0);
    } else if (asks(q, "strange-bytes")) {
        begin(m, q, question_n, 0, 1, 0);
        add_record(m, TYPE_TXT, "\7\33[31m\0\377", 8);
    } else {
        begin(m, q, question_n, 0x400, 1, 0);
        add_address(m);
    }
    return true;
}

static void serve_udp(struct dns_server *s)
{
    static _Thread_local struct message m;
    struct sockaddr_storage from;
    socklen_t from_n = sizeof from;
    uint8_t q[1500];
    ssize_t n = recvfrom(s->udp, q, sizeof q, 0, (struct sockaddr *)&from, &from_n);

    if (n < HEADER)
        return;
    s->n_asked++;
    if (!reply_to(s, q, (size_t)n, false, &m))
        return;
    if (asks(q, "lies") || asks(q, "liar-first")) {
        m.p[0] ^= 0x55; /* another id */
        (void)sendto(s->udp, m.p, m.n, 0, (struct sockaddr *)&from, from_n);
        m.p[0] ^= 0x55;
        m.p[HEADER + 1] ^= 1; /* another question */
        (void)sendto(s->udp, m.p, m.n, 0, (struct sockaddr *)&from, from_n);
        m.p[HEADER + 1] ^= 1;
        m.p[2] &= 0x7f; /* a question, not an answer */
        (void)sendto(s->udp, m.p, m.n, 0, (struct sockaddr *)&from, from_n);
        m.p[2] |= 0x80;
        if (asks(q, "lies"))
            return;
    }
    (void)sendto(s->udp, m.p, m.n, 0, (struct sockaddr *)&from, from_n);
}

static void serve_tcp(struct dns_server *s)
{
    static _Thread_local struct message m;
    int fd = accept(s->tcp, NULL, NULL);
    uint8_t q[1500], head[2];

    if (fd < 0)
        return;
    ssize_t n = recv(fd, q, sizeof q, 0);
    if (n > HEADER + 2 && reply_to(s, q + 2, (size_t)n - 2, true, &m)) {
        if (asks(q + 2, "other-over-tcp"))
            m.p[HEADER + 1] ^= 1;
        head[0] = (uint8_t)(m.n >> 8);
        head[1] = (uint8_t)m.n;
        (void)send(fd, head, 2, MSG_NOSIGNAL);
        size_t most = asks(q + 2, "half") ? m.n / 2 : m.n, sent = 0;
        while (sent < most) {
            ssize_t one = send(fd, m.p + sent, most - sent, MSG_NOSIGNAL);
            if (one <= 0)
                break;
            sent += (size_t)one;
        }
    }
    close(fd);
}

static void *serve(void *arg)
{
    struct dns_server *s = arg;
    struct pollfd fds[3] = {
        {.fd = s->udp, .events = POLLIN}, {.fd = s->tcp, .events = POLLIN}, {.fd = s->wake[0], .events = POLLIN}};

    while (poll(fds, 3, -1) > 0 && !fds[2].revents) {
        if (fds[0].revents)
            serve_udp(s);
        if (fds[1].revents)
            serve_tcp(s);
    }
    return NULL;
}

/* One port for both: UDP takes any, TCP the same one or we try again. */
struct dns_server *dns_server_start(void)
{
    struct dns_server *s = calloc(1, sizeof *s);

    for (int tries = 0; s && tries < 50; tries++) {
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t n = sizeof at;
        s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(s->udp, (struct sockaddr *)&at, n) == 0 && getsockname(s->udp, (struct sockaddr *)&at, &n) == 0 &&
            bind(s->tcp, (struct sockaddr *)&at, n) == 0 && listen(s->tcp, 8) == 0 && pipe(s->wake) == 0) {
            s->port = ntohs(at.sin_port);
            if (pthread_create(&s->thread, NULL, serve, s) == 0)
                return s;
        }
        close(s->udp);
        close(s->tcp);
    }
    perror("dns_server");
    abort();
}

void dns_server_stop(struct dns_server *s)
{
    (void)!write(s->wake[1], "", 1);
    pthread_join(s->thread, NULL);
    close(s->udp);
    close(s->tcp);
    close(s->wake[0]);
    close(s->wake[1]);
    free(s);
}

uint16_t dns_server_port(const struct dns_server *s)
{
    return s->port;
}

int dns_server_asked(const struct dns_server *s)
{
    return s->n_asked;
}
