/* test_check_perf.c - caching, compression and sizes; request ids, legal pages, and what is really online. */
#include "web_world.h"

#include "facts/fact_platform.h"

#define JS   "content-type: text/javascript\n"
#define YEAR "cache-control: public, max-age=31536000, immutable"

static void cache_static(void **state)
{
    static const char page[] = "<script src=/assets/app.3f2a9c1b.js></script>";
    static const char plain[] = "<script src=/app.js></script>";
    static const struct web_row rows[] = {
        {"a year", "", page, {{HOME "assets/app.3f2a9c1b.js", 200, JS YEAR, "x"}}, PASS, NULL, false, NULL},
        {"a day",
         "",
         page,
         {{HOME "assets/app.3f2a9c1b.js", 200, JS "cache-control: max-age=86400", "x"}},
         FAIL,
         "not kept for a year",
         false,
         NULL},
        {"the rule is for the folder alone",
         "",
         page,
         {{HOME "assets/app.3f2a9c1b.js", 200, JS, "x"}},
         FAIL,
         "location /assets/ {",
         false,
         NULL},
        {"at its own platform",
         "",
         page,
         {{HOME "assets/app.3f2a9c1b.js", 200, JS, "x"}},
         FAIL,
         "{\"source\": \"/assets/(.*)\"",
         false,
         NULL,
         "vercel"},
        {"nothing", "", page, {{HOME "assets/app.3f2a9c1b.js", 200, JS, "x"}}, FAIL, "no Cache-Control", false, NULL},
        {"a year, not immutable",
         "",
         page,
         {{HOME "assets/app.3f2a9c1b.js", 200, JS "cache-control: public, max-age=31536000", "x"}},
         WARN,
         "immutable",
         false,
         NULL},
        {"mixed case",
         "",
         "<script src=/assets/index-DkX92bQz.js></script>",
         {{HOME "assets/index-DkX92bQz.js", 200, JS "cache-control: no-cache", "x"}},
         FAIL,
         NULL,
         false,
         NULL},
        {"names that are no hashes",
         "",
         "<img src=/DSC00123.jpg><img src=/AppleTouchIcon1.png>",
         {{HOME "DSC00123.jpg", 200, "content-type: image/jpeg\netag: \"1\"", "x"},
          {HOME "AppleTouchIcon1.png", 200, "content-type: image/png\netag: \"1\"", "x"}},
         PASS,
         NULL,
         false,
         NULL},
        {"capitals and digits",
         "",
         "<script src=/app-5XKJ2A3B.js></script>",
         {{HOME "app-5XKJ2A3B.js", 200, JS "cache-control: no-cache", "x"}},
         FAIL,
         "not kept for a year",
         false,
         NULL},
        {"a hash without a digit, marked immutable",
         "",
         "<script src=/assets/index-BxYzAbCd.js></script>",
         {{HOME "assets/index-BxYzAbCd.js", 200, JS YEAR, "x"}},
         PASS,
         NULL,
         false,
         NULL},
        {"a date is no hash",
         "",
         "<img src=/photo-20240101.jpg>",
         {{HOME "photo-20240101.jpg", 200, "content-type: image/jpeg\netag: \"1\"", "x"}},
         PASS,
         NULL,
         false,
         NULL},
        {"plain with a tag",
         "",
         plain,
         {{HOME "app.js", 200, JS "etag: \"1\"\ncache-control: no-cache", "x"}},
         PASS,
         NULL,
         false,
         NULL},
        {"plain for hours",
         "",
         plain,
         {{HOME "app.js", 200, JS "cache-control: max-age=14400", "x"}},
         PASS,
         NULL,
         false,
         NULL},
        {"plain, nothing", "", plain, {{HOME "app.js", 200, JS, "x"}}, FAIL, "neither be kept", false, NULL},
        {"plain, no-store",
         "",
         plain,
         {{HOME "app.js", 200, JS "etag: \"1\"\ncache-control: no-store", "x"}},
         FAIL,
         "neither be kept",
         false,
         NULL},
        {"plain for a year", "", plain, {{HOME "app.js", 200, JS YEAR, "x"}}, WARN, "keep", false, NULL},
        {"somebody else's", "", "<script src='https://cdn.example/app.js'></script>", {{0}}, PASS, NULL, false, NULL},
        {"not seen", "", plain, {{0}}, UNKNOWN, NULL, true, NULL},
    };

    (void)state;
    web_rows("perf.cache-static", rows, N_OF(rows));
}

static void declared_public(struct fact_site *site, struct launch *launch, struct arena *arena)
{
    (void)site;
    web_add(arena, &launch->paths.public_paths, "/products");
}

#define PRODUCTS HOME "products"
#define TWICE    "GET " HOME "products sample=1"

static void cache_public(void **state)
{
    static const struct web_row rows[] = {
        {"home with a tag", "etag: \"1\"", "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"home with nothing", "", "<p>x", {{0}}, WARN, "neither be kept", false, NULL},
        {"declared, a hit",
         "",
         "<p>x",
         {{PRODUCTS, 200, "cache-control: public, s-maxage=60", "y"}, {TWICE, 200, "cf-cache-status: HIT", "y"}},
         PASS,
         NULL,
         false,
         declared_public},
        {"declared, revalidated",
         "",
         "<p>x",
         {{PRODUCTS, 200, "etag: \"1\"", "y"},
          {TWICE, 200, "etag: \"1\"", "y"},
          {"GET " HOME "products if-none-match=\"1\"", 304, "", ""}},
         PASS,
         NULL,
         false,
         declared_public},
        {"declared, a tag that never fits",
         "",
         "<p>x",
         {{PRODUCTS, 200, "etag: \"1\"", "y"},
          {TWICE, 200, "etag: \"2\"", "y"},
          {"GET " HOME "products if-none-match=\"1\"", 200, "", "y"}},
         FAIL,
         "made anew",
         false,
         declared_public},
        {"declared, nothing", "", "<p>x", {{PRODUCTS, 200, "", "y"}}, FAIL, "neither be kept", false, declared_public},
        {"declared, no-store",
         "",
         "<p>x",
         {{PRODUCTS, 200, "cache-control: no-store", "y"}},
         FAIL,
         "forbids",
         false,
         declared_public},
        {"declared, a cookie",
         "",
         "<p>x",
         {{PRODUCTS, 200, "etag: \"1\"\nset-cookie: a=b", "y"}},
         FAIL,
         "cookie",
         false,
         declared_public},
        {"not seen", "", "<p>x", {{0}}, UNKNOWN, NULL, true, declared_public},
    };

    (void)state;
    web_rows("perf.cache-public", rows, N_OF(rows));
}

static char long_text[200 * 1024 + 1];

static void compression(void **state)
{
    const struct web_row rows[] = {
        {"compressed", "content-encoding: br", long_text, {{0}}, PASS, NULL, false, NULL},
        {"as is", "", long_text, {{0}}, FAIL, "uncompressed", false, NULL},
        {"short", "", "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"a script",
         "content-encoding: gzip",
         "<script src=/a.js></script>",
         {{HOME "a.js", 200, JS, long_text}},
         FAIL,
         "a.js",
         false,
         NULL},
        {"an image is no text",
         "",
         "<img src=/a.png>",
         {{HOME "a.png", 200, "content-type: image/png", long_text}},
         PASS,
         NULL,
         false,
         NULL},
        {"not seen", "", "<script src=/a.js></script>", {{0}}, UNKNOWN, NULL, true, NULL},
    };

    (void)state;
    web_rows("perf.compression", rows, N_OF(rows));
}

static void payload(void **state)
{
    const struct web_row rows[] = {
        {"small", "", "<p>x", {{0}}, PASS, NULL, false, NULL},
        {"a large page", "", long_text, {{0}}, FAIL, "an HTML page", false, NULL},
        {"a large font",
         "",
         "<style>@font-face{src:url(/f.woff)}</style><p>x",
         {{HOME "f.woff", 200, "content-type: font/woff", long_text}},
         PASS,
         NULL,
         false,
         NULL},
        {"a large style sheet",
         "",
         "<link rel=stylesheet href=/a.css>",
         {{HOME "a.css", 200, "content-type: text/css", long_text}},
         FAIL,
         "a style sheet",
         false,
         NULL},
        {"not seen", "", "<img src=/a.png>", {{0}}, UNKNOWN, NULL, true, NULL},
    };

    (void)state;
    web_rows("perf.payload", rows, N_OF(rows));
}

#define WITH_ID "GET " HOME " request-id=launchready-0001-request-id"

static void request_id(void **state)
{
    static const struct web_row rows[] = {
        {"comes back",
         "",
         "<p>x",
         {{WITH_ID, 200, "x-request-id: launchready-0001-request-id", ""}},
         PASS,
         "comes back",
         false,
         NULL},
        {"created", "", "<p>x", {{WITH_ID, 200, "x-correlation-id: 7", ""}}, PASS, "carry a request id", false, NULL},
        {"only the edge's", "", "<p>x", {{WITH_ID, 200, "cf-ray: 8-FRA", ""}}, WARN, "Only the edge", false, NULL},
        {"none", "", "<p>x", {{WITH_ID, 200, "", ""}}, FAIL, "no request id", false, NULL},
        {"not seen", "", "<p>x", {{0}}, UNKNOWN, NULL, true, NULL},
    };

    (void)state;
    static const struct web_row hosted = {"a site of a platform",
                                          "",
                                          "<p>x",
                                          {{WITH_ID, 200, "x-wix-request-id: 1", ""}},
                                          NOT_APPLICABLE,
                                          "x-wix-request-id",
                                          false,
                                          NULL,
                                          "wix"};

    web_rows("obs.request-id", &hosted, 1);
    web_rows("obs.request-id", rows, N_OF(rows));
}

#define LEGAL "<a href=/privacy>Privacy</a><a href=/t>Terms of service</a><a href='mailto:hi@shop.example'>Mail</a>"

static void legal(void **state)
{
    static const struct web_row rows[] = {
        {"all, no shop",
         "",
         LEGAL,
         {{HOME "privacy", 200, "", "x"}, {HOME "t", 200, "", "x"}},
         PASS,
         NULL,
         false,
         NULL},
        {"a shop without refunds",
         "",
         LEGAL "<a href=/cart>Cart</a>",
         {{HOME "privacy", 200, "", "x"}, {HOME "t", 200, "", "x"}},
         FAIL,
         "no refund policy",
         false,
         NULL},
        {"a shop with returns",
         "",
         LEGAL "<a href=/cart>Cart</a><a href=/r>Returns</a>",
         {{HOME "privacy", 200, "", "x"}, {HOME "t", 200, "", "x"}, {HOME "r", 200, "", "x"}},
         PASS,
         NULL,
         false,
         NULL},
        {"no privacy",
         "",
         "<a href=/t>Terms</a><a href=/contact>Contact</a>",
         {{HOME "t", 200, "", "x"}, {HOME "contact", 200, "", "x"}},
         FAIL,
         "no privacy policy",
         false,
         NULL},
        {"a dead link", "", LEGAL, {{HOME "t", 200, "", "x"}}, FAIL, "leads to no page", false, NULL},
        {"in German",
         "",
         "<a href=/d>Datenschutz</a><a href=/a>AGB</a><a href=/i>Impressum</a>",
         {{HOME "d", 200, "", "x"}, {HOME "a", 200, "", "x"}, {HOME "i", 200, "", "x"}},
         PASS,
         NULL,
         false,
         NULL},
        {"drawn by scripts",
         "",
         "<div id=root></div><script src=/a.js></script>",
         {{0}},
         UNKNOWN,
         "drawn by scripts",
         false,
         NULL},
        {"not seen", "", LEGAL, {{0}}, UNKNOWN, NULL, true, NULL},
        {"home not seen", NULL, NULL, {{0}}, UNKNOWN, NULL, false, NULL},
    };

    (void)state;
    static const struct web_row json = {
        "no HTML", "content-type: application/json", "{}", {{0}}, NOT_APPLICABLE, NULL, false, NULL};

    web_rows("legal.pages", &json, 1);
    web_rows("legal.pages", rows, N_OF(rows));
}

static void environment(void **state)
{
    static const struct web_row rows[] = {
        {"a shop", "", "<title>Mugs</title><p>Mugs made by hand", {{0}}, PASS, NULL, false, NULL},
        {"Vite", "", "<script type=module src=/@vite/client></script>", {{0}}, FAIL, "Vite", false, NULL},
        {"unbuilt source", "", "<script type=module src=/src/main.tsx></script>", {{0}}, FAIL, "no build", false, NULL},
        {"Next.js in development",
         "",
         "<script src=/_next/static/development/_buildManifest.js></script>",
         {{0}},
         FAIL,
         "Next.js",
         false,
         NULL},
        {"a starter's title", "", "<title>Create Next App</title>", {{0}}, FAIL, "starter", false, NULL},
        {"a default page", "", "<title>Welcome to nginx!</title>", {{0}}, FAIL, "starter", false, NULL},
        {"a title that holds a starter's", "", "<title>React App Builders</title>", {{0}}, PASS, NULL, false, NULL},
        {"a starter's manifest",
         "",
         "<link rel=manifest href=/m.json>",
         {{HOME "m.json", 200, "content-type: application/json", "{\"name\": \"Create React App Sample\"}"}},
         FAIL,
         "manifest",
         false,
         NULL},
        {"a debug page", "", "<p>You have <code>DEBUG = True</code>", {{0}}, FAIL, "Django", false, NULL},
        {"a banner", "", "<div>Test mode: no real payments</div><p>Mugs", {{0}}, FAIL, "banner", false, NULL},
        {"forwards to a preview host",
         "location: https://shop.vercel.app/",
         "<p>x",
         {{HOME, 307, "location: https://shop.vercel.app/", ""}, {"https://shop.vercel.app/", 200, "", "<p>x"}},
         FAIL,
         "preview host",
         false,
         NULL},
        {"home not seen", NULL, NULL, {{0}}, UNKNOWN, NULL, false, NULL},
    };

    (void)state;
    web_rows("audit.environment", rows, N_OF(rows));
}

static void says_vercel(struct fact_site *site, struct launch *launch, struct arena *arena)
{
    (void)site;
    (void)arena;
    launch->deploy.target = STR("vercel");
}

static void says_hetzner(struct fact_site *site, struct launch *launch, struct arena *arena)
{
    (void)site;
    (void)arena;
    launch->deploy.target = STR("hetzner");
}

static void deploy_target(void **state)
{
    static const struct web_row rows[] = {
        {"seen, nothing declared", "", "<p>x", {{0}}, PASS, "served by nginx", false, NULL},
        {"a server of one's own somewhere", "", "<p>x", {{0}}, PASS, NULL, false, says_hetzner},
        {"the one declared", "", "<p>x", {{0}}, PASS, "served by Vercel", false, says_vercel, "vercel"},
        {"another one", "", "<p>x", {{0}}, FAIL, "served by Netlify, not by vercel", false, says_vercel, "netlify"},
        {"nobody knows", "", "<p>x", {{0}}, WARN, "not visible", false, NULL, "none"},
        {"home not seen", NULL, NULL, {{0}}, UNKNOWN, NULL, false, says_vercel},
    };

    (void)state;
    web_rows("audit.deploy-target", rows, N_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_static), cmocka_unit_test(cache_public),  cmocka_unit_test(compression),
        cmocka_unit_test(payload),      cmocka_unit_test(request_id),    cmocka_unit_test(legal),
        cmocka_unit_test(environment),  cmocka_unit_test(deploy_target),
    };

    memset(long_text, 'x', sizeof long_text - 1);
    return cmocka_run_group_tests_name("check_perf", tests, NULL, NULL);
}
