/* Merging SPF records: nothing lost, the right place, the cost afterwards. */
#include "test.h"

#include "mail/provider.h"
#include "mail/spf_merge.h"
#include "mail_zone.h"

static struct arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_new(ARENA_MB(64));
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void slips_are_put_right(void **state)
{
    static const struct {
        const char *record, *want;
    } rows[] = {
        {"v=spf1 include: a.example ~all", "v=spf1 include:a.example ~all"},
        {"v=spf1 include a.example ~all", "v=spf1 include:a.example ~all"},
        {"v=spf1 include=a.example ~all", "v=spf1 include:a.example ~all"},
        {"v=spf1 include:a.example, include:b.example; ~all;", "v=spf1 include:a.example include:b.example ~all"},
        {"v=spf1 include:a.example,include:b.example ~all", "v=spf1 include:a.example include:b.example ~all"},
        {"v=spf1 include:a.example~all", "v=spf1 include:a.example ~all"},
        {"v=spf1 include:a.exampleinclude:b.example -all", "v=spf1 include:a.example include:b.example -all"},
        {"v=spf1 ipv4:192.0.2.1 ip:2001:db8::1 -all", "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"},
        {"v=spf1 ip4:2001:db8::/32 ip6:192.0.2.0/24 -all", "v=spf1 ip6:2001:db8::/32 ip4:192.0.2.0/24 -all"},
        {"v=spf1 a:192.0.2.1 mx:192.0.2.2 192.0.2.3 -all", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 -all"},
        {"v=spf1 ip4: 192.0.2.1, 192.0.2.2 -all", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all"},
        {"v=spf1 mx ~ all", "v=spf1 mx ~all"},
        {"v=spf1 mx \xe2\x80\x93"
         "all",
         "v=spf1 mx -all"},
        {"v=spf1 mx -all -all", "v=spf1 mx -all"},
        {"v=spf1 mx +all", "v=spf1 mx ~all"},
        {"v=spf1 mx all", "v=spf1 mx ~all"},
        {"v=spf1 mx", "v=spf1 mx ~all"},
        {"v=spf1", "v=spf1 ~all"},
        {"v=spf1 -all mx", "v=spf1 -all"},
        {"v=spf1 mx redirect:a.example", "v=spf1 mx redirect=a.example"},
        {"v=spf1 mx redirect=a.example -all", "v=spf1 mx -all"},
        {"v=spf1 _spf.a.example ~all", "v=spf1 include:_spf.a.example ~all"},
        {"v=spf1 who.example ~all", "v=spf1 who.example ~all"},
        {"v=spf1 include: ~all", "v=spf1 include: ~all"},
        {"v=spf1 v=spf1 mx ~all", "v=spf1 mx ~all"},
        {"v=spf1  +a  ?mx/24 -ip4:192.0.2.0/24 exp=e.example x=y ~all",
         "v=spf1 +a ?mx/24 -ip4:192.0.2.0/24 exp=e.example x=y ~all"},
        {"v=spf1 exists:%{l1r-,;}.a.example -all", "v=spf1 exists:%{l1r-,;}.a.example -all"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct str got = spf_mend(arena, str_of(rows[i].record));
        if (!str_eq(got, str_of(rows[i].want)))
            fail_msg("%s: %.*s", rows[i].record, STR_ARG(got));
        assert_str(spf_mend(arena, got), str_cstr(arena, got)); /* once is enough */
    }
    char *big = arena_alloc(arena, 5000);
    memset(big, 'a', 5000);
    assert_int_equal(spf_mend(arena, str_n(big, 5000)).n, 0);
}

static void texts_are_merged(void **state)
{
    static const struct {
        const char *why, *one, *two, *terms, *want;
    } rows[] = {
        {"none before", NULL, NULL, "include:a.example", "v=spf1 include:a.example ~all"},
        {"before all", "v=spf1 mx -all", NULL, "include:a.example", "v=spf1 mx include:a.example -all"},
        {"already there", "v=spf1 include:a.example -all", NULL, "include:a.example", "v=spf1 include:a.example -all"},
        {"there in another case", "v=spf1 Include:A.example -all", NULL, "include:a.example",
         "v=spf1 Include:A.example -all"},
        {"there with its plus", "v=spf1 +include:a.example ~all", NULL, "include:a.example",
         "v=spf1 +include:a.example ~all"},
        {"another qualifier is another term", "v=spf1 ?include:a.example ~all", NULL, "include:a.example",
         "v=spf1 ?include:a.example include:a.example ~all"},
        {"before a redirect", "v=spf1 mx redirect=b.example", NULL, "include:a.example",
         "v=spf1 mx include:a.example redirect=b.example"},
        {"no end", "v=spf1 mx", NULL, "include:a.example", "v=spf1 mx include:a.example ~all"},
        {"exp stays, at the end", "v=spf1 exp=e.example mx -all", NULL, "ip4:192.0.2.1",
         "v=spf1 mx ip4:192.0.2.1 -all exp=e.example"},
        {"what is not known stays", "v=spf1 a x-tag=1 -all", NULL, "include:a.example",
         "v=spf1 a include:a.example -all x-tag=1"},
        {"terms after all are not lost", "v=spf1 -all a", NULL, "", "v=spf1 a -all"},
        {"two records, the stricter end", "v=spf1 include:a.example ~all", "v=spf1 include:b.example -all", "",
         "v=spf1 include:a.example include:b.example -all"},
        {"two records, the same term once", "v=spf1 mx ~all", "v=spf1 mx a ~all", "", "v=spf1 mx a ~all"},
        {"two records, one redirects", "v=spf1 redirect=r.example", "v=spf1 a -all", "", "v=spf1 a -all"},
        {"the provider's own all is not taken", "v=spf1 a ~all", NULL, "include:a.example -all",
         "v=spf1 a include:a.example ~all"},
        {"the provider's all where there was none", NULL, NULL, "include:a.example -all",
         "v=spf1 include:a.example -all"},
        {"several spaces", "v=spf1   a   -all  ", NULL, "", "v=spf1 a -all"},
        {"a CIDR with an equals sign in a macro", "v=spf1 exists:%{i}._x=y.example -all", NULL, "",
         "v=spf1 exists:%{i}._x=y.example -all"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct str_list records = {0};
        if (rows[i].one)
            str_list_add(arena, &records, str_of(rows[i].one));
        if (rows[i].two)
            str_list_add(arena, &records, str_of(rows[i].two));
        struct str got = spf_merge_text(arena, &records, str_of(rows[i].terms));
        if (!str_eq(got, str_of(rows[i].want)))
            fail_msg("%s: got \"%.*s\"", rows[i].why, STR_ARG(got));
        struct str_list again = {0};
        str_list_add(arena, &again, got);
        if (!str_eq(spf_merge_text(arena, &again, str_of(rows[i].terms)), got))
            fail_msg("%s: a second merge changes it", rows[i].why);
    }
}

static void long_records_are_split_within_their_spaces(void **state)
{
    struct str record = STR("v=spf1");

    (void)state;
    for (int i = 0; i < 40; i++)
        record = str_fmt(arena, "%.*s ip4:192.0.2.%d", STR_ARG(record), i);
    record = str_fmt(arena, "%.*s -all", STR_ARG(record));
    struct str split = spf_split(arena, record), joined = STR_NONE, rest = split;
    size_t n = 0;
    while (rest.p) {
        struct str before = str_cut(&rest, '"');
        (void)before;
        if (!rest.p)
            break;
        struct str inside = str_cut(&rest, '"');
        assert_in_range(inside.n, 1, 255);
        joined = str_fmt(arena, "%.*s%.*s", STR_ARG(joined), STR_ARG(inside));
        n++;
    }
    assert_true(n > 1);
    assert_true(str_eq(joined, record));
    assert_str(spf_split(arena, STR("v=spf1 -all")), "\"v=spf1 -all\"");
}

static bool aligns(const void *context, struct str target)
{
    const struct provider *p = provider_by_spf(providers_builtin(), target);

    (void)context;
    return !p || !p->include_wasted;
}

static struct mail_resolver zone(void)
{
    struct mail_zone *z = mail_zone_new(arena);

    mail_zone_add_lines(z, "_spf.google.com TXT v=spf1 include:n1.google.com include:n2.google.com ~all\n"
                           "n1.google.com TXT v=spf1 ip4:192.0.2.0/24 ~all\n"
                           "n2.google.com TXT v=spf1 ip4:198.51.100.0/24 ~all\n"
                           "spf.mtasv.net TXT v=spf1 ip4:203.0.113.0/24 ~all\n"
                           "sendgrid.net TXT v=spf1 include:ab.sendgrid.net ~all\n"
                           "ab.sendgrid.net TXT v=spf1 ip4:203.0.113.7 ~all\n"
                           "big.example TXT v=spf1 a:a1.example a:a2.example a:a3.example a:a4.example -all\n"
                           "a1.example A 192.0.2.1\na2.example A 192.0.2.2\na3.example A 192.0.2.3\n"
                           "a4.example A 192.0.2.4\n");
    return mail_zone_resolver(z);
}

static void the_cost_is_that_of_the_merged_record(void **state)
{
    struct mail_resolver dns = zone();
    struct str_list records = {0};
    struct spf_merge m;

    (void)state;
    str_list_add(arena, &records, STR("v=spf1 include:_spf.google.com ~all"));
    spf_merge(arena, &dns, STR("shop.example"), &records, STR("include:big.example"), aligns, NULL, &m);
    assert_str(m.record, "v=spf1 include:_spf.google.com include:big.example ~all");
    assert_int_equal(m.look_ups, 8);
    assert_true(m.changed && m.look_ups_known && !m.over && !m.several && !m.long_string);
    assert_int_equal(m.n_drops, 0);
    assert_int_equal(m.shorter.n, 0);
}

static void past_ten_it_says_what_to_drop(void **state)
{
    struct mail_resolver dns = zone();
    struct str_list records = {0};
    struct spf_merge m;

    (void)state;
    str_list_add(arena, &records,
                 STR("v=spf1 include:_spf.google.com include:spf.mtasv.net include:sendgrid.net ~all"));
    spf_merge(arena, &dns, STR("shop.example"), &records, STR("include:big.example"), aligns, NULL, &m);
    assert_int_equal(m.look_ups, 11);
    assert_true(m.over);
    assert_int_equal(m.n_drops, 4);
    assert_str(m.drops[0].target, "sendgrid.net");
    assert_int_equal(m.drops[0].saves, 2);
    assert_true(m.drops[0].wasted && m.drops[1].wasted && !m.drops[2].wasted);
    assert_str(m.drops[1].target, "spf.mtasv.net");
    assert_str(m.drops[2].target, "big.example");
    assert_str(m.shorter, "v=spf1 include:_spf.google.com include:big.example ~all");
    assert_int_equal(m.shorter_look_ups, 8);
}

static void what_is_not_seen_is_a_lower_bound(void **state)
{
    struct mail_zone *z = mail_zone_new(arena);
    struct mail_resolver dns;
    struct str_list none = {0};
    struct spf_merge m;

    (void)state;
    mail_zone_add(z, "slow.example", "TXT", STR("TIMEOUT"));
    dns = mail_zone_resolver(z);
    spf_merge(arena, &dns, STR("shop.example"), &none, STR("include:slow.example"), aligns, NULL, &m);
    assert_false(m.look_ups_known);
    assert_true(m.changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_merged),
        cmocka_unit_test(slips_are_put_right),
        cmocka_unit_test(long_records_are_split_within_their_spaces),
        cmocka_unit_test(the_cost_is_that_of_the_merged_record),
        cmocka_unit_test(past_ten_it_says_what_to_drop),
        cmocka_unit_test(what_is_not_seen_is_a_lower_bound),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
