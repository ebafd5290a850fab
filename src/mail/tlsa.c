/* TLSA records for SMTP: RFC 6698 with the profile of RFC 7672 section 3.1. */
#include <openssl/evp.h>

#include "core/arena.h"
#include "mail/mail_policy.h"

#define DATA_MOST 8192u

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* White space may part the digits, as in a zone file. */
static bool read_hex(struct arena *arena, struct str text, struct str *ret)
{
    char *to = arena_alloc(arena, text.n / 2 + 1);
    size_t digits = 0;
    int value = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ' || text.p[i] == '\t')
            continue;
        int digit = hex_value(text.p[i]);
        if (digit < 0)
            return false;
        value = value * 16 + digit;
        if (digits++ % 2 == 1) {
            to[digits / 2 - 1] = (char)value;
            value = 0;
        }
    }
    *ret = str_n(to, digits / 2);
    return digits > 0 && digits % 2 == 0;
}

static bool read_number(struct str *rest, unsigned *ret)
{
    uint64_t n = 0;
    struct str word = STR_NONE;

    while (rest->p && !word.n) /* several spaces */
        word = str_cut(rest, ' ');
    if (!str_to_u64(word, 255, &n))
        return false;
    *ret = (unsigned)n;
    return true;
}

static struct str flaw_of(struct arena *arena, const struct tlsa *t)
{
    size_t wanted = t->matching == 1 ? 32 : t->matching == 2 ? 64 : 0;

    if (t->usage > 3)
        return str_fmt(arena, "Certificate usage %u is unknown", t->usage);
    if (t->usage < 2)
        return str_fmt(arena, "Certificate usage %u is of no use for SMTP: senders take 2 and 3 (RFC 7672)", t->usage);
    if (t->selector > 1)
        return str_fmt(arena, "Selector %u is unknown: 0 is the certificate, 1 its public key", t->selector);
    if (t->matching > 2)
        return str_fmt(arena, "Matching type %u is unknown: 1 is SHA-256, 2 is SHA-512", t->matching);
    if (wanted && t->data.n != wanted)
        return str_fmt(arena, "The hash has %zu bytes, not the %zu of its kind", t->data.n, wanted);
    return STR_NONE;
}

bool tlsa_parse(struct arena *arena, struct str text, struct tlsa *ret)
{
    struct str rest = str_trim(text);

    *ret = (struct tlsa){.data = STR_NONE};
    if (text.n > 2 * DATA_MOST) {
        ret->flaw = STR("The record is longer than 16 KiB");
        return false;
    }
    if (!read_number(&rest, &ret->usage) || !read_number(&rest, &ret->selector) ||
        !read_number(&rest, &ret->matching)) {
        ret->flaw = STR("The record does not begin with three numbers: usage, selector and matching type");
        return false;
    }
    if (!rest.p || !read_hex(arena, rest, &ret->data)) {
        ret->data = STR_NONE;
        ret->flaw = STR("The data is not an even number of hexadecimal digits");
        return false;
    }
    ret->flaw = flaw_of(arena, ret);
    return !ret->flaw.n;
}

bool tlsa_matches(const struct tlsa *t, struct str cert_der, struct str spki_der)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct str subject = t->selector == 1 ? spki_der : cert_der;

    if (t->flaw.n || t->usage < 2 || !t->data.n)
        return false;
    if (t->matching == 0)
        return str_eq(subject, t->data);
    if (EVP_Digest(subject.p, subject.n, hash, &n, t->matching == 1 ? EVP_sha256() : EVP_sha512(), NULL) != 1)
        return false;
    return str_eq(str_n((const char *)hash, n), t->data);
}
