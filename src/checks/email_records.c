#include "checks/email_records.h"

#include "mail/spf_merge.h"

#define DROPS_SHOWN 4u

static bool aligns(const void *context, struct str target)
{
    const struct provider *p = provider_by_spf(context, target);

    return !p || !p->include_wasted;
}

static struct str list_drops(struct ask *q, const struct spf_merge *m)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < m->n_drops && i < DROPS_SHOWN; i++)
        all = str_fmt(q->arena, "%.*s%sinclude:%.*s (%u look-up%s%s)", STR_ARG(all), i ? ", " : "",
                      STR_ARG(m->drops[i].target), m->drops[i].saves, m->drops[i].saves == 1 ? "" : "s",
                      m->drops[i].wasted ? ", can go: it never aligns" : ", if it is no longer in use");
    return all;
}

static struct str cost_text(struct ask *q, const struct spf_merge *m)
{
    struct str text = str_fmt(q->arena, "%s%u of the %u look-ups that receivers make",
                              m->look_ups_known ? "" : "at least ", m->look_ups, SPF_LOOK_UPS_MOST);

    if (m->over && m->n_drops)
        text = str_fmt(q->arena, "%.*s: too many, SPF would fail for everybody. Drop first: %.*s", STR_ARG(text),
                       STR_ARG(list_drops(q, m)));
    else if (m->over)
        text = str_fmt(q->arena, "%.*s: too many, SPF would fail for everybody. Send from a subdomain of its own",
                       STR_ARG(text));
    if (m->long_string)
        text = str_fmt(q->arena,
                       "%.*s. It is longer than 255 bytes; where the DNS console does not cut it by itself, enter it "
                       "as these strings: %.*s",
                       STR_ARG(text), STR_ARG(m->split));
    return text;
}

void email_offer_spf(struct ask *q, struct findings *out, struct finding *f, const struct fact_senders *all,
                     struct str terms, bool drop)
{
    struct mail_resolver dns = fact_mail_resolver(q);
    struct str_list none = {0};
    const struct str_list *present = all->spf ? &all->spf->records : &none;
    struct str_list readable = spf_readable(q->arena, present);
    const char *name = str_cstr(q->arena, all->domain);
    struct spf_merge m;

    spf_merge(q->arena, &dns, all->domain, &readable, terms, aligns, providers_now(), &m);
    struct str record = m.record;
    if (m.shorter.n && (drop || m.over)) {
        record = m.shorter;
        finding_evidence(out, f, "the record without what cannot align", all->domain, 0,
                         "%u of %u look-ups instead of %u", m.shorter_look_ups, SPF_LOOK_UPS_MOST, m.look_ups);
    } else {
        finding_evidence(out, f, "the merged record costs", all->domain, 0, "%.*s", STR_ARG(cost_text(q, &m)));
    }
    for (size_t i = 0; i < present->n; i++)
        finding_remove_record(out, f, name, "TXT", "%.*s", STR_ARG(present->v[i]));
    finding_record(out, f, name, "TXT", EMAIL_FIX_TTL_S, "%.*s", STR_ARG(record));
}

static bool is_key(const struct sender_record *r)
{
    return str_has(r->host, STR("_domainkey"));
}

static bool is_own_spf(const struct sender_record *r)
{
    return str_eq(r->host, STR("@")) && str_eq(r->wanted->type, STR("TXT"));
}

static bool is_own_mx(const struct sender_record *r)
{
    return str_eq(r->host, STR("@")) && str_eq(r->wanted->type, STR("MX"));
}

static struct str include_terms(struct ask *q, struct str value)
{
    struct str_list list = provider_includes(q->arena, value);
    struct str terms = STR_NONE;

    for (size_t i = 0; i < list.n; i++)
        terms = str_fmt(q->arena, "%.*s%sinclude:%.*s", STR_ARG(terms), i ? " " : "", STR_ARG(list.v[i]));
    return terms;
}

static bool offer_record(struct ask *q, struct findings *out, struct finding *f, const struct fact_senders *all,
                         const struct sender_record *r)
{
    if (is_own_spf(r)) {
        email_offer_spf(q, out, f, all, include_terms(q, r->value), false);
        return false;
    }
    const char *name = str_cstr(q->arena, r->name);
    if (str_eq(r->wanted->type, STR("MX")))
        finding_record(out, f, name, "MX", EMAIL_FIX_TTL_S, "%u %.*s.", r->wanted->preference, STR_ARG(r->value));
    else if (str_eq(r->wanted->type, STR("CNAME")))
        finding_record(out, f, name, "CNAME", EMAIL_FIX_TTL_S, "%.*s.", STR_ARG(r->value));
    else
        finding_record(out, f, name, "TXT", EMAIL_FIX_TTL_S, "%.*s", STR_ARG(r->value));
    return provider_has_blank(r->name) || provider_has_blank(r->value);
}

void email_offer_records(struct ask *q, struct findings *out, struct finding *f, const struct fact_senders *all,
                         const struct sender *s, unsigned which)
{
    const struct provider *p = s->provider;
    bool blanks = false;

    for (size_t i = 0; i < s->n_records; i++) {
        const struct sender_record *r = &s->records[i];
        if (!r->wanted->needed || is_own_mx(r) || r->state == RECORD_PRESENT || r->state == RECORD_UNSEEN ||
            !(which & (is_key(r) ? WANT_KEYS : WANT_SPF)))
            continue;
        blanks |= offer_record(q, out, f, all, r);
    }
    struct str text = STR("Publish the records shown at the DNS provider");
    if (p->console.n)
        text = str_fmt(q->arena, "%.*s. %s %.*s", STR_ARG(text),
                       blanks ? "What stands between braces differs for each account and is shown in"
                              : "They are also shown in",
                       STR_ARG(p->console));
    if (p->note.n)
        text = str_fmt(q->arena, "%.*s. %.*s", STR_ARG(text), STR_ARG(p->note));
    finding_fix(out, f, "%.*s", STR_ARG(text));
}

void email_offer_dns_only(struct findings *out, struct finding *f, struct str name, struct str edge)
{
    finding_fix(out, f,
                "In the DNS console of %.*s set %.*s to \"DNS only\" (the grey cloud). A proxied name answers with "
                "addresses of the edge, so that no receiver can read the mail record behind it",
                STR_ARG(edge.n ? edge : STR("the edge")), STR_ARG(name));
}

void email_show_tighten(struct ask *q, struct findings *out, struct finding *f, struct str domain)
{
    static const char *const words[] = {[TIGHTEN_NOW] = "yes: as far as the DNS shows, every sender passes",
                                        [TIGHTEN_NOT_YET] = "not yet",
                                        [TIGHTEN_UNKNOWN] = "this cannot be told yet"};
    const struct fact_senders *s = fact_senders(q, domain);
    struct tighten_verdict v;

    if (!s) {
        finding_evidence(out, f, "safe to tighten now", STR_NONE, 0, "not known: %s", ask_tolerate(q)->text);
        return;
    }
    senders_may_tighten(q->arena, s, &v);
    finding_evidence(out, f, "safe to tighten now", STR_NONE, 0, "%s", words[v.verdict]);
    for (size_t i = 0; i < v.against.n && i < 6; i++)
        finding_evidence(out, f, "in the way", STR_NONE, 0, "%.*s", STR_ARG(v.against.v[i]));
    for (size_t i = 0; i < v.favour.n && i < 6; i++)
        finding_evidence(out, f, "in favour", STR_NONE, 0, "%.*s", STR_ARG(v.favour.v[i]));
}
