/* Who sends mail for a domain: everything is asked for at once, then put together. */
#include "facts/fact_senders.h"

#include "facts/dns_inside.h"
#include "facts/fact_mail.h"
#include "facts/fact_platform.h"
#include "facts/senders_inside.h"

struct str senders_name(const struct senders_look *l, struct str host)
{
    if (str_eq(host, STR("@")))
        return l->s->domain;
    return str_fmt(l->arena, "%.*s.%.*s", STR_ARG(host), STR_ARG(l->s->domain));
}

bool senders_is_proxied(const struct senders_look *l, struct str name, struct str *ret_address, struct str *ret_edge,
                        bool *ret_unseen)
{
    static const enum dns_type types[] = {DNS_A, DNS_AAAA};

    for (size_t t = 0; t < N_OF(types); t++)
        mail_want(&l->dns, name, types[t]);
    for (size_t t = 0; t < N_OF(types); t++) {
        struct mail_answer a;
        mail_look(&l->dns, l->arena, name, types[t], &a);
        if (a.outcome == MAIL_FAILED)
            *ret_unseen = true;
        for (size_t i = 0; i < a.n; i++) {
            const struct platform *p = platform_of_address(a.v[i].value);
            if (p && p->is_edge) {
                *ret_address = a.v[i].value;
                *ret_edge = str_of(p->name);
                return true;
            }
        }
    }
    return false;
}

static bool look_senders(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_senders *s = ret;
    struct senders_look l = {.q = q, .arena = q->arena, .dns = fact_mail_resolver(q), .all = providers_now(), .s = s};

    (void)outside;
    s->domain = key;
    mail_want(&l.dns, key, DNS_TXT);
    mail_want(&l.dns, key, DNS_MX);
    senders_want_keys(&l);
    senders_want_hosts(&l);
    facts_want(q, &dmarc_kind, key);
    s->spf = fact_spf(q, key);
    if (!s->spf)
        return ask_failed(q, reterr);
    senders_find_keys(&l);
    s->dmarc = fact_dmarc(q, key);
    if (!s->dmarc)
        ask_tolerate(q); /* whoever judges the policy says so */
    senders_find(&l);
    return true;
}

const struct fact_kind senders_kind = {"senders", 46, sizeof(struct fact_senders), 0, look_senders, NULL, NULL};

const struct fact_senders *fact_senders(struct ask *q, struct str domain)
{
    return facts_get(q, &senders_kind, dns_name_plain(q->arena, domain));
}
