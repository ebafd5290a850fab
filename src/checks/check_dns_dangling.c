/* dns.dangling: records that point at nothing, or at a platform where nobody claims the name any more. */
#include <string.h>

#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_rdap.h"

enum state { CLAIMABLE, VERIFY, BROKEN };

static const struct {
    const char *service, *target, *sign;
    enum state state;
} gone[] = {
#define GONE(service, target, sign, state) {service, target, sign, state},
#include "checks/dangling.def"
#undef GONE
};

/* Ends that come and go by themselves, or exist only while a certificate is being made. */
static const char *const passing[] = {".elb.amazonaws.com", ".cloudfront.net", ".acm-validations.aws"};

static bool matches(struct str pattern, struct str target)
{
    if (pattern.n && pattern.p[0] == '*')
        return str_ends_nocase(target, str_from(pattern, 1));
    return str_eq_nocase(pattern, target);
}

static bool is_passing(struct str target)
{
    for (size_t i = 0; i < N_OF(passing); i++)
        if (str_ends_nocase(target, str_of(passing[i])))
            return true;
    return false;
}

static const char *state_words(enum state state)
{
    switch (state) {
    case CLAIMABLE: return "anybody can claim it there and serve their own pages under your name";
    case VERIFY: return "whoever claims it there may be able to serve pages under your name";
    case BROKEN: break;
    }
    return "visitors see the platform's error page";
}

static struct finding *say_dangling(struct ask *q, struct findings *out, struct str name, const char *type,
                                    struct str target, enum state state, const char *fmt, struct str end)
{
    struct str title = str_fmt(q->arena, "%.*s %s %.*s", STR_ARG(name), fmt, STR_ARG(end));
    struct finding *f = say(out, FAIL, name, "%.*s", STR_ARG(title));

    if (state == BROKEN)
        f->severity = SEV_HIGH;
    f->key = str_of(type);
    finding_remove_record(out, f, str_cstr(q->arena, name), type, "%.*s.", STR_ARG(target));
    return f;
}

/* ---- an alias whose end does not exist ---- */

/* Is even the domain that the name lies in free to register? What was not seen is not. */
static bool is_unregistered(struct ask *q, struct str name)
{
    struct str domain = rdap_registrable(q->arena, name);
    const struct fact_dns *f = domain.n ? fact_dns(q, domain, DNS_SOA) : NULL;

    return f && f->outcome == DNS_NXDOMAIN;
}

static enum state state_of_missing(struct ask *q, struct str target)
{
    for (size_t i = 0; i < N_OF(gone); i++)
        if (!gone[i].sign[0] && matches(str_of(gone[i].target), target))
            return gone[i].state;
    return is_unregistered(q, target) ? CLAIMABLE : BROKEN;
}

/* True when the alias leads to a name that does not exist (said), or that was not seen. */
static bool judge_end(struct ask *q, struct findings *out, const struct fact_zone *z, struct str name,
                      const struct fact_dns *alias)
{
    size_t at = 0;
    const struct dns_rr *rr = dns_record(alias, name, DNS_CNAME, &at);
    const struct fact_dns *v4 = fact_dns(q, name, DNS_A);

    if (!v4) /* a loop, or a broken zone: folds under dns.cname-conflict or dns.dnssec */
        return true;
    if (v4->outcome != DNS_NXDOMAIN)
        return false;
    struct str target = rr->target;
    for (size_t i = 0; i < v4->n_answer; i++) /* the last of the chain */
        if (v4->answer[i].type == DNS_CNAME)
            target = v4->answer[i].target;
    if (is_passing(target))
        return true;
    enum state state = state_of_missing(q, target);
    bool free_domain = state == CLAIMABLE && is_unregistered(q, target);
    struct finding *f =
        say_dangling(q, out, name, "CNAME", rr->target, state, "is an alias of a name that does not exist:", target);
    finding_evidence(out, f, "CNAME", alias->server, alias->at_s, "%.*s", STR_ARG(rr->target));
    finding_evidence(out, f, "its end", v4->server, v4->at_s, "%.*s: NXDOMAIN", STR_ARG(target));
    finding_evidence(out, f, "meaning", STR_NONE, 0, "%s",
                     free_domain
                         ? "the domain is not registered: anybody can register it and serve pages under your name"
                         : state_words(state));
    finding_fix(out, f, "At %s delete the record today, or point it at what should serve %.*s", dns_provider(z),
                STR_ARG(name));
    return true;
}

/* ---- a platform that does not know the name ---- */

/* Which rows could apply: by any name or address on the way. */
static bool leads_to(const struct fact_addresses *a, struct str pattern)
{
    for (size_t i = 0; i < a->cnames.n; i++)
        if (matches(pattern, a->cnames.v[i]))
            return true;
    for (size_t i = 0; i < a->n_v; i++)
        if (matches(pattern, a->v[i].ip))
            return true;
    return false;
}

static const struct fact_http *fetch(struct ask *q, struct str name)
{
    /* The platform's certificate seldom covers a name that it does not know. */
    struct http_ask ask = {.url = str_fmt(q->arena, "https://%.*s/", STR_ARG(name)), .insecure = true};
    const struct fact_http *x = fact_http(q, &ask);

    if (x)
        return x;
    const struct err why = *ask_tolerate(q);
    if (why.kind != ERR_TLS && why.kind != ERR_REFUSED && why.kind != ERR_RESET) {
        ask_note(q, str_fmt(q->arena, "http %.*s", STR_ARG(name)), &why);
        return NULL;
    }
    ask.url = str_fmt(q->arena, "http://%.*s/", STR_ARG(name));
    return fact_http(q, &ask);
}

static void judge_platform(struct ask *q, struct findings *out, const struct fact_zone *z, struct str name)
{
    const struct fact_addresses *a = fact_addresses(q, name);
    const struct fact_http *x = NULL;

    for (size_t i = 0; a && i < N_OF(gone); i++) {
        if (!gone[i].sign[0] || !leads_to(a, str_of(gone[i].target)))
            continue;
        x = x ? x : fetch(q, name);
        if (!x)
            return;
        if (x->status < 400 || !str_has(x->body, str_of(gone[i].sign)))
            continue;
        struct str target = a->cnames.n ? a->cnames.v[0] : a->v[0].ip;
        const char *type = a->cnames.n ? "CNAME" : a->v[0].is_v6 ? "AAAA" : "A";
        struct finding *f = say_dangling(q, out, name, type, target, gone[i].state, "points at",
                                         str_fmt(q->arena, "%s, which does not know it", gone[i].service));
        finding_evidence(out, f, type, STR_NONE, 0, "%.*s", STR_ARG(target));
        finding_evidence(out, f, "answer", x->address, x->at_s, "status %d: \"%s\"", x->status, gone[i].sign);
        finding_evidence(out, f, "meaning", STR_NONE, 0, "%s", state_words(gone[i].state));
        finding_fix(out, f, "At %s delete the record today, or claim %.*s again in your own %s account",
                    dns_provider(z), STR_ARG(name), gone[i].service);
        return;
    }
}

/* ---- name servers and mail servers in domains that nobody owns ---- */

static void judge_target(struct ask *q, struct findings *out, const struct fact_zone *z, struct str owner,
                         const char *type, struct str target, const char *danger)
{
    const struct fact_dns *f = fact_dns(q, target, DNS_A);

    if (!f || f->outcome != DNS_NXDOMAIN || !is_unregistered(q, target))
        return;
    struct finding *found =
        say_dangling(q, out, owner, type, target, CLAIMABLE, "trusts a server in a domain that nobody owns:", target);
    finding_evidence(out, found, type, STR_NONE, 0, "%.*s", STR_ARG(target));
    finding_evidence(out, found, "its domain", f->server, f->at_s, "NXDOMAIN: anybody can register it and %s", danger);
    finding_fix(out, found, "Delete the record today, at %s%s", dns_provider(z),
                strcmp(type, "NS") == 0 ? " and at the registrar" : "");
}

static struct str_list names_to_look_at(struct ask *q, const struct fact_site *site)
{
    struct str_list names = {0};
    size_t n;
    const char *const *labels = site_common_labels(&n);

    for (size_t h = 0; h < site->n_hosts; h++)
        str_list_add(q->arena, &names, site->hosts[h].name);
    for (size_t i = 0; i < n; i++) {
        struct str name = str_fmt(q->arena, "%s.%.*s", labels[i], STR_ARG(site->apex));
        if (!str_list_has_nocase(&names, name) && site->www.n)
            str_list_add(q->arena, &names, name);
    }
    for (size_t i = 0; i < names.n; i++)
        fact_dns_want(q, names.v[i], DNS_CNAME);
    return names;
}

static void judge_aliases(struct ask *q, struct findings *out, const struct fact_site *site, const struct fact_zone *z)
{
    struct str_list names = names_to_look_at(q, site);
    struct str wild = dns_unlikely_name(q->arena, q->domain, q->now_s);
    const struct fact_dns *any = fact_dns(q, wild, DNS_CNAME);
    size_t at = 0;
    const struct dns_rr *everywhere = dns_record(any, wild, DNS_CNAME, &at);

    for (size_t i = 0; i < names.n; i++) {
        struct str name = names.v[i];
        const struct fact_dns *alias = fact_dns(q, name, DNS_CNAME);
        if (!alias)
            continue;
        at = 0;
        const struct dns_rr *rr = dns_record(alias, name, DNS_CNAME, &at);
        if (rr && everywhere && i >= site->n_hosts && str_eq(rr->target, everywhere->target))
            continue; /* the wildcard's, said once at the wildcard */
        if (!rr || !judge_end(q, out, z, name, alias))
            if (rr || i < site->n_hosts)
                judge_platform(q, out, z, name);
    }
    if (everywhere && !judge_end(q, out, z, wild, any))
        judge_platform(q, out, z, wild);
}

void check_dns_dangling(struct ask *q, struct findings *out)
{
    const struct fact_zone *z = dns_own_zone(q);
    const struct fact_site *site = z ? dns_site(q) : NULL;

    if (!site)
        return;
    judge_aliases(q, out, site, z);
    for (size_t i = 0; i < z->parent_ns.n; i++)
        judge_target(q, out, z, z->apex, "NS", z->parent_ns.v[i], "answer for your whole domain");
    for (size_t i = 0; i < z->child_ns.n; i++)
        if (!str_list_has_nocase(&z->parent_ns, z->child_ns.v[i]))
            judge_target(q, out, z, z->apex, "NS", z->child_ns.v[i], "answer for your whole domain");
    const struct fact_dns *mx = fact_dns(q, q->domain, DNS_MX);
    const struct dns_rr *rr;
    for (size_t at = 0; (rr = dns_record(mx, q->domain, DNS_MX, &at));)
        if (rr->target.n)
            judge_target(q, out, z, q->domain, "MX", rr->target, "receive your mail");
}
