/* What the DNS checks share: names, servers, records in comparable form, providers. */
#include "checks/check_dns.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "launch/launch.h"

bool dns_note_no_name(struct ask *q, struct str host)
{
    struct err err;

    err_set(&err, ERR_NO_NAME, "%.*s does not resolve", STR_ARG(host));
    err_at(&err, "%.*s", STR_ARG(host));
    ask_note(q, str_fmt(q->arena, "addresses %.*s", STR_ARG(host)), &err);
    return false;
}

bool dns_domain_exists(struct ask *q)
{
    const struct fact_addresses *a = fact_addresses(q, q->domain);

    if (!a)
        return false;
    return a->exists || dns_note_no_name(q, q->domain);
}

const struct fact_zone *dns_own_zone(struct ask *q)
{
    const struct fact_zone *z = dns_domain_exists(q) ? fact_zone(q, q->domain) : NULL;
    struct err err;

    if (!z || (str_find_char(z->apex, '.') != SIZE_MAX && z->parent_ns.n))
        return z;
    err_set(&err, ERR_DNS_FAILED, "the resolver knows %.*s, but a walk from the root does not find its zone",
            STR_ARG(q->domain));
    err_at(&err, "%.*s", STR_ARG(q->domain));
    return ask_note(q, str_fmt(q->arena, "zone %.*s", STR_ARG(q->domain)), &err);
}

const struct zone_server *dns_authority(const struct fact_zone *zone, size_t i)
{
    for (size_t s = 0; s < zone->n_servers; s++)
        if (zone->servers[s].authoritative && i-- == 0)
            return &zone->servers[s];
    return NULL;
}

struct str dns_server_name(struct arena *arena, const struct zone_server *server)
{
    if (!server->ip.n)
        return server->name;
    return str_fmt(arena, "%.*s (%.*s)", STR_ARG(server->name), STR_ARG(server->ip));
}

static const struct {
    const char *part; /* of a name server's name */
    const char *words;
} providers[] = {
    {".ns.cloudflare.com", "Cloudflare (DNS > Records)"},
    {".awsdns-", "Amazon Route 53 (Hosted zones)"},
    {".domaincontrol.com", "GoDaddy (My Products > DNS)"},
    {".registrar-servers.com", "Namecheap (Domain List > Advanced DNS)"},
    {".googledomains.com", "Squarespace Domains (DNS > DNS settings)"},
    {".squarespacedns.com", "Squarespace Domains (DNS > DNS settings)"},
    {".azure-dns.", "Azure DNS (DNS zones)"},
    {".digitalocean.com", "DigitalOcean (Networking > Domains)"},
    {".vercel-dns.com", "Vercel (Domains > DNS records)"},
    {".nsone.net", "NS1 or Netlify DNS (Domains > DNS records)"},
    {".hetzner.", "Hetzner (DNS console)"},
    {".ovh.", "OVHcloud (Domain names > DNS zone)"},
    {".gandi.net", "Gandi (Domains > DNS records)"},
    {".dnsimple", "DNSimple (DNS > Records)"},
    {".porkbun.com", "Porkbun (Domain > DNS)"},
    {".ui-dns.", "IONOS (Domains & SSL > DNS)"},
    {".dns-parking.com", "Hostinger (Domains > DNS zone)"},
    {".wixdns.net", "Wix (Domains > Manage DNS records)"},
    {".name.com", "Name.com (Manage DNS records)"},
    {".linode.com", "Akamai Cloud (Linode Domains)"},
    {".dreamhost.com", "DreamHost (Websites > DNS)"},
    {".bluehost.com", "Bluehost (Domains > DNS)"},
};

const char *dns_provider(const struct fact_zone *zone)
{
    const struct str_list *names = !zone ? NULL : zone->child_ns.n ? &zone->child_ns : &zone->parent_ns;

    for (size_t i = 0; names && i < names->n; i++)
        for (size_t p = 0; p < N_OF(providers); p++)
            if (str_has_nocase(names->v[i], str_of(providers[p].part)))
                return providers[p].words;
    return "the DNS provider";
}

const struct dns_rr *dns_record(const struct fact_dns *f, struct str owner, uint16_t type, size_t *at)
{
    while (f && *at < f->n_answer) {
        const struct dns_rr *rr = &f->answer[(*at)++];
        if (rr->type == type && str_eq_nocase(rr->owner, owner))
            return rr;
    }
    return NULL;
}

struct str dns_record_text(struct arena *arena, const struct dns_rr *rr)
{
    switch (rr->type) {
    case DNS_A:
    case DNS_AAAA: return rr->value;
    case DNS_TXT: return str_fmt(arena, "\"%.*s\"", STR_ARG(rr->value));
    case DNS_CNAME:
    case DNS_NS:
    case DNS_PTR:
    case DNS_DNAME: return str_fmt(arena, "%.*s.", STR_ARG(rr->target));
    case DNS_MX: return str_fmt(arena, "%u %.*s.", rr->number, STR_ARG(rr->target));
    case DNS_CAA: return str_fmt(arena, "%u %.*s \"%.*s\"", rr->number, STR_ARG(rr->tag), STR_ARG(rr->value));
    default: return str_lower(arena, rr->text);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

struct str dns_records_text(struct arena *arena, const struct fact_dns *f, struct str owner, uint16_t type)
{
    struct str_list texts = {0};
    const struct dns_rr *rr;
    size_t at = 0;

    while ((rr = dns_record(f, owner, type, &at))) {
        struct str text = dns_record_text(arena, rr);
        if (!str_list_has(&texts, text))
            str_list_add(arena, &texts, text);
    }
    if (!texts.n)
        return STR_NONE;
    qsort(texts.v, texts.n, sizeof *texts.v, by_bytes);
    struct str all = texts.v[0];
    for (size_t i = 1; i < texts.n && all.n < 4000; i++)
        all = str_fmt(arena, "%.*s, %.*s", STR_ARG(all), STR_ARG(texts.v[i]));
    return all;
}

uint32_t dns_records_ttl_s(const struct fact_dns *f, struct str owner, uint16_t type)
{
    const struct dns_rr *rr;
    uint32_t least = 0;
    size_t at = 0;

    while ((rr = dns_record(f, owner, type, &at)))
        if (least == 0 || rr->ttl_s < least)
            least = rr->ttl_s;
    return least;
}

const char *dns_outcome_words(const struct fact_dns *f)
{
    switch (f->outcome) {
    case DNS_ANSWER: return "an answer";
    case DNS_NODATA: return "no record of this type";
    case DNS_NXDOMAIN: return "NXDOMAIN (the name does not exist)";
    case DNS_REFERRAL: return "a referral to other servers";
    case DNS_SERVFAIL: return "SERVFAIL";
    case DNS_REFUSED: return "REFUSED";
    case DNS_OTHER: break;
    }
    return "an answer that cannot be used";
}

struct str dns_unlikely_name(struct arena *arena, struct str domain, int64_t now_s)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    struct str seed = str_fmt(arena, "%.*s %lld", STR_ARG(domain), (long long)now_s);

    (void)EVP_Digest(seed.p, seed.n, digest, NULL, EVP_sha256(), NULL);
    return str_fmt(arena, "lr-%02x%02x%02x%02x%02x.%.*s", digest[0], digest[1], digest[2], digest[3], digest[4],
                   STR_ARG(domain));
}

const struct fact_addresses *dns_all_addresses(struct ask *q, struct str host)
{
    const struct fact_addresses *a = fact_addresses(q, host);

    if (a && a->partial) { /* leaves the reason of the silent one */
        (void)fact_dns(q, host, DNS_A);
        (void)fact_dns(q, host, DNS_AAAA);
    }
    return a;
}

static const struct launch_host *declared(const struct ask *q, struct str host)
{
    for (size_t i = 0; i < q->launch->n_hosts; i++)
        if (str_eq_nocase(q->launch->hosts[i].name, host))
            return &q->launch->hosts[i];
    return NULL;
}

bool dns_declared_absent(const struct ask *q, struct str host)
{
    const struct launch_host *h = declared(q, host);

    return h && h->absent;
}

bool dns_declared_http_only(const struct ask *q, struct str host)
{
    const struct launch_host *h = declared(q, host);

    return h && h->http_only;
}

const struct fact_site *dns_site(struct ask *q)
{
    return dns_domain_exists(q) ? fact_site(q) : NULL;
}
