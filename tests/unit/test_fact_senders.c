/* Who sends for a domain: each provider of the table recognised by a zone made of its own records, and the same with
 * records missing or proxied; time-outs are never absence. */
#include "test.h"

#include "mail_world.h"

#define DMARC "_dmarc TXT \"v=DMARC1; p=none; rua=mailto:d@shop.example\"\n"

static struct arena *arena;
static struct str key_text;

static int begin(void **state)
{
    (void)state;
    arena = arena_new(ARENA_MB(256));
    key_text = mail_world_key(arena, 1024);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- a zone made of a provider's own records ---- */

static bool is_key(struct str host)
{
    return str_has(host, STR("_domainkey"));
}

/* A blank of the console filled in with what fits the provider's own patterns. */
static struct str fill(const struct provider *p, struct str text, struct str whole)
{
    struct str done = STR_NONE;
    size_t open, close;

    text = provider_fill(arena, text, STR("shop.example"));
    while ((open = str_find_char(text, '{')) != SIZE_MAX && (close = str_find_char(text, '}')) != SIZE_MAX) {
        struct str blank = str_first(str_from(text, open + 1), close - open - 1), with = STR("42");
        if (str_eq(blank, STR("key")))
            with = key_text;
        else if (str_eq(blank, STR("selector")) && p->telling.n)
            with = str_eq(p->telling.v[0], STR("#pm")) ? STR("20260101pm") : STR("scph0426");
        else if (str_starts(blank, STR("target")) && whole.n)
            with = whole;
        else if (str_starts(blank, STR("token")) || str_eq(blank, STR("abc")))
            with = str_fmt(arena, "t%.*s", STR_ARG(blank));
        done = str_fmt(arena, "%.*s%.*s%.*s", STR_ARG(done), (int)open, text.p, STR_ARG(with));
        text = str_from(text, close + 1);
    }
    return str_fmt(arena, "%.*s%.*s", STR_ARG(done), STR_ARG(text));
}

static struct str quoted(struct str text)
{
    struct str all = STR_NONE;

    while (text.n > 250) {
        all = str_fmt(arena, "%.*s\"%.*s\" ", STR_ARG(all), 250, text.p);
        text = str_from(text, 250);
    }
    return str_fmt(arena, "%.*s\"%.*s\"", STR_ARG(all), STR_ARG(text));
}

static struct str target_of(const struct provider *p, bool key)
{
    const struct str_list *endings = key ? &p->dkim_targets : &p->return_targets;

    return endings->n ? str_fmt(arena, "x42.%.*s", STR_ARG(endings->v[0])) : STR("x42.nobody.example");
}

enum variant { WHOLE, KEYS_MISSING, KEYS_PROXIED };

static struct str zone_of(const struct provider *p, enum variant variant, struct mail_world *w)
{
    struct str zone = STR(DMARC);
    struct str_list targets = {0};

    for (size_t i = 0; i < p->n_records; i++) {
        const struct provider_record *r = &p->records[i];
        bool key = is_key(r->host);
        struct str host = fill(p, r->host, STR_NONE), value = fill(p, r->value, target_of(p, key));
        size_t at = str_find(host, STR("._domainkey"));
        if (key && provider_has_blank(r->host) && at != SIZE_MAX && host.n == at + 11)
            mail_world_selector(w, str_first(host, at));
        if (key && variant == KEYS_MISSING)
            continue;
        if (key && variant == KEYS_PROXIED) {
            zone = str_fmt(arena, "%.*s%.*s A 104.16.10.10\n", STR_ARG(zone), STR_ARG(host));
            continue;
        }
        if (str_eq(r->type, STR("MX")))
            zone =
                str_fmt(arena, "%.*s%.*s MX %u %.*s.\n", STR_ARG(zone), STR_ARG(host), r->preference, STR_ARG(value));
        else if (str_eq(r->type, STR("TXT")))
            zone = str_fmt(arena, "%.*s%.*s TXT %.*s\n", STR_ARG(zone), STR_ARG(host), STR_ARG(quoted(value)));
        else
            zone = str_fmt(arena, "%.*s%.*s CNAME %.*s.\n", STR_ARG(zone), STR_ARG(host), STR_ARG(value));
        if (str_eq(r->type, STR("CNAME")) && !str_list_has(&targets, value)) {
            str_list_add(arena, &targets, value);
            if (key)
                zone = str_fmt(arena, "%.*s%.*s. TXT %.*s\n", STR_ARG(zone), STR_ARG(value),
                               STR_ARG(quoted(str_fmt(arena, "v=DKIM1; k=rsa; p=%.*s", STR_ARG(key_text)))));
            else
                zone = str_fmt(arena, "%.*s%.*s. MX 10 mx.%.*s.\n", STR_ARG(zone), STR_ARG(value), STR_ARG(value));
        }
    }
    for (size_t i = 0; i < p->spf.n; i++)
        zone = str_fmt(arena, "%.*s%.*s. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n", STR_ARG(zone), STR_ARG(p->spf.v[i]));
    return zone;
}

static const struct sender *sender_of(const struct fact_senders *s, const struct provider *p)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].provider == p)
            return &s->v[i];
    return NULL;
}

/* All records of these stand at hosts that only the console knows: they must be declared. */
static bool must_be_declared(const struct provider *p)
{
    return str_eq(p->id, STR("customer-io")) || str_eq(p->id, STR("freshdesk")) || str_eq(p->id, STR("klaviyo"));
}

static void every_provider_is_recognised_in_its_zone(void **state)
{
    const struct providers *all = providers_now();

    (void)state;
    for (size_t i = 0; i < all->n; i++) {
        const struct provider *p = &all->v[i];
        struct mail_world w;
        if (!p->n_records)
            continue;
        mail_world_begin(&w, STR_NONE);
        if (must_be_declared(p))
            mail_world_sender(&w, p->id);
        w.zone = zone_of(p, WHOLE, &w);
        mail_world_put(&w);
        const struct fact_senders *s = mail_world_senders(&w);
        assert_non_null(s);
        const struct sender *sender = sender_of(s, p);
        if (!sender) {
            fail_msg("%.*s is not recognised in\n%.*s", STR_ARG(p->id), STR_ARG(w.zone));
            return;
        }
        bool can_pass = p->sends && !str_eq(p->id, STR("customer-io")) && !str_eq(p->id, STR("freshdesk")) &&
                        !str_eq(p->id, STR("klaviyo"));
        if (can_pass && !sender->passes)
            fail_msg("%.*s does not pass in\n%.*s", STR_ARG(p->id), STR_ARG(w.zone));
        if (sender->n_missing)
            fail_msg("%.*s has %zu records missing in\n%.*s", STR_ARG(p->id), sender->n_missing, STR_ARG(w.zone));
        mail_world_end(&w);
    }
}

/* Hosts of its needed keys that anybody can ask for. */
static size_t n_known_keys(const struct provider *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_records; i++)
        n += p->records[i].needed && is_key(p->records[i].host) && !provider_has_blank(p->records[i].host);
    return n;
}

static void missing_keys_are_said_with_the_record_to_paste(void **state)
{
    const struct providers *all = providers_now();

    (void)state;
    for (size_t i = 0; i < all->n; i++) {
        const struct provider *p = &all->v[i];
        const struct finding *f;
        struct mail_world w;
        if (!n_known_keys(p))
            continue;
        mail_world_begin(&w, STR_NONE);
        mail_world_sender(&w, p->id);
        w.zone = zone_of(p, KEYS_MISSING, &w);
        mail_world_put(&w);
        enum status got = mail_world_run(&w, "email.dkim", &f);
        if (got != FAIL || !str_has(f->title, STR("has no DKIM key")))
            fail_msg("%.*s: %s %.*s", STR_ARG(p->id), status_word(got), STR_ARG(f->title));
        if (f->n_records != n_known_keys(p))
            fail_msg("%.*s: %zu records to paste", STR_ARG(p->id), f->n_records);
        mail_world_end(&w);
    }
}

static void proxied_keys_are_said_to_be_proxied(void **state)
{
    const struct providers *all = providers_now();

    (void)state;
    for (size_t i = 0; i < all->n; i++) {
        const struct provider *p = &all->v[i];
        const struct finding *f;
        struct mail_world w;
        if (!n_known_keys(p))
            continue;
        mail_world_begin(&w, STR_NONE);
        mail_world_sender(&w, p->id);
        w.zone = zone_of(p, KEYS_PROXIED, &w);
        mail_world_put(&w);
        if (mail_world_run(&w, "email.dkim", &f) != FAIL || !str_has(f->title, STR("proxied")) ||
            !str_has(f->fix_text, STR("DNS only")))
            fail_msg("%.*s: %.*s (%.*s)", STR_ARG(p->id), STR_ARG(f->title), STR_ARG(f->fix_text));
        mail_world_end(&w);
    }
}

/* ---- single worlds ---- */

static struct str key_line(const char *host)
{
    return str_fmt(arena, "%s TXT \"v=DKIM1; k=rsa; p=%.*s\"\n", host, STR_ARG(key_text));
}

static void begin_world(struct mail_world *w, const char *zone, struct str more)
{
    mail_world_begin(w, str_fmt(arena, DMARC "%s%.*s", zone, STR_ARG(more)));
}

static void a_txt_at_selector1_is_not_microsofts(void **state)
{
    struct mail_world w;

    (void)state;
    begin_world(&w, "", key_line("selector1._domainkey"));
    mail_world_put(&w);
    const struct fact_senders *s = mail_world_senders(&w);
    assert_int_equal(s->n_keys, 1);
    assert_null(s->keys[0].provider);
    assert_int_equal(s->n, 0);
    mail_world_end(&w);
}

static void the_cname_beats_the_name(void **state)
{
    struct mail_world w;

    (void)state;
    begin_world(&w, "k1._domainkey CNAME dkim.mcsv.net.\ns1._domainkey CNAME s1.domainkey.tutanota.de.\n",
                str_fmt(arena, "%.*s%.*s", STR_ARG(key_line("dkim.mcsv.net.")),
                        STR_ARG(key_line("s1.domainkey.tutanota.de."))));
    mail_world_put(&w);
    const struct fact_senders *s = mail_world_senders(&w);
    assert_int_equal(s->n, 2);
    for (size_t i = 0; i < s->n; i++)
        assert_true(s->v[i].sign == SIGN_DKIM_TARGET && s->v[i].n_keys == 1);
    assert_non_null(sender_of(s, provider_by_id(providers_now(), STR("tuta"))));
    assert_non_null(sender_of(s, provider_by_id(providers_now(), STR("mailchimp"))));
    mail_world_end(&w);
}

static void a_wildcard_makes_no_keys(void **state)
{
    struct mail_world w;
    struct str all;
    const struct providers *table = providers_now();

    (void)state;
    /* as the resolver shows "*._domainkey TXT key": every name has it */
    all = key_line("lr-no-such-selector-7q4x._domainkey");
    for (size_t i = 0; i < table->n; i++)
        for (size_t s = 0; s < table->v[i].selectors.n; s++)
            if (!str_has(all, str_fmt(arena, "\n%.*s._domainkey", STR_ARG(table->v[i].selectors.v[s]))))
                all = str_fmt(
                    arena, "%.*s%.*s", STR_ARG(all),
                    STR_ARG(key_line(str_fmt(arena, "%.*s._domainkey", STR_ARG(table->v[i].selectors.v[s])).p)));
    begin_world(&w, "", all);
    mail_world_put(&w);
    const struct fact_senders *s = mail_world_senders(&w);
    assert_true(s->wildcard);
    assert_int_equal(s->n_keys, 0);
    mail_world_end(&w);
}

static void own_and_unknown_includes(void **state)
{
    struct mail_world w;

    (void)state;
    begin_world(&w,
                "@ MX 10 mx1.mail.example.\n@ TXT \"v=spf1 include:spf.mail.example include:_spf.shop.example "
                "include:who.example -all\"\n_spf TXT \"v=spf1 include:sendgrid.net -all\"\n"
                "spf.mail.example. TXT \"v=spf1 ip4:192.0.2.1 -all\"\nwho.example. TXT \"v=spf1 -all\"\n"
                "sendgrid.net. TXT \"v=spf1 ip4:192.0.2.2 -all\"\n",
                key_line("default._domainkey"));
    mail_world_put(&w);
    const struct fact_senders *s = mail_world_senders(&w);
    assert_int_equal(s->unknown_includes.n, 1);
    assert_str(s->unknown_includes.v[0], "who.example");
    assert_str(s->v[0].id, "mail.example");
    assert_true(s->v[0].own_host && s->v[0].receives && s->v[0].include);
    assert_int_equal(s->v[0].passes, PATH_SPF_APEX | PATH_DKIM);
    const struct sender *grid = sender_of(s, provider_by_id(providers_now(), STR("sendgrid")));
    assert_non_null(grid);
    assert_true(grid->include_wasted && !grid->passes);
    mail_world_end(&w);
}

static void loops_is_told_from_amazon_by_its_host(void **state)
{
    struct mail_world w;
    const struct providers *all = providers_now();

    (void)state;
    begin_world(&w,
                "tok._domainkey CNAME tok.dkim.amazonses.com.\nenvelope MX 10 feedback-smtp.eu-west-1.amazonses.com.\n"
                "envelope TXT \"v=spf1 include:amazonses.com ~all\"\n",
                key_line("tok.dkim.amazonses.com."));
    mail_world_selector(&w, STR("tok"));
    mail_world_put(&w);
    const struct fact_senders *s = mail_world_senders(&w);
    const struct sender *loops = sender_of(s, provider_by_id(all, STR("loops")));
    assert_non_null(sender_of(s, provider_by_id(all, STR("amazon-ses"))));
    assert_non_null(loops);
    assert_int_equal(loops->passes, PATH_DKIM | PATH_SPF_RETURN_PATH);
    mail_world_end(&w);
}

static void klaviyo_is_seen_by_its_usual_host(void **state)
{
    struct mail_world w;

    (void)state;
    begin_world(&w, "send CNAME abc.klaviyodns.com.\nabc.klaviyodns.com. TXT \"v=spf1 -all\"\n", STR_NONE);
    mail_world_put(&w);
    const struct sender *klaviyo = sender_of(mail_world_senders(&w), provider_by_id(providers_now(), STR("klaviyo")));
    assert_non_null(klaviyo);
    assert_int_equal(klaviyo->passes, PATH_SPF_RETURN_PATH);
    assert_str(klaviyo->return_host, "send.shop.example");
    mail_world_end(&w);
}

static void strict_alignment_closes_the_return_path(void **state)
{
    struct mail_world w;

    (void)state;
    mail_world_begin(&w, str_fmt(arena,
                                 "_dmarc TXT \"v=DMARC1; p=none; aspf=s\"\nsend TXT \"v=spf1 include:amazonses.com "
                                 "~all\"\n%.*s",
                                 STR_ARG(key_line("resend._domainkey"))));
    mail_world_put(&w);
    const struct sender *resend = sender_of(mail_world_senders(&w), provider_by_id(providers_now(), STR("resend")));
    assert_true(resend->return_path);
    assert_int_equal(resend->passes, PATH_DKIM);
    mail_world_end(&w);
}

static void a_broken_record_lets_nobody_pass(void **state)
{
    static const struct {
        const char *second;
        unsigned want;
    } rows[] = {{"", PATH_SPF_APEX}, {"@ TXT \"v=spf1 ip4:192.0.2.9 ~all\"\n", 0}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct mail_world w;
        begin_world(&w, "@ MX 1 smtp.google.com.\n@ TXT \"v=spf1 include:_spf.google.com ~all\"\n",
                    str_fmt(arena, "%s_spf.google.com. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n", rows[i].second));
        mail_world_put(&w);
        const struct sender *s =
            sender_of(mail_world_senders(&w), provider_by_id(providers_now(), STR("google-workspace")));
        assert_true(s->include);
        assert_int_equal(s->passes, rows[i].want);
        mail_world_end(&w);
    }
}

/* ---- time-outs ---- */

static void what_is_not_answered_is_not_absent(void **state)
{
    struct mail_world w;
    const struct finding *f;

    (void)state;
    begin_world(&w, "@ MX 1 smtp.google.com.\n@ TXT \"v=spf1 include:_spf.google.com ~all\"\n", STR_NONE);
    mail_world_sender(&w, STR("google-workspace"));
    mail_world_selector(&w, STR("google"));
    w.silent[0] = "TXT google._domainkey.shop.example";
    mail_world_put(&w);
    const struct fact_senders *s = mail_world_senders(&w);
    assert_int_equal(s->keys[0].state, KEY_UNSEEN);
    assert_int_equal(s->n_unseen, 1);
    assert_int_equal(mail_world_run(&w, "email.dkim", &f), UNKNOWN);
    assert_int_equal(mail_world_run(&w, "email.dkim-key", &f), UNKNOWN);
    assert_int_equal(mail_world_run(&w, "audit.email-provider", &f), UNKNOWN);
    mail_world_end(&w);
}

static void without_the_domain_there_is_no_fact(void **state)
{
    struct mail_world w;

    (void)state;
    begin_world(&w, "", STR_NONE);
    w.silent[0] = "TXT shop.example";
    mail_world_put(&w);
    assert_null(mail_world_senders(&w));
    mail_world_end(&w);
}

/* ---- may the policy be tightened ---- */

static enum tighten verdict_of(const char *zone, struct str more, const char *silent, struct str *ret_first)
{
    struct tighten_verdict v;
    struct mail_world w;

    mail_world_begin(&w, str_fmt(arena, "%s%.*s", zone, STR_ARG(more)));
    w.silent[0] = silent;
    mail_world_put(&w);
    senders_may_tighten(arena, mail_world_senders(&w), &v);
    *ret_first = v.against.n ? str_dup(arena, v.against.v[0]) : STR_NONE;
    mail_world_end(&w);
    return v.verdict;
}

static void the_verdict_has_its_reason(void **state)
{
#define GOOGLE                                                                                                         \
    "@ MX 1 smtp.google.com.\n@ TXT \"v=spf1 include:_spf.google.com ~all\"\n"                                         \
    "_spf.google.com. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
    static const struct {
        const char *why, *zone, *silent;
        enum tighten want;
        const char *says;
    } rows[] = {
        {"all pass, reports come in", DMARC GOOGLE, NULL, TIGHTEN_NOW, ""},
        {"no record", GOOGLE, NULL, TIGHTEN_NOT_YET, "no DMARC record"},
        {"no reports", "_dmarc TXT \"v=DMARC1; p=none\"\n" GOOGLE, NULL, TIGHTEN_NOT_YET, "rua is missing"},
        {"a sender without a path",
         DMARC "@ TXT \"v=spf1 include:sendgrid.net ~all\"\nsendgrid.net. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n", NULL,
         TIGHTEN_NOT_YET, "no path that passes"},
        {"by SPF alone",
         DMARC "@ TXT \"v=spf1 include:spf.messagingengine.com ~all\"\n"
               "spf.messagingengine.com. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n",
         NULL, TIGHTEN_NOT_YET, "by SPF alone"},
        {"keys that cannot be guessed",
         DMARC "@ TXT \"v=spf1 include:amazonses.com ~all\"\namazonses.com. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n",
         NULL, TIGHTEN_UNKNOWN, "email.selectors"},
        {"a stranger", DMARC "@ TXT \"v=spf1 include:who.example ~all\"\nwho.example. TXT \"v=spf1 -all\"\n", NULL,
         TIGHTEN_UNKNOWN, "not known"},
        {"a time-out", DMARC GOOGLE, "MX shop.example", TIGHTEN_UNKNOWN, "not answered"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct str says;
        enum tighten got = verdict_of(rows[i].zone, key_line("google._domainkey"), rows[i].silent, &says);
        if (got != rows[i].want || !str_has(says, str_of(rows[i].says)))
            fail_msg("%s: %d, \"%.*s\"", rows[i].why, got, STR_ARG(says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_provider_is_recognised_in_its_zone),
        cmocka_unit_test(missing_keys_are_said_with_the_record_to_paste),
        cmocka_unit_test(proxied_keys_are_said_to_be_proxied),
        cmocka_unit_test(a_txt_at_selector1_is_not_microsofts),
        cmocka_unit_test(the_cname_beats_the_name),
        cmocka_unit_test(a_wildcard_makes_no_keys),
        cmocka_unit_test(own_and_unknown_includes),
        cmocka_unit_test(loops_is_told_from_amazon_by_its_host),
        cmocka_unit_test(klaviyo_is_seen_by_its_usual_host),
        cmocka_unit_test(strict_alignment_closes_the_return_path),
        cmocka_unit_test(a_broken_record_lets_nobody_pass),
        cmocka_unit_test(what_is_not_answered_is_not_absent),
        cmocka_unit_test(without_the_domain_there_is_no_fact),
        cmocka_unit_test(the_verdict_has_its_reason),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
