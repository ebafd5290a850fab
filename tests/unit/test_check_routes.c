/* Judgements about routing, HSTS, latency and transport, from a web written by hand. Nothing reaches a network. */
#include "test.h"

#include <stdio.h>

#include "checks/check.h"
#include "checks/entry_points.h"
#include "checks/hsts.h"
#include "core/url.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_latency.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "launch/launch.h"

#define NOW ((int64_t)1795000000) /* 2026-11-18 */

/* ---- the web ---- */

/* How URLs that begin with at are answered; of several rules the last one counts. */
struct rule {
    const char *at;
    int status;
    const char *to;     /* Location; a "*" at its end stands for path and query */
    const char *header; /* "name: value" to send besides; "-" sends no HSTS */
    enum err_kind err;  /* instead of an answer */
    const char *via;    /* only over that address or family */
    const char *body;
    int version; /* 0: 20 */
};

static const struct rule healthy[] = {
    {.at = "http://shop.example", .status = 301, .to = "https://shop.example*"},
    {.at = "http://www.shop.example", .status = 301, .to = "https://shop.example*"},
    {.at = "https://www.shop.example", .status = 301, .to = "https://shop.example*"},
    {.at = "https://shop.example", .status = 200},
    {.at = "https://shop.example/launchready-not-there", .status = 404},
    {.at = "https://shop.example/admin", .status = 404},
    {.at = "https://shop.example/wp-admin/", .status = 404},
    {.at = "https://shop.example/administrator/", .status = 404},
    {.at = "https://shop.example/old", .status = 301, .to = "https://shop.example/new"},
    {.at = "http://app.shop.example", .status = 301, .to = "https://app.shop.example*"},
    {.at = "https://app.shop.example", .status = 302, .to = "https://app.shop.example/login"},
    {.at = "https://app.shop.example/login", .status = 200},
    {.at = "http://api.shop.example", .err = ERR_REFUSED},
    {.at = "https://api.shop.example", .status = 404},
    {.at = "http://admin.shop.example", .status = 301, .to = "https://admin.shop.example*"},
    {.at = "https://admin.shop.example", .status = 401},
};

#define MOST_RULES 4

struct row {
    const char *why, *check;
    enum status want;
    enum severity severity;
    const char *title; /* a part of it; NULL: any */
    struct rule rules[MOST_RULES];
    const char *edge;      /* NULL: nginx */
    const char *fix;       /* a part of it; NULL: any */
    const char *temporary; /* declared */
    int app_status;        /* declared for app.shop.example */
    const char *gone;      /* a host that does not resolve */
};

struct world {
    struct arena *arena;
    struct launch launch;
    struct launch_host declared[4];
    struct facts *facts;
    struct fact_site site;
    struct site_host hosts[6];
    struct findings out;
    struct ask q;
};

static const struct rule *rule_for(const struct row *row, struct str url, struct str via)
{
    const struct rule *found = NULL;

    for (size_t i = 0; i < N_OF(healthy); i++)
        if (str_starts(url, str_of(healthy[i].at)))
            found = &healthy[i];
    for (size_t i = 0; i < MOST_RULES && row->rules[i].at; i++) {
        const struct rule *r = &row->rules[i];
        if (str_starts(url, str_of(r->at)) && (!r->via || str_eq(via, str_of(r->via))))
            found = r;
    }
    return found;
}

static void add_header(struct fact_http *x, const char *name, struct str value)
{
    x->headers[x->n_headers++] = (struct http_header){str_of(name), value};
}

static struct str target_of(struct world *w, const struct rule *rule, struct str url)
{
    struct str to = str_of(rule->to);
    struct url u;

    if (!str_ends(to, STR("*")))
        return to;
    assert_true(url_parse(w->arena, url, &u, NULL));
    return str_fmt(w->arena, "%.*s%.*s%.*s", STR_ARG(str_first(to, to.n - 1)), STR_ARG(u.path), STR_ARG(u.query));
}

static void put_answer(struct world *w, const struct row *row, struct str url, struct str via)
{
    const struct rule *rule = rule_for(row, url, via);
    struct str key = http_key(w->arena, &(struct http_ask){.url = url, .via = via});
    struct fact_http *x = arena_alloc(w->arena, sizeof *x);
    struct err err;

    if (!rule)
        return;
    if (rule->err) {
        err_set(&err, rule->err, "by hand: %s", err_word(rule->err));
        facts_put_err(w->facts, &http_kind, key, &err);
        return;
    }
    *x = (struct fact_http){.method = STR("GET"),
                            .url = url,
                            .address = via.n > 1 ? via : STR("192.0.2.80"),
                            .status = rule->status,
                            .version = rule->version ? rule->version : 20,
                            .body = str_of(rule->body ? rule->body : ""),
                            .at_s = NOW,
                            .total_us = 12000};
    x->headers = arena_array(w->arena, 4, sizeof *x->headers);
    if (rule->to)
        add_header(x, "location", target_of(w, rule, url));
    add_header(x, "content-type", STR("text/html"));
    struct str header = str_of(rule->header);
    bool own_hsts = header.n && (str_starts(header, STR("strict")) || str_eq(header, STR("-")));
    if (!own_hsts && str_starts(url, STR("https:")))
        add_header(x, "strict-transport-security", STR("max-age=31536000; includeSubDomains"));
    if (header.n > 1) {
        size_t colon = str_find_char(header, ':');
        add_header(x, str_cstr(w->arena, str_first(header, colon)), str_trim(str_from(header, colon + 1)));
    }
    facts_put(w->facts, &http_kind, key, x);
}

static void put_addresses(struct world *w, const struct row *row, struct str host)
{
    struct fact_addresses *a = arena_alloc(w->arena, sizeof *a);

    a->v = arena_array(w->arena, 2, sizeof *a->v);
    if (!row->gone || !str_eq(host, str_of(row->gone))) {
        a->v[a->n_v++] = (struct dns_address){.ip = STR("192.0.2.80")};
        a->v[a->n_v++] = (struct dns_address){.ip = STR("2001:db8::80"), .is_v6 = true};
        a->exists = true;
    }
    facts_put(w->facts, &addresses_kind, host, a);
}

static void put_host(struct world *w, const struct row *row, struct str host)
{
    static const char *const paths[] = {"/",      "/admin",        "/wp-admin/", "/administrator/", "/old", "/new",
                                        "/login", "/products/mug", "/v1"};
    static const char *const vias[] = {"", "4", "6", "192.0.2.80", "2001:db8::80"};
    struct fact_platform *p = arena_alloc(w->arena, sizeof *p);
    struct str nonce = entry_nonce(&w->q);

    put_addresses(w, row, host);
    p->edge = row->edge ? platform_by_id(row->edge) : NULL;
    p->host = row->edge ? NULL : platform_by_id("nginx");
    facts_put(w->facts, &platform_kind, host, p);
    for (int https = 0; https < 2; https++)
        for (size_t v = 0; v < N_OF(vias); v++) {
            struct str base = str_fmt(w->arena, "%s://%.*s", https ? "https" : "http", STR_ARG(host));
            for (size_t i = 0; i < N_OF(paths); i++)
                put_answer(w, row, str_fmt(w->arena, "%.*s%s", STR_ARG(base), paths[i]), str_of(vias[v]));
            put_answer(w, row, str_fmt(w->arena, "%.*s/launchready-not-there-%.*s", STR_ARG(base), STR_ARG(nonce)),
                       str_of(vias[v]));
            static const char *const deep[] = {"/products/mug", "/launchready-deep/path"};
            for (size_t i = 0; i < N_OF(deep); i++)
                put_answer(
                    w, row,
                    str_fmt(w->arena, "%.*s%s?utm_source=launchready&lr=%.*s", STR_ARG(base), deep[i], STR_ARG(nonce)),
                    str_of(vias[v]));
        }
}

static void open_world(struct world *w, const struct row *row)
{
    static const struct {
        const char *name;
        enum host_role role;
        bool declared;
    } hosts[] = {{"shop.example", HOST_SITE, false},
                 {"www.shop.example", HOST_WWW, false},
                 {"app.shop.example", HOST_APP, true},
                 {"api.shop.example", HOST_API, true},
                 {"admin.shop.example", HOST_ADMIN, true}};

    *w = (struct world){.arena = arena_new(ARENA_MB(64))};
    launch_empty(&w->launch, STR("shop.example"));
    for (size_t i = 0; i < N_OF(hosts); i++) {
        struct str name = str_of(hosts[i].name);
        bool gone = row->gone && str_eq(name, str_of(row->gone));
        w->hosts[i] =
            (struct site_host){.name = name, .role = hosts[i].role, .declared = hosts[i].declared, .exists = !gone};
        if (row->app_status && hosts[i].role == HOST_APP)
            w->hosts[i].expected_status = row->app_status;
        if (hosts[i].declared)
            w->declared[w->launch.n_hosts++] = (struct launch_host){.name = name};
    }
    w->launch.hosts = w->declared;
    str_list_add(w->arena, &w->launch.paths.legacy, STR("/old"));
    if (row->temporary)
        str_list_add(w->arena, &w->launch.paths.temporary_redirects, str_of(row->temporary));
    w->site = (struct fact_site){.apex = STR("shop.example"),
                                 .www = STR("www.shop.example"),
                                 .hosts = w->hosts,
                                 .n_hosts = N_OF(hosts),
                                 .canonical = STR("https://shop.example"),
                                 .home = STR("https://shop.example/"),
                                 .deep_path = STR("/products/mug")};
    str_list_add(w->arena, &w->site.pages, w->site.home);
    str_list_add(w->arena, &w->site.api_urls, STR("https://api.shop.example/v1"));
    w->facts = facts_new(&(struct facts_setup){.launch = &w->launch, .domain = STR("shop.example"), .now_s = NOW});
    w->q = facts_ask(w->facts, w->arena);
    facts_put(w->facts, &site_kind, STR("shop.example"), &w->site);
    for (size_t i = 0; i < N_OF(hosts); i++)
        put_host(w, row, str_of(hosts[i].name));
    put_host(w, row, STR("parked.example"));
}

static void close_world(struct world *w)
{
    facts_free(w->facts);
    arena_free(w->arena);
}

static const struct finding *worst_of(const struct findings *out)
{
    static const int weight[] = {[FAIL] = 6, [WARN] = 5, [UNKNOWN] = 4, [NOT_APPLICABLE] = 2, [PASS] = 1};
    const struct finding *worst = NULL;

    for (size_t i = 0; i < out->n; i++)
        if (!worst || weight[out->v[i]->status] > weight[worst->status])
            worst = out->v[i];
    return worst;
}

static void run(struct world *w, const char *id)
{
    const struct check *check = check_by_id(str_of(id));

    assert_non_null(check);
    w->out = (struct findings){.arena = w->arena};
    w->q = facts_ask(w->facts, w->arena);
    check_run(check, &w->q, &w->out);
}

static unsigned n_wrong; /* rows, so that one run names all of them */

static void expect(struct world *w, const struct row *row)
{
    const struct finding *worst = worst_of(&w->out);

    if (!worst) {
        print_error("%s %s: nothing was said\n", row->check, row->why);
        n_wrong++;
        return;
    }
    bool open = row->want == FAIL || row->want == WARN;
    bool ok = worst->status == row->want && (!open || worst->severity == row->severity) &&
              (!row->title || str_has(worst->title, str_of(row->title))) && (!open || worst->n_evidence > 0) &&
              (!row->fix || str_has(worst->fix_text, str_of(row->fix)));
    if (!ok) {
        print_error("%s %s: %s %s: %.*s; fix: %.*s\n", row->check, row->why, status_word(worst->status),
                    severity_word(worst->severity), STR_ARG(worst->title), STR_ARG(worst->fix_text));
        n_wrong++;
    }
}

/* ---- the rows ---- */

#define HOME_502                                                                                                       \
    {                                                                                                                  \
        .at = "https://shop.example", .status = 502                                                                    \
    }

static const struct row rows[] = {
    {"www leads to the apex", "routes.canonical-host", PASS, 0, NULL, {{NULL}}},
    {"www answers by itself",
     "routes.canonical-host",
     FAIL,
     SEV_HIGH,
     "www.shop.example answers by itself",
     {{.at = "https://www.shop.example", .status = 200}},
     .fix = "server_name www.shop.example;"},
    {"www leads elsewhere",
     "routes.canonical-host",
     FAIL,
     SEV_HIGH,
     "leads to parked.example",
     {{.at = "https://www.shop.example", .status = 301, .to = "https://parked.example/"},
      {.at = "https://parked.example", .status = 200}},
     .fix = NULL},
    {"www is silent",
     "routes.canonical-host",
     UNKNOWN,
     0,
     NULL,
     {{.at = "https://www.shop.example", .err = ERR_TIMEOUT}, {.at = "http://www.shop.example", .err = ERR_TIMEOUT}}},
    {"no IPv6 here is no fault of the site's",
     "routes.canonical-host",
     PASS,
     0,
     NULL,
     {{.at = "http", .via = "6", .err = ERR_NO_ROUTE}}},

    {"301 all over", "routes.permanent", PASS, 0, NULL, {{NULL}}},
    {"308 is permanent too",
     "routes.permanent",
     PASS,
     0,
     NULL,
     {{.at = "http://shop.example", .status = 308, .to = "https://shop.example*"}}},
    {"302 from www",
     "routes.permanent",
     FAIL,
     SEV_MEDIUM,
     "302",
     {{.at = "https://www.shop.example", .status = 302, .to = "https://shop.example*"}},
     .edge = "cloudflare",
     .fix = "concat(\"https://shop.example\", http.request.uri.path)"},
    {"307 to https",
     "routes.permanent",
     FAIL,
     SEV_MEDIUM,
     "307",
     {{.at = "http://shop.example", .status = 307, .to = "https://shop.example*"}}},
    {"302 that is declared",
     "routes.permanent",
     PASS,
     0,
     NULL,
     {{.at = "https://www.shop.example", .status = 302, .to = "https://shop.example*"}},
     .temporary = "https://www.shop.example/"},
    {"apex is silent", "routes.permanent", UNKNOWN, 0, NULL, {{.at = "http://shop.example", .err = ERR_TIMEOUT}}},

    {"one step from everywhere", "routes.chain-length", PASS, 0, NULL, {{NULL}}},
    {"two steps",
     "routes.chain-length",
     FAIL,
     SEV_HIGH,
     "Chain of 2 redirects from http://www.shop.example/",
     {{.at = "http://www.shop.example", .status = 301, .to = "https://www.shop.example*"}}},
    {"two steps for the preload list",
     "routes.chain-length",
     WARN,
     SEV_MEDIUM,
     "preloaded",
     {{.at = "http://www.shop.example", .status = 301, .to = "https://www.shop.example*"},
      {.at = "https://www.shop.example",
       .status = 301,
       .to = "https://shop.example*",
       .header = "strict-transport-security: max-age=31536000; includeSubDomains; preload"}}},
    {"to itself, behind an edge",
     "routes.chain-length",
     FAIL,
     SEV_CRITICAL,
     "in a circle",
     {{.at = "https://shop.example", .status = 301, .to = "https://shop.example*"}},
     .edge = "cloudflare",
     .fix = "Flexible"},
    {"https and http take turns",
     "routes.chain-length",
     FAIL,
     SEV_CRITICAL,
     "in a circle",
     {{.at = "https://shop.example", .status = 301, .to = "http://shop.example*"}},
     .fix = "One side"},
    {"apex and www take turns",
     "routes.chain-length",
     FAIL,
     SEV_CRITICAL,
     "in a circle",
     {{.at = "https://shop.example", .status = 301, .to = "https://www.shop.example*"}},
     .fix = "Two rules"},
    {"to a file",
     "routes.chain-length",
     FAIL,
     SEV_HIGH,
     "no web address",
     {{.at = "https://shop.example", .status = 301, .to = "file:///etc/passwd"}}},
    {"to a private address",
     "routes.chain-length",
     FAIL,
     SEV_HIGH,
     "local network",
     {{.at = "https://shop.example", .status = 301, .to = "http://10.1.2.3/"}}},
    {"to nowhere",
     "routes.chain-length",
     FAIL,
     SEV_HIGH,
     "does not say where",
     {{.at = "https://shop.example", .status = 301}}},
    {"a log-in page is the app's own matter", "routes.chain-length", PASS, 0, NULL, {{NULL}}},
    {"www is silent", "routes.chain-length", UNKNOWN, 0, NULL, {{.at = "https://www.shop.example", .err = ERR_RESET}}},

    {"path and query arrive", "routes.path-preserved", PASS, 0, NULL, {{NULL}}},
    {"all to the front page",
     "routes.path-preserved",
     FAIL,
     SEV_HIGH,
     "the path and the query",
     {{.at = "https://www.shop.example", .status = 301, .to = "https://shop.example/"}}},
    {"the query is lost",
     "routes.path-preserved",
     FAIL,
     SEV_HIGH,
     "the query",
     {{.at = "http://www.shop.example/products", .status = 301, .to = "https://shop.example/products/mug"}},
     .edge = "cloudflare",
     .fix = "Preserve query string: on"},
    {"www is silent", "routes.path-preserved", UNKNOWN, 0, NULL, {{.at = "https://www.shop.example", .err = ERR_TLS}}},

    {"everybody answers", "routes.reachable", PASS, 0, NULL, {{NULL}}},
    {"one address refuses",
     "routes.reachable",
     FAIL,
     SEV_CRITICAL,
     "by hand",
     {{.at = "https://shop.example/", .via = "192.0.2.80", .err = ERR_REFUSED}}},
    {"no answer in time",
     "routes.reachable",
     FAIL,
     SEV_CRITICAL,
     "by hand",
     {{.at = "https://app.shop.example/", .via = "192.0.2.80", .err = ERR_TIMEOUT}}},
    {"an error of the server",
     "routes.reachable",
     FAIL,
     SEV_CRITICAL,
     "502",
     {{.at = "https://shop.example/", .via = "192.0.2.80", .status = 502}}},
    {"an API may refuse http", "routes.reachable", PASS, 0, NULL, {{NULL}}},
    {"a bad certificate is reached",
     "routes.reachable",
     PASS,
     0,
     NULL,
     {{.at = "https://app.shop.example", .err = ERR_TLS}}},
    {"no IPv6 here",
     "routes.reachable",
     UNKNOWN,
     0,
     NULL,
     {{.at = "http", .via = "2001:db8::80", .err = ERR_NO_ROUTE}}},

    {"all hosts are as declared", "routes.subdomain-map", PASS, 0, NULL, {{NULL}}},
    {"one does not resolve",
     "routes.subdomain-map",
     FAIL,
     SEV_HIGH,
     "does not resolve",
     {{NULL}},
     .gone = "app.shop.example"},
    {"declared 204, answers 200",
     "routes.subdomain-map",
     FAIL,
     SEV_HIGH,
     "declared is 204",
     {{NULL}},
     .app_status = 204},
    {"one is silent",
     "routes.subdomain-map",
     UNKNOWN,
     0,
     NULL,
     {{.at = "https://app.shop.example", .err = ERR_TIMEOUT}}},

    {"admin asks for a password", "routes.admin-exposed", PASS, 0, NULL, {{NULL}}},
    {"admin shows orders",
     "routes.admin-exposed",
     FAIL,
     SEV_HIGH,
     "content to anybody",
     {{.at = "https://admin.shop.example",
       .status = 200,
       .body = "<title>Orders</title><a href=/orders>Orders of today</a>"}},
     .edge = "cloudflare",
     .fix = "Access"},
    {"admin shows a log-in form",
     "routes.admin-exposed",
     PASS,
     0,
     NULL,
     {{.at = "https://admin.shop.example", .status = 200, .body = "<form><input type=password name=p></form>"}}},
    {"admin leads to a log-in",
     "routes.admin-exposed",
     PASS,
     0,
     NULL,
     {{.at = "https://admin.shop.example/", .status = 302, .to = "/login"},
      {.at = "https://admin.shop.example/login", .status = 200}}},
    {"/admin on the site is open",
     "routes.admin-exposed",
     FAIL,
     SEV_HIGH,
     "/admin answers",
     {{.at = "https://shop.example/admin", .status = 200, .body = "<title>Users</title><a href=/u>Users</a>"}}},
    {"admin is silent",
     "routes.admin-exposed",
     UNKNOWN,
     0,
     NULL,
     {{.at = "https://admin.shop.example", .err = ERR_TIMEOUT}}},

    {"the old address moves once", "routes.legacy-urls", PASS, 0, NULL, {{NULL}}},
    {"the old address is gone",
     "routes.legacy-urls",
     FAIL,
     SEV_HIGH,
     "ends with 404",
     {{.at = "https://shop.example/old", .status = 404}},
     .fix = "location = /old"},
    {"the old address moves for now",
     "routes.legacy-urls",
     FAIL,
     SEV_HIGH,
     "302",
     {{.at = "https://shop.example/old", .status = 302, .to = "/new"}}},
    {"the old address leads home",
     "routes.legacy-urls",
     WARN,
     SEV_MEDIUM,
     "front page",
     {{.at = "https://shop.example/old", .status = 301, .to = "/"}}},
    {"the old address is silent",
     "routes.legacy-urls",
     UNKNOWN,
     0,
     NULL,
     {{.at = "https://shop.example/old", .err = ERR_TIMEOUT}}},

    {"404", "routes.not-found", PASS, 0, NULL, {{NULL}}},
    {"200 for nothing",
     "routes.not-found",
     FAIL,
     SEV_MEDIUM,
     "answers 200",
     {{.at = "https://shop.example/launchready-not-there", .status = 200}}},
    {"home for nothing",
     "routes.not-found",
     FAIL,
     SEV_MEDIUM,
     "redirects to",
     {{.at = "https://shop.example/launchready-not-there", .status = 302, .to = "/"}}},
    {"500 for nothing",
     "routes.not-found",
     FAIL,
     SEV_MEDIUM,
     "fail with 500",
     {{.at = "https://shop.example/launchready-not-there", .status = 500}}},
    {"silence",
     "routes.not-found",
     UNKNOWN,
     0,
     NULL,
     {{.at = "https://shop.example/launchready-not-there", .err = ERR_TIMEOUT}}},

    {"http leads to https", "edge.https-redirect", PASS, 0, NULL, {{NULL}}},
    {"a page in clear",
     "edge.https-redirect",
     FAIL,
     SEV_CRITICAL,
     "answers 200 in clear",
     {{.at = "http://app.shop.example", .status = 200}},
     .fix = "return 301 https://$host"},
    {"first from http to http",
     "edge.https-redirect",
     FAIL,
     SEV_CRITICAL,
     "stays in clear",
     {{.at = "http://www.shop.example", .status = 301, .to = "http://shop.example*"}}},
    {"https back to http",
     "edge.https-redirect",
     FAIL,
     SEV_CRITICAL,
     "back to http",
     {{.at = "https://www.shop.example", .status = 301, .to = "http://shop.example*"}}},
    {"an API answers in clear",
     "edge.https-redirect",
     FAIL,
     SEV_CRITICAL,
     "answers 200 in clear",
     {{.at = "http://api.shop.example", .status = 200}}},
    {"an API refuses in clear",
     "edge.https-redirect",
     PASS,
     0,
     NULL,
     {{.at = "http://api.shop.example", .status = 403}}},
    {"http is silent",
     "edge.https-redirect",
     UNKNOWN,
     0,
     NULL,
     {{.at = "http://app.shop.example", .err = ERR_TIMEOUT}}},

    {"a year, for all", "edge.hsts", PASS, 0, NULL, {{NULL}}},
    {"no header",
     "edge.hsts",
     FAIL,
     SEV_MEDIUM,
     "no HSTS header",
     {{.at = "https://shop.example", .status = 200, .header = "-"}},
     .fix = "max-age=300"},
    {"five minutes",
     "edge.hsts",
     WARN,
     SEV_MEDIUM,
     "300 s only",
     {{.at = "https://shop.example", .status = 200, .header = "strict-transport-security: max-age=300"}}},
    {"not valid",
     "edge.hsts",
     FAIL,
     SEV_MEDIUM,
     "not valid",
     {{.at = "https://shop.example", .status = 200, .header = "strict-transport-security: max-age=soon"}}},
    {"switched off",
     "edge.hsts",
     FAIL,
     SEV_MEDIUM,
     "switches HSTS off",
     {{.at = "https://shop.example", .status = 200, .header = "strict-transport-security: max-age=0"}}},
    {"a subdomain without https",
     "edge.hsts",
     FAIL,
     SEV_MEDIUM,
     "shuts app.shop.example out",
     {{.at = "https://app.shop.example", .err = ERR_REFUSED}, {.at = "http://app.shop.example", .status = 200}}},
    {"the apex is silent", "edge.hsts", UNKNOWN, 0, NULL, {{.at = "https://shop.example", .err = ERR_TIMEOUT}}},

    {"claims nothing", "edge.hsts-preload", PASS, 0, NULL, {{NULL}}},
    {"claims and qualifies",
     "edge.hsts-preload",
     PASS,
     0,
     NULL,
     {{.at = "https://shop.example",
       .status = 200,
       .header = "strict-transport-security: max-age=63072000; includeSubDomains; preload"}}},
    {"claims without subdomains",
     "edge.hsts-preload",
     FAIL,
     SEV_LOW,
     "includeSubDomains is missing",
     {{.at = "https://shop.example", .status = 200, .header = "strict-transport-security: max-age=63072000; preload"}}},
    {"claims, but http goes to www first",
     "edge.hsts-preload",
     FAIL,
     SEV_LOW,
     "same host first",
     {{.at = "https://shop.example",
       .status = 200,
       .header = "strict-transport-security: max-age=63072000; includeSubDomains; preload"},
      {.at = "http://shop.example", .status = 301, .to = "https://www.shop.example*"}}},
    {"the apex is silent", "edge.hsts-preload", UNKNOWN, 0, NULL, {{.at = "https://shop.example", .err = ERR_TIMEOUT}}},

    {"the table", "audit.redirects", PASS, 0, "entry point", {{NULL}}},
    {"a page that moves",
     "audit.redirects",
     WARN,
     SEV_INFO,
     "moves",
     {{.at = "https://shop.example/products/mug", .status = 301, .to = "/new"}}},

    {"HTTP/2", "perf.transport", PASS, 0, NULL, {{NULL}}},
    {"HTTP/1.1",
     "perf.transport",
     FAIL,
     SEV_LOW,
     "Only HTTP/1.1",
     {{.at = "https://shop.example", .status = 200, .version = 11}},
     .fix = "http2"},
    {"HTTP/1.1 with HTTP/3 beside it",
     "perf.transport",
     PASS,
     0,
     NULL,
     {{.at = "https://shop.example", .status = 200, .version = 11, .header = "alt-svc: h3=\":443\""}}},
    {"silence", "perf.transport", UNKNOWN, 0, NULL, {{.at = "https://shop.example", .err = ERR_TIMEOUT}}},
};

static void every_row(void **state)
{
    (void)state;
    n_wrong = 0;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        open_world(&w, &rows[i]);
        run(&w, rows[i].check);
        expect(&w, &rows[i]);
        close_world(&w);
    }
    assert_int_equal(n_wrong, 0);
}

/* With nothing to see at all no check passes. */
static void blind_checks_do_not_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct launch launch;
        struct arena *arena = arena_new(ARENA_MB(8));
        launch_empty(&launch, STR("shop.example"));
        struct facts *facts =
            facts_new(&(struct facts_setup){.launch = &launch, .domain = STR("shop.example"), .now_s = NOW});
        struct ask q = facts_ask(facts, arena);
        struct findings out = {.arena = arena};
        check_run(check_by_id(str_of(rows[i].check)), &q, &out);
        if (out.n == 0 || worst_of(&out)->status != UNKNOWN)
            fail_msg("%s: passes blind", rows[i].check);
        facts_free(facts);
        arena_free(arena);
    }
}

/* ---- perf.p95 ---- */

static void put_latency(struct world *w, const char *url, size_t n, int64_t ms, size_t n_slow, int64_t slow_ms,
                        int status)
{
    struct fact_latency *l = arena_alloc(w->arena, sizeof *l);

    *l = (struct fact_latency){
        .url = str_of(url), .address = STR("192.0.2.80"), .connect_us = 20000, .n = n, .at_s = NOW};
    l->v = arena_array(w->arena, n, sizeof *l->v);
    for (size_t i = 0; i < n; i++) {
        int64_t us = (i < n_slow ? slow_ms : ms) * 1000;
        l->v[i] = (struct latency_sample){status, us, us, true};
    }
    facts_put(w->facts, &latency_kind, str_fmt(w->arena, "%s n=50", url), l);
}

static void p95_is_the_servers_own_time(void **state)
{
    static const struct {
        struct row row;
        size_t n, n_slow;
        int64_t ms, slow_ms, goal_ms;
        int status;
    } latencies[] = {
        {{"quick", "", PASS, 0, "p95 of 100 ms over 100 samples of 2 paths", {{NULL}}}, 50, 0, 120, 0, 0, 200},
        {{"slow for everybody", "", FAIL, SEV_HIGH, "p95 of 400 ms", {{NULL}}}, 50, 50, 120, 420, 0, 200},
        {{"slow for one in ten of all", "", FAIL, SEV_HIGH, "p95 of 400 ms", {{NULL}}}, 50, 10, 120, 420, 0, 200},
        {{"slow for one in a hundred", "", PASS, 0, NULL, {{NULL}}}, 50, 1, 120, 420, 0, 200},
        {{"the network's time does not count", "", PASS, 0, NULL, {{NULL}}}, 50, 50, 120, 319, 0, 200},
        {{"the owner's goal counts", "", FAIL, SEV_HIGH, "the goal is 80 ms", {{NULL}}}, 50, 0, 120, 0, 80, 200},
        {{"errors are no samples", "", UNKNOWN, 0, "samples came back", {{NULL}}}, 50, 0, 120, 0, 0, 503},
    };

    (void)state;
    n_wrong = 0;
    for (size_t i = 0; i < N_OF(latencies); i++) {
        struct world w;
        open_world(&w, &latencies[i].row);
        w.launch.slo.p95_ms = latencies[i].goal_ms;
        put_latency(&w, "https://shop.example/", 50, 120, 0, 0, latencies[i].status);
        put_latency(&w, "https://api.shop.example/v1", latencies[i].n, latencies[i].ms, latencies[i].n_slow,
                    latencies[i].slow_ms, latencies[i].status);
        run(&w, "perf.p95");
        expect(&w, &latencies[i].row);
        close_world(&w);
    }
    assert_int_equal(n_wrong, 0);
}

/* ---- the HSTS header ---- */

static void hsts_is_read_as_browsers_do(void **state)
{
    static const struct {
        const char *value;
        int64_t max_age_s; /* -1: not valid */
        bool subdomains, preload;
    } headers[] = {
        {"max-age=31536000", 31536000, false, false},
        {"max-age=\"31536000\"", 31536000, false, false},
        {" Max-Age = 5 ; INCLUDESUBDOMAINS ; preload", 5, true, true},
        {"includeSubDomains; max-age=0;", 0, true, false},
        {";;max-age=1;;", 1, false, false},
        {"max-age=1; unknown=\"a b\"; other", 1, false, false},
        {"max-age=99999999999999999999999999", 10000000000, false, false},
        {"", -1, false, false},
        {"includeSubDomains", -1, false, false},
        {"max-age", -1, false, false},
        {"max-age=", -1, false, false},
        {"max-age=-1", -1, false, false},
        {"max-age=1.5", -1, false, false},
        {"max-age=1; max-age=2", -1, false, false},
        {"max-age=1, includeSubDomains", -1, false, false},
        {"max-age=1; includeSubDomains; includeSubDomains", -1, false, false},
        {"max-age=1; \x01=2", -1, false, false},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(headers); i++) {
        struct hsts h = {.max_age_s = 77};
        struct err err = {.kind = ERR_NONE};
        bool ok = hsts_parse(str_of(headers[i].value), &h, &err);
        if (ok != (headers[i].max_age_s >= 0))
            fail_msg("\"%s\": %s", headers[i].value, ok ? "valid" : err.text);
        if (ok && (h.max_age_s != headers[i].max_age_s || h.include_subdomains != headers[i].subdomains ||
                   h.preload != headers[i].preload))
            fail_msg("\"%s\" is misread", headers[i].value);
        assert_true(ok || (h.max_age_s == 77 && err.kind == ERR_PARSE));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(blind_checks_do_not_pass),
        cmocka_unit_test(p95_is_the_servers_own_time),
        cmocka_unit_test(hsts_is_read_as_browsers_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
