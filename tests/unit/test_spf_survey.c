/* The SPF engine: what an owner is told about a record. */
#include "test.h"

#include <jansson.h>

#include "mail/spf_inside.h"
#include "mail_zone.h"

#define HOSTS "a.example A 192.0.2.1\na.example AAAA 2001:db8::1\nb.example A 192.0.2.2\nb.example AAAA 2001:db8::2\n"

#define IP5 "ip4:192.0.2.1/32 " IP4 IP4 IP4 IP4
#define IP4 "ip4:192.0.2.44 "

static struct spf_survey survey_of(struct arena *arena, struct mail_zone *zone)
{
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct spf_survey s;

    spf_survey(arena, &dns, STR("shop.example"), STR_NONE, &s);
    return s;
}

struct row {
    const char *why;
    const char *record, *others; /* lines of the zone */
    enum spf_flaw_kind kind;
    bool always;
    const char *domain, *term; /* NULL: none */
    const char *text;          /* a part of it */
};

static const struct row rows[] = {
    {"a broken term", "v=spf1 ip4:192.0.2.300 -all", "", SPF_FLAW_SYNTAX, true, "shop.example", "ip4:192.0.2.300",
     "not an IPv4 address"},
    {"a broken term after all", "v=spf1 -all moo", "", SPF_FLAW_SYNTAX, true, "shop.example", "moo",
     "no such mechanism"},
    {"a broken record that is included", "v=spf1 include:i.example -all", "i.example TXT v=spf1 a: -all",
     SPF_FLAW_SYNTAX, true, "i.example", "a:", "the domain is empty"},
    {"two redirects", "v=spf1 redirect=i.example redirect=i.example", "i.example TXT v=spf1 -all", SPF_FLAW_SYNTAX,
     true, "shop.example", "redirect=i.example", "only once"},
    {"two records", "v=spf1 -all", "shop.example TXT v=spf1 mx -all", SPF_FLAW_SEVERAL, true, "shop.example", NULL,
     "2 SPF records"},
    {"an include of two records", "v=spf1 include:i.example -all",
     "i.example TXT v=spf1 -all\ni.example TXT v=spf1 ~all", SPF_FLAW_SEVERAL, true, "shop.example",
     "include:i.example", "i.example has several"},
    {"eleven look-ups",
     "v=spf1 a:a.example a:a.example a:a.example a:a.example a:a.example a:a.example a:a.example "
     "a:a.example a:a.example a:a.example include:i.example -all",
     HOSTS "i.example TXT v=spf1 ip4:192.0.2.7 -all", SPF_FLAW_LOOK_UPS, true, "shop.example", "include:i.example",
     "11 look-ups"},
    {"the eleventh is inside an include", "v=spf1 include:i.example a:b.example -all",
     HOSTS "i.example TXT v=spf1 a:a.example a:a.example a:a.example a:a.example a:a.example a:a.example a:a.example "
           "a:a.example a:a.example a:b.example ~all",
     SPF_FLAW_LOOK_UPS, true, "i.example", "a:b.example", "12 look-ups"},
    {"the eleventh lets nobody pass",
     "v=spf1 ip4:192.0.2.7 a:a.example a:a.example a:a.example a:a.example a:a.example "
     "a:a.example a:a.example a:a.example a:a.example a:a.example -exists:a.example -all",
     HOSTS, SPF_FLAW_LOOK_UPS, false, "shop.example", "-exists:a.example", "11 look-ups"},
    {"three that lead to nothing", "v=spf1 a:x.example mx:y.example exists:z.example ip4:192.0.2.1 -all", "",
     SPF_FLAW_VOID, true, "shop.example", "exists:z.example", "3 look-ups lead to nothing,"},
    {"three without IPv6", "v=spf1 a:x.example a:y.example a:z.example -all",
     "x.example A 192.0.2.1\ny.example A 192.0.2.2\nz.example A 192.0.2.3", SPF_FLAW_VOID, false, "shop.example",
     "a:z.example", "from an IPv6 address"},
    {"eleven MX hosts", "v=spf1 mx:a.example -all",
     "a.example MX 1 m1.example\na.example MX 1 m2.example\na.example MX 1 m3.example\na.example MX 1 m4.example\n"
     "a.example MX 1 m5.example\na.example MX 1 m6.example\na.example MX 1 m7.example\na.example MX 1 m8.example\n"
     "a.example MX 1 m9.example\na.example MX 1 m10.example\na.example MX 1 m11.example\n",
     SPF_FLAW_NAMES, true, "shop.example", "mx:a.example", "11 MX records"},
    {"an include of itself", "v=spf1 include:shop.example -all", "", SPF_FLAW_LOOP, true, "shop.example",
     "include:shop.example", "comes back"},
    {"a longer loop", "v=spf1 include:i.example -all",
     "i.example TXT v=spf1 include:j.example -all\nj.example TXT v=spf1 redirect=SHOP.example", SPF_FLAW_LOOP, true,
     "j.example", "redirect=SHOP.example", "comes back"},
    {"an include of nothing", "v=spf1 include:i.example -all", "i.example A 192.0.2.1", SPF_FLAW_NO_RECORD, true,
     "shop.example", "include:i.example", "i.example has no SPF record"},
    {"an include of no domain", "v=spf1 include:i.example -all", "", SPF_FLAW_NO_RECORD, true, "shop.example",
     "include:i.example", "i.example does not exist"},
    {"a redirect to nothing", "v=spf1 redirect=_spf.%{d}", "", SPF_FLAW_NO_RECORD, true, "shop.example",
     "redirect=_spf.%{d}", "_spf.shop.example does not exist"},
    {"an include that cannot be a name", "v=spf1 include:i..example -all", "", SPF_FLAW_NO_RECORD, true, "shop.example",
     "include:i..example", "cannot be a domain"},
    {"everybody", "v=spf1 all", "", SPF_FLAW_PASS_ALL, false, "shop.example", "all", "every machine"},
    {"every address", "v=spf1 ip4:0.0.0.0/0 -all", "", SPF_FLAW_PASS_ALL, false, "shop.example", "ip4:0.0.0.0/0",
     "good part of the internet"},
    {"half of them", "v=spf1 ip4:128.0.0.0/1 -all", "", SPF_FLAW_PASS_ALL, false, "shop.example", "ip4:128.0.0.0/1",
     "good part of the internet"},
    {"every IPv6 address", "v=spf1 ip6:2000::/3 -all", "", SPF_FLAW_PASS_ALL, false, "shop.example", "ip6:2000::/3",
     "good part of the internet"},
    {"everybody, included", "v=spf1 include:i.example -all", "i.example TXT v=spf1 +all", SPF_FLAW_PASS_ALL, false,
     "i.example", "+all", "every machine"},
    {"nothing said", "v=spf1 ip4:192.0.2.1 ?all", "", SPF_FLAW_NEUTRAL_ALL, false, "shop.example", "?all",
     "says nothing"},
    {"no end", "v=spf1 ip4:192.0.2.1", "", SPF_FLAW_NO_ALL, false, "shop.example", NULL, "without \"all\""},
    {"no end behind a redirect", "v=spf1 redirect=i.example", "i.example TXT v=spf1 ip4:192.0.2.1", SPF_FLAW_NO_ALL,
     false, "i.example", NULL, "without \"all\""},
    {"ptr", "v=spf1 ptr -all", "", SPF_FLAW_PTR, false, "shop.example", "ptr", "obsolete"},
    {"the macro p", "v=spf1 exists:%{p}.shop.example -all", "", SPF_FLAW_PTR, false, "shop.example",
     "exists:%{p}.shop.example", "macro p"},
    {"after all", "v=spf1 -all ip4:192.0.2.1", "", SPF_FLAW_AFTER_ALL, false, "shop.example", "ip4:192.0.2.1",
     "never looked at"},
    {"redirect beside all", "v=spf1 redirect=i.example -all", "i.example TXT v=spf1 -all", SPF_FLAW_DEAD_REDIRECT,
     false, "shop.example", "redirect=i.example", "never followed"},
    {"twice", "v=spf1 include:i.example include:I.example -all", "i.example TXT v=spf1 ip4:192.0.2.1 -all",
     SPF_FLAW_REPEATED, false, "shop.example", "include:I.example", "more than once"},
    {"twice, one inside", "v=spf1 include:i.example include:j.example -all",
     "i.example TXT v=spf1 include:j.example -all\nj.example TXT v=spf1 ip4:192.0.2.1 -all", SPF_FLAW_REPEATED, false,
     "i.example", "include:j.example", "more than once"},
    {"a semicolon", "v=spf1; include:i.example; -all", "", SPF_FLAW_LOOKALIKE, false, "shop.example", NULL,
     "looks like an SPF record"},
    {"no version", "spf1 -all", "", SPF_FLAW_LOOKALIKE, false, "shop.example", NULL, "looks like"},
    {"a version that never was", "v=spf2.0 -all", "", SPF_FLAW_LOOKALIKE, false, "shop.example", NULL, "looks like"},
    {"in quotation marks", "\"v=spf1 -all\"", "", SPF_FLAW_LOOKALIKE, false, "shop.example", NULL, "looks like"},
    {"beside the record", "v=spf1 -all", "shop.example TXT v=spf1,-all", SPF_FLAW_LOOKALIKE, false, "shop.example",
     NULL, "\"v=spf1,-all\""},
    {"long", "v=spf1 " IP5 IP5 IP5 IP5 IP5 IP5 IP5 IP5 "-all", "", SPF_FLAW_LONG, false, "shop.example", NULL,
     "627 octets"},
    {"joined", "v=spf1 include:i.exampleinclude:j.example -all", "", SPF_FLAW_GLUED, false, "shop.example",
     "include:i.exampleinclude:j.example", "\"include:i.example\" and \"include:j.example\""},
    {"joined to the end", "v=spf1 ip4:192.0.2.1-all", "", SPF_FLAW_GLUED, false, "shop.example", "ip4:192.0.2.1-all",
     "\"ip4:192.0.2.1\" and \"-all\""},
    {"an equals sign", "v=spf1 include=i.example -all", "", SPF_FLAW_IGNORED, false, "shop.example",
     "include=i.example", "ignored by everybody"},
    {"an address of nobody", "v=spf1 a:x.example -all", "", SPF_FLAW_VOID_TERM, false, "shop.example", "a:x.example",
     "x.example has no address"},
    {"an MX of nobody", "v=spf1 mx -all", "", SPF_FLAW_VOID_TERM, false, "shop.example", "mx",
     "shop.example has no MX record"},
};

static const struct spf_flaw *find_flaw(const struct spf_survey *s, enum spf_flaw_kind kind)
{
    for (size_t i = 0; i < s->n_flaws; i++)
        if (s->flaws[i].kind == kind)
            return &s->flaws[i];
    return NULL;
}

static void judge_row(const struct row *row)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct mail_zone *zone = mail_zone_new(arena);

    mail_zone_add(zone, "shop.example", "TXT", str_of(row->record));
    mail_zone_add_lines(zone, row->others);
    struct spf_survey s = survey_of(arena, zone);
    const struct spf_flaw *flaw = find_flaw(&s, row->kind);
    if (!flaw) {
        fail_msg("%s: not found among %zu flaws", row->why, s.n_flaws);
        return;
    }
    if (flaw->always_permerror != row->always)
        fail_msg("%s: always_permerror is %d", row->why, flaw->always_permerror);
    if (!str_has(flaw->text, str_of(row->text)))
        fail_msg("%s: %.*s", row->why, STR_ARG(flaw->text));
    assert_str(flaw->domain, row->domain);
    assert_str(flaw->term, row->term ? row->term : "");
    if (row->term && !strcmp(row->domain, "shop.example"))
        assert_true(str_starts(str_from(str_of(row->record), flaw->at), str_of(row->term)));
    assert_int_equal(s.unseen.n, 0);
    arena_free(arena);
}

static void flaws(void **state)
{
    bool covered[SPF_FLAW_N] = {false};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        judge_row(&rows[i]);
        covered[rows[i].kind] = true;
    }
    for (size_t k = 0; k < SPF_FLAW_N; k++)
        if (!covered[k])
            fail_msg("no row for flaw %zu", k);
}

/* Character-strings are joined as they are: two terms become one where neither string has the space. */
static void strings_without_a_space(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct mail_zone *zone = mail_zone_new(arena);
    json_t *data =
        json_pack("{s:[{s:[s, s]}]}", "shop.example", "TXT", "v=spf1 include:i.example", "ip4:192.0.2.1 -all");

    (void)state;
    mail_zone_add_suite(zone, data);
    json_decref(data);
    struct spf_survey s = survey_of(arena, zone);
    const struct spf_flaw *flaw = find_flaw(&s, SPF_FLAW_GLUED);
    assert_non_null(flaw);
    assert_str(flaw->term, "include:i.exampleip4:192.0.2.1");
    assert_true(str_has(flaw->text, STR("\"include:i.example\" and \"ip4:192.0.2.1\"")));
    assert_true(str_has(flaw->text, STR("strings are joined")));
    assert_true(spf_survey_is_permerror(&s)); /* a top-level label of digits */
    arena_free(arena);
}

/* Records without a flaw; what only resembles one. */
static void no_false_alarm(void **state)
{
    static const char *const good[] = {
        "v=spf1 -all",
        "v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 a:a.example ~all",
        "v=spf1 include:i.example -all exp=e.example",
        "v=spf1 redirect=i.example",
        "v=spf1 include:i.example redirect=j.example",
        "v=spf1 -ip4:0.0.0.0/1 -include:k.example ~all",
        "v=spf1 exists:%{i}._spf.%{d} -all",
        "v=spf1 a:c.d a:c.d a:c.d a:c.d a:c.d a:c.d a:c.d a:c.d a:c.d a:c.d -all",
        "v=spf1 mx/24 a:b.example//64 -all",
        "v=spf1 include:theirs.example -all", /* what others do in their records is theirs */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(good); i++) {
        struct arena *arena = arena_new(ARENA_MB(8));
        struct mail_zone *zone = mail_zone_new(arena);
        mail_zone_add(zone, "shop.example", "TXT", str_of(good[i]));
        mail_zone_add_lines(zone, HOSTS "c.d A 192.0.2.7\nc.d AAAA 2001:db8::7\ni.example TXT v=spf1 ip4:192.0.2.1 "
                                        "-all\nj.example TXT v=spf1 ~all\n"
                                        "k.example TXT v=spf1 +all\nshop.example MX 10 a.example\n"
                                        "theirs.example TXT v=spf1 a:a.example a:none.example ptr ?all\n"
                                        "shop.example TXT some-verification=v1\nshop.example TXT spf is not here");
        struct spf_survey s = survey_of(arena, zone);
        if (s.n_flaws)
            fail_msg("%s: %.*s", good[i], STR_ARG(s.flaws[0].text));
        assert_false(spf_survey_is_permerror(&s));
        assert_true(s.exists);
        assert_str(s.record, good[i]);
        arena_free(arena);
    }
}

static const char tree_zone[] =
    "shop.example TXT v=spf1 a:a.example include:i.example mx include:j.example ~all\n"
    "shop.example MX 10 a.example\n" HOSTS "i.example TXT v=spf1 include:k.example include:l.example ~all\n"
    "j.example TXT v=spf1 a:b.example a:x.example -all\n"
    "k.example TXT v=spf1 ip4:192.0.2.1 ~all\n"
    "l.example TXT v=spf1 redirect=m.example\n"
    "m.example TXT v=spf1 exists:%{i}.m.example ip4:192.0.2.9 ~all\n";

static void costs(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct mail_zone *zone = mail_zone_new(arena);

    (void)state;
    mail_zone_add_lines(zone, tree_zone);
    struct spf_survey s = survey_of(arena, zone);
    const struct spf_term *t = s.tree->terms;
    assert_int_equal(s.look_ups, 10);
    assert_int_equal(s.tree->look_ups, 10);
    assert_int_equal(t[0].look_ups, 1);
    assert_int_equal(t[1].look_ups, 5);
    assert_int_equal(t[2].look_ups, 1);
    assert_int_equal(t[3].look_ups, 3);
    assert_int_equal(t[4].look_ups, 0);
    assert_int_equal(t[1].record->terms[0].look_ups, 1);
    assert_int_equal(t[1].record->terms[1].look_ups, 3);
    assert_int_equal(t[1].record->terms[1].record->terms[0].record->look_ups, 1);
    assert_int_equal(s.void_look_ups, 2); /* x.example, and %{i}.m.example for most clients */
    assert_int_equal(t[3].void_look_ups, 1);
    assert_int_equal(t[3].record->terms[1].void_look_ups, 1);
    assert_str(s.ending, "~all");
    assert_str(t[2].target, "shop.example");
    assert_str(t[1].record->terms[1].record->terms[0].record->terms[0].target, "");
    /* Five records besides the own; A and AAAA of a, b and x; one MX. */
    assert_int_equal(mail_zone_count(zone), 1 + 5 + 6 + 1);
    arena_free(arena);
}

/* Each look-up in turn fails: it is said, and nothing is called absent because of it. */
static void failures_are_not_absence(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 13; n++) {
        struct arena *arena = arena_new(ARENA_MB(8));
        struct mail_zone *zone = mail_zone_new(arena);
        mail_zone_add_lines(zone, tree_zone);
        mail_zone_add_lines(zone, "x.example A 192.0.2.4\nx.example AAAA 2001:db8::4");
        mail_zone_fail_nth(zone, n);
        struct spf_survey s = survey_of(arena, zone);
        if (!str_has(s.unseen, STR("no answer in time")))
            fail_msg("look-up %zu: not said", n);
        if (s.n_flaws)
            fail_msg("look-up %zu: %.*s", n, STR_ARG(s.flaws[0].text));
        assert_true(s.exists == (n > 1));
        arena_free(arena);
    }
}

/* What could not be looked up may let somebody pass: over the limit is sure, broken for everybody is not. */
static void unseen_is_not_broken(void **state)
{
    static const char *const table[] = {"a:x.example", "include:x.example", "mx:x.example"};

    (void)state;
    for (size_t i = 0; i < N_OF(table); i++) {
        struct arena *arena = arena_new(ARENA_MB(8));
        struct mail_zone *zone = mail_zone_new(arena);
        struct str record = str_fmt(arena, "v=spf1 %s", table[i]);
        for (int n = 0; n < 10; n++)
            record = str_fmt(arena, "%.*s -exists:a.example", STR_ARG(record));
        mail_zone_add(zone, "shop.example", "TXT", record);
        mail_zone_add_lines(zone, HOSTS "x.example TIMEOUT it");
        struct spf_survey s = survey_of(arena, zone);
        assert_non_null(find_flaw(&s, SPF_FLAW_LOOK_UPS));
        assert_false(spf_survey_is_permerror(&s));
        assert_true(s.unseen.n > 0);
        arena_free(arena);
    }
}

/* A resolver with a clock: an answer comes so and so long after the question was first put. */
struct slow {
    struct mail_resolver inner;
    struct arena *arena;
    struct {
        struct str key;
        unsigned at;
    } asked[64];
    size_t n;
    unsigned now;
};

static unsigned put(struct slow *s, struct str name, enum dns_type type)
{
    struct str key = str_fmt(s->arena, "%.*s %d", STR_ARG(name), (int)type);

    for (size_t i = 0; i < s->n; i++)
        if (str_eq_nocase(s->asked[i].key, key))
            return s->asked[i].at;
    assert_true(s->n < N_OF(s->asked));
    s->asked[s->n].key = key;
    s->asked[s->n++].at = s->now;
    return s->now;
}

static void slow_want(void *context, struct str name, enum dns_type type)
{
    (void)put(context, name, type);
}

static void slow_look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    struct slow *s = context;
    unsigned at = put(s, name, type) + 20;

    if (at > s->now)
        s->now = at;
    mail_look(&s->inner, arena, name, type, ret);
}

static void look_ups_overlap(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct mail_zone *zone = mail_zone_new(arena);
    struct slow slow = {.inner = mail_zone_resolver(zone), .arena = arena};
    struct mail_resolver dns = {.look = slow_look, .want = slow_want, .context = &slow};
    struct spf_survey s;

    (void)state;
    mail_zone_add_lines(zone, tree_zone);
    spf_survey(arena, &dns, STR("shop.example"), STR_NONE, &s);
    assert_int_equal(s.look_ups, 10);
    assert_int_equal(slow.now, 4 * 20); /* the depth of the tree, not its 13 look-ups */
    assert_int_equal(slow.n, mail_zone_count(zone));

    slow.n = slow.now = 0;
    struct spf_question q = {.ip = STR("192.0.2.77"), .mail_from = STR("a@shop.example"), .helo = STR("h.example")};
    struct spf_verdict v;
    spf_check(arena, &dns, &q, &v);
    assert_int_equal(v.result, SPF_SOFTFAIL);
    assert_true(slow.now <= 7 * 20); /* 12 look-ups */
    /* A client that the record names is passed after one. */
    slow.n = slow.now = 0;
    mail_zone_add_lines(zone, "own.example TXT v=spf1 ip4:192.0.2.77 include:i.example mx -all");
    q.mail_from = STR("a@own.example");
    spf_check(arena, &dns, &q, &v);
    assert_int_equal(v.result, SPF_PASS);
    assert_int_equal(slow.n, 1);
    arena_free(arena);
}

/* Trees that grow at each level, and loops: a bound on what they cost. */
static void hostile_trees(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(64));
    struct mail_zone *zone = mail_zone_new(arena);

    (void)state;
    mail_zone_add_lines(zone, "shop.example TXT v=spf1 include:0.example include:1.example a:0.example -all");
    for (int i = 0; i < 200; i++) {
        struct str text = STR("v=spf1");
        for (int j = 1; j <= 40; j++)
            text = str_fmt(arena, "%.*s include:%d.example a:a%d.example", STR_ARG(text), (i * 7 + j * 13) % 200, j);
        mail_zone_add(zone, str_fmt(arena, "%d.example", i).p, "TXT", text);
    }
    struct spf_survey s = survey_of(arena, zone);
    assert_true(mail_zone_count(zone) <= 1 + SPF_SURVEY_RECORDS_MOST + 2 * SPF_SURVEY_TARGETS_MOST);
    assert_true(s.look_ups > 100);
    assert_true(spf_survey_is_permerror(&s));
    assert_true(str_has(s.unseen, STR("too large")));
    assert_true(arena_used_bytes(arena) < 24u * 1024 * 1024);
    arena_free(arena);
}

/* A merge is tried before it is published: no look-up for the record itself. */
static void given_record(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct spf_survey s;

    (void)state;
    mail_zone_add_lines(zone, tree_zone);
    spf_survey(arena, &dns, STR("shop.example"), STR("v=spf1 include:i.example include:shop.example -all"), &s);
    assert_int_equal(mail_zone_count(zone), 4); /* i, k, l and m */
    assert_non_null(find_flaw(&s, SPF_FLAW_LOOP));
    spf_survey(arena, &dns, STR("shop.example"), STR("v=spf1 include:i.example include:j.example -all"), &s);
    assert_int_equal(s.n_flaws, 0);
    assert_int_equal(s.look_ups, 8);
    arena_free(arena);
}

static void endings(void **state)
{
    static const char *const table[][2] = {{"v=spf1 -all", "-all"},
                                           {"v=spf1 ALL", "+all"},
                                           {"v=spf1 ?all redirect=i.example", "?all"},
                                           {"v=spf1 redirect=i.example", "~all"},
                                           {"v=spf1 redirect=x.example", ""},
                                           {"v=spf1", ""}};

    (void)state;
    for (size_t i = 0; i < N_OF(table); i++) {
        struct arena *arena = arena_new(ARENA_MB(8));
        struct mail_zone *zone = mail_zone_new(arena);
        mail_zone_add(zone, "shop.example", "TXT", str_of(table[i][0]));
        mail_zone_add_lines(zone, "i.example TXT v=spf1 redirect=j.example\nj.example TXT v=spf1 ~all");
        assert_str(survey_of(arena, zone).ending, table[i][1]);
        arena_free(arena);
    }
}

/* Behind an include that always matches, and after all, nothing hurts any more. */
static void what_is_never_reached(void **state)
{
    static const char *const table[] = {
        "v=spf1 -all include:x.example", "v=spf1 include:k.example include:x.example include:bad.example -all",
        "v=spf1 +all redirect=x.example", "v=spf1 include:n.example include:x.example -all"};

    (void)state;
    for (size_t i = 0; i < N_OF(table); i++) {
        struct arena *arena = arena_new(ARENA_MB(8));
        struct mail_zone *zone = mail_zone_new(arena);
        mail_zone_add(zone, "shop.example", "TXT", str_of(table[i]));
        mail_zone_add_lines(zone, "k.example TXT v=spf1 +all\nbad.example TXT v=spf1 moo\n"
                                  "n.example TXT v=spf1 include:k.example -all");
        struct spf_survey s = survey_of(arena, zone);
        if (spf_survey_is_permerror(&s))
            fail_msg("%s", table[i]);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flaws),
        cmocka_unit_test(no_false_alarm),
        cmocka_unit_test(costs),
        cmocka_unit_test(given_record),
        cmocka_unit_test(look_ups_overlap),
        cmocka_unit_test(hostile_trees),
        cmocka_unit_test(endings),
        cmocka_unit_test(what_is_never_reached),
        cmocka_unit_test(failures_are_not_absence),
        cmocka_unit_test(unseen_is_not_broken),
        cmocka_unit_test(strings_without_a_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
