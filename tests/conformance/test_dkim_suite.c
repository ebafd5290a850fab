/* The public DKIM messages of tests/conformance/data/dkim: each is a test that is counted. */
#include "../unit/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/mail_zone.h"
#include "core/file.h"
#include "mail/dkim.h"

#define MOST_CASES 128
#define NOW_S      1795000000 /* 2026-11-18: after every t= */

struct one {
    const char *folder, *file, *zone; /* zone: file of "owner value" lines; NULL: they stand before the message */
    const char *wanted[8];            /* a result word a signature; the mail-dkim ones: the best result alone */
    const char *reason, *or_reason;   /* a part of the reason of the first, or NULL */
    bool best_only;
};

static struct str slurp(struct arena *arena, const char *folder, const char *file)
{
    struct str path = str_fmt(arena, "%s/%s/%s", DKIM_DATA, folder, file), text;
    struct err e;

    if (!file_read(arena, path.p, 4u << 20u, &text, &e))
        fail_msg("%s: %s", path.p, e.text);
    return text;
}

/* Lines "owner value"; NXDOMAIN: does not exist; ~~text~~: the name server failed. */
static void add_zone(struct arena *arena, struct mail_zone *zone, struct str text)
{
    while (text.p && text.n) {
        struct str value = str_trim(str_cut(&text, '\n')), name = str_cut(&value, ' ');
        if (!value.p || !name.n || name.p[0] == '#')
            continue;
        value = str_trim(value);
        if (str_starts(value, STR("~~")))
            value = STR("TIMEOUT");
        else if (str_eq(value, STR("\"\"")))
            value = STR_NONE;
        if (!str_eq(value, STR("NXDOMAIN")))
            mail_zone_add(zone, str_cstr(arena, name), "TXT", value);
    }
}

static const char *best_word(const struct dkim_verdict *v, size_t n)
{
    static const enum dkim_result order[] = {DKIM_PASS, DKIM_FAIL, DKIM_TEMPERROR, DKIM_PERMERROR, DKIM_NEUTRAL};

    for (size_t k = 0; k < N_OF(order); k++)
        for (size_t i = 0; i < n; i++)
            if (v[i].result == order[k])
                return dkim_result_word(v[i].result);
    return "none";
}

static void one_case(void **state)
{
    const struct one *c = *state;
    struct arena *arena = arena_new(ARENA_MB(64));
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct str text = slurp(arena, c->folder, c->file);
    struct dkim_verdict v[16];
    struct message m;
    struct err e;

    if (c->zone) {
        add_zone(arena, zone, slurp(arena, c->folder, c->zone));
    } else {
        size_t at = str_find(text, STR("\n\n"));
        add_zone(arena, zone, str_first(text, at));
        text = str_from(text, at + 2);
    }
    if (!message_parse(arena, text, &m, &e))
        fail_msg("%s: %s", c->file, e.text);
    size_t n = dkim_verify(arena, &dns, &m, NOW_S, v, N_OF(v));
    if (c->best_only) {
        if (strcmp(best_word(v, n), c->wanted[0]) != 0)
            fail_msg("%s: %s (%.*s), wanted %s", c->file, best_word(v, n), STR_ARG(n ? v[0].reason : STR("unsigned")),
                     c->wanted[0]);
    } else {
        for (size_t i = 0; i < N_OF(c->wanted) && c->wanted[i]; i++)
            if (i >= n || strcmp(dkim_result_word(v[i].result), c->wanted[i]) != 0)
                fail_msg("%s, signature %zu: %s (%.*s), wanted %s", c->file, i,
                         i < n ? dkim_result_word(v[i].result) : "not there", STR_ARG(i < n ? v[i].reason : STR_NONE),
                         c->wanted[i]);
    }
    if (c->reason && (!n || (!str_has(v[0].reason, str_of(c->reason)) &&
                             !(c->or_reason && str_has(v[0].reason, str_of(c->or_reason))))))
        fail_msg("%s: \"%.*s\", wanted something of \"%s\"", c->file, STR_ARG(n ? v[0].reason : STR_NONE), c->reason);
    arena_free(arena);
}

/* ---- the verdicts of mail-dkim/expected.tsv, strict column ---- */

/* Which of our words says that, and what our reason has in it. A g= tag (RFC 4871) is no reason since RFC 6376; all of
 * those messages are signed with rsa-sha1, so that is the reason in the strict column too. */
static void strict_row(struct arena *arena, struct str verdict, struct one *ret)
{
    static const struct {
        const char *theirs, *word, *reason;
    } rows[] = {
        {"pass", "pass", "signature and body hash verify"},
        {"fail (Key length", "permerror", "receivers take no signature under 1024"},
        {"fail (body has been altered)", "fail", "body was changed"},
        {"fail (bad Ed25519 signature)", "fail", "header"},
        {"invalid (unsupported algorithm rsa-sha1)", "permerror", "rsa-sha1, which is no longer valid"},
        {"invalid (unsupported algorithm", "permerror", "is not known"},
        {"invalid (unsupported version", "permerror", "v= is"},
        {"invalid (public key: Ed25519 invalid key)", "permerror", "an ed25519 key has 32 bytes"},
        {"invalid (public key: not available)", "permerror", "no key for signature"},
        {"invalid (public key: syntax error)", "permerror", "no key for signature"},
        {"invalid (public key: does not support hash", "permerror", "without sha256"},
    };

    for (size_t i = 0; i < N_OF(rows); i++)
        if (str_starts(verdict, str_of(rows[i].theirs))) {
            ret->wanted[0] = rows[i].word;
            ret->reason = rows[i].reason;
            if (str_has(verdict, STR("Key length")))
                ret->or_reason = "no v= tag"; /* required (RFC 6376 section 3.5), and looked at before the key */
            return;
        }
    fail_msg("expected.tsv: \"%s\" is new", str_cstr(arena, verdict));
}

static size_t read_expected(struct arena *arena, struct one *ret, size_t most)
{
    struct str path = STR(DKIM_DATA "/mail-dkim/expected.tsv"), text, verdict;
    struct err e;
    size_t n = 0;

    if (!file_read(arena, path.p, 1u << 20u, &text, &e)) {
        fprintf(stderr, "%s: %s\n", path.p, e.text);
        exit(1);
    }
    while (text.p && text.n && n < most) {
        struct str line = str_cut(&text, '\n'), file = str_cut(&line, '\t');
        if (!line.p || file.p[0] == '#')
            continue;
        (void)str_cut(&line, '\t'); /* the lax verdict */
        verdict = str_cut(&line, '\t');
        ret[n] =
            (struct one){.folder = "mail-dkim", .file = str_cstr(arena, file), .zone = "dns.txt", .best_only = true};
        strict_row(arena, verdict, &ret[n++]);
    }
    return n;
}

/* ---- the others ---- */

static const struct one others[] = {
    {"rfc8463", "stalwart-001.txt", NULL, {"pass", "pass"}, "Ed25519", NULL, false},
    {"rfc8463", "stalwart-002.txt", NULL, {"pass"}, "1024-bit RSA", NULL, false},
    {"dkimpy", "rfc6376.signed.msg", "dns.txt", {"pass", "pass"}, NULL, NULL, false},
    {"dkimpy", "ed25519test2.msg", "dns.txt", {"pass"}, "Ed25519", NULL, false},
    {"dkimpy", "test2.message", "dns.txt", {"pass"}, "2048-bit RSA", NULL, false},
};

static void rfc8463_signed(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct dkim_verdict v[4];
    struct message m;
    struct err e;

    (void)state;
    add_zone(arena, zone, slurp(arena, "dkimpy", "dns.txt")); /* the same keys as dns.json */
    assert_true(message_parse(arena, slurp(arena, "rfc8463", "signed.eml"), &m, &e));
    assert_true(m.had_lf);
    assert_int_equal(dkim_verify(arena, &dns, &m, NOW_S, v, N_OF(v)), 2);
    assert_int_equal(v[0].result, DKIM_PASS);
    assert_int_equal(v[0].signature.algorithm, DKIM_ED25519_SHA256);
    assert_int_equal(v[1].result, DKIM_PASS);
    assert_int_equal(v[1].signature.algorithm, DKIM_RSA_SHA256);
    arena_free(arena);
}

static void unsigned_without_from(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct mail_resolver dns = mail_zone_resolver(mail_zone_new(arena));
    struct dkim_verdict v[4];
    struct message m;
    struct err e;

    (void)state;
    assert_true(message_parse(arena, slurp(arena, "dkimpy", "test_nofrom.message"), &m, &e));
    assert_int_equal(message_count(&m, STR("From")), 0);
    assert_int_equal(dkim_verify(arena, &dns, &m, NOW_S, v, N_OF(v)), 0);
    arena_free(arena);
}

struct key_case {
    const char *file;
    enum dkim_key_flaw flaw;
    const char *text;
};

static void key_record(void **state)
{
    const struct key_case *c = *state;
    struct arena *arena = arena_new(ARENA_MB(1));
    struct dkim_key key;

    dkim_key_parse(arena, str_trim(slurp(arena, "dkimpy", c->file)), &key);
    if (key.flaw != c->flaw || !str_has(key.flaw_text, str_of(c->text)))
        fail_msg("%s: flaw %d \"%.*s\"", c->file, (int)key.flaw, STR_ARG(key.flaw_text));
    arena_free(arena);
}

int main(void)
{
    static struct key_case keys[] = {
        {"badk.txt", DKIM_KEY_BAD_TYPE, "ed25519-sha256"},
        {"badversion.txt", DKIM_KEY_BAD_VERSION, "DKIM1: g=*"},
        {"test_bad.txt", DKIM_KEY_BAD_DER, "no RSA public key"},
        {"test_tlsrpt.txt", DKIM_KEY_NOT_EMAIL, "tlsrpt"},
        {"test.txt", DKIM_KEY_FINE, ""},
        {"test2.txt", DKIM_KEY_FINE, ""},
        {"eximtest.dns", DKIM_KEY_FINE, ""},
    };
    struct arena *arena = arena_new(ARENA_MB(4));
    static struct one cases[MOST_CASES];
    static struct CMUnitTest tests[MOST_CASES + 32];
    size_t n = read_expected(arena, cases, MOST_CASES - N_OF(others)), n_tests = 0;

    if (n != 57) {
        fprintf(stderr, "expected.tsv has %zu messages, not 57\n", n);
        return 1;
    }
    for (size_t i = 0; i < N_OF(others); i++)
        cases[n++] = others[i];
    for (size_t i = 0; i < n; i++)
        tests[n_tests++] = (struct CMUnitTest){cases[i].file, one_case, NULL, NULL, &cases[i]};
    for (size_t i = 0; i < N_OF(keys); i++)
        tests[n_tests++] = (struct CMUnitTest){keys[i].file, key_record, NULL, NULL, &keys[i]};
    tests[n_tests++] = (struct CMUnitTest){"rfc8463/signed.eml", rfc8463_signed, NULL, NULL, NULL};
    tests[n_tests++] = (struct CMUnitTest){"test_nofrom.message", unsigned_without_from, NULL, NULL, NULL};
    int failed = _cmocka_run_group_tests("dkim suites", tests, n_tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
