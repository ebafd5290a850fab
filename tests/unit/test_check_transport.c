/* Judgements about http in clear, HSTS, latency and transport. */
#include "web_by_hand.h"

#include "checks/hsts.h"
#include "facts/fact_latency.h"

static const struct row rows[] = {
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
    web_try_rows(rows, N_OF(rows));
}

static void blind_checks_do_not_pass(void **state)
{
    (void)state;
    web_try_blind(rows, N_OF(rows));
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
    for (size_t i = 0; i < N_OF(latencies); i++) {
        struct world w;
        web_open(&w, &latencies[i].row);
        w.launch.slo.p95_ms = latencies[i].goal_ms;
        put_latency(&w, "https://shop.example/", 50, 120, 0, 0, latencies[i].status);
        put_latency(&w, "https://api.shop.example/v1", latencies[i].n, latencies[i].ms, latencies[i].n_slow,
                    latencies[i].slow_ms, latencies[i].status);
        web_run(&w, "perf.p95");
        web_expect(&w, &latencies[i].row);
        web_close(&w);
    }
    web_settle();
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
