#include "discover/discover_inside.h"

#include "facts/fact_dns.h"

/* By the ending of an MX target or of an SPF include: the name that the launch file uses. */
static const struct {
    const char *ending, *sender;
} senders[] = {
    {"google.com", "google-workspace"},
    {"googlemail.com", "google-workspace"},
    {"outlook.com", "microsoft-365"},
    {"zoho.com", "zoho"},
    {"zoho.eu", "zoho"},
    {"zohomail.eu", "zoho"},
    {"messagingengine.com", "fastmail"},
    {"protonmail.ch", "proton"},
    {"mtasv.net", "postmark"},
    {"sendgrid.net", "sendgrid"},
    {"mailgun.org", "mailgun"},
    {"amazonses.com", "amazon-ses"},
    {"mcsv.net", "mailchimp"},
    {"mandrillapp.com", "mandrill"},
    {"brevo.com", "brevo"},
    {"sendinblue.com", "brevo"},
    {"klaviyo.com", "klaviyo"},
    {"shopify.com", "shopify"},
    {"hubspotemail.net", "hubspot"},
    {"sparkpostmail.com", "sparkpost"},
    {"mailjet.com", "mailjet"},
    {"zendesk.com", "zendesk"},
    {"helpscoutemail.com", "help-scout"},
    {"mx.cloudflare.net", "cloudflare-email-routing"},
    {"privateemail.com", "namecheap"},
    {"secureserver.net", "godaddy"},
    {"mlsend.com", "mailerlite"},
    {"createsend.com", "campaign-monitor"},
    {"emsd1.com", "activecampaign"},
    {"freshemail.io", "freshdesk"},
};

static void add_sender(struct ask *q, struct str_list *list, struct str name)
{
    for (size_t i = 0; i < N_OF(senders); i++) {
        struct str ending = str_of(senders[i].ending);
        if (str_ends_nocase(name, ending) && (name.n == ending.n || name.p[name.n - ending.n - 1] == '.') &&
            !str_list_has(list, str_of(senders[i].sender)))
            str_list_add(q->arena, list, str_of(senders[i].sender));
    }
}

static void read_spf(struct ask *q, struct str record, struct str_list *found, struct str_list *unknown)
{
    struct str rest = record;

    while (rest.p) {
        struct str term = str_cut(&rest, ' ');
        if (!str_starts_nocase(term, STR("include:")))
            continue;
        struct str name = str_from(term, 8);
        size_t before = found->n;
        add_sender(q, found, name);
        if (found->n == before)
            str_list_add(q->arena, unknown, name);
    }
}

static struct str joined(struct ask *q, const struct str_list *list)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < list->n; i++)
        all = str_fmt(q->arena, "%.*s%s%.*s", STR_ARG(all), i ? ", " : "", STR_ARG(list->v[i]));
    return all;
}

static void look_mx(struct ask *q, struct discovered *d, struct str_list *found)
{
    const struct fact_dns *mx = fact_dns(q, q->domain, DNS_MX);
    struct str_list hosts = {0};

    if (!mx) {
        discovery_unknown(q, d, "mail comes in at", "%s", ask_tolerate(q)->text);
        return;
    }
    for (size_t i = 0; i < mx->n_answer; i++)
        if (mx->answer[i].type == DNS_MX) {
            str_list_add(q->arena, &hosts, mx->answer[i].target);
            add_sender(q, found, mx->answer[i].target);
        }
    if (hosts.n)
        discovery_known(q, d, "mail comes in at", "%.*s", STR_ARG(joined(q, &hosts)));
    else
        discovery_known(q, d, "mail comes in at", "nowhere: there is no MX record");
}

void discover_mail(struct ask *q, struct discovered *d, struct buf *out)
{
    const struct str_list *txt = fact_txt(q, q->domain);
    struct str_list found = {0}, unknown = {0};

    look_mx(q, d, &found);
    if (!txt)
        discovery_unknown(q, d, "who may send mail", "%s", ask_tolerate(q)->text);
    for (size_t i = 0; txt && i < txt->n; i++)
        if (str_starts_nocase(txt->v[i], STR("v=spf1")))
            read_spf(q, txt->v[i], &found, &unknown);
    if (txt && found.n)
        discovery_known(q, d, "mail providers", "%.*s", STR_ARG(joined(q, &found)));
    if (unknown.n)
        discovery_unknown(q, d, "senders in SPF not recognised", "%.*s", STR_ARG(joined(q, &unknown)));
    discovery_unknown(q, d, "DKIM selectors", "only your mail providers know them: look in their consoles");
    buf_add_cstr(out, "\n# Who sends mail for you. Selectors name the DKIM keys: see your provider's console.\n");
    if (found.n)
        buf_fmt(out, "email:\n  senders: [%.*s]\n  # selectors: [google]\n", STR_ARG(joined(q, &found)));
    else
        buf_add_cstr(out, "# email:\n#   senders: [google-workspace, postmark]\n#   selectors: [google]\n");
}
