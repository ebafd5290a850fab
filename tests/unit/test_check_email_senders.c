/* email.dkim, email.dkim-key, email.spf-senders and audit.email-provider, from DNS facts written by hand. */
#include "test.h"

#include "mail_world.h"

#define DMARC     "_dmarc TXT \"v=DMARC1; p=none; rua=mailto:d@shop.example\"\n"
#define GOOGLE    "@ MX 1 smtp.google.com.\n_spf.google.com. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
#define SPF(text) "@ TXT \"v=spf1 " text " ~all\"\n"
/* In zones: %K a key of 2048 bits, %S of 1024, %T of 768 (each as the strings of a TXT record). */

struct row {
    const char *why, *id, *zone;
    const char *senders, *selectors; /* of the launch file, separated by spaces */
    enum status want;
    const char *title;  /* part of the worst finding's */
    const char *record; /* value of its first record to paste; NULL: not looked at */
    const char *fix;    /* part of its fix or evidence; NULL: not looked at */
};

static const struct row rows[] = {
    /* ---- email.dkim ---- */
    {"a good key", "email.dkim", "s1._domainkey TXT %K\n", "", "s1", PASS, "", NULL, NULL},
    {"declared in capitals", "email.dkim", "s1._domainkey TXT %K\n", "", "S1", PASS, "", NULL, NULL},
    {"missing", "email.dkim", DMARC, "", "s1", FAIL, "there is no key", NULL, "email.selectors"},
    {"another text stands there", "email.dkim", "s1._domainkey TXT \"v=spf1 -all\"\n", "", "s1", FAIL,
     "there is no key", NULL, NULL},
    {"revoked", "email.dkim", "s1._domainkey TXT \"v=DKIM1; p=\"\n", "", "s1", FAIL, "is revoked", NULL, NULL},
    {"broken", "email.dkim", "s1._domainkey TXT \"v=DKIM1; k=rsa; p=MIIB!!\"\n", "", "s1", FAIL, "cannot be used", NULL,
     "Paste the record anew"},
    {"testing", "email.dkim", "s1._domainkey TXT \"v=DKIM1; t=y; \" %K\n", "", "s1", FAIL, "it is a test", NULL, NULL},
    {"proxied", "email.dkim", "s1._domainkey A 104.16.10.10\n", "", "s1", FAIL, "proxied by Cloudflare", NULL,
     "DNS only"},
    {"an address that is nobody's edge", "email.dkim", "s1._domainkey A 192.0.2.7\n", "", "s1", FAIL, "there is no key",
     NULL, NULL},
    {"a CNAME to nothing", "email.dkim", "s1._domainkey CNAME s1.gone.example.\ns1.gone.example. A 192.0.2.7\n", "",
     "s1", FAIL, "holds no key", NULL, "switched signing on"},
    {"two records", "email.dkim", "s1._domainkey TXT %K\ns1._domainkey TXT %S\n", "", "s1", WARN, "2 TXT records", NULL,
     NULL},
    {"a short key is for email.dkim-key", "email.dkim", "s1._domainkey TXT %T\n", "", "s1", PASS, "", NULL, NULL},
    {"Google declared, key there", "email.dkim", GOOGLE "google._domainkey TXT %K\n", "google-workspace", "", PASS, "",
     NULL, NULL},
    {"Google declared, no key", "email.dkim", GOOGLE, "google-workspace", "", FAIL, "has no DKIM key",
     "v=DKIM1; k=rsa; p={key}", "Admin console"},
    {"Google under a selector of its own", "email.dkim", GOOGLE "mail2026._domainkey TXT %K\n", "google-workspace",
     "mail2026", PASS, "", NULL, NULL},
    {"Fastmail declared, no key", "email.dkim", DMARC, "fastmail", "", FAIL, "has no DKIM key",
     "fm1.shop.example.dkim.fmhosted.com.", NULL},
    {"Microsoft, one selector idle", "email.dkim",
     "selector1._domainkey CNAME selector1-shop-example._domainkey.shop.onmicrosoft.com.\n"
     "selector2._domainkey CNAME selector2-shop-example._domainkey.shop.onmicrosoft.com.\n"
     "selector1-shop-example._domainkey.shop.onmicrosoft.com. TXT %K\n",
     "microsoft-365", "", PASS, "empty slot", NULL, NULL},
    {"Hostinger's empty slots", "email.dkim",
     "hostingermail-a._domainkey CNAME hostingermail-a.dkim.mail.hostinger.com.\n"
     "hostingermail-a.dkim.mail.hostinger.com. TXT %K\nhostingermail-b._domainkey CNAME "
     "hostingermail-b.dkim.mail.hostinger.com.\n"
     "hostingermail-b.dkim.mail.hostinger.com. TXT \"v=DKIM1; p=\"\n",
     "hostinger", "", PASS, "empty slot", NULL, NULL},
    {"Brevo, one of two CNAMEs", "email.dkim",
     "brevo1._domainkey CNAME b1.shop-example.dkim.brevo.com.\nb1.shop-example.dkim.brevo.com. TXT %K\n", "brevo", "",
     WARN, "brevo2._domainkey.shop.example is not there", "b2.shop-example.dkim.brevo.com.", NULL},
    {"Brevo, an old account's TXT", "email.dkim", "mail._domainkey TXT %K\n", "brevo", "mail", PASS, "", NULL, NULL},
    {"a copy of the key where the CNAME belongs", "email.dkim", "fm1._domainkey TXT %K\n", "fastmail", "", WARN,
     "is a copy", "fm1.shop.example.dkim.fmhosted.com.", NULL},
    {"Amazon's tokens cannot be guessed", "email.dkim", DMARC, "amazon-ses", "", WARN, "No DKIM key of Amazon SES",
     NULL, "selectors: [...]"},
    {"Amazon's token declared", "email.dkim",
     "tok._domainkey CNAME tok.dkim.amazonses.com.\ntok.dkim.amazonses.com. TXT %K\n", "amazon-ses", "tok", PASS, "",
     NULL, NULL},
    {"Loops through Amazon", "email.dkim",
     "tok._domainkey CNAME tok.dkim.amazonses.com.\ntok.dkim.amazonses.com. TXT %K\n", "loops", "tok", PASS, "", NULL,
     NULL},
    {"nothing declared, nothing found", "email.dkim", DMARC, "", "", WARN, "No DKIM key was found", NULL, NULL},
    {"nothing declared, a key found", "email.dkim", "google._domainkey TXT %K\n", "", "", PASS, "", NULL, NULL},
    {"no mail at all", "email.dkim", "@ MX 0 .\n", "", "", PASS, "", NULL, NULL},

    /* ---- email.dkim-key ---- */
    {"long", "email.dkim-key", "google._domainkey TXT %K\n", "", "", PASS, "", NULL, NULL},
    {"nothing found is nothing wrong", "email.dkim-key", DMARC, "", "", PASS, "", NULL, NULL},
    {"1024 bits", "email.dkim-key", "google._domainkey TXT %S\n", "", "", WARN, "has 1024 bits", NULL, "2048"},
    {"768 bits", "email.dkim-key", "google._domainkey TXT %T\n", "", "", FAIL, "has 768 bits", NULL, NULL},
    {"a found key that is revoked", "email.dkim-key", "google._domainkey TXT \"v=DKIM1; p=\"\n", "", "", WARN,
     "is revoked", NULL, NULL},
    {"a found name that is proxied", "email.dkim-key", "fm1._domainkey A 104.16.10.10\n", "", "", FAIL, "proxied", NULL,
     "DNS only"},
    {"Cloudflare's sending not finished", "email.dkim-key", "cf-bounce._domainkey TXT \"v=DKIM1; p=\"\n", "", "", PASS,
     "empty slot", NULL, NULL},
    {"a provider recognised, its CNAME to nothing", "email.dkim-key",
     "s1._domainkey CNAME s1.domainkey.u1.wl1.sendgrid.net.\n", "", "", WARN, "holds no key", NULL, NULL},

    /* ---- email.spf-senders ---- */
    {"included", "email.spf-senders", GOOGLE SPF("include:_spf.google.com"), "google-workspace", "", PASS, "", NULL,
     NULL},
    {"none declared", "email.spf-senders", DMARC, "", "s1", PASS, "", NULL, NULL},
    {"not included", "email.spf-senders", GOOGLE SPF("ip4:192.0.2.1"), "google-workspace", "", FAIL,
     "does not include it", "v=spf1 ip4:192.0.2.1 include:_spf.google.com ~all", NULL},
    {"no record at all", "email.spf-senders", GOOGLE, "google-workspace", "", FAIL, "does not include it",
     "v=spf1 include:_spf.google.com ~all", NULL},
    {"Resend needs no include", "email.spf-senders",
     "send MX 10 feedback-smtp.eu-west-1.amazonses.com.\nsend TXT \"v=spf1 include:amazonses.com ~all\"\n", "resend",
     "", PASS, "", NULL, NULL},
    {"Resend without its return path", "email.spf-senders", DMARC, "resend", "", FAIL, "send.shop.example",
     "10 feedback-smtp.{region}.amazonses.com.", "braces"},
    {"SendGrid's host cannot be known", "email.spf-senders", DMARC, "sendgrid", "", PASS, "", NULL, NULL},
    {"an optional return path", "email.spf-senders", DMARC, "postmark", "", PASS, "", NULL, NULL},
    {"a proxied return path", "email.spf-senders", "pm-bounces A 104.16.10.10\n", "postmark", "", FAIL, "is proxied",
     NULL, "DNS only"},
    {"something else at the host", "email.spf-senders", "mta CNAME other.example.\n", "mailersend", "", FAIL,
     "holds something else", "mailersend.net.", NULL},
    {"Mailgun at the domain itself", "email.spf-senders",
     SPF("include:mailgun.org") "mailgun.org. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n", "mailgun", "", PASS, "", NULL,
     NULL},
    {"a name that is not in the table", "email.spf-senders", DMARC, "postmrk", "", WARN, "not a provider", NULL,
     "postmark"},

    /* ---- audit.email-provider ---- */
    {"all known", "audit.email-provider", GOOGLE SPF("include:_spf.google.com") "google._domainkey TXT %K\n", "", "",
     PASS, "Google Workspace", NULL, "DKIM and SPF by include:_spf.google.com"},
    {"nothing there", "audit.email-provider", DMARC, "", "", PASS, "nowhere", NULL, NULL},
    {"unknown include", "audit.email-provider",
     GOOGLE SPF("include:_spf.google.com include:who.example") "who.example. TXT \"v=spf1 -all\"\n", "", "", WARN,
     "include:who.example", NULL, "Find out who"},
    {"the mail host's own include", "audit.email-provider",
     "@ MX 10 mx1.mail.example.\n" SPF("include:spf.mail.example") "spf.mail.example. TXT \"v=spf1 -all\"\n", "", "",
     PASS, "mail.example", NULL, NULL},
    {"a wasted include", "audit.email-provider",
     GOOGLE SPF("include:_spf.google.com include:spf.mtasv.net") "google._domainkey TXT %K\n"
                                                                 "spf.mtasv.net. TXT \"v=spf1 ip4:192.0.2.0/24 "
                                                                 "-all\"\npm-bounces CNAME "
                                                                 "pm.mtasv.net.\npm.mtasv.net. MX 1 x.mtasv.net.\n",
     "", "", WARN, "does nothing", "v=spf1 include:_spf.google.com ~all", "return path pm-bounces.shop.example"},
    {"set up in part", "audit.email-provider",
     SPF("include:spf.messagingengine.com") "spf.messagingengine.com. TXT \"v=spf1 -all\"\n", "", "", PASS, "Fastmail",
     NULL, NULL},
    {"keys of a provider that holds none", "audit.email-provider",
     "brevo1._domainkey CNAME b1.shop-example.dkim.brevo.com.\n", "", "", WARN, "set up in part",
     "b2.shop-example.dkim.brevo.com.", NULL},
    {"a proxied return path that nobody declared", "audit.email-provider",
     "resend._domainkey TXT %K\nmta A 104.16.10.10\nmlsend2._domainkey CNAME mlsend2._domainkey.mailersend.net.\n"
     "mlsend2._domainkey.mailersend.net. TXT %K\n",
     "", "", FAIL, "mta.shop.example is proxied", NULL, "DNS only"},
};

static struct arena *arena;
static struct str keys[3];

static int begin(void **state)
{
    static const unsigned bits[] = {2048, 1024, 768};

    (void)state;
    arena = arena_new(ARENA_MB(64));
    for (size_t i = 0; i < N_OF(keys); i++) {
        struct str key = mail_world_key(arena, bits[i]);
        keys[i] = key.n > 200
                      ? str_fmt(arena, "\"v=DKIM1; k=rsa; p=%.*s\" \"%.*s\"", 200, key.p, STR_ARG(str_from(key, 200)))
                      : str_fmt(arena, "\"v=DKIM1; k=rsa; p=%.*s\"", STR_ARG(key));
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct str zone_of(const struct row *row)
{
    struct str text = str_of(row->zone), done = STR_NONE;
    size_t at;

    while ((at = str_find_char(text, '%')) != SIZE_MAX) {
        char c = text.p[at + 1];
        struct str key = keys[c == 'K' ? 0 : c == 'S' ? 1 : 2];
        if (at && text.p[at - 1] == ' ' && at > 1 && text.p[at - 2] == '"') /* after a string of the row's own */
            key = str_fmt(arena, "\"%.*s", STR_ARG(str_from(key, str_find(key, STR("k=rsa")))));
        done = str_fmt(arena, "%.*s%.*s%.*s", STR_ARG(done), (int)at, text.p, STR_ARG(key));
        text = str_from(text, at + 2);
    }
    return str_fmt(arena, "%.*s%.*s", STR_ARG(done), STR_ARG(text));
}

static void start(struct mail_world *w, const struct row *row)
{
    struct str rest;

    mail_world_begin(w, zone_of(row));
    for (rest = str_of(row->senders); rest.n;)
        mail_world_sender(w, str_cut(&rest, ' '));
    for (rest = str_of(row->selectors); rest.n;)
        mail_world_selector(w, str_cut(&rest, ' '));
}

static bool says(const struct finding *f, struct str what)
{
    if (str_has(f->fix_text, what))
        return true;
    for (size_t i = 0; i < f->n_evidence; i++)
        if (str_has(f->evidence[i].value, what))
            return true;
    return false;
}

static const struct dns_fix *first_record(const struct finding *f)
{
    for (size_t i = 0; i < f->n_records; i++)
        if (!f->records[i].remove)
            return &f->records[i];
    return NULL;
}

static void try_row(const struct row *row)
{
    const struct finding *f;
    struct mail_world w;

    start(&w, row);
    mail_world_put(&w);
    enum status got = mail_world_run(&w, row->id, &f);
    if (got != row->want || !str_has(f->title, str_of(row->title)))
        fail_msg("%s: %s %.*s", row->why, status_word(got), STR_ARG(f->title));
    const struct dns_fix *r = first_record(f);
    if (row->record && (!r || !str_eq(r->value, str_of(row->record))))
        fail_msg("%s: the record is \"%.*s\"", row->why, r ? (int)r->value.n : 0, r ? r->value.p : "");
    if (row->fix && !says(f, str_of(row->fix)))
        fail_msg("%s: the fix says \"%.*s\"", row->why, STR_ARG(f->fix_text));
    mail_world_end(&w);
}

static void judges_who_sends(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        try_row(&rows[i]);
}

/* With any one answer missing no check turns from good to bad, nor from bad to good. */
static void what_is_not_seen_is_not_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        for (size_t nth = 1;; nth++) {
            const struct finding *f;
            struct mail_world w;
            start(&w, &rows[i]);
            w.fail_nth = nth;
            mail_world_put(&w);
            enum status got = mail_world_run(&w, rows[i].id, &f);
            bool was_bad = rows[i].want == FAIL || rows[i].want == WARN, is_bad = got == FAIL || got == WARN;
            if (is_bad && !was_bad)
                fail_msg("%s: without fact %zu it is %s: %.*s", rows[i].why, nth, status_word(got), STR_ARG(f->title));
            if (got == PASS && was_bad)
                fail_msg("%s: without fact %zu it passes", rows[i].why, nth);
            bool last = nth >= w.n_put;
            mail_world_end(&w);
            if (last)
                break;
        }
}

static void past_ten_look_ups_the_merge_says_what_to_drop(void **state)
{
    static const struct row row = {
        "over ten",
        "email.spf-senders",
        GOOGLE SPF(
            "include:sendgrid.net a:h1.shop.example a:h2.shop.example a:h3.shop.example a:h4.shop.example "
            "a:h5.shop.example a:h6.shop.example a:h7.shop.example a:h8.shop.example") "sendgrid.net. TXT \"v=spf1 "
                                                                                       "include:ab.sendgrid.net "
                                                                                       "-all\"\n"
                                                                                       "ab.sendgrid.net. TXT \"v=spf1 "
                                                                                       "-all\"\nh1 A 192.0.2.1\nh2 A "
                                                                                       "192.0.2.1\nh3 A 192.0.2.1\nh4 "
                                                                                       "A 192.0.2.1\n"
                                                                                       "h5 A 192.0.2.1\nh6 A "
                                                                                       "192.0.2.1\nh7 A 192.0.2.1\nh8 "
                                                                                       "A 192.0.2.1\n",
        "google-workspace",
        "",
        FAIL,
        "does not include it",
        NULL,
        "instead of"};

    (void)state;
    try_row(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_who_sends),
        cmocka_unit_test(past_ten_look_ups_the_merge_says_what_to_drop),
        cmocka_unit_test(what_is_not_seen_is_not_judged),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
