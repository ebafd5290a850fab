#include "test.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "dns_server.h"
#include "facts/dns_inside.h"
#include "facts/fact_dns.h"
#include "facts/fact_rdap.h"
#include "facts/fact_zone_file.h"
#include "facts/observer.h"
#include "facts/rdap_inside.h"

struct world {
    struct dns_server *server;
    struct observer *outside;
    struct facts *facts;
    struct arena *arena;
    struct cancel *cancel;
    struct ask q;
    struct str at; /* the server as fact_dns_at wants it */
};

static void open_world_at(struct world *w, uint16_t port, int timeout_ms)
{
    struct err err;

    w->arena = arena_new(ARENA_MB(16));
    w->cancel = cancel_new();
    w->at = str_fmt(w->arena, "127.0.0.1:%u", port);
    struct observer_options options = {.resolver = w->at, .timeout_ms = timeout_ms, .cancel = w->cancel};
    if (!observer_new(&options, &w->outside, &err))
        fail_msg("%s", err.text);
    w->facts = facts_new(&(struct facts_setup){.outside = w->outside, .domain = STR("shop.example"), .now_s = 1});
    w->q = facts_ask(w->facts, w->arena);
}

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->server = dns_server_start();
    open_world_at(w, dns_server_port(w->server), 700);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;

    facts_free(w->facts);
    observer_free(w->outside);
    arena_free(w->arena);
    cancel_free(w->cancel);
    if (w->server)
        dns_server_stop(w->server);
    free(w);
    return 0;
}

static void an_answer_with_its_flags(void **state)
{
    struct world *w = *state;
    const struct fact_dns *f = fact_dns_at(&w->q, w->at, STR("Plain.Example."), DNS_A);

    assert_non_null(f);
    assert_int_equal(f->outcome, DNS_ANSWER);
    assert_str(f->name, "plain.example");
    assert_true(f->authoritative);
    assert_false(f->over_tcp);
    assert_int_equal(f->n_answer, 1);
    assert_str(f->answer[0].value, "192.0.2.1");
    assert_int_equal(f->answer[0].ttl_s, 300);
    assert_str(f->server, w->at.p);
}

/* Four different facts, and only the last two are blindness. */
static void outcomes_stay_apart(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *name;
        enum dns_outcome at_server;
        enum err_kind from_resolver; /* ERR_NONE: an answer */
    } rows[] = {
        {"nxdomain.example", DNS_NXDOMAIN, ERR_NONE},       {"nodata.example", DNS_NODATA, ERR_NONE},
        {"servfail.example", DNS_SERVFAIL, ERR_DNS_FAILED}, {"refused.example", DNS_REFUSED, ERR_DNS_FAILED},
        {"loop.example", DNS_OTHER, ERR_DNS_FAILED},
    };

    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct fact_dns *f = fact_dns_at(&w->q, w->at, str_of(rows[i].name), DNS_A);
        if (!f || f->outcome != rows[i].at_server)
            fail_msg("%s: outcome %d", rows[i].name, f ? (int)f->outcome : -1);
        f = fact_dns(&w->q, str_of(rows[i].name), DNS_A);
        if (rows[i].from_resolver == ERR_NONE) {
            assert_non_null(f);
            assert_int_equal(f->outcome, rows[i].at_server);
            continue;
        }
        assert_null(f);
        const struct err *why = ask_tolerate(&w->q);
        assert_int_equal(why->kind, rows[i].from_resolver);
        assert_string_equal(why->place, rows[i].name);
    }
}

static void silence_is_a_timeout_after_three_tries(void **state)
{
    struct world *w = *state;
    struct mono start = clock_mono();

    assert_null(fact_dns(&w->q, STR("silent.example"), DNS_A));
    assert_int_equal(ask_tolerate(&w->q)->kind, ERR_DNS_TIMEOUT);
    assert_int_equal(dns_server_asked(w->server), 3);
    assert_true(clock_since_us(start) < 2000 * 1000);
}

static void one_lost_packet_is_asked_again(void **state)
{
    struct world *w = *state;
    const struct fact_dns *f = fact_dns(&w->q, STR("flaky.example"), DNS_A);

    assert_non_null(f);
    assert_int_equal(f->outcome, DNS_ANSWER);
    assert_int_equal(dns_server_asked(w->server), 2);
}

static void lies_are_dropped(void **state)
{
    struct world *w = *state;
    const struct fact_dns *f = fact_dns(&w->q, STR("liar-first.example"), DNS_A);

    assert_non_null(f);
    assert_str(f->answer[0].value, "192.0.2.1");
    assert_null(fact_dns(&w->q, STR("lies.example"), DNS_A));
    assert_int_equal(ask_tolerate(&w->q)->kind, ERR_DNS_TIMEOUT);
}

static void a_cut_answer_comes_over_tcp(void **state)
{
    struct world *w = *state;
    const struct fact_dns *f = fact_dns(&w->q, STR("cut.example"), DNS_A);

    assert_non_null(f);
    assert_true(f->over_tcp);
    assert_int_equal(f->outcome, DNS_ANSWER);
}

static void sixty_four_kib_of_txt(void **state)
{
    struct world *w = *state;
    const struct str_list *texts = fact_txt(&w->q, STR("big.example"));

    assert_non_null(texts);
    assert_int_equal(texts->n, 240);
    for (size_t i = 0; i < texts->n; i++)
        assert_int_equal(texts->v[i].n, 255);
}

static void tcp_that_breaks_off_or_answers_something_else(void **state)
{
    struct world *w = *state;

    assert_null(fact_dns(&w->q, STR("half.example"), DNS_A));
    assert_int_equal(ask_tolerate(&w->q)->kind, ERR_RESET);
    assert_null(fact_dns(&w->q, STR("other-over-tcp.example"), DNS_A));
    assert_int_equal(ask_tolerate(&w->q)->kind, ERR_DNS_FAILED);
}

static void without_edns_where_it_is_not_known(void **state)
{
    struct world *w = *state;
    const struct fact_dns *f = fact_dns(&w->q, STR("formerr.example"), DNS_A);

    assert_non_null(f);
    assert_int_equal(f->outcome, DNS_ANSWER);
    assert_int_equal(dns_server_asked(w->server), 2);
}

static void broken_answers_are_failures(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"broken.example", "pointer.example"};

    for (size_t i = 0; i < N_OF(names); i++) {
        assert_null(fact_dns(&w->q, str_of(names[i]), DNS_A));
        assert_int_equal(ask_tolerate(&w->q)->kind, ERR_DNS_FAILED);
    }
    assert_null(fact_dns(&w->q, STR("many.example"), DNS_A));
    assert_int_equal(ask_tolerate(&w->q)->kind, ERR_LIMIT);
}

static void aliases_are_followed_in_the_answer(void **state)
{
    struct world *w = *state;
    const struct fact_addresses *a = fact_addresses(&w->q, STR("alias.example"));

    assert_non_null(a);
    assert_int_equal(a->n_v, 1);
    assert_str(fact_address_first(a, false), "192.0.2.7");
    assert_int_equal(a->cnames.n, 1);
    assert_str(a->cnames.v[0], "real.example"); /* folded */
    assert_true(a->exists);
}

static void no_address_and_no_name(void **state)
{
    struct world *w = *state;
    const struct fact_addresses *a = fact_addresses(&w->q, STR("nodata.example"));

    assert_non_null(a);
    assert_true(a->exists);
    assert_int_equal(a->n_v, 0);
    a = fact_addresses(&w->q, STR("nxdomain.example"));
    assert_non_null(a);
    assert_false(a->exists);
    assert_null(fact_addresses(&w->q, STR("servfail.example")));
}

static void names_that_dns_cannot_hold(void **state)
{
    struct world *w = *state;
    char longest[301];
    static const char *const names[] = {"a..example", "..", "has a space.example"};

    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(fact_dns(&w->q, str_of(longest), DNS_A));
    assert_int_equal(ask_tolerate(&w->q)->kind, ERR_NO_NAME);
    for (size_t i = 0; i < N_OF(names); i++) {
        assert_null(fact_dns(&w->q, str_of(names[i]), DNS_A));
        assert_int_equal(ask_tolerate(&w->q)->kind, ERR_NO_NAME);
    }
    assert_int_equal(dns_server_asked(w->server), 0);
}

static void *interrupt(void *arg)
{
    usleep(50000);
    cancel_now(arg);
    return NULL;
}

static void waiting_can_be_interrupted(void **state)
{
    struct world *w = *state;
    struct mono start = clock_mono();
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, interrupt, w->cancel), 0);
    assert_null(fact_dns(&w->q, STR("silent.example"), DNS_A));
    assert_int_equal(ask_tolerate(&w->q)->kind, ERR_CANCELLED);
    assert_true(clock_since_us(start) < 600 * 1000);
    pthread_join(thread, NULL);
}

static void nobody_listens(void **state)
{
    struct world w = {0};

    (void)state;
    open_world_at(&w, 1, 300);
    assert_null(fact_dns(&w.q, STR("plain.example"), DNS_A));
    assert_int_equal(ask_tolerate(&w.q)->kind, ERR_REFUSED);
    facts_free(w.facts);
    observer_free(w.outside);
    arena_free(w.arena);
    cancel_free(w.cancel);
}

/* What --record writes is what --replay reads, to the byte. */
static void facts_survive_a_recording(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *name;
        uint16_t type;
    } asked[] = {{"plain.example", DNS_A},
                 {"strange-bytes.example", DNS_TXT},
                 {"alias.example", DNS_A},
                 {"nxdomain.example", DNS_A}};

    for (size_t i = 0; i < N_OF(asked); i++) {
        const struct fact_dns *f = fact_dns_at(&w->q, w->at, str_of(asked[i].name), asked[i].type);
        struct fact_dns again = {0};
        assert_non_null(f);
        json_t *json = dns_save(f);
        char *text = json_dumps(json, JSON_SORT_KEYS);
        assert_non_null(text);
        assert_true(dns_load(json, w->arena, &again));
        json_t *twice = dns_save(&again);
        char *text_again = json_dumps(twice, JSON_SORT_KEYS);
        assert_string_equal(text, text_again);
        assert_int_equal(again.outcome, f->outcome);
        for (size_t j = 0; j < f->n_answer; j++)
            assert_true(str_eq(again.answer[j].value, f->answer[j].value));
        free(text);
        free(text_again);
        json_decref(json);
        json_decref(twice);
    }
}

static void terminal_escapes_stay_in_the_value(void **state)
{
    struct world *w = *state;
    const struct fact_dns *f = fact_dns_at(&w->q, w->at, STR("strange-bytes.example"), DNS_TXT);

    assert_non_null(f);
    assert_int_equal(f->answer[0].value.n, 7);
    for (size_t i = 0; i < f->answer[0].text.n; i++) /* presentation format is printable ASCII */
        assert_in_range(f->answer[0].text.p[i], 0x20, 0x7e);
}

/* ---- a zone file ---- */

static void a_zone_file_in_master_format(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct fact_zone_file f;
    struct err err;
    static const char text[] = "; documented\n$TTL 1h\n@ IN SOA ns1 host 1 2 3 4 5\n@ NS ns1\nwww 300 A 192.0.2.1\n"
                               "$ORIGIN mail.shop.example.\nmx A 192.0.2.2\n@ TXT ( \"one\"\n \"two\" )\n";

    (void)state;
    assert_true(zone_file_read(arena, str_of(text), STR("shop.example"), "a.zone", &f, &err));
    assert_int_equal(f.n_records, 5);
    assert_str(f.records[2].owner, "www.shop.example");
    assert_int_equal(f.records[2].ttl_s, 300);
    assert_str(f.records[3].owner, "mx.mail.shop.example");
    assert_str(f.records[4].value, "onetwo");
    assert_int_equal(f.records[4].n_strings, 2);
    arena_free(arena);
}

static void zone_files_that_are_none(void **state)
{
    static const struct {
        const char *text, *place, *says;
    } rows[] = {
        {"", "", "empty"},
        {"www A 192.0.2.1\nthis is no record\n", "a.zone:2", "line 2"},
        {"$INCLUDE /etc/passwd\n", "a.zone:1", "$INCLUDE"},
        {"www A 192.0.2.999\n", "a.zone:1", "line 1"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct arena *arena = arena_new(ARENA_MB(4));
        struct fact_zone_file f = {.n_records = 77};
        struct err err = {0};
        assert_false(zone_file_read(arena, str_of(rows[i].text), STR("shop.example"), "a.zone", &f, &err));
        assert_int_equal(f.n_records, 77);
        assert_string_equal(err.place, rows[i].place);
        if (!strstr(err.text, rows[i].says))
            fail_msg("row %zu: %s", i, err.text);
        arena_free(arena);
    }
}

/* ---- registration data ---- */

static void a_registration(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct fact_rdap r = {.source = STR("https://rdap.example/domain/shop.example"), .at_s = 7};
    struct err err;
    static const char text[] =
        "{\"objectClassName\":\"domain\",\"ldhName\":\"SHOP.EXAMPLE\","
        "\"status\":[\"client transfer prohibited\",\"serverHold\"],"
        "\"events\":[{\"eventAction\":\"expiration\",\"eventDate\":\"2027-03-01T12:00:00Z\"},"
        "{\"eventAction\":\"registration\",\"eventDate\":\"2020-03-01T12:00:00Z\"},{\"eventAction\":3}],"
        "\"entities\":[{\"roles\":[\"abuse\"]},{\"roles\":[\"registrar\"],\"vcardArray\":[\"vcard\","
        "[[\"version\",{},\"text\",\"4.0\"],[\"fn\",{},\"text\",\"Example Registrar\"]]]}],"
        "\"nameservers\":[{\"ldhName\":\"NS1.DNS.EXAMPLE\"},{}]}";

    (void)state;
    assert_true(rdap_read(arena, str_of(text), &r, &err));
    assert_true(r.found);
    assert_int_equal(r.expires_s, 1803902400);
    assert_str(r.registrar, "Example Registrar");
    assert_int_equal(r.status.n, 2);
    assert_str(r.status.v[1], "server hold");
    assert_int_equal(r.name_servers.n, 1);
    assert_str(r.name_servers.v[0], "ns1.dns.example");
    assert_int_equal(r.at_s, 7);
    assert_false(rdap_read(arena, STR("{\"objectClassName\":\"ip network\"}"), &r, &err));
    assert_false(rdap_read(arena, STR("<html>"), &r, &err));
    assert_int_equal(err.kind, ERR_PARSE);
    arena_free(arena);
}

static void the_registry_of_a_domain(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    static const char list[] =
        "{\"services\":[[[\"com\",\"net\"],[\"http://old.example/\",\"https://one.example/com\"]],"
        "[[\"uk\"],[\"https://uk.example/\"]],[[\"co.uk\"],[\"https://co.example/\"]],[[3],[4]],7]}";
    static const struct {
        const char *domain, *url;
    } rows[] = {{"shop.com", "https://one.example/com/"},
                {"shop.co.uk", "https://co.example/"},
                {"shop.org.uk", "https://uk.example/"},
                {"shop.example", ""},
                {"com", ""}};
    struct str url;
    struct err err;

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_true(rdap_server_of(arena, str_of(list), str_of(rows[i].domain), &url, &err));
        assert_str(url, rows[i].url);
    }
    assert_false(rdap_server_of(arena, STR("[]"), STR("shop.com"), &url, &err));
    assert_str(rdap_registrable(arena, STR("a.b.shop.co.uk")), "shop.co.uk");
    assert_str(rdap_registrable(arena, STR("founder.github.io")), "github.io");
    assert_str(rdap_registrable(arena, STR("co.uk")), "");
    arena_free(arena);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(an_answer_with_its_flags),
        WITH_SERVER(outcomes_stay_apart),
        WITH_SERVER(silence_is_a_timeout_after_three_tries),
        WITH_SERVER(one_lost_packet_is_asked_again),
        WITH_SERVER(lies_are_dropped),
        WITH_SERVER(a_cut_answer_comes_over_tcp),
        WITH_SERVER(sixty_four_kib_of_txt),
        WITH_SERVER(tcp_that_breaks_off_or_answers_something_else),
        WITH_SERVER(without_edns_where_it_is_not_known),
        WITH_SERVER(broken_answers_are_failures),
        WITH_SERVER(aliases_are_followed_in_the_answer),
        WITH_SERVER(no_address_and_no_name),
        WITH_SERVER(names_that_dns_cannot_hold),
        WITH_SERVER(waiting_can_be_interrupted),
        WITH_SERVER(facts_survive_a_recording),
        WITH_SERVER(terminal_escapes_stay_in_the_value),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(a_zone_file_in_master_format),
        cmocka_unit_test(zone_files_that_are_none),
        cmocka_unit_test(a_registration),
        cmocka_unit_test(the_registry_of_a_domain),
    };

    return cmocka_run_group_tests_name("dns facts", tests, NULL, NULL);
}
