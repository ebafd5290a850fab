/* The tree walk of RFC 9989 section 4.10, its appendix B.4, alignment, and what RFC 7489 receivers do otherwise. */
#include "mail/dmarc.h"
#include "mail_zone.h"
#include "test.h"

/* For one author domain: where the policy stands, which applies, the organisational domain. */
static const struct walk {
    const char *why, *zone, *domain;
    bool missing; /* the domain does not exist */
    const char *policy_at, *applies, *organisation;
    const char *difference; /* words of the sentence about RFC 7489; "" none */
} walks[] = {
    {"its own record", "_dmarc.shop.example TXT v=DMARC1; p=reject", "shop.example", false, "shop.example", "p reject",
     "shop.example", ""},
    {"final dot and capitals", "_dmarc.shop.example TXT v=DMARC1; p=reject", "Shop.Example.", false, "shop.example",
     "p reject", "shop.example", ""},
    {"the organisation's, for a subdomain", "_dmarc.shop.example TXT v=DMARC1; p=reject", "mail.shop.example", false,
     "shop.example", "p reject", "shop.example", ""},
    {"none at all", "www.shop.example A 192.0.2.1", "shop.example", false, "", "p none", "shop.example", ""},
    {"several are none", "_dmarc.shop.example TXT v=DMARC1; p=reject\n_dmarc.shop.example TXT v=DMARC1; p=none",
     "shop.example", false, "", "p none", "shop.example", ""},
    {"several at the author's: the walk goes on (4.10.1); RFC 7489 stops",
     "_dmarc.mail.shop.example TXT v=DMARC1; p=reject\n_dmarc.mail.shop.example TXT v=DMARC1; p=quarantine\n"
     "_dmarc.shop.example TXT v=DMARC1; p=none; sp=quarantine",
     "mail.shop.example", false, "shop.example", "sp quarantine", "shop.example",
     "find no record for mail.shop.example"},
    {"several in between: the walk goes on",
     "_dmarc.b.shop.example TXT v=DMARC1; p=reject; psd=n\n_dmarc.b.shop.example TXT v=DMARC1; p=none\n"
     "_dmarc.shop.example TXT v=DMARC1; p=quarantine",
     "a.b.shop.example", false, "shop.example", "p quarantine", "shop.example", ""},
    {"other texts are none", "_dmarc.mail.shop.example TXT some text\n_dmarc.shop.example TXT v=DMARC1; p=quarantine",
     "mail.shop.example", false, "shop.example", "p quarantine", "shop.example", ""},
    {"a version in small letters is none", "_dmarc.shop.example TXT v=dmarc1; p=reject", "shop.example", false, "",
     "p none", "shop.example", ""},
    {"psd=n in between is the organisation",
     "_dmarc.b.shop.example TXT v=DMARC1; p=reject; psd=n\n_dmarc.shop.example TXT v=DMARC1; p=none",
     "a.b.shop.example", false, "b.shop.example", "p reject", "b.shop.example",
     "apply the record at shop.example (none)"},
    {"psd=n on the author's own",
     "_dmarc.mail.shop.example TXT v=DMARC1; p=reject; psd=n\n"
     "_dmarc.shop.example TXT v=DMARC1; p=reject",
     "mail.shop.example", false, "mail.shop.example", "p reject", "mail.shop.example", "For alignment"},
    {"the fewest labels win, not those in between",
     "_dmarc.b.shop.example TXT v=DMARC1; p=none\n_dmarc.shop.example TXT v=DMARC1; p=reject", "a.b.shop.example",
     false, "shop.example", "p reject", "shop.example", ""},
    {"only in between: RFC 7489 does not see it", "_dmarc.b.shop.example TXT v=DMARC1; p=reject", "a.b.shop.example",
     false, "b.shop.example", "p reject", "b.shop.example", "find no record for a.b.shop.example"},
    {"nothing above: its own organisation (4.10.2)", "_dmarc.mail.shop.example TXT v=DMARC1; p=reject",
     "mail.shop.example", false, "mail.shop.example", "p reject", "mail.shop.example",
     "take shop.example for the organisational domain"},
    {"a name that the list has as a suffix", "_dmarc.blogspot.com TXT v=DMARC1; p=reject", "alice.blogspot.com", false,
     "blogspot.com", "p reject", "blogspot.com", "find no record"},
    {"B.4.2: a deep name",
     "_dmarc.example.com TXT v=DMARC1; p=reject\n"
     "_dmarc.signing.example.com TXT v=DMARC1; p=reject",
     "a.b.c.d.e.f.g.h.i.j.k.example.com", false, "example.com", "p reject", "example.com", ""},
    {"B.4.3: below a public suffix with psd=y",
     "_dmarc.bank.example TXT v=DMARC1; p=reject; psd=y\n_dmarc.giant.bank.example TXT v=DMARC1; p=quarantine",
     "giant.bank.example", false, "giant.bank.example", "p quarantine", "giant.bank.example", "take bank.example"},
    {"the suffix's policy is not used beside an own one",
     "_dmarc.example TXT v=DMARC1; p=reject; psd=y\n_dmarc.foo.example TXT v=DMARC1; p=none", "foo.example", false,
     "foo.example", "p none", "foo.example", ""},
    {"the suffix's policy, with sp", "_dmarc.bank.example TXT v=DMARC1; p=reject; sp=quarantine; psd=y",
     "mail.giant.bank.example", false, "bank.example", "sp quarantine", "giant.bank.example", "take bank.example"},
    {"the suffix as author", "_dmarc.bank.example TXT v=DMARC1; p=reject; sp=none; psd=y", "bank.example", false,
     "bank.example", "p reject", "bank.example", ""},
    {"np of a suffix", "_dmarc.gov.example TXT v=DMARC1; p=reject; sp=none; np=reject; psd=y", "fake.gov.example", true,
     "gov.example", "np reject", "fake.gov.example", "do not know np"},
    {"np for what does not exist", "_dmarc.shop.example TXT v=DMARC1; p=reject; sp=none; np=quarantine",
     "sub.shop.example", true, "shop.example", "np quarantine", "shop.example", "by sp: none, not quarantine"},
    {"sp for what exists", "_dmarc.shop.example TXT v=DMARC1; p=reject; sp=none; np=quarantine", "sub.shop.example",
     false, "shop.example", "sp none", "shop.example", ""},
    {"np is not for the domain itself", "_dmarc.shop.example TXT v=DMARC1; p=reject; np=none", "shop.example", true,
     "shop.example", "p reject", "shop.example", ""},
    {"no np: sp", "_dmarc.shop.example TXT v=DMARC1; p=none; sp=reject", "sub.shop.example", true, "shop.example",
     "sp reject", "shop.example", ""},
    {"no np, no sp: p", "_dmarc.shop.example TXT v=DMARC1; p=quarantine", "sub.shop.example", true, "shop.example",
     "p quarantine", "shop.example", ""},
    {"np without sp, for what exists: p", "_dmarc.shop.example TXT v=DMARC1; p=quarantine; np=reject",
     "sub.shop.example", false, "shop.example", "p quarantine", "shop.example", ""},
    {"t=y", "_dmarc.shop.example TXT v=DMARC1; p=reject; t=y", "shop.example", false, "shop.example", "p reject",
     "shop.example", "apply reject in full, the others quarantine"},
    {"pct", "_dmarc.shop.example TXT v=DMARC1; p=reject; pct=0", "shop.example", false, "shop.example", "p reject",
     "shop.example", "to 0 %"},
    {"pct of none matters to nobody", "_dmarc.shop.example TXT v=DMARC1; p=none; pct=10", "shop.example", false,
     "shop.example", "p none", "shop.example", ""},
    {"a record without a policy and without rua stands in the way",
     "_dmarc.mail.shop.example TXT v=DMARC1; adkim=s\n_dmarc.shop.example TXT v=DMARC1; p=reject", "mail.shop.example",
     false, "! mail.shop.example", "p none", "shop.example", ""},
    {"without a policy, with rua", "_dmarc.shop.example TXT v=DMARC1; rua=mailto:a@shop.example", "shop.example", false,
     "shop.example", "p none", "shop.example", ""},
    {"a label that cannot exist", "_dmarc.shop.example TXT v=DMARC1; p=reject; sp=none; np=quarantine",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.shop.example", true, "shop.example",
     "np quarantine", "shop.example", "do not know np"},
    {"an address is no name", "", "[192.0.2.1]", true, "", "p none", "[192.0.2.1]", ""},
    {"an alias", "_dmarc.shop.example CNAME d.host.example\nd.host.example TXT v=DMARC1; p=reject", "shop.example",
     false, "shop.example", "p reject", "shop.example", ""},
};

static void tree_walk(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));

    (void)state;
    for (size_t i = 0; i < N_OF(walks); i++) {
        const struct walk *w = &walks[i];
        struct mail_zone *zone = mail_zone_new(arena);
        struct mail_resolver dns = mail_zone_resolver(zone);
        struct dmarc_found f;
        print_message("# %s\n", w->why);
        mail_zone_add_lines(zone, w->zone);
        dmarc_find(arena, &dns, str_of(w->domain), !w->missing, &f);
        bool unused = w->policy_at[0] == '!';
        assert_str(f.policy_at, w->policy_at + (unused ? 2 : 0));
        assert_true(f.has_record == (f.policy_at.n && !unused));
        assert_str(str_fmt(arena, "%s %s", f.applies_tag, dmarc_policy_word(f.applies)), w->applies);
        assert_str(f.organisation, w->organisation);
        assert_str(dmarc_organisation(arena, &dns, str_of(w->domain)), w->organisation);
        if (!*w->difference)
            assert_str(f.difference, "");
        else if (!str_has(f.difference, str_of(w->difference)))
            fail_msg("\"%.*s\" lacks \"%s\"", STR_ARG(f.difference), w->difference);
        assert_str(f.unseen, "");
        assert_true(f.n_steps <= DMARC_QUERIES_MOST);
    }
    arena_free(arena);
}

/* ---- the names asked, in order ---- */

static const struct sequence {
    const char *domain, *zone, *names;
} sequences[] = {
    {"a.b.c.d.e.f.g.h.i.j.k.example.com", "",
     "a.b.c.d.e.f.g.h.i.j.k.example.com g.h.i.j.k.example.com h.i.j.k.example.com i.j.k.example.com j.k.example.com "
     "k.example.com example.com com"},
    {"a.b.c.d.e.f.example.com", "",
     "a.b.c.d.e.f.example.com b.c.d.e.f.example.com c.d.e.f.example.com d.e.f.example.com e.f.example.com "
     "f.example.com example.com com"},
    {"x.a.b.c.d.e.f.example.com", "",
     "x.a.b.c.d.e.f.example.com b.c.d.e.f.example.com c.d.e.f.example.com d.e.f.example.com e.f.example.com "
     "f.example.com example.com com"},
    {"a.mail.example.com", "", "a.mail.example.com mail.example.com example.com com"},
    {"giant.bank.example", "_dmarc.bank.example TXT v=DMARC1; p=reject; psd=y", "giant.bank.example bank.example"},
    {"mail.example.com", "_dmarc.mail.example.com TXT v=DMARC1; p=reject; psd=n", "mail.example.com"},
    {"com", "", "com"},
};

static void names_asked(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));

    (void)state;
    for (size_t i = 0; i < N_OF(sequences); i++) {
        struct mail_zone *zone = mail_zone_new(arena);
        struct mail_resolver dns = mail_zone_resolver(zone);
        struct dmarc_found f;
        struct str names = STR_NONE;
        mail_zone_add_lines(zone, sequences[i].zone);
        dmarc_find(arena, &dns, str_of(sequences[i].domain), true, &f);
        for (size_t j = 0; j < f.n_steps; j++)
            names = str_fmt(arena, "%.*s%s%.*s", STR_ARG(names), j ? " " : "", STR_ARG(f.steps[j].name));
        assert_str(names, sequences[i].names);
        assert_true(f.n_steps <= DMARC_QUERIES_MOST);
    }
    arena_free(arena);
}

/* ---- alignment ---- */

static const struct pair {
    const char *why, *zone, *from, *authenticated;
    enum dmarc_alignment relaxed, strict;
} pairs[] = {
    {"the same", "", "shop.example", "SHOP.example.", DMARC_ALIGNED, DMARC_ALIGNED},
    {"a subdomain", "_dmarc.shop.example TXT v=DMARC1; p=none", "shop.example", "bounce.shop.example", DMARC_ALIGNED,
     DMARC_NOT_ALIGNED},
    {"the parent", "_dmarc.shop.example TXT v=DMARC1; p=none", "mail.shop.example", "shop.example", DMARC_ALIGNED,
     DMARC_NOT_ALIGNED},
    {"siblings", "_dmarc.shop.example TXT v=DMARC1; p=none", "mail.shop.example", "bounce.shop.example", DMARC_ALIGNED,
     DMARC_NOT_ALIGNED},
    {"another's", "_dmarc.shop.example TXT v=DMARC1; p=none", "shop.example", "host.example", DMARC_NOT_ALIGNED,
     DMARC_NOT_ALIGNED},
    {"no label in common", "", "shop.example", "example.com", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"names that end alike", "_dmarc.shop.example TXT v=DMARC1; p=none", "shop.example", "myshop.example",
     DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"the parent without a record", "_dmarc.mail.shop.example TXT v=DMARC1; p=none", "mail.shop.example",
     "shop.example", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"B.4.1", "_dmarc.example.com TXT v=DMARC1; p=reject\n_dmarc.signing.example.com TXT v=DMARC1; p=reject",
     "example.com", "signing.example.com", DMARC_ALIGNED, DMARC_NOT_ALIGNED},
    {"B.4.3 aligned",
     "_dmarc.bank.example TXT v=DMARC1; p=reject; psd=y\n"
     "_dmarc.giant.bank.example TXT v=DMARC1; p=none",
     "giant.bank.example", "mail.giant.bank.example", DMARC_ALIGNED, DMARC_NOT_ALIGNED},
    {"B.4.3 not", "_dmarc.bank.example TXT v=DMARC1; p=reject; psd=y", "giant.bank.example", "mail.mega.bank.example",
     DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"the suffix itself", "_dmarc.bank.example TXT v=DMARC1; p=reject; psd=y", "giant.bank.example", "bank.example",
     DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"from the suffix", "_dmarc.bank.example TXT v=DMARC1; p=reject; psd=y", "bank.example", "mail.bank.example",
     DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"psd=n parts them", "_dmarc.shop.example TXT v=DMARC1; p=none\n_dmarc.b.shop.example TXT v=DMARC1; p=none; psd=n",
     "shop.example", "b.shop.example", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"nobody", "", "shop.example", "", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"unseen above", "_dmarc.shop.example TXT v=DMARC1; p=none\n_dmarc.example TIMEOUT", "shop.example",
     "mail.shop.example", DMARC_ALIGNMENT_UNSEEN, DMARC_NOT_ALIGNED},
    {"unseen, but the same", "_dmarc.shop.example TIMEOUT", "shop.example", "shop.example", DMARC_ALIGNED,
     DMARC_ALIGNED},
    {"unseen at the other", "_dmarc.shop.example TXT v=DMARC1; p=none\n_dmarc.mail.shop.example TIMEOUT",
     "shop.example", "mail.shop.example", DMARC_ALIGNMENT_UNSEEN, DMARC_NOT_ALIGNED},
};

static void alignment(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));

    (void)state;
    for (size_t i = 0; i < N_OF(pairs); i++) {
        struct mail_zone *zone = mail_zone_new(arena);
        struct mail_resolver dns = mail_zone_resolver(zone);
        struct str from = str_of(pairs[i].from), other = str_of(pairs[i].authenticated);
        print_message("# %s\n", pairs[i].why);
        mail_zone_add_lines(zone, pairs[i].zone);
        assert_int_equal(dmarc_alignment(arena, &dns, from, other, false), pairs[i].relaxed);
        assert_int_equal(dmarc_alignment(arena, &dns, from, other, true), pairs[i].strict);
        assert_true(dmarc_is_aligned(arena, &dns, from, other, false) == (pairs[i].relaxed == DMARC_ALIGNED));
    }
    arena_free(arena);
}

/* ---- where reports may go ---- */

static const struct destination {
    const char *why, *zone, *rua;
    enum dmarc_destination want;
} destinations[] = {
    {"its own", "", "shop.example", DMARC_OWN},
    {"below its own", "", "reports.shop.example", DMARC_OWN},
    {"another, silent", "", "reports.example", DMARC_NOT_AUTHORISED},
    {"another, authorised", "shop.example._report._dmarc.reports.example TXT v=DMARC1", "reports.example",
     DMARC_AUTHORISED},
    {"with other addresses", "shop.example._report._dmarc.reports.example TXT v=DMARC1; rua=mailto:x@reports.example",
     "reports.example", DMARC_AUTHORISED},
    {"another text", "shop.example._report._dmarc.reports.example TXT yes", "reports.example", DMARC_NOT_AUTHORISED},
    {"for somebody else", "other.example._report._dmarc.reports.example TXT v=DMARC1", "reports.example",
     DMARC_NOT_AUTHORISED},
    {"a time-out", "shop.example._report._dmarc.reports.example TIMEOUT", "reports.example", DMARC_DESTINATION_UNSEEN},
};

static void report_destinations(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));

    (void)state;
    for (size_t i = 0; i < N_OF(destinations); i++) {
        struct mail_zone *zone = mail_zone_new(arena);
        struct mail_resolver dns = mail_zone_resolver(zone);
        struct dmarc_record r;
        print_message("# %s\n", destinations[i].why);
        mail_zone_add_lines(zone, "_dmarc.shop.example TXT v=DMARC1; p=none");
        mail_zone_add_lines(zone, destinations[i].zone);
        struct str text = str_fmt(arena, "v=DMARC1; p=none; rua=mailto:d@%s", destinations[i].rua);
        assert_true(dmarc_record_parse(arena, text, &r));
        assert_int_equal(dmarc_destination(arena, &dns, STR("shop.example"), r.rua), destinations[i].want);
    }
    arena_free(arena);
}

/* ---- a look-up that fails is never an absence ---- */

static void every_look_up_fails_once(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(16));

    (void)state;
    for (size_t i = 0; i < N_OF(walks); i++) {
        struct mail_zone *zone = mail_zone_new(arena);
        struct mail_resolver dns = mail_zone_resolver(zone);
        struct dmarc_found whole, f;
        mail_zone_add_lines(zone, walks[i].zone);
        dmarc_find(arena, &dns, str_of(walks[i].domain), !walks[i].missing, &whole);
        size_t n = mail_zone_count(zone);
        for (size_t nth = 1; nth <= n; nth++) {
            mail_zone_fail_nth(zone, nth);
            dmarc_find(arena, &dns, str_of(walks[i].domain), !walks[i].missing, &f);
            mail_zone_fail_nth(zone, 0);
            if (f.unseen.n == 0) { /* it was a look-up of the comparison only */
                assert_true(f.has_record == whole.has_record);
                continue;
            }
            assert_int_equal(f.organisation.n, 0);
            assert_int_equal(f.difference.n, 0);
            if (f.policy_at.n) { /* what is said is what stands there */
                assert_true(str_eq(f.policy_at, f.domain));
                assert_true(str_eq(f.policy_at, whole.policy_at) && f.applies == whole.applies);
            }
        }
    }
    arena_free(arena);
}

static void failures_are_told(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct dmarc_found f;

    (void)state;
    mail_zone_add_lines(zone, "_dmarc.mail.shop.example TIMEOUT\n_dmarc.shop.example TXT v=DMARC1; p=reject");
    dmarc_find(arena, &dns, STR("mail.shop.example"), true, &f);
    assert_false(f.has_record);
    assert_str(f.policy_at, "");
    assert_str(f.unseen, "_dmarc.mail.shop.example: no answer in time");
    assert_int_equal(f.steps[0].outcome, MAIL_FAILED);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_walk),
        cmocka_unit_test(names_asked),
        cmocka_unit_test(alignment),
        cmocka_unit_test(report_destinations),
        cmocka_unit_test(every_look_up_fails_once),
        cmocka_unit_test(failures_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
