/* Judgements about the origin, the edge in front of it and the next renewal, from facts written by hand. */
#include "test.h"

#include "tls_world.h"

/* ---- the origin ---- */

static void origin_certificate_is_judged(void **state)
{
    static const struct {
        const char *why, *issuer;
        struct made made;
        enum status status;
    } rows[] = {
        {"public", "CN = E7", {0}, PASS},
        {"the edge's own authority",
         "O = \"CloudFlare, Inc.\", OU = CloudFlare Origin SSL Certificate Authority",
         {.trust = TLS_UNTRUSTED, .until_days = 5000},
         PASS},
        {"the edge's own authority, expired",
         "OU = CloudFlare Origin SSL Certificate Authority",
         {.trust = TLS_UNTRUSTED, .until_days = -1},
         FAIL},
        {"the edge's own authority, another name",
         "OU = CloudFlare Origin SSL Certificate Authority",
         {.trust = TLS_UNTRUSTED, .misnamed = true},
         FAIL},
        {"self-signed", "CN = shop.example", {.trust = TLS_SELF_SIGNED}, FAIL},
        {"unknown", "CN = Stranger", {.trust = TLS_UNTRUSTED}, FAIL},
        {"closed", NULL, {.err = ERR_REFUSED}, NOT_APPLICABLE},
        {"dropped", NULL, {.err = ERR_TIMEOUT}, NOT_APPLICABLE},
        {"no TLS", NULL, {.err = ERR_TLS}, FAIL},
        {"no way there", NULL, {.err = ERR_NO_ROUTE}, UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        str_list_add(w.arena, &w.launch.origin.addresses, STR("203.0.113.20"));
        world_begin(&w);
        struct fact_tls t = *make_tls(&w, &rows[i].made);
        t.chain[0].issuer = str_of(rows[i].issuer);
        if (rows[i].made.err)
            put_err(&w, &tls_kind, STR("shop.example 203.0.113.20"), rows[i].made.err);
        else
            facts_put(w.facts, &tls_kind, STR("shop.example 203.0.113.20"), &t);
        run(&w, "tls.origin");
        expect(&w, rows[i].why, rows[i].status, SEV_HIGH, NULL);
        world_close(&w);
    }
}

static const struct fact_http *page(struct world *w, int status, const char *body)
{
    struct fact_http *x = arena_alloc(w->arena, sizeof *x);

    *x = (struct fact_http){.status = status, .version = 11, .body = str_of(body), .address = STR("203.0.113.20")};
    return x;
}

static void put_page(struct world *w, const char *url, const char *via, const struct fact_http *x, enum err_kind err)
{
    struct http_ask ask = {.url = str_of(url), .via = str_of(via), .insecure = true};
    struct str key = http_key(w->arena, &ask);

    if (x)
        facts_put(w->facts, &http_kind, key, x);
    else
        put_err(w, &http_kind, key, err);
}

static void put_dns(struct world *w, const char *key, uint16_t type, const char *text)
{
    struct fact_dns *d = arena_alloc(w->arena, sizeof *d);
    struct dns_rr *rr = arena_alloc(w->arena, sizeof *rr);

    *rr = (struct dns_rr){.type = type, .text = str_of(text), .target = str_of(text), .value = str_of(text)};
    *d = (struct fact_dns){
        .type = type, .outcome = text ? DNS_ANSWER : DNS_NODATA, .answer = rr, .n_answer = text != NULL};
    facts_put(w->facts, &dns_kind, str_of(key), d);
}

static void exposed_origin_is_judged(void **state)
{
    static const char shop[] = "<html><head><title>Shop</title></head><body>token 1";
    static const struct {
        const char *why;
        int status;
        const char *body;
        enum err_kind err;
        const char *direct; /* address of direct.shop.example */
        const char *mx;     /* mail.shop.example is there */
        const char *txt;
        enum status wanted;
        const char *title;
    } rows[] = {
        {"refused", 0, NULL, ERR_REFUSED, NULL, NULL, NULL, PASS, NULL},
        {"dropped", 0, NULL, ERR_TIMEOUT, NULL, NULL, NULL, PASS, NULL},
        {"wants the edge's certificate", 0, NULL, ERR_TLS, NULL, NULL, NULL, PASS, NULL},
        {"403", 403, "no", 0, NULL, NULL, NULL, PASS, NULL},
        {"only a redirect", 301, "", 0, NULL, NULL, NULL, PASS, NULL},
        {"the shop itself", 200, shop, 0, NULL, NULL, NULL, FAIL, "gone round"},
        {"the shop with another token", 200, "<html><head><title>Shop</title></head><body>token 2", 0, NULL, NULL, NULL,
         FAIL, "gone round"},
        {"another page", 200, "<title>Welcome to nginx!</title>", 0, NULL, NULL, NULL, WARN, "another page"},
        {"no way there", 0, NULL, ERR_NO_ROUTE, NULL, NULL, NULL, UNKNOWN, NULL},
        {"a telling name", 403, "no", 0, "203.0.113.20", NULL, NULL, WARN, "address record"},
        {"a name elsewhere", 403, "no", 0, "203.0.113.99", NULL, NULL, PASS, NULL},
        {"mail on the origin", 403, "no", 0, NULL, "203.0.113.20", NULL, WARN, "record"},
        {"SPF names it", 403, "no", 0, NULL, NULL, "v=spf1 ip4:203.0.113.20 -all", WARN, "SPF"},
        {"SPF names it in full", 403, "no", 0, NULL, NULL, "v=spf1 +ip4:203.0.113.20/32 -all", WARN, "SPF"},
        {"SPF names a range", 403, "no", 0, NULL, NULL, "v=spf1 ip4:203.0.113.0/24 -all", PASS, NULL},
    };
    static const char *const names[] = {"origin.shop.example",  "ftp.shop.example",  "cpanel.shop.example",
                                        "webmail.shop.example", "smtp.shop.example", "server.shop.example"};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        str_list_add(w.arena, &w.launch.origin.addresses, STR("203.0.113.20"));
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_addresses(&w, "direct.shop.example", rows[i].direct, NULL);
        put_addresses(&w, "mail.shop.example", rows[i].mx, NULL);
        for (size_t j = 0; j < N_OF(names); j++)
            put_addresses(&w, names[j], NULL, NULL);
        put_dns(&w, "MX shop.example", DNS_MX, rows[i].mx ? "mail.shop.example" : NULL);
        put_dns(&w, "TXT shop.example", DNS_TXT, rows[i].txt);
        put_page(&w, "https://shop.example/", NULL, page(&w, 200, shop), 0);
        const struct fact_http *x = rows[i].status ? page(&w, rows[i].status, rows[i].body) : NULL;
        put_page(&w, "https://shop.example/", "203.0.113.20", x, rows[i].err);
        put_page(&w, "http://shop.example/", "203.0.113.20", NULL, ERR_REFUSED);
        run(&w, "edge.origin-exposed");
        expect(&w, rows[i].why, rows[i].wanted, rows[i].wanted == FAIL ? SEV_HIGH : SEV_MEDIUM, rows[i].title);
        world_close(&w);
    }
}

/* ---- who stands behind the edge ---- */

static void proxied_hosts_are_judged(void **state)
{
    static const struct {
        const char *why, *declared, *apex_edge, *app_edge, *app_host, *mx_address;
        bool direct;
        enum status status;
        enum severity severity;
        const char *title;
    } rows[] = {
        {"all behind", "cloudflare", "cloudflare", "cloudflare", NULL, NULL, false, PASS, 0, NULL},
        {"all behind, not declared", NULL, "cloudflare", "cloudflare", NULL, NULL, false, PASS, 0, NULL},
        {"one beside", "cloudflare", "cloudflare", NULL, NULL, NULL, false, FAIL, SEV_HIGH, "app.shop.example"},
        {"one beside, meant", "cloudflare", "cloudflare", NULL, NULL, NULL, true, PASS, 0, NULL},
        {"one beside, not declared", NULL, "cloudflare", NULL, NULL, NULL, false, WARN, SEV_MEDIUM, "app.shop"},
        {"one at a platform", NULL, "cloudflare", NULL, "heroku", NULL, false, PASS, 0, NULL},
        {"one at a server of one's own", NULL, "cloudflare", NULL, "nginx", NULL, false, WARN, SEV_MEDIUM, "app.shop"},
        {"another edge than declared", "cloudflare", "fastly", "fastly", NULL, NULL, false, FAIL, SEV_HIGH, NULL},
        {"no edge", NULL, NULL, NULL, NULL, NULL, false, WARN, SEV_LOW, "No edge"},
        {"declared and none there", "cloudflare", NULL, NULL, NULL, NULL, false, FAIL, SEV_HIGH, NULL},
        {"mail elsewhere", NULL, "cloudflare", "cloudflare", NULL, "192.0.2.25", false, PASS, 0, NULL},
        {"mail behind the proxy", NULL, "cloudflare", "cloudflare", NULL, "104.16.0.1", false, FAIL, SEV_HIGH, "Mail"},
    };
    struct launch_host direct = {.name = STR("app.shop.example"), .direct = true};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        w.hosts[1] =
            (struct site_host){.name = STR("app.shop.example"), .role = HOST_APP, .exists = true, .declared = true};
        w.site.n_hosts = 2;
        w.launch.edge.provider = str_of(rows[i].declared);
        if (rows[i].direct) {
            w.launch.hosts = &direct;
            w.launch.n_hosts = 1;
        }
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_addresses(&w, "app.shop.example", "192.0.2.81", NULL);
        put_platform(&w, "shop.example", rows[i].apex_edge, NULL);
        put_platform(&w, "app.shop.example", rows[i].app_edge, rows[i].app_host);
        put_dns(&w, "MX shop.example", DNS_MX, rows[i].mx_address ? "mail.shop.example" : NULL);
        if (rows[i].mx_address)
            put_addresses(&w, "mail.shop.example", rows[i].mx_address, NULL);
        run(&w, "edge.proxied");
        expect(&w, rows[i].why, rows[i].status, rows[i].severity, rows[i].title);
        world_close(&w);
    }
}

/* ---- the next renewal ---- */

static void renewal_path_is_judged(void **state)
{
    static const struct {
        const char *why;
        int status;
        const char *final;
        const char *edge, *host;
        int life_days;
        enum status wanted;
        enum severity severity;
        const char *title;
    } rows[] = {
        {"404", 404, "http://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90, PASS, 0, NULL},
        {"404 over https", 404, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90,
         PASS, 0, NULL},
        {"403", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90, FAIL,
         SEV_HIGH, "blocked"},
        {"401", 401, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90, FAIL,
         SEV_HIGH, "log-in"},
        {"401 behind an edge", 401, "https://shop.example/.well-known/acme-challenge/launchready-probe", "cloudflare",
         NULL, 90, PASS, 0, NULL},
        {"403 behind an edge", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", "cloudflare",
         NULL, 90, FAIL, SEV_HIGH, "blocked"},
        {"403 at a platform", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, "heroku",
         90, PASS, 0, NULL},
        {"403 at a server of one's own", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL,
         "nginx", 90, FAIL, SEV_HIGH, "blocked"},
        {"renewed by hand", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 190,
         PASS, 0, NULL},
        {"another site", 404, "https://other.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90,
         WARN, SEV_MEDIUM, "another site"},
        {"the path is lost", 200, "https://shop.example/", NULL, NULL, 90, WARN, SEV_INFO, "loses the path"},
        {"silence on port 80", 0, "", NULL, NULL, 90, UNKNOWN, 0, NULL},
    };
    struct str start = STR("http://shop.example/.well-known/acme-challenge/launchready-probe");

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        struct hop hops[2] = {{.url = start}, {.url = str_of(rows[i].final)}};
        struct fact_route r = {.start = start,
                               .hops = hops,
                               .n_hops = 2,
                               .end = ROUTE_FAILED,
                               .final_url = str_of(rows[i].final),
                               .err = {.kind = ERR_TIMEOUT, .text = "no answer in time"}};
        world_open(&w);
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_platform(&w, "shop.example", rows[i].edge, rows[i].host);
        facts_put(w.facts, &tls_kind, STR("shop.example 192.0.2.80"),
                  make_tls(&w, &(struct made){.until_days = rows[i].life_days - 30}));
        if (rows[i].status) {
            r.end = ROUTE_PAGE;
            r.n_moves = 1;
            hops[0].x = page(&w, 301, "");
            hops[1].x = r.last = page(&w, rows[i].status, "");
        }
        facts_put(w.facts, &route_kind, start, &r);
        run(&w, "tls.renewal-path");
        expect(&w, rows[i].why, rows[i].wanted, rows[i].severity, rows[i].title);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origin_certificate_is_judged),
        cmocka_unit_test(exposed_origin_is_judged),
        cmocka_unit_test(proxied_hosts_are_judged),
        cmocka_unit_test(renewal_path_is_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
