#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "launch/launch.h"

static const char *no_env(const char *name)
{
    (void)name;
    return NULL;
}

static const char *some_env(const char *name)
{
    if (strcmp(name, "NAME") == 0)
        return "word";
    if (strcmp(name, "NUMBER") == 0)
        return "250";
    return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

/* The example of the design, without a single variable set. */
static void full_example(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(16));
    struct launch l;
    struct err e = {0};

    (void)state;
    if (!launch_load(arena, TEST_DATA "/launch/full.yaml", no_env, &l, &e))
        fail_msg("%s: %s", e.place, e.text);
    assert_int_equal(l.version, 1);
    assert_str(l.site, "shop.example");
    assert_str(l.canonical, "https://shop.example");
    assert_int_equal(l.n_hosts, 4);
    assert_str(l.hosts[1].name, "app.shop.example");
    assert_str(l.hosts[1].role, "app");
    assert_str(l.hosts[1].private_paths.v[2], "/cart");
    assert_str(l.hosts[1].owner, "");
    assert_non_null(l.hosts[1].owner.p);
    assert_int_equal(l.hosts[2].line, 7);
    assert_str(l.hosts[2].health, "/healthz");
    assert_str(l.dns.zone, "ops/shop.example.zone");
    assert_str(l.origin.addresses.v[0], "203.0.113.20");
    assert_str(l.paths.legacy.v[0], "/old-shop");
    assert_str(l.webhooks.v[0], "https://api.shop.example/stripe/webhook");
    assert_str(l.email.selectors.v[1], "20260101pm");
    assert_str(l.email.to, "probe@box.example");
    assert_str(l.edge.provider, "cloudflare");
    assert_int_equal(l.edge.hsts_max_age_s, 31536000);
    assert_str(l.repo.migrations[0].engine, "postgres");
    assert_str(l.repo.env_production, ".env.production");
    assert_int_equal(l.n_flows, 1);
    assert_true(l.flows[0].critical);
    assert_int_equal(l.flows[0].n_steps, 2);
    assert_str(l.flows[0].steps[0].method, "GET");
    assert_int_equal(l.flows[0].steps[0].expect.status_low, 200);
    assert_int_equal(l.flows[0].steps[0].expect.body_most, -1);
    assert_str(l.flows[0].steps[0].captures[0].name, "csrf");
    assert_str(l.flows[0].steps[0].captures[0].attribute, "value");
    assert_str(l.flows[0].steps[1].method, "POST");
    assert_str(l.flows[0].steps[1].form.v[2].value, "{{csrf}}");
    assert_int_equal(l.flows[0].steps[1].expect.within_ms, 800);
    assert_int_equal(l.deploy.timeout_ms, 600000);
    assert_int_equal(l.database.slow_ms, 200);
    assert_int_equal(l.monitor.every_ms, 30000);
    assert_str(l.monitor.alerts[0].kind, "slack");
    assert_str(secret_reveal(&l.monitor.alerts[1].target), "ops@shop.example");
    assert_true(l.slo.uptime > 99.89 && l.slo.uptime < 99.91);
    assert_true(l.slo.error_rate > 0.99 && l.slo.error_rate < 1.01);
    assert_int_equal(l.slo.recovery_ms, 900000);
    assert_int_equal(l.renewals[0].on_s, 1803859200);
    assert_true(l.renewals[0].auto_renew);
    assert_str(l.backup.list, "./ops/backups.sh");
    assert_str(l.waivers[0].check, "dns.wildcard");

    assert_true(launch_has(&l, "paths.legacy"));
    assert_false(launch_has(&l, "paths.pages"));
    assert_int_equal(launch_line(&l, "origin"), 10);
    assert_int_equal(launch_line(&l, "hosts[2].status"), 7);
    assert_int_equal(launch_line(&l, "flows.login.nothing"), 21);
    assert_int_equal(launch_line(&l, "limits"), 1);

    assert_int_equal(l.n_literal_secrets, 0);
    assert_int_equal(l.n_unset_secrets, 8);
    assert_str(launch_unset(&l, "database")->variable, "DATABASE_URL");
    assert_str(launch_unset(&l, "flows.login")->key, "flows.login.steps[1].form.email");
    assert_null(launch_unset(&l, "flow"));
    assert_int_equal(l.n_notes, 1);
    assert_str(l.notes[0].text, "the flow \"checkout\" is not defined");
    arena_free(arena);
}

static bool parse(struct arena *arena, const char *text, struct launch *l, struct err *e)
{
    *e = (struct err){0};
    return launch_parse(arena, str_of(text), "f", some_env, l, e);
}

struct bad_row {
    const char *text, *place, *complaint;
};

static void refused(const struct bad_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct arena *arena = arena_new(ARENA_MB(64));
        struct launch l = {.version = 77};
        struct err e;
        if (parse(arena, rows[i].text, &l, &e))
            fail_msg("accepted: %s", rows[i].text);
        if (strcmp(e.text, rows[i].complaint) != 0 || strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s\n gives %s: %s\nwanted %s: %s", rows[i].text, e.place, e.text, rows[i].place,
                     rows[i].complaint);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_int_equal(l.version, 77); /* untouched */
        arena_free(arena);
    }
}

#define S "site: shop.example\n"

static void yaml_faults(void **state)
{
    static const struct bad_row rows[] = {
        {"", "f:1:1", "the file is empty: it needs at least \"site: shop.example\""},
        {"# nothing\n", "f:1:1", "the file is empty: it needs at least \"site: shop.example\""},
        {"~\n", "f:1:1", "the file is empty: it needs at least \"site: shop.example\""},
        {"- a\n", "f:1:1", "expected keys such as \"site: shop.example\", not a list"},
        {S "hosts: [\n", "f:3:1", "this is not YAML"},
        {S "\tdns: {}\n", "f:2:1", "this is not YAML"},
        {S "dns: {}\nsite: b.example\n", "f:3:1", "the key \"site\" stands here a second time; the first is in line 1"},
        {S "dns: {zone: a, zone: b}\n", "f:2:16", "the key \"zone\" stands here a second time; the first is in line 2"},
        {S "---\nsite: b.example\n", "f:2:1", "a second document starts here; a launch file is one document"},
        {S "paths: &a {public: *a}\n", "f:2:20", "the alias stands inside what it names: that has no end"},
        {S "paths: {public: *b}\n", "f:2:17", "the alias *b names no anchor above it"},
        {"site: !!str shop.example\n", "f:1:7", "a launch file has no tags such as !!str"},
        {"[a]: b\n", "f:1:1", "a key is a text, not a list or a mapping"},
        {"site: shop.ex\xff\n", "f:1:14", "a byte here is not UTF-8 text; save the file as UTF-8"},
        {"a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "f:1:35", "it is nested more than 32 levels deep"},
    };

    (void)state;
    refused(rows, N_OF(rows));
}

static void key_faults(void **state)
{
    static const struct bad_row rows[] = {
        {"version: 1\n", "f:1:1", "\"site\" is missing: a host name such as shop.example"},
        {"version: 2\n" S, "f:1:10", "version: expected 1, the only one that this version knows, not \"2\""},
        {S "host: []\n", "f:2:1", "there is no key \"host\"; did you mean \"hosts\"?"},
        {S "dns: {zoen: x}\n", "f:2:7", "dns: there is no key \"zoen\"; did you mean \"zone\"?"},
        {S "dns: {colour: x}\n", "f:2:7", "dns: there is no key \"colour\"; known are zone, resolvers, wildcard"},
        {S "dns: x\n", "f:2:6", "dns: expected a mapping, not a text"},
        {S "dns:\n", "f:2:5", "dns: expected a mapping; nothing stands here"},
        {S "hosts: {name: a}\n", "f:2:8", "hosts: expected a list of mappings, not a mapping"},
        {S "hosts:\n  - {role: app}\n", "f:3:5", "hosts[0]: \"name\" is missing: a host name such as shop.example"},
        {S "hosts:\n  - {name: a.shop.example}\n  - {name: A.shop.example}\n", "f:4:12",
         "hosts[1].name: a.shop.example stands here a second time; the first is in line 3"},
        {S "hosts: [{name: a.shop.example, role: ap}]\n", "f:2:38",
         "hosts[0].role: expected app, api, admin, help, redirect, staging, mail or other, not \"ap\"; did you mean "
         "\"app\"?"},
        {S "monitor: {alerts: [{slack: a, email: b}]}\n", "f:2:31",
         "monitor.alerts[0]: \"email\" stands beside \"slack\": only one of them can be"},
        {S "heartbeats: {night: {grace: 1h}}\n", "f:2:21", "heartbeats.night: one of every or cron is missing"},
        {S "flows: {\"a b\": {steps: []}}\n", "f:2:9",
         "flows: a name is 1 to 64 letters, digits, hyphens or underscores"},
        {S "flows: {a: {steps: []}}\n", "f:2:20", "flows.a.steps: a flow needs at least one step"},
        {S "flows: {a: {steps: [{get: https://shop.example, form: {a: b}}]}}\n", "f:2:21",
         "flows.a.steps[0]: a GET request has no body: use post, or write the values into the URL"},
        {S "flows: {login: {steps: [{get: https://shop.example}]}}\ndeploy: {smoke: [logn]}\n", "f:3:18",
         "deploy.smoke[0]: there is no flow \"logn\"; did you mean \"login\"?"},
        {S "waivers: [{check: wildcard, reason: a, until: 2027-01-31}]\n", "f:2:19",
         "waivers[0].check: expected a check's id such as dns.wildcard, or a pattern such as dns.*, not \"wildcard\""},
        {S "window: {from: 2027-01-31, until: 2027-01-30}\n", "f:2:35", "window.until: it lies before window.from"},
    };

    (void)state;
    refused(rows, N_OF(rows));
}

static void value_faults(void **state)
{
    static const struct bad_row rows[] = {
        {"site: shop\n", "f:1:7", "site: \"shop\" is not a domain name: it needs a dot, as in shop.example"},
        {"site: co.uk\n", "f:1:7", "site: co.uk is a public suffix, under which others register: give your own domain"},
        {"site: https://shop.example\n", "f:1:7",
         "site: expected a host name alone, as in shop.example, not \"https://shop.example\""},
        {S "canonical: https://shop.example/x\n", "f:2:12",
         "canonical: expected an address such as https://shop.example, without a port or path, not "
         "\"https://shop.example/x\""},
        {S "canonical: https://other.example\n", "f:2:12",
         "canonical: other.example is neither the site shop.example nor a host below it"},
        {S "origin: {addresses: [203.0.113.300]}\n", "f:2:22",
         "origin.addresses[0]: expected an IP address such as 192.0.2.1 or 2001:db8::1, not \"203.0.113.300\""},
        {S "paths: {public: [products]}\n", "f:2:18",
         "paths.public[0]: expected a path that starts with /, not \"products\""},
        {S "webhooks: [/hook]\n", "f:2:12",
         "webhooks[0]: expected a URL that starts with https:// or http://, not \"/hook\""},
        {S "webhooks: [\"https://shop.example:99999/\"]\n", "f:2:12",
         "webhooks[0]: not a URL: the port \"99999\" is not a number from 1 to 65535"},
        {S "monitor: {every: 30}\n", "f:2:18",
         "monitor.every: expected a duration such as 800ms, 30s, 10m, 1h30m or 7d, not \"30\""},
        {S "monitor: {every: 3ms}\n", "f:2:18", "monitor.every: expected a duration of at least a second, not \"3ms\""},
        {S "slo: {uptime: 999}\n", "f:2:15", "slo.uptime: expected a percentage such as 99.9 or 1%, not \"999\""},
        {S "slo: {p95: [1s]}\n", "f:2:12",
         "slo.p95: expected a duration such as 800ms, 30s, 10m, 1h30m or 7d, not a list"},
        {S "renewals: [{what: domain, on: 2027-02-30}]\n", "f:2:31",
         "renewals[0].on: expected a date such as 2027-01-31 or 2027-01-31T22:00:00Z, not \"2027-02-30\""},
        {S "email: {none: on}\n", "f:2:15", "email.none: expected true or false, not \"on\""},
        {S "database: {slow_ms: -1}\n", "f:2:21",
         "database.slow_ms: expected a whole number from 1 to 600000, not \"-1\""},
        {S "flows: {a: {steps: [{get: https://shop.example, expect: {status: 99}}]}}\n", "f:2:66",
         "flows.a.steps[0].expect.status: expected a status such as 200, 2xx or 200-204, not \"99\""},
        {S "dns: {zone: \"${NOT_SET}\"}\n", "f:2:13", "dns.zone: the environment variable NOT_SET is not set"},
        {S "dns: {zone: \"${EMPTY}\"}\n", "f:2:13", "dns.zone: the environment variable EMPTY is not set"},
        {S "dns: {zone: \"${NAME\"}\n", "f:2:13",
         "dns.zone: after ${ comes a variable's name and }, as in ${NAME}; $${ stands for ${ itself"},
        {S "dns: {zone: \"${A B}\"}\n", "f:2:13",
         "dns.zone: after ${ comes a variable's name and }, as in ${NAME}; $${ stands for ${ itself"},
        {S "slo: {p95: \"${NAME}\"}\n", "f:2:12",
         "slo.p95: expected a duration such as 800ms, 30s, 10m, 1h30m or 7d, not what the environment holds"},
        {S "dns: {zone: \"a\\0b\"}\n", "f:2:13", "dns.zone: the text holds a NUL character"},
    };

    (void)state;
    refused(rows, N_OF(rows));
}

static void variables(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(16));
    struct launch l;
    struct err e;
    char literal[60];

    (void)state;
    if (!parse(arena, S "dns: {zone: \"a-${NAME}-$${NAME}-$5\"}\ndatabase: {slow_ms: \"${NUMBER}\"}\n", &l, &e))
        fail_msg("%s: %s", e.place, e.text);
    assert_str(l.dns.zone, "a-word-${NAME}-$5");
    assert_int_equal(l.database.slow_ms, 250);

    snprintf(literal, sizeof literal, S "edge: {token: \"%s\"}\n", "abc");
    assert_true(parse(arena, literal, &l, &e));
    assert_int_equal(l.n_literal_secrets, 1);
    assert_str(l.literal_secrets[0].key, "edge.token");
    assert_int_equal(l.literal_secrets[0].line, 2);
    assert_str(secret_reveal(&l.edge.token), "abc");

    assert_true(
        parse(arena,
              S "flows: {a: {steps: [{post: \"https://shop.example/{{p}}\", form: {password: \"${NAME}\"},"
                " headers: {x-token: abc}}, {post: https://shop.example, json: {n: 1, s: \"1\", t: [true, ~]}}]}}",
              &l, &e));
    assert_str(l.flows[0].steps[0].form.v[0].value, "word");
    assert_true(l.flows[0].steps[0].form.v[0].from_env);
    assert_int_equal(l.n_literal_secrets, 1);
    assert_str(l.literal_secrets[0].key, "flows.a.steps[0].headers.x-token");
    assert_str(l.flows[0].steps[1].json, "{\"n\":1,\"s\":\"1\",\"t\":[true,null]}");
    arena_free(arena);
}

/* Names are normalised, one text stands for a list, aliases stand for what they name. */
static void forgiven(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(16));
    struct launch l;
    struct err e;

    (void)state;
    if (!parse(arena,
               "\xef\xbb\xbf"
               "site: B\xc3\xbc"
               "cher.example.\nemail: {senders: postmark}\n"
               "paths: {private: &p [/account], legacy: []}\nhosts: [{name: app.other.example, private: *p}]\n",
               &l, &e))
        fail_msg("%s: %s", e.place, e.text);
    assert_str(l.site, "xn--bcher-kva.example");
    assert_str(l.email.senders.v[0], "postmark");
    assert_str(l.hosts[0].private_paths.v[0], "/account");
    assert_true(launch_has(&l, "paths.legacy"));
    assert_int_equal(l.edge.hsts_max_age_s, -1);
    assert_non_null(l.edge.provider.p);
    launch_empty(&l, STR("shop.example"));
    assert_non_null(l.canonical.p);
    assert_non_null(l.email.from.p);
    arena_free(arena);
}

static void too_large(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(64));
    struct launch l;
    struct err e = {0};
    struct buf b;

    (void)state;
    buf_init(&b, ARENA_MB(4));
    buf_add_cstr(&b, S "a: &a [x,x,x,x,x,x,x,x,x,x]\n");
    for (int c = 'b'; c < 'k'; c++)
        buf_fmt(&b, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1,
                c - 1, c - 1, c - 1);
    assert_false(launch_parse(arena, buf_str(&b), "f", no_env, &l, &e));
    assert_string_equal(e.text, "its aliases unfold to more than 20000 values");
    assert_string_equal(e.place, "f:6:4");
    buf_free(&b);

    buf_init(&b, ARENA_MB(4));
    buf_add_cstr(&b, S "mailboxes:\n");
    for (size_t i = 0; i < 20001; i++)
        buf_add_cstr(&b, "- x\n");
    assert_false(launch_parse(arena, buf_str(&b), "f", no_env, &l, &e));
    assert_string_equal(e.text, "there are more than 20000 values in it");
    buf_free(&b);

    buf_init(&b, ARENA_MB(4));
    while (b.n <= ARENA_MB(1))
        buf_add_cstr(&b, "# 0123456789012345678901234567890123456789012345678901234567890123456789\n");
    assert_false(launch_parse(arena, buf_str(&b), "f", no_env, &l, &e));
    assert_string_equal(e.text, "it is larger than 1 MiB");
    buf_free(&b);

    assert_false(launch_parse(arena, STR("site: a\0b"), "f", no_env, &l, &e));
    assert_string_equal(e.text, "a NUL byte stands here: this is not a text file");
    assert_string_equal(e.place, "f:1:8");
    arena_free(arena);
}

static void unreadable(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct launch l;
    struct err e = {0};

    (void)state;
    assert_false(launch_load(arena, "/nonexistent/launchready.yaml", no_env, &l, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_non_null(strstr(e.text, "No such file"));
    assert_false(launch_load(arena, "/", no_env, &l, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_example), cmocka_unit_test(yaml_faults), cmocka_unit_test(key_faults),
        cmocka_unit_test(value_faults), cmocka_unit_test(variables),   cmocka_unit_test(forgiven),
        cmocka_unit_test(too_large),    cmocka_unit_test(unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
