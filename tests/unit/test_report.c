#include <jansson.h>

#include "core/buf.h"
#include "core/text.h"
#include "report/report.h"
#include "report/report_inside.h"
#include "report_fixture.h"
#include "test.h"

/* UTF-8, and no control character but the line feed, whatever a stranger wrote. */
static void assert_harmless(struct str s)
{
    size_t at = 0;

    while (at < s.n) {
        uint32_t c = text_next(s, &at);
        assert_true(c != UINT32_MAX);
        assert_true(c >= 0x20 || c == '\n');
        assert_false(c >= 0x7f && c <= 0x9f);
        assert_false(c >= 0x202a && c <= 0x202e);
    }
}

static void test_every_format_is_harmless(void **state)
{
    size_t n;
    const struct report *all = reports_all(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct written w = written_plain(fixture_hostile, all[i].name);
        assert_harmless(w.text);
        assert_true(w.text.n > 200);
        assert_int_equal(w.text.p[w.text.n - 1], '\n');
        written_free(&w);
    }
    assert_null(report_by_name(STR("jpeg")));
}

static void test_full_is_told(void **state)
{
    size_t n;
    const struct report *all = reports_all(&n);
    struct arena *arena = arena_new(ARENA_MB(64));
    struct audit *audit = fixture_shop(arena);
    struct report_options options = {0};

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct buf out;
        buf_init(&out, 100);
        assert_false(all[i].write(audit, &options, &out));
        assert_true(out.n <= 100);
        buf_free(&out);
    }
    arena_free(arena);
}

/* json */

static json_t *parse(const struct written *w)
{
    json_error_t err;
    json_t *root = json_loadb(w->text.p, w->text.n, JSON_REJECT_DUPLICATES, &err);

    if (!root)
        fail_msg("line %d: %s", err.line, err.text);
    return root;
}

static const char *get(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    if (!s)
        fail_msg("no text %s", key);
    return s;
}

static json_t *finding(const json_t *root, const char *check, const char *subject)
{
    size_t i;
    json_t *f;

    json_array_foreach(json_object_get(root, "findings"), i,
                       f) if (strcmp(get(f, "check"), check) == 0 &&
                              (!subject || strcmp(get(f, "subject"), subject) == 0)) return f;
    fail_msg("no finding of %s", check);
    return NULL;
}

static void test_json_head(void **state)
{
    struct written w = written_plain(fixture_shop, "json");
    json_t *root = parse(&w), *stages = json_object_get(root, "stages");

    (void)state;
    assert_string_equal(get(root, "schema"), "launchready.audit/1");
    assert_string_equal(get(root, "target"), "shop.example");
    assert_string_equal(get(root, "started"), "2026-11-24T10:00:00Z");
    assert_int_equal(json_integer_value(json_object_get(root, "duration_ms")), 1830);
    assert_string_equal(get(root, "verdict"), "not-ready");
    assert_int_equal(json_array_size(stages), 7);
    json_t *routing = json_array_get(stages, 1);
    assert_string_equal(get(routing, "name"), "Domain and routing");
    assert_int_equal(json_integer_value(json_object_get(routing, "failed")), 3);
    assert_int_equal(json_integer_value(json_object_get(routing, "passed")), 1);
    assert_int_equal(json_integer_value(json_object_get(routing, "not_applicable")), 1);
    assert_int_equal(json_integer_value(json_object_get(routing, "waived")), 1);
    assert_int_equal(json_array_size(json_object_get(root, "findings")), w.audit->n_findings);
    assert_int_equal(json_array_size(json_object_get(root, "skipped")), 4);
    json_t *first = json_object_get(root, "first");
    assert_int_equal(json_array_size(first), 5);
    assert_string_equal(json_string_value(json_array_get(first, 0)),
                        get(finding(root, "email.dmarc", NULL), "fingerprint"));
    json_decref(root);
    written_free(&w);
}

static void test_json_findings(void **state)
{
    static const char *const keys[] = {"check",          "stage", "risk",        "severity", "status",
                                       "subject",        "title", "why",         "breaks",   "fix_by",
                                       "effort_minutes", "fix",   "fingerprint", "evidence"};
    struct written w = written_plain(fixture_shop, "json");
    json_t *root = parse(&w), *f;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "findings"), i, f) for (size_t k = 0; k < N_OF(keys); k++)
        assert_non_null(json_object_get(f, keys[k]));

    f = finding(root, "routes.chain-length", "http://www.shop.example/");
    assert_string_equal(get(f, "risk"), "launch-blocker");
    assert_string_equal(get(f, "status"), "fail");
    json_t *hop = json_array_get(json_object_get(f, "evidence"), 0), *fix = json_object_get(f, "fix");
    assert_string_equal(get(hop, "label"), "hop 1");
    assert_string_equal(get(hop, "value"), "301 https://www.shop.example/");
    assert_string_equal(get(hop, "source"), "203.0.113.80");
    assert_string_equal(get(hop, "at"), "2026-11-24T10:00:01Z");
    assert_string_equal(get(fix, "command"), "launchready edge apply");
    assert_true(json_is_null(json_object_get(fix, "record")));

    fix = json_object_get(finding(root, "email.dmarc", NULL), "fix");
    assert_true(json_is_null(json_object_get(fix, "command")));
    assert_string_equal(get(json_object_get(fix, "record"), "type"), "TXT");
    assert_string_equal(get(json_object_get(fix, "record"), "line"),
                        "_dmarc.shop.example. 3600 IN TXT \"v=DMARC1; p=none; "
                        "rua=mailto:dmarc-reports@shop.example; fo=1\"");
    /* Without a fix of its own, the check's. */
    assert_string_equal(get(json_object_get(finding(root, "perf.compression", NULL), "fix"), "text"),
                        check_by_id(STR("perf.compression"))->fix);
    /* Evidence without a time is as old as the audit. */
    assert_string_equal(get(json_array_get(json_object_get(finding(root, "edge.headers", NULL), "evidence"), 0), "at"),
                        "2026-11-24T10:00:00Z");
    json_decref(root);
    written_free(&w);
}

static void test_json_states(void **state)
{
    struct written w = written_plain(fixture_shop, "json");
    json_t *root = parse(&w), *f = finding(root, "tls.valid", NULL);

    (void)state;
    assert_string_equal(get(f, "status"), "unknown");
    assert_string_equal(get(json_object_get(f, "unseen"), "kind"), "name-does-not-resolve");
    assert_string_equal(get(json_object_get(f, "unseen"), "place"), "app.shop.example");
    assert_string_equal(get(f, "folded_under"), get(finding(root, "dns.www-resolves", NULL), "fingerprint"));
    f = finding(root, "dns.caa", NULL);
    assert_string_equal(get(f, "status"), "waived");
    assert_string_equal(get(json_object_get(f, "waiver"), "owner"), "founder");
    assert_string_equal(get(json_object_get(f, "waiver"), "until"), "2027-01-23");
    assert_string_equal(get(finding(root, "routes.permanent", NULL), "status"), "pass");
    assert_string_equal(get(finding(root, "routes.admin-exposed", NULL), "status"), "n/a");
    json_decref(root);
    written_free(&w);
}

static void test_json_of_strangers(void **state)
{
    struct written w = written_plain(fixture_hostile, "json");
    json_t *root = parse(&w);

    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "findings")), w.audit->n_findings);
    assert_non_null(strstr(get(finding(root, "seo.canonical", NULL), "title"), HOSTILE_MARKUP));
    json_decref(root);
    written_free(&w);
}

/* term, text */

static void assert_narrow(struct str text, size_t most)
{
    while (text.p) {
        struct str line = str_cut(&text, '\n');
        /* What is to be pasted stays whole. */
        if (str_has(line, STR("://")) || str_has(line, STR("v=DMARC1")) || str_has(line, STR("add_header")) ||
            str_has(line, STR("$ ")) || str_has(line, STR("\\xfe  ")))
            continue;
        if (text_columns(line) > most)
            fail_msg("%zu columns: %.*s", text_columns(line), STR_ARG(line));
    }
}

static void test_term_says_what_matters(void **state)
{
    struct written w = written_plain(fixture_shop, "term");

    (void)state;
    assert_true(str_starts(w.text, STR("NOT READY  shop.example: 4 problems")));
    assert_has(&w, "DO THESE FIRST\n 1. No DMARC record (_dmarc.shop.example)\n    ");
    assert_has(&w, "you, in the Cloudflare dashboard");
    assert_has(&w, "Redirect chain of 2 hops (2 places)");
    assert_has(&w, "hop 1: 301 https://shop.example/a/deep/path [203.0.113.80]");
    assert_has(&w, "_dmarc.shop.example  TXT   3600    v=DMARC1; p=none; rua=mailto:dmarc-reports@shop.example; fo=1");
    assert_has(&w, "$ launchready edge apply");
    assert_has(&w, "+2 checks could not look because app.shop.example does not resolve");
    assert_has(&w, " ? rdap.example did not answer in time\n"
                   "   so not looked at: dns.registrar-lock, dns.registration-expiry\n");
    assert_has(&w, "private: [/account, /orders]");
    assert_has(&w, " ? control of the domain is not proven\n   so not looked at: audit.domain-control\n"
                   "     Add the record to the DNS:\n");
    assert_has(&w, "_launchready.shop.example  TXT   300     token-of-the-file\n");
    assert_has(&w, "because moving to the new authority in January, says founder, until\n   2027-01-23");
    assert_has(&w, " - 2 checks: not in this version");
    assert_has(&w, "launchready explain email.dmarc");
    assert_int_equal(written_count(&w, "tls.valid"), 0); /* it is folded */
    assert_int_equal(written_count(&w, "\033"), 0);
    assert_narrow(w.text, 80);
    written_free(&w);
}

static void test_term_widths(void **state)
{
    static const int columns[] = {40, 60, 80, 100};

    (void)state;
    for (size_t i = 0; i < N_OF(columns); i++) {
        struct written w = written_as(fixture_thirty, "term", (struct report_options){.columns = columns[i]});
        assert_narrow(w.text, columns[i] < 80 ? 80 : (size_t)columns[i]);
        assert_has(&w, "(30 places)");
        assert_has(&w, "and 22 more");
        written_free(&w);
    }
    struct written w = written_plain(fixture_hostile, "term");
    assert_narrow(w.text, 80);
    written_free(&w);
}

static void test_term_color_and_quiet(void **state)
{
    struct written w = written_as(fixture_hostile, "term", (struct report_options){.color = true});

    (void)state;
    assert_has(&w, "\033[1;31mNOT READY\033[0m");
    assert_lacks(&w, "\033[31mred");
    assert_lacks(&w, "\033]");
    written_free(&w);
    w = written_as(fixture_shop, "term", (struct report_options){.quiet = true});
    assert_int_equal(written_count(&w, "\n"), 2);
    assert_has(&w, "4 failed, 1 warned, 6 unseen, 1 accepted, 1 passed");
    written_free(&w);
}

static void test_term_evidence(void **state)
{
    struct written w = written_as(fixture_thirty, "term", (struct report_options){.evidence = true});

    (void)state;
    assert_lacks(&w, "more: --evidence");
    assert_has(&w, "https://shop.example/29");
    written_free(&w);
    w = written_as(fixture_healthy, "term", (struct report_options){.evidence = true});
    assert_has(&w, "PASSED  Every name server gives an address");
    written_free(&w);
    w = written_plain(fixture_healthy, "term");
    assert_true(str_starts(w.text, STR("READY  shop.example: every check of this version passed")));
    assert_lacks(&w, "Every name server gives an address");
    assert_has(&w, "launchready init shop.example");
    written_free(&w);
}

static void test_text_is_plain(void **state)
{
    struct written w = written_as(fixture_shop, "text", (struct report_options){.color = true, .columns = 200});

    (void)state;
    for (size_t i = 0; i < w.text.n; i++)
        assert_true((unsigned char)w.text.p[i] < 0x7f && w.text.p[i] != '\033');
    assert_narrow(w.text, 80);
    assert_has(&w, "2 Domain and routing");
    written_free(&w);
}

static void test_who_fixes(void **state)
{
    static const struct {
        enum fix_by by;
        const char *fix, *who;
    } rows[] = {
        {BY_EDGE, "In dash.cloudflare.com > your domain, Rules: make one rule", "you, in the Cloudflare dashboard"},
        {BY_HOST, "dashboard.heroku.com > your app > Settings: renew", "you, in the Heroku dashboard"},
        {BY_HOST, "In console.aws.amazon.com > S3 > your bucket, do it", "you, in the Amazon S3 dashboard"},
        {BY_EDGE, "In Cloudflare make one rule to the final address", "you, in the Cloudflare dashboard"},
        {BY_EDGE, "One rule straight to the final URL, rendered by the app",
         "you, in the dashboard of your CDN or host"},
        {BY_DNS, "CNAME www to the platform", "you, where the domain's DNS records are kept"},
        {BY_REPO, "Change it in the template, not in dash.cloudflare.com", "your developer, in the code"},
        {BY_PERSON, "Renew it", "you: a decision, or an account that you hold"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_string_equal(report_who_fixes(rows[i].by, str_of(rows[i].fix)), rows[i].who);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_is_harmless),
        cmocka_unit_test(test_full_is_told),
        cmocka_unit_test(test_json_head),
        cmocka_unit_test(test_json_findings),
        cmocka_unit_test(test_json_states),
        cmocka_unit_test(test_json_of_strangers),
        cmocka_unit_test(test_term_says_what_matters),
        cmocka_unit_test(test_term_widths),
        cmocka_unit_test(test_term_color_and_quiet),
        cmocka_unit_test(test_term_evidence),
        cmocka_unit_test(test_text_is_plain),
        cmocka_unit_test(test_who_fixes),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
