/* A domain's SPF record and whose DMARC record counts for it, from the DNS facts. */
#include "facts/dns_inside.h"
#include "facts/fact_dns.h"
#include "facts/fact_mail.h"

static bool look_spf(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct mail_resolver dns = fact_mail_resolver(q);

    (void)outside;
    if (!fact_txt(q, key)) /* its own record; everything below it may be missing */
        return ask_failed(q, reterr);
    spf_survey(q->arena, &dns, key, STR_NONE, ret);
    return true;
}

static bool look_dmarc(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct mail_resolver dns = fact_mail_resolver(q);

    (void)outside;
    const struct fact_dns *own = fact_dns(q, str_fmt(q->arena, "_dmarc.%.*s", STR_ARG(key)), DNS_TXT);
    const struct fact_dns *name = own ? fact_dns(q, key, DNS_TXT) : NULL;
    if (!own || !name)
        return ask_failed(q, reterr);
    dmarc_find(q->arena, &dns, key, name->outcome != DNS_NXDOMAIN, ret);
    return true;
}

const struct fact_kind spf_kind = {"spf", 42, sizeof(struct spf_survey), 0, look_spf, NULL, NULL};
const struct fact_kind dmarc_kind = {"dmarc", 43, sizeof(struct dmarc_found), 0, look_dmarc, NULL, NULL};

const struct spf_survey *fact_spf(struct ask *q, struct str domain)
{
    return facts_get(q, &spf_kind, dns_name_plain(q->arena, domain));
}

const struct dmarc_found *fact_dmarc(struct ask *q, struct str domain)
{
    return facts_get(q, &dmarc_kind, dns_name_plain(q->arena, domain));
}
