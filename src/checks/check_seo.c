/* check_seo.c - what pages tell search engines about themselves: canonical links, and whether they may be indexed. */
#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "core/url.h"
#include "facts/robots.h"

/* ---- seo.canonical ---- */

/* The rel=canonical of a Link header (RFC 8288), or the empty string. */
static struct str canonical_header(const struct fact_http *x)
{
    size_t at = 0;
    struct str value;

    while (http_header_next(x, "link", &at, &value)) {
        struct str rest = value;

        while (rest.p) {
            struct str link = str_trim(str_cut(&rest, ','));
            size_t end = str_find_char(link, '>');

            if (str_starts(link, STR("<")) && end != SIZE_MAX &&
                (str_has_nocase(str_from(link, end), STR("rel=\"canonical\"")) ||
                 str_has_nocase(str_from(link, end), STR("rel=canonical"))))
                return str_n(link.p + 1, end - 1);
        }
    }
    return STR_NONE;
}

static bool all_same(const struct str_list *list)
{
    for (size_t i = 1; i < list->n; i++)
        if (!str_eq(list->v[i], list->v[0]))
            return false;
    return true;
}

static void fix_canonical(struct findings *out, struct finding *f, const struct fact_site *site)
{
    finding_fix(out, f,
                "In the head of every page, with the page's own path:\n<link rel=\"canonical\" "
                "href=\"%.*s/path/of/the/page\">\nThe host comes from the site URL variable of the production build "
                "(SITE_URL, NEXT_PUBLIC_SITE_URL, metadataBase, APP_URL ...): set it to %.*s and deploy again.",
                STR_ARG(site->canonical), STR_ARG(site->canonical));
}

/* One finding for a fault, with the pages that have it as evidence. */
static struct finding *say_canonical(struct findings *out, enum status status, const struct fact_site *site,
                                     const struct fact_page *page, const char *key, struct str canonical,
                                     const char *title)
{
    struct finding *f = web_said(out, str_of(key));

    if (!f) {
        f = say(out, status, site->canonical, "%s", title);
        f->key = str_of(key);
        finding_expected(out, f, "one absolute https address on %.*s", STR_ARG(site->canonical));
        fix_canonical(out, f, site);
    }
    finding_evidence(out, f, "canonical", page->url, page->x->at_s, "%.*s",
                     STR_ARG(canonical.n ? canonical : STR("none")));
    return f;
}

static void judge_target(struct ask *q, struct findings *out, const struct fact_site *site,
                         const struct fact_page *page, struct str canonical, struct str target)
{
    const struct fact_route *route;
    struct finding *f;

    if (str_eq(target, page->url))
        return;
    if (str_eq(target, site->home) && !str_eq(page->url, site->home)) {
        say_canonical(out, FAIL, site, page, "home", canonical,
                      "Pages say that they are only copies of the home page, so they drop out of the index");
        return;
    }
    route = fact_route(q, target, STR_NONE);
    if (!route)
        return;
    if (route->end == ROUTE_FAILED) {
        ask_note(q, target, &route->err);
    } else if (route->n_moves > 0) {
        f = say_canonical(out, FAIL, site, page, "redirect", canonical, "Canonical links lead to redirects");
        finding_observed(out, f, "it ends at %.*s", STR_ARG(route->final_url));
    } else if (!web_status_ok(route->last)) {
        f = say_canonical(out, FAIL, site, page, "status", canonical, "Canonical links lead to no page");
        finding_observed(out, f, "status %d", route->last->status);
    }
}

static void judge_canonical(struct ask *q, struct findings *out, const struct fact_site *site,
                            const struct fact_page *page, struct str canonical)
{
    struct url base, url;
    struct err err;

    if (!url_parse(q->arena, page->url, &base, &err))
        return;
    if (!str_starts_nocase(canonical, STR("http://")) && !str_starts_nocase(canonical, STR("https://"))) {
        say_canonical(out, FAIL, site, page, "relative", canonical, "Canonical links are not absolute addresses");
        return;
    }
    if (!url_resolve(q->arena, &base, canonical, &url, &err)) {
        say_canonical(out, FAIL, site, page, "broken", canonical, "Canonical links are not URLs");
        return;
    }
    if (!str_eq(url.scheme, STR("https"))) {
        say_canonical(out, FAIL, site, page, "http", canonical, "Canonical links are http, not https");
        return;
    }
    if (!str_eq_nocase(url_origin(q->arena, &url), site->canonical)) {
        struct finding *f = say_canonical(out, FAIL, site, page, "host", canonical,
                                          "Canonical links name another host than the one that serves the site");

        finding_observed(out, f, "%.*s", STR_ARG(url.host));
        return;
    }
    judge_target(q, out, site, page, canonical, url_text(q->arena, &url));
}

static void judge_canonicals(struct ask *q, struct findings *out, const struct fact_site *site,
                             const struct fact_page *page)
{
    struct str header = canonical_header(page->x);
    struct finding *f;

    if (page->canonicals.n > 1 && !all_same(&page->canonicals)) {
        f = say_canonical(out, FAIL, site, page, "several", page->canonicals.v[0],
                          "Several canonical links contradict each other, so all are ignored");
        finding_evidence(out, f, "canonical", page->url, page->x->at_s, "%.*s", STR_ARG(page->canonicals.v[1]));
    } else if (page->canonicals.n > 0) {
        judge_canonical(q, out, site, page, page->canonicals.v[0]);
    } else if (header.n) {
        judge_canonical(q, out, site, page, header);
    } else if (page->canonicals_in_body.n > 0) {
        say_canonical(out, FAIL, site, page, "body", page->canonicals_in_body.v[0],
                      "Canonical links stand in the body, where search engines ignore them");
    } else {
        f = say_canonical(out, WARN, site, page, "missing", STR_NONE, "Pages have no canonical link");
        f->severity = SEV_LOW;
    }
}

void check_seo_canonical(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct web_pages pages;

    if (!site)
        return;
    pages = web_pages(q, site);
    for (size_t i = 0; i < pages.n; i++)
        judge_canonicals(q, out, site, pages.v[i]);
}

/* ---- seo.indexable ---- */

static bool forbids(struct str list)
{
    struct str rest = list;

    while (rest.p) {
        struct str word = str_trim(str_cut(&rest, ','));
        size_t colon = str_find_char(word, ':');

        if (colon != SIZE_MAX) { /* "googlebot: noindex"; other crawlers do not count */
            struct str agent = str_trim(str_first(word, colon));

            if (!str_eq_nocase(agent, STR("googlebot")) && !str_eq_nocase(agent, STR("bingbot")))
                continue;
            word = str_trim(str_from(word, colon + 1));
        }
        if (str_eq_nocase(word, STR("noindex")) || str_eq_nocase(word, STR("none")))
            return true;
    }
    return false;
}

/* What keeps the page out of the index, for evidence; empty when nothing does. */
static struct str noindex_of(struct arena *arena, const struct fact_page *page)
{
    size_t at = 0;
    struct str value;

    while (http_header_next(page->x, "x-robots-tag", &at, &value))
        if (forbids(value))
            return str_fmt(arena, "header x-robots-tag: %.*s", STR_ARG(str_first(value, 200)));
    if (forbids(page->robots))
        return str_fmt(arena, "meta robots: %.*s", STR_ARG(str_first(page->robots, 200)));
    return STR_NONE;
}

static bool is_robots_text(const struct fact_http *x)
{
    return web_status_ok(x) && !str_starts(str_trim(str_first(x->body, 200)), STR("<"));
}

static struct str rule_against(const struct fact_http *robots, struct str path)
{
    struct str rule;

    if (!robots || !is_robots_text(robots))
        return STR_NONE;
    rule = robots_rule_against(robots->body, STR("googlebot"), path);
    return rule.n ? rule : robots_rule_against(robots->body, STR("bingbot"), path);
}

static void judge_robots(struct findings *out, const struct fact_site *site, const struct fact_http *robots)
{
    struct str rule = rule_against(robots, STR("/"));
    struct finding *f;

    if (rule.n) {
        f = say(out, FAIL, robots->url, "robots.txt forbids search engines the home page");
        f->key = STR("robots");
        finding_evidence(out, f, "robots.txt", robots->url, robots->at_s, "%.*s", STR_ARG(rule));
        finding_fix(out, f,
                    "Serve this robots.txt in production, and the forbidding one on staging only:\nUser-agent: *\n"
                    "Allow: /\nSitemap: %.*s/sitemap.xml",
                    STR_ARG(site->canonical));
    } else if (robots->status >= 500) {
        f = say(out, FAIL, robots->url, "robots.txt answers %d, which search engines take as \"keep out\"",
                robots->status);
        f->key = STR("robots-error");
        f->severity = SEV_HIGH;
        finding_evidence(out, f, "robots.txt", robots->url, robots->at_s, "%.*s",
                         STR_ARG(http_describe(out->arena, robots)));
        finding_fix(out, f, "Serve /robots.txt as a static file, or answer 404 when there is none.");
    }
}

static bool is_login(struct str url)
{
    static const char *const words[] = {"login", "log-in", "signin", "sign-in", "signup", "sign-up", "register"};

    for (size_t i = 0; i < N_OF(words); i++)
        if (str_has_nocase(url, str_of(words[i])))
            return true;
    return false;
}

static void judge_page(struct ask *q, struct findings *out, const struct fact_page *page, bool is_home)
{
    struct str noindex = noindex_of(q->arena, page);
    struct finding *f;

    if (noindex.n == 0 || (!is_home && is_login(page->url)))
        return;
    f = is_home ? NULL : web_said(out, STR("noindex"));
    if (f && f->status == FAIL)
        is_home = true; /* the same fault on another page */
    if (!f) {
        f = say(out, is_home ? FAIL : WARN, page->url, "%s search engines to leave it out",
                is_home ? "The home page asks" : "A page asks");
        f->key = STR("noindex");
    }
    finding_evidence(out, f, "noindex", page->url, page->x->at_s, "%.*s", STR_ARG(noindex));
    finding_fix(out, f,
                str_starts(noindex, STR("header"))
                    ? "Take the X-Robots-Tag header out of the production configuration; it belongs on staging only."
                    : "Take <meta name=\"robots\" content=\"noindex\"> out of the production template; it belongs on "
                      "staging only. Then ask for indexing in the search engines' consoles.");
}

/* A staging host that answers everybody with a page must say noindex, or search engines show it beside the shop. */
static void judge_staging(struct ask *q, struct findings *out, const struct site_host *host)
{
    struct str start = str_fmt(q->arena, "https://%.*s/", STR_ARG(host->name));
    const struct fact_page *page = fact_page(q, start);
    const struct fact_http *robots;
    struct finding *f;

    if (!page) {
        ask_tolerate(q); /* it does not answer the public: nothing to index */
        return;
    }
    if (!page->is_html || !web_status_ok(page->x) || !str_eq_nocase(web_host(q, page->url), host->name) ||
        noindex_of(q->arena, page).n || is_login(page->url))
        return;
    robots = fact_get(q, str_fmt(q->arena, "https://%.*s/robots.txt", STR_ARG(host->name)));
    if (!robots || rule_against(robots, STR("/")).n)
        return;
    f = say(out, host->declared ? FAIL : WARN, start, "A staging host can be found through search engines");
    f->severity = SEV_MEDIUM;
    f->key = STR("staging");
    finding_evidence(out, f, "title", page->url, page->x->at_s, "%.*s", STR_ARG(page->title));
    finding_fix(out, f,
                "Put a password before %.*s, or send from it alone:\nX-Robots-Tag: noindex\nIf it is no staging host, "
                "declare its role under hosts in launchready.yaml.",
                STR_ARG(host->name));
}

void check_seo_indexable(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    const struct fact_http *robots;
    struct web_pages pages;

    if (!site)
        return;
    pages = web_pages(q, site);
    for (size_t i = 0; i < pages.n; i++)
        judge_page(q, out, pages.v[i], i == 0 && pages.v[i] == site_home(q, site));
    if (site->canonical.n) {
        robots = fact_get(q, str_fmt(q->arena, "%.*s/robots.txt", STR_ARG(site->canonical)));
        if (robots)
            judge_robots(out, site, robots);
    }
    for (size_t i = 0; i < site->n_hosts; i++)
        if (site->hosts[i].role == HOST_STAGING && site->hosts[i].exists && !site->hosts[i].wildcard &&
            !str_eq_nocase(site->hosts[i].name, site->apex))
            judge_staging(q, out, &site->hosts[i]);
}
