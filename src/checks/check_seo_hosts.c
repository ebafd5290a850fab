/* check_seo_hosts.c - addresses that pages, bundles and the sitemap hand out: on the right host, and alive. */
#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "core/url.h"
#include "facts/robots.h"

#define MOST_BUNDLES     6u
#define MOST_SITEMAP_URL 25u

/* ---- seo.host-leaks ---- */

static void fix_leak(struct findings *out, struct finding *f, const struct fact_site *site)
{
    finding_fix(out, f,
                "Set the base URL of the production build to %.*s (SITE_URL, NEXT_PUBLIC_SITE_URL, VITE_API_URL, "
                "APP_URL ... in the platform's production variables, not in .env.local) and build again: the name is "
                "written in when the site is built.",
                STR_ARG(site->canonical));
}

static struct finding *say_leak(struct findings *out, enum status status, const struct fact_site *site,
                                struct str subject, struct str host, enum leak leak, const char *what)
{
    struct finding *f = say(out, status, subject, "%s %s, %.*s", what, web_leak_words(leak), STR_ARG(host));

    f->key = str_dup(out->arena, host);
    fix_leak(out, f, site);
    return f;
}

static bool is_said(const struct findings *out, struct str subject, struct str host)
{
    for (size_t i = 0; i < out->n; i++)
        if (str_eq(out->v[i]->subject, subject) && str_eq(out->v[i]->key, host))
            return true;
    return false;
}

/* A preview host of a stranger is an ordinary link; one that bears the site's name, or stands where only the site
 * itself should (social tags), is a leak. */
static enum status status_of(const struct fact_site *site, struct str host, enum leak leak, enum page_ref_kind kind)
{
    if (leak != LEAK_PREVIEW || kind == PAGE_SOCIAL || web_is_own_preview(site, host))
        return FAIL;
    return kind == PAGE_LINK ? PASS : WARN;
}

/* One finding for a leaked name, with the places as evidence: at most one of each page. */
static void judge_refs(struct ask *q, struct findings *out, const struct fact_site *site, const struct fact_page *page)
{
    struct str_list seen = {NULL, 0, 0};

    for (size_t i = 0; i < page->n_refs; i++) {
        const struct page_ref *ref = &page->refs[i];
        struct str host = ref->url.n ? web_host(q, ref->url) : STR_NONE;
        enum leak leak = web_leak_of(site, host);
        enum status status;
        struct finding *f;

        if (leak == LEAK_NONE || str_list_has(&seen, host))
            continue;
        status = status_of(site, host, leak, ref->kind);
        if (status == PASS)
            continue;
        str_list_add(q->arena, &seen, host);
        f = web_said(out, host);
        if (!f)
            f = say_leak(out, status, site, site->canonical, host, leak, "Pages name");
        finding_evidence(out, f, str_cstr(q->arena, ref->tag), page->url, page->x->at_s, "%.*s", STR_ARG(ref->raw));
    }
}

/* "http://localhost:3000": the host and port written in code after a scheme; empty at the end. */
static struct str next_address(struct str code, size_t *at)
{
    static const char *const local[] = {"localhost:", "127.0.0.1:", "0.0.0.0:"};

    for (;;) {
        size_t found = str_find(str_from(code, *at), STR("http")), end;
        struct str rest;

        if (found == SIZE_MAX)
            return STR_NONE;
        *at += found + 4;
        rest = str_from(code, *at);
        if (str_starts(rest, STR("s")))
            rest = str_from(rest, 1);
        if (!str_starts(rest, STR("://")))
            continue;
        rest = str_from(rest, 3);
        for (size_t i = 0; i < N_OF(local); i++)
            if (str_starts(rest, str_of(local[i]))) {
                end = str_of(local[i]).n;
                while (end < rest.n && rest.p[end] >= '0' && rest.p[end] <= '9')
                    end++;
                return str_first(rest, end);
            }
    }
}

/* Ports of development servers. Libraries carry other local addresses that are never called in production. */
static bool is_development_port(struct str address)
{
    static const char *const ports[] = {"1337", "3000", "3001", "3333", "4000", "4200", "4321", "5000",
                                        "5001", "5173", "5174", "8000", "8001", "8080", "8081", "9000"};
    struct str port = str_from(address, str_find_char(address, ':') + 1);

    for (size_t i = 0; i < N_OF(ports); i++)
        if (str_eq(port, str_of(ports[i])))
            return true;
    return false;
}

/* What a page's attributes gave away already is not said again for its text. */
static void judge_code(struct findings *out, const struct fact_site *site, struct str url, struct str code,
                       int64_t at_s, const char *what)
{
    size_t at = 0;

    for (;;) {
        struct str address = next_address(code, &at), host = str_first(address, str_find_char(address, ':'));
        struct finding *f;

        if (address.n == 0)
            return;
        if (!is_development_port(address) || web_said(out, host) ||
            str_starts(str_from(code, at), STR("://localhost:3000/api/auth"))) /* a default that next-auth ships */
            continue;
        f = say_leak(out, FAIL, site, site->canonical, host, LEAK_LOCAL, what);
        f->certainty = INFERRED;
        finding_evidence(out, f, "in the code", url, at_s, "... %.*s ...",
                         STR_ARG(str_first(str_from(code, at - 4), 80)));
    }
}

static void judge_sitemap_hosts(struct ask *q, struct findings *out, const struct fact_site *site,
                                const struct fact_http *x)
{
    struct sitemap sitemap;

    sitemap_parse(q->arena, x->body, &sitemap);
    for (size_t i = 0; i < sitemap.locs.n; i++) {
        struct str host = web_host(q, sitemap.locs.v[i]);
        enum leak leak = web_leak_of(site, host);

        if (leak == LEAK_NONE || is_said(out, x->url, host))
            continue;
        struct finding *f = say_leak(out, FAIL, site, x->url, host, leak, "The sitemap names");
        finding_evidence(out, f, "loc", x->url, x->at_s, "%.*s", STR_ARG(sitemap.locs.v[i]));
    }
}

/* /sitemap.xml and robots.txt; a sitemap that is not there is another check's matter. */
static void judge_files(struct ask *q, struct findings *out, const struct fact_site *site)
{
    const struct fact_http *robots = fact_get(q, str_fmt(q->arena, "%.*s/robots.txt", STR_ARG(site->canonical)));
    const struct fact_http *sitemap = fact_get(q, str_fmt(q->arena, "%.*s/sitemap.xml", STR_ARG(site->canonical)));

    if (sitemap && web_status_ok(sitemap))
        judge_sitemap_hosts(q, out, site, sitemap);
    if (!robots || !web_status_ok(robots))
        return;
    struct str_list named = robots_sitemaps(q->arena, robots->body);
    for (size_t i = 0; i < named.n; i++) {
        struct str host = web_host(q, named.v[i]);
        enum leak leak = web_leak_of(site, host);

        if (leak == LEAK_NONE || is_said(out, robots->url, host))
            continue;
        struct finding *f = say_leak(out, FAIL, site, robots->url, host, leak, "robots.txt names");
        finding_evidence(out, f, "sitemap", robots->url, robots->at_s, "%.*s", STR_ARG(named.v[i]));
    }
}

void check_seo_host_leaks(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct web_pages pages;
    struct web_files bundles;

    if (!site)
        return;
    pages = web_pages(q, site);
    for (size_t i = 0; i < pages.n; i++) {
        judge_refs(q, out, site, pages.v[i]);
        judge_code(out, site, pages.v[i]->url, pages.v[i]->x->body, pages.v[i]->x->at_s, "A script in the page names");
    }
    bundles = web_files(q, site, &pages, 1u << PAGE_SCRIPT, MOST_BUNDLES);
    for (size_t i = 0; i < bundles.n; i++)
        if (web_status_ok(bundles.v[i].x))
            judge_code(out, site, bundles.v[i].url, bundles.v[i].x->body, bundles.v[i].x->at_s, "A script file names");
    if (site->canonical.n)
        judge_files(q, out, site);
}

/* ---- seo.sitemap ---- */

static void fix_sitemap(struct findings *out, struct finding *f, const struct fact_site *site)
{
    finding_fix(out, f,
                "Generate the sitemap in the production build, from the pages that exist and the base URL %.*s, and "
                "name it in robots.txt:\nSitemap: %.*s/sitemap.xml",
                STR_ARG(site->canonical), STR_ARG(site->canonical));
}

/* Why a URL of the sitemap is no good, or the empty string. */
static struct str fault_of(struct ask *q, const struct fact_site *site, struct str loc)
{
    struct url url;
    struct err err;
    const struct fact_http *x;

    if (!url_parse(q->arena, loc, &url, &err))
        return STR("is not an absolute URL");
    if (!str_eq_nocase(url_origin(q->arena, &url), site->canonical))
        return str_fmt(q->arena, "is not on %.*s", STR_ARG(site->canonical));
    x = fact_get(q, loc);
    if (!x)
        return STR_NONE;
    return x->status == 200 ? STR_NONE : str_fmt(q->arena, "answers %d", x->status);
}

/* The ith of n, spread evenly, first and last among them. */
static struct str sample_of(const struct sitemap *sitemap, size_t i, size_t n)
{
    return sitemap->locs.v[n > 1 ? i * (sitemap->locs.n - 1) / (n - 1) : 0];
}

static void judge_locs(struct ask *q, struct findings *out, const struct fact_site *site, const struct fact_http *x,
                       const struct sitemap *sitemap)
{
    size_t n = sitemap->locs.n < MOST_SITEMAP_URL ? sitemap->locs.n : MOST_SITEMAP_URL;
    struct finding *f = NULL;
    size_t n_bad = 0;

    for (size_t i = 0; i < n; i++)
        fact_http_want(q, &(struct http_ask){.url = sample_of(sitemap, i, n)});
    for (size_t i = 0; i < n; i++) {
        struct str loc = sample_of(sitemap, i, n), fault = fault_of(q, site, loc);

        if (fault.n == 0)
            continue;
        if (!f)
            f = say(out, FAIL, x->url, "The sitemap lists addresses that are no pages of the site");
        n_bad++;
        finding_evidence(out, f, "loc", x->url, x->at_s, "%.*s %.*s", STR_ARG(loc), STR_ARG(fault));
    }
    if (!f)
        return;
    f->key = STR("locs");
    finding_observed(out, f, "%zu of the sampled addresses (%zu in the sitemap)", n_bad, sitemap->n_locs);
    finding_expected(out, f, "each answers 200 on %.*s", STR_ARG(site->canonical));
    fix_sitemap(out, f, site);
}

static void judge_sitemap(struct ask *q, struct findings *out, const struct fact_site *site, struct str url,
                          bool nested)
{
    const struct fact_http *x = fact_get(q, url);
    struct sitemap sitemap;
    struct finding *f;

    if (!x)
        return;
    if (web_status_ok(x) && str_ends(url, STR(".gz"))) {
        struct err err;

        err_set(&err, ERR_LIMIT, "compressed sitemaps are not read");
        ask_note(q, url, &err);
        return;
    }
    sitemap_parse(q->arena, x->body, &sitemap);
    if (!web_status_ok(x) || !sitemap.is_sitemap) {
        f = say(out, FAIL, url, "The sitemap that robots.txt names is not there");
        f->key = STR("missing");
        finding_observed(out, f, "status %d, %s", x->status, sitemap.is_sitemap ? "a sitemap" : "no sitemap inside");
        fix_sitemap(out, f, site);
        return;
    }
    if (sitemap.is_index && !nested) {
        for (size_t i = 0; i < sitemap.locs.n && i < 3; i++)
            judge_sitemap(q, out, site, sitemap.locs.v[i], true);
        return;
    }
    judge_locs(q, out, site, x, &sitemap);
}

void check_seo_sitemap(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    const struct fact_http *robots;
    struct str_list named = {NULL, 0, 0};
    struct finding *f;

    if (!site)
        return;
    if (site->canonical.n == 0) {
        site_home(q, site);
        return;
    }
    robots = fact_get(q, str_fmt(q->arena, "%.*s/robots.txt", STR_ARG(site->canonical)));
    if (!robots)
        return;
    if (web_status_ok(robots))
        named = robots_sitemaps(q->arena, robots->body);
    for (size_t i = 0; i < named.n && i < 3; i++)
        judge_sitemap(q, out, site, named.v[i], false);
    if (named.n > 0)
        return;
    f = say(out, FAIL, robots->url, "robots.txt names no sitemap");
    f->key = STR("unnamed");
    finding_observed(out, f, "status %d", robots->status);
    fix_sitemap(out, f, site);
}
