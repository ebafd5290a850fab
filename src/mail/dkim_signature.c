/* The signature fields of DKIM (RFC 6376 section 3.5) and ARC (RFC 8617 section 4.1): their tags, what they sign. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/text.h"
#include "launch/name.h"
#include "mail/base64.h"
#include "mail/dkim_inside.h"

#define NAME_MOST_BYTES  253u
#define LABEL_MOST_BYTES 63u
#define FIELD_MOST_BYTES (64u * 1024u)
#define TIME_MOST        999999999999u /* twelve digits (section 3.5) */

struct reading {
    struct arena *arena;
    struct tag *tags;
    size_t n;
    struct dkim_signature *sig;
    struct str why;
};

static bool refuse(struct reading *r, struct str why)
{
    r->why = why;
    return false;
}

static struct str shown(struct arena *arena, struct str s)
{
    return text_shorten(arena, text_safe(arena, str_first(s, 200)), 60);
}

static struct str tag_of(const struct reading *r, const char *name)
{
    return tag_value(r->tags, r->n, name);
}

/* Of labels that DNS can hold; an underscore is let be, since senders have them. */
static bool is_domain(struct str s)
{
    if (!s.n || s.n > NAME_MOST_BYTES)
        return false;
    while (s.p) {
        struct str label = str_cut(&s, '.');
        if (!label.n || label.n > LABEL_MOST_BYTES)
            return false;
        for (size_t i = 0; i < label.n; i++) {
            char c = label.p[i];
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
                return false;
        }
    }
    return true;
}

/* RFC 8616: a U-label in the field is an A-label in the DNS. */
static struct str to_ascii(struct arena *arena, struct str s)
{
    struct str made;
    struct err e;

    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return name_normalise(arena, s, &made, &e) ? made : s;
    return s;
}

static bool read_required(struct reading *r, enum dkim_kind kind)
{
    static const char *const dkim[] = {"a", "b", "bh", "d", "h", "s"}, *const seal[] = {"a", "b", "cv", "d", "s"};
    bool is_seal = kind == DKIM_KIND_ARC_SEAL;
    const char *const *names = is_seal ? seal : dkim;

    for (size_t i = 0; i < (is_seal ? N_OF(seal) : N_OF(dkim)); i++)
        if (!tag_of(r, names[i]).n)
            return refuse(r, str_fmt(r->arena, "the signature has no %s= tag", names[i]));
    return true;
}

/* v= is required. The drafts before RFC 4871 had none; their mark is q=dns, and such a signature is read. Those with
 * v=0.5 were signed with rsa-sha1, which says more, so the algorithm is looked at in between. */
static bool is_draft(struct reading *r)
{
    struct str v = tag_of(r, "v");

    return !v.p || str_eq(v, STR("0.5"));
}

static bool read_version(struct reading *r)
{
    struct str v = tag_of(r, "v");

    if (!v.p && str_eq(tag_of(r, "q"), STR("dns")))
        return true;
    if (!v.p)
        return refuse(r, STR("the signature has no v= tag"));
    return str_eq(v, STR("1")) ||
           refuse(r, str_fmt(r->arena, "v= is \"%.*s\" and must be 1", STR_ARG(shown(r->arena, v))));
}

static bool read_algorithm(struct reading *r)
{
    static const struct {
        const char *name;
        enum dkim_algorithm algorithm;
    } rows[] = {{"rsa-sha256", DKIM_RSA_SHA256}, {"ed25519-sha256", DKIM_ED25519_SHA256}, {"rsa-sha1", DKIM_RSA_SHA1}};
    struct str a = tag_of(r, "a");

    r->sig->algorithm = DKIM_ALGORITHM_OTHER;
    r->sig->algorithm_text = a;
    for (size_t i = 0; i < N_OF(rows); i++)
        if (str_eq_nocase(a, str_of(rows[i].name)))
            r->sig->algorithm = rows[i].algorithm;
    if (r->sig->algorithm == DKIM_RSA_SHA1)
        return refuse(r,
                      STR("signed with rsa-sha1, which is no longer valid (RFC 8301 section 3.1): the signer must use "
                          "rsa-sha256"));
    return r->sig->algorithm != DKIM_ALGORITHM_OTHER ||
           refuse(r, str_fmt(r->arena, "the algorithm \"%.*s\" is not known: rsa-sha256 and ed25519-sha256 are",
                             STR_ARG(shown(r->arena, a))));
}

static bool read_canon_word(struct str word, enum dkim_canon *ret)
{
    *ret = str_eq_nocase(word, STR("relaxed")) ? DKIM_RELAXED : DKIM_SIMPLE;
    return *ret == DKIM_RELAXED || str_eq_nocase(word, STR("simple"));
}

static bool read_canon(struct reading *r)
{
    struct str c = tag_of(r, "c"), rest = c;

    r->sig->header_canon = r->sig->body_canon = DKIM_SIMPLE;
    if (!c.p)
        return true;
    struct str header = str_cut(&rest, '/');
    if (!read_canon_word(header, &r->sig->header_canon) || (rest.p && !read_canon_word(rest, &r->sig->body_canon)))
        return refuse(r, str_fmt(r->arena, "the canonicalization \"%.*s\" is not known", STR_ARG(shown(r->arena, c))));
    return true;
}

static bool read_query(struct reading *r)
{
    struct str q = tag_of(r, "q"), rest = q;

    if (!q.p)
        return true;
    while (rest.p) {
        struct str method = str_trim(str_cut(&rest, ':'));
        if (str_eq_nocase(method, STR("dns/txt")) || str_eq_nocase(method, STR("dns")))
            return true;
    }
    return refuse(r, str_fmt(r->arena, "the key is to be asked for by \"%.*s\", which is not known: dns/txt is",
                             STR_ARG(shown(r->arena, q))));
}

static bool read_names(struct reading *r)
{
    struct dkim_signature *sig = r->sig;

    sig->domain = str_lower(r->arena, to_ascii(r->arena, tag_of(r, "d")));
    sig->selector = to_ascii(r->arena, tag_of(r, "s"));
    if (!is_domain(sig->domain))
        return refuse(r, str_fmt(r->arena, "d= is \"%.*s\", no domain", STR_ARG(shown(r->arena, tag_of(r, "d")))));
    if (!is_domain(sig->selector))
        return refuse(r, str_fmt(r->arena, "s= is \"%.*s\", no selector", STR_ARG(shown(r->arena, tag_of(r, "s")))));
    if (dkim_key_name(r->arena, sig).n > NAME_MOST_BYTES)
        return refuse(r, STR("s= and d= together are longer than a name in the DNS can be"));
    return true;
}

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* dkim-quoted-printable (section 2.11): white space is nothing, =XX a byte. */
static bool unquote(struct arena *arena, struct str s, struct str *ret)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c == '=') {
            int high = i + 2 < s.n ? hex_of(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex_of(s.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        to[n++] = c;
    }
    *ret = str_n(to, n);
    return true;
}

static bool read_identity(struct reading *r)
{
    struct dkim_signature *sig = r->sig;
    struct str text = tag_of(r, "i");

    if (!text.p) {
        sig->identity = str_fmt(r->arena, "@%.*s", STR_ARG(sig->domain));
        return true;
    }
    size_t at = SIZE_MAX;
    if (unquote(r->arena, text, &sig->identity))
        for (size_t i = 0; i < sig->identity.n; i++)
            at = sig->identity.p[i] == '@' ? i : at;
    if (at == SIZE_MAX)
        return refuse(r, str_fmt(r->arena, "i= is \"%.*s\", no identity", STR_ARG(shown(r->arena, text))));
    struct str domain = str_lower(r->arena, to_ascii(r->arena, str_from(sig->identity, at + 1)));
    if (!name_is_within(domain, sig->domain))
        return refuse(r, str_fmt(r->arena, "i= is in \"%.*s\", which is not d= (%.*s) nor below it",
                                 STR_ARG(shown(r->arena, domain)), STR_ARG(sig->domain)));
    return true;
}

static bool read_number(struct reading *r, const char *name, uint64_t most, int64_t *ret)
{
    struct str s = tag_of(r, name);
    uint64_t v;

    *ret = -1;
    if (!s.p)
        return true;
    if (!str_to_u64(s, most, &v))
        return refuse(
            r, str_fmt(r->arena, "%s= is \"%.*s\", no number that it can be", name, STR_ARG(shown(r->arena, s))));
    *ret = (int64_t)v;
    return true;
}

static bool read_numbers(struct reading *r)
{
    struct dkim_signature *sig = r->sig;

    if (!read_number(r, "t", TIME_MOST, &sig->signed_s) || !read_number(r, "x", TIME_MOST, &sig->expires_s) ||
        !read_number(r, "l", INT64_MAX, &sig->body_length))
        return false;
    if (sig->signed_s >= 0 && sig->expires_s >= 0 && sig->expires_s <= sig->signed_s)
        return refuse(r, STR("x= is not after t=: the signature expired before it was made"));
    return true;
}

static bool read_headers(struct reading *r, enum dkim_kind kind)
{
    struct str rest = tag_of(r, "h");

    while (rest.p) {
        struct str name = str_trim(str_cut(&rest, ':'));
        if (!name.n)
            return refuse(r, STR("h= has an empty name"));
        if (r->sig->headers.n == MESSAGE_MOST_FIELDS)
            return refuse(r, str_fmt(r->arena, "h= has more than %u names", MESSAGE_MOST_FIELDS));
        str_list_add(r->arena, &r->sig->headers, name);
    }
    if (kind == DKIM_KIND_DKIM && !str_list_has_nocase(&r->sig->headers, STR("from")))
        return refuse(r, STR("h= does not have From, which must be signed (RFC 6376 section 5.4)"));
    if (kind == DKIM_KIND_ARC_MESSAGE && str_list_has_nocase(&r->sig->headers, STR("arc-seal")))
        return refuse(r, STR("h= has ARC-Seal, which it must not (RFC 8617 section 4.1.2)"));
    return true;
}

static bool read_bytes(struct reading *r, enum dkim_kind kind)
{
    struct dkim_signature *sig = r->sig;
    size_t at;

    if (!base64_decode(r->arena, tag_of(r, "b"), &sig->signature, &at) || !sig->signature.n)
        return refuse(r, STR("b= is not base64"));
    if (kind == DKIM_KIND_ARC_SEAL)
        return true;
    if (!base64_decode(r->arena, tag_of(r, "bh"), &sig->body_hash, &at))
        return refuse(r, STR("bh= is not base64"));
    return sig->body_hash.n == DKIM_HASH_BYTES ||
           refuse(r, str_fmt(r->arena, "bh= has %zu bytes; a SHA-256 hash has 32", sig->body_hash.n));
}

bool dkim_signature_parse(struct arena *arena, const struct message_field *field, enum dkim_kind kind,
                          struct dkim_signature *ret, struct str *ret_why)
{
    struct reading r = {.arena = arena, .sig = ret};
    size_t at;
    bool ok;

    *ret = (struct dkim_signature){.field = field, .signed_s = -1, .expires_s = -1, .body_length = -1};
    ret->domain = ret->selector = ret->identity = ret->algorithm_text = STR_NONE;
    ret->algorithm = DKIM_ALGORITHM_OTHER;
    if (field->raw.n > FIELD_MOST_BYTES) {
        *ret_why = str_fmt(arena, "the field has %zu bytes; %u are read", field->raw.n, FIELD_MOST_BYTES);
        return false;
    }
    if (!tag_list_parse(arena, field->value, &r.tags, &r.n, &at)) {
        *ret_why =
            str_fmt(arena, "the field is not a list of tags (name=value; ...), each there once: look at byte %zu", at);
        return false;
    }
    if (kind == DKIM_KIND_ARC_SEAL) {
        ret->header_canon = DKIM_RELAXED;
        ok = read_required(&r, kind) && read_names(&r) && read_algorithm(&r) &&
             read_number(&r, "t", TIME_MOST, &ret->signed_s);
    } else {
        /* The names first: people want to see them also of a signature that is not taken. */
        bool named = tag_of(&r, "d").n && tag_of(&r, "s").n ? read_names(&r) : true;
        struct str why_names = r.why;
        bool has_version = kind == DKIM_KIND_DKIM;
        ok = (!has_version || is_draft(&r) || read_version(&r)) && read_required(&r, kind) && read_algorithm(&r) &&
             (!has_version || read_version(&r));
        if (ok && !named)
            ok = refuse(&r, why_names);
        ok = ok && read_canon(&r) && read_query(&r) && read_numbers(&r) && read_headers(&r, kind);
        if (ok && kind == DKIM_KIND_DKIM)
            ok = read_identity(&r);
    }
    ok = ok && read_bytes(&r, kind);
    if (!ok)
        *ret_why = r.why;
    return ok;
}

struct str dkim_key_name(struct arena *arena, const struct dkim_signature *sig)
{
    return str_fmt(arena, "%.*s._domainkey.%.*s", STR_ARG(sig->selector), STR_ARG(sig->domain));
}

struct str dkim_without_b(struct arena *arena, struct str raw)
{
    char *to = arena_alloc(arena, raw.n + 1);
    struct str ends = str_ends(raw, STR("\r\n")) ? STR("\r\n") : STR_NONE;
    struct str rest = str_first(raw, raw.n - ends.n);
    size_t n = str_find_char(rest, ':') + 1;

    memcpy(to, rest.p, n);
    rest = str_from(rest, n);
    while (rest.p) {
        struct str spec = str_cut(&rest, ';'), value = spec;
        bool is_b = str_eq(str_trim(str_cut(&value, '=')), STR("b")) && value.p;
        size_t keep = is_b ? (size_t)(value.p - spec.p) : spec.n;
        memcpy(to + n, spec.p, keep);
        n += keep;
        if (rest.p)
            to[n++] = ';';
    }
    memcpy(to + n, ends.p, ends.n);
    return str_n(to, n + ends.n);
}

/* Section 5.4.2: a name that is in h= several times takes its fields from the last to the first. */
void dkim_pick(struct arena *arena, const struct message *m, const struct dkim_signature *sig, struct dkim_picks *ret)
{
    bool *taken = arena_array(arena, m->n_fields + 1, sizeof *taken);

    ret->n = sig->headers.n;
    ret->raw = arena_array(arena, ret->n + 1, sizeof *ret->raw);
    ret->field = arena_array(arena, ret->n + 1, sizeof *ret->field);
    ret->own = dkim_without_b(arena, sig->field->raw);
    for (size_t i = 0; i < ret->n; i++) {
        size_t k = m->n_fields;
        /* Its own field is signed at the end; other signatures may be named. */
        while (k && (taken[k - 1] || &m->fields[k - 1] == sig->field ||
                     !str_eq_nocase(m->fields[k - 1].name, sig->headers.v[i])))
            k--;
        if (!k)
            continue;
        taken[k - 1] = true;
        ret->field[i] = &m->fields[k - 1];
        ret->raw[i] = m->fields[k - 1].raw;
    }
}

bool dkim_hash_picks(EVP_MD_CTX *md, const struct dkim_picks *picks, enum dkim_canon canon,
                     unsigned char ret[DKIM_HASH_BYTES])
{
    struct canon_sink s = {.md = md, .left = UINT64_MAX};

    if (!dkim_hash_start(md))
        return false;
    for (size_t i = 0; i < picks->n; i++)
        if (picks->raw[i].n)
            canon_field(&s, picks->raw[i], canon, false);
    canon_field(&s, picks->own, canon, true);
    canon_flush(&s);
    return !s.broken && dkim_hash_end(md, ret);
}
