/* Whole set-ups as shops have them, healthy and with one fault each, seen by every check that reads the DNS of mail:
 * the healthy ones stay silent, of the others the right check says what to paste. */
#include "test.h"

#include "mail_world.h"

#define POLICY "_dmarc TXT \"v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.example\"\n"
#define GOOGLE                                                                                                         \
    "@ MX 1 smtp.google.com.\ngoogle._domainkey TXT %K\n"                                                              \
    "_spf.google.com. TXT \"v=spf1 include:_netblocks.google.com include:_netblocks2.google.com ~all\"\n"              \
    "_netblocks.google.com. TXT \"v=spf1 ip4:192.0.2.0/25 ~all\"\n"                                                    \
    "_netblocks2.google.com. TXT \"v=spf1 ip6:2001:db8::/36 ~all\"\n"
#define MICROSOFT                                                                                                      \
    "@ MX 0 shop-example.mail.protection.outlook.com.\n"                                                               \
    "selector1._domainkey CNAME selector1-shop-example._domainkey.shop.onmicrosoft.com.\n"                             \
    "selector2._domainkey CNAME selector2-shop-example._domainkey.shop.onmicrosoft.com.\n"                             \
    "selector1-shop-example._domainkey.shop.onmicrosoft.com. TXT %K\n"                                                 \
    "spf.protection.outlook.com. TXT \"v=spf1 ip4:192.0.2.128/25 -all\"\n"
#define FASTMAIL                                                                                                       \
    "@ MX 10 in1-smtp.messagingengine.com.\n@ MX 20 in2-smtp.messagingengine.com.\n"                                   \
    "fm1._domainkey CNAME fm1.shop.example.dkim.fmhosted.com.\nfm1.shop.example.dkim.fmhosted.com. TXT %K\n"           \
    "fm2._domainkey CNAME fm2.shop.example.dkim.fmhosted.com.\nfm2.shop.example.dkim.fmhosted.com. TXT %K\n"           \
    "fm3._domainkey CNAME fm3.shop.example.dkim.fmhosted.com.\nfm3.shop.example.dkim.fmhosted.com. TXT %K\n"           \
    "spf.messagingengine.com. TXT \"v=spf1 ip4:192.0.2.64/26 ?all\"\n"
#define POSTMARK                                                                                                       \
    "20260101pm._domainkey TXT %K\npm-bounces CNAME pm.mtasv.net.\npm.mtasv.net. MX 10 inbound.mtasv.net.\n"           \
    "pm.mtasv.net. TXT \"v=spf1 include:spf.mtasv.net ~all\"\nspf.mtasv.net. TXT \"v=spf1 ip4:192.0.2.9 ~all\"\n"
#define ZOHO                                                                                                           \
    "@ MX 10 mx.zoho.com.\n@ MX 20 mx2.zoho.com.\n@ MX 50 mx3.zoho.com.\nzmail._domainkey TXT %K\n"                    \
    "zohomail.com. TXT \"v=spf1 ip4:192.0.2.16/28 -all\"\n"
#define BREVO                                                                                                          \
    "brevo1._domainkey CNAME b1.shop-example.dkim.brevo.com.\nb1.shop-example.dkim.brevo.com. TXT %K\n"                \
    "brevo2._domainkey CNAME b2.shop-example.dkim.brevo.com.\nb2.shop-example.dkim.brevo.com. TXT %K\n"                \
    "@ TXT \"brevo-code:0123456789abcdef\"\n"
#define MAILCHIMP                                                                                                      \
    "k2._domainkey CNAME dkim2.mcsv.net.\ndkim2.mcsv.net. TXT %K\n"                                                    \
    "k3._domainkey CNAME dkim3.mcsv.net.\ndkim3.mcsv.net. TXT %K\n"
#define CLOUDFLARE                                                                                                     \
    "@ MX 36 route1.mx.cloudflare.net.\n@ MX 92 route2.mx.cloudflare.net.\n@ MX 13 route3.mx.cloudflare.net.\n"        \
    "cf2024-1._domainkey TXT %K\n_spf.mx.cloudflare.net. TXT \"v=spf1 ip4:192.0.2.200/29 ~all\"\n"
#define PROTON                                                                                                         \
    "@ MX 10 mail.protonmail.ch.\n@ MX 20 mailsec.protonmail.ch.\n@ TXT \"protonmail-verification=0123abcd\"\n"        \
    "protonmail._domainkey CNAME protonmail.domainkey.dtok.domains.proton.ch.\n"                                       \
    "protonmail2._domainkey CNAME protonmail2.domainkey.dtok.domains.proton.ch.\n"                                     \
    "protonmail3._domainkey CNAME protonmail3.domainkey.dtok.domains.proton.ch.\n"                                     \
    "protonmail.domainkey.dtok.domains.proton.ch. TXT %K\nprotonmail2.domainkey.dtok.domains.proton.ch. TXT %K\n"      \
    "protonmail3.domainkey.dtok.domains.proton.ch. TXT %K\n_spf.protonmail.ch. TXT \"v=spf1 ip4:192.0.2.33 ~all\"\n"
#define RESEND                                                                                                         \
    "resend._domainkey TXT %K\nsend MX 10 feedback-smtp.eu-west-1.amazonses.com.\n"                                    \
    "send TXT \"v=spf1 include:amazonses.com ~all\"\namazonses.com. TXT \"v=spf1 ip4:192.0.2.40/29 -all\"\n"
#define AMAZON                                                                                                         \
    "tok1._domainkey CNAME tok1.dkim.amazonses.com.\ntok1.dkim.amazonses.com. TXT %K\n"                                \
    "tok2._domainkey CNAME tok2.dkim.amazonses.com.\ntok2.dkim.amazonses.com. TXT %K\n"                                \
    "tok3._domainkey CNAME tok3.dkim.amazonses.com.\ntok3.dkim.amazonses.com. TXT %K\n"                                \
    "bounce MX 10 feedback-smtp.eu-west-1.amazonses.com.\nbounce TXT \"v=spf1 include:amazonses.com ~all\"\n"          \
    "amazonses.com. TXT \"v=spf1 ip4:192.0.2.40/29 -all\"\n"
#define SHOPIFY                                                                                                        \
    "xyz._domainkey CNAME dkim1.0a1b.p9.email.myshopify.com.\ndkim1.0a1b.p9.email.myshopify.com. TXT %K\n"             \
    "xyz2._domainkey CNAME dkim2.0a1b.p9.email.myshopify.com.\ndkim2.0a1b.p9.email.myshopify.com. TXT %K\n"            \
    "mailerxyz CNAME 0a1b.p9.email.myshopify.com.\n"
#define KLAVIYO                                                                                                        \
    "kl._domainkey CNAME dkim.u1.klaviyomail.com.\ndkim.u1.klaviyomail.com. TXT %K\n"                                  \
    "kl2._domainkey CNAME dkim2.u1.klaviyomail.com.\ndkim2.u1.klaviyomail.com. TXT %K\n"                               \
    "send CNAME u1.klaviyomail.com.\nu1.klaviyomail.com. MX 10 mx.klaviyomail.com.\n"
#define SENDGRID                                                                                                       \
    "s1._domainkey CNAME s1.domainkey.u1234.wl9.sendgrid.net.\ns1.domainkey.u1234.wl9.sendgrid.net. TXT %K\n"          \
    "s2._domainkey CNAME s2.domainkey.u1234.wl9.sendgrid.net.\ns2.domainkey.u1234.wl9.sendgrid.net. TXT %K\n"          \
    "em1234 CNAME u1234.wl9.sendgrid.net.\nu1234.wl9.sendgrid.net. MX 10 mx.sendgrid.net.\n"
#define MAILGUN                                                                                                        \
    "pdk1._domainkey.mg CNAME pdk1._domainkey.ab12.dkim1.mailgun.com.\npdk1._domainkey.ab12.dkim1.mailgun.com. TXT "   \
    "%K\n"                                                                                                             \
    "pdk2._domainkey.mg CNAME pdk2._domainkey.ab12.dkim1.mailgun.com.\npdk2._domainkey.ab12.dkim1.mailgun.com. TXT "   \
    "%K\n"                                                                                                             \
    "mg TXT \"v=spf1 include:mailgun.org ~all\"\nmg MX 10 mxa.mailgun.org.\nmg MX 10 mxb.mailgun.org.\n"               \
    "mailgun.org. TXT \"v=spf1 ip4:192.0.2.48/29 ~all\"\n"
#define HUBSPOT                                                                                                        \
    "hs1-123._domainkey CNAME shop-example.hs07a.dkim.hubspotemail.net.\nshop-example.hs07a.dkim.hubspotemail.net. "   \
    "TXT "                                                                                                             \
    "%K\nhs2-123._domainkey CNAME shop-example.hs07b.dkim.hubspotemail.net.\n"                                         \
    "shop-example.hs07b.dkim.hubspotemail.net. TXT %K\n123.spf07.hubspotemail.net. TXT \"v=spf1 ip4:192.0.2.56 "       \
    "~all\"\n"
#define ICLOUD                                                                                                         \
    "@ MX 10 mx01.mail.icloud.com.\n@ MX 10 mx02.mail.icloud.com.\n@ TXT \"apple-domain=Ab12\"\n"                      \
    "sig1._domainkey CNAME sig1.dkim.shop.example.at.icloudmailadmin.com.\n"                                           \
    "sig1.dkim.shop.example.at.icloudmailadmin.com. TXT %K\nicloud.com. TXT \"v=spf1 ip4:192.0.2.57 ~all\"\n"
#define ZENDESK                                                                                                        \
    "zendesk1._domainkey CNAME zendesk1._domainkey.zendesk.com.\nzendesk1._domainkey.zendesk.com. TXT %K\n"            \
    "zendesk2._domainkey CNAME zendesk2._domainkey.zendesk.com.\nzendesk2._domainkey.zendesk.com. TXT %K\n"            \
    "mail.zendesk.com. TXT \"v=spf1 ip4:192.0.2.58 ~all\"\nzendeskverification TXT \"ab12\"\n"
#define IMPROVMX                                                                                                       \
    "@ MX 10 mx1.improvmx.com.\n@ MX 20 mx2.improvmx.com.\nspf.improvmx.com. TXT \"v=spf1 ip4:192.0.2.59 ~all\"\n"
#define STRIPE                                                                                                         \
    "tokA._domainkey CNAME tokA.dkim.custom-email-domain.stripe.com.\n"                                                \
    "tokA.dkim.custom-email-domain.stripe.com. TXT %K\nbounce CNAME custom-email-domain.stripe.com.\n"                 \
    "custom-email-domain.stripe.com. MX 10 mx.stripe.com.\n"
#define OWN       "@ MX 10 mail.shop.example.\nmail A 192.0.2.5\nmail TXT \"v=spf1 a -all\"\n2026._domainkey TXT %K\n"
#define SPF(text) "@ TXT \"v=spf1 " text "\"\n"

struct setup {
    const char *why, *zone, *senders, *selectors;
    const char *id;     /* of the check that must find something; NULL: healthy */
    const char *record; /* a value to paste; NULL: what is there is only to be set to DNS only */
};

static const struct setup setups[] = {
    {"Google and Postmark", GOOGLE POSTMARK SPF("include:_spf.google.com ~all") POLICY, "google-workspace postmark",
     "20260101pm", NULL, NULL},
    {"Google and Postmark, nothing declared", GOOGLE POSTMARK SPF("include:_spf.google.com ~all") POLICY, "", "", NULL,
     NULL},
    {"Google as before 2023",
     GOOGLE "@ MX 5 alt1.aspmx.l.google.com.\n@ MX 10 aspmx.l.google.com.\n" SPF("include:_spf.google.com ~all") POLICY,
     "", "", NULL, NULL},
    {"Microsoft and Mailchimp", MICROSOFT MAILCHIMP SPF("include:spf.protection.outlook.com -all") POLICY,
     "microsoft-365 mailchimp", "", NULL, NULL},
    {"Microsoft and Mailchimp, nothing declared",
     MICROSOFT MAILCHIMP SPF("include:spf.protection.outlook.com -all") POLICY, "", "", NULL, NULL},
    {"Fastmail alone", FASTMAIL SPF("include:spf.messagingengine.com ?all") POLICY, "fastmail", "", "email.spf-all",
     "v=spf1 include:spf.messagingengine.com ~all"},
    {"Fastmail alone, closed", FASTMAIL SPF("include:spf.messagingengine.com ~all") POLICY, "", "", NULL, NULL},
    {"Zoho and Brevo", ZOHO BREVO SPF("include:zohomail.com ~all") POLICY, "zoho brevo", "", NULL, NULL},
    {"Zoho and Brevo, nothing declared", ZOHO BREVO SPF("include:zohomail.com ~all") POLICY, "", "", NULL, NULL},
    {"Cloudflare forwards, nothing else", CLOUDFLARE SPF("include:_spf.mx.cloudflare.net ~all") POLICY, "", "", NULL,
     NULL},
    {"Proton, and Resend on send", PROTON RESEND SPF("include:_spf.protonmail.ch ~all") POLICY, "proton resend", "",
     NULL, NULL},
    {"Proton, and Resend on send, nothing declared", PROTON RESEND SPF("include:_spf.protonmail.ch ~all") POLICY, "",
     "", NULL, NULL},
    {"no mail", "@ MX 0 .\n" SPF("-all") "_dmarc TXT \"v=DMARC1; p=reject\"\n", "", "", NULL, NULL},
    {"Amazon with its own MAIL FROM", GOOGLE AMAZON SPF("include:_spf.google.com ~all") POLICY,
     "google-workspace amazon-ses", "tok1 tok2 tok3", NULL, NULL},
    {"Shopify and Klaviyo", GOOGLE SHOPIFY KLAVIYO SPF("include:_spf.google.com ~all") POLICY, "google-workspace",
     "xyz xyz2", NULL, NULL},
    {"Shopify and Klaviyo, both declared", GOOGLE SHOPIFY KLAVIYO SPF("include:_spf.google.com ~all") POLICY,
     "google-workspace shopify klaviyo", "xyz xyz2 kl kl2", NULL, NULL},
    {"Google and SendGrid", GOOGLE SENDGRID SPF("include:_spf.google.com ~all") POLICY, "", "", NULL, NULL},
    {"Google and SendGrid, declared", GOOGLE SENDGRID SPF("include:_spf.google.com ~all") POLICY,
     "google-workspace sendgrid", "", NULL, NULL},
    {"Google and Mailgun on mg", GOOGLE MAILGUN SPF("include:_spf.google.com ~all") POLICY, "google-workspace mailgun",
     "", NULL, NULL},
    {"Google and Mailgun on mg, nothing declared", GOOGLE MAILGUN SPF("include:_spf.google.com ~all") POLICY, "", "",
     NULL, NULL},
    {"Google and HubSpot with its include",
     GOOGLE HUBSPOT SPF("include:_spf.google.com include:123.spf07.hubspotemail.net ~all") POLICY,
     "google-workspace hubspot", "hs1-123 hs2-123", NULL, NULL},
    {"iCloud alone", ICLOUD SPF("include:icloud.com ~all") POLICY, "", "", NULL, NULL},
    {"Microsoft and Zendesk",
     MICROSOFT ZENDESK SPF("include:spf.protection.outlook.com include:mail.zendesk.com -all") POLICY,
     "microsoft-365 zendesk", "", NULL, NULL},
    {"Microsoft and Zendesk, nothing declared",
     MICROSOFT ZENDESK SPF("include:spf.protection.outlook.com "
                           "include:mail.zendesk.com -all") POLICY,
     "", "", NULL, NULL},
    {"ImprovMX forwards, Gmail sends", IMPROVMX SPF("include:spf.improvmx.com ~all") POLICY, "improvmx", "", NULL,
     NULL},
    {"Google and Stripe", GOOGLE STRIPE SPF("include:_spf.google.com ~all") POLICY, "google-workspace stripe", "toka",
     NULL, NULL},
    {"everything at once",
     GOOGLE POSTMARK SHOPIFY KLAVIYO ZENDESK STRIPE SPF("include:_spf.google.com include:mail.zendesk.com ~all") POLICY,
     "", "", NULL, NULL},
    {"an own Postfix", OWN SPF("mx -all") POLICY, "", "2026", NULL, NULL},
    {"an own Postfix by address", OWN SPF("ip4:192.0.2.5 ip6:2001:db8::5 a:mail.shop.example -all") POLICY, "", "2026",
     NULL, NULL},
    {"a policy one step further",
     GOOGLE SPF("include:_spf.google.com ~all") "_dmarc TXT \"v=DMARC1; p=reject; "
                                                "adkim=s; aspf=r; "
                                                "rua=mailto:dmarc@shop.example; fo=1; "
                                                "ruf=mailto:dmarc@shop.example\"\n",
     "", "", NULL, NULL},

    {"two records at the registry, which receivers skip",
     GOOGLE SPF("include:_spf.google.com ~all") POLICY "_dmarc.example. TXT \"v=DMARC1; p=none\"\n"
                                                       "_dmarc.example. TXT \"v=DMARC1; p=reject\"\n",
     "", "", NULL, NULL},

    {"a space after include:", GOOGLE SPF("include: _spf.google.com ~all") POLICY, "", "", "email.spf",
     "v=spf1 include:_spf.google.com ~all"},
    {"include=", GOOGLE SPF("include=_spf.google.com ~all") POLICY, "", "", "email.spf",
     "v=spf1 include:_spf.google.com ~all"},
    {"ipv4:", GOOGLE SPF("ipv4:192.0.2.1 include:_spf.google.com ~all") POLICY, "", "", "email.spf",
     "v=spf1 ip4:192.0.2.1 include:_spf.google.com ~all"},
    {"a semicolon at the end", GOOGLE SPF("include:_spf.google.com ~all;") POLICY, "", "", "email.spf",
     "v=spf1 include:_spf.google.com ~all"},
    {"a semicolon at the end, and what it ends in", GOOGLE SPF("include:_spf.google.com ~all;") POLICY, "", "",
     "email.spf-all", "v=spf1 include:_spf.google.com ~all"},
    {"a space within ~all", GOOGLE SPF("include:_spf.google.com ~ all") POLICY, "", "", "email.spf",
     "v=spf1 include:_spf.google.com ~all"},
    {"a space within ~all, which lets everybody pass", GOOGLE SPF("include:_spf.google.com ~ all") POLICY, "", "",
     "email.spf-all", "v=spf1 include:_spf.google.com ~all"},
    {"-all twice", GOOGLE SPF("include:_spf.google.com -all -all") POLICY, "", "", "email.spf",
     "v=spf1 include:_spf.google.com -all"},
    {"commas", GOOGLE SPF("include:_spf.google.com, ip4:192.0.2.1, ~all") POLICY, "", "", "email.spf",
     "v=spf1 include:_spf.google.com ip4:192.0.2.1 ~all"},
    {"declared, beside a slip", GOOGLE ZOHO SPF("include: zohomail.com ~all") POLICY, "google-workspace", "",
     "email.spf-senders", "v=spf1 include:zohomail.com include:_spf.google.com ~all"},
    {"two SPF records, one with a slip",
     GOOGLE ZOHO SPF("include:_spf.google.com ~all;") SPF("include: zohomail.com ~all") POLICY, "", "", "email.spf",
     "v=spf1 include:_spf.google.com include:zohomail.com ~all"},
    {"two SPF records", GOOGLE ZOHO SPF("include:_spf.google.com ~all") SPF("include:zohomail.com ~all") POLICY, "", "",
     "email.spf", "v=spf1 include:_spf.google.com include:zohomail.com ~all"},
    {"the old include of Postmark stays",
     GOOGLE POSTMARK SPF("include:_spf.google.com include:spf.mtasv.net ~all") POLICY, "", "", "audit.email-provider",
     "v=spf1 include:_spf.google.com ~all"},
    {"Google declared and not in SPF", GOOGLE SPF("-all") POLICY, "google-workspace", "", "email.spf-senders",
     "v=spf1 include:_spf.google.com -all"},
    {"Brevo with one of two keys",
     ZOHO "brevo1._domainkey CNAME b1.shop-example.dkim.brevo.com.\nb1.shop-example.dkim.brevo.com. TXT %K\n" SPF(
         "include:zohomail.com ~all") POLICY,
     "zoho brevo", "", "email.dkim", "b2.shop-example.dkim.brevo.com."},
    {"Resend without its return path",
     PROTON "resend._domainkey TXT %K\n" SPF("include:_spf.protonmail.ch ~all") POLICY, "proton resend", "",
     "email.spf-senders", "v=spf1 include:amazonses.com ~all"},
    {"+all", GOOGLE SPF("include:_spf.google.com +all") POLICY, "", "", "email.spf-all",
     "v=spf1 include:_spf.google.com ~all"},
    {"no DMARC", GOOGLE SPF("include:_spf.google.com ~all"), "", "", "email.dmarc",
     "v=DMARC1; p=none; rua=mailto:dmarc@shop.example"},
    {"no SPF", GOOGLE POLICY, "", "", "email.spf", "v=spf1 include:_spf.google.com ~all"},
    {"a quotation mark in DMARC",
     GOOGLE SPF("include:_spf.google.com ~all") "_dmarc TXT \"v=DMARC1 p=quarantine; "
                                                "rua=mailto:dmarc@shop.example\"\n",
     "", "", "email.dmarc", "v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.example"},
    {"an include that is gone",
     GOOGLE SPF("include:_spf.google.com include:spf.gone.example ~all") POLICY "spf.gone.example. A 192.0.2.1\n", "",
     "", "email.spf", "v=spf1 include:_spf.google.com ~all"},
    {"no mail, and it does not say so", "@ MX 0 .\n" SPF("-all"), "", "", "email.parked", "v=DMARC1; p=reject"},
    {"Fastmail's key is proxied",
     "@ MX 10 in1-smtp.messagingengine.com.\n@ MX 20 in2-smtp.messagingengine.com.\nfm1._domainkey A 104.16.1.1\n"
     "spf.messagingengine.com. TXT \"v=spf1 ip4:192.0.2.64/26 ?all\"\n" SPF("include:spf.messagingengine.com ~all")
         POLICY,
     "fastmail", "", "email.dkim", NULL},
};

static const char *const checks[] = {
    "email.spf",      "email.spf-lookups", "email.spf-void",     "email.spf-all",       "email.spf-senders",
    "email.dkim",     "email.dmarc",       "email.dmarc-policy", "email.dmarc-reports", "email.parked",
    "email.dkim-key", "email.mta-sts",     "email.bimi",         "email.tls-rpt",       "audit.email-provider"};

static struct arena *arena;
static struct str key;

static int begin(void **state)
{
    (void)state;
    arena = arena_new(ARENA_MB(64));
    struct str text = mail_world_key(arena, 2048);
    key = str_fmt(arena, "\"v=DKIM1; k=rsa; p=%.*s\" \"%.*s\"", 200, text.p, STR_ARG(str_from(text, 200)));
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void start(struct mail_world *w, const struct setup *s)
{
    struct str rest = str_of(s->zone), zone = STR_NONE;

    for (size_t at; (at = str_find(rest, STR("%K"))) != SIZE_MAX; rest = str_from(rest, at + 2))
        zone = str_fmt(arena, "%.*s%.*s%.*s", STR_ARG(zone), (int)at, rest.p, STR_ARG(key));
    mail_world_begin(w, str_fmt(arena, "%.*s%.*s", STR_ARG(zone), STR_ARG(rest)));
    for (rest = str_of(s->senders); rest.n;)
        mail_world_sender(w, str_cut(&rest, ' '));
    for (rest = str_of(s->selectors); rest.n;)
        mail_world_selector(w, str_cut(&rest, ' '));
    mail_world_put(w);
}

static bool offers(const struct findings *out, struct str value)
{
    for (size_t i = 0; i < out->n; i++)
        if (!value.n && out->v[i]->status == FAIL && str_has(out->v[i]->fix_text, STR("DNS only")))
            return true;
    for (size_t i = 0; i < out->n; i++)
        for (size_t r = 0; r < out->v[i]->n_records; r++)
            if (!out->v[i]->records[r].remove && str_eq(out->v[i]->records[r].value, value))
                return true;
    return false;
}

static bool is_bad(const struct finding *f)
{
    return f->status == UNKNOWN || ((f->status == FAIL || f->status == WARN) && f->severity != SEV_INFO);
}

static size_t say_all(const char *why, const char *id, const struct findings *out)
{
    size_t n = 0;

    for (size_t i = 0; i < out->n; i++) {
        const struct finding *f = out->v[i];
        if (!is_bad(f))
            continue;
        n++;
        print_message("%s: %s %s %s: %.*s\n", why, id, status_word(f->status), severity_word(f->severity),
                      STR_ARG(f->title));
        for (size_t r = 0; r < f->n_records; r++)
            print_message("   %s %.*s %.*s\n", f->records[r].remove ? "-" : "+", STR_ARG(f->records[r].name),
                          STR_ARG(f->records[r].value));
    }
    return n;
}

/* How many findings are not as they should be. */
static size_t try(const struct setup *s)
{
    size_t n = 0;
    bool found = false;

    for (size_t i = 0; i < N_OF(checks); i++) {
        const struct finding *f;
        struct mail_world w;
        start(&w, s);
        (void)mail_world_run(&w, checks[i], &f);
        if (!s->id || strcmp(s->id, checks[i]) != 0) {
            n += s->id ? 0 : say_all(s->why, checks[i], &w.out);
        } else if (!(found = offers(&w.out, s->record ? str_of(s->record) : STR_NONE))) {
            print_message("%s: %s does not offer \"%s\", but:\n", s->why, s->id, s->record);
            (void)say_all(s->why, checks[i], &w.out);
        }
        mail_world_end(&w);
    }
    return n + (s->id && !found);
}

/* Each sender of a healthy set-up passes, so nothing that is seen stands in the way of a stricter policy. */
static void healthy_ones_may_be_tightened(void **state)
{
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < N_OF(setups); i++) {
        struct tighten_verdict v;
        struct mail_world w;
        if (setups[i].id)
            continue;
        start(&w, &setups[i]);
        senders_may_tighten(w.arena, mail_world_senders(&w), &v);
        for (size_t k = 0; k < v.against.n; k++)
            print_message("%s: %s: %.*s\n", setups[i].why, v.verdict == TIGHTEN_NOT_YET ? "not yet" : "unknown",
                          STR_ARG(v.against.v[k]));
        n += v.verdict == TIGHTEN_NOT_YET;
        mail_world_end(&w);
    }
    if (n)
        fail_msg("%zu wrong", n);
}

static void healthy_ones_are_left_alone_and_faults_are_found(void **state)
{
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < N_OF(setups); i++)
        n += try(&setups[i]);
    if (n)
        fail_msg("%zu wrong", n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(healthy_ones_are_left_alone_and_faults_are_found),
                                       cmocka_unit_test(healthy_ones_may_be_tightened)};

    return cmocka_run_group_tests(tests, begin, end);
}
