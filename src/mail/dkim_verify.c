/* Verifying: RFC 6376 section 6.1, with what RFC 8301 and RFC 8463 changed. */
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/text.h"
#include "mail/dkim_inside.h"

#define CLOCK_SKEW_S 300

/* A body that was hashed already: signatures of one message mostly share it. */
struct body_hash {
    enum dkim_canon canon;
    int64_t length;
    uint64_t total; /* canonical bytes of the whole body */
    unsigned char hash[DKIM_HASH_BYTES];
};

struct verifying {
    struct arena *arena;
    const struct mail_resolver *dns;
    const struct message *m;
    int64_t now_s;
    EVP_MD_CTX *md;
    struct body_hash bodies[DKIM_SIGNATURES_MOST];
    size_t n_bodies;
};

const char *dkim_result_word(enum dkim_result r)
{
    static const char *const words[] = {"pass", "fail", "permerror", "temperror", "neutral"};

    return words[r];
}

/* ---- the key ---- */

/* In words: why no record was found at the name. */
static struct str say_missing(struct arena *arena, struct str name, const struct mail_answer *a)
{
    if (a->cnames.n)
        return str_fmt(arena, "no key for signature: %.*s is an alias of %.*s, which has no TXT record", STR_ARG(name),
                       STR_ARG(text_safe(arena, a->cnames.v[a->cnames.n - 1])));
    return str_fmt(arena, "no key for signature: %.*s %s", STR_ARG(name),
                   a->outcome == MAIL_NXDOMAIN ? "does not exist" : "has no TXT record");
}

size_t dkim_find_keys(struct arena *arena, const struct mail_resolver *dns, const struct dkim_signature *sig,
                      struct dkim_key ret[DKIM_KEYS_MOST], enum dkim_result *ret_result, struct str *ret_why)
{
    struct str name = dkim_key_name(arena, sig);
    struct mail_answer a;
    size_t n = 0;

    mail_look(dns, arena, name, DNS_TXT, &a);
    *ret_result = a.outcome == MAIL_FAILED ? DKIM_TEMPERROR : DKIM_PERMERROR;
    if (a.outcome == MAIL_FAILED) {
        *ret_why = str_fmt(arena, "the key at %.*s could not be looked up: %.*s", STR_ARG(name),
                           STR_ARG(text_safe(arena, a.why)));
        return 0;
    }
    if (a.outcome != MAIL_ANSWER || !a.n) {
        *ret_why = say_missing(arena, name, &a);
        return 0;
    }
    /* Those without a flaw first, then what is at least a key. */
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < a.n && i < DKIM_KEYS_MOST && n < DKIM_KEYS_MOST; i++) {
            struct dkim_key key;
            dkim_key_parse(arena, a.v[i].value, &key);
            int its = key.flaw == DKIM_KEY_FINE ? 0 : key.flaw == DKIM_KEY_NOT_A_KEY ? 2 : 1;
            if (its == round)
                ret[n++] = key;
        }
    return n;
}

/* ARC has no identity. */
static bool is_of_domain(struct str identity, struct str domain)
{
    struct str end = str_from(identity, identity.n > domain.n ? identity.n - domain.n - 1 : identity.n);

    return !identity.n || (end.n && end.p[0] == '@' && str_eq_nocase(str_from(end, 1), domain));
}

bool dkim_key_suits(struct arena *arena, const struct dkim_key *key, const struct dkim_signature *sig,
                    struct str *ret_why)
{
    bool wants_ed25519 = sig->algorithm == DKIM_ED25519_SHA256;

    if (key->flaw == DKIM_KEY_NOT_A_KEY) {
        *ret_why = str_fmt(arena, "no key for signature: at %.*s is another text", STR_ARG(dkim_key_name(arena, sig)));
    } else if (key->flaw != DKIM_KEY_FINE) {
        *ret_why = str_fmt(arena, "the key at %.*s cannot be used: %.*s", STR_ARG(dkim_key_name(arena, sig)),
                           STR_ARG(key->flaw_text));
    } else if (key->is_ed25519 != wants_ed25519) {
        *ret_why = str_fmt(arena, "signed with %s, but the key at %.*s is for %s", wants_ed25519 ? "Ed25519" : "RSA",
                           STR_ARG(dkim_key_name(arena, sig)), key->is_ed25519 ? "Ed25519" : "RSA");
    } else if (key->strict && !is_of_domain(sig->identity, sig->domain)) {
        *ret_why = str_fmt(arena, "the key says t=s, so i= must be in %.*s itself, not below it", STR_ARG(sig->domain));
    } else {
        return true;
    }
    return false;
}

/* ---- the body ---- */

static const struct body_hash *hash_body(struct verifying *w, const struct dkim_signature *sig)
{
    for (size_t i = 0; i < w->n_bodies; i++)
        if (w->bodies[i].canon == sig->body_canon && w->bodies[i].length == sig->body_length)
            return &w->bodies[i];
    struct body_hash *b = &w->bodies[w->n_bodies];
    struct canon_sink s = {.md = w->md, .left = sig->body_length < 0 ? UINT64_MAX : (uint64_t)sig->body_length};
    if (!dkim_hash_start(w->md))
        return NULL;
    canon_body(&s, w->m->body, sig->body_canon);
    if (s.broken || !dkim_hash_end(w->md, b->hash))
        return NULL;
    b->canon = sig->body_canon;
    b->length = sig->body_length;
    b->total = s.total;
    w->n_bodies++;
    return b;
}

/* ---- what is signed and what is not ---- */

static void note_coverage(struct verifying *w, struct dkim_verdict *v)
{
    static const char *const ought[] = {"From",
                                        "To",
                                        "Cc",
                                        "Subject",
                                        "Date",
                                        "Reply-To",
                                        "Message-ID",
                                        "MIME-Version",
                                        "Content-Type",
                                        "In-Reply-To",
                                        "Sender",
                                        "References",
                                        "List-Unsubscribe",
                                        "List-Unsubscribe-Post",
                                        "Content-Transfer-Encoding"};
    const struct str_list *h = &v->signature.headers;

    for (size_t i = 0; i < N_OF(ought); i++) {
        struct str name = str_of(ought[i]);
        if (message_field(w->m, name, 0) && !str_list_has_nocase(h, name))
            str_list_add(w->arena, &v->unsigned_names, name);
    }
    for (size_t i = 0; i < h->n; i++) {
        size_t n_named = 1;
        for (size_t k = 0; k < i; k++)
            n_named += str_eq_nocase(h->v[k], h->v[i]);
        if (n_named == message_count(w->m, h->v[i]) + 1 && !str_list_has_nocase(&v->oversigned, h->v[i]))
            str_list_add(w->arena, &v->oversigned, h->v[i]);
    }
}

static struct str key_kind(struct arena *arena, const struct dkim_key *key)
{
    return key->is_ed25519 ? STR("Ed25519") : str_fmt(arena, "%u-bit RSA", key->bits);
}

/* ---- one signature ---- */

static void conclude(struct dkim_verdict *v, enum dkim_result result, struct str reason)
{
    v->result = result;
    v->reason = reason;
}

/* t= and x= against the clock; false when that decides. */
static bool is_in_time(struct verifying *w, struct dkim_verdict *v)
{
    const struct dkim_signature *sig = &v->signature;

    if (sig->expires_s >= 0 && w->now_s > sig->expires_s)
        conclude(v, DKIM_PERMERROR,
                 str_fmt(w->arena, "the signature expired at %.*s", STR_ARG(clock_rfc3339(w->arena, sig->expires_s))));
    else if (sig->signed_s > w->now_s + CLOCK_SKEW_S)
        conclude(v, DKIM_PERMERROR,
                 str_fmt(w->arena, "the signature is dated in the future, %.*s",
                         STR_ARG(clock_rfc3339(w->arena, sig->signed_s))));
    else
        return true;
    return false;
}

static void conclude_pass(struct verifying *w, struct dkim_verdict *v, const struct body_hash *body)
{
    struct str kind = key_kind(w->arena, &v->key), more = STR_NONE;
    uint64_t length = (uint64_t)v->signature.body_length;

    if (v->signature.body_length >= 0 && length < body->total)
        more = str_fmt(w->arena, "; the last %llu bytes of the body are not signed (l=)",
                       (unsigned long long)(body->total - length));
    conclude(v, DKIM_PASS,
             str_fmt(w->arena, "signature and body hash verify (%.*s)%.*s%s", STR_ARG(kind), STR_ARG(more),
                     v->testing ? "; the key says that it is being tested (t=y)" : ""));
}

/* What failed of a signature whose key could be used. */
static void conclude_fail(struct verifying *w, struct dkim_verdict *v, const struct body_hash *body,
                          struct dkim_opened *key, const struct dkim_picks *picks, bool header_ok)
{
    const char *test = v->testing ? " (the key says t=y: treat the message as if it were not signed)" : "";
    const struct dkim_signature *sig = &v->signature;

    if (sig->body_length >= 0 && body->total < (uint64_t)sig->body_length)
        conclude(v, DKIM_FAIL,
                 str_fmt(w->arena, "the body was cut: l= signs %lld bytes and there are %llu%s",
                         (long long)sig->body_length, (unsigned long long)body->total, test));
    else if (!header_ok && key->rsa && !dkim_key_fits(key, sig->signature))
        conclude(v, DKIM_FAIL,
                 str_fmt(w->arena, "the key at %.*s is not the one that made the signature%s%s",
                         STR_ARG(dkim_key_name(w->arena, sig)), v->body_hash_ok ? "" : "; the body was changed too",
                         test));
    else if (header_ok)
        conclude(v, DKIM_FAIL,
                 str_fmt(w->arena,
                         "the body was changed after it was signed (body hash differs); the header is as it was "
                         "signed%s",
                         test));
    else if (v->body_hash_ok)
        conclude(v, DKIM_FAIL,
                 str_fmt(w->arena, "a signed header field was changed after signing (the body is as it was signed)%s",
                         test));
    else
        conclude(v, DKIM_FAIL, str_fmt(w->arena, "body and header were changed after signing%s", test));
    if (!v->body_hash_ok)
        dkim_hint_body(w->arena, w->m, v);
    else if (!header_ok)
        dkim_hint_header(w->arena, w->m, key, picks, v);
}

static bool try_key(struct verifying *w, struct dkim_verdict *v, const struct body_hash *body,
                    const struct dkim_picks *picks, const unsigned char hash[DKIM_HASH_BYTES], bool is_last)
{
    struct dkim_opened key;

    if (!dkim_key_open(&v->key, &key)) {
        conclude(v, DKIM_PERMERROR,
                 str_fmt(w->arena, "the key at %.*s is none that can be computed with",
                         STR_ARG(dkim_key_name(w->arena, &v->signature))));
        return false;
    }
    bool header_ok = dkim_key_verifies(&key, hash, v->signature.signature);
    if (header_ok && v->body_hash_ok)
        conclude_pass(w, v, body);
    else if (header_ok || is_last)
        conclude_fail(w, v, body, &key, picks, header_ok);
    dkim_key_close(&key);
    return header_ok;
}

static void verify_one(struct verifying *w, struct dkim_verdict *v)
{
    const struct dkim_signature *sig = &v->signature;
    struct dkim_key keys[DKIM_KEYS_MOST];
    struct dkim_picks picks;
    unsigned char hash[DKIM_HASH_BYTES];
    size_t n_suit = 0;

    note_coverage(w, v);
    const struct body_hash *body = hash_body(w, sig);
    if (!body) {
        conclude(v, DKIM_TEMPERROR, STR("this machine could not compute SHA-256"));
        return;
    }
    v->body_hash_tried = true;
    v->body_hash_ok = memcmp(body->hash, sig->body_hash.p, DKIM_HASH_BYTES) == 0 &&
                      (sig->body_length < 0 || body->total >= (uint64_t)sig->body_length);
    if (!is_in_time(w, v))
        return;
    size_t n = dkim_find_keys(w->arena, w->dns, sig, keys, &v->result, &v->reason);
    if (!n)
        return;
    for (size_t i = n; i-- > 0;) { /* backwards, so that what stays is said of the best */
        v->key = keys[i];
        v->result = DKIM_PERMERROR;
        if (dkim_key_suits(w->arena, &keys[i], sig, &v->reason))
            n_suit++;
    }
    v->key_bits = v->key.bits;
    v->testing = v->key.testing;
    if (!n_suit)
        return;
    dkim_pick(w->arena, w->m, sig, &picks);
    if (!dkim_hash_picks(w->md, &picks, sig->header_canon, hash)) {
        conclude(v, DKIM_TEMPERROR, STR("this machine could not compute SHA-256"));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct str why;
        if (!dkim_key_suits(w->arena, &keys[i], sig, &why))
            continue;
        v->key = keys[i];
        v->key_bits = v->key.bits;
        v->testing = v->key.testing;
        if (try_key(w, v, body, &picks, hash, --n_suit == 0))
            return;
    }
}

size_t dkim_verify(struct arena *arena, const struct mail_resolver *dns, const struct message *m, int64_t now_s,
                   struct dkim_verdict *ret, size_t most)
{
    struct verifying w = {.arena = arena, .dns = dns, .m = m, .now_s = now_s, .md = EVP_MD_CTX_new()};
    bool readable[DKIM_SIGNATURES_MOST];
    size_t n = 0;

    for (size_t i = 0; i < m->n_fields && n < most && n < DKIM_SIGNATURES_MOST; i++) {
        struct dkim_verdict *v = &ret[n];
        if (!str_eq_nocase(m->fields[i].name, STR("DKIM-Signature")))
            continue;
        *v = (struct dkim_verdict){.result = DKIM_PERMERROR, .hint_text = STR_NONE, .reason = STR_NONE};
        readable[n] = dkim_signature_parse(arena, &m->fields[i], DKIM_KIND_DKIM, &v->signature, &v->reason);
        if (readable[n] && dns->want)
            mail_want(dns, dkim_key_name(arena, &v->signature), DNS_TXT);
        n++;
    }
    for (size_t i = 0; i < n; i++)
        if (readable[i])
            verify_one(&w, &ret[i]);
    EVP_MD_CTX_free(w.md);
    return n;
}
