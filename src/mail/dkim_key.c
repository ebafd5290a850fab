/* The key record: RFC 6376 section 3.6.1, RFC 8301 section 3.2, RFC 8463 section 4. */
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/base64.h"
#include "mail/dkim.h"

#define RSA_LEAST_BITS 1024u
#define RSA_MOST_BITS  16384u /* what OpenSSL computes with */
#define ED25519_BYTES  32u

/* ---- DER, as much of it as a public key needs ---- */

struct der {
    struct str rest;
    bool bad; /* sticky */
};

/* The content of the next element, which must have that tag; the rest stays behind it. */
static struct str der_take(struct der *d, unsigned char tag)
{
    const unsigned char *p = (const unsigned char *)d->rest.p;
    size_t n = 0, head = 2;

    if (d->bad || d->rest.n < 2 || p[0] != tag) {
        d->bad = true;
        return STR_NONE;
    }
    n = p[1];
    if (n & 0x80u) {
        size_t n_octets = n & 0x7fu;
        head += n_octets;
        if (n_octets < 1 || n_octets > 3 || d->rest.n < head) {
            d->bad = true;
            return STR_NONE;
        }
        n = 0;
        for (size_t i = 0; i < n_octets; i++)
            n = n << 8u | p[2 + i];
    }
    if (d->rest.n - head < n) {
        d->bad = true;
        return STR_NONE;
    }
    struct str content = str_n(d->rest.p + head, n);
    d->rest = str_from(d->rest, head + n);
    return content;
}

static struct str without_zeros(struct str s)
{
    while (s.n && !s.p[0])
        s = str_from(s, 1);
    return s;
}

static bool read_rsa(struct str der, struct dkim_key *key)
{
    struct der outer = {.rest = der};
    struct der in = {.rest = der_take(&outer, 0x30), .bad = outer.bad};
    struct str n = without_zeros(der_take(&in, 0x02)), e = without_zeros(der_take(&in, 0x02));

    if (outer.bad || in.bad || outer.rest.n || in.rest.n || !n.n || !e.n)
        return false;
    key->modulus = n;
    key->exponent = e;
    key->bits = (unsigned)(n.n * 8);
    for (unsigned char top = (unsigned char)n.p[0]; !(top & 0x80u); top = (unsigned char)(top << 1u))
        key->bits--;
    return true;
}

/* SubjectPublicKeyInfo (RFC 5280 section 4.1) of rsaEncryption (RFC 8017 appendix A.1). */
static bool read_spki(struct str der, struct dkim_key *key)
{
    static const struct str rsa_oid = {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9};
    struct der outer = {.rest = der};
    struct der in = {.rest = der_take(&outer, 0x30), .bad = outer.bad};
    struct der algorithm = {.rest = der_take(&in, 0x30), .bad = in.bad};
    struct str oid = der_take(&algorithm, 0x06), bits = der_take(&in, 0x03);

    if (outer.bad || in.bad || algorithm.bad || outer.rest.n || in.rest.n || !str_eq(oid, rsa_oid) || !bits.n ||
        bits.p[0])
        return false;
    return read_rsa(str_from(bits, 1), key);
}

/* ---- the record ---- */

struct tags {
    struct tag *v;
    size_t n;
};

static void flaw(struct dkim_key *key, enum dkim_key_flaw which, struct str text)
{
    key->flaw = which;
    key->flaw_text = text;
}

static struct str shown(struct arena *arena, struct str s)
{
    return text_shorten(arena, text_safe(arena, str_first(s, 200)), 60);
}

/* True when a colon-separated list has that word. */
static bool lists(struct str list, struct str word)
{
    while (list.p)
        if (str_eq_nocase(str_trim(str_cut(&list, ':')), word))
            return true;
    return false;
}

/* What the record says before its key material; false when a flaw was found. */
static bool read_tags(struct arena *arena, const struct tags *t, struct dkim_key *key)
{
    struct str version = tag_value(t->v, t->n, "v"), type = tag_value(t->v, t->n, "k");
    struct str flags = tag_value(t->v, t->n, "t");

    key->testing = lists(flags, STR("y"));
    key->strict = lists(flags, STR("s"));
    key->has_version = version.p != NULL;
    key->is_ed25519 = type.p && str_eq_nocase(type, STR("ed25519"));
    if (version.p && !str_eq(version, STR("DKIM1")))
        flaw(key, DKIM_KEY_BAD_VERSION,
             str_fmt(arena, "v= is \"%.*s\" and must be DKIM1", STR_ARG(shown(arena, version))));
    else if (version.p && !str_eq(t->v[0].name, STR("v")))
        flaw(key, DKIM_KEY_BAD_VERSION, STR("v=DKIM1 must be the first tag of the record"));
    else if (type.p && !key->is_ed25519 && !str_eq_nocase(type, STR("rsa")))
        flaw(key, DKIM_KEY_BAD_TYPE,
             str_fmt(arena, "k= is \"%.*s\": the key types are rsa and ed25519", STR_ARG(shown(arena, type))));
    return key->flaw == DKIM_KEY_FINE;
}

static void read_material(struct arena *arena, struct str p, struct dkim_key *key)
{
    size_t at;

    if (!p.n) {
        flaw(key, DKIM_KEY_REVOKED, STR("p= is empty: the key was revoked"));
    } else if (!base64_decode(arena, p, &key->der, &at)) {
        size_t offset = (size_t)(p.p - key->text.p) + at;
        flaw(key, DKIM_KEY_BAD_BASE64,
             at < p.n ? str_fmt(arena, "p= is not base64: \"%.*s\" at byte %zu does not belong there",
                                STR_ARG(shown(arena, str_n(p.p + at, 1))), offset)
                      : str_fmt(arena, "p= is not base64: something is missing at its end, byte %zu", offset));
    } else if (key->is_ed25519) {
        key->bits = 256;
        if (key->der.n != ED25519_BYTES)
            flaw(key, DKIM_KEY_BAD_DER,
                 str_fmt(arena, "an ed25519 key has 32 bytes and p= has %zu%s", key->der.n,
                         key->der.n == 44 ? ": it is wrapped as SubjectPublicKeyInfo, publish only its last 32" : ""));
    } else if ((!read_spki(key->der, key) && !read_rsa(key->der, key)) || key->bits > RSA_MOST_BITS) {
        key->bits = 0;
        flaw(key, DKIM_KEY_BAD_DER,
             key->der.n == ED25519_BYTES
                 ? STR("p= is no RSA key; it has the 32 bytes of an Ed25519 key, which needs k=ed25519")
                 : str_fmt(arena,
                           "p= decodes to %zu bytes that are no RSA public key: part of it is missing or changed",
                           key->der.n));
    }
}

static void say_no_key(struct dkim_key *key)
{
    flaw(key, DKIM_KEY_NOT_A_KEY,
         str_starts_nocase(str_trim(key->text), STR("v=spf1"))
             ? STR("it is an SPF record, which belongs at the domain itself and not at a DKIM name")
             : STR("the record has no p= tag: it is no DKIM key"));
}

void dkim_key_parse(struct arena *arena, struct str text, struct dkim_key *ret)
{
    struct tags t = {0};
    size_t at;

    *ret = (struct dkim_key){.text = text, .flaw_text = STR_NONE};
    if (!tag_list_parse(arena, text, &t.v, &t.n, &at)) {
        if (!str_has_nocase(text, STR("p=")))
            say_no_key(ret);
        else
            flaw(ret, DKIM_KEY_BAD_TAGS,
                 str_fmt(arena,
                         "the record is not a list of tags (name=value; ...), each there once: look at byte %zu, "
                         "\"%.*s\"",
                         at, STR_ARG(shown(arena, str_first(str_from(text, at), 24)))));
        return;
    }
    struct str p = tag_value(t.v, t.n, "p");
    struct str hashes = tag_value(t.v, t.n, "h"), services = tag_value(t.v, t.n, "s");
    if (!p.p) {
        say_no_key(ret);
        return;
    }
    if (!read_tags(arena, &t, ret))
        return;
    read_material(arena, p, ret);
    if (ret->flaw != DKIM_KEY_FINE)
        return;
    if (hashes.p && !lists(hashes, STR("sha256")))
        flaw(ret, DKIM_KEY_NO_SHA256,
             str_fmt(arena, "h= is \"%.*s\": without sha256 no signature of today can use the key",
                     STR_ARG(shown(arena, hashes))));
    else if (services.p && !lists(services, STR("*")) && !lists(services, STR("email")))
        flaw(ret, DKIM_KEY_NOT_EMAIL,
             str_fmt(arena, "s= is \"%.*s\": the key is not for e-mail", STR_ARG(shown(arena, services))));
    else if (!ret->is_ed25519 && ret->bits < RSA_LEAST_BITS)
        flaw(ret, DKIM_KEY_SHORT,
             str_fmt(arena, "the RSA key has %u bits; receivers take no signature under 1024 (RFC 8301 section 3.2)",
                     ret->bits));
}
