/* Name servers that misbehave. Each takes any question, over UDP and TCP. */
#include "lab_dns.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QR_AA = 0x84, TC = 0x02, RCODE_SERVFAIL = 2, RCODE_REFUSED = 5, TYPE_CNAME = 5 };

void dns_put(struct dns_message *m, const void *bytes, size_t n)
{
    memcpy(m->at + m->n, bytes, n);
    m->n += n;
}

void dns_put_u16(struct dns_message *m, unsigned value)
{
    unsigned char bytes[2] = {(unsigned char)(value >> 8), (unsigned char)value};

    dns_put(m, bytes, 2);
}

/* How long the question section is, or 0 when it is not one whole question. */
static size_t question_length(const unsigned char *asked, size_t n)
{
    size_t at = DNS_HEADER;

    while (at < n && asked[at] != 0 && asked[at] < 64)
        at += 1u + asked[at];
    return at + 5 <= n && asked[at] == 0 ? at + 5 - DNS_HEADER : 0;
}

bool dns_begin_reply(struct dns_message *m, const unsigned char *asked, size_t n, unsigned n_answers)
{
    size_t question = question_length(asked, n);

    if (question == 0)
        return false;
    dns_put(m, asked, 2);
    dns_put_u16(m, QR_AA << 8 | (asked[2] & 1u) << 8);
    dns_put_u16(m, 1);
    dns_put_u16(m, n_answers);
    dns_put_u16(m, 0);
    dns_put_u16(m, 0);
    dns_put(m, asked + DNS_HEADER, question);
    return true;
}

void dns_put_owner_is_question(struct dns_message *m, unsigned type)
{
    dns_put_u16(m, 0xc000 | DNS_HEADER);
    dns_put_u16(m, type);
    dns_put_u16(m, 1);
    dns_put_u16(m, 0);
    dns_put_u16(m, 60);
}

static size_t answer_nothing(const unsigned char *asked, size_t n, unsigned char *ret)
{
    (void)asked, (void)n, (void)ret;
    return 0;
}

/* Another id, another question, and an answer that nobody asked for. */
static size_t answer_lie(const unsigned char *asked, size_t n, unsigned char *ret)
{
    static const unsigned char name[] = "\x05other\x07"
                                        "example";
    static const unsigned char address[] = {198, 51, 100, 250};
    struct dns_message m = {ret, 0};

    if (n < DNS_HEADER)
        return 0;
    dns_put_u16(&m, (unsigned)(asked[0] << 8 | asked[1]) ^ 0x5a5a);
    dns_put_u16(&m, QR_AA << 8);
    dns_put_u16(&m, 1);
    dns_put_u16(&m, 1);
    dns_put_u16(&m, 0);
    dns_put_u16(&m, 0);
    dns_put(&m, name, sizeof name);
    dns_put_u16(&m, 1);
    dns_put_u16(&m, 1);
    dns_put_owner_is_question(&m, 1);
    dns_put_u16(&m, sizeof address);
    dns_put(&m, address, sizeof address);
    return m.n;
}

/* TXT records that fill the largest message there is. */
static size_t answer_big(const unsigned char *asked, size_t n, unsigned char *ret)
{
    struct dns_message m = {ret, 0};
    unsigned char text[256];
    unsigned n_answers = 0;

    if (!dns_begin_reply(&m, asked, n, 0))
        return 0;
    memset(text, 'x', sizeof text);
    text[0] = 255;
    while (m.n + 12 + sizeof text <= BAD_DNS_MOST_BYTES) {
        dns_put_owner_is_question(&m, DNS_TXT);
        dns_put_u16(&m, sizeof text);
        text[1] = (unsigned char)('a' + n_answers % 26);
        text[2] = (unsigned char)('a' + n_answers / 26 % 26);
        dns_put(&m, text, sizeof text);
        n_answers++;
    }
    ret[6] = (unsigned char)(n_answers >> 8);
    ret[7] = (unsigned char)n_answers;
    return m.n;
}

/* Every name is an alias of a longer one, until it starts again. */
static size_t answer_endless(const unsigned char *asked, size_t n, unsigned char *ret)
{
    struct dns_message m = {ret, 0};
    size_t question = question_length(asked, n);

    if (!dns_begin_reply(&m, asked, n, 1))
        return 0;
    dns_put_owner_is_question(&m, TYPE_CNAME);
    unsigned char label[2] = {1, (unsigned char)('a' + (asked[DNS_HEADER + 1] + 1) % 26)};
    bool full = question > 200;
    dns_put_u16(&m, full ? 2 + 14 : 2 + 2);
    if (full)
        dns_put(&m,
                "\x0d"
                "starts-again1",
                14);
    else
        dns_put(&m, label, sizeof label);
    dns_put_u16(&m, 0xc000 | DNS_HEADER);
    return m.n;
}

/* A reply that is cut in the middle of a record, with a pointer to itself. */
static size_t answer_broken(const unsigned char *asked, size_t n, unsigned char *ret)
{
    struct dns_message m = {ret, 0};

    if (!dns_begin_reply(&m, asked, n, 3))
        return 0;
    dns_put_u16(&m, 0xc000 | (unsigned)m.n);
    dns_put_u16(&m, 1);
    return m.n;
}

static size_t answer_with_code(const unsigned char *asked, size_t n, unsigned char code, unsigned char *ret)
{
    struct dns_message m = {ret, 0};

    if (!dns_begin_reply(&m, asked, n, 0))
        return 0;
    ret[3] = code;
    return m.n;
}

static size_t answer_refused(const unsigned char *asked, size_t n, unsigned char *ret)
{
    return answer_with_code(asked, n, RCODE_REFUSED, ret);
}

static size_t answer_servfail(const unsigned char *asked, size_t n, unsigned char *ret)
{
    return answer_with_code(asked, n, RCODE_SERVFAIL, ret);
}

const struct bad_kind bad_dns_kinds[] = {
    {"dns-silent", NULL, answer_nothing},
    {"dns-liar", NULL, answer_lie},
    {"dns-big", NULL, answer_big},
    {"dns-endless", NULL, answer_endless},
    {"dns-broken", NULL, answer_broken},
    {"dns-refuses", NULL, answer_refused},
    {"dns-servfail", NULL, answer_servfail},
    {"dns-mail", NULL, answer_mail_in_bulk},
    {NULL, NULL, NULL},
};

static void answer_datagram(int fd, const struct bad_kind *kind)
{
    unsigned char asked[4096], answer[BAD_DNS_MOST_BYTES];
    struct sockaddr_storage from;
    socklen_t n_from = sizeof from;
    ssize_t n = recvfrom(fd, asked, sizeof asked, 0, (struct sockaddr *)&from, &n_from);

    if (n < DNS_HEADER)
        return;
    size_t n_answer = kind->answer(asked, (size_t)n, answer);
    if (n_answer > 1232) { /* come again over TCP */
        n_answer = DNS_HEADER + question_length(asked, (size_t)n);
        answer[2] |= TC;
        memset(answer + 6, 0, 2);
    }
    if (n_answer > 0)
        sendto(fd, answer, n_answer, 0, (struct sockaddr *)&from, n_from);
}

struct stream {
    int fd;
    const struct bad_kind *kind;
};

static void *answer_stream(void *argument)
{
    struct stream *s = argument;
    unsigned char head[2], asked[4096], *answer = need(malloc(2 + BAD_DNS_MOST_BYTES));

    while (recv(s->fd, head, 2, MSG_WAITALL) == 2) {
        size_t n = (size_t)head[0] << 8 | head[1];

        if (n < DNS_HEADER || n > sizeof asked || recv(s->fd, asked, n, MSG_WAITALL) != (ssize_t)n)
            break;
        size_t n_answer = s->kind->answer(asked, n, answer + 2);
        answer[0] = (unsigned char)(n_answer >> 8);
        answer[1] = (unsigned char)n_answer;
        if (n_answer > 0 && !send_all(s->fd, answer, 2 + n_answer))
            break;
    }
    close(s->fd);
    free(answer);
    free(s);
    return NULL;
}

void bad_dns_serve(const struct place *place, const struct bad_kind *kind)
{
    struct pollfd wait[2] = {{place_listen(place, SOCK_DGRAM), POLLIN, 0},
                             {place_listen(place, SOCK_STREAM), POLLIN, 0}};

    for (;;) {
        if (poll(wait, 2, -1) < 0)
            continue;
        if (wait[0].revents & POLLIN)
            answer_datagram(wait[0].fd, kind);
        if (wait[1].revents & POLLIN) {
            struct stream *s = need(malloc(sizeof *s));

            *s = (struct stream){accept(wait[1].fd, NULL, NULL), kind};
            if (s->fd < 0)
                free(s);
            else
                start_thread(answer_stream, s);
        }
    }
}
