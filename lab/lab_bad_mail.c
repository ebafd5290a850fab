/* Mail records in bulk: what a name server's zone file would not hold. The name says what comes:
 * strings.bulk.hostile.example is one record of ten thousand strings, and so on; every name answers, those below it
 * too. */
#include "lab_dns.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LABELS_MOST = 64, TEXT_MOST = 60000 };

/* The question, taken apart: labels[0] is the leftmost. */
struct asked {
    const unsigned char *labels[LABELS_MOST]; /* each with its length in front */
    size_t n;
    unsigned type;
};

static bool read_asked(const unsigned char *m, size_t n, struct asked *ret)
{
    size_t at = DNS_HEADER;

    ret->n = 0;
    while (at < n && m[at] != 0 && m[at] < 64 && ret->n < LABELS_MOST) {
        ret->labels[ret->n++] = m + at;
        at += 1u + m[at];
    }
    if (at + 3 > n || m[at] != 0)
        return false;
    ret->type = (unsigned)(m[at + 1] << 8 | m[at + 2]);
    return true;
}

static bool label_is(const unsigned char *label, const char *word)
{
    return label[0] == strlen(word) && !strncasecmp((const char *)label + 1, word, label[0]);
}

/* One TXT record; the text is cut into strings of at most each bytes. */
static void put_text(struct dns_message *m, const char *text, size_t n, size_t each)
{
    size_t n_strings = (n + each - 1) / each;

    dns_put_owner_is_question(m, DNS_TXT);
    dns_put_u16(m, (unsigned)(n + n_strings));
    for (size_t at = 0; at < n; at += each) {
        unsigned char length = (unsigned char)(n - at < each ? n - at : each);

        dns_put(m, &length, 1);
        dns_put(m, text + at, length);
    }
}

static unsigned say(struct dns_message *m, const char *text)
{
    put_text(m, text, strlen(text), 255);
    return 1;
}

static size_t append(char *text, size_t at, const char *part, size_t n)
{
    memcpy(text + at, part, n);
    return at + n;
}

/* Starts with head, goes on with body as often as it is asked to, and ends in tail. */
static unsigned repeat(struct dns_message *m, const char *head, const char *body, size_t times, const char *tail,
                       size_t each)
{
    static _Thread_local char text[TEXT_MOST + 1024];
    size_t n_body = strlen(body), n = append(text, 0, head, strlen(head));

    for (size_t i = 0; i < times && n + n_body <= TEXT_MOST; i++)
        n = append(text, n, body, n_body);
    n = append(text, n, tail, strlen(tail));
    put_text(m, text, n, each);
    return 1;
}

static unsigned many_records(struct dns_message *m, unsigned n, const char *before, const char *after)
{
    char text[64];

    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(text, sizeof text, "%s%u%s", before, i, after);
        (void)say(m, text);
    }
    return n;
}

/* An RSA key of 16384 bits in the form of RFC 8017, as base64. Nobody knows its factors. */
static unsigned huge_key(struct dns_message *m)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const unsigned char head[] = {0x30, 0x82, 0x08, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                         0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x08,
                                         0x0f, 0x00, 0x30, 0x82, 0x08, 0x0a, 0x02, 0x82, 0x08, 0x01, 0x00};
    static const unsigned char tail[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    unsigned char der[sizeof head + 2048 + sizeof tail];
    char text[3000] = "v=DKIM1; k=rsa; p=";
    size_t n = strlen(text);

    memcpy(der, head, sizeof head);
    for (size_t i = 0; i < 2048; i++)
        der[sizeof head + i] = (unsigned char)(0x81 + i * 73 % 126);
    der[sizeof head + 2047] |= 1;
    memcpy(der + sizeof head + 2048, tail, sizeof tail);
    for (size_t i = 0; i < sizeof der; i += 3) {
        unsigned left = sizeof der - i < 3 ? (unsigned)(sizeof der - i) : 3;
        unsigned bits =
            (unsigned)der[i] << 16 | (left > 1 ? (unsigned)der[i + 1] << 8 : 0) | (left > 2 ? der[i + 2] : 0);

        for (unsigned k = 0; k < 4; k++)
            text[n++] = k <= left ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    put_text(m, text, n, 255);
    return 1;
}

/* Two includes of longer names at each step: a tree without end. */
static unsigned fan_out(struct dns_message *m, const struct asked *asked)
{
    char text[1200], name[300];
    size_t n = 0;

    for (size_t i = 0; i < asked->n; i++) {
        memcpy(name + n, asked->labels[i] + 1, asked->labels[i][0]);
        n += asked->labels[i][0];
        name[n++] = '.';
    }
    if (n > 240)
        n = 0;
    (void)snprintf(text, sizeof text, "v=spf1 include:a.%.*s include:b.%.*s include:c.%.*s -all", (int)n, name, (int)n,
                   name, (int)n, name);
    return say(m, text);
}

static unsigned many_hosts(struct dns_message *m)
{
    for (unsigned i = 0; i < 200; i++) {
        char host[16];

        dns_put_owner_is_question(m, DNS_MX);
        int n = snprintf(host + 1, sizeof host - 1, "mx%u", i);
        host[0] = (char)n;
        dns_put_u16(m, 2 + 1 + (unsigned)n + 2);
        dns_put_u16(m, 10);
        dns_put(m, host, 1 + (size_t)n);
        dns_put_u16(m, 0xc000 | DNS_HEADER);
    }
    return 200;
}

static unsigned put_address(struct dns_message *m)
{
    static const unsigned char nobody[] = {203, 0, 113, 125};

    dns_put_owner_is_question(m, DNS_A);
    dns_put_u16(m, sizeof nobody);
    dns_put(m, nobody, sizeof nobody);
    return 1;
}

/* What the domain itself says, by its name. */
static unsigned say_spf(struct dns_message *m, const unsigned char *what, const struct asked *asked)
{
    if (label_is(what, "strings"))
        return repeat(m, "v=spf1 ", "?a ", 9998 / 3 * 4, "-all", 4);
    if (label_is(what, "records"))
        return many_records(m, 500, "some-service-verification=", "") + say(m, "v=spf1 -all");
    if (label_is(what, "spf-records"))
        return many_records(m, 500, "v=spf1 ip4:198.51.", ".0/24 -all");
    if (label_is(what, "size"))
        return say(m, "v=spf1 -all") + repeat(m, "x=", "0123456789", 5900, "", 255);
    if (label_is(what, "terms"))
        return repeat(m, "v=spf1 ", "a:b.example ", 5000, "-all", 255);
    if (label_is(what, "endless"))
        return fan_out(m, asked);
    if (label_is(what, "hosts"))
        return say(m, "v=spf1 mx -all");
    return say(m, "v=spf1 -all");
}

static unsigned say_policy(struct dns_message *m, const unsigned char *what)
{
    if (!label_is(what, "policies"))
        return repeat(m, "v=DMARC1; p=reject; ", "x=y; ", label_is(what, "policy-size") ? 11000 : 0, "", 255);
    return many_records(m, 50, "v=DMARC1; p=reject; rua=mailto:", "@hostile.example");
}

static unsigned say_key(struct dns_message *m, const unsigned char *what, const unsigned char *selector)
{
    if (label_is(what, "key-huge") && label_is(selector, "s1"))
        return huge_key(m);
    if (label_is(what, "key-size") && label_is(selector, "s1"))
        return repeat(m, "v=DKIM1; p=", "QUFB", 15000, "", 255);
    if (label_is(what, "any-key"))
        return say(m, "v=DKIM1; k=rsa; p=QUFBQUFB");
    return 0;
}

size_t answer_mail_in_bulk(const unsigned char *asked, size_t n, unsigned char *ret)
{
    struct dns_message m = {ret, 0};
    struct asked what;
    unsigned n_answers = 0;

    if (!read_asked(asked, n, &what) || !dns_begin_reply(&m, asked, n, 0) || what.n < 4)
        return 0;
    const unsigned char *first = what.labels[0], *name = what.labels[what.n - 4];
    if (what.type == DNS_MX && what.n == 4 && label_is(name, "hosts"))
        n_answers = many_hosts(&m);
    else if (what.type == DNS_A && label_is(name, "hosts"))
        n_answers = put_address(&m);
    else if (what.type == DNS_TXT && label_is(first, "_dmarc"))
        n_answers = say_policy(&m, name);
    else if (what.type == DNS_TXT && what.n >= 6 && label_is(what.labels[1], "_domainkey"))
        n_answers = say_key(&m, name, first);
    else if (what.type == DNS_TXT && first[1] != '_' && !(what.n > 4 && what.labels[1][1] == '_'))
        n_answers = say_spf(&m, name, &what);
    ret[6] = (unsigned char)(n_answers >> 8);
    ret[7] = (unsigned char)n_answers;
    return m.n;
}
