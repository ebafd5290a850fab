/* The table of mail providers, and to whom a name in the DNS belongs. */
#include "test.h"

#include "core/arena.h"
#include "core/err.h"
#include "mail/provider.h"

static struct arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 * 1024 * 1024);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- the table itself ---- */

static void the_built_in_table_names_everybody(void **state)
{
    static const char *const wanted[] = {
        "google-workspace",
        "microsoft-365",
        "zoho",
        "fastmail",
        "proton",
        "postmark",
        "sendgrid",
        "mailgun",
        "amazon-ses",
        "resend",
        "brevo",
        "mailchimp",
        "mandrill",
        "klaviyo",
        "shopify",
        "hubspot",
        "loops",
        "convertkit",
        "customer-io",
        "intercom",
        "zendesk",
        "help-scout",
        "stripe",
        "squarespace",
        "wix",
        "godaddy",
        "namecheap",
        "cloudflare-email-routing",
        "gorgias",
        "omnisend",
        "mailerlite",
        "activecampaign",
        "sparkpost",
        "mailjet",
    };
    const struct providers *all = providers_builtin();

    (void)state;
    assert_ptr_equal(all, providers_now());
    for (size_t i = 0; i < N_OF(wanted); i++)
        if (!provider_by_id(all, str_of(wanted[i])))
            fail_msg("%s is not in the table", wanted[i]);
    assert_true(all->n >= 50);
}

static void the_selectors_stay_within_the_budget_of_questions(void **state)
{
    const struct providers *all = providers_builtin();
    struct str_list seen = {0};

    (void)state;
    for (size_t i = 0; i < all->n; i++)
        for (size_t s = 0; s < all->v[i].selectors.n; s++)
            if (!str_list_has(&seen, all->v[i].selectors.v[s]))
                str_list_add(arena, &seen, all->v[i].selectors.v[s]);
    assert_in_range(seen.n, 60, 85);
}

/* A provider that has records is recognised by at least one of them. */
static void every_provider_is_recognised_by_its_own_records(void **state)
{
    const struct providers *all = providers_builtin();

    (void)state;
    for (size_t i = 0; i < all->n; i++) {
        const struct provider *p = &all->v[i];
        bool known = !p->n_records;
        for (size_t r = 0; r < p->n_records && !known; r++) {
            const struct provider_record *rec = &p->records[r];
            struct str host = rec->host;
            size_t key = str_find(host, STR("._domainkey"));
            if (str_eq(rec->type, STR("MX")))
                known = provider_by_mx(all, rec->value) == p || provider_is_return_host(p, host) ||
                        provider_by_return_target(all, rec->value) == p;
            else if (key != SIZE_MAX && str_eq(rec->type, STR("CNAME")))
                known = provider_by_dkim_target(all, rec->value) == p;
            else if (str_eq(rec->type, STR("CNAME")))
                known = provider_by_return_target(all, rec->value) == p;
            else if (key != SIZE_MAX)
                known = provider_by_selector(all, str_first(host, key)) == p;
            else if (str_eq(rec->type, STR("TXT")) && str_eq(host, STR("@")))
                known = provider_by_spf(all, provider_includes(arena, rec->value).v[0]) == p;
        }
        for (size_t h = 0; h < p->return_hosts.n; h++)
            known |= provider_is_return_host(p, p->return_hosts.v[h]);
        if (!known && !str_eq(p->id, STR("freshdesk")) && !str_eq(p->id, STR("customer-io")))
            fail_msg("%.*s is not recognised by its records", STR_ARG(p->id));
    }
}

static void includes_of_its_records_are_its_own(void **state)
{
    const struct providers *all = providers_builtin();

    (void)state;
    for (size_t i = 0; i < all->n; i++)
        for (size_t r = 0; r < all->v[i].n_records; r++) {
            const struct provider_record *rec = &all->v[i].records[r];
            if (!str_eq(rec->host, STR("@")) || !str_starts(rec->value, STR("v=spf1")))
                continue;
            struct str_list includes = provider_includes(arena, rec->value);
            assert_int_equal(includes.n, 1);
            if (provider_by_spf(all, includes.v[0]) != &all->v[i])
                fail_msg("%.*s: %.*s", STR_ARG(all->v[i].id), STR_ARG(includes.v[0]));
            assert_false(all->v[i].include_wasted);
        }
}

/* ---- recognition ---- */

typedef const struct provider *(*by_fn)(const struct providers *all, struct str name);

static void names_lead_to_their_provider(void **state)
{
    static const struct {
        const char *why;
        by_fn by;
        const char *name, *want; /* NULL: nobody */
    } rows[] = {
        {"an ending", provider_by_mx, "alt1.aspmx.l.google.com", "google-workspace"},
        {"the final dot and case", provider_by_mx, "ASPMX.L.Google.com.", "google-workspace"},
        {"a label, not a tail", provider_by_mx, "evilaspmx.l.google.com", NULL},
        {"not the registrable domain alone", provider_by_mx, "mail.google.com", NULL},
        {"the newer Microsoft names", provider_by_mx, "shop-example.o-v1.mx.microsoft", "microsoft-365"},
        {"routing", provider_by_mx, "route3.mx.cloudflare.net", "cloudflare-email-routing"},
        {"an include", provider_by_spf, "_spf.google.com", "google-workspace"},
        {"a service below another's domain", provider_by_spf, "spf.eu.mailgun.org", "mailgun"},
        {"nobody's", provider_by_spf, "spf.mail.example", NULL},
        {"an empty name", provider_by_spf, "", NULL},
        {"tokens", provider_by_dkim_target, "abc.dkim.amazonses.com", "amazon-ses"},
        {"Stripe has its own below", provider_by_dkim_target, "a.dkim.custom-email-domain.stripe.com", "stripe"},
        {"SendGrid's", provider_by_dkim_target, "s1.domainkey.u1.wl2.sendgrid.net", "sendgrid"},
        {"Wix's, at the same selector", provider_by_dkim_target, "s1._domainkey.shop.example.s012.ascendbywix.com",
         "wix"},
        {"Tuta's, at the same selector", provider_by_dkim_target, "s1.domainkey.tutanota.de", "tuta"},
        {"Microsoft, old", provider_by_dkim_target, "selector1-shop-example._domainkey.shop.onmicrosoft.com",
         "microsoft-365"},
        {"Postmark bounces", provider_by_return_target, "pm.mtasv.net", "postmark"},
        {"a date before pm", provider_by_selector, "20260101pm", "postmark"},
        {"pm alone", provider_by_selector, "pm", NULL},
        {"letters before pm", provider_by_selector, "x20260101pm", NULL},
        {"HubSpot's number", provider_by_selector, "hs1-1234567", "hubspot"},
        {"HubSpot's number and more", provider_by_selector, "hs1-1234567x", NULL},
        {"Google", provider_by_selector, "google", "google-workspace"},
        {"a TXT at selector1 is not Microsoft's", provider_by_selector, "selector1", NULL},
        {"a name that everybody uses", provider_by_selector, "default", NULL},
        {"another", provider_by_selector, "mail", NULL},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct provider *p = rows[i].by(providers_builtin(), str_of(rows[i].name));
        struct str got = p ? p->id : STR("nobody");
        if (!str_eq(got, str_of(rows[i].want ? rows[i].want : "nobody")))
            fail_msg("%s: %s is %.*s", rows[i].why, rows[i].name, STR_ARG(got));
    }
}

static void the_longest_ending_wins(void **state)
{
    static const char text[] = "version: 1\ndate: 2026-11-24\nproviders:\n"
                               "- {id: wide, name: W, source: s, date: 2026-11-24, mx: [mail.example]}\n"
                               "- {id: narrow, name: N, source: s, date: 2026-11-24, mx: [eu.mail.example]}\n"
                               "- {id: after, name: A, source: s, date: 2026-11-24, mx: [example]}\n";
    struct providers all;
    struct err err;

    (void)state;
    assert_true(providers_parse(arena, str_of(text), "t.yaml", &all, &err));
    assert_true(str_eq(provider_by_mx(&all, STR("mx.eu.mail.example"))->id, STR("narrow")));
    assert_true(str_eq(provider_by_mx(&all, STR("mx.us.mail.example"))->id, STR("wide")));
    assert_true(str_eq(provider_by_mx(&all, STR("xmail.example"))->id, STR("after")));
    assert_null(provider_by_mx(&all, STR("mail.example.net")));
}

static void return_hosts_have_patterns(void **state)
{
    const struct providers *all = providers_builtin();
    const struct provider *sendgrid = provider_by_id(all, STR("sendgrid"));

    (void)state;
    assert_true(provider_is_return_host(sendgrid, STR("em1234")));
    assert_false(provider_is_return_host(sendgrid, STR("em")));
    assert_false(provider_is_return_host(sendgrid, STR("email")));
    assert_true(provider_is_return_host(provider_by_id(all, STR("postmark")), STR("PM-bounces")));
}

static void blanks_are_filled(void **state)
{
    struct str text = provider_fill(arena, STR("b1.{domain-with-dashes}.{domain}.x.{token}"), STR("my.shop.example"));

    (void)state;
    assert_true(str_eq(text, STR("b1.my-shop-example.my.shop.example.x.{token}")));
    assert_true(provider_has_blank(text));
    assert_false(provider_has_blank(STR("open { only")));
    assert_false(provider_has_blank(STR("} wrong {")));
}

static void includes_are_read_in_order(void **state)
{
    struct str_list all =
        provider_includes(arena, STR("v=spf1 a include:one.example ?INCLUDE:two.example include: -all"));

    (void)state;
    assert_int_equal(all.n, 2);
    assert_true(str_eq(all.v[0], STR("one.example")));
    assert_true(str_eq(all.v[1], STR("two.example")));
}

/* ---- reading ---- */

static void errors_have_their_place(void **state)
{
    static const struct {
        const char *text, *place, *says;
    } rows[] = {
        {"", "t.yaml:1:1", "empty"},
        {"- a\n", "t.yaml:1:1", "expected the keys"},
        {"version: 2\n", "t.yaml:1:10", "version 1"},
        {"version: 1\ndate: soon\n", "t.yaml:2:7", "expected a date"},
        {"version: 1\ndate: 2026-11-24\n", "t.yaml:1:1", "needs version, date and providers"},
        {"version: 1\nproviders: [{idd: a}]\n", "t.yaml:2:14", "did you mean id"},
        {"version: 1\nproviders: [{id: a, name: A}]\n", "t.yaml:2:13", "needs id, name, source and date"},
        {"version: 1\nproviders: [{id: A}]\n", "t.yaml:2:18", "lower case"},
        {"version: 1\nproviders: [{id: a, sends: perhaps}]\n", "t.yaml:2:28", "true or false"},
        {"version: 1\nproviders: [{id: a, mx: x}]\n", "t.yaml:2:25", "expected a list"},
        {"version: 1\nproviders: [{id: a, records: [{host: a, type: A, value: x}]}]\n", "t.yaml:2:47", "TXT, CNAME"},
        {"version: 1\nproviders: [{id: a, records: [{host: a}]}]\n", "t.yaml:2:31", "host, type and value"},
        {"version: 1\nproviders: [{id: a, spf_look_ups: 99}]\n", "t.yaml:2:35", "from 0 to 20"},
        {"version: 1\nproviders: [{id: a, note: \"\\a\"}]\n", "t.yaml:2:27", "control character"},
        {"version: 1\nproviders: [", "t.yaml:3:1", "not YAML"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct providers all = {.n = 3};
        struct err err = {.kind = ERR_NONE};
        if (providers_parse(arena, str_of(rows[i].text), "t.yaml", &all, &err) || all.n != 3 ||
            !str_starts(str_of(err.place), str_of(rows[i].place)) || !str_has(str_of(err.text), str_of(rows[i].says)))
            fail_msg("row %zu: %s: %s", i, err.place, err.text);
    }
}

static void a_table_too_large_is_refused(void **state)
{
    struct providers all;
    struct err err;

    (void)state;
    struct str text = {arena_alloc(arena, PROVIDERS_MOST_BYTES + 1), PROVIDERS_MOST_BYTES + 1};
    assert_false(providers_parse(arena, text, "t.yaml", &all, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
}

static void another_table_can_be_used(void **state)
{
    struct providers other = {.n = 0};

    (void)state;
    providers_use(&other);
    assert_ptr_equal(providers_now(), &other);
    providers_use(NULL);
    assert_ptr_equal(providers_now(), providers_builtin());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_table_names_everybody),
        cmocka_unit_test(the_selectors_stay_within_the_budget_of_questions),
        cmocka_unit_test(every_provider_is_recognised_by_its_own_records),
        cmocka_unit_test(includes_of_its_records_are_its_own),
        cmocka_unit_test(names_lead_to_their_provider),
        cmocka_unit_test(the_longest_ending_wins),
        cmocka_unit_test(return_hosts_have_patterns),
        cmocka_unit_test(blanks_are_filled),
        cmocka_unit_test(includes_are_read_in_order),
        cmocka_unit_test(errors_have_their_place),
        cmocka_unit_test(a_table_too_large_is_refused),
        cmocka_unit_test(another_table_can_be_used),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
