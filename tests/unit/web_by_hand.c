#include "web_by_hand.h"

#include <stdio.h>

#include "checks/entry_points.h"
#include "core/url.h"
#include "facts/fact_dns.h"
#include "facts/fact_platform.h"

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

void web_open(struct world *w, const struct row *row)
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

void web_close(struct world *w)
{
    facts_free(w->facts);
    arena_free(w->arena);
}

const struct finding *web_worst(const struct findings *out)
{
    static const int weight[] = {[FAIL] = 6, [WARN] = 5, [UNKNOWN] = 4, [NOT_APPLICABLE] = 2, [PASS] = 1};
    const struct finding *worst = NULL;

    for (size_t i = 0; i < out->n; i++)
        if (!worst || weight[out->v[i]->status] > weight[worst->status])
            worst = out->v[i];
    return worst;
}

void web_run(struct world *w, const char *id)
{
    const struct check *check = check_by_id(str_of(id));

    assert_non_null(check);
    w->out = (struct findings){.arena = w->arena};
    w->q = facts_ask(w->facts, w->arena);
    check_run(check, &w->q, &w->out);
}

static unsigned n_wrong; /* rows, so that one run names all of them */

void web_expect(struct world *w, const struct row *row)
{
    const struct finding *worst = web_worst(&w->out);

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

void web_settle(void)
{
    unsigned n = n_wrong;

    n_wrong = 0;
    assert_int_equal(n, 0);
}

void web_try_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct world w;
        web_open(&w, &rows[i]);
        web_run(&w, rows[i].check);
        web_expect(&w, &rows[i]);
        web_close(&w);
    }
    web_settle();
}

void web_try_blind(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct launch launch;
        struct arena *arena = arena_new(ARENA_MB(8));
        launch_empty(&launch, STR("shop.example"));
        struct facts *facts =
            facts_new(&(struct facts_setup){.launch = &launch, .domain = STR("shop.example"), .now_s = NOW});
        struct ask q = facts_ask(facts, arena);
        struct findings out = {.arena = arena};
        check_run(check_by_id(str_of(rows[i].check)), &q, &out);
        if (out.n == 0 || web_worst(&out)->status != UNKNOWN)
            fail_msg("%s: passes blind", rows[i].check);
        facts_free(facts);
        arena_free(arena);
    }
}
