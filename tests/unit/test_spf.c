/* The SPF engine: evaluation. The public suites are in tests/conformance. */
#include "test.h"

#include <stdlib.h>

#include "mail/spf_inside.h"
#include "mail_zone.h"

struct world {
    struct arena *arena;
    struct mail_zone *zone;
    struct mail_resolver dns;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->arena = arena_new(ARENA_MB(64));
    w->zone = mail_zone_new(w->arena);
    w->dns = mail_zone_resolver(w->zone);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    arena_free(w->arena);
    free(w);
    return 0;
}

static struct spf_verdict check(struct world *w, const char *ip, const char *mail_from, const char *helo)
{
    struct spf_question q = {.ip = str_of(ip),
                             .mail_from = str_of(mail_from),
                             .helo = str_of(helo),
                             .default_explanation = STR("DEFAULT"),
                             .now_s = 1764000000};
    struct spf_verdict v;

    spf_check(w->arena, &w->dns, &q, &v);
    return v;
}

#define assert_result(verdict, wanted) assert_string_equal(spf_result_word((verdict).result), wanted)

static const char shop[] =
    "shop.example TXT v=spf1 ip4:192.0.2.1 a:www.shop.example include:_spf.sender.example mx -all\n"
    "www.shop.example A 192.0.2.2\n"
    "_spf.sender.example TXT v=spf1 include:one.sender.example include:two.sender.example ~all\n"
    "one.sender.example TXT v=spf1 ip4:198.51.100.0/24 ~all\n"
    "two.sender.example TXT v=spf1 ip4:203.0.113.0/24 ip6:2001:db8:5::/48 ~all\n"
    "shop.example MX 10 mx.shop.example\n"
    "mx.shop.example A 192.0.2.3\n"
    "mx.shop.example AAAA 2001:db8::3\n";

static void tree_says_what_was_reached(void **state)
{
    struct world *w = *state;

    mail_zone_add_lines(w->zone, shop);
    struct spf_verdict v = check(w, "203.0.113.7", "anna@shop.example", "x.example");
    assert_result(v, "pass");
    assert_str(v.domain, "shop.example");
    assert_int_equal(v.look_ups, 4);
    assert_int_equal(v.void_look_ups, 0);
    assert_str(v.reason, "include:_spf.sender.example in the record of shop.example, there "
                         "include:two.sender.example, there ip4:203.0.113.0/24: the client's address is inside");
    struct spf_node *top = v.tree, *sender = top->terms[2].record;
    assert_int_equal(top->n_terms, 5);
    assert_int_equal(top->look_ups, 4);
    assert_false(top->terms[0].matched);
    assert_true(top->terms[1].reached);
    assert_int_equal(top->terms[1].look_ups, 1);
    assert_str(top->terms[1].note, "its address is 192.0.2.2");
    assert_true(top->terms[2].matched);
    assert_int_equal(top->terms[2].look_ups, 3);
    assert_int_equal(top->terms[2].result, SPF_PASS);
    assert_false(top->terms[3].reached);
    assert_false(top->terms[4].reached);
    assert_str(sender->domain, "_spf.sender.example");
    assert_int_equal(sender->terms[0].result, SPF_SOFTFAIL);
    assert_false(sender->terms[0].matched);
    assert_true(sender->terms[1].matched);
    assert_true(sender->terms[1].record->terms[0].matched);
    assert_false(sender->terms[1].record->terms[2].reached);
}

static void the_eleventh_look_up(void **state)
{
    struct world *w = *state;

    mail_zone_add_lines(w->zone, "shop.example TXT v=spf1 a a a a a a a a a a a -all\nshop.example A 192.0.2.2");
    struct spf_verdict v = check(w, "192.0.2.9", "anna@shop.example", "x.example");
    assert_result(v, "permerror");
    assert_str(v.reason, "a: the eleventh term that looks something up; ten are allowed");
    assert_int_equal(mail_zone_count(w->zone), 11); /* the record, and ten times the address */
}

static void questions(void **state)
{
    static const struct {
        const char *why, *ip, *mail_from, *helo, *wanted;
    } rows[] = {
        {"IPv4", "192.0.2.1", "a@shop.example", "x.example", "pass"},
        {"IPv4 in IPv6", "::ffff:192.0.2.1", "a@shop.example", "x.example", "pass"},
        {"IPv6 of the MX", "2001:db8::3", "a@shop.example", "x.example", "pass"},
        {"another", "192.0.2.200", "a@shop.example", "x.example", "fail"},
        {"no sender: the HELO name", "192.0.2.1", "", "shop.example", "pass"},
        {"no sender, HELO is no domain", "192.0.2.1", "", "laptop", "none"},
        {"HELO is an address", "192.0.2.1", "", "[192.0.2.1]", "none"},
        {"without a local part", "192.0.2.1", "@shop.example", "x.example", "pass"},
        {"a domain alone", "192.0.2.1", "shop.example", "x.example", "pass"},
        {"final dot", "192.0.2.1", "a@shop.example.", "x.example", "pass"},
        {"any case", "192.0.2.1", "a@SHOP.Example", "x.example", "pass"},
        {"quoted @", "192.0.2.1", "\"a@b\"@shop.example", "x.example", "pass"},
        {"empty label", "192.0.2.1", "a@shop..example", "x.example", "none"},
        {"no domain", "192.0.2.1", "a@", "x.example", "none"},
        {"nothing published", "192.0.2.1", "a@www.shop.example", "x.example", "none"},
        {"IDN", "192.0.2.1",
         "a@b\xc3\xbc"
         "cher.example",
         "x.example", "softfail"},
        {"not UTF-8", "192.0.2.1", "a@b\xff.example", "x.example", "none"},
        {"not an address", "192.0.2.256", "a@shop.example", "x.example", "none"},
    };
    struct world *w = *state;

    mail_zone_add_lines(w->zone, shop);
    mail_zone_add_lines(w->zone, "xn--bcher-kva.example TXT v=spf1 ~all");
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct spf_verdict v = check(w, rows[i].ip, rows[i].mail_from, rows[i].helo);
        if (strcmp(spf_result_word(v.result), rows[i].wanted) != 0)
            fail_msg("%s: %s (%.*s)", rows[i].why, spf_result_word(v.result), STR_ARG(v.reason));
        assert_true(v.reason.n > 0);
        assert_true((v.tree != NULL) == (v.result != SPF_NONE));
    }
}

/* Records that can be read, and such that cannot. */
static void grammar(void **state)
{
    static const char *const good[] = {
        "v=spf1",
        "V=SPF1   -ALL ",
        "v=spf1 A/24//64 MX//64 +a:b.example/0 ~mx:b.example//0",
        "v=spf1 ip4:192.0.2.0/0 ip4:192.0.2.1/32 ip6:2001:db8::/128 ip6:::ffff:192.0.2.1/96",
        "v=spf1 a:%{d} a:%{l1r-}.b.example exists:%{ir}.%{v}.%{p2}._spf.%{d2} ?all",
        "v=spf1 a:b.example. a:1b.xn--p1ai a:%%a.b-c.d1 a:%{d128R.-+,/_=} exists:%{d9999} ptr ptr:b.example",
        "v=spf1 x=%{d}%_ y.z-1_=a/b:c= redirect=%{d}.b.example exp=e.b.example",
        "v=spf1 a:foo:bar/baz.example exp=b.example -all x=",
    };
    static const char *const bad[] = {"a/33",
                                      "a//129",
                                      "a/024",
                                      "a//00",
                                      "a/24/64",
                                      "a/",
                                      "a//",
                                      "a:",
                                      "a:/24",
                                      "a:b",
                                      "a:b.",
                                      "a:b.123",
                                      "a:b.-c",
                                      "a:b.c-",
                                      "a:111.222.33.44",
                                      "a:b.example:80",
                                      "mx:",
                                      "mx/33",
                                      "ptr:",
                                      "ptr/0",
                                      "ptr:b.example/0",
                                      "include",
                                      "include:",
                                      "include:b.example/24",
                                      "exists",
                                      "exists:",
                                      "exists:b.c/24",
                                      "ip4",
                                      "ip4:",
                                      "ip4:192.0.2",
                                      "ip4:1.2.3.04",
                                      "ip4:1.2.3.4/33",
                                      "ip4:1.2.3.4/032",
                                      "ip4:1.2.3.4//8",
                                      "ip4:1.2.3.4/",
                                      "ip4/24",
                                      "ip6:",
                                      "ip6:1.2.3.4",
                                      "ip6:2001:db8",
                                      "ip6:::/129",
                                      "ip6:::1%eth0",
                                      "ip6:[::1]",
                                      "all.",
                                      "all:b",
                                      "all/8",
                                      "=all",
                                      "--all",
                                      "+",
                                      "?",
                                      "moo",
                                      "redirect:b.c",
                                      "exp:b.c",
                                      "redirect=",
                                      "exp=",
                                      "exp=-all",
                                      "redirect=b",
                                      "a:%",
                                      "a:%x.b.c",
                                      "a:%{d",
                                      "a:%{}",
                                      "a:%{a}.b.c",
                                      "a:%{d0}.b.c",
                                      "a:%{dr2}",
                                      "a:%{d~}",
                                      "a:%{c}",
                                      "exp=%{r}.b.c",
                                      "x=%{t}",
                                      "x=%",
                                      "1x=y",
                                      "a:b\x01.c",
                                      "a:\xc3\xbc.c.d",
                                      "ip4:192.0.2.1,ip4:1.2.3.4",
                                      "v=spf1",
                                      "exp=a.b exp=c.d",
                                      "redirect=a.b redirect=a.b"};
    struct world *w = *state;
    struct spf_record record;

    for (size_t i = 0; i < N_OF(good); i++) {
        spf_record_parse(w->arena, str_of(good[i]), &record);
        if (record.n_problems)
            fail_msg("%s: %.*s", good[i], STR_ARG(spf_record_problem(w->arena, &record)));
    }
    for (size_t i = 0; i < N_OF(bad); i++) {
        spf_record_parse(w->arena, str_fmt(w->arena, "v=spf1 ip4:192.0.2.1 -all %s", bad[i]), &record);
        if (record.n_problems != 1 && strcmp(bad[i], "v=spf1") != 0) /* that one is a modifier: v */
            fail_msg("%s: %zu problems", bad[i], record.n_problems);
    }
    spf_record_parse(w->arena, str_n("v=spf1 ip4:1.2.3.4\0 all\t", 24), &record);
    assert_int_equal(record.n_problems, 2);
    assert_int_equal(record.parts[0].at, 7);
    assert_int_equal(record.parts[1].at, 20);
    spf_record_parse(w->arena, STR("v=spf1 a:192.0.2.1"), &record);
    assert_str(spf_record_problem(w->arena, &record),
               "a:192.0.2.1: an address where a name belongs: write ip4: before an address");
}

static void is_record(void **state)
{
    (void)state;
    assert_true(spf_is_record(STR("v=spf1")));
    assert_true(spf_is_record(STR("V=Spf1 ")));
    assert_false(spf_is_record(STR("v=spf1;")));
    assert_false(spf_is_record(STR("v=spf10 -all")));
    assert_false(spf_is_record(STR(" v=spf1 -all")));
    assert_false(spf_is_record(STR("v=spf1\t-all")));
    assert_false(spf_is_record(STR("v=spf")));
    assert_false(spf_is_record(STR_NONE));
}

/* RFC 7208 section 7.4, and the ends of the transformers. */
static void macros(void **state)
{
    static const char *const rows[][2] = {
        {"%{s}", "strong-bad@email.example.com"},
        {"%{o}", "email.example.com"},
        {"%{d}", "email.example.com"},
        {"%{d4}", "email.example.com"},
        {"%{d3}", "email.example.com"},
        {"%{d2}", "example.com"},
        {"%{d1}", "com"},
        {"%{dr}", "com.example.email"},
        {"%{d2r}", "example.email"},
        {"%{l}", "strong-bad"},
        {"%{l-}", "strong.bad"},
        {"%{lr}", "strong-bad"},
        {"%{lr-}", "bad.strong"},
        {"%{l1r-}", "strong"},
        {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
        {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
        {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
        {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
        {"a%%b%_c%-d", "a%b c%20d"},
        {"%{S}", "strong-bad%40email.example.com"},
        {"%{d999999999999}", "email.example.com"},
        {"%{D1R}", "email"},
    };
    struct world *w = *state;
    struct spf_values v = {.of = {['s' - 'a'] = STR("strong-bad@email.example.com"),
                                  ['l' - 'a'] = STR("strong-bad"),
                                  ['o' - 'a'] = STR("email.example.com"),
                                  ['d' - 'a'] = STR("email.example.com"),
                                  ['i' - 'a'] = STR("192.0.2.3"),
                                  ['v' - 'a'] = STR("in-addr")}};
    struct str out, longest;
    const char *why;

    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_true(spf_macro_check(str_of(rows[i][0]), SPF_IN_STRING, &why));
        assert_true(spf_macro_expand(w->arena, str_of(rows[i][0]), &v, 1000, &out));
        assert_str(out, rows[i][1]);
    }
    assert_false(spf_macro_expand(w->arena, STR("%{p}"), &v, 1000, &out)); /* not known */
    assert_false(spf_macro_expand(w->arena, STR("%{d}%{d}"), &v, 20, &out));
    /* Section 7.3: cut from the left, label by label, to 253. */
    v.of['d' - 'a'] = longest = str_fmt(w->arena, "%0250d.%060d.b.example", 0, 0);
    assert_true(spf_macro_domain(w->arena, STR("%{d}."), &v, &out));
    assert_true(str_eq(out, str_from(longest, 251)));
    v.of['d' - 'a'] = longest = str_fmt(w->arena, "%063d.%063d.%063d.%061d", 0, 0, 0, 0);
    assert_int_equal(longest.n, 253);
    assert_true(spf_macro_domain(w->arena, STR("%{d}"), &v, &out));
    assert_true(str_eq(out, longest) && spf_name_fits(out));
    v.of['d' - 'a'] = str_fmt(w->arena, "%0254d", 0);
    assert_true(spf_macro_domain(w->arena, STR("%{d}"), &v, &out));
    assert_false(spf_name_fits(out));
}

static void explanations(void **state)
{
    static const struct {
        const char *why, *text, *wanted;
    } rows[] = {
        {"macros", "%{i} is not one of %{d}'s: see http://%{d}/?s=%{S} %{h} %{r} %{c} %{t} %{v} %{p}",
         "192.0.2.9 is not one of shop.example's: see http://shop.example/?s=a%40shop.example mx.other.example "
         "unknown 192.0.2.9 1764000000 in-addr unknown"},
        {"not US-ASCII",
         "M\xc3\xbc"
         "ll",
         "DEFAULT"},
        {"a control character", "a\tb", "DEFAULT"},
        {"a broken macro", "%{d", "DEFAULT"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        struct mail_zone *zone = mail_zone_new(w->arena);
        mail_zone_add_lines(zone, "shop.example TXT v=spf1 -all exp=why.shop.example");
        mail_zone_add(zone, "why.shop.example", "TXT", str_of(rows[i].text));
        w->dns = mail_zone_resolver(zone);
        struct spf_verdict v = check(w, "192.0.2.9", "a@shop.example", "mx.other.example");
        assert_result(v, "fail");
        assert_str(v.explanation, rows[i].wanted);
    }
    /* What the client says of itself is kept out when it is not US-ASCII, and when it would be endless. */
    struct mail_zone *zone = mail_zone_new(w->arena);
    w->dns = mail_zone_resolver(zone);
    mail_zone_add_lines(zone, "shop.example TXT v=spf1 -all exp=why.shop.example\nwhy.shop.example TXT %{h}%{h}%{h}");
    assert_str(check(w, "192.0.2.9", "a@shop.example", "\x1b[31m").explanation, "DEFAULT");
    char *endless = arena_alloc(w->arena, 5001);
    memset(endless, 'x', 5000);
    assert_str(check(w, "192.0.2.9", "a@shop.example", endless).explanation, "DEFAULT");
}

/* RFC 8616 section 4: such a local part matches no term that uses it. */
static void foreign_local_part(void **state)
{
    struct world *w = *state;

    mail_zone_add_lines(w->zone, "shop.example TXT v=spf1 exists:%{l}.shop.example a:x.shop.example ~all\n"
                                 "x.shop.example A 192.0.2.1");
    mail_zone_add_lines(w->zone, "upper.example TXT v=spf1 exists:%{L}.upper.example ~all\n"
                                 "j%C3%BCrgen.upper.example A 127.0.0.2");
    assert_result(check(w, "192.0.2.9", "j\xc3\xbcrgen@upper.example", "h.example"), "softfail");
    assert_result(check(w, "192.0.2.9", "x@shop.example", "h.example"), "pass");
    assert_result(check(w, "192.0.2.9", "j\xc3\xbcrgen@shop.example", "h.example"), "softfail");
    assert_result(check(w, "192.0.2.1", "j\xc3\xbcrgen@shop.example", "h.example"), "pass");
}

/* Each look-up in turn fails: what was pass is pass or temperror, never "there is none". */
static void failures_are_not_absence(void **state)
{
    static const char zone[] = "shop.example TXT v=spf1 a:a.shop.example mx exists:%{i}.e.shop.example "
                               "include:i.shop.example redirect=r.shop.example\n"
                               "a.shop.example A 192.0.2.1\nshop.example MX 10 mx.shop.example\n"
                               "mx.shop.example A 192.0.2.2\n192.0.2.3.e.shop.example A 127.0.0.2\n"
                               "e.shop.example A 127.0.0.1\n"
                               "i.shop.example TXT v=spf1 include:j.shop.example a:k.shop.example -all\n"
                               "j.shop.example TXT v=spf1 ip4:192.0.2.4 -all\nk.shop.example A 192.0.2.5\n"
                               "r.shop.example TXT v=spf1 a:s.shop.example -all\ns.shop.example A 192.0.2.6\n";
    static const char *const clients[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"};
    struct world *w = *state;

    mail_zone_add_lines(w->zone, zone);
    for (size_t c = 0; c < N_OF(clients); c++) {
        size_t before = mail_zone_count(w->zone);
        assert_result(check(w, clients[c], "a@shop.example", "h.example"), "pass");
        size_t n = mail_zone_count(w->zone) - before;
        for (size_t i = 1; i <= n; i++) {
            mail_zone_fail_nth(w->zone, i);
            struct spf_verdict v = check(w, clients[c], "a@shop.example", "h.example");
            if (v.result != SPF_TEMPERROR)
                fail_msg("%s: look-up %zu fails: %s", clients[c], i, spf_result_word(v.result));
            assert_true(str_has(v.reason, STR("no answer in time")));
        }
    }
}

/* The exception that section 5.5 makes: names of the client that cannot be looked up do not match. */
static void failing_names_do_not_match(void **state)
{
    struct world *w = *state;

    mail_zone_add_lines(w->zone, "shop.example TXT v=spf1 ptr ~all\n1.2.0.192.in-addr.arpa PTR mx.shop.example\n"
                                 "mx.shop.example A 192.0.2.1");
    assert_result(check(w, "192.0.2.1", "a@shop.example", "h.example"), "pass");
    for (size_t i = 2; i <= 3; i++) {
        mail_zone_fail_nth(w->zone, i);
        struct spf_verdict v = check(w, "192.0.2.1", "a@shop.example", "h.example");
        assert_result(v, "softfail");
        assert_true(str_has(v.tree->terms[0].note, STR("could not be looked up")));
    }
}

static void void_look_ups(void **state)
{
    struct world *w = *state;

    mail_zone_add_lines(w->zone,
                        "shop.example TXT v=spf1 a:x.example exists:y.example mx:z.example ip4:192.0.2.1 -all\n"
                        "two.example TXT v=spf1 a:x.example mx:shop.example ip4:192.0.2.1 -all\n"
                        "shop.example MX 10 none.example\nshop.example MX 20 never.example");
    struct spf_verdict v = check(w, "192.0.2.1", "a@shop.example", "h.example");
    assert_result(v, "permerror");
    assert_int_equal(v.void_look_ups, 3);
    v = check(w, "192.0.2.1", "a@two.example", "h.example");
    assert_result(v, "pass"); /* one term, however many of its MX hosts have no address (section 4.6.4) */
    assert_int_equal(v.void_look_ups, 2);
    assert_int_equal(v.tree->terms[1].void_look_ups, 1);
}

static void ten_thousand_records(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 10000; i++)
        mail_zone_add(w->zone, "shop.example", "TXT", STR("v=spf2; -all"));
    mail_zone_add_lines(w->zone, "shop.example TXT v=spf1 ip4:192.0.2.1 -all");
    assert_result(check(w, "192.0.2.1", "a@shop.example", "h.example"), "pass");
    struct spf_survey survey;
    spf_survey(w->arena, &w->dns, STR("shop.example"), STR_NONE, &survey);
    assert_true(survey.exists && survey.records.n == 1);
    assert_true(survey.n_flaws <= SPF_FLAWS_MOST);
    assert_false(spf_survey_is_permerror(&survey));
}

/* Section 5.4: the hosts in order of preference, whatever order the answer has; the first that matches decides. */
static void mx_hosts_in_order(void **state)
{
    struct world *w = *state;

    mail_zone_add_lines(w->zone, "shop.example TXT v=spf1 mx -all\nshop.example MX 30 three.example\n"
                                 "shop.example MX 10 one.example\nshop.example MX 20 two.example\n"
                                 "one.example A 192.0.2.1\ntwo.example A 192.0.2.2\nthree.example A TIMEOUT");
    assert_result(check(w, "192.0.2.1", "a@shop.example", "h.example"), "pass");
    assert_int_equal(mail_zone_count(w->zone), 3);
    assert_result(check(w, "192.0.2.2", "a@shop.example", "h.example"), "pass");
    assert_result(check(w, "192.0.2.3", "a@shop.example", "h.example"), "temperror");
}

/* A record of 64 KiB, of thousands of terms, of one endless macro: an answer, and soon. */
static void huge_records(void **state)
{
    static const char *const fill[] = {"a ", "%", "%{d}", "ip4:192.0.2.1 ", "include:shop.example ", "x=", " ", "\xff"};
    struct world *w = *state;

    for (size_t f = 0; f < N_OF(fill); f++) {
        struct mail_zone *zone = mail_zone_new(w->arena);
        size_t n = 65535, unit = strlen(fill[f]);
        char *text = arena_alloc(w->arena, n + 1);
        struct str head = STR("v=spf1 a:");
        memcpy(text, head.p, head.n);
        for (size_t i = 9; i < n; i++)
            text[i] = fill[f][(i - 9) % unit];
        mail_zone_add(zone, "shop.example", "TXT", str_n(text, n));
        w->dns = mail_zone_resolver(zone);
        struct spf_verdict v = check(w, "192.0.2.1", "a@shop.example", "h.example");
        assert_true(v.result == SPF_PERMERROR || v.result == SPF_NEUTRAL);
        assert_true(mail_zone_count(zone) <= 12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tree_says_what_was_reached, setup, teardown),
        cmocka_unit_test_setup_teardown(the_eleventh_look_up, setup, teardown),
        cmocka_unit_test_setup_teardown(questions, setup, teardown),
        cmocka_unit_test_setup_teardown(grammar, setup, teardown),
        cmocka_unit_test(is_record),
        cmocka_unit_test_setup_teardown(macros, setup, teardown),
        cmocka_unit_test_setup_teardown(explanations, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_local_part, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_are_not_absence, setup, teardown),
        cmocka_unit_test_setup_teardown(failing_names_do_not_match, setup, teardown),
        cmocka_unit_test_setup_teardown(void_look_ups, setup, teardown),
        cmocka_unit_test_setup_teardown(ten_thousand_records, setup, teardown),
        cmocka_unit_test_setup_teardown(mx_hosts_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(huge_records, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
