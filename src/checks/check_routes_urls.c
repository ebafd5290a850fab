/* Single addresses: old ones, one that does not exist, http ones, and the table of all redirects. */
#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "checks/entry_points.h"
#include "checks/routes_fix.h"
#include "core/url.h"
#include "launch/launch.h"

/* The front page itself leads nowhere (routes.chain-length says so): nothing can be said about other pages. */
static bool home_is_lost(struct ask *q, const struct fact_site *site)
{
    const struct fact_route *r = site->home.n ? fact_route(q, site->home, STR_NONE) : NULL;

    if (!r) {
        if (site->home.n == 0)
            ask_note(q, str_fmt(q->arena, "route https://%.*s/", STR_ARG(site->apex)), &site->no_canonical);
        return true;
    }
    if (r->end == ROUTE_PAGE || r->end == ROUTE_FAILED)
        return false;
    entry_note(q, site->home, ERR_PROTOCOL, "its redirects lead to no page");
    return true;
}

/* ---- routes.legacy-urls ---- */

static struct str legacy_url(struct ask *q, const struct fact_site *site, size_t i)
{
    struct str path = q->launch->paths.legacy.v[i];
    struct str origin = site->canonical.n ? site->canonical : str_fmt(q->arena, "https://%.*s", STR_ARG(site->apex));

    if (str_has(path, STR("://")))
        return path;
    return str_fmt(q->arena, "%.*s%s%.*s", STR_ARG(origin), str_starts(path, STR("/")) ? "" : "/", STR_ARG(path));
}

static void judge_legacy(struct ask *q, struct findings *out, const struct fact_site *site, struct str url)
{
    struct str host_name = url_host(q->arena, url);
    struct site_host host = {.name = host_name};
    const struct fact_route *r = entry_route(q, &(struct entry_point){.host = &host, .url = url});
    struct finding *f = NULL;
    struct url u;

    if (!r || !url_parse(q->arena, url, &u, NULL))
        return;
    if (r->end != ROUTE_PAGE) {
        f = say(out, FAIL, url, "%.*s redirects, but to no page", STR_ARG(url));
    } else if (r->last->status >= 400 || r->last->status < 200) {
        f = say(out, FAIL, url, "%.*s ends with %d", STR_ARG(url), r->last->status);
    } else if (r->n_moves > 1) {
        f = say(out, FAIL, url, "%.*s needs %zu redirects", STR_ARG(url), r->n_moves);
    } else if (r->n_moves == 1 && r->hops[0].x->status != 301 && r->hops[0].x->status != 308) {
        f = say(out, FAIL, url, "%.*s moves with %d, which search engines do not follow for good", STR_ARG(url),
                r->hops[0].x->status);
    } else if (r->n_moves == 1 && str_eq(r->final_url, site->home) && !str_eq(u.path, STR("/"))) {
        f = say(out, WARN, url, "%.*s leads to the front page: search engines treat that as a page that is gone",
                STR_ARG(url));
    }
    if (!f)
        return;
    finding_expected(out, f, "one 301 or 308 to a page that answers 200");
    entry_evidence(q, out, f, r);
    bool arrives = r->end == ROUTE_PAGE && r->last->status < 400 && !str_eq(r->final_url, site->home);
    routes_fix_path(q, out, f, host_name, u.path,
                    arrives ? r->final_url : str_fmt(q->arena, "%.*s/THE-NEW-PAGE", STR_ARG(site->canonical)));
}

void check_routes_legacy_urls(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);

    if (!site || home_is_lost(q, site))
        return;
    for (size_t i = 0; i < q->launch->paths.legacy.n; i++)
        fact_route_want(q, legacy_url(q, site, i), STR_NONE);
    for (size_t i = 0; i < q->launch->paths.legacy.n; i++)
        judge_legacy(q, out, site, legacy_url(q, site, i));
}

/* ---- routes.not-found ---- */

void check_routes_not_found(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct str nonce = entry_nonce(q);
    struct finding *f = NULL;

    if (!site || home_is_lost(q, site))
        return;
    struct str url = str_fmt(q->arena, "%.*s/launchready-not-there-%.*s", STR_ARG(site->canonical), STR_ARG(nonce));
    struct str subject = str_fmt(q->arena, "%.*s/", STR_ARG(site->canonical));
    struct site_host host = {.name = url_host(q->arena, url)};
    const struct fact_route *r = entry_route_any(q, &(struct entry_point){.host = &host, .url = url});
    if (!r)
        return;
    if (r->end == ROUTE_FAILED) {
        ask_note(q, str_fmt(q->arena, "route %.*s", STR_ARG(url)), &r->err);
        return;
    }
    int status = r->end == ROUTE_PAGE ? r->last->status : 0;
    if (status == 404 || status == 410 || status == 401 || status == 403 || status == 429)
        return;
    if (status >= 500)
        f = say(out, FAIL, subject, "A page that does not exist makes the server fail with %d", status);
    else if (r->n_moves && status)
        f = say(out, FAIL, subject, "A page that does not exist redirects to %.*s", STR_ARG(r->final_url));
    else if (status)
        f = say(out, FAIL, subject, "A page that does not exist answers %d", status);
    else
        f = say(out, FAIL, subject, "A page that does not exist redirects, and arrives nowhere");
    f->key = STR("not-found");
    finding_expected(out, f, "404 or 410");
    entry_evidence(q, out, f, r);
    finding_fix(out, f,
                "Answer 404 from the application's catch-all route (a single-page application: let the server know its "
                "routes, or prerender a 404 page), with a way back to the shop on it");
}

/* ---- edge.https-redirect ---- */

struct clear_answer {
    const char *key;
    struct str title;
};

/* What is wrong with how an http start is answered; title empty when nothing is. */
static struct clear_answer judge_clear(struct ask *q, const struct entry_point *e, const struct fact_route *r)
{
    const struct fact_http *x = r->hops[0].x;

    if (!r->hops[0].location.n) {
        bool refuses = x->status >= 400;
        if (refuses && (e->host->role == HOST_API || x->status == 421 || x->status == 426))
            return (struct clear_answer){0};
        return (struct clear_answer){"clear", str_fmt(q->arena, "%.*s answers %d in clear instead of leading to https",
                                                      STR_ARG(entry_root(q, e->url)), x->status)};
    }
    if (str_starts(r->hops[0].location, STR("http:")))
        return (struct clear_answer){
            "clear", str_fmt(q->arena, "The first step from %.*s stays in clear", STR_ARG(entry_root(q, e->url)))};
    return (struct clear_answer){0};
}

/* A step from https back to http, whatever the start. */
static const struct hop *downgrade(const struct fact_route *r)
{
    for (size_t i = 0; i < r->n_hops; i++)
        if (str_starts(r->hops[i].url, STR("https:")) && str_starts(r->hops[i].location, STR("http:")))
            return &r->hops[i];
    return NULL;
}

static void say_clear(struct ask *q, struct findings *out, const struct entry_point *e, const struct fact_route *r,
                      struct clear_answer what)
{
    struct str subject = str_fmt(q->arena, "http://%.*s/", STR_ARG(e->host->name));

    if (entry_said(out, subject, what.key))
        return;
    struct finding *f = say(out, e->is_minor ? WARN : FAIL, subject, "%.*s", STR_ARG(what.title));
    f->key = str_of(what.key);
    finding_expected(out, f, "301 https://%.*s/", STR_ARG(e->host->name));
    entry_evidence(q, out, f, r);
    routes_fix_https(q, out, f, "", e->host->name);
}

static void say_downgrade(struct ask *q, struct findings *out, const struct entry_point *e, const struct fact_route *r,
                          const struct hop *down)
{
    struct str subject = entry_root(q, down->url), to = url_host(q->arena, down->location);

    if (entry_said(out, subject, "downgrade"))
        return;
    struct finding *f =
        say(out, e->is_minor ? WARN : FAIL, subject, "%.*s leads from https back to http", STR_ARG(subject));
    f->key = STR("downgrade");
    finding_observed(out, f, "%d %.*s", down->x->status, STR_ARG(down->location));
    finding_expected(out, f, "301 https://%.*s/", STR_ARG(to));
    entry_evidence(q, out, f, r);
    routes_fix_host(q, out, f, "Let the redirect name https.", url_host(q->arena, down->url),
                    str_fmt(q->arena, "https://%.*s", STR_ARG(to)));
}

void check_edge_https_redirect(struct ask *q, struct findings *out)
{
    struct entry_points list;

    if (!entry_points(q, &list))
        return;
    for (size_t i = 0; i < list.n; i++) {
        const struct entry_point *e = &list.v[i];
        if (e->launch && e->launch->http_only)
            continue;
        const struct fact_route *r = entry_route_any(q, e);
        if (!r)
            continue;
        bool answered = r->hops[0].x != NULL;
        if (!answered) {
            bool refused = !e->https && r->err.kind == ERR_REFUSED; /* routes.reachable judges a closed port */
            if (!refused && !e->is_minor && !e->https)
                ask_note(q, str_fmt(q->arena, "route %.*s", STR_ARG(e->url)), &r->err);
            continue;
        }
        if (!e->https && r->hops[0].x->status >= 500 && !e->is_minor)
            entry_note(q, e->url, ERR_PROTOCOL, "it answers with an error of the server");
        else if (!e->https && r->hops[0].x->status < 500) {
            struct clear_answer what = judge_clear(q, e, r);
            if (what.title.n)
                say_clear(q, out, e, r, what);
        }
        const struct hop *down = downgrade(r);
        if (down && hop_stays(q, list.site, down))
            say_downgrade(q, out, e, r, down);
    }
}

/* ---- audit.redirects ---- */

/* Redirects of content: the page itself moves, at the same host. */
static void list_content_moves(struct ask *q, struct findings *out, const struct entry_points *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct entry_point *e = &list->v[i];
        const struct fact_route *r = e->is_pair ? entry_route_any(q, e) : NULL;
        for (size_t h = 0; r && r->end != ROUTE_LOOP && h < r->n_hops; h++) {
            const struct hop *hop = &r->hops[h];
            struct str subject = entry_root(q, hop->url);
            if (!hop->location.n || hop_is_move(q, hop) || entry_said(out, subject, "content"))
                continue;
            struct finding *f = say(out, WARN, subject, "A page of the site moves: %.*s leads to %.*s",
                                    STR_ARG(hop->url), STR_ARG(hop->location));
            f->key = STR("content");
            entry_evidence(q, out, f, r);
            finding_fix(out, f,
                        "Link to the new address directly, or name the old one under paths.legacy when it is meant");
        }
    }
}

void check_audit_redirects(struct ask *q, struct findings *out)
{
    struct entry_points list;
    size_t n = 0;

    if (!entry_points(q, &list))
        return;
    struct finding *f = say(out, PASS, list.site->apex, "The redirects from every entry point");
    for (size_t i = 0; i < list.n; i++) {
        const struct entry_point *e = &list.v[i];
        const struct fact_route *r = entry_route_any(q, e);
        if (!r)
            continue;
        n += r->n_moves;
        int status = r->last ? r->last->status : 0;
        finding_evidence(out, f, e->via.n ? "start over IPv6" : "start", r->last ? r->last->address : STR_NONE,
                         r->last ? r->last->at_s : q->now_s, "%.*s: %zu redirect%s, %s%d at %.*s", STR_ARG(e->url),
                         r->n_moves, r->n_moves == 1 ? "" : "s", r->end == ROUTE_FAILED ? r->err.text : "", status,
                         STR_ARG(r->final_url));
    }
    finding_observed(out, f, "%zu entry points, %zu redirects", list.n, n);
    list_content_moves(q, out, &list);
}
