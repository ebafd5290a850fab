/* The walk from the root to a zone, over answers written by hand. */
#include "test.h"

#include "facts/fact_dns.h"
#include "facts/facts.h"

static const char *const roots[] = {"198.41.0.4",   "170.247.170.2", "192.33.4.12",   "199.7.91.13",   "192.203.230.10",
                                    "192.5.5.241",  "192.112.36.4",  "198.97.190.53", "192.36.148.17", "192.58.128.30",
                                    "193.0.14.129", "199.7.83.42",   "202.12.27.33"};

#define REGISTRY "192.0.2.7"
#define FIRST    "192.0.2.1"
#define SECOND   "192.0.2.2"

struct world {
    struct arena *arena;
    struct facts *facts;
    struct ask q;
};

static void open_world(struct world *w)
{
    w->arena = arena_new(ARENA_MB(16));
    w->facts = facts_new(&(struct facts_setup){.domain = STR("shop.example"), .now_s = 1});
    w->q = facts_ask(w->facts, w->arena);
}

static void close_world(struct world *w)
{
    facts_free(w->facts);
    arena_free(w->arena);
}

static struct fact_dns *put(struct world *w, const char *key, enum dns_outcome outcome)
{
    struct fact_dns *f = arena_alloc(w->arena, sizeof *f);

    f->outcome = outcome;
    f->rcode = outcome == DNS_REFUSED ? 5 : outcome == DNS_NXDOMAIN ? 3 : 0;
    f->authoritative = outcome != DNS_REFERRAL && outcome != DNS_REFUSED;
    f->answer = arena_array(w->arena, 4, sizeof *f->answer);
    f->authority = arena_array(w->arena, 4, sizeof *f->authority);
    f->additional = arena_array(w->arena, 4, sizeof *f->additional);
    f->server = STR(REGISTRY);
    facts_put(w->facts, &dns_kind, str_of(key), f);
    return f;
}

static struct dns_rr rr(const char *owner, uint16_t type, const char *target_or_value, uint32_t serial)
{
    bool is_address = type == DNS_A || type == DNS_AAAA;

    return (struct dns_rr){.owner = str_of(owner),
                           .type = type,
                           .target = is_address ? STR_NONE : str_of(target_or_value),
                           .value = is_address ? str_of(target_or_value) : STR_NONE,
                           .serial = serial};
}

static void put_silence(struct world *w, const char *key, enum err_kind kind)
{
    struct err err;

    err_set(&err, kind, "no answer");
    facts_put_err(w->facts, &dns_kind, str_of(key), &err);
}

/* Root and registry, with glue for ns1 and none for ns2. */
static void put_parents(struct world *w)
{
    for (size_t i = 0; i < N_OF(roots); i++) {
        struct fact_dns *f = put(w, str_fmt(w->arena, "SOA shop.example @%s", roots[i]).p, DNS_REFERRAL);
        f->authority[f->n_authority++] = rr("example", DNS_NS, "a.nic.example", 0);
        f->additional[f->n_additional++] = rr("a.nic.example", DNS_A, REGISTRY, 0);
    }
    struct fact_dns *f = put(w, "SOA shop.example @" REGISTRY, DNS_REFERRAL);
    f->authority[f->n_authority++] = rr("shop.example", DNS_NS, "ns1.shop.example", 0);
    f->authority[f->n_authority++] = rr("shop.example", DNS_NS, "ns2.other.example", 0);
    f->authority[f->n_authority++] = rr("shop.example", DNS_DS, "", 0);
    f->additional[f->n_additional++] = rr("ns1.shop.example", DNS_A, FIRST, 0);
    put(w, "A ns1.shop.example", DNS_ANSWER)->n_answer = 0;
    put(w, "AAAA ns1.shop.example", DNS_NODATA);
    f = put(w, "A ns2.other.example", DNS_ANSWER);
    f->name = STR("ns2.other.example");
    f->answer[f->n_answer++] = rr("ns2.other.example", DNS_A, SECOND, 0);
    put(w, "AAAA ns2.other.example", DNS_NODATA);
}

static void put_server(struct world *w, const char *ip, uint32_t serial)
{
    struct fact_dns *f = put(w, str_fmt(w->arena, "SOA shop.example @%s", ip).p, DNS_ANSWER);

    f->answer[f->n_answer++] = rr("shop.example", DNS_SOA, "ns1.shop.example", serial);
    f = put(w, str_fmt(w->arena, "NS shop.example @%s", ip).p, DNS_ANSWER);
    f->answer[f->n_answer++] = rr("shop.example", DNS_NS, "ns1.shop.example", 0);
    f->answer[f->n_answer++] = rr("shop.example", DNS_NS, "ns2.other.example", 0);
}

static void a_healthy_zone(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    put_parents(&w);
    put_server(&w, FIRST, 7);
    put_server(&w, SECOND, 8);
    const struct fact_zone *z = fact_zone(&w.q, STR("shop.example"));
    assert_non_null(z);
    assert_str(z->apex, "shop.example");
    assert_str(z->parent, "example");
    assert_int_equal(z->parent_ns.n, 2);
    assert_int_equal(z->child_ns.n, 2);
    assert_int_equal(z->n_ds, 1);
    assert_int_equal(z->n_servers, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(z->servers[i].authoritative);
    assert_int_equal(z->servers[0].serial, 7);
    assert_int_equal(z->servers[1].serial, 8);
    close_world(&w);
}

static void servers_that_refuse_are_silent_or_cannot_be_reached(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    put_parents(&w);
    put(&w, "SOA shop.example @" FIRST, DNS_REFUSED);
    put_silence(&w, "SOA shop.example @" SECOND, ERR_DNS_TIMEOUT);
    const struct fact_zone *z = fact_zone(&w.q, STR("shop.example"));
    assert_non_null(z); /* that nobody answers is an observation */
    assert_int_equal(z->n_servers, 2);
    assert_true(z->servers[0].answered);
    assert_false(z->servers[0].authoritative);
    assert_int_equal(z->servers[0].rcode, 5);
    assert_false(z->servers[1].answered);
    assert_true(z->servers[1].problem.n > 0);
    assert_int_equal(z->child_ns.n, 0);
    close_world(&w);

    open_world(&w);
    put_parents(&w);
    put_server(&w, FIRST, 7);
    put_silence(&w, "SOA shop.example @" SECOND, ERR_NO_ROUTE);
    z = fact_zone(&w.q, STR("shop.example"));
    assert_non_null(z);
    assert_true(z->servers[1].no_route);
    close_world(&w);
}

static void a_silent_root_is_not_an_observation(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (size_t i = 0; i < N_OF(roots); i++)
        put_silence(&w, str_fmt(w.arena, "SOA shop.example @%s", roots[i]).p, ERR_DNS_TIMEOUT);
    assert_null(fact_zone(&w.q, STR("shop.example")));
    assert_int_equal(ask_tolerate(&w.q)->kind, ERR_DNS_TIMEOUT);
    close_world(&w);
}

static void a_name_that_the_registry_does_not_have(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    put_parents(&w);
    struct fact_dns *f = put(&w, "SOA shop.example @" REGISTRY, DNS_NXDOMAIN);
    f->authority[f->n_authority++] = rr("example", DNS_SOA, "a.nic.example", 1);
    const struct fact_zone *z = fact_zone(&w.q, STR("shop.example"));
    assert_non_null(z);
    assert_str(z->apex, "example");
    assert_int_equal(z->n_servers, 0);
    close_world(&w);
}

/* A server of both zones answers for the child at once: no referral shows. */
static void parent_and_child_on_one_server(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    put_parents(&w);
    put_server(&w, REGISTRY, 7);
    put_server(&w, FIRST, 7);
    put_server(&w, SECOND, 7);
    struct fact_dns *f = put(&w, "DS shop.example @" REGISTRY, DNS_ANSWER);
    f->answer[f->n_answer++] = rr("shop.example", DNS_DS, "", 0);
    put(&w, "A ns1.shop.example", DNS_ANSWER);
    const struct fact_zone *z = fact_zone(&w.q, STR("shop.example"));
    assert_non_null(z);
    assert_str(z->apex, "shop.example");
    assert_int_equal(z->parent_ns.n, 2);
    assert_int_equal(z->n_ds, 1);
    close_world(&w);
}

/* Glue for a name outside the delegating zone is a stranger's word (RFC 2181 section 5.4.1). */
static void glue_from_elsewhere_is_not_believed(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    put_parents(&w);
    put_server(&w, FIRST, 7);
    put_server(&w, SECOND, 7);
    struct fact_dns *f = put(&w, "SOA shop.example @" REGISTRY, DNS_REFERRAL);
    f->authority[f->n_authority++] = rr("shop.example", DNS_NS, "ns1.shop.example", 0);
    f->authority[f->n_authority++] = rr("shop.example", DNS_NS, "ns.provider.test", 0);
    f->additional[f->n_additional++] = rr("ns1.shop.example", DNS_A, FIRST, 0);
    f->additional[f->n_additional++] = rr("ns.provider.test", DNS_A, "192.0.2.66", 0);
    f = put(&w, "A ns.provider.test", DNS_ANSWER);
    f->name = STR("ns.provider.test");
    f->answer[f->n_answer++] = rr("ns.provider.test", DNS_A, SECOND, 0);
    put(&w, "AAAA ns.provider.test", DNS_NODATA);
    const struct fact_zone *z = fact_zone(&w.q, STR("shop.example"));
    assert_non_null(z);
    for (size_t i = 0; i < z->n_servers; i++)
        assert_false(str_eq(z->servers[i].ip, STR("192.0.2.66")));
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_zone),
        cmocka_unit_test(servers_that_refuse_are_silent_or_cannot_be_reached),
        cmocka_unit_test(a_silent_root_is_not_an_observation),
        cmocka_unit_test(a_name_that_the_registry_does_not_have),
        cmocka_unit_test(parent_and_child_on_one_server),
        cmocka_unit_test(glue_from_elsewhere_is_not_believed),
    };

    return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
