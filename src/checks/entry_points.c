#include "checks/entry_points.h"

#include <stdio.h>

#include "core/url.h"
#include "facts/fact_dns.h"
#include "launch/launch.h"

struct str entry_nonce(struct ask *q)
{
    struct str text = str_fmt(q->arena, "%.*s %lld", STR_ARG(q->domain), (long long)q->now_s);
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ (unsigned char)text.p[i]) * 1099511628211u;
    return str_fmt(q->arena, "%010llx", (unsigned long long)(hash & 0xffffffffffu));
}

static const struct launch_host *launch_entry(const struct ask *q, struct str name)
{
    for (size_t i = 0; i < q->launch->n_hosts; i++)
        if (str_eq_nocase(q->launch->hosts[i].name, name))
            return &q->launch->hosts[i];
    return NULL;
}

static void add(struct ask *q, struct entry_points *list, struct entry_point e)
{
    struct str path = STR("/");

    if (e.deep) {
        struct str nonce = entry_nonce(q), deep = e.is_pair ? list->site->deep_path : STR("/launchready-deep/path");
        path = str_fmt(q->arena, "%.*s?utm_source=launchready&lr=%.*s", STR_ARG(deep), STR_ARG(nonce));
    }
    e.url = str_fmt(q->arena, "%s://%.*s%.*s", e.https ? "https" : "http", STR_ARG(e.host->name), STR_ARG(path));
    fact_route_want(q, e.url, e.via);
    *ARENA_PUSH(q->arena, list->v, list->n, list->capacity) = e;
}

static void add_host(struct ask *q, struct entry_points *list, const struct site_host *host)
{
    const struct fact_addresses *a = fact_addresses(q, host->name);
    bool is_apex = str_eq(host->name, list->site->apex);
    struct entry_point e = {.host = host, .launch = launch_entry(q, host->name)};

    e.is_pair = is_apex || (list->site->www.n && str_eq(host->name, list->site->www));
    e.is_minor = !e.is_pair && !host->declared;
    if (!a && e.is_minor)
        ask_tolerate(q);
    if (!a || (a->n_v == 0 && !is_apex) || (e.is_minor && host->wildcard))
        return;
    bool both = fact_address_first(a, false).n && fact_address_first(a, true).n;
    for (int https = 0; https < 2; https++) {
        if (https && e.launch && e.launch->http_only)
            continue;
        e.https = https;
        add(q, list, e);
        e.deep = true;
        if (e.is_pair || (!https && !e.is_minor) || (https && host->role == HOST_REDIRECT))
            add(q, list, e);
        e.deep = false;
        if (!both || e.is_minor)
            continue;
        e.via = STR("6");
        add(q, list, e);
        if (e.is_pair) {
            e.deep = true;
            add(q, list, e);
        }
        e.deep = false;
        e.via = STR_NONE;
    }
}

bool entry_points(struct ask *q, struct entry_points *ret)
{
    *ret = (struct entry_points){.site = fact_site(q)};
    if (!ret->site)
        return false;
    for (size_t i = 0; i < ret->site->n_hosts; i++)
        fact_addresses_want(q, ret->site->hosts[i].name);
    for (size_t i = 0; i < ret->site->n_hosts; i++)
        add_host(q, ret, &ret->site->hosts[i]);
    return true;
}

void entry_note(struct ask *q, struct str url, enum err_kind kind, const char *text)
{
    struct err err;

    err_set(&err, kind, "%s", text);
    ask_note(q, str_fmt(q->arena, "route %.*s", STR_ARG(entry_root(q, url))), &err);
}

const struct fact_route *entry_route_any(struct ask *q, const struct entry_point *e)
{
    const struct fact_route *r = fact_route(q, e->url, e->via);

    if (!r && (e->is_minor || (str_eq(e->via, STR("6")) && q->unseen[q->n_unseen - 1].err.kind == ERR_NO_ROUTE)))
        ask_tolerate(q);
    return r;
}

const struct fact_route *entry_route(struct ask *q, const struct entry_point *e)
{
    const struct fact_route *r = entry_route_any(q, e);

    if (r && r->end == ROUTE_FAILED) {
        bool may_refuse = !e->https && e->host->role == HOST_API && r->n_hops == 1 && r->err.kind == ERR_REFUSED;
        if (!e->is_minor && !may_refuse)
            ask_note(q, str_fmt(q->arena, "route %.*s", STR_ARG(entry_root(q, r->final_url))), &r->err);
        return NULL;
    }
    if (r && r->end == ROUTE_PAGE && r->last->status >= 500) {
        if (!e->is_minor)
            entry_note(q, r->final_url, ERR_PROTOCOL,
                       str_fmt(q->arena, "it answers %d, an error of the server", r->last->status).p);
        return NULL;
    }
    return r;
}

static bool read_hop(struct ask *q, const struct hop *hop, struct url *from, struct url *to)
{
    return hop->location.n && url_parse(q->arena, hop->url, from, NULL) && url_parse(q->arena, hop->location, to, NULL);
}

bool hop_is_move(struct ask *q, const struct hop *hop)
{
    struct url from, to;

    return read_hop(q, hop, &from, &to) && !(str_eq(from.scheme, to.scheme) && str_eq_nocase(from.host, to.host));
}

bool hop_stays(struct ask *q, const struct fact_site *site, const struct hop *hop)
{
    struct url from, to;

    return read_hop(q, hop, &from, &to) && site_owns(site, from.host) && site_owns(site, to.host);
}

struct finding *entry_said(const struct findings *out, struct str subject, const char *key)
{
    for (size_t i = 0; i < out->n; i++)
        if (str_eq(out->v[i]->subject, subject) && str_eq(out->v[i]->key, str_of(key)))
            return out->v[i];
    return NULL;
}

struct str entry_root(struct ask *q, struct str url)
{
    struct url u;

    return url_parse(q->arena, url, &u, NULL) ? str_fmt(q->arena, "%.*s/", STR_ARG(url_origin(q->arena, &u))) : url;
}

void entry_evidence(struct ask *q, struct findings *out, struct finding *f, const struct fact_route *r)
{
    finding_evidence(out, f, "start", STR_NONE, q->now_s, "%.*s", STR_ARG(r->start));
    for (size_t i = 0; i < r->n_hops && i < 6; i++) {
        const struct hop *hop = &r->hops[i];
        if (!hop->x)
            continue;
        struct str to = hop->location.n ? hop->location : http_header(hop->x, "location");
        if (!to.p)
            to = STR("(a page)");
        finding_evidence(out, f, str_fmt(q->arena, "hop %zu", i + 1).p, hop->x->address, hop->x->at_s,
                         "%d %.*s (%lld ms)", hop->x->status, STR_ARG(to), (long long)(hop->x->total_us / 1000));
    }
    if (r->n_hops > 6)
        finding_evidence(out, f, "and on", STR_NONE, q->now_s, "%zu hops in all", r->n_hops);
}
