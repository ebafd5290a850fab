/* Names and what they lead to: dns.apex-resolves, www-resolves, private-address, cname-conflict, ttl, wildcard. */
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "core/ip.h"
#include "launch/launch.h"

#define ALIASES_MOST 16u
#define TTL_LEAST_S  30u
#define TTL_MOST_S   86400u

/* Who said so: the resolver, for evidence. */
static void show_answer(struct ask *q, struct findings *out, struct finding *f, struct str name, uint16_t type)
{
    const struct fact_dns *a = fact_dns(q, name, type);
    struct str word = dns_type_name(q->arena, type);

    if (!a) {
        ask_tolerate(q);
        return;
    }
    struct str text = dns_records_text(q->arena, a, name, type);
    finding_evidence(out, f, str_fmt(q->arena, "%.*s %.*s", STR_ARG(word), STR_ARG(name)).p, a->server, a->at_s, "%.*s",
                     STR_ARG(text.n ? text : str_of(dns_outcome_words(a))));
}

/* True when the host is an alias of a name that does not exist: then dns.dangling tells the story. */
static bool leads_to_nothing(struct ask *q, const struct fact_addresses *a, struct str host)
{
    if (!a->cnames.n)
        return false;
    const struct fact_dns *end = fact_dns(q, a->cnames.v[a->cnames.n - 1], DNS_A);
    if (!end) {
        ask_tolerate(q);
        return false;
    }
    if (end->outcome == DNS_NXDOMAIN)
        dns_note_no_name(q, host);
    return end->outcome == DNS_NXDOMAIN;
}

static void say_no_address(struct ask *q, struct findings *out, const struct fact_addresses *a, struct str host)
{
    struct finding *f;

    if (a->cnames.n)
        f = say(out, FAIL, host, "%.*s is an alias of %.*s, which has no address", STR_ARG(host),
                STR_ARG(a->cnames.v[a->cnames.n - 1]));
    else
        f = say(out, FAIL, host, "%.*s has no address (neither A nor AAAA)", STR_ARG(host));
    show_answer(q, out, f, host, DNS_A);
    show_answer(q, out, f, host, DNS_AAAA);
    finding_expected(out, f, "an A or AAAA record");
    finding_fix(out, f, "Add the address that your hosting platform shows for %.*s (an A record, or its ALIAS)",
                STR_ARG(host));
}

/* Every authoritative server must give an address, not only the one that the resolver happened to ask. */
static void look_at_each_server(struct ask *q, struct findings *out, const struct fact_zone *z, struct str host)
{
    struct finding *f = NULL;
    const struct zone_server *s;

    for (size_t i = 0; (s = dns_authority(z, i)); i++) {
        fact_dns_at_want(q, s->ip, host, DNS_A);
        fact_dns_at_want(q, s->ip, host, DNS_AAAA);
    }
    for (size_t i = 0; (s = dns_authority(z, i)); i++) {
        const struct fact_dns *v4 = fact_dns_at(q, s->ip, host, DNS_A), *v6 = fact_dns_at(q, s->ip, host, DNS_AAAA);
        if (!v4 || !v6 || v4->n_answer || v6->n_answer || v4->outcome == DNS_REFERRAL)
            continue;
        if (!f)
            f = say(out, FAIL, host, "Some name servers have no address for %.*s", STR_ARG(host));
        finding_evidence(out, f, "A and AAAA", dns_server_name(q->arena, s), v4->at_s, "%s", dns_outcome_words(v4));
        finding_fix(out, f,
                    "Make every name server serve the same zone: at %s, look at what the server above loads, or take "
                    "it out of the delegation at the registrar",
                    dns_provider(z));
    }
}

void check_dns_apex_resolves(struct ask *q, struct findings *out)
{
    const struct fact_addresses *a = fact_addresses(q, q->domain);

    if (!a)
        return;
    if (!a->exists) {
        struct finding *f = say(out, FAIL, q->domain, "%.*s does not exist in the DNS (NXDOMAIN)", STR_ARG(q->domain));
        show_answer(q, out, f, q->domain, DNS_A);
        finding_fix(out, f,
                    "Look at the spelling first. If it is right, the name is not registered or its registrar does not "
                    "delegate it: register or renew it, and enter the name servers of your DNS provider there");
        return;
    }
    if (a->n_v == 0 && a->partial) {
        dns_all_addresses(q, q->domain);
        return;
    }
    if (a->n_v == 0) {
        if (!leads_to_nothing(q, a, q->domain))
            say_no_address(q, out, a, q->domain);
        return;
    }
    const struct fact_zone *z = dns_own_zone(q);
    if (z)
        look_at_each_server(q, out, z, q->domain);
}

void check_dns_www_resolves(struct ask *q, struct findings *out)
{
    const struct fact_site *site = dns_site(q);

    if (!site)
        return;
    if (!site->www.n) {
        say(out, NOT_APPLICABLE, q->domain, "%.*s is itself below another domain: it needs no www", STR_ARG(q->domain));
        return;
    }
    if (dns_declared_absent(q, site->www)) {
        say(out, NOT_APPLICABLE, site->www, "The launch file declares that %.*s does not exist", STR_ARG(site->www));
        return;
    }
    const struct fact_addresses *a = fact_addresses(q, site->www);
    if (!a || a->n_v)
        return;
    if (a->partial) {
        dns_all_addresses(q, site->www);
        return;
    }
    if (leads_to_nothing(q, a, site->www))
        return;
    const struct fact_zone *z = fact_zone(q, q->domain);
    if (!z)
        ask_tolerate(q);
    struct finding *f = say(out, FAIL, site->www, "%.*s does not resolve", STR_ARG(site->www));
    show_answer(q, out, f, site->www, DNS_A);
    show_answer(q, out, f, site->www, DNS_AAAA);
    finding_record(out, f, str_cstr(q->arena, site->www), "CNAME", DNS_FIX_TTL_S, "%.*s.", STR_ARG(site->apex));
    finding_fix(out, f,
                "At %s add the record, add %.*s to the certificate, and redirect it to the canonical host. If it is "
                "meant not to exist, declare it: hosts: [{name: %.*s, absent: true}]",
                dns_provider(z), STR_ARG(site->www), STR_ARG(site->www));
}

void check_dns_private_address(struct ask *q, struct findings *out)
{
    const struct fact_site *site = dns_site(q);

    for (size_t h = 0; site && h < site->n_hosts; h++) {
        struct str host = site->hosts[h].name;
        const struct fact_addresses *a = dns_all_addresses(q, host);
        struct finding *f = NULL;
        for (size_t i = 0; a && i < a->n_v; i++) {
            struct ip ip;
            if (!ip_parse(a->v[i].ip, &ip) || !ip_is_unreachable(&ip))
                continue;
            const char *word = ip_class_word(ip_classify(&ip));
            if (!f)
                f = say(out, FAIL, host, "%.*s points to %.*s, a %s address that visitors cannot reach", STR_ARG(host),
                        STR_ARG(a->v[i].ip), word);
            finding_evidence(out, f, a->v[i].is_v6 ? "AAAA" : "A", STR_NONE, 0, "%.*s (%s)", STR_ARG(a->v[i].ip), word);
            if (!a->cnames.n)
                finding_remove_record(out, f, str_cstr(q->arena, host), a->v[i].is_v6 ? "AAAA" : "A", "%.*s",
                                      STR_ARG(a->v[i].ip));
            finding_fix(out, f,
                        "Replace it by the public address of the server or edge; if the name is only for the inside, "
                        "serve it from a resolver inside and take it out of the public zone");
        }
    }
}

/* ---- CNAME where none may be ---- */

static void say_loop(struct ask *q, struct findings *out, struct str host, const struct str_list *chain)
{
    struct finding *f = say(out, FAIL, host, "%.*s is an alias that leads back to itself", STR_ARG(host));

    for (size_t i = 0; i + 1 < chain->n; i++)
        finding_evidence(out, f, "CNAME", STR_NONE, 0, "%.*s -> %.*s", STR_ARG(chain->v[i]), STR_ARG(chain->v[i + 1]));
    if (chain->n > 1)
        finding_remove_record(out, f, str_cstr(q->arena, host), "CNAME", "%.*s.", STR_ARG(chain->v[1]));
    finding_fix(out, f, "Point one of these names at the host that serves the site, by an A record or its own CNAME");
}

static void follow_aliases(struct ask *q, struct findings *out, struct str host)
{
    struct str_list chain = {0};
    struct str name = host;

    while (chain.n <= ALIASES_MOST) {
        bool again = str_list_has(&chain, name);
        str_list_add(q->arena, &chain, name);
        if (again) {
            say_loop(q, out, host, &chain);
            return;
        }
        const struct fact_dns *f = fact_dns(q, name, DNS_CNAME);
        size_t at = 0;
        const struct dns_rr *rr = dns_record(f, name, DNS_CNAME, &at);
        if (!rr)
            return;
        name = rr->target;
    }
    struct finding *f =
        say(out, FAIL, host, "%.*s is an alias of an alias, more than %u deep", STR_ARG(host), ALIASES_MOST);
    finding_fix(out, f, "Point %.*s straight at the host that serves it", STR_ARG(host));
}

/* At the authoritative server: does the name hold a CNAME, and anything else besides? RFC 1034 section 3.6.2. */
static void look_beside_alias(struct ask *q, struct findings *out, const struct fact_zone *z,
                              const struct zone_server *s, struct str host)
{
    static const uint16_t others[] = {DNS_A, DNS_AAAA, DNS_MX, DNS_TXT};
    const struct fact_dns *alias = fact_dns_at(q, s->ip, host, DNS_CNAME);
    bool at_apex = str_eq(host, z->apex);
    size_t at = 0;
    const struct dns_rr *rr = dns_record(alias, host, DNS_CNAME, &at);

    if (!rr)
        return;
    struct finding *f = NULL;
    if (at_apex)
        f = say(out, FAIL, host, "%.*s is a CNAME at the top of its zone, beside SOA and NS", STR_ARG(host));
    for (size_t i = 0; i < N_OF(others); i++) {
        const struct fact_dns *other = fact_dns_at(q, s->ip, host, others[i]);
        struct str text = other ? dns_records_text(q->arena, other, host, others[i]) : STR_NONE;
        struct str word = dns_type_name(q->arena, others[i]);
        if (!text.n)
            continue;
        if (!f)
            f = say(out, FAIL, host, "%.*s has a CNAME and other records: one hides the other", STR_ARG(host));
        finding_evidence(out, f, word.p, dns_server_name(q->arena, s), other->at_s, "%.*s", STR_ARG(text));
    }
    if (!f)
        return;
    finding_evidence(out, f, "CNAME", dns_server_name(q->arena, s), alias->at_s, "%.*s", STR_ARG(rr->target));
    finding_remove_record(out, f, str_cstr(q->arena, host), "CNAME", "%.*s.", STR_ARG(rr->target));
    finding_fix(out, f,
                at_apex ? "At %s replace it by the provider's ALIAS, ANAME or flattened CNAME, or by the platform's A "
                          "record: mail and verification records are lost while it stands"
                        : "At %s keep either the CNAME or the other records of this name",
                dns_provider(z));
}

void check_dns_cname_conflict(struct ask *q, struct findings *out)
{
    /* A loop makes the addresses unseen, so this does not ask for them first. */
    const struct fact_dns *own = fact_dns(q, q->domain, DNS_CNAME);

    if (!own)
        return;
    if (own->outcome == DNS_NXDOMAIN && own->n_answer == 0) {
        dns_note_no_name(q, q->domain);
        return;
    }
    const struct fact_site *site = fact_site(q);
    if (!site)
        ask_tolerate(q);
    const struct fact_zone *z = fact_zone(q, q->domain);
    const struct zone_server *s = z ? dns_authority(z, 0) : NULL;
    if (!site) {
        follow_aliases(q, out, q->domain);
        if (s)
            look_beside_alias(q, out, z, s, q->domain);
    }
    size_t n_common;
    const char *const *common = site_common_labels(&n_common);
    for (size_t h = 0; site && h < site->n_hosts; h++) {
        if (dns_declared_absent(q, site->hosts[h].name))
            continue;
        follow_aliases(q, out, site->hosts[h].name);
        if (s)
            look_beside_alias(q, out, z, s, site->hosts[h].name);
    }
    for (size_t i = 0; site && site->www.n && i < n_common; i++) { /* a name that loops has no address to be found by */
        struct str name = str_fmt(q->arena, "%s.%.*s", common[i], STR_ARG(site->apex));
        if (!site_host(site, name))
            follow_aliases(q, out, name);
    }
    if (z && !s && z->n_servers) {
        struct err err;
        err_set(&err, ERR_DNS_FAILED, "no server of %.*s answers with authority", STR_ARG(z->apex));
        err_at(&err, "%.*s", STR_ARG(q->domain));
        ask_note(q, STR("zone"), &err);
    }
}

/* ---- TTL ---- */

static void judge_ttl(struct ask *q, struct findings *out, const struct fact_dns *f, struct str host, uint16_t type,
                      const char *where)
{
    struct str word = dns_type_name(q->arena, type), text = dns_records_text(q->arena, f, host, type);
    uint32_t ttl_s = dns_records_ttl_s(f, host, type);

    if (!text.n || (ttl_s >= TTL_LEAST_S && ttl_s <= TTL_MOST_S))
        return;
    bool is_long = ttl_s > TTL_MOST_S;
    struct finding *found =
        say(out, FAIL, host,
            is_long ? "The %.*s record of %.*s is kept for %u hours: a change takes that long"
                    : "The %.*s record of %.*s is kept for %u seconds: nearly every visit waits for DNS",
            STR_ARG(word), STR_ARG(host), is_long ? ttl_s / 3600 : ttl_s);
    found->key = word;
    finding_evidence(out, found, "TTL", f->server, f->at_s, "%.*s %u %.*s %.*s", STR_ARG(host), ttl_s, STR_ARG(word),
                     STR_ARG(text));
    finding_observed(out, found, "%u s", ttl_s);
    finding_expected(out, found, "%u to %u s", TTL_LEAST_S, TTL_MOST_S);
    size_t at = 0;
    const struct dns_rr *rr;
    while ((rr = dns_record(f, host, type, &at)))
        finding_record(out, found, str_cstr(q->arena, host), word.p, is_long ? 300 : DNS_FIX_TTL_S, "%.*s",
                       STR_ARG(dns_record_text(q->arena, rr)));
    finding_fix(out, found, "At %s set this record's TTL to %s", where,
                is_long ? "300 seconds before the launch, and to 3600 once it stands" : "300 seconds or more");
}

void check_dns_ttl(struct ask *q, struct findings *out)
{
    static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_CNAME};
    const struct fact_zone *z = dns_own_zone(q);
    const struct fact_site *site = z ? dns_site(q) : NULL;
    const struct zone_server *s = z ? dns_authority(z, 0) : NULL;

    if (z && !s) {
        struct err err;
        err_set(&err, ERR_DNS_FAILED, "no server of %.*s answers with authority", STR_ARG(z->apex));
        err_at(&err, "%.*s", STR_ARG(q->domain));
        ask_note(q, STR("zone"), &err);
        return;
    }
    for (size_t h = 0; site && h < site->n_hosts; h++) {
        struct str host = site->hosts[h].name;
        if (!site->hosts[h].exists)
            continue;
        /* An alias answers every type with itself: one question tells which it is. */
        for (size_t t = 0; t < N_OF(types); t++) {
            const struct fact_dns *f =
                types[t] == DNS_CNAME ? fact_dns_at(q, s->ip, host, DNS_A) : fact_dns_at(q, s->ip, host, types[t]);
            if (f)
                judge_ttl(q, out, f, host, types[t], dns_provider(z));
        }
    }
}

void check_dns_wildcard(struct ask *q, struct findings *out)
{
    if (!dns_domain_exists(q))
        return;
    struct str name = dns_unlikely_name(q->arena, q->domain, q->now_s);
    const struct fact_addresses *a = dns_all_addresses(q, name);
    if (!a || (a->n_v == 0 && a->cnames.n == 0))
        return;
    struct str wild = str_fmt(q->arena, "*.%.*s", STR_ARG(q->domain));
    if (q->launch->dns.wildcard.n) {
        struct finding *f =
            say(out, NOT_APPLICABLE, wild, "Every name resolves, as declared: %.*s", STR_ARG(q->launch->dns.wildcard));
        finding_evidence(out, f, "asked", STR_NONE, 0, "%.*s", STR_ARG(name));
        return;
    }
    struct str to = a->cnames.n ? a->cnames.v[0] : a->v[0].ip;
    struct finding *f = say(out, FAIL, wild, "Every name under %.*s resolves", STR_ARG(q->domain));
    finding_evidence(out, f, "a name that nobody made", STR_NONE, 0, "%.*s -> %.*s", STR_ARG(name), STR_ARG(to));
    finding_remove_record(out, f, str_cstr(q->arena, wild),
                          a->cnames.n     ? "CNAME"
                          : a->v[0].is_v6 ? "AAAA"
                                          : "A",
                          "%.*s%s", STR_ARG(to), a->cnames.n ? "." : "");
    finding_fix(out, f,
                "Remove the wildcard and add the names that are used. If tenants need it, say so in the launch file: "
                "dns: {wildcard: \"tenant subdomains\"}");
}
