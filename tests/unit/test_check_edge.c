/* test_check_edge.c - the passive checks of the edge, on answers written by hand. */
#include "web_world.h"

#define GOOD_HEADERS                                                                                                   \
    "x-content-type-options: nosniff\nx-frame-options: DENY\nreferrer-policy: same-origin\n"                           \
    "content-security-policy-report-only: default-src 'self'"

static void headers(void **state)
{
    static const struct web_row rows[] = {
        {"all there", GOOD_HEADERS, "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"frame-ancestors instead",
         "x-content-type-options: nosniff\nreferrer-policy: no-referrer\n"
         "content-security-policy: default-src 'self'; frame-ancestors 'none'",
         "<p>x",
         {{0}},
         PASS,
         NULL,
         false,
         NULL},
        {"the policy in the page",
         "x-content-type-options: nosniff\nx-frame-options: sameorigin\n"
         "referrer-policy: origin",
         "<meta http-equiv=content-security-policy content=\"default-src 'self'\">",
         {{0}},
         PASS,
         NULL,
         false,
         NULL},
        {"none", "", "<p>x", {{0}}, FAIL, "X-Content-Type-Options, X-Frame-Options", false, NULL},
        {"only nosniff is missing",
         "x-frame-options: DENY\nreferrer-policy: same-origin\n"
         "content-security-policy: default-src 'self'",
         "<p>x",
         {{0}},
         FAIL,
         "Pages lack X-Content-Type-Options",
         false,
         NULL},
        {"frames from anywhere",
         "x-content-type-options: nosniff\nx-frame-options: ALLOWALL\n"
         "referrer-policy: same-origin\ncontent-security-policy: default-src 'self'",
         "<p>x",
         {{0}},
         FAIL,
         "X-Frame-Options",
         false,
         NULL},
        {"frame-ancestors only reported",
         "x-content-type-options: nosniff\nreferrer-policy: same-origin\n"
         "content-security-policy-report-only: frame-ancestors 'none'",
         "<p>x",
         {{0}},
         FAIL,
         "X-Frame-Options",
         false,
         NULL},
        {"unsafe-url",
         "x-content-type-options: nosniff\nx-frame-options: DENY\nreferrer-policy: unsafe-url\n"
         "content-security-policy: default-src 'self'",
         "<p>x",
         {{0}},
         FAIL,
         "Referrer-Policy",
         false,
         NULL},
        {"the fix is the server's",
         "",
         "<p>x",
         {{0}},
         FAIL,
         "add_header X-Content-Type-Options \"nosniff\" always;",
         false,
         NULL},
        {"no HTML", "content-type: application/json", "{}", {{0}}, PASS, NULL, false, NULL},
        {"home not seen", NULL, NULL, {{0}}, UNKNOWN, NULL, false, NULL},
    };

    (void)state;
    web_rows("edge.headers", rows, N_OF(rows));
}

static void one_api(struct fact_site *site, struct launch *launch, struct arena *arena)
{
    (void)launch;
    web_add(arena, &site->api_urls, "https://shop.example/v1/products");
}

#define STRANGER "origin=https://lr-origin-check.example"

static void cors(void **state)
{
    static const struct web_row rows[] = {
        {"no header", "", "<p>x", {{"GET " HOME " " STRANGER, 200, "", ""}}, PASS, NULL, false, NULL},
        {"everybody, without credentials",
         "",
         "<p>x",
         {{"GET " HOME " " STRANGER, 200, "access-control-allow-origin: *", ""}},
         PASS,
         NULL,
         false,
         NULL},
        {"reflected without credentials",
         "",
         "<p>x",
         {{"GET " HOME " " STRANGER, 200, "access-control-allow-origin: https://lr-origin-check.example", ""}},
         PASS,
         NULL,
         false,
         NULL},
        {"reflected with credentials",
         "",
         "<p>x",
         {{"GET " HOME " " STRANGER, 200,
           "access-control-allow-origin: https://lr-origin-check.example\naccess-control-allow-credentials: true", ""}},
         FAIL,
         "Any website",
         false,
         NULL},
        {"an interface",
         "",
         "<p>x",
         {{"GET https://shop.example/v1/products " STRANGER, 200,
           "access-control-allow-origin: https://lr-origin-check.example\naccess-control-allow-credentials: true",
           "[]"}},
         FAIL,
         "lr-origin-check",
         false,
         one_api},
        {"compared by its beginning",
         "",
         "<p>x",
         {{"GET " HOME " origin=https://shop.example.lr-origin-check.example", 200,
           "access-control-allow-origin: https://shop.example.lr-origin-check.example\n"
           "access-control-allow-credentials: true",
           ""}},
         FAIL,
         NULL,
         false,
         NULL},
        {"null",
         "",
         "<p>x",
         {{"GET " HOME " origin=null", 200, "access-control-allow-origin: null\naccess-control-allow-credentials: true",
           ""}},
         FAIL,
         "Origin: null",
         false,
         NULL},
        {"not seen", "", "<p>x", {{0}}, UNKNOWN, NULL, true, NULL},
    };

    (void)state;
    web_rows("edge.cors", rows, N_OF(rows));
}

#define NO_PAGE HOME "launchready-no-such-page.json"

static void error_leak(void **state)
{
    static const struct web_row rows[] = {
        {"plain errors", "", "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"Python",
         "",
         "<p>x",
         {{NO_PAGE, 500, "", "<pre>Traceback (most recent call last):\n  File \"/srv/app.py\""}},
         FAIL,
         "Python",
         false,
         NULL},
        {"Django",
         "",
         "<p>x",
         {{NO_PAGE, 404, "", "because you have <code>DEBUG = True</code> in your settings"}},
         FAIL,
         "Django",
         false,
         NULL},
        {"SQL",
         "",
         "<p>x",
         {{NO_PAGE, 500, "", "SQLSTATE[42S02]: Base table not found"}},
         FAIL,
         "database",
         false,
         NULL},
        {"a blog about traces",
         "",
         "<p>Traceback (most recent call last)",
         {{NO_PAGE, 404, "", "<p>Traceback (most recent call last)"}},
         PASS,
         NULL,
         false,
         NULL},
        {"a version", "", "<p>x", {{NO_PAGE, 404, "server: nginx/1.22.1", "x"}}, WARN, "nginx/1.22.1", false, NULL},
        {"a server without version", "", "<p>x", {{NO_PAGE, 404, "server: nginx", "x"}}, PASS, NULL, false, NULL},
        {"not seen", "", "<p>x", {{0}}, UNKNOWN, NULL, true, NULL},
        {"home not seen", NULL, NULL, {{0}}, UNKNOWN, NULL, false, NULL},
    };

    (void)state;
    web_rows("edge.error-leak", rows, N_OF(rows));
}

static void mixed_content(void **state)
{
    static const struct web_row rows[] = {
        {"all https",
         "",
         "<script src=/a.js></script><img src=//cdn.example/i.png><a href='http://other.example/'>x</a>"
         "<link rel=profile href='http://gmpg.example/xfn/11'>",
         {{0}},
         PASS,
         NULL,
         false,
         NULL},
        {"a script", "", "<script src='http://cdn.example/a.js'></script>", {{0}}, FAIL, "browsers block", false, NULL},
        {"a form",
         "",
         "<form action='http://shop.example/buy'></form>",
         {{0}},
         FAIL,
         "http://shop.example/buy",
         false,
         NULL},
        {"an image", "", "<img src='http://cdn.example/i.png'>", {{0}}, FAIL, "images or media", false, NULL},
        {"a font",
         "",
         "<style>@font-face{src:url(http://cdn.example/f.woff2)}</style>",
         {{0}},
         FAIL,
         "browsers block",
         false,
         NULL},
        {"upgraded by policy",
         "content-security-policy: upgrade-insecure-requests",
         "<img src='http://cdn.example/i.png'>",
         {{0}},
         PASS,
         NULL,
         false,
         NULL},
        {"a style sheet's image",
         "",
         "<link rel=stylesheet href=/a.css>",
         {{HOME "a.css", 200, "content-type: text/css", "a{background:url('http://cdn.example/b.png')}"}},
         FAIL,
         "style sheet",
         false,
         NULL},
        {"a bundle's API",
         "",
         "<script src=/a.js></script>",
         {{HOME "a.js", 200, "content-type: text/javascript", "fetch('http://api.shop.example/v1')"}},
         FAIL,
         "The script calls",
         false,
         NULL},
        {"a bundle's namespaces",
         "",
         "<script src=/a.js></script>",
         {{HOME "a.js", 200, "content-type: text/javascript", "ns='http://www.w3.org/2000/svg'"}},
         PASS,
         NULL,
         false,
         NULL},
        {"a bundle not seen", "", "<script src=/a.js></script>", {{0}}, UNKNOWN, NULL, true, NULL},
    };

    (void)state;
    web_rows("edge.mixed-content", rows, N_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers), cmocka_unit_test(cors), cmocka_unit_test(error_leak),
                                       cmocka_unit_test(mixed_content)};

    return cmocka_run_group_tests_name("check_edge", tests, NULL, NULL);
}
