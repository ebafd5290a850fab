/* Gathers the routing map from the same entry points that the checks judge. */
#include "report/routes_map.h"

#include "checks/entry_points.h"
#include "core/text.h"
#include "facts/fact_dns.h"
#include "launch/launch.h"

static struct str safe(struct ask *q, struct str s)
{
    return text_safe(q->arena, s);
}

static const char *end_word(enum route_end end)
{
    static const char *const words[] = {
        [ROUTE_PAGE] = "page",         [ROUTE_LOOP] = "loop",
        [ROUTE_TOO_LONG] = "too-long", [ROUTE_BAD_SCHEME] = "bad-scheme",
        [ROUTE_PRIVATE] = "private",   [ROUTE_NO_LOCATION] = "no-location",
        [ROUTE_FAILED] = "failed",
    };

    return words[end];
}

static struct str problem_of(struct ask *q, const struct fact_route *r)
{
    switch (r->end) {
    case ROUTE_PAGE: return STR_NONE;
    case ROUTE_LOOP: return STR("redirects in a circle");
    case ROUTE_TOO_LONG: return STR("more than 20 redirects");
    case ROUTE_BAD_SCHEME: return STR("redirects to what is no web address; not followed");
    case ROUTE_PRIVATE: return STR("redirects to a private address; not followed");
    case ROUTE_NO_LOCATION: return STR("a redirect without a place to go");
    case ROUTE_FAILED: return str_dup(q->arena, str_of(r->err.text));
    }
    return STR_NONE;
}

static void add_records(struct ask *q, struct map_host *host, struct str name, uint16_t type)
{
    const struct fact_dns *d = fact_dns(q, name, type);

    if (!d) {
        ask_tolerate(q);
        return;
    }
    for (size_t i = 0; i < d->n_answer; i++) {
        const struct dns_rr *rr = &d->answer[i];
        struct map_record r = {safe(q, rr->owner), dns_type_name(q->arena, rr->type), safe(q, rr->text), rr->ttl_s};
        bool known = rr->type == DNS_RRSIG;
        for (size_t j = 0; j < host->n_records && !known; j++)
            known = str_eq(host->records[j].name, r.name) && str_eq(host->records[j].type, r.type) &&
                    str_eq(host->records[j].value, r.value);
        if (!known)
            *ARENA_PUSH(q->arena, host->records, host->n_records, host->capacity) = r;
    }
}

static void fill_host(struct ask *q, const struct site_host *from, struct map_host *host)
{
    *host = (struct map_host){
        .name = safe(q, from->name), .role = str_of(host_role_name(from->role)), .declared = from->declared};
    for (size_t i = 0; i < q->launch->n_hosts; i++)
        if (str_eq_nocase(q->launch->hosts[i].name, from->name))
            host->purpose = safe(q, q->launch->hosts[i].purpose);
    add_records(q, host, from->name, DNS_A);
    add_records(q, host, from->name, DNS_AAAA);
}

static void fill_hops(struct ask *q, const struct fact_route *r, struct map_route *route)
{
    route->hops = arena_array(q->arena, r->n_hops + 1, sizeof *route->hops);
    for (size_t i = 0; i < r->n_hops; i++) {
        const struct hop *hop = &r->hops[i];
        struct map_hop *to = &route->hops[route->n_hops++];
        *to = (struct map_hop){.url = safe(q, hop->url), .location = safe(q, hop->location)};
        if (!hop->x)
            continue;
        to->address = safe(q, hop->x->address);
        to->status = hop->x->status;
        to->version = hop->x->version;
        to->ms = hop->x->total_us / 1000;
    }
}

static void fill_route(struct ask *q, const struct entry_point *e, struct map_route *route)
{
    const struct fact_route *r = fact_route(q, e->url, e->via);
    const struct fact_addresses *a = fact_addresses(q, e->host->name);
    bool v6 = e->via.n > 0 || (a && fact_address_first(a, false).n == 0);

    if (!a)
        ask_tolerate(q);
    *route = (struct map_route){.start = safe(q, e->url), .family = v6 ? STR("IPv6") : STR("IPv4")};
    if (!r) {
        route->end = STR("unknown");
        route->problem = str_dup(q->arena, str_of(ask_tolerate(q)->text));
        route->final_url = route->start;
        return;
    }
    fill_hops(q, r, route);
    route->end = str_of(end_word(r->end));
    route->problem = problem_of(q, r);
    route->final_url = safe(q, r->final_url);
    route->status = r->end == ROUTE_PAGE ? r->last->status : 0;
}

bool routes_map_make(struct ask *q, struct route_map *ret)
{
    struct entry_points list;

    *ret = (struct route_map){.domain = q->domain, .at_s = q->now_s};
    if (!entry_points(q, &list))
        return false;
    ret->n_hosts = list.site->n_hosts;
    ret->hosts = arena_array(q->arena, ret->n_hosts, sizeof *ret->hosts);
    for (size_t i = 0; i < ret->n_hosts; i++)
        fill_host(q, &list.site->hosts[i], &ret->hosts[i]);
    ret->routes = arena_array(q->arena, list.n, sizeof *ret->routes);
    for (size_t i = 0; i < list.n; i++) {
        fill_route(q, &list.v[i], &ret->routes[ret->n_routes]);
        ret->routes[ret->n_routes++].host = &ret->hosts[list.v[i].host - list.site->hosts];
    }
    return true;
}

/* ---- the zone ---- */

/* A server of the zone, whose TTLs are the real ones; empty: the resolver's have been counting down. */
static struct str zone_server(struct ask *q, struct str domain)
{
    const struct fact_zone *zone = fact_zone(q, domain);

    if (!zone) {
        ask_tolerate(q);
        return STR_NONE;
    }
    for (size_t i = 0; i < zone->n_servers; i++)
        if (zone->servers[i].authoritative)
            return zone->servers[i].ip;
    return STR_NONE;
}

static void add_zone(struct ask *q, struct route_map *map, struct str name, uint16_t type)
{
    const struct fact_dns *d =
        map->zone_server.n ? fact_dns_at(q, map->zone_server, name, type) : fact_dns(q, name, type);

    if (!d) {
        ask_tolerate(q);
        return;
    }
    for (size_t i = 0; i < d->n_answer; i++) {
        const struct dns_rr *rr = &d->answer[i];
        struct map_record r = {safe(q, rr->owner), dns_type_name(q->arena, rr->type), safe(q, rr->text), rr->ttl_s};
        bool skip = !str_eq_nocase(rr->owner, name) || (rr->type != type && rr->type != DNS_CNAME);
        for (size_t j = 0; j < map->n_zone && !skip; j++)
            skip = str_eq(map->zone[j].name, r.name) && str_eq(map->zone[j].type, r.type) &&
                   str_eq(map->zone[j].value, r.value);
        if (!skip)
            *ARENA_PUSH(q->arena, map->zone, map->n_zone, map->zone_capacity) = r;
    }
}

bool routes_map_zone(struct ask *q, struct route_map *ret)
{
    static const uint16_t at_apex[] = {DNS_SOA, DNS_NS, DNS_A, DNS_AAAA, DNS_HTTPS, DNS_CAA, DNS_MX, DNS_TXT};
    static const uint16_t at_host[] = {DNS_A, DNS_AAAA, DNS_HTTPS, DNS_CAA, DNS_MX, DNS_TXT};
    static const char *const policies[] = {"_dmarc", "_mta-sts", "_smtp._tls", "_launchready"};
    const struct fact_site *site = fact_site(q);

    *ret = (struct route_map){.domain = q->domain, .at_s = q->now_s};
    if (!site)
        return false;
    ret->zone_server = zone_server(q, site->apex);
    for (size_t i = 0; i < N_OF(at_apex); i++)
        add_zone(q, ret, site->apex, at_apex[i]);
    for (size_t h = 0; h < site->n_hosts; h++)
        for (size_t i = 0; i < N_OF(at_host) && !str_eq(site->hosts[h].name, site->apex); i++)
            add_zone(q, ret, site->hosts[h].name, at_host[i]);
    for (size_t i = 0; i < N_OF(policies); i++)
        add_zone(q, ret, str_fmt(q->arena, "%s.%.*s", policies[i], STR_ARG(site->apex)), DNS_TXT);
    for (size_t i = 0; i < q->launch->email.selectors.n; i++)
        add_zone(
            q, ret,
            str_fmt(q->arena, "%.*s._domainkey.%.*s", STR_ARG(q->launch->email.selectors.v[i]), STR_ARG(site->apex)),
            DNS_TXT);
    return true;
}
