/* test_platform.c - who serves a host, from its addresses, CNAMEs and headers; and what a site is made of. */
#include "test.h"

#include <stdlib.h>

#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_page.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "facts/facts.h"
#include "facts/robots.h"
#include "facts/set_cookie.h"
#include "launch/launch.h"

static struct arena *arena;
static struct facts *facts;
static struct launch launch;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_MB(64));
    launch_empty(&launch, STR("shop.example"));
    facts = facts_new(&(struct facts_setup){.launch = &launch, .domain = STR("shop.example")});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    facts_free(facts);
    arena_free(arena);
    return 0;
}

static void put_addresses(const char *host, const char *ip, const char *cname)
{
    struct fact_addresses *a = arena_alloc(arena, sizeof *a);

    a->exists = ip != NULL;
    if (ip) {
        a->v = arena_alloc(arena, sizeof *a->v);
        a->v[0] = (struct dns_address){.ip = str_of(ip), .is_v6 = str_has(str_of(ip), STR(":"))};
        a->n_v = 1;
    }
    if (cname)
        str_list_add(arena, &a->cnames, str_of(cname));
    facts_put(facts, &addresses_kind, str_dup(arena, str_of(host)), a);
}

static void put_http(const char *url, int status, const char *header, const char *value, const char *body)
{
    struct fact_http *x = arena_alloc(arena, sizeof *x);

    *x = (struct fact_http){.method = STR("GET"), .url = str_of(url), .status = status, .body = str_of(body)};
    x->headers = arena_array(arena, 1, sizeof *x->headers);
    x->headers[0] = (struct http_header){str_of(header), str_of(value)};
    x->n_headers = 1;
    facts_put(facts, &http_kind, str_fmt(arena, "GET %s", url), x);
}

static void platforms_are_recognised(void **state)
{
    static const struct {
        const char *why, *ip, *cname, *header, *value, *edge, *host;
    } rows[] = {
        {"by address", "104.16.132.229", NULL, "server", "cloudflare", "cloudflare", NULL},
        {"by IPv6 address", "2606:4700::1", NULL, "x", "y", "cloudflare", NULL},
        {"just outside", "104.32.0.1", NULL, "x", "y", NULL, NULL},
        {"a host behind an edge", "172.67.1.1", NULL, "x-vercel-id", "fra1::x", "cloudflare", "vercel"},
        {"by CNAME", "203.0.113.9", "cname.vercel-dns.com", "x", "y", "vercel", "vercel"},
        {"by numbered CNAME", "203.0.113.9", "d1f.vercel-dns-017.com", "x", "y", "vercel", "vercel"},
        {"by header only", "203.0.113.9", NULL, "cf-ray", "8-FRA", "cloudflare", NULL},
        {"a host without edge", "203.0.113.9", "x.herokudns.com", "via", "1.1 vegur", NULL, "heroku"},
        {"a server of one's own", "203.0.113.9", NULL, "server", "nginx/1.22.1", NULL, "nginx"},
        {"pages", "185.199.108.153", NULL, "server", "GitHub.com", "github_pages", "github_pages"},
        {"a name that ends like one", "203.0.113.9", "notvercel-dns.com", "x", "y", NULL, NULL},
        {"unknown", "203.0.113.9", NULL, "server", "mystery", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct facts *own = facts;
        struct ask q;
        const struct fact_platform *p;

        facts = facts_new(&(struct facts_setup){.launch = &launch, .domain = STR("shop.example")});
        q = facts_ask(facts, arena);
        put_addresses("shop.example", rows[i].ip, rows[i].cname);
        put_http("https://shop.example/", 200, rows[i].header, rows[i].value, "");
        p = fact_platform(&q, STR("shop.example"));
        if (!p || p->edge != (rows[i].edge ? platform_by_id(rows[i].edge) : NULL) ||
            p->host != (rows[i].host ? platform_by_id(rows[i].host) : NULL))
            fail_msg("%s: edge %s, host %s", rows[i].why, p && p->edge ? p->edge->id : "none",
                     p && p->host ? p->host->id : "none");
        facts_free(facts);
        facts = own;
    }
}

static void an_unseen_name_is_unseen(void **state)
{
    struct ask q = facts_ask(facts, arena);
    struct err err;

    (void)state;
    err_set(&err, ERR_DNS_TIMEOUT, "no answer");
    facts_put_err(facts, &addresses_kind, STR("shop.example"), &err);
    assert_null(fact_platform(&q, STR("shop.example")));
    assert_int_equal(q.n_unseen, 1);
}

static void a_site_is_found(void **state)
{
    static const char home[] = "<a href=/products/blue-mug>m</a><a href=/login>in</a><a href=/account>me</a>"
                               "<a href=/gone>g</a>";
    struct ask q = facts_ask(facts, arena);
    const struct fact_site *site;

    (void)state;
    put_addresses("shop.example", "203.0.113.9", NULL);
    put_addresses("www.shop.example", "203.0.113.9", NULL);
    put_addresses("app.shop.example", "203.0.113.10", NULL);
    put_addresses("launchready-no-such-name.shop.example", NULL, NULL);
    put_http("https://shop.example/", 200, "content-type", "text/html", home);
    put_http("https://shop.example/products/blue-mug", 200, "content-type", "text/html", "<p>x");
    put_http("https://shop.example/login", 200, "content-type", "text/html", "<p>x");
    put_http("https://shop.example/gone", 404, "content-type", "text/html", "<p>x");
    site = fact_site(&q);
    assert_non_null(site);
    assert_int_equal(q.n_unseen, 0);
    assert_str(site->canonical, "https://shop.example");
    assert_str(site->www, "www.shop.example");
    assert_int_equal(site->n_hosts, 3);
    assert_true(site->hosts[2].guessed && site->hosts[2].role == HOST_APP);
    assert_int_equal(site->pages.n, 3);
    assert_str(site->pages.v[1], "https://shop.example/products/blue-mug");
    assert_str(site->login_page, "https://shop.example/login");
    assert_int_equal(site->private_pages.n, 1);
    assert_str(site->deep_path, "/products/blue-mug");
}

static void a_wildcard_makes_no_hosts(void **state)
{
    struct ask q = facts_ask(facts, arena);
    const struct fact_site *site;

    (void)state;
    put_addresses("shop.example", "203.0.113.9", NULL);
    put_addresses("www.shop.example", "203.0.113.9", NULL);
    put_addresses("launchready-no-such-name.shop.example", "203.0.113.9", NULL);
    put_addresses("app.shop.example", "203.0.113.9", NULL);
    put_addresses("api.shop.example", "203.0.113.77", NULL);
    put_http("https://shop.example/", 301, "location", "https://www.shop.example/", "");
    put_http("https://www.shop.example/", 200, "content-type", "text/html", "<p>x");
    site = fact_site(&q);
    assert_non_null(site);
    assert_int_equal(site->n_hosts, 3);
    assert_str(site->hosts[2].name, "api.shop.example");
    assert_true(site->hosts[1].wildcard);
    assert_false(site->hosts[2].wildcard);
    assert_str(site->canonical, "https://www.shop.example");
}

static void the_launch_file_comes_first(void **state)
{
    struct launch_host hosts[] = {{.name = STR("cafe.shop.example"), .role = STR("app")},
                                  {.name = STR("www.shop.example"), .absent = true}};
    struct ask q = facts_ask(facts, arena);
    const struct fact_site *site;

    (void)state;
    str_list_add(arena, &hosts[0].private_paths, STR("/orders"));
    launch.hosts = hosts;
    launch.n_hosts = 2;
    launch.canonical = STR("https://shop.example");
    str_list_add(arena, &launch.paths.private_paths, STR("/account"));
    str_list_add(arena, &launch.paths.api, STR("/v1/products"));
    put_addresses("shop.example", "203.0.113.9", NULL);
    put_addresses("cafe.shop.example", "203.0.113.10", NULL);
    site = fact_site(&q);
    assert_non_null(site);
    assert_int_equal(site->n_hosts, 2);
    assert_int_equal(site->hosts[1].role, HOST_APP);
    assert_true(site->canonical_declared && site->private_declared);
    assert_str(site->private_pages.v[0], "https://shop.example/account");
    assert_str(site->private_pages.v[1], "https://cafe.shop.example/orders");
    assert_str(site->api_urls.v[0], "https://shop.example/v1/products");
    assert_str(site->deep_path, "/launchready-deep/path");
}

static void a_silent_site_says_why(void **state)
{
    struct ask q = facts_ask(facts, arena);
    const struct fact_site *site;
    struct err err;

    (void)state;
    put_addresses("shop.example", "203.0.113.9", NULL);
    err_set(&err, ERR_TIMEOUT, "no answer in 10 s");
    facts_put_err(facts, &http_kind, STR("GET https://shop.example/"), &err);
    site = fact_site(&q);
    assert_non_null(site);
    assert_str(site->canonical, "");
    assert_null(site_home(&q, site));
    assert_int_equal(q.n_unseen, 1);
    assert_int_equal(q.unseen[0].err.kind, ERR_TIMEOUT);
}

static void robots_rules(void **state)
{
    static const struct {
        const char *text, *agent, *path;
        bool allowed;
    } rows[] = {
        {"", "googlebot", "/", true},
        {"User-agent: *\nDisallow: /", "googlebot", "/x", false},
        {"user-agent:*\r\ndisallow:/\r\n", "googlebot", "/x", false},
        {"User-agent: *\nDisallow:\n", "googlebot", "/", true},
        {"User-agent: *\nDisallow: / # all\nAllow: /public", "x", "/public/a", true},
        {"User-agent: *\nDisallow: /p\nAllow: /p", "x", "/p", true},
        {"User-agent: *\nDisallow: /*.pdf$", "x", "/a/b.pdf", false},
        {"User-agent: *\nDisallow: /*.pdf$", "x", "/a/b.pdf?x", true},
        {"User-agent: Googlebot\nAllow: /\n\nUser-agent: *\nDisallow: /", "googlebot", "/", true},
        {"User-agent: a\nUser-agent: Googlebot/2.1\nCrawl-delay: 3\nDisallow: /", "googlebot", "/", false},
        {"User-agent: Googlebot-News\nDisallow: /", "googlebot", "/", true},
        {"\xef\xbb\xbfUser-agent: *\nDisallow: /", "x", "/", false},
        {"Disallow: /", "x", "/", true},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        if (robots_allows(str_of(rows[i].text), str_of(rows[i].agent), str_of(rows[i].path)) != rows[i].allowed)
            fail_msg("%s: %s", rows[i].text, rows[i].path);
}

static void set_cookies(void **state)
{
    static const struct {
        const char *header;
        bool ok;
        const char *name, *value;
        bool secure, http_only, removes;
        enum same_site same_site;
    } rows[] = {
        {"a=b", true, "a", "b", false, false, false, SAME_SITE_ABSENT},
        {" a = b=c ; SECURE; HttpOnly ;samesite = lax", true, "a", "b=c", true, true, false, SAME_SITE_LAX},
        {"a=b; SameSite=Sometimes", true, "a", "b", false, false, false, SAME_SITE_UNKNOWN},
        {"a=; Path=/", true, "a", "", false, false, true, SAME_SITE_ABSENT},
        {"a=b; Max-Age=-1", true, "a", "b", false, false, true, SAME_SITE_ABSENT},
        {"noname", true, "", "noname", false, false, false, SAME_SITE_ABSENT},
        {"=x", true, "", "x", false, false, false, SAME_SITE_ABSENT},
        {"", false, NULL, NULL, false, false, false, SAME_SITE_ABSENT},
        {"=", false, NULL, NULL, false, false, false, SAME_SITE_ABSENT},
        {"a\x01=b", false, NULL, NULL, false, false, false, SAME_SITE_ABSENT},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct set_cookie c;
        bool ok = set_cookie_parse(str_of(rows[i].header), &c);

        if (ok != rows[i].ok)
            fail_msg("%s", rows[i].header);
        if (!ok)
            continue;
        assert_str(c.name, rows[i].name);
        assert_str(c.value, rows[i].value);
        if (c.secure != rows[i].secure || c.http_only != rows[i].http_only || c.removes != rows[i].removes ||
            c.same_site != rows[i].same_site)
            fail_msg("flags of %s", rows[i].header);
    }
}

static void cookie_names(void **state)
{
    static const struct {
        const char *name;
        enum cookie_kind kind;
    } rows[] = {{"PHPSESSID", COOKIE_SESSION},
                {"connect.sid", COOKIE_SESSION},
                {"__Host-sid", COOKIE_SESSION},
                {"sb-x-auth-token", COOKIE_SESSION},
                {"access_token", COOKIE_SESSION},
                {"remember_web", COOKIE_SESSION},
                {"side", COOKIE_PLAIN},
                {"inside", COOKIE_PLAIN},
                {"author_name", COOKIE_PLAIN},
                {"lang", COOKIE_PLAIN},
                {"csrftoken", COOKIE_CSRF},
                {"XSRF-TOKEN", COOKIE_CSRF},
                {"_ga", COOKIE_FOREIGN},
                {"__cf_bm", COOKIE_FOREIGN},
                {"", COOKIE_PLAIN}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        if (cookie_kind_of(str_of(rows[i].name)) != rows[i].kind)
            fail_msg("%s", rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(platforms_are_recognised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unseen_name_is_unseen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_site_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wildcard_makes_no_hosts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_launch_file_comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_silent_site_says_why, set_up, tear_down),
        cmocka_unit_test(robots_rules),
        cmocka_unit_test(set_cookies),
        cmocka_unit_test(cookie_names),
    };

    return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
