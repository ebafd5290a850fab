#include "test.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "checks/check.h"
#include "core/cancel.h"
#include "core/pool.h"
#include "facts/facts.h"
#include "facts/observer.h"

struct number {
    int value;
};

static atomic_int n_looks;

static bool look_number(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct number *n = ret;

    (void)outside;
    (void)q;
    n_looks++;
    usleep(20000);
    if (str_eq(key, STR("silent.example")))
        return err_set(reterr, ERR_TIMEOUT, "no answer in 20 ms");
    n->value = (int)key.n;
    return true;
}

static json_t *save_number(const void *fact)
{
    return json_pack("{s:i}", "value", ((const struct number *)fact)->value);
}

static bool load_number(const json_t *json, struct arena *arena, void *ret)
{
    (void)arena;
    ((struct number *)ret)->value = (int)json_integer_value(json_object_get(json, "value"));
    return true;
}

static const struct fact_kind number_kind = {"number",    1,          sizeof(struct number), 0, look_number,
                                             save_number, load_number};

static bool look_sum(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct number *n = ret;
    const struct number *a = facts_get(q, &number_kind, STR("a.example")), *b = facts_get(q, &number_kind, key);

    (void)outside;
    if (!a || !b)
        return ask_failed(q, reterr);
    n->value = a->value + b->value;
    return true;
}

static const struct fact_kind sum_kind = {"sum", 2, sizeof(struct number), 0, look_sum, NULL, NULL};

static struct observer *outside(struct cancel *cancel)
{
    struct observer_options options = {.resolver = STR("127.0.0.1:5353"), .cancel = cancel};
    struct observer *o;
    struct err err;

    if (!observer_new(&options, &o, &err))
        fail_msg("%s", err.text);
    return o;
}

struct asker {
    struct facts *facts;
    int got;
};

static void *ask_for_sum(void *arg)
{
    struct asker *a = arg;
    struct arena *arena = arena_new(ARENA_MB(1));
    struct ask q = facts_ask(a->facts, arena);
    const struct number *n = facts_get(&q, &sum_kind, STR("bb.example"));

    a->got = n ? n->value : -1;
    arena_free(arena);
    return NULL;
}

static void many_askers_look_once(void **state)
{
    struct pool *pool = pool_new(4, NULL);
    struct observer *o = outside(NULL);
    struct facts *facts = facts_new(&(struct facts_setup){.outside = o, .pool = pool, .domain = STR("shop.example")});
    pthread_t threads[8];
    struct asker askers[8];

    (void)state;
    n_looks = 0;
    for (int i = 0; i < 8; i++) {
        askers[i] = (struct asker){facts, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_sum, &askers[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(askers[i].got, 9 + 10);
    }
    assert_int_equal(n_looks, 2);
    assert_int_equal(facts_cost(facts).n_observed, 2);
    pool_free(pool);
    facts_free(facts);
    observer_free(o);
}

static void wanted_facts_are_there_or_taken_over(void **state)
{
    struct pool *pool = pool_new(1, NULL);
    struct observer *o = outside(NULL);
    struct facts *facts = facts_new(&(struct facts_setup){.outside = o, .pool = pool, .domain = STR("shop.example")});
    struct arena *arena = arena_new(ARENA_MB(1));
    struct ask q = facts_ask(facts, arena);

    (void)state;
    n_looks = 0;
    for (int i = 0; i < 20; i++) {
        char key[32];
        snprintf(key, sizeof key, "host%d.example", i);
        facts_want(&q, &number_kind, str_of(key));
        facts_want(&q, &number_kind, str_of(key));
    }
    assert_non_null(facts_get(&q, &number_kind, STR("host19.example")));
    pool_free(pool);
    assert_int_equal(n_looks, 20);
    facts_free(facts);
    observer_free(o);
    arena_free(arena);
}

static void what_is_not_seen_is_null_with_its_reason(void **state)
{
    struct observer *o = outside(NULL);
    struct facts *facts = facts_new(&(struct facts_setup){.outside = o, .domain = STR("shop.example")});
    struct arena *arena = arena_new(ARENA_MB(1));
    struct ask q = facts_ask(facts, arena);

    (void)state;
    assert_null(facts_get(&q, &sum_kind, STR("silent.example")));
    assert_int_equal(q.n_unseen, 1);
    const struct err *why = ask_tolerate(&q);
    assert_int_equal(why->kind, ERR_TIMEOUT);
    assert_int_equal(q.n_unseen, 0);
    assert_true(facts_fail_nth(facts, 1));
    assert_null(facts_get(&q, &number_kind, STR("fresh.example")));
    assert_int_equal(q.unseen[0].err.kind, ERR_TIMEOUT);
    facts_free(facts);
    observer_free(o);
    arena_free(arena);
}

static void offline_and_cancelled_say_so(void **state)
{
    struct cancel *cancel = cancel_new();
    struct observer *o = outside(cancel);
    struct facts *facts = facts_new(&(struct facts_setup){.outside = o, .domain = STR("shop.example")});
    struct facts *none = facts_new(&(struct facts_setup){.domain = STR("shop.example")});
    struct arena *arena = arena_new(ARENA_MB(1));
    struct ask q = facts_ask(facts, arena), q2 = facts_ask(none, arena);

    (void)state;
    cancel_now(cancel);
    assert_null(facts_get(&q, &number_kind, STR("a.example")));
    assert_int_equal(q.unseen[0].err.kind, ERR_CANCELLED);
    assert_null(facts_get(&q2, &number_kind, STR("a.example")));
    assert_int_equal(q2.unseen[0].err.kind, ERR_OFFLINE);
    facts_free(facts);
    facts_free(none);
    observer_free(o);
    cancel_free(cancel);
    arena_free(arena);
}

static void resolver_addresses(void **state)
{
    static const struct {
        const char *text, *address;
        unsigned port;
    } rows[] = {{"192.0.2.53", "192.0.2.53", 53},
                {"192.0.2.53:5353", "192.0.2.53", 5353},
                {"2001:db8::53", "2001:db8::53", 53},
                {"[2001:db8::53]:99", "2001:db8::53", 99},
                {"ns1.example", NULL, 0},
                {"192.0.2.53:0", NULL, 0},
                {"192.0.2.53:65536", NULL, 0},
                {"[2001:db8::53", NULL, 0}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct observer_options options = {.resolver = str_of(rows[i].text)};
        struct observer *o;
        struct err err;
        size_t n;
        if (!observer_new(&options, &o, &err)) {
            if (rows[i].address || err.kind != ERR_USAGE)
                fail_msg("%s: %s", rows[i].text, err.text);
            continue;
        }
        const struct observer_server *s = observer_resolvers(o, &n);
        if (!rows[i].address || n != 1 || strcmp(s->address, rows[i].address) != 0 || s->port != rows[i].port)
            fail_msg("%s", rows[i].text);
        observer_free(o);
    }
}

struct gate_user {
    struct observer *o;
    atomic_int inside, most;
};

static void *pass_gate(void *arg)
{
    struct gate_user *u = arg;
    struct err err;

    if (!observer_enter(u->o, STR("192.0.2.1"), &err))
        return NULL;
    int now = ++u->inside;
    if (now > u->most)
        u->most = now;
    usleep(5000);
    u->inside--;
    observer_leave(u->o, STR("192.0.2.1"));
    return NULL;
}

static void at_most_four_to_one_host(void **state)
{
    struct gate_user user = {.o = outside(NULL)};
    pthread_t threads[12];

    (void)state;
    for (int i = 0; i < 12; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pass_gate, &user), 0);
    for (int i = 0; i < 12; i++)
        pthread_join(threads[i], NULL);
    assert_in_range(user.most, 2, 4);
    observer_free(user.o);
}

/* ---- how a check speaks ---- */

static void say_nothing(struct ask *q, struct findings *out)
{
    (void)q;
    (void)out;
}

static void see_nothing_say_fail(struct ask *q, struct findings *out)
{
    facts_get(q, &number_kind, STR("b.example"));
    say(out, PASS, q->domain, "fine");
    say(out, FAIL, STR("a\x1b[31m.example"), "bad \xff thing");
}

static void see_nothing_say_pass(struct ask *q, struct findings *out)
{
    facts_get(q, &number_kind, STR("b.example"));
    say(out, PASS, q->domain, "fine");
}

static void a_pass_needs_everything_seen(void **state)
{
    struct facts *none = facts_new(&(struct facts_setup){.domain = STR("shop.example")});
    struct arena *arena = arena_new(ARENA_MB(1));
    struct check row = {.id = "test.row", .stage = 2, .severity = SEV_CRITICAL, .rule = "it is so"};
    struct ask q = facts_ask(none, arena);
    struct findings out = {.arena = arena};

    (void)state;
    row.run = say_nothing;
    check_run(&row, &q, &out);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.v[0]->status, PASS);
    assert_int_equal(out.v[0]->fingerprint.n, 16);

    out = (struct findings){.arena = arena};
    row.run = see_nothing_say_pass;
    check_run(&row, &q, &out);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.v[0]->status, UNKNOWN);
    assert_int_equal(out.v[0]->unseen_kind, ERR_OFFLINE);
    assert_str(out.v[0]->unseen_place, "b.example");

    q = facts_ask(none, arena);
    out = (struct findings){.arena = arena};
    row.run = see_nothing_say_fail;
    check_run(&row, &q, &out);
    assert_int_equal(out.n, 2);
    assert_int_equal(out.v[0]->status, FAIL);
    assert_str(out.v[0]->subject, "a\\x1b[31m.example");
    assert_str(out.v[0]->title, "bad \\xff thing");
    assert_int_equal(out.v[1]->status, UNKNOWN);
    facts_free(none);
    arena_free(arena);
}

static void ids_match_patterns(void **state)
{
    const struct check *c = check_by_id(STR("routes.chain-length"));

    (void)state;
    assert_non_null(c);
    assert_true(check_matches(c, STR("routes.*")));
    assert_true(check_matches(c, STR("routes")));
    assert_true(check_matches(c, STR("*.chain-*")));
    assert_true(check_matches(c, STR("ROUTES.chain-length")));
    assert_false(check_matches(c, STR("route")));
    assert_false(check_matches(c, STR("dns.*")));
    assert_false(check_matches(c, STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_askers_look_once),
        cmocka_unit_test(wanted_facts_are_there_or_taken_over),
        cmocka_unit_test(what_is_not_seen_is_null_with_its_reason),
        cmocka_unit_test(offline_and_cancelled_say_so),
        cmocka_unit_test(resolver_addresses),
        cmocka_unit_test(at_most_four_to_one_host),
        cmocka_unit_test(a_pass_needs_everything_seen),
        cmocka_unit_test(ids_match_patterns),
    };

    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
