/* Chains made here by hand, whole and broken (RFC 8617). */
#include "test.h"

#include "dkim_pair.h"
#include "mail/arc.h"
#include "mail_zone.h"

#define NOW_S  1795000000
#define LETTER "From: Ann <ann@shop.example>\r\nTo: list@box.example\r\nSubject: mugs\r\n\r\n"

struct scene {
    struct arena *arena;
    struct mail_zone *zone;
    struct dkim_pair pair;
    struct str text; /* the message so far */
    struct str sets; /* fields of the sets in the order of the seal: each AAR, AMS, AS, relaxed */
    unsigned n;
    const char *cv, *seal_more; /* what the next seal says */
};

static void start(struct scene *s, bool is_rsa)
{
    *s = (struct scene){
        .arena = arena_new(ARENA_MB(32)), .sets = STR_NONE, .text = STR(LETTER "Hello\r\n"), .seal_more = ""};
    s->zone = mail_zone_new(s->arena);
    dkim_pair_make(s->arena, is_rsa ? 1024 : 0, &s->pair);
    mail_zone_add(s->zone, "k._domainkey.box.example", "TXT", s->pair.record);
}

static void stop(struct scene *s)
{
    dkim_pair_free(&s->pair);
    arena_free(s->arena);
}

static struct str joined(struct scene *s, struct str a, struct str b)
{
    return str_fmt(s->arena, "%.*s%.*s", STR_ARG(a), STR_ARG(b));
}

static struct str relaxed(struct scene *s, struct str raw)
{
    return dkim_canon_field(s->arena, raw, DKIM_RELAXED);
}

/* Another forwarder adds its set. */
static void add_set(struct scene *s)
{
    const char *a = EVP_PKEY_is_a(s->pair.key, "ED25519") ? "ed25519-sha256" : "rsa-sha256";
    const char *cv = s->cv ? s->cv : s->n ? "pass" : "none";
    unsigned i = ++s->n;
    struct message m;
    struct err e;

    assert_true(message_parse(s->arena, s->text, &m, &e));
    struct str bh = dkim_pair_hash(s->arena, dkim_canon_body(s->arena, m.body, DKIM_RELAXED));
    struct str results = str_fmt(s->arena, "ARC-Authentication-Results: i=%u; box.example;\r\n spf=pass\r\n", i);
    struct str message = str_fmt(s->arena,
                                 "ARC-Message-Signature: i=%u; a=%s; c=relaxed/relaxed;\r\n d=box.example; s=k;"
                                 " h=from:to:subject; bh=%.*s;\r\n b=",
                                 i, a, STR_ARG(bh));
    struct str signed_text = STR_NONE, own = relaxed(s, message);
    static const char *const names[] = {"from", "to", "subject"};
    for (size_t k = 0; k < N_OF(names); k++)
        signed_text = joined(s, signed_text, relaxed(s, message_field(&m, str_of(names[k]), 0)->raw));
    signed_text = joined(s, signed_text, str_first(own, own.n - 2));
    message =
        str_fmt(s->arena, "%.*s%.*s\r\n", STR_ARG(message), STR_ARG(dkim_pair_sign(s->arena, &s->pair, signed_text)));
    struct str seal =
        str_fmt(s->arena, "ARC-Seal: i=%u; a=%s; cv=%s; d=box.example; s=k;%s t=1;\r\n\tb=", i, a, cv, s->seal_more);
    struct str before = joined(s, s->sets, joined(s, relaxed(s, results), relaxed(s, message)));
    own = relaxed(s, seal);
    signed_text = joined(s, before, str_first(own, own.n - 2));
    seal = str_fmt(s->arena, "%.*s%.*s\r\n", STR_ARG(seal), STR_ARG(dkim_pair_sign(s->arena, &s->pair, signed_text)));
    s->sets = joined(s, before, relaxed(s, seal));
    s->text = joined(s, joined(s, seal, joined(s, message, results)), s->text);
}

static struct arc_verdict verify(struct scene *s)
{
    struct mail_resolver dns = mail_zone_resolver(s->zone);
    struct arc_verdict v;
    struct message m;
    struct err e;

    assert_true(message_parse(s->arena, s->text, &m, &e));
    arc_verify(s->arena, &dns, &m, NOW_S, &v);
    return v;
}

static void replace(struct scene *s, const char *from, const char *to)
{
    size_t at = str_find(s->text, str_of(from));

    assert_true(at != SIZE_MAX);
    s->text = str_fmt(s->arena, "%.*s%s%.*s", (int)at, s->text.p, to, STR_ARG(str_from(s->text, at + strlen(from))));
}

static void wants(const struct arc_verdict *v, enum arc_result result, const char *reason)
{
    if (v->result != result || !str_has(v->reason, str_of(reason)))
        fail_msg("%s: %.*s (wanted %s: %s)", arc_result_word(v->result), STR_ARG(v->reason), arc_result_word(result),
                 reason);
}

static void whole_chains(void **state)
{
    static const unsigned lengths[] = {1, 2, 3, 50};

    (void)state;
    for (size_t i = 0; i < N_OF(lengths) * 2; i++) {
        struct scene s;
        start(&s, i % 2);
        while (s.n < lengths[i / 2])
            add_set(&s);
        struct arc_verdict v = verify(&s);
        wants(&v, ARC_PASS, "verify");
        assert_int_equal(v.n_sets, s.n);
        assert_int_equal(v.oldest_pass, 0);
        assert_false(v.unseen);
        for (size_t k = 0; k < v.n_sets; k++) {
            assert_true(v.sets[k].seal_ok);
            assert_int_equal(v.sets[k].instance, k + 1);
            assert_str(v.sets[k].domain, "box.example");
            assert_str(v.sets[k].seal_validation, k ? "pass" : "none");
            assert_str(v.sets[k].authentication_results, "box.example; spf=pass");
        }
        stop(&s);
    }
}

static void changed_between(void **state)
{
    struct scene s;

    (void)state;
    start(&s, true);
    add_set(&s);
    replace(&s, "Hello\r\n", "Hello\r\nA footer\r\n"); /* by the list, which then signs */
    add_set(&s);
    add_set(&s);
    struct arc_verdict v = verify(&s);
    wants(&v, ARC_PASS, "");
    assert_int_equal(v.oldest_pass, 2);
    replace(&s, "A footer", "An advert");
    v = verify(&s);
    wants(&v, ARC_FAIL, "body was changed after set 3");
    stop(&s);
}

static void broken_chains(void **state)
{
    static const struct {
        const char *why, *from, *to, *reason;
    } rows[] = {
        {"a result changed", "i=1; box.example;\r\n spf=pass", "i=1; box.example;\r\n spf=fail", "does not verify"},
        {"the subject changed", "Subject: mugs", "Subject: cups", "message signature of set 2"},
        {"a set is not whole", "ARC-Seal: i=1;", "X-Seal: i=1;", "set 1 of 2 is not whole"},
        {"results are gone", "ARC-Authentication-Results: i=2", "X-Results: i=2", "set 2 of 2 is not whole"},
        {"an instance twice", "ARC-Seal: i=1;", "ARC-Seal: i=2;", "two ARC-Seal"},
        {"a gap", "ARC-Message-Signature: i=1;", "ARC-Message-Signature: i=3;", "not whole"},
        {"instance 0", "ARC-Seal: i=1;", "ARC-Seal: i=0;", "no instance"},
        {"instance 51", "ARC-Seal: i=1;", "ARC-Seal: i=51;", "no instance"},
        {"no instance", "ARC-Seal: i=1;", "ARC-Seal:", "no instance"},
        {"the first says pass", "cv=none", "cv=pass", "must say cv=none"},
        {"the second says none", "cv=pass", "cv=none", "must say cv=pass"},
        {"the newest says fail", "cv=pass", "cv=fail", "cv=fail"},
        {"rsa-sha1", "ARC-Seal: i=2; a=rsa-sha256", "ARC-Seal: i=2; a=rsa-sha1", "no longer valid"},
        {"another key", "d=box.example; s=k; t=1", "d=box.example; s=gone; t=1", "no key for signature"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct scene s;
        start(&s, true);
        add_set(&s);
        add_set(&s);
        replace(&s, rows[i].from, rows[i].to);
        struct arc_verdict v = verify(&s);
        if (v.result != ARC_FAIL || !str_has(v.reason, str_of(rows[i].reason)))
            fail_msg("%s: %s: %.*s", rows[i].why, arc_result_word(v.result), STR_ARG(v.reason));
        assert_false(v.unseen);
        stop(&s);
    }
}

static void seals(void **state)
{
    struct scene s;

    (void)state;
    start(&s, true);
    struct arc_verdict v = verify(&s);
    wants(&v, ARC_NONE, "no ARC fields");
    s.seal_more = " h=from;"; /* signed, but not allowed */
    add_set(&s);
    v = verify(&s);
    wants(&v, ARC_FAIL, "h=");
    stop(&s);

    start(&s, true);
    add_set(&s);
    s.cv = "fail"; /* a forwarder found it broken and said so */
    add_set(&s);
    v = verify(&s);
    wants(&v, ARC_FAIL, "had failed there");
    stop(&s);

    start(&s, true);
    add_set(&s);
    mail_zone_fail_nth(s.zone, 1);
    v = verify(&s);
    wants(&v, ARC_FAIL, "could not be looked up");
    assert_true(v.unseen);
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_chains), cmocka_unit_test(changed_between),
                                       cmocka_unit_test(broken_chains), cmocka_unit_test(seals)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
