/* Verifying a chain: RFC 8617 section 5.2. */
#include "mail/arc.h"

#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/dkim_inside.h"

#define SETS_MOST 50u /* section 4.2.1 */

struct set {
    const struct message_field *results, *message, *seal;
};

struct chain {
    struct arena *arena;
    const struct mail_resolver *dns;
    const struct message *m;
    struct arc_verdict *v;
    struct set *sets; /* by instance, 1 first */
    size_t n;
    EVP_MD_CTX *md;
};

const char *arc_result_word(enum arc_result r)
{
    static const char *const words[] = {"none", "pass", "fail"};

    return words[r];
}

static bool fail(struct chain *c, struct str why)
{
    c->v->result = ARC_FAIL;
    c->v->reason = why;
    return false;
}

/* i= at the front of ARC-Authentication-Results, or a tag of the other two; 0: none that can be. */
static unsigned instance_of(struct arena *arena, const struct message_field *f, bool is_results)
{
    struct str text = f->value;
    struct tag *tags;
    size_t n, at;
    uint64_t i;

    if (is_results) {
        text = str_first(text, str_find_char(text, ';'));
        if (!tag_list_parse(arena, text, &tags, &n, &at))
            return 0;
    } else if (!tag_list_parse(arena, text, &tags, &n, &at)) {
        return 0;
    }
    return str_to_u64(tag_value(tags, n, "i"), SETS_MOST, &i) ? (unsigned)i : 0;
}

/* Puts each field in its set. False: there are no sets, or they are none of a chain. */
static bool collect(struct chain *c)
{
    static const struct str names[] = {
        {"ARC-Authentication-Results", 26}, {"ARC-Message-Signature", 21}, {"ARC-Seal", 8}};
    bool any = false;

    for (size_t i = 0; i < c->m->n_fields; i++) {
        const struct message_field *f = &c->m->fields[i];
        for (size_t k = 0; k < N_OF(names); k++) {
            if (!str_eq_nocase(f->name, names[k]))
                continue;
            any = true;
            unsigned instance = instance_of(c->arena, f, k == 0);
            if (!instance)
                return fail(
                    c, str_fmt(c->arena, "an %s field (line %d) has no instance from 1 to 50", names[k].p, f->line));
            struct set *s = &c->sets[instance - 1];
            const struct message_field **slot = k == 0 ? &s->results : k == 1 ? &s->message : &s->seal;
            if (*slot)
                return fail(c, str_fmt(c->arena, "instance %u has two %s fields", instance, names[k].p));
            *slot = f;
            if (instance > c->n)
                c->n = instance;
        }
    }
    for (size_t i = 0; i < c->n; i++)
        if (!c->sets[i].results || !c->sets[i].message || !c->sets[i].seal)
            return fail(c, str_fmt(c->arena, "set %zu of %zu is not whole: it has no %s", i + 1, c->n,
                                   !c->sets[i].results   ? names[0].p
                                   : !c->sets[i].message ? names[1].p
                                                         : names[2].p));
    return any;
}

/* What is told of each set; its cv= must be none for the first, pass for the others. */
static bool read_set(struct chain *c, size_t i)
{
    struct arc_set *s = &c->v->sets[i];
    struct tag *tags;
    size_t n, at;

    s->instance = (unsigned)(i + 1);
    s->domain = s->selector = s->seal_validation = STR_NONE;
    struct str results = c->sets[i].results->value;
    size_t semicolon = str_find_char(results, ';');
    s->authentication_results =
        message_unfold(c->arena, semicolon == SIZE_MAX ? STR_NONE : str_from(results, semicolon + 1));
    if (!tag_list_parse(c->arena, c->sets[i].seal->value, &tags, &n, &at))
        return fail(c, str_fmt(c->arena, "the seal of set %zu is not a list of tags", i + 1));
    if (tag_value(tags, n, "d").p)
        s->domain = str_lower(c->arena, tag_value(tags, n, "d"));
    if (tag_value(tags, n, "s").p)
        s->selector = tag_value(tags, n, "s");
    struct str cv = tag_value(tags, n, "cv");
    if (cv.p)
        s->seal_validation = cv;
    if (tag_value(tags, n, "h").p)
        return fail(c, str_fmt(c->arena, "the seal of set %zu has h=, which it must not", i + 1));
    return true;
}

static bool check_validations(struct chain *c)
{
    const struct arc_set *newest = &c->v->sets[c->n - 1];

    if (str_eq_nocase(newest->seal_validation, STR("fail")))
        return fail(c, str_fmt(c->arena, "the newest seal, of %.*s, says that the chain had failed there (cv=fail)",
                               STR_ARG(text_safe(c->arena, newest->domain))));
    for (size_t i = 0; i < c->n; i++)
        if (!str_eq_nocase(c->v->sets[i].seal_validation, i ? STR("pass") : STR("none")))
            return fail(c, str_fmt(c->arena, "the seal of set %zu says cv=%.*s and must say cv=%s", i + 1,
                                   STR_ARG(text_safe(c->arena, c->v->sets[i].seal_validation)), i ? "pass" : "none"));
    return true;
}

/* With each key at the selector, until one verifies. what: "seal", "message signature". */
static bool verify_hash(struct chain *c, const struct dkim_signature *sig, const unsigned char *hash, const char *what,
                        size_t i, struct str *ret_why)
{
    struct dkim_key keys[DKIM_KEYS_MOST];
    enum dkim_result result;
    size_t n = dkim_find_keys(c->arena, c->dns, sig, keys, &result, ret_why);

    if (!n && result == DKIM_TEMPERROR)
        c->v->unseen = true;
    for (size_t k = 0; k < n; k++) {
        struct dkim_opened opened;
        struct str why;
        if (!dkim_key_suits(c->arena, &keys[k], sig, k ? &why : ret_why))
            continue;
        bool ok = dkim_key_open(&keys[k], &opened) && dkim_key_verifies(&opened, hash, sig->signature);
        dkim_key_close(&opened);
        if (ok)
            return true;
        *ret_why = str_fmt(c->arena, "the %s of set %zu (%.*s) does not verify", what, i + 1, STR_ARG(sig->domain));
    }
    return false;
}

static bool hash_body(struct chain *c, const struct dkim_signature *sig, unsigned char ret[DKIM_HASH_BYTES])
{
    uint64_t left = sig->body_length < 0 ? UINT64_MAX : (uint64_t)sig->body_length;
    struct canon_sink s = {.md = c->md, .left = left};

    if (!dkim_hash_start(c->md))
        return false;
    canon_body(&s, c->m->body, sig->body_canon);
    return !s.broken && (sig->body_length < 0 || s.total >= left) && dkim_hash_end(c->md, ret);
}

/* The ARC-Message-Signature of a set: like a DKIM-Signature. */
static bool verify_message(struct chain *c, size_t i, struct str *ret_why)
{
    struct dkim_signature sig;
    struct dkim_picks picks;
    unsigned char hash[DKIM_HASH_BYTES];

    if (!dkim_signature_parse(c->arena, c->sets[i].message, DKIM_KIND_ARC_MESSAGE, &sig, ret_why)) {
        *ret_why = str_fmt(c->arena, "the message signature of set %zu: %.*s", i + 1, STR_ARG(*ret_why));
        return false;
    }
    if (!hash_body(c, &sig, hash) || memcmp(hash, sig.body_hash.p, DKIM_HASH_BYTES) != 0) {
        *ret_why = str_fmt(c->arena, "the body was changed after set %zu (%.*s) was added", i + 1, STR_ARG(sig.domain));
        return false;
    }
    dkim_pick(c->arena, c->m, &sig, &picks);
    return dkim_hash_picks(c->md, &picks, sig.header_canon, hash) &&
           verify_hash(c, &sig, hash, "message signature", i, ret_why);
}

/* Section 5.1.1: all sets up to this one in order, its own seal last with b= empty; relaxed. */
static bool verify_seal(struct chain *c, size_t i, struct str *ret_why)
{
    struct dkim_signature sig;
    unsigned char hash[DKIM_HASH_BYTES];
    struct canon_sink s = {.md = c->md, .left = UINT64_MAX};

    if (!dkim_signature_parse(c->arena, c->sets[i].seal, DKIM_KIND_ARC_SEAL, &sig, ret_why)) {
        *ret_why = str_fmt(c->arena, "the seal of set %zu: %.*s", i + 1, STR_ARG(*ret_why));
        return false;
    }
    if (!dkim_hash_start(c->md))
        return false;
    for (size_t k = 0; k <= i; k++) {
        canon_field(&s, c->sets[k].results->raw, DKIM_RELAXED, false);
        canon_field(&s, c->sets[k].message->raw, DKIM_RELAXED, false);
        if (k < i)
            canon_field(&s, c->sets[k].seal->raw, DKIM_RELAXED, false);
    }
    canon_field(&s, dkim_without_b(c->arena, c->sets[i].seal->raw), DKIM_RELAXED, true);
    canon_flush(&s);
    return !s.broken && dkim_hash_end(c->md, hash) && verify_hash(c, &sig, hash, "seal", i, ret_why);
}

static bool verify_chain(struct chain *c)
{
    struct str why = STR("this machine could not compute SHA-256");

    if (!verify_message(c, c->n - 1, &why))
        return fail(c, why);
    for (size_t i = c->n - 1; i-- > 0;) {
        struct str older;
        bool unseen = c->v->unseen;
        if (!verify_message(c, i, &older)) {
            c->v->oldest_pass = (unsigned)(i + 2);
            c->v->unseen = unseen; /* an older one that cannot be looked up decides nothing */
            break;
        }
    }
    for (size_t i = c->n; i-- > 0;) {
        c->v->sets[i].seal_ok = verify_seal(c, i, &why);
        if (!c->v->sets[i].seal_ok)
            return fail(c, why);
    }
    return true;
}

/* So that the look-ups of all keys overlap. */
static void want_keys(struct chain *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct message_field *fields[] = {c->sets[i].seal, c->sets[i].message};
        for (size_t k = 0; k < N_OF(fields); k++) {
            struct dkim_signature sig;
            struct str why;
            if (dkim_signature_parse(c->arena, fields[k], k ? DKIM_KIND_ARC_MESSAGE : DKIM_KIND_ARC_SEAL, &sig, &why))
                mail_want(c->dns, dkim_key_name(c->arena, &sig), DNS_TXT);
        }
    }
}

void arc_verify(struct arena *arena, const struct mail_resolver *dns, const struct message *m, int64_t now_s,
                struct arc_verdict *ret)
{
    struct chain c = {.arena = arena, .dns = dns, .m = m, .v = ret};

    (void)now_s; /* a chain has t= for people; it does not expire (section 4.1.3) */
    *ret = (struct arc_verdict){.result = ARC_NONE, .reason = STR("the message has no ARC fields")};
    c.sets = arena_array(arena, SETS_MOST, sizeof *c.sets);
    bool whole = collect(&c);
    if (whole) {
        ret->sets = arena_array(arena, c.n, sizeof *ret->sets);
        ret->n_sets = c.n;
        for (size_t i = 0; i < c.n; i++)
            whole = read_set(&c, i) && whole;
    }
    if (!whole || !check_validations(&c))
        return;
    if (dns->want)
        want_keys(&c);
    c.md = EVP_MD_CTX_new();
    if (verify_chain(&c)) {
        ret->result = ARC_PASS;
        ret->reason =
            str_fmt(arena, "all %zu seal%s and the newest message signature verify", c.n, c.n == 1 ? "" : "s");
    }
    EVP_MD_CTX_free(c.md);
}
