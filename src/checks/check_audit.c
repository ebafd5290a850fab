/* check_audit.c - what is really online: which platform serves it, and whether it is the production build. */
#include <ctype.h>

#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "checks/debug_marks.h"
#include "core/url.h"
#include "launch/launch.h"

/* ---- audit.deploy-target ---- */

/* "Fly.io", "fly-io" and "fly" are one name. */
static struct str squeeze(struct arena *arena, struct str name)
{
    char *to = arena_alloc(arena, name.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < name.n; i++)
        if (isalnum((unsigned char)name.p[i]))
            to[n++] = (char)tolower((unsigned char)name.p[i]);
    return str_n(to, n);
}

static bool is_named(struct arena *arena, const struct platform *p, struct str wanted)
{
    struct str id, name;

    if (!p)
        return false;
    wanted = squeeze(arena, wanted);
    id = squeeze(arena, str_of(p->id));
    name = squeeze(arena, str_of(p->name));
    return wanted.n && (str_eq(wanted, id) || str_eq(wanted, name) || str_has(name, wanted) || str_has(wanted, id));
}

/* A server program of one's own does not say whose machine it is. */
static bool is_own_server(const struct platform *p)
{
    static const char *const ids[] = {"nginx", "apache", "caddy", "litespeed"};

    for (size_t i = 0; i < N_OF(ids); i++)
        if (p && str_eq(str_of(p->id), str_of(ids[i])))
            return true;
    return false;
}

static struct str describe(struct arena *arena, const struct fact_platform *p)
{
    if (p->host && p->edge && p->host != p->edge)
        return str_fmt(arena, "%s behind %s", p->host->name, p->edge->name);
    if (p->host)
        return str_of(p->host->name);
    if (p->edge)
        return str_fmt(arena, "something behind %s", p->edge->name);
    return STR("an unknown server");
}

static void add_signs(struct findings *out, struct finding *f, const struct fact_platform *p, struct str host)
{
    if (p->host)
        finding_evidence(out, f, p->host->name, host, 0, "%.*s", STR_ARG(p->host_evidence));
    if (p->edge && p->edge != p->host)
        finding_evidence(out, f, p->edge->name, host, 0, "%.*s", STR_ARG(p->edge_evidence));
}

void check_audit_deploy_target(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    const struct fact_platform *p;
    struct str wanted = q->launch->deploy.target, host;
    struct finding *f;

    if (!site)
        return;
    if (!site_home(q, site))
        return;
    host = web_host(q, site->canonical);
    p = fact_platform(q, host);
    if (!p)
        return;
    if (wanted.n && !is_named(q->arena, p->host, wanted) && !is_named(q->arena, p->edge, wanted) && p->host &&
        !is_own_server(p->host)) {
        f = say(out, FAIL, host, "Production is served by %.*s, not by %.*s", STR_ARG(describe(q->arena, p)),
                STR_ARG(wanted));
        finding_expected(out, f, "%.*s, as deploy.target says", STR_ARG(wanted));
        finding_fix(out, f,
                    "If %.*s is right, point the DNS records of %.*s at it (the old platform keeps serving its last "
                    "build until then). If it moved on purpose, set deploy.target in launchready.yaml.",
                    STR_ARG(wanted), STR_ARG(host));
    } else if (!p->host && !p->edge) {
        f = say(out, WARN, host, "It is not visible what serves production");
        f->severity = SEV_LOW;
        finding_fix(out, f,
                    "Write down where production runs, for the day when somebody must find it:\ndeploy:\n  target: "
                    "(the platform or provider)");
    } else {
        f = say(out, PASS, host, "Production is served by %.*s", STR_ARG(describe(q->arena, p)));
    }
    f->section = STR("deploy");
    add_signs(out, f, p, host);
}

/* ---- audit.environment ---- */

static const struct {
    const char *path, *what;
} dev_files[] = {
    {"/@vite/client", "Vite's hot-reload client"},
    {"/@react-refresh", "React's hot-reload client"},
    {"/@id/", "Vite's development server"},
    {"/@fs/", "Vite's development server"},
    {"/src/main.tsx", "source code that no build has touched"},
    {"/src/main.jsx", "source code that no build has touched"},
    {"/src/main.ts", "source code that no build has touched"},
    {"webpack-dev-server", "webpack's development server"},
    {"/__webpack_hmr", "webpack's hot-reload client"},
    {"/_next/static/development/", "Next.js in development mode"},
    {"/_next/webpack-hmr", "Next.js in development mode"},
    {"livereload.js", "a live-reload client"},
    {"browser-sync-client", "Browsersync"},
    {"react.development.js", "React's development build"},
    {"react-dom.development.js", "React's development build"},
    {"vue.global.js", "Vue's development build"},
};

static const char *const starter_titles[] = {"Vite App",
                                             "Vite + React",
                                             "Vite + React + TS",
                                             "Vite + Vue",
                                             "Vite + Vue + TS",
                                             "Vite + Svelte",
                                             "Vite + Svelte + TS",
                                             "React App",
                                             "Create Next App",
                                             "Welcome to nginx!",
                                             "Svelte app",
                                             "Vue App",
                                             "Ionic App",
                                             "Gatsby Default Starter",
                                             "Welcome to Nuxt!",
                                             "Ruby on Rails",
                                             "Caddy works!",
                                             "The install worked successfully! Congratulations!",
                                             "Apache2 Ubuntu Default Page: It works",
                                             "Apache2 Debian Default Page: It works",
                                             "IIS Windows Server",
                                             "Test Page for the Nginx HTTP Server on Fedora",
                                             "Test Page for the HTTP Server on Red Hat Enterprise Linux",
                                             "Welcome to CentOS",
                                             "Remix App",
                                             "New Remix App",
                                             "Welcome to Astro",
                                             "Hello World",
                                             "Lovable App",
                                             "Expo App"};

static const char *const starter_texts[] = {"Generated by create next app", "Web site created using create-react-app"};

static const char *const test_banners[] = {"this is a demo store for testing purposes",
                                           "this is a test store",
                                           "test mode is on",
                                           "in test mode",
                                           "test mode:",
                                           "(test mode)",
                                           "no real payments",
                                           "no orders shall be fulfilled",
                                           "staging environment",
                                           "this is a staging site",
                                           "sandbox environment",
                                           "sandbox mode",
                                           "development environment"};

static struct finding *say_not_production(struct findings *out, const struct fact_page *page, const char *key,
                                          const char *what)
{
    struct finding *f = say(out, FAIL, page->url, "What is online is not the production build: %s", what);

    f->key = str_of(key);
    finding_fix(out, f,
                "Deploy the output of the production build (npm run build, then serve the built folder or start the "
                "production server, never the dev command), with NODE_ENV=production or the framework's switch, and "
                "replace the starter's title and texts.");
    return f;
}

static bool judge_dev_files(struct findings *out, const struct fact_page *page)
{
    for (size_t i = 0; i < page->n_refs; i++) {
        const struct page_ref *ref = &page->refs[i];

        if (ref->kind != PAGE_SCRIPT)
            continue;
        for (size_t d = 0; d < N_OF(dev_files); d++)
            if (str_has(ref->url, str_of(dev_files[d].path))) {
                struct finding *f = say_not_production(out, page, "development", dev_files[d].what);

                finding_evidence(out, f, "script src", page->url, page->x->at_s, "%.*s", STR_ARG(ref->raw));
                return true;
            }
    }
    return false;
}

static void judge_titles(struct findings *out, const struct fact_page *page)
{
    struct finding *f;

    for (size_t i = 0; i < N_OF(starter_titles); i++)
        if (str_eq_nocase(page->title, str_of(starter_titles[i]))) {
            f = say_not_production(out, page, "starter", "it has the title of a starter");
            finding_evidence(out, f, "title", page->url, page->x->at_s, "%.*s", STR_ARG(page->title));
            return;
        }
    for (size_t i = 0; i < N_OF(starter_texts); i++)
        if (str_eq_nocase(page->description, str_of(starter_texts[i]))) {
            f = say_not_production(out, page, "starter", "it has the description of a starter");
            f->severity = SEV_HIGH;
            finding_evidence(out, f, "meta description", page->url, page->x->at_s, "%.*s", STR_ARG(page->description));
            return;
        }
}

/* A banner stands at the beginning or the end; in the middle the words are the page's subject. */
static void judge_banner(struct findings *out, const struct fact_page *page)
{
    struct str start = str_first(page->text, 400),
               end = page->text.n > 500 ? str_from(page->text, page->text.n - 200) : STR_NONE;

    for (size_t i = 0; i < N_OF(test_banners); i++) {
        struct str where = str_has_nocase(start, str_of(test_banners[i])) ? start : end;
        struct finding *f;

        if (!str_has_nocase(where, str_of(test_banners[i])))
            continue;
        f = say_not_production(out, page, "banner", "a banner says that it is a test");
        f->certainty = INFERRED;
        finding_evidence(out, f, "text", page->url, page->x->at_s, "%.*s",
                         STR_ARG(str_first(str_from(where, str_find_nocase(where, str_of(test_banners[i]))), 120)));
        return;
    }
}

static void judge_page(struct findings *out, const struct fact_page *page)
{
    struct str mark, what;

    if (!judge_dev_files(out, page) && debug_mark_in(page->x->body, &mark, &what)) {
        struct finding *f = say_not_production(out, page, "debug", what.p);

        finding_evidence(out, f, "in the page", page->url, page->x->at_s, "%.*s", STR_ARG(mark));
    }
    judge_titles(out, page);
    judge_banner(out, page);
}

/* The web app manifest, which starters fill with their own name. */
static void judge_manifest(struct ask *q, struct findings *out, const struct fact_site *site,
                           const struct fact_page *home)
{
    for (size_t i = 0; i < home->n_refs; i++) {
        const struct page_ref *ref = &home->refs[i];
        const struct fact_http *x;

        if (ref->kind != PAGE_OTHER_LINK || !str_eq_nocase(ref->text, STR("manifest")) || ref->url.n == 0 ||
            !site_owns(site, web_host(q, ref->url)))
            continue;
        x = fact_get(q, ref->url);
        if (x && web_status_ok(x) &&
            (str_has(x->body, STR("\"Create React App Sample\"")) ||
             str_has(x->body, STR("\"short_name\": \"React App\"")))) {
            struct finding *f = say_not_production(out, home, "manifest", "its manifest is a starter's");

            f->severity = SEV_HIGH;
            finding_evidence(out, f, "manifest", x->url, x->at_s, "%.*s", STR_ARG(str_first(x->body, 160)));
        }
        return;
    }
}

/* Where the name itself ends: a preview host there means that the domain only forwards to it. */
static void judge_end(struct ask *q, struct findings *out, const struct fact_site *site)
{
    const struct fact_route *route = fact_route(q, str_fmt(q->arena, "https://%.*s/", STR_ARG(site->apex)), STR_NONE);
    struct str host;
    struct finding *f;

    if (!route)
        return;
    host = web_host(q, route->final_url);
    if (route->end != ROUTE_PAGE || web_leak_of(site, host) != LEAK_PREVIEW)
        return;
    f = say(out, FAIL, route->start, "The domain only forwards to the preview host %.*s", STR_ARG(host));
    f->key = STR("preview");
    finding_evidence(out, f, "ends at", route->last->address, route->last->at_s, "%.*s", STR_ARG(route->final_url));
    finding_fix(out, f,
                "Add %.*s as a custom domain of the project there, point its DNS records at the platform, and "
                "take the forwarding away.",
                STR_ARG(site->apex));
}

void check_audit_environment(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct web_pages pages;

    if (!site)
        return;
    judge_end(q, out, site);
    if (out->n > 0)
        return;
    pages = web_pages(q, site);
    for (size_t i = 0; i < pages.n; i++) {
        size_t n_before = out->n;

        judge_page(out, pages.v[i]);
        if (out->n > n_before && i == 0)
            break; /* the home page says it for all */
    }
    if (pages.n > 0 && pages.v[0] == site_home(q, site))
        judge_manifest(q, out, site, pages.v[0]);
}
