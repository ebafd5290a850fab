#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit_inside.h"
#include "core/clock.h"
#include "core/file.h"
#include "facts/facts.h"
#include "launch/launch.h"

/* Findings by hand, as a check would say them. */
struct desk {
    struct arena *arena;
    struct audit audit;
    struct findings out;
};

static struct desk desk_new(void)
{
    struct desk d = {.arena = arena_new(ARENA_MB(4))};

    d.audit.arena = d.arena;
    d.out.arena = d.arena;
    return d;
}

static struct finding *put(struct desk *d, const char *id, enum status status, const char *subject)
{
    d->out.check = check_by_id(str_of(id));
    if (!d->out.check)
        fail_msg("no check %s", id);
    struct finding *f = say(&d->out, status, str_of(subject), "%s of %s", id, subject);
    finding_close(&d->out, f);
    d->audit.findings = d->out.v;
    d->audit.n_findings = d->out.n;
    return f;
}

static void judge(struct desk *d)
{
    audit_fold(&d->audit);
    audit_rank(&d->audit, STR("shop.example"));
    audit_judge(&d->audit);
}

static void verdict_rows(void **state)
{
    static const struct {
        const char *why;
        struct {
            const char *id;
            enum status status;
        } said[3];
        enum verdict verdict;
        int exit;
    } rows[] = {
        {"all pass", {{"tls.valid", PASS}, {"dns.apex-resolves", PASS}}, VERDICT_READY, 0},
        {"a core blocker fails", {{"tls.valid", FAIL}}, VERDICT_NOT_READY, 1},
        {"a core blocker of high severity fails", {{"dns.delegation", FAIL}}, VERDICT_NOT_READY, 1},
        {"a critical of another class fails", {{"edge.exposed-files", FAIL}}, VERDICT_NOT_READY, 1},
        {"a high of another class fails", {{"edge.cookies", FAIL}}, VERDICT_READY_WITH_RISKS, 1},
        {"a medium fails", {{"edge.headers", FAIL}}, VERDICT_READY_WITH_RISKS, 0},
        {"a blocker warns", {{"tls.expiry", WARN}}, VERDICT_READY_WITH_RISKS, 0},
        {"an info warns", {{"audit.redirects", WARN}}, VERDICT_READY, 0},
        {"a core critical is unknown", {{"tls.valid", UNKNOWN}, {"edge.headers", FAIL}}, VERDICT_INCOMPLETE, 3},
        {"a lesser one is unknown", {{"edge.headers", UNKNOWN}}, VERDICT_READY_WITH_RISKS, 0},
        {"a blocker is waived", {{"tls.valid", WAIVED}}, VERDICT_READY_WITH_RISKS, 0},
        {"not applicable", {{"tls.valid", NOT_APPLICABLE}}, VERDICT_READY, 0},
        {"a failure beats an unknown", {{"tls.valid", FAIL}, {"dns.apex-resolves", UNKNOWN}}, VERDICT_NOT_READY, 1},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct desk d = desk_new();
        for (size_t j = 0; j < 3 && rows[i].said[j].id; j++)
            put(&d, rows[i].said[j].id, rows[i].said[j].status, "shop.example");
        judge(&d);
        if (d.audit.verdict != rows[i].verdict || audit_exit_status(&d.audit, SEV_HIGH) != rows[i].exit)
            fail_msg("%s: %s, exit %d", rows[i].why, verdict_word(d.audit.verdict),
                     audit_exit_status(&d.audit, SEV_HIGH));
        arena_free(d.arena);
    }
}

static void skipped_checks_never_make_ready(void **state)
{
    struct desk d = desk_new();
    struct skipped skipped[] = {{check_by_id(STR("edge.headers")), STR("named by --skip"), true},
                                {check_by_id(STR("tls.valid")), STR("named by --skip"), true}};

    (void)state;
    put(&d, "dns.caa", PASS, "shop.example");
    d.audit.skipped = skipped;
    d.audit.n_skipped = 1;
    judge(&d);
    assert_int_equal(d.audit.verdict, VERDICT_READY_WITH_RISKS);
    d.audit.n_skipped = 2;
    judge(&d);
    assert_int_equal(d.audit.verdict, VERDICT_INCOMPLETE);
    assert_int_equal(audit_exit_status(&d.audit, SEV_HIGH), 3);
    arena_free(d.arena);
}

static void consequences_fold_under_their_cause(void **state)
{
    struct desk d = desk_new();
    struct finding *cause = put(&d, "dns.apex-resolves", FAIL, "shop.example");
    struct finding *blind = put(&d, "tls.valid", UNKNOWN, "shop.example");
    struct finding *other = put(&d, "tls.chain", UNKNOWN, "api.shop.example");

    (void)state;
    blind->unseen_kind = other->unseen_kind = ERR_NO_NAME;
    blind->unseen_place = STR("https://shop.example/");
    other->unseen_place = STR("api.shop.example");
    judge(&d);
    assert_ptr_equal(blind->cause, cause);
    assert_null(other->cause);
    assert_int_equal(cause->n_folded, 1);
    arena_free(d.arena);
}

static void the_order_is_class_then_impact(void **state)
{
    struct desk d = desk_new();

    (void)state;
    put(&d, "perf.p95", FAIL, "https://shop.example/");
    put(&d, "edge.exposed-files", FAIL, "https://shop.example/.env");
    put(&d, "routes.permanent", FAIL, "http://shop.example/");
    put(&d, "tls.valid", FAIL, "api.shop.example");
    put(&d, "tls.valid", FAIL, "shop.example");
    put(&d, "dns.caa", PASS, "shop.example");
    put(&d, "dns.drift", UNKNOWN, "shop.example");
    judge(&d);
    static const char *const wanted[] = {"tls.valid", "tls.valid", "routes.permanent", "edge.exposed-files",
                                         "perf.p95",  "dns.drift", "dns.caa"};
    for (size_t i = 0; i < N_OF(wanted); i++)
        assert_string_equal(d.audit.findings[i]->check->id, wanted[i]);
    assert_str(d.audit.findings[0]->subject, "shop.example");
    assert_int_equal(d.audit.findings[0]->impact, 96);
    assert_int_equal(d.audit.findings[1]->impact, 90);
    assert_int_equal(d.audit.n_first, 4);
    assert_string_equal(d.audit.first[0]->check->id, "edge.exposed-files"); /* as bad, sooner mended */
    assert_string_equal(d.audit.first[1]->check->id, "tls.valid");
    assert_int_equal(d.audit.stages[3].n[FAIL], 2);
    assert_int_equal(d.audit.stages[2].n[PASS], 1);
    arena_free(d.arena);
}

static void acceptances(void **state)
{
    struct desk d = desk_new();
    int64_t now = 0, past = 0, future = 0;
    assert_true(clock_parse(STR("2026-11-24"), &now) && clock_parse(STR("2026-11-23"), &past) &&
                clock_parse(STR("2027-01-31"), &future));
    const struct waiver waivers[] = {
        {.check = STR("dns.wildcard"), .reason = STR("tenants"), .until_s = future, .source = STR("f:1")},
        {.check = STR("edge.headers"), .reason = STR("soon"), .until_s = past, .source = STR("f:2")},
        {.check = STR("dns.ttl"), .reason = STR("gone"), .until_s = future, .source = STR("f:3")},
        {.check = STR("load.*"), .reason = STR("not run"), .until_s = future, .source = STR("f:4")},
    };

    (void)state;
    struct finding *accepted = put(&d, "dns.wildcard", FAIL, "*.shop.example");
    struct finding *again = put(&d, "edge.headers", FAIL, "https://shop.example/");
    put(&d, "dns.ttl", PASS, "shop.example");
    audit_waive(&d.audit, waivers, N_OF(waivers), now);
    assert_int_equal(accepted->status, WAIVED);
    assert_str(accepted->waiver_reason, "tenants");
    assert_int_equal(again->status, FAIL);
    assert_int_equal(d.audit.n_findings, 5);
    assert_non_null(strstr(d.audit.findings[3]->title.p, "expired on 2026-11-23"));
    assert_non_null(strstr(d.audit.findings[4]->title.p, "fits nothing"));
    arena_free(d.arena);
}

static void a_baseline_wants_reason_and_date(void **state)
{
    static const struct {
        const char *text, *complaint; /* NULL: fine */
    } rows[] = {
        {"{\"accepted\":[{\"check\":\"dns.ttl\",\"reason\":\"r\",\"until\":\"2027-01-31\"}]}", NULL},
        {"{\"accepted\":[{\"check\":\"dns.ttl\",\"until\":\"2027-01-31\"}]}", "reason"},
        {"{\"accepted\":[{\"check\":\"dns.ttl\",\"reason\":\"r\"}]}", "until"},
        {"{\"accepted\":[{\"reason\":\"r\",\"until\":\"2027-01-31\"}]}", "fingerprint"},
        {"{\"accepted\":[", ":1:"},
        {"[]", "accepted"},
    };
    struct arena *arena = arena_new(ARENA_MB(1));
    char path[] = "/tmp/lr-baseline-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct waiver *w;
        size_t n;
        struct err err = {0};
        assert_true(file_write(path, str_of(rows[i].text), &err));
        bool ok = audit_baseline_load(arena, path, &w, &n, &err);
        if (ok != !rows[i].complaint || (!ok && !strstr(err.text, rows[i].complaint)))
            fail_msg("%s: %s", rows[i].text, err.text);
        if (!ok)
            assert_int_equal(err.kind, ERR_USAGE);
    }
    unlink(path);
    arena_free(arena);
}

static void every_check_run_blind_is_unknown(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(16));
    struct launch launch;
    size_t n;
    const struct check *all = checks_all(&n);

    (void)state;
    launch_empty(&launch, STR("shop.example"));
    struct facts *facts = facts_new(&(struct facts_setup){.launch = &launch, .domain = STR("shop.example")});
    for (size_t i = 0; i < n; i++) {
        struct ask q = facts_ask(facts, arena);
        struct findings out = {.arena = arena};
        if (!all[i].run || all[i].run == check_of_audit || !(all[i].needs & NEED_NETWORK))
            continue;
        check_run(&all[i], &q, &out);
        for (size_t j = 0; j < out.n; j++)
            if (out.v[j]->status != UNKNOWN && out.v[j]->status != NOT_APPLICABLE)
                fail_msg("%s says %s without having seen anything: %.*s", all[i].id, status_word(out.v[j]->status),
                         STR_ARG(out.v[j]->title));
    }
    facts_free(facts);
    arena_free(arena);
}

static void a_secret_in_the_launch_file_is_a_finding(void **state)
{
    static const char text[] = "site: shop.example\nedge: {token: written-out}\ndatabase: {url: \"${NOT_SET}\"}\n";
    struct arena *arena = arena_new(ARENA_MB(4));
    struct launch launch;
    struct err err;

    (void)state;
    assert_true(launch_parse(arena, str_of(text), "f.yaml", NULL, &launch, &err));
    struct facts *facts = facts_new(&(struct facts_setup){.launch = &launch, .domain = STR("shop.example")});
    struct ask q = facts_ask(facts, arena);
    struct findings out = {.arena = arena};
    check_run(check_by_id(STR("secrets.launch-file")), &q, &out);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.v[0]->status, FAIL);
    assert_str(out.v[0]->section, "edge.token");
    assert_non_null(strstr(out.v[0]->evidence[0].value.p, "f.yaml:2"));
    launch_empty(&launch, STR("shop.example"));
    out = (struct findings){.arena = arena};
    check_run(check_by_id(STR("secrets.launch-file")), &q, &out);
    assert_int_equal(out.v[0]->status, PASS);
    facts_free(facts);
    arena_free(arena);
}

static void rows_are_well_formed(void **state)
{
    size_t n;
    const struct check *all = checks_all(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct check *c = &all[i];
        if (c->stage < 1 || c->stage > 7 || !*c->rule || !*c->why || !*c->breaks || !*c->fix || c->effort_minutes < 1)
            fail_msg("%s: an empty column", c->id);
        if (check_by_id(str_of(c->id)) != c)
            fail_msg("%s stands twice", c->id);
    }
}

static void hosts_of_subjects(void **state)
{
    (void)state;
    assert_str(audit_host_of(STR("https://shop.example/a?b")), "shop.example");
    assert_str(audit_host_of(STR("https://shop.example:8443")), "shop.example");
    assert_str(audit_host_of(STR("shop.example 192.0.2.1")), "shop.example");
    assert_str(audit_host_of(STR("shop.example")), "shop.example");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_rows),
        cmocka_unit_test(skipped_checks_never_make_ready),
        cmocka_unit_test(consequences_fold_under_their_cause),
        cmocka_unit_test(the_order_is_class_then_impact),
        cmocka_unit_test(acceptances),
        cmocka_unit_test(a_baseline_wants_reason_and_date),
        cmocka_unit_test(every_check_run_blind_is_unknown),
        cmocka_unit_test(a_secret_in_the_launch_file_is_a_finding),
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(hosts_of_subjects),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
