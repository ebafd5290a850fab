#include "facts/fact_site.h"

#include <libpsl.h>

#include "core/url.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_page.h"
#include "facts/fact_tls.h"
#include "facts/site_pages.h"
#include "launch/launch.h"

#define MOST_HOSTS      64u
#define MOST_CERT_NAMES 20u
#define MOST_PAGES      5u
#define MOST_PRIVATE    8u

static const char *const common[] = {"app",  "api",    "admin",   "help", "docs", "blog",
                                     "shop", "status", "staging", "dev",  "test", "mail"};

const char *const *site_common_labels(size_t *ret_n)
{
    *ret_n = N_OF(common);
    return common;
}

/* Nobody has this name; if it resolves, every name does. */
#define NO_SUCH_LABEL "launchready-no-such-name"

const char *host_role_name(enum host_role role)
{
    static const char *const names[] = {[HOST_SITE] = "site", [HOST_WWW] = "www",         [HOST_REDIRECT] = "redirect",
                                        [HOST_APP] = "app",   [HOST_API] = "api",         [HOST_ADMIN] = "admin",
                                        [HOST_HELP] = "help", [HOST_STAGING] = "staging", [HOST_OTHER] = "other"};

    return names[role];
}

static bool below(struct str host, struct str apex)
{
    return host.n > apex.n && str_ends_nocase(host, apex) && host.p[host.n - apex.n - 1] == '.';
}

bool site_owns(const struct fact_site *site, struct str host)
{
    return str_eq_nocase(host, site->apex) || below(host, site->apex);
}

const struct site_host *site_host(const struct fact_site *site, struct str name)
{
    for (size_t i = 0; i < site->n_hosts; i++)
        if (str_eq_nocase(site->hosts[i].name, name))
            return &site->hosts[i];
    return NULL;
}

enum host_role host_role_of(struct str name, struct str apex)
{
    static const struct {
        const char *label;
        enum host_role role;
    } rows[] = {{"app", HOST_APP},         {"my", HOST_APP},        {"api", HOST_API},      {"admin", HOST_ADMIN},
                {"dashboard", HOST_ADMIN}, {"help", HOST_HELP},     {"support", HOST_HELP}, {"docs", HOST_HELP},
                {"staging", HOST_STAGING}, {"stage", HOST_STAGING}, {"dev", HOST_STAGING},  {"test", HOST_STAGING},
                {"preview", HOST_STAGING}, {"demo", HOST_STAGING}};
    struct str label = str_first(name, str_find_char(name, '.'));

    if (str_eq_nocase(name, apex))
        return HOST_SITE;
    if (str_eq_nocase(label, STR("www")))
        return HOST_WWW;
    label = str_first(label, str_find_char(label, '-'));
    for (size_t i = 0; i < N_OF(rows); i++)
        if (str_eq_nocase(label, str_of(rows[i].label)))
            return rows[i].role;
    return HOST_OTHER;
}

static enum host_role role_from_word(struct str word, struct str name, struct str apex)
{
    for (enum host_role role = HOST_SITE; role <= HOST_OTHER; role++)
        if (str_eq_nocase(word, str_of(host_role_name(role))))
            return role;
    return host_role_of(name, apex);
}

/* ---- hosts ---- */

struct gathering {
    struct ask *q;
    struct fact_site *site;
    size_t capacity;
    const struct fact_addresses *any; /* of a name that nobody has; NULL or empty: no wildcard */
};

static struct site_host *add_host(struct gathering *g, struct str name)
{
    struct fact_site *site = g->site;
    struct site_host *host;

    for (size_t i = 0; i < site->n_hosts; i++)
        if (str_eq_nocase(site->hosts[i].name, name))
            return &site->hosts[i];
    if (site->n_hosts == MOST_HOSTS)
        return NULL;
    host = ARENA_PUSH(g->q->arena, site->hosts, site->n_hosts, g->capacity);
    *host = (struct site_host){.name = str_lower(g->q->arena, name), .role = host_role_of(name, site->apex)};
    return host;
}

static bool share_an_address(const struct fact_addresses *a, const struct fact_addresses *b)
{
    if (!a || !b)
        return false;
    for (size_t i = 0; i < a->n_v; i++)
        for (size_t j = 0; j < b->n_v; j++)
            if (str_eq(a->v[i].ip, b->v[j].ip))
                return true;
    return false;
}

/* Whether the name exists; what was not answered counts as not there, for whoever asks for the host's addresses will
 * hear of it again. */
static const struct fact_addresses *tolerant_addresses(struct ask *q, struct str name)
{
    const struct fact_addresses *a = fact_addresses(q, name);

    if (!a)
        ask_tolerate(q);
    return a;
}

static void settle_host(struct gathering *g, struct site_host *host)
{
    const struct fact_addresses *a = tolerant_addresses(g->q, host->name);

    host->exists = a && a->n_v > 0;
    host->wildcard = host->exists && host->role != HOST_SITE && share_an_address(a, g->any);
}

static void add_declared(struct gathering *g)
{
    const struct launch *launch = g->q->launch;

    for (size_t i = 0; i < launch->n_hosts; i++) {
        const struct launch_host *from = &launch->hosts[i];
        struct site_host *host = from->absent ? NULL : add_host(g, from->name);

        if (!host)
            continue;
        host->declared = true;
        if (from->role.n)
            host->role = role_from_word(from->role, from->name, g->site->apex);
        host->health = from->health;
        host->private_paths = from->private_paths;
        host->expected_status = from->status;
    }
}

/* Names that the apex's certificate speaks for. */
static void add_from_certificate(struct gathering *g, struct str address)
{
    const struct fact_tls *tls;
    size_t n = 0;

    if (address.n == 0)
        return;
    tls = fact_tls(g->q, g->site->apex, address);
    if (!tls) {
        ask_tolerate(g->q); /* tls.* says so; here it only means fewer names */
        return;
    }
    if (tls->n_chain == 0)
        return;
    for (size_t i = 0; i < tls->chain[0].names.n && n < MOST_CERT_NAMES; i++) {
        struct str name = tls->chain[0].names.v[i];

        if (!below(name, g->site->apex) || str_has(name, STR("*")) || site_host(g->site, name))
            continue;
        n++;
        const struct fact_addresses *a = tolerant_addresses(g->q, name);
        if (a && a->n_v > 0)
            add_host(g, name);
    }
}

static bool is_absent(const struct launch *launch, struct str name)
{
    for (size_t i = 0; i < launch->n_hosts; i++)
        if (launch->hosts[i].absent && str_eq_nocase(launch->hosts[i].name, name))
            return true;
    return false;
}

static struct str common_name(struct gathering *g, size_t i)
{
    return str_fmt(g->q->arena, "%s.%.*s", common[i], STR_ARG(g->site->apex));
}

static void add_guessed(struct gathering *g)
{
    for (size_t i = 0; i < N_OF(common); i++) {
        struct str name = common_name(g, i);
        const struct fact_addresses *a;
        struct site_host *host;

        if (site_host(g->site, name) || is_absent(g->q->launch, name))
            continue;
        a = tolerant_addresses(g->q, name);
        if (!a || a->n_v == 0 || share_an_address(a, g->any))
            continue;
        host = add_host(g, name);
        if (host)
            host->guessed = true;
    }
}

static void want_all(struct gathering *g, bool guess)
{
    struct ask *q = g->q;
    struct str apex = g->site->apex;

    fact_addresses_want(q, apex);
    fact_route_want(q, str_fmt(q->arena, "https://%.*s/", STR_ARG(apex)), STR_NONE);
    if (g->site->www.n)
        fact_addresses_want(q, g->site->www);
    for (size_t i = 0; i < q->launch->n_hosts; i++)
        fact_addresses_want(q, q->launch->hosts[i].name);
    fact_addresses_want(q, str_fmt(q->arena, NO_SUCH_LABEL ".%.*s", STR_ARG(apex)));
    if (guess)
        for (size_t i = 0; i < N_OF(common); i++)
            fact_addresses_want(q, common_name(g, i));
}

/* False when not even the apex could be looked up. */
static bool gather_hosts(struct gathering *g, bool guess)
{
    struct fact_site *site = g->site;
    const struct fact_addresses *apex;

    want_all(g, guess);
    apex = fact_addresses(g->q, site->apex);
    if (!apex)
        return false;
    if (apex->n_v > 0)
        fact_tls_want(g->q, site->apex, apex->v[0].ip);
    add_host(g, site->apex);
    if (site->www.n && !is_absent(g->q->launch, site->www))
        add_host(g, site->www);
    g->any = tolerant_addresses(g->q, str_fmt(g->q->arena, NO_SUCH_LABEL ".%.*s", STR_ARG(site->apex)));
    add_declared(g);
    add_from_certificate(g, apex->n_v > 0 ? apex->v[0].ip : STR_NONE);
    if (guess)
        add_guessed(g);
    for (size_t i = 0; i < site->n_hosts; i++)
        settle_host(g, &site->hosts[i]);
    return true;
}

/* ---- the canonical address ---- */

/* Where a start ends, if that is a page of this site. */
static struct str origin_of(struct ask *q, const struct fact_site *site, const char *scheme, struct str host,
                            struct err *reterr)
{
    const struct fact_route *route = fact_route(q, str_fmt(q->arena, "%s://%.*s/", scheme, STR_ARG(host)), STR_NONE);
    struct url url;

    if (!route) {
        *reterr = *ask_tolerate(q);
        return STR_NONE;
    }
    if (route->end == ROUTE_FAILED)
        *reterr = route->err;
    if (route->end != ROUTE_PAGE) {
        if (route->end != ROUTE_FAILED)
            err_set(reterr, ERR_PROTOCOL, "the redirects of %s://%.*s/ lead to no page", scheme, STR_ARG(host));
        return STR_NONE;
    }
    if (!url_parse(q->arena, route->final_url, &url, reterr))
        return STR_NONE;
    if (!site_owns(site, url.host)) {
        err_set(reterr, ERR_PROTOCOL, "%s://%.*s/ leads to another site, %.*s", scheme, STR_ARG(host),
                STR_ARG(str_first(url.host, 200)));
        return STR_NONE;
    }
    return url_origin(q->arena, &url);
}

static void find_canonical(struct ask *q, struct fact_site *site)
{
    static const char *const schemes[] = {"https", "http"};
    struct err err = {.kind = ERR_NONE};

    if (q->launch->canonical.n) {
        site->canonical = q->launch->canonical;
        site->canonical_declared = true;
    }
    for (size_t i = 0; i < N_OF(schemes) && site->canonical.n == 0; i++) {
        site->canonical = origin_of(q, site, schemes[i], site->apex, &err);
        if (i == 0)
            site->no_canonical = err; /* the first reason is the one to tell */
        if (site->canonical.n == 0 && site->www.n)
            site->canonical = origin_of(q, site, schemes[i], site->www, &err);
    }
    site->home = site->canonical.n ? str_fmt(q->arena, "%.*s/", STR_ARG(site->canonical)) : STR_NONE;
}

const struct fact_page *site_home(struct ask *q, const struct fact_site *site)
{
    if (site->home.n == 0)
        return ask_note(q, STR("home page"), &site->no_canonical);
    return fact_page(q, site->home);
}

/* ---- pages ---- */

static void add_absolute(struct ask *q, struct str_list *to, struct str origin, const struct str_list *paths)
{
    for (size_t i = 0; i < paths->n; i++) {
        struct str path = paths->v[i];
        struct str url = str_has(path, STR("://")) ? path
                                                   : str_fmt(q->arena, "%.*s%s%.*s", STR_ARG(origin),
                                                             str_starts(path, STR("/")) ? "" : "/", STR_ARG(path));

        if (!str_list_has(to, url))
            str_list_add(q->arena, to, url);
    }
}

static struct str origin_of_host(struct ask *q, struct str host)
{
    return str_fmt(q->arena, "https://%.*s", STR_ARG(host));
}

static void add_declared_paths(struct ask *q, struct fact_site *site)
{
    const struct launch *launch = q->launch;
    struct str api = site->canonical;

    add_absolute(q, &site->private_pages, site->canonical, &launch->paths.private_paths);
    for (size_t i = 0; i < site->n_hosts; i++) {
        const struct site_host *host = &site->hosts[i];

        add_absolute(q, &site->private_pages, origin_of_host(q, host->name), &host->private_paths);
        if (host->declared && host->role == HOST_API)
            api = origin_of_host(q, host->name);
    }
    site->private_declared = site->private_pages.n > 0;
    add_absolute(q, &site->api_urls, api, &launch->paths.api);
}

static bool is_public_page(struct ask *q, struct str url)
{
    const struct fact_page *page = fact_page(q, url);

    if (!page)
        ask_tolerate(q);
    return page && page->is_html && page->x->status >= 200 && page->x->status < 300;
}

static void choose_pages(struct ask *q, struct fact_site *site, const struct fact_page *home)
{
    struct str_list wanted = {NULL, 0, 0};

    str_list_add(q->arena, &site->pages, site->home);
    add_absolute(q, &wanted, site->canonical, &q->launch->paths.pages);
    add_absolute(q, &wanted, site->canonical, &q->launch->paths.public_paths);
    if (home) {
        struct str_list links = site_pick_pages(q->arena, home, site->canonical, MOST_PAGES - 1);

        for (size_t i = 0; i < links.n; i++)
            if (!str_list_has(&wanted, links.v[i]))
                str_list_add(q->arena, &wanted, links.v[i]);
    }
    for (size_t i = 0; i < wanted.n && i < 2 * MOST_PAGES; i++)
        fact_page_want(q, wanted.v[i]);
    for (size_t i = 0; i < wanted.n && i < 2 * MOST_PAGES && site->pages.n < MOST_PAGES; i++)
        if (!str_list_has(&site->pages, wanted.v[i]) && is_public_page(q, wanted.v[i]))
            str_list_add(q->arena, &site->pages, wanted.v[i]);
}

/* Usual private paths that are there: anything but "no such page". */
static void probe_private(struct ask *q, struct fact_site *site)
{
    size_t n;
    const struct str *usual = site_usual_private(&n);
    struct str_list urls = {NULL, 0, 0};

    site->private_probed = true;
    for (size_t i = 0; i < n; i++) {
        str_list_add(q->arena, &urls, str_fmt(q->arena, "%.*s%.*s", STR_ARG(site->canonical), STR_ARG(usual[i])));
        fact_http_want(q, &(struct http_ask){.url = urls.v[i]});
    }
    for (size_t i = 0; i < urls.n; i++) {
        const struct fact_http *x = fact_get(q, urls.v[i]);

        if (!x)
            ask_tolerate(q); /* the home page of the same server is judged by others */
        else if (x->status == 401 || x->status == 403 || (x->status >= 300 && x->status < 400))
            str_list_add(q->arena, &site->private_pages, urls.v[i]);
    }
}

/* Where the declared log-in flow starts, or the home page's link. */
static struct str find_login(struct ask *q, const struct fact_site *site, const struct fact_page *home)
{
    for (size_t i = 0; i < q->launch->n_flows; i++) {
        const struct launch_flow *flow = &q->launch->flows[i];

        if (str_eq_nocase(flow->name, STR("login")) && flow->n_steps > 0 && !str_has(flow->steps[0].url, STR("{{")))
            return flow->steps[0].url;
    }
    return site_pick_login(q->arena, home, site->apex);
}

static void choose_paths(struct ask *q, struct fact_site *site, const struct fact_page *home)
{
    site->deep_path = q->launch->paths.deep;
    if (home) {
        if (site->deep_path.n == 0)
            site->deep_path = site_pick_deep_path(q->arena, home, site->canonical);
        site->login_page = find_login(q, site, home);
        if (!site->private_declared)
            site->private_pages = site_pick_private(q->arena, home, site->apex, MOST_PRIVATE);
        if (site->private_pages.n == 0)
            probe_private(q, site);
    }
    if (site->deep_path.n == 0)
        site->deep_path = STR("/launchready-deep/path");
}

/* ---- the fact ---- */

/* The registrable domain and its www, unless a deeper name is audited by itself. */
static void name_site(struct ask *q, struct str domain, struct fact_site *site)
{
    const char *registrable = psl_registrable_domain(psl_builtin(), str_cstr(q->arena, domain));
    struct str www = STR("www.");

    site->apex = domain;
    site->www = STR_NONE;
    if (registrable && str_starts(domain, www) && str_eq(str_from(domain, www.n), str_of(registrable)))
        site->apex = str_from(domain, www.n);
    if (!registrable || str_eq(site->apex, str_of(registrable)))
        site->www = str_fmt(q->arena, "www.%.*s", STR_ARG(site->apex));
}

static bool look_site(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_site *site = ret;
    struct gathering g = {.q = q, .site = site};
    const struct fact_page *home = NULL;

    (void)outside; /* built from other facts only */
    name_site(q, key, site);
    if (!gather_hosts(&g, site->www.n > 0))
        return ask_failed(q, reterr);
    find_canonical(q, site);
    if (site->canonical.n) {
        add_declared_paths(q, site);
        home = fact_page(q, site->home);
        if (!home)
            ask_tolerate(q); /* whoever asks for the home page hears why */
        choose_pages(q, site, home);
    }
    choose_paths(q, site, home);
    return true;
}

const struct fact_kind site_kind = {
    .name = "site", .rank = 40, .size = sizeof(struct fact_site), .arena_bytes = 64u * 1024 * 1024, .look = look_site};

const struct fact_site *fact_site(struct ask *q)
{
    return facts_get(q, &site_kind, q->domain);
}
