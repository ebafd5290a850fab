#include <jansson.h>
#include <stdlib.h>

#include "report_fixture.h"
#include "test.h"

/* Markup that a strict reader takes: tags nest and close, attributes are quoted, every & is one of five. */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static struct str take_name(struct str *s)
{
    size_t n = 0;

    while (n < s->n && is_name(s->p[n]))
        n++;
    struct str name = str_first(*s, n);
    *s = str_from(*s, n);
    return name;
}

static void take(struct str *s, const char *what)
{
    if (!str_starts(*s, str_of(what)))
        fail_msg("wanted %s at %.*s", what, STR_ARG(str_first(*s, 80)));
    *s = str_from(*s, strlen(what));
}

static void take_entity(struct str *s)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

    for (size_t i = 0; i < N_OF(known); i++)
        if (str_starts(*s, str_of(known[i]))) {
            *s = str_from(*s, strlen(known[i]));
            return;
        }
    fail_msg("a bare & at %.*s", STR_ARG(str_first(*s, 80)));
}

static void take_attributes(struct str *s)
{
    while (s->n && s->p[0] == ' ') {
        take(s, " ");
        assert_true(take_name(s).n > 0);
        take(s, "=\"");
        while (s->n && s->p[0] != '"') {
            assert_true(s->p[0] != '<');
            if (s->p[0] == '&')
                take_entity(s);
            else
                *s = str_from(*s, 1);
        }
        take(s, "\"");
    }
}

static void assert_well_formed(struct str s)
{
    struct str open[32];
    size_t depth = 0, elements = 0;

    while (s.n) {
        if (s.p[0] == '&') {
            take_entity(&s);
        } else if (str_starts(s, STR("<?")) || str_starts(s, STR("<!"))) {
            s = str_from(s, str_find_char(s, '>') + 1);
        } else if (str_starts(s, STR("</"))) {
            take(&s, "</");
            struct str name = take_name(&s);
            take(&s, ">");
            assert_true(depth > 0 && str_eq(open[--depth], name));
        } else if (s.p[0] == '<') {
            take(&s, "<");
            assert_true(depth < N_OF(open));
            open[depth] = take_name(&s);
            assert_true(open[depth].n > 0);
            elements++;
            take_attributes(&s);
            if (s.p[0] == '/')
                take(&s, "/");
            else
                depth++;
            take(&s, ">");
        } else {
            assert_true(s.p[0] != '>' || depth); /* bare > is allowed in text, never at the top */
            s = str_from(s, 1);
        }
    }
    assert_int_equal(depth, 0);
    assert_true(elements > 1);
}

/* markdown */

static void test_markdown(void **state)
{
    struct written w = written_plain(fixture_shop, "markdown");

    (void)state;
    assert_has(&w, "# Launch audit of shop.example\n\n**NOT READY**: 4 problems");
    assert_has(&w, "| 2 Domain and routing | 1 | 3 | 0 | 0 | 1 | 1 |");
    assert_has(&w, "| Check | Pass criteria | Why it matters | What breaks if it fails |");
    assert_has(&w, "  - hop 1: `301 https://www.shop.example/` from `203.0.113.80` at 2026-11-24T10:00:01Z");
    assert_has(&w, "| add | `_dmarc.shop.example` | `TXT` | 3600 | `v=DMARC1; p=none; "
                   "rua=mailto:dmarc-reports@shop.example; fo=1` |");
    assert_has(&w, "```text\nlaunchready edge apply\n```");
    assert_has(&w, "Behind it: +2 checks could not look because app.shop.example does not resolve.");
    assert_has(&w, "_launchready.shop.example. 300 IN TXT \"token-of-the-file\"");
    assert_int_equal(written_count(&w, "**Fix**: In Cloudflare"), 1); /* said once for two places */
    assert_has(&w, "until 2027-01-23");
    written_free(&w);
}

static void test_markdown_of_strangers(void **state)
{
    struct written w = written_plain(fixture_hostile, "markdown");
    struct str rest = w.text;

    (void)state;
    /* A title is text. */
    assert_has(&w, "### high: &lt;script&gt;alert(1)&lt;/script&gt;\\|\\`x\\`\\]\\]&gt;&amp;");
    /* In code nothing is markup, and in a table's code the bar alone would be. */
    assert_has(&w, "``<script>alert(1)</script>|`x`]]>&\"'");
    assert_has(&w, "| ``<script>alert(1)</script>\\|`x`]]>&\"'");
    while (rest.p) { /* outside of code there is no tag */
        struct str line = str_cut(&rest, '\n');
        size_t at = str_find(line, STR("<script>"));
        if (at != SIZE_MAX && at > 0)
            assert_int_equal(line.p[at - 1], '`');
    }
    written_free(&w);
}

/* sarif */

static json_t *first_run(const struct written *w, json_t **root)
{
    json_error_t err;

    *root = json_loadb(w->text.p, w->text.n, JSON_REJECT_DUPLICATES, &err);
    if (!*root)
        fail_msg("line %d: %s", err.line, err.text);
    assert_string_equal(json_string_value(json_object_get(*root, "version")), "2.1.0");
    assert_int_equal(json_array_size(json_object_get(*root, "runs")), 1);
    return json_array_get(json_object_get(*root, "runs"), 0);
}

static const char *word(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    if (!s)
        fail_msg("no text %s", key);
    return s;
}

static json_t *rules_of(const json_t *run)
{
    return json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
}

/* What GitHub needs of each result. */
static void assert_result(const json_t *run, const json_t *r, const char *uri)
{
    const json_t *location = json_array_get(json_object_get(r, "locations"), 0);
    const json_t *physical = json_object_get(location, "physicalLocation");
    json_t *rule = json_array_get(rules_of(run), (size_t)json_integer_value(json_object_get(r, "ruleIndex")));

    assert_string_equal(word(json_object_get(physical, "artifactLocation"), "uri"), uri);
    assert_true(json_integer_value(json_object_get(json_object_get(physical, "region"), "startLine")) >= 1);
    assert_string_equal(word(rule, "id"), word(r, "ruleId"));
    assert_true(strlen(word(json_object_get(r, "message"), "text")) > 0);
    assert_true(strlen(word(json_object_get(r, "partialFingerprints"), "primaryLocationLineHash")) > 10);
    bool open = strcmp(word(r, "kind"), "open") == 0;
    assert_int_equal(open, strcmp(word(r, "level"), "none") == 0);
}

static const json_t *result_of(const json_t *run, const char *id)
{
    size_t i;
    json_t *r;

    json_array_foreach(json_object_get(run, "results"), i, r) if (strcmp(word(r, "ruleId"), id) == 0) return r;
    fail_msg("no result of %s", id);
    return NULL;
}

static void test_sarif(void **state)
{
    struct written w = written_plain(fixture_shop, "sarif");
    json_t *root, *run = first_run(&w, &root), *r;
    size_t i, n_pass = 0;

    (void)state;
    json_array_foreach(json_object_get(run, "results"), i, r)
    {
        assert_result(run, r, "ops/launchready.yaml");
        n_pass += strcmp(word(r, "ruleId"), "routes.permanent") == 0;
    }
    assert_int_equal(n_pass, 0);
    assert_int_equal(i, 11); /* the two folded ones are said under their cause */
    assert_non_null(json_object_get(result_of(run, "dns.caa"), "suppressions"));
    assert_null(json_object_get(result_of(run, "email.dmarc"), "suppressions"));
    assert_string_equal(word(result_of(run, "email.dmarc"), "level"), "error");
    assert_string_equal(word(result_of(run, "edge.headers"), "level"), "warning");
    assert_string_equal(word(result_of(run, "edge.private-cached"), "kind"), "open");
    json_array_foreach(rules_of(run), i, r)
    {
        double score = atof(word(json_object_get(r, "properties"), "security-severity"));
        assert_true(score > 0 && score <= 10);
        assert_true(strlen(word(json_object_get(r, "shortDescription"), "text")) > 0);
    }
    json_decref(root);
    written_free(&w);
}

static void test_sarif_lines(void **state)
{
    struct written w = written_plain(fixture_shop, "sarif");
    json_t *root, *run = first_run(&w, &root), *r;
    size_t i, on_hosts = 0;

    (void)state;
    json_array_foreach(json_object_get(run, "results"), i, r)
    {
        json_t *location = json_array_get(json_object_get(r, "locations"), 0);
        json_t *region = json_object_get(json_object_get(location, "physicalLocation"), "region");
        on_hosts += json_integer_value(json_object_get(region, "startLine")) == 7;
    }
    assert_int_equal(on_hosts, 1); /* the one that points at hosts */
    json_decref(root);
    written_free(&w);
}

static void test_sarif_without_launch_file(void **state)
{
    struct written w = written_plain(fixture_healthy, "sarif");
    json_t *root, *run = first_run(&w, &root);

    (void)state;
    assert_int_equal(json_array_size(json_object_get(run, "results")), 0);
    assert_int_equal(json_array_size(rules_of(run)), 2);
    json_decref(root);
    written_free(&w);
}

static void test_sarif_most(void **state)
{
    struct written w = written_plain(fixture_thousands, "sarif");
    json_t *root, *run = first_run(&w, &root);

    (void)state;
    assert_int_equal(json_array_size(json_object_get(run, "results")), 5000);
    assert_has(&w, "1000 results were left out");
    json_decref(root);
    written_free(&w);
}

static void test_sarif_of_strangers(void **state)
{
    struct written w = written_plain(fixture_hostile, "sarif");
    json_t *root, *run = first_run(&w, &root), *r;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(run, "results"), i, r)
    {
        json_t *location = json_array_get(json_object_get(r, "locations"), 0);
        json_t *physical = json_object_get(location, "physicalLocation");
        const char *uri = word(json_object_get(physical, "artifactLocation"), "uri");
        assert_true(uri[0] && uri[0] != '/');
        assert_null(strpbrk(uri, "<>\"|` \\:"));
    }
    json_decref(root);
    written_free(&w);
}

/* junit */

static void test_junit(void **state)
{
    struct written w = written_plain(fixture_shop, "junit");

    (void)state;
    assert_well_formed(w.text);
    assert_has(&w, "<testsuites name=\"launchready audit of shop.example: not-ready\" tests=\"15\" failures=\"5\" "
                   "errors=\"6\" skipped=\"2\" time=\"1.830\">");
    assert_int_equal(written_count(&w, "<testsuite "), 7);
    assert_int_equal(written_count(&w, "<testcase "), 15);
    assert_int_equal(written_count(&w, "<failure "), 5);
    assert_int_equal(written_count(&w, "<error "), 6);
    assert_int_equal(written_count(&w, "<skipped "), 2);
    assert_has(&w, "<error message=\"app.shop.example: no such name\" type=\"name-does-not-resolve\">");
    assert_has(&w, "<skipped message=\"accepted: moving to the new authority in January\"/>");
    written_free(&w);
}

static void test_junit_of_strangers(void **state)
{
    struct written w = written_plain(fixture_hostile, "junit");

    (void)state;
    assert_well_formed(w.text);
    assert_lacks(&w, "<script");
    assert_has(&w, "&lt;script&gt;alert(1)&lt;/script&gt;|`x`]]&gt;&amp;&quot;&#39;");
    written_free(&w);
}

/* html */

static void test_html(void **state)
{
    struct written w = written_plain(fixture_shop, "html");

    (void)state;
    assert_well_formed(w.text);
    assert_true(str_starts(w.text, STR("<!doctype html>\n<html lang=\"en\">")));
    assert_has(&w, "<p class=\"verdict not-ready\">NOT READY</p>");
    assert_has(&w, "<h4>Pass criteria</h4>");
    assert_has(&w, "<td data-l=\"Value\" class=\"mono\">token-of-the-file</td>");
    assert_has(&w, "<td class=\"mono\">301 https://www.shop.example/</td>");
    assert_has(&w, "<pre>launchready edge apply</pre>");
    assert_has(&w, "until 2027-01-23");
    /* What to do first leads to where it is told. */
    for (size_t i = 0; i < w.audit->n_first; i++) {
        struct str print = w.audit->first[i]->fingerprint;
        assert_has(&w, str_cstr(w.arena, str_fmt(w.arena, "<a href=\"#f-%.*s\">", STR_ARG(print))));
        assert_has(&w, str_cstr(w.arena, str_fmt(w.arena, "id=\"f-%.*s\"", STR_ARG(print))));
    }
    written_free(&w);
}

static void test_html_stands_alone(void **state)
{
    static const char *const loading[] = {"<script", "src=",    "<link",    "<iframe",  "<img",
                                          "url(",    "@import", "href=\"h", " onload=", " onclick="};
    struct written w = written_plain(fixture_hostile, "html");

    (void)state;
    assert_well_formed(w.text);
    for (size_t i = 0; i < N_OF(loading); i++)
        assert_lacks(&w, loading[i]);
    assert_has(&w, "&lt;script&gt;alert(1)&lt;/script&gt;|`x`]]&gt;&amp;&quot;&#39;");
    assert_has(&w, "content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\"");
    written_free(&w);
}

/* github */

static void test_github(void **state)
{
    struct written w = written_plain(fixture_shop, "github");

    (void)state;
    assert_true(str_starts(w.text, STR("::error file=ops/launchready.yaml,line=1,title=critical "))); /* worst first */
    assert_has(&w, "::error file=ops/launchready.yaml,line=1,title=critical email.dmarc::_dmarc.shop.example: "
                   "No DMARC record%0AWhy: ");
    assert_has(&w, "::warning file=ops/launchready.yaml,line=1,title=medium edge.headers::");
    assert_has(&w, "::notice file=ops/launchready.yaml,line=1,title=could not look%3A ");
    assert_has(&w, "\nlaunchready: NOT READY, shop.example: 4 problems must be solved");
    written_free(&w);
}

static void test_github_sums_up(void **state)
{
    struct written w = written_plain(fixture_ruin, "github");

    (void)state;
    assert_int_equal(written_count(&w, "::error "), 10);
    assert_int_equal(written_count(&w, "::warning "), 10);
    assert_int_equal(written_count(&w, "::notice "), 0);
    assert_int_equal(written_count(&w, "more of this kind"), 2);
    written_free(&w);
    w = written_plain(fixture_thirty, "github");
    assert_int_equal(written_count(&w, "::error "), 1);
    assert_has(&w, "(and 29 more)");
    written_free(&w);
}

/* A stranger's text neither begins a command of its own nor ends a property. */
static void test_github_of_strangers(void **state)
{
    struct written w = written_plain(fixture_hostile, "github");
    struct str rest = w.text;

    (void)state;
    while (rest.p) {
        struct str line = str_cut(&rest, '\n');
        assert_true(!line.n || str_starts(line, STR("::error file=")) || str_starts(line, STR("::warning file=")) ||
                    str_starts(line, STR("::notice file=")) || str_starts(line, STR("launchready: ")));
        assert_false(str_has(line, STR("%0A ")) && str_has(line, STR("x%0A gpj")));
    }
    assert_has(&w, "x%250A ");
    written_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_html_stands_alone),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_markdown_of_strangers),
        cmocka_unit_test(test_sarif),
        cmocka_unit_test(test_sarif_lines),
        cmocka_unit_test(test_sarif_most),
        cmocka_unit_test(test_sarif_without_launch_file),
        cmocka_unit_test(test_sarif_of_strangers),
        cmocka_unit_test(test_junit),
        cmocka_unit_test(test_junit_of_strangers),
        cmocka_unit_test(test_github),
        cmocka_unit_test(test_github_sums_up),
        cmocka_unit_test(test_github_of_strangers),
    };

    return cmocka_run_group_tests_name("report formats", tests, NULL, NULL);
}
