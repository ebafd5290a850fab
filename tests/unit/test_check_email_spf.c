/* SPF as an owner must see it, from DNS facts written by hand. */
#include "test.h"

#include "dns_world.h"

#define ZONE                                                                                                           \
    "$TTL 300\n@ SOA ns1.dns.example. host.shop.example. 7 7200 3600 1209600 300\n"                                    \
    "@ 3600 NS ns1.dns.example.\n@ A 203.0.113.10\n@ MX 10 mx.mail.example.\n"
#define ZONE_WITHOUT_MX                                                                                                \
    "$TTL 300\n@ SOA ns1.dns.example. host.shop.example. 7 7200 3600 1209600 300\n"                                    \
    "@ 3600 NS ns1.dns.example.\n@ A 203.0.113.10\n"
#define PROVIDERS                                                                                                      \
    "_spf.one.example. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"                                                         \
    "_spf.two.example. TXT \"v=spf1 include:_spf.one.example ip6:2001:db8::/32 -all\"\n"                               \
    "none.example. TXT \"something else\"\n"

struct row {
    const char *why, *id, *zone;
    enum status want;
    const char *title;    /* part of it */
    const char *record;   /* the record to paste; NULL: not looked at, "": none */
    const char *asked[4]; /* names that are not there */
};

static const struct row rows[] = {
    {"good", "email.spf", ZONE PROVIDERS "@ TXT \"v=spf1 include:_spf.one.example ~all\"\n", PASS, "", ""},
    {"none, and nobody known", "email.spf", ZONE, FAIL, "no SPF record", "v=spf1 mx ~all"},
    {"none, and no mail", "email.spf", ZONE_WITHOUT_MX, FAIL, "no SPF record", "v=spf1 -all"},
    {"several", "email.spf",
     ZONE PROVIDERS "@ TXT \"v=spf1 include:_spf.one.example -all\"\n@ TXT \"v=spf1 ip4:192.0.2.7 ~all\"\n", FAIL,
     "2 SPF records", "v=spf1 include:_spf.one.example ip4:192.0.2.7 -all"},
    {"a look-alike only", "email.spf", ZONE "@ TXT \"v=spf1; ip4:192.0.2.7 ~all\"\n", FAIL, "no SPF record", NULL},
    {"an address that is none", "email.spf",
     ZONE PROVIDERS "@ TXT \"v=spf1 ip4:192.0.2.300 include:_spf.one.example -all\"\n", FAIL, "is broken",
     "v=spf1 include:_spf.one.example -all"},
    {"an include without a record", "email.spf",
     ZONE PROVIDERS "@ TXT \"v=spf1 include:_spf.one.example include:none.example -all\"\n", FAIL, "broken",
     "v=spf1 include:_spf.one.example -all"},
    {"ptr", "email.spf", ZONE PROVIDERS "@ TXT \"v=spf1 ptr include:_spf.one.example -all\"\n", WARN, "not all of it",
     "v=spf1 include:_spf.one.example -all"},
    {"few look-ups", "email.spf-lookups", ZONE PROVIDERS "@ TXT \"v=spf1 include:_spf.two.example ~all\"\n", PASS, "",
     ""},
    {"eleven look-ups", "email.spf-lookups",
     ZONE PROVIDERS "@ TXT \"v=spf1 include:_spf.two.example include:_spf.two.example include:_spf.two.example "
                    "include:_spf.two.example include:_spf.two.example a -all\"\n",
     FAIL, "needs 11 DNS look-ups", NULL},
    {"nine look-ups", "email.spf-lookups", ZONE "@ TXT \"v=spf1 a a a a a a a a a -all\"\n", WARN, "spends 9 of 10",
     NULL},
    {"no record to count", "email.spf-lookups", ZONE, NOT_APPLICABLE, "no single SPF record", NULL},
    {"hosts that are gone",
     "email.spf-void",
     ZONE "@ TXT \"v=spf1 a:o1.shop.example a:o2.shop.example a:o3.shop.example a -all\"\n",
     FAIL,
     "3 SPF terms lead",
     "v=spf1 a -all",
     {"o1.shop.example", "o2.shop.example", "o3.shop.example"}},
    {"one host that is gone",
     "email.spf-void",
     ZONE "@ TXT \"v=spf1 a:o1.shop.example a -all\"\n",
     WARN,
     "1 SPF term leads",
     "v=spf1 a -all",
     {"o1.shop.example"}},
    {"an IPv4-only host", "email.spf-void", ZONE "@ TXT \"v=spf1 a -all\"\n", PASS, "", ""},
    {"everybody", "email.spf-all", ZONE "@ TXT \"v=spf1 a +all\"\n", FAIL, "lets everybody", "v=spf1 a ~all"},
    {"everybody by a range", "email.spf-all", ZONE "@ TXT \"v=spf1 a ip4:0.0.0.0/0 ~all\"\n", FAIL, "lets everybody",
     "v=spf1 a ~all"},
    {"no opinion", "email.spf-all", ZONE "@ TXT \"v=spf1 a ?all\"\n", FAIL, "ends in ?all", "v=spf1 a ~all"},
    {"no end", "email.spf-all", ZONE "@ TXT \"v=spf1 a\"\n", FAIL, "ends in no all", "v=spf1 a ~all"},
};

static const struct dns_fix *record_of(const struct dns_world *w)
{
    for (size_t i = 0; i < w->out.n; i++)
        for (size_t r = 0; r < w->out.v[i]->n_records; r++)
            if (!w->out.v[i]->records[r].remove)
                return &w->out.v[i]->records[r];
    return NULL;
}

static void try_row(const struct row *row)
{
    struct dns_world w;

    dns_world_begin(&w);
    w.zone_text = row->zone;
    for (size_t i = 0; i < N_OF(row->asked); i++)
        w.asked[i] = row->asked[i];
    dns_world_put(&w);
    enum status got = dns_world_run(&w, row->id);
    if (got != row->want)
        fail_msg("%s: %s, wanted %s: %.*s", row->why, status_word(got), status_word(row->want),
                 STR_ARG(w.out.v[0]->title));
    if (!str_has(w.out.v[0]->title, str_of(row->title)))
        fail_msg("%s: says %.*s", row->why, STR_ARG(w.out.v[0]->title));
    const struct dns_fix *record = record_of(&w);
    if (row->record && *row->record && !record)
        fail_msg("%s: no record to paste", row->why);
    if (row->record && record)
        assert_str(record->value, row->record);
    dns_world_end(&w);
}

static void judges_the_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        try_row(&rows[i]);
}

/* Nothing is known of who sends while the MX records are not seen: "-all" to paste would refuse the shop's own mail. */
static void no_record_without_the_mx(void **state)
{
    struct dns_world w;

    (void)state;
    dns_world_begin(&w);
    w.zone_text = ZONE;
    w.silent[0] = "MX shop.example";
    dns_world_put(&w);
    assert_int_equal(dns_world_run(&w, "email.spf"), FAIL);
    assert_null(record_of(&w));
    assert_int_equal(w.out.v[0]->severity, SEV_CRITICAL);
    dns_world_end(&w);
}

/* With any one answer missing no check turns from pass to fail or back. */
static void what_is_not_seen_is_not_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        for (size_t nth = 1 + i;; nth += N_OF(rows)) { /* all of them over the rows */
            struct dns_world w;
            dns_world_begin(&w);
            w.zone_text = rows[i].zone;
            w.fail_nth = nth;
            for (size_t a = 0; a < N_OF(rows[i].asked); a++)
                w.asked[a] = rows[i].asked[a];
            dns_world_put(&w);
            enum status got = dns_world_run(&w, rows[i].id);
            bool was_bad = rows[i].want == FAIL || rows[i].want == WARN, is_bad = got == FAIL || got == WARN;
            size_t n_put = w.n_put;
            if (is_bad && !was_bad)
                fail_msg("%s: without fact %zu it fails: %.*s", rows[i].why, nth, STR_ARG(w.out.v[0]->title));
            if (got == PASS && was_bad)
                fail_msg("%s: without fact %zu it passes", rows[i].why, nth);
            dns_world_end(&w);
            if (nth >= n_put)
                break;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_the_record),
        cmocka_unit_test(no_record_without_the_mx),
        cmocka_unit_test(what_is_not_seen_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
