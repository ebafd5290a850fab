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

static void with_login(struct fact_site *site, struct launch *launch, struct arena *arena)
{
    (void)launch;
    (void)arena;
    site->login_page = STR("https://shop.example/login");
}

static void foreign_login(struct fact_site *site, struct launch *launch, struct arena *arena)
{
    (void)launch;
    (void)arena;
    site->login_page = STR("https://shop.example/login");
    web_add(arena, &site->private_pages, "https://shop.example/account");
}

static void cookies(void **state)
{
    static const struct web_row rows[] = {
        {"none", "", "<p>x", {{0}}, PASS, "No session cookie", false, NULL},
        {"all flags",
         "set-cookie: __Host-sid=abcdefghijklmnopqrstuv; Path=/; Secure; HttpOnly; SameSite=Lax",
         "<p>x",
         {{0}},
         PASS,
         "have their flags",
         false,
         NULL},
        {"not secure",
         "set-cookie: connect.sid=abc; Path=/; HttpOnly; SameSite=Lax",
         "<p>x",
         {{0}},
         FAIL,
         "is not Secure",
         false,
         NULL},
        {"readable",
         "set-cookie: PHPSESSID=abc; Secure; SameSite=Lax",
         "<p>x",
         {{0}},
         FAIL,
         "is not HttpOnly",
         false,
         NULL},
        {"no SameSite",
         "set-cookie: laravel_session=abc; Secure; HttpOnly",
         "<p>x",
         {{0}},
         FAIL,
         "has no SameSite",
         false,
         NULL},
        {"for all subdomains",
         "set-cookie: session=abc; Secure; HttpOnly; SameSite=Lax; Domain=.shop.example",
         "<p>x",
         {{0}},
         WARN,
         "every subdomain",
         false,
         NULL},
        {"a broken promise",
         "set-cookie: __Host-sid=abc; Secure; HttpOnly; SameSite=Lax; Domain=shop.example; Path=/",
         "<p>x",
         {{0}},
         FAIL,
         "prefix",
         false,
         NULL},
        {"a token that scripts read",
         "set-cookie: XSRF-TOKEN=abc; Secure; SameSite=Lax",
         "<p>x",
         {{0}},
         PASS,
         NULL,
         false,
         NULL},
        {"an ordinary cookie", "set-cookie: currency=eur; Path=/", "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"analytics", "set-cookie: _ga_session=1; Path=/", "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"one taken away", "set-cookie: session=; Max-Age=0", "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"none that is not secure",
         "set-cookie: prefs=1; SameSite=None",
         "<p>x",
         {{0}},
         FAIL,
         "SameSite=None",
         false,
         NULL},
        {"the value is hidden",
         "set-cookie: sid=supersecret; Path=/",
         "<p>x",
         {{0}},
         FAIL,
         "sid=(11 characters)",
         false,
         NULL},
        {"on the log-in page",
         "",
         "<p>x",
         {{HOME "login", 200, "set-cookie: auth=abc; Path=/", "<form>"}},
         FAIL,
         "The session cookie \"auth\"",
         false,
         with_login},
        {"of another site's log-in",
         "",
         "<p>x",
         {{HOME "login", 302, "location: https://login.example/", ""},
          {"https://login.example/", 200, "set-cookie: session=abc", "<form>"},
          {HOME "account", 302, "location: /login", ""}},
         PASS,
         NULL,
         false,
         foreign_login},
        {"log-in not seen", "", "<p>x", {{0}}, UNKNOWN, NULL, true, with_login},
    };

    (void)state;
    web_rows("edge.cookies", rows, N_OF(rows));
}

static void exposed_files(void **state)
{
    static const struct web_row rows[] = {
        {"nothing there", "", "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"the repository",
         "",
         "<p>x",
         {{HOME ".git/HEAD", 200, "content-type: text/plain", "ref: refs/heads/main\n"}},
         FAIL,
         "the repository",
         false,
         NULL},
        {"environment",
         "",
         "<p>x",
         {{HOME ".env", 200, "content-type: text/plain", "# x\nDB_HOST=db\nDB_PASS=hunter2hunter2\n"}},
         FAIL,
         "DB_HOST=(2 characters)",
         false,
         NULL},
        {"a page for every path",
         "",
         "<p>x",
         {{HOME ".git/HEAD", 200, "", "<!doctype html>ref: refs/"},
          {HOME ".env", 200, "", "<html>A=1\nB=2"},
          {HOME "backup.sql", 200, "", "<!DOCTYPE html><pre>CREATE TABLE"}},
         PASS,
         NULL,
         false,
         NULL},
        {"an echo of every path",
         "",
         "<p>x",
         {{HOME "launchready-no-such-file", 200, "content-type: text/plain", "A=1\nB=2\n"},
          {HOME ".env", 200, "content-type: text/plain", "A=1\nB=2\n"}},
         PASS,
         NULL,
         false,
         NULL},
        {"text that is no environment",
         "",
         "<p>x",
         {{HOME ".env", 200, "content-type: text/plain", "Nothing to see here.\n"}},
         PASS,
         NULL,
         false,
         NULL},
        {"a dump",
         "",
         "<p>x",
         {{HOME "dump.sql", 200, "content-type: application/sql", "-- MySQL dump 10.13\nCREATE TABLE users"}},
         FAIL,
         "a database dump",
         false,
         NULL},
        {"a console",
         "",
         "<p>x",
         {{HOME "phpinfo.php", 200, "", "<title>phpinfo()</title><td>PHP Version 8.2</td>"}},
         FAIL,
         "configuration",
         false,
         NULL},
        {"a list of files",
         "",
         "<p>x",
         {{HOME "uploads/", 200, "", "<title>Index of /uploads/</title>"}},
         FAIL,
         "a list of all uploaded files",
         false,
         NULL},
        {"forbidden", "", "<p>x", {{HOME ".git/HEAD", 403, "", "ref: refs/heads/main"}}, PASS, NULL, false, NULL},
        {"not seen", "", "<p>x", {{HOME "launchready-no-such-file", 404, "", ""}}, UNKNOWN, NULL, true, NULL},
        {"a failure stands beside silence",
         "",
         "<p>x",
         {{HOME "launchready-no-such-file", 404, "", ""},
          {HOME ".git/config", 200, "content-type: text/plain", "[core]\n\tbare = false\n"}},
         FAIL,
         "settings",
         true,
         NULL},
    };

    (void)state;
    web_rows("edge.exposed-files", rows, N_OF(rows));
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

static void one_private(struct fact_site *site, struct launch *launch, struct arena *arena)
{
    (void)launch;
    web_add(arena, &site->private_pages, "https://shop.example/account");
    site->private_declared = true;
}

#define ACCOUNT HOME "account"
#define AGAIN   "GET " HOME "account sample=1"

static void private_cached(void **state)
{
    static const struct web_row rows[] = {
        {"none known", "", "<p>x", {{0}}, NOT_APPLICABLE, "No private page", false, NULL},
        {"a redirect to the log-in",
         "",
         "<p>x",
         {{ACCOUNT, 302, "location: /login\ncache-control: no-store", ""},
          {AGAIN, 302, "location: /login\ncache-control: no-store", ""}},
         PASS,
         "not served from a shared cache",
         false,
         one_private},
        {"refused", "", "<p>x", {{ACCOUNT, 401, "", "x"}, {AGAIN, 401, "age: 3", "x"}}, PASS, NULL, false, one_private},
        {"private",
         "",
         "<p>x",
         {{ACCOUNT, 200, "cache-control: private, max-age=60", "y"},
          {AGAIN, 200, "cache-control: private, max-age=60", "y"}},
         PASS,
         NULL,
         false,
         one_private},
        {"nothing said, nothing stored",
         "",
         "<p>x",
         {{ACCOUNT, 200, "", "y"}, {AGAIN, 200, "", "y"}},
         PASS,
         NULL,
         false,
         one_private},
        {"a hit the second time",
         "",
         "<p>x",
         {{ACCOUNT, 200, "cf-cache-status: MISS", "y"}, {AGAIN, 200, "cf-cache-status: HIT", "y"}},
         FAIL,
         "cf-cache-status: HIT",
         false,
         one_private},
        {"an age",
         "",
         "<p>x",
         {{ACCOUNT, 200, "age: 40", "y"}, {AGAIN, 200, "age: 41", "y"}},
         FAIL,
         "age: 41",
         false,
         one_private},
        {"not from the cache",
         "",
         "<p>x",
         {{ACCOUNT, 200, "cf-cache-status: DYNAMIC", "y"}, {AGAIN, 200, "cf-cache-status: BYPASS\nage: 0", "y"}},
         PASS,
         NULL,
         false,
         one_private},
        {"public",
         "",
         "<p>x",
         {{ACCOUNT, 200, "cache-control: public, max-age=600", "y"},
          {AGAIN, 200, "cache-control: public, max-age=600", "y"}},
         FAIL,
         "allows shared caches",
         false,
         one_private},
        {"s-maxage",
         "",
         "<p>x",
         {{ACCOUNT, 200, "cache-control: s-maxage=60", "y"}, {AGAIN, 200, "", "y"}},
         FAIL,
         "allows shared caches",
         false,
         one_private},
        {"a stored cookie",
         "",
         "<p>x",
         {{ACCOUNT, 200, "", "y"}, {AGAIN, 200, "x-cache: Hit from cloud\nset-cookie: sid=1", "y"}},
         FAIL,
         "one visitor's cookie",
         false,
         one_private},
        {"a stored redirect",
         "",
         "<p>x",
         {{ACCOUNT, 302, "location: /login", ""}, {AGAIN, 302, "location: /login\nx-cache-status: HIT", ""}},
         FAIL,
         "The redirect to the log-in is stored",
         false,
         one_private},
        {"the same shell for every path",
         "",
         "<p>shell",
         {{ACCOUNT, 200, "cache-control: public, max-age=600", "<p>shell"},
          {AGAIN, 200, "cache-control: public, max-age=600\nage: 9", "<p>shell"}},
         PASS,
         NULL,
         false,
         one_private},
        {"not seen", "", "<p>x", {{0}}, UNKNOWN, NULL, true, one_private},
    };

    (void)state;
    web_rows("edge.private-cached", rows, N_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),        cmocka_unit_test(cors),       cmocka_unit_test(cookies),
        cmocka_unit_test(exposed_files),  cmocka_unit_test(error_leak), cmocka_unit_test(mixed_content),
        cmocka_unit_test(private_cached),
    };

    return cmocka_run_group_tests_name("check_edge", tests, NULL, NULL);
}
