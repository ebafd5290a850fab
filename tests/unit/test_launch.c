#include "test.h"

#include "launch/launch.h"

static const char *env(const char *name)
{
    return strcmp(name, "PASSWORD") == 0 ? "hunter2" : NULL;
}

static void errors_name_line_key_and_remedy(void **state)
{
    static const struct {
        const char *text, *place, *says;
    } rows[] = {
        {"sit: shop.example\n", "f.yaml:1:1", "did you mean \"site\"?"},
        {"canonical: https://shop.example\n", "f.yaml:1:1", "\"site\" is missing"},
        {"site: shop.example\nhosts:\n  - {name: app.shop.example, rol: app}\n", "f.yaml:3:30",
         "hosts[0]: there is no key \"rol\"; did you mean \"role\"?"},
        {"site: shop.example\nhosts: {}\n", "f.yaml:2:8", "hosts: expected a list of mappings"},
        {"site: shop.example\nslo: {p95: 300}\n", "f.yaml:2:12", "slo.p95: expected a duration"},
        {"site: shop.example\nsite: shop.example\n", "f.yaml:2:1", "stands here a second time"},
        {"site: 192.0.2.1\n", "f.yaml:1:7", "site"},
        {"site: shop.example\ncanonical: https://shop.example/x\n", "f.yaml:2:12", "without a port or path"},
        {"site: shop.example\ndns: {zone: \"${NOPE}\"}\n", "f.yaml:2:13", "NOPE is not set"},
        {"site: shop.example\nedge: {ssl: strct}\n", "f.yaml:2:13",
         "off, flexible, full or strict, not \"strct\"; did you mean \"strict\"?"},
        {"site: shop.example\nrenewals: [{what: domain, on: 2026-02-30}]\n", "f.yaml:2:31", "a date such as"},
        {"site: shop.example\nflows: {login: {steps: [{get: https://shop.example/}]}}\ndeploy: {smoke: [logn]}\n",
         "f.yaml:3:18", "no flow \"logn\"; did you mean \"login\"?"},
        {"site: shop.example\nversion: 2\n", "f.yaml:2:10", "expected 1, the only one"},
        {"site: [\n", "f.yaml:2:1", "not YAML"},
        {"", "f.yaml:1:1", "empty"},
        {"site: shop.example\n---\nsite: b.example\n", "f.yaml:2:1", "second document"},
        {"site: shop.example\nflows: &a {x: {steps: *a}}\n", "f.yaml:2:23", "inside what it names"},
        {"site: \xff\n", "f.yaml:1:7", "UTF-8"},
        {"site: shop.example\norigin: {addresses: [203.0.113.300]}\n", "f.yaml:2:22", "an IP address such as"},
    };
    struct arena *arena = arena_new(ARENA_MB(4));

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct launch l;
        struct err e = {0};
        if (launch_parse(arena, str_of(rows[i].text), "f.yaml", env, &l, &e))
            fail_msg("accepted: %s", rows[i].text);
        if (strcmp(e.place, rows[i].place) != 0 || !strstr(e.text, rows[i].says) || e.kind != ERR_USAGE)
            fail_msg("row %zu: got %s: %s", i, e.place, e.text);
    }
    arena_free(arena);
}

static void values_arrive(void **state)
{
    static const char text[] = "site: Shop.Example\n"
                               "canonical: https://shop.example\n"
                               "hosts:\n"
                               "  - {name: app.shop.example, role: app, private: [/account, /cart]}\n"
                               "paths: {legacy: []}\n"
                               "edge: {provider: cloudflare, token: \"${PASSWORD}\", hsts: {max_age: 31536000}}\n"
                               "slo: {uptime: 99.9, p95: 300ms, error_rate: 1%, recovery: 1h30m}\n"
                               "database: {url: \"${UNSET}\"}\n"
                               "flows:\n"
                               "  login:\n"
                               "    critical: true\n"
                               "    steps:\n"
                               "      - get: https://app.shop.example/login\n"
                               "        expect: {status: 2xx, contains: Sign in}\n"
                               "        capture: {csrf: {css: \"input[name=csrf]\", attribute: value}}\n"
                               "      - post: https://app.shop.example/login\n"
                               "        form: {csrf: \"{{csrf}}\", password: \"${PASSWORD}\"}\n"
                               "      - post: https://app.shop.example/cart\n"
                               "        json: {a: [1, true, x]}\n"
                               "monitor: {every: 30s, alerts: [{email: ops@shop.example}]}\n"
                               "email: {test: {password: literal-in-the-file}}\n";
    struct arena *arena = arena_new(ARENA_MB(4));
    struct launch l;
    struct err e;

    (void)state;
    if (!launch_parse(arena, str_of(text), "f.yaml", env, &l, &e))
        fail_msg("%s: %s", e.place, e.text);
    assert_str(l.site, "shop.example");
    assert_int_equal(l.n_hosts, 1);
    assert_int_equal(l.hosts[0].line, 4);
    assert_str(l.hosts[0].private_paths.v[1], "/cart");
    assert_true(launch_has(&l, "paths.legacy"));
    assert_false(launch_has(&l, "origin"));
    assert_int_equal(launch_line(&l, "edge.token"), 6);
    assert_int_equal(launch_line(&l, "edge.nothing"), 6);
    assert_str(secret_reveal(&l.edge.token), "hunter2");
    assert_int_equal(l.edge.hsts_max_age_s, 31536000);
    assert_true(l.slo.uptime > 99.89 && l.slo.uptime < 99.91);
    assert_int_equal(l.slo.recovery_ms, 5400000);
    assert_int_equal(l.n_unset_secrets, 1);
    assert_str(l.unset_secrets[0].key, "database.url");
    assert_int_equal(l.n_literal_secrets, 1);
    assert_str(l.literal_secrets[0].key, "email.test.password");
    assert_int_equal(l.n_flows, 1);
    assert_true(l.flows[0].critical);
    const struct launch_step *steps = l.flows[0].steps;
    assert_str(steps[0].method, "GET");
    assert_int_equal(steps[0].expect.status_high, 299);
    assert_str(steps[0].expect.contains.v[0], "Sign in");
    assert_str(steps[0].captures[0].name, "csrf");
    assert_str(steps[0].captures[0].attribute, "value");
    assert_str(steps[1].form.v[1].value, "hunter2");
    assert_str(steps[2].json, "{\"a\":[1,true,\"x\"]}");
    assert_str(l.monitor.alerts[0].kind, "email");
    arena_free(arena);
}

static void hostile_files_end(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(64));
    struct launch l;
    struct err e;
    char deep[2000];

    (void)state;
    /* Each line doubles: a billion laughs. */
    struct str laughs = STR("site: shop.example\nai:\n  a0: &a0 [x, x]\n");
    for (int i = 1; i < 40; i++)
        laughs = str_fmt(arena, "%.*s  a%d: &a%d [*a%d, *a%d]\n", STR_ARG(laughs), i, i, i - 1, i - 1);
    assert_false(launch_parse(arena, laughs, "f.yaml", env, &l, &e));
    assert_false(launch_parse(arena, STR("site: shop.example\nai: &a {b: *a}\n"), "f.yaml", env, &l, &e));
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_false(launch_parse(arena, str_of(deep), "f.yaml", env, &l, &e));
    assert_false(launch_load(arena, "/nonexistent/launchready.yaml", env, &l, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_false(launch_load(arena, "/tmp", env, &l, &e));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_line_key_and_remedy),
        cmocka_unit_test(values_arrive),
        cmocka_unit_test(hostile_files_end),
    };

    return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
