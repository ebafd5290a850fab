#include "test.h"

#include "dkim_pair.h"
#include "mail/dkim.h"
#include "mail_zone.h"

#define NOW_S 1795000000
#define LETTER                                                                                                         \
    "Received: by mx.box.example;\r\n Tue, 24 Nov 2026 10:00:00 +0000\r\n"                                             \
    "From: Ann <ann@shop.example>\r\nTo: bo@box.example\r\nSubject: An  order\r\n of mugs\r\n"                         \
    "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n\r\n"
#define BODY "Hello  Bo, \r\n\r\nyour mugs\tare on the way. \r\n\r\n\r\n"

static struct dkim_pair rsa, ed, other, small; /* made once: RSA keys take their time */
static struct arena *keys;

static int make_keys(void **state)
{
    (void)state;
    keys = arena_new(ARENA_MB(1));
    dkim_pair_make(keys, 2048, &rsa);
    dkim_pair_make(keys, 2048, &other);
    dkim_pair_make(keys, 768, &small);
    dkim_pair_make(keys, 0, &ed);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    dkim_pair_free(&rsa);
    dkim_pair_free(&other);
    dkim_pair_free(&small);
    dkim_pair_free(&ed);
    arena_free(keys);
    return 0;
}

/* One case: what is signed, what is done to it, the zone. */
struct scene {
    struct arena *arena;
    struct mail_zone *zone;
    struct dkim_signer how;
    struct dkim_verdict v[16];
    size_t n;
};

static void start(struct scene *s)
{
    *s = (struct scene){.arena = arena_new(ARENA_MB(8))};
    s->zone = mail_zone_new(s->arena);
    s->how = (struct dkim_signer){.domain = STR("shop.example"),
                                  .selector = STR("s1"),
                                  .private_key = rsa.private_pem,
                                  .signed_s = -1,
                                  .expires_s = -1,
                                  .body_length = -1};
}

static struct str sign(struct scene *s, struct str text)
{
    struct message m;
    struct str field = STR_NONE;
    struct err e;

    if (!message_parse(s->arena, text, &m, &e) || !dkim_sign(s->arena, &m, &s->how, &field, &e))
        fail_msg("%s", e.text);
    return str_fmt(s->arena, "%.*s%.*s", STR_ARG(field), STR_ARG(text));
}

static const struct dkim_verdict *verify(struct scene *s, struct str text)
{
    struct mail_resolver dns = mail_zone_resolver(s->zone);
    struct message m;
    struct err e;

    if (!message_parse(s->arena, text, &m, &e))
        fail_msg("%s", e.text);
    s->n = dkim_verify(s->arena, &dns, &m, NOW_S, s->v, N_OF(s->v));
    assert_true(s->n > 0);
    return &s->v[0];
}

static void publish(struct scene *s, struct str record)
{
    mail_zone_add(s->zone, "s1._domainkey.shop.example", "TXT", record);
}

static void wants(const struct dkim_verdict *v, enum dkim_result result, const char *reason)
{
    if (v->result != result || !str_has(v->reason, str_of(reason)))
        fail_msg("%s: %.*s (wanted %s: %s)", dkim_result_word(v->result), STR_ARG(v->reason), dkim_result_word(result),
                 reason);
}

/* Signed and verified, with every algorithm and canonicalization, folded long and short, with and without l=. */
static void round_trips(void **state)
{
    static const char *const bodies[] = {
        BODY, "", "\r\n", "x", " \r\n", "\r\n\r\nx\r\n", "a\rb\r\n", "a \t b\r\n.\r\n"};
    const struct dkim_pair *pairs[] = {&rsa, &ed};

    (void)state;
    for (size_t p = 0; p < N_OF(pairs); p++)
        for (int canon = 0; canon < 4; canon++)
            for (size_t b = 0; b < N_OF(bodies); b++) {
                struct scene s;
                start(&s);
                publish(&s, pairs[p]->record);
                s.how.private_key = pairs[p]->private_pem;
                s.how.header_canon = canon & 1 ? DKIM_RELAXED : DKIM_SIMPLE;
                s.how.body_canon = canon & 2 ? DKIM_RELAXED : DKIM_SIMPLE;
                s.how.signed_s = NOW_S - 10;
                s.how.expires_s = NOW_S + 10;
                struct str text = sign(&s, str_fmt(s.arena, LETTER "%s", bodies[b]));
                const struct dkim_verdict *v = verify(&s, text);
                wants(v, DKIM_PASS, p ? "Ed25519" : "2048-bit RSA");
                assert_true(v->body_hash_ok && v->body_hash_tried);
                assert_int_equal(v->signature.header_canon, s.how.header_canon);
                assert_int_equal(v->signature.body_canon, s.how.body_canon);
                struct str rest = v->signature.field->raw;
                while (rest.n)
                    assert_true(str_cut(&rest, '\n').n <= 79); /* 78 columns and the CR */
                arena_free(s.arena);
            }
}

static void changed_on_the_way(void **state)
{
    static const struct {
        const char *from, *to;
        int passes_simple, passes_relaxed;
    } rows[] = {
        {"Hello  Bo, \r\n", "Hello  Bo, \r\n", 1, 1},
        {"Hello  Bo, \r\n", "Hello Bo,\r\n", 0, 1},
        {"the way. \r\n\r\n\r\n", "the way. \r\n", 1, 1},
        {"mugs\tare", "cups\tare", 0, 0},
        {"Subject: An  order\r\n of", "subject:An order of", 0, 1},
        {"Subject: An  order", "Subject: An  offer", 0, 0},
        {"Received: by mx", "Received: by mz", 1, 1},
        {"From: Ann", "From: Eve", 0, 0},
        {"To: bo@box.example\r\n", "", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        for (int relaxed = 0; relaxed < 2; relaxed++) {
            struct scene s;
            start(&s);
            publish(&s, rsa.record);
            s.how.header_canon = s.how.body_canon = relaxed ? DKIM_RELAXED : DKIM_SIMPLE;
            struct str text = sign(&s, STR(LETTER BODY));
            size_t at = str_find(text, str_of(rows[i].from));
            assert_true(at != SIZE_MAX);
            text = str_fmt(s.arena, "%.*s%s%.*s", (int)at, text.p, rows[i].to,
                           STR_ARG(str_from(text, at + strlen(rows[i].from))));
            const struct dkim_verdict *v = verify(&s, text);
            if ((v->result == DKIM_PASS) != (relaxed ? rows[i].passes_relaxed : rows[i].passes_simple))
                fail_msg("row %zu %s: %s: %.*s", i, relaxed ? "relaxed" : "simple", dkim_result_word(v->result),
                         STR_ARG(v->reason));
            arena_free(s.arena);
        }
}

/* Each way in which the record at the selector can be wrong. %s is the good p=. */
static void key_records(void **state)
{
    static const struct {
        const char *record; /* NULL: none */
        enum dkim_result result;
        enum dkim_key_flaw flaw;
        const char *reason;
    } rows[] = {
        {"v=DKIM1; p=%s", DKIM_PASS, DKIM_KEY_FINE, "verify"},
        {"p=%s", DKIM_PASS, DKIM_KEY_FINE, "verify"},
        {"v=DKIM1; k=rsa; h=sha1:sha256; s=web:email; t=y:s; n=a note; g=; x=1; p=%s;", DKIM_PASS, DKIM_KEY_FINE,
         "t=y"},
        {"v=DKIM1; s=*; p=%s", DKIM_PASS, DKIM_KEY_FINE, "verify"},
        {NULL, DKIM_PERMERROR, DKIM_KEY_FINE, "no key for signature"},
        {"", DKIM_PERMERROR, DKIM_KEY_NOT_A_KEY, "no key for signature"},
        {"v=spf1 -all", DKIM_PERMERROR, DKIM_KEY_NOT_A_KEY, "no key for signature"},
        {"v=DKIM1; k=rsa", DKIM_PERMERROR, DKIM_KEY_NOT_A_KEY, "no key for signature"},
        {"v=DKIM1; k=rsa; t; p=%s", DKIM_PERMERROR, DKIM_KEY_BAD_TAGS, "byte 16"},
        {"v=DKIM1; p=%s; p=x", DKIM_PERMERROR, DKIM_KEY_BAD_TAGS, "each there once"},
        {"v=DKIM2; p=%s", DKIM_PERMERROR, DKIM_KEY_BAD_VERSION, "must be DKIM1"},
        {"v=dkim1; p=%s", DKIM_PERMERROR, DKIM_KEY_BAD_VERSION, "must be DKIM1"},
        {"p=%s; v=DKIM1", DKIM_PERMERROR, DKIM_KEY_BAD_VERSION, "first tag"},
        {"v=DKIM1; k=dsa; p=%s", DKIM_PERMERROR, DKIM_KEY_BAD_TYPE, "dsa"},
        {"v=DKIM1; p=%s*", DKIM_PERMERROR, DKIM_KEY_BAD_BASE64, "not base64"},
        {"v=DKIM1; p=\"%s\"", DKIM_PERMERROR, DKIM_KEY_BAD_BASE64, "byte 11"},
        {"v=DKIM1; p=AAAA%s", DKIM_PERMERROR, DKIM_KEY_BAD_DER, "no RSA public key"},
        {"v=DKIM1; k=ed25519; p=%s", DKIM_PERMERROR, DKIM_KEY_BAD_DER, "32 bytes"},
        {"v=DKIM1; p=", DKIM_PERMERROR, DKIM_KEY_REVOKED, "revoked"},
        {"v=DKIM1; h=sha1; p=%s", DKIM_PERMERROR, DKIM_KEY_NO_SHA256, "sha256"},
        {"v=DKIM1; s=tlsrpt; p=%s", DKIM_PERMERROR, DKIM_KEY_NOT_EMAIL, "not for e-mail"},
    };
    struct str p = str_from(rsa.record, str_find(rsa.record, STR("p=")) + 2);

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct scene s;
        start(&s);
        if (rows[i].record) {
            size_t at = str_find(str_of(rows[i].record), STR("%s"));
            struct str record = str_of(rows[i].record);
            if (at != SIZE_MAX)
                record = str_fmt(s.arena, "%.*s%.*s%s", (int)at, rows[i].record, STR_ARG(p), rows[i].record + at + 2);
            publish(&s, record);
        }
        const struct dkim_verdict *v = verify(&s, sign(&s, STR(LETTER BODY)));
        if (v->result != rows[i].result || v->key.flaw != rows[i].flaw || !str_has(v->reason, str_of(rows[i].reason)))
            fail_msg("%s: %s, flaw %d: %.*s", rows[i].record, dkim_result_word(v->result), (int)v->key.flaw,
                     STR_ARG(v->reason));
        if (v->key.flaw != DKIM_KEY_FINE)
            assert_true(v->key.flaw_text.n > 0);
        assert_true(v->body_hash_ok); /* also when the key is not there */
        arena_free(s.arena);
    }
}

static void keys_of_other_kinds(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    publish(&s, rsa.pkcs1); /* RFC 6376's own example publishes the bare key */
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_PASS, "2048-bit");
    arena_free(s.arena);

    start(&s);
    publish(&s, small.record);
    s.how.private_key = small.private_pem;
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_PERMERROR, "768 bits");
    arena_free(s.arena);

    start(&s);
    publish(&s, ed.record);
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_PERMERROR, "is for Ed25519");
    arena_free(s.arena);

    start(&s);
    publish(&s, other.record);
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_FAIL, "not the one that made");
    assert_int_equal(s.v[0].hint, DKIM_HINT_OTHER_KEY);
    arena_free(s.arena);

    start(&s); /* several records: the one that fits counts */
    publish(&s, STR("v=spf1 -all"));
    publish(&s, other.record);
    publish(&s, rsa.record);
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_PASS, "2048-bit");
    arena_free(s.arena);
}

static void names_in_dns(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    mail_zone_add(s.zone, "s1._domainkey.shop.example", "CNAME", STR("k.sender.example"));
    mail_zone_add(s.zone, "k.sender.example", "TXT", rsa.record);
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_PASS, "");
    arena_free(s.arena);

    start(&s);
    mail_zone_add(s.zone, "s1._domainkey.shop.example", "CNAME", STR("gone.sender.example"));
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_PERMERROR, "alias of gone.sender.example");
    arena_free(s.arena);

    start(&s);
    publish(&s, STR("TIMEOUT"));
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_TEMPERROR, "could not be looked up");
    arena_free(s.arena);
}

/* What the field itself says. From a good one, a tag is written anew; %: the tag goes. */
static void fields(void **state)
{
    static const struct {
        const char *from, *to, *reason;
    } rows[] = {
        {"v=1;", "v=2;", "v= is \"2\""},
        {"v=1;", "", "no v= tag"},
        {"a=rsa-sha256", "a=rsa-sha1", "no longer valid"},
        {"a=rsa-sha256", "a=rsa-md5", "rsa-md5"},
        {"c=simple/simple", "c=simple/other", "canonicalization"},
        {"d=shop.example", "d=", "no d= tag"},
        {"d=shop.example", "d=shop..example", "no domain"},
        {"s=s1", "s=s 1", "no selector"},
        {"s=s1;", "s=s1; i=ann@trap.example;", "not d="},
        {"s=s1;", "s=s1; i=ann;", "no identity"},
        {"s=s1;", "s=s1; q=http;", "dns/txt"},
        {"s=s1;", "s=s1; s=s2;", "each there once"},
        {"s=s1;", "s=s1; t=x;", "t= is"},
        {"s=s1;", "s=s1; t=10; x=9;", "x= is not after t="},
        {"s=s1;", "s=s1; x=1794999999;", "expired at 2026-11-18"},
        {"s=s1;", "s=s1; t=1795000400;", "in the future"},
        {"s=s1;", "s=s1; l=-1;", "l= is"},
        {"h=From:To", "h=Frim:To", "From, which must be signed"},
        {"h=From:To", "h=From::To", "empty name"},
        {"bh=", "bh=AAAA", "bh= has 35 bytes"},
        {"bh=", "bh=*", "bh= is not base64"},
        {"b=", "b=*", "b= is not base64"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct scene s;
        start(&s);
        publish(&s, rsa.record);
        str_list_add(s.arena, &s.how.headers, STR("From"));
        str_list_add(s.arena, &s.how.headers, STR("To"));
        struct str text = sign(&s, STR(LETTER BODY)), from = str_of(rows[i].from);
        size_t at = str_find(text, from);
        if (str_eq(from, STR("b="))) /* not the one in "bh=" or a hash */
            at = str_find(text, STR("\tb=")) != SIZE_MAX ? str_find(text, STR("\tb=")) + 1
                                                         : str_find(text, STR(" b=")) + 1;
        assert_true(at != SIZE_MAX);
        text = str_fmt(s.arena, "%.*s%s%.*s", (int)at, text.p, rows[i].to, STR_ARG(str_from(text, at + from.n)));
        wants(verify(&s, text), DKIM_PERMERROR, rows[i].reason);
        arena_free(s.arena);
    }
}

static void identities(void **state)
{
    static const struct {
        const char *identity;
        bool strict, passes;
    } rows[] = {{"ann@shop.example", true, true},
                {"@news.shop.example", false, true},
                {"@news.shop.example", true, false},
                {"@Shop.Example", true, true},
                {"ann=40x@shop.example", true, true}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct scene s;
        start(&s);
        publish(&s, rows[i].strict ? str_fmt(s.arena, "%.*s; t=s", STR_ARG(rsa.record)) : rsa.record);
        s.how.identity = str_of(rows[i].identity);
        const struct dkim_verdict *v = verify(&s, sign(&s, STR(LETTER BODY)));
        if ((v->result == DKIM_PASS) != rows[i].passes)
            fail_msg("%s: %.*s", rows[i].identity, STR_ARG(v->reason));
        arena_free(s.arena);
    }
}

static void partly_signed_body(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    publish(&s, rsa.record);
    s.how.body_length = 12;
    struct str text = sign(&s, STR(LETTER BODY));
    wants(verify(&s, str_fmt(s.arena, "%.*sa footer\r\n", STR_ARG(text))), DKIM_PASS,
          "bytes of the body are not signed");
    struct str head = str_first(text, text.n - sizeof BODY + 1);
    wants(verify(&s, str_fmt(s.arena, "%.*sHello\r\n", STR_ARG(head))), DKIM_FAIL, "cut");
    s.how.body_length = 0;
    wants(verify(&s, sign(&s, STR(LETTER BODY))), DKIM_PASS, "are not signed");
    struct message m;
    struct str field;
    struct err e = {0};
    assert_true(message_parse(s.arena, STR(LETTER BODY), &m, &e));
    s.how.body_length = 4000;
    assert_false(dkim_sign(s.arena, &m, &s.how, &field, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    arena_free(s.arena);
}

static void oversigning(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    publish(&s, rsa.record);
    struct str text = sign(&s, STR(LETTER BODY));
    const struct dkim_verdict *v = verify(&s, text);
    wants(v, DKIM_PASS, "");
    assert_int_equal(v->oversigned.n, 1);
    assert_str(v->oversigned.v[0], "From");
    assert_int_equal(v->unsigned_names.n, 0);
    /* A second From breaks it, a second To does not: that is what oversigning is for. */
    wants(verify(&s, str_fmt(s.arena, "From: Eve <eve@trap.example>\r\n%.*s", STR_ARG(text))), DKIM_FAIL, "");
    wants(verify(&s, str_fmt(s.arena, "To: eve@trap.example\r\n%.*s", STR_ARG(text))), DKIM_PASS, "");
    str_list_add(s.arena, &s.how.headers, STR("from"));
    v = verify(&s, sign(&s, STR(LETTER BODY)));
    wants(v, DKIM_PASS, "");
    assert_int_equal(v->oversigned.n, 0);
    assert_true(str_list_has(&v->unsigned_names, STR("Subject")));
    assert_true(str_list_has(&v->unsigned_names, STR("To")));
    assert_false(str_list_has(&v->unsigned_names, STR("From")));
    /* With From signed once, one on top is not seen by the signature (section 5.4.2): the last counts. */
    wants(verify(&s, str_fmt(s.arena, "From: Eve <eve@trap.example>\r\n%.*s", STR_ARG(sign(&s, STR(LETTER BODY))))),
          DKIM_PASS, "");
    arena_free(s.arena);
}

static void several(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    publish(&s, rsa.record);
    mail_zone_add(s.zone, "e1._domainkey.shop.example", "TXT", ed.record);
    struct str text = sign(&s, STR(LETTER BODY));
    s.how.private_key = ed.private_pem;
    s.how.selector = STR("e1");
    text = sign(&s, text);
    text = str_fmt(s.arena, "DKIM-Signature: nonsense\r\n%.*s", STR_ARG(text));
    (void)verify(&s, text);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.v[0].result, DKIM_PERMERROR);
    wants(&s.v[1], DKIM_PASS, "Ed25519");
    wants(&s.v[2], DKIM_PASS, "RSA");
    for (int i = 0; i < 20; i++)
        text = str_fmt(s.arena, "DKIM-Signature: v=1\r\n%.*s", STR_ARG(text));
    (void)verify(&s, text);
    assert_int_equal(s.n, 16);
    arena_free(s.arena);
}

static void private_keys(void **state)
{
    static const char *const bad[] = {"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"};
    struct scene s;

    (void)state;
    start(&s);
    for (size_t i = 0; i < N_OF(bad); i++) {
        struct message m;
        struct str field = STR("untouched");
        struct err e = {0};
        assert_true(message_parse(s.arena, STR(LETTER BODY), &m, &e));
        s.how.private_key = str_of(bad[i]);
        assert_false(dkim_sign(s.arena, &m, &s.how, &field, &e));
        assert_int_equal(e.kind, ERR_USAGE);
        assert_str(field, "untouched");
    }
    arena_free(s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),  cmocka_unit_test(changed_on_the_way),
        cmocka_unit_test(key_records),  cmocka_unit_test(keys_of_other_kinds),
        cmocka_unit_test(names_in_dns), cmocka_unit_test(fields),
        cmocka_unit_test(identities),   cmocka_unit_test(partly_signed_body),
        cmocka_unit_test(oversigning),  cmocka_unit_test(several),
        cmocka_unit_test(private_keys),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
