/* A start URL followed to its end, hop by hop, as a browser without cookies would. */
#include <idn2.h>
#include <stdlib.h>

#include "core/ip.h"
#include "core/text.h"
#include "core/url.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "launch/launch.h"

#define MOST_HOPS 20u

/* RFC 9110 section 15.4: those that name another place to go to. */
static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A host with letters beyond ASCII as the A-label that is looked up; other hosts as they are. */
static struct str ascii_host(struct arena *arena, struct str host)
{
    uint8_t *alabel = NULL;
    bool ascii = true;

    for (size_t i = 0; i < host.n; i++)
        ascii = ascii && (unsigned char)host.p[i] < 0x80;
    if (ascii || idn2_lookup_u8((const uint8_t *)str_cstr(arena, host), &alabel, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return host;
    struct str ret = str_dup(arena, str_of((const char *)alabel));
    idn2_free(alabel);
    return ret;
}

static bool is_local_name(struct str host)
{
    return str_eq(host, STR("localhost")) || str_ends(host, STR(".localhost")) || str_ends(host, STR(".local")) ||
           str_ends(host, STR(".internal"));
}

static bool is_declared_host(const struct launch *launch, struct str host)
{
    for (size_t i = 0; launch && i < launch->n_hosts; i++)
        if (str_eq_nocase(launch->hosts[i].name, host))
            return true;
    return false;
}

/* A target that nobody outside could follow; one whose name resolves to such an address is found out on asking. */
static bool is_private(const struct ask *q, struct str host)
{
    struct ip ip;

    if (is_declared_host(q->launch, host))
        return false;
    return ip_parse(host, &ip) ? ip_is_unreachable(&ip) : is_local_name(host);
}

/* The family asked for holds where the host has it; a visitor's browser would take the other one where not. */
static struct str family_for(struct ask *q, struct str host, struct str via, bool first)
{
    if (first || via.n == 0)
        return via;
    const struct fact_addresses *a = fact_addresses(q, host);
    if (!a) {
        ask_tolerate(q);
        return via;
    }
    return fact_address_first(a, str_eq(via, STR("6"))).n ? via : STR_NONE;
}

static bool was_here(const struct fact_route *r, struct str url)
{
    for (size_t i = 0; i < r->n_hops; i++)
        if (str_eq(r->hops[i].url, url))
            return true;
    return false;
}

/* Where the newest hop leads. True when it is to be followed: url is the next one. */
static bool next_hop(struct ask *q, struct fact_route *r, struct url *url)
{
    struct hop *hop = &r->hops[r->n_hops - 1];
    struct str location = http_header(hop->x, "location");
    struct url to;

    if (location.n == 0 || !url_resolve(q->arena, url, location, &to, NULL)) {
        r->end = ROUTE_NO_LOCATION;
        return false;
    }
    to.host = ascii_host(q->arena, to.host);
    hop->location = url_text(q->arena, &to);
    r->final_url = hop->location;
    r->n_moves++;
    r->end = !url_is_web(&to) || to.host.n == 0 ? ROUTE_BAD_SCHEME
             : is_private(q, to.host)           ? ROUTE_PRIVATE
             : was_here(r, hop->location)       ? ROUTE_LOOP
             : r->n_moves > MOST_HOPS           ? ROUTE_TOO_LONG
                                                : ROUTE_PAGE;
    *url = to;
    return r->end == ROUTE_PAGE;
}

/* The exchange of the newest hop failed. False when that says nothing about the site. */
static bool end_failed(struct ask *q, struct fact_route *r, struct err *reterr)
{
    const struct err *why = ask_tolerate(q);

    if (why->kind == ERR_CANCELLED || why->kind == ERR_OFFLINE || why->kind == ERR_NO_ROUTE) {
        *reterr = *why;
        return false;
    }
    r->err = *why;
    r->end = ROUTE_FAILED;
    if (why->kind == ERR_BLOCKED && r->n_hops > 1) {
        r->end = ROUTE_PRIVATE;
        r->n_hops--;
    }
    return true;
}

static bool follow(struct ask *q, struct url *url, struct str via, struct fact_route *r, struct err *reterr)
{
    r->hops = arena_array(q->arena, MOST_HOPS + 1, sizeof *r->hops);
    for (;;) {
        struct hop *hop = &r->hops[r->n_hops++];
        hop->url = url_text(q->arena, url);
        r->final_url = hop->url;
        hop->x =
            fact_http(q, &(struct http_ask){.url = hop->url, .via = family_for(q, url->host, via, r->n_hops == 1)});
        if (!hop->x)
            return end_failed(q, r, reterr);
        r->last = hop->x;
        r->end = ROUTE_PAGE;
        if (!is_redirect(hop->x->status) || !next_hop(q, r, url))
            return true;
    }
}

static bool look_route(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_route *r = ret;
    struct str rest = key, start = str_cut(&rest, ' ');
    struct str via = rest.p && str_starts(rest, STR("via=")) ? str_from(rest, 4) : STR_NONE;
    struct url url;

    (void)outside; /* built from other facts only */
    if (!url_parse(q->arena, start, &url, reterr))
        return false;
    if (!url_is_web(&url))
        return err_set(reterr, ERR_BLOCKED, "only http and https can be followed");
    r->start = url_text(q->arena, &url);
    return follow(q, &url, via, r, reterr);
}

const struct fact_kind route_kind = {"route", 22, sizeof(struct fact_route), 0, look_route, NULL, NULL};

static struct str route_key(struct arena *arena, struct str url, struct str via)
{
    return via.n ? str_fmt(arena, "%.*s via=%.*s", STR_ARG(url), STR_ARG(via)) : url;
}

const struct fact_route *fact_route(struct ask *q, struct str url, struct str via)
{
    return facts_get(q, &route_kind, route_key(q->arena, url, via));
}

void fact_route_want(struct ask *q, struct str url, struct str via)
{
    facts_want(q, &route_kind, route_key(q->arena, url, via));
}
