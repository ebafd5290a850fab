/* How the entry points of the site lead to one address: one host, permanently, in one step, with path and query. */
#include <string.h>

#include "checks/catalogue.h"
#include "checks/entry_points.h"
#include "checks/hsts.h"
#include "checks/routes_fix.h"
#include "core/url.h"
#include "facts/fact_platform.h"
#include "launch/launch.h"

static struct str canonical_host(struct ask *q, const struct fact_site *site)
{
    return site->canonical.n ? url_host(q->arena, site->canonical) : STR_NONE;
}

static struct str https_origin(struct ask *q, struct str host)
{
    return str_fmt(q->arena, "https://%.*s", STR_ARG(host));
}

/* ---- routes.canonical-host ---- */

/* A page at a host that is neither the canonical one nor leads there. */
static void say_other_host(struct ask *q, struct findings *out, const struct entry_point *e, const struct fact_route *r,
                           struct str wanted)
{
    struct str subject = https_origin(q, e->host->name), end = url_host(q->arena, r->final_url);
    struct finding *f = entry_said(out, subject, "host");

    if (!f) {
        if (str_eq(end, e->host->name))
            f = say(out, FAIL, subject, "%.*s answers by itself instead of leading to %.*s", STR_ARG(end),
                    STR_ARG(wanted));
        else
            f = say(out, FAIL, subject, "%.*s leads to %.*s instead of %.*s", STR_ARG(e->host->name), STR_ARG(end),
                    STR_ARG(wanted));
        f->key = STR("host");
        finding_expected(out, f, "one redirect to https://%.*s", STR_ARG(wanted));
        routes_fix_host(q, out, f, "", e->host->name, https_origin(q, wanted));
    }
    finding_evidence(out, f, "start", r->last->address, r->last->at_s, "%.*s: %d at %.*s", STR_ARG(e->url),
                     r->last->status, STR_ARG(r->final_url));
}

void check_routes_canonical_host(struct ask *q, struct findings *out)
{
    struct entry_points list;

    if (!entry_points(q, &list))
        return;
    struct str wanted = canonical_host(q, list.site);
    if (wanted.n == 0)
        ask_note(q, str_fmt(q->arena, "route https://%.*s/", STR_ARG(list.site->apex)), &list.site->no_canonical);
    for (size_t i = 0; wanted.n && i < list.n; i++) {
        const struct entry_point *e = &list.v[i];
        const struct fact_route *r = e->is_pair ? entry_route(q, e) : NULL;
        if (r && r->end == ROUTE_PAGE && !str_eq_nocase(url_host(q->arena, r->final_url), wanted))
            say_other_host(q, out, e, r, wanted);
        else if (r && r->end != ROUTE_PAGE)
            entry_note(q, r->final_url, ERR_PROTOCOL, "its redirects lead to no page");
    }
}

/* ---- routes.permanent ---- */

static bool is_declared_temporary(const struct launch *launch, struct str url)
{
    for (size_t i = 0; i < launch->paths.temporary_redirects.n; i++) {
        struct str declared = launch->paths.temporary_redirects.v[i];
        if (str_starts(url, declared) || (str_starts(declared, STR("/")) && str_has(url, declared)))
            return true;
    }
    return false;
}

static void say_temporary(struct ask *q, struct findings *out, const struct hop *hop)
{
    struct str subject = entry_root(q, hop->url), to = entry_root(q, hop->location),
               host = url_host(q->arena, hop->url);
    struct finding *f = entry_said(out, subject, "temporary");

    if (!f) {
        f = say(out, FAIL, subject, "%.*s moves to %.*s with %d, which means \"for now\"", STR_ARG(subject),
                STR_ARG(to), hop->x->status);
        f->key = STR("temporary");
        finding_expected(out, f, "301 or 308");
        if (str_eq(host, url_host(q->arena, hop->location)))
            routes_fix_https(q, out, f, "Change the status to 301:", host);
        else
            routes_fix_host(q, out, f, "Change the status to 301:", host,
                            https_origin(q, url_host(q->arena, hop->location)));
    }
    finding_evidence(out, f, "hop", hop->x->address, hop->x->at_s, "%.*s: %d %.*s", STR_ARG(hop->url), hop->x->status,
                     STR_ARG(hop->location));
}

void check_routes_permanent(struct ask *q, struct findings *out)
{
    struct entry_points list;

    if (!entry_points(q, &list))
        return;
    for (size_t i = 0; i < list.n; i++) {
        const struct entry_point *e = &list.v[i];
        const struct fact_route *r = entry_route(q, e);
        for (size_t h = 0; r && h < r->n_hops; h++) {
            const struct hop *hop = &r->hops[h];
            if (!hop->location.n || hop->x->status == 301 || hop->x->status == 308 || !hop_stays(q, list.site, hop) ||
                !hop_is_move(q, hop) || is_declared_temporary(q->launch, hop->url))
                continue;
            bool same_host = str_eq(url_host(q->arena, hop->url), url_host(q->arena, hop->location));
            if (same_host || e->is_pair || e->host->role == HOST_REDIRECT)
                say_temporary(q, out, hop);
        }
    }
}

/* ---- routes.chain-length ---- */

/* Why a chain may turn in a circle, as far as it shows from outside. */
static const char *loop_cause(struct ask *q, const struct fact_route *r, struct str host)
{
    const struct hop *last = &r->hops[r->n_hops - 1];
    struct url from, to;
    bool http = false, https = false, hosts = false;

    for (size_t i = 0; i < r->n_hops; i++) {
        if (!url_parse(q->arena, r->hops[i].url, &from, NULL) || !url_parse(q->arena, r->hops[i].location, &to, NULL))
            continue;
        http = http || str_eq(to.scheme, STR("http"));
        https = https || str_eq(to.scheme, STR("https"));
        hosts = hosts || !str_eq(from.host, to.host);
    }
    for (size_t i = 0; i < r->n_hops; i++)
        if (http_has_header(r->hops[i].x, "set-cookie"))
            return "A cookie is set on the way and asked for again: visitors without cookies, and search engines, "
                   "never "
                   "arrive.";
    if (http && https)
        return "One side forces https and the other forces http: set the redirect in one place only.";
    if (hosts)
        return "Two rules send visitors back and forth between the hosts: remove one of them.";
    const struct fact_platform *p = fact_platform(q, host);
    if (!p)
        ask_tolerate(q);
    if (p && p->edge && str_eq(last->url, last->location))
        return "Most often the edge asks the origin over http (Cloudflare: SSL/TLS mode Flexible) and the origin "
               "answers "
               "with a redirect to https: set the mode to Full (strict) and leave the redirect to the edge.";
    return "A rule sends the page to itself: it must not match the address it leads to.";
}

static void say_end(struct ask *q, struct findings *out, const struct fact_route *r)
{
    static const char *const titles[] = {
        [ROUTE_LOOP] = "redirects in a circle",
        [ROUTE_TOO_LONG] = "more than 20 redirects",
        [ROUTE_BAD_SCHEME] = "a redirect to what is no web address",
        [ROUTE_PRIVATE] = "a redirect to an address that only a local network has",
        [ROUTE_NO_LOCATION] = "a redirect that does not say where to",
    };
    const struct hop *last = &r->hops[r->n_hops - 1];
    struct str subject = entry_root(q, last->url), host = url_host(q->arena, last->url);
    struct finding *f = entry_said(out, subject, titles[r->end]);

    if (!f) {
        f = say(out, FAIL, subject, "%.*s: %s", STR_ARG(last->url), titles[r->end]);
        f->key = str_of(titles[r->end]);
        f->severity = r->end == ROUTE_LOOP || r->end == ROUTE_TOO_LONG ? SEV_CRITICAL : SEV_HIGH;
        if (r->end == ROUTE_LOOP)
            finding_fix(out, f, "%s", loop_cause(q, r, host));
        else if (r->end != ROUTE_TOO_LONG)
            finding_fix(out, f, "Correct the Location that %.*s sends: an absolute https address of this site",
                        STR_ARG(last->url));
        entry_evidence(q, out, f, r);
    } else if (!str_eq(r->start, f->subject)) {
        finding_evidence(out, f, "also from", STR_NONE, q->now_s, "%.*s", STR_ARG(r->start));
    }
}

static bool asks_preload(const struct fact_route *r)
{
    struct hsts hsts;

    for (size_t i = 0; i < r->n_hops; i++) {
        const struct fact_http *x = r->hops[i].x;
        struct str value = x ? http_header(x, "strict-transport-security") : STR_NONE;
        if (value.n && str_starts(r->hops[i].url, STR("https:")) && hsts_parse(value, &hsts, NULL) && hsts.preload)
            return true;
    }
    return false;
}

/* The one two-step way that the preload list itself demands: first to https at the same host. */
static bool is_preload_way(struct ask *q, const struct fact_route *r, size_t n)
{
    return n == 2 && r->n_hops >= 2 && str_starts(r->start, STR("http:")) &&
           str_eq(url_host(q->arena, r->hops[0].url), url_host(q->arena, r->hops[0].location)) &&
           str_starts(r->hops[0].location, STR("https:")) && asks_preload(r);
}

static void say_chain(struct ask *q, struct findings *out, const struct entry_point *e, const struct fact_route *r,
                      size_t n)
{
    struct str subject = entry_root(q, e->url), end = entry_root(q, r->final_url);
    struct finding *f;

    if (entry_said(out, subject, "chain"))
        return;
    if (is_preload_way(q, r, n)) {
        f = say(out, WARN, subject, "Two redirects from %.*s, because the site asks to be preloaded", STR_ARG(subject));
        finding_fix(out, f,
                    "Leave it: the HSTS preload list demands https at the same host first. Without \"preload\" in the "
                    "header one redirect would do");
    } else {
        f = say(out, FAIL, subject, "Chain of %zu redirects from %.*s to %.*s", n, STR_ARG(subject), STR_ARG(end));
        routes_fix_host(q, out, f, "Lead there in one step.", e->host->name,
                        https_origin(q, url_host(q->arena, r->final_url)));
    }
    f->key = STR("chain");
    finding_observed(out, f, "%zu redirects", n);
    finding_expected(out, f, "one");
    entry_evidence(q, out, f, r);
}

/* Redirects that count: at a front page of the site all of them, elsewhere those of scheme or host (a log-in page or a
 * renamed product is the application's own matter; audit.redirects lists them). */
static size_t count_moves(struct ask *q, const struct entry_point *e, const struct fact_route *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_hops; i++)
        n += r->hops[i].location.n && ((e->is_pair && !e->deep) || hop_is_move(q, &r->hops[i]));
    return n;
}

void check_routes_chain_length(struct ask *q, struct findings *out)
{
    struct entry_points list;

    if (!entry_points(q, &list))
        return;
    for (size_t i = 0; i < list.n; i++) {
        const struct entry_point *e = &list.v[i];
        const struct fact_route *r = entry_route(q, e);
        if (!r)
            continue;
        if (r->end != ROUTE_PAGE) {
            say_end(q, out, r);
            continue;
        }
        size_t n = count_moves(q, e, r);
        if (n > 1)
            say_chain(q, out, e, r, n);
    }
}

/* ---- routes.path-preserved ---- */

static struct str without_slash(struct str path)
{
    return path.n > 1 && path.p[path.n - 1] == '/' ? str_first(path, path.n - 1) : path;
}

static void judge_kept(struct ask *q, struct findings *out, const struct hop *hop)
{
    struct url from, to;

    if (!url_parse(q->arena, hop->url, &from, NULL) || !url_parse(q->arena, hop->location, &to, NULL))
        return;
    bool path = str_eq(without_slash(from.path), without_slash(to.path)), query = str_eq(from.query, to.query);
    struct str subject = entry_root(q, hop->url), origin = https_origin(q, to.host);
    if ((path && query) || entry_said(out, subject, "lost"))
        return;
    struct finding *f = say(out, FAIL, subject, "The redirect from %.*s loses the %s", STR_ARG(subject),
                            path    ? "query (campaign tags, return codes of payments)"
                            : query ? "path"
                                    : "path and the query");
    f->key = STR("lost");
    finding_observed(out, f, "%.*s", STR_ARG(hop->location));
    finding_expected(out, f, "%.*s%.*s%.*s", STR_ARG(origin), STR_ARG(from.path), STR_ARG(from.query));
    finding_evidence(out, f, "sent", hop->x->address, hop->x->at_s, "%.*s", STR_ARG(hop->url));
    finding_evidence(out, f, "led to", hop->x->address, hop->x->at_s, "%d %.*s", hop->x->status,
                     STR_ARG(hop->location));
    if (str_eq(from.host, to.host))
        routes_fix_https(q, out, f, "", from.host);
    else
        routes_fix_host(q, out, f, "", from.host, origin);
}

void check_routes_path_preserved(struct ask *q, struct findings *out)
{
    struct entry_points list;

    if (!entry_points(q, &list))
        return;
    for (size_t i = 0; i < list.n; i++) {
        const struct fact_route *r = list.v[i].deep ? entry_route(q, &list.v[i]) : NULL;
        for (size_t h = 0; r && h < r->n_hops; h++)
            if (hop_is_move(q, &r->hops[h]) && hop_stays(q, list.site, &r->hops[h]))
                judge_kept(q, out, &r->hops[h]);
    }
}
