#include "checks/check_web.h"

#include <string.h>

#include "core/ip.h"
#include "core/url.h"

struct web_pages web_pages(struct ask *q, const struct fact_site *site)
{
    struct web_pages ret = {.v = arena_array(q->arena, site->pages.n + 1, sizeof *ret.v)};
    const struct fact_page *home = site_home(q, site);

    if (home && home->is_html && web_status_ok(home->x))
        ret.v[ret.n++] = home;
    for (size_t i = 0; i < site->pages.n; i++) {
        const struct fact_page *page;

        if (str_eq(site->pages.v[i], site->home))
            continue;
        page = fact_page(q, site->pages.v[i]);
        if (page && page->is_html && web_status_ok(page->x))
            ret.v[ret.n++] = page;
    }
    return ret;
}

bool web_status_ok(const struct fact_http *x)
{
    return x->status >= 200 && x->status < 300;
}

struct str web_host(struct ask *q, struct str url)
{
    return url_host(q->arena, url);
}

static bool has_file(const struct web_files *files, struct str url)
{
    for (size_t i = 0; i < files->n; i++)
        if (str_eq(files->v[i].url, url))
            return true;
    return false;
}

struct web_files web_files(struct ask *q, const struct fact_site *site, const struct web_pages *pages, unsigned kinds,
                           size_t most)
{
    struct web_files ret = {NULL, 0, 0};

    for (size_t p = 0; p < pages->n; p++)
        for (size_t i = 0; i < pages->v[p]->n_refs && ret.n < most; i++) {
            const struct page_ref *ref = &pages->v[p]->refs[i];
            struct web_file *file;

            if (!(kinds & (1u << ref->kind)) || ref->url.n == 0 || !site_owns(site, web_host(q, ref->url)) ||
                has_file(&ret, ref->url))
                continue;
            file = ARENA_PUSH(q->arena, ret.v, ret.n, ret.capacity);
            *file = (struct web_file){.url = ref->url, .kind = ref->kind};
            fact_http_want(q, &(struct http_ask){.url = ref->url});
        }
    size_t kept = 0;
    for (size_t i = 0; i < ret.n; i++) {
        ret.v[i].x = fact_get(q, ret.v[i].url);
        if (ret.v[i].x)
            ret.v[kept++] = ret.v[i];
    }
    ret.n = kept;
    return ret;
}

/* ---- names of test set-ups ---- */

static const char *const preview_suffixes[] = {
    ".vercel.app",      ".now.sh",         ".netlify.app",       ".herokuapp.com",       ".onrender.com",
    ".up.railway.app",  ".fly.dev",        ".pages.dev",         ".workers.dev",         ".web.app",
    ".firebaseapp.com", ".amplifyapp.com", ".azurewebsites.net", ".azurestaticapps.net", ".ondigitalocean.app",
    ".ngrok.io",        ".ngrok.app",      ".ngrok-free.app",    ".ngrok-free.dev",      ".trycloudflare.com",
    ".loca.lt",         ".webflow.io",     ".framer.website",    ".replit.app",          ".repl.co",
    ".lovable.app",     ".gitpod.io",      ".github.dev",        ".stackblitz.io",       ".webcontainer.io"};

static bool is_local(struct str host)
{
    struct ip ip;

    if (str_eq_nocase(host, STR("localhost")) || str_ends_nocase(host, STR(".localhost")) ||
        str_ends_nocase(host, STR(".local")) || str_ends_nocase(host, STR(".internal")) ||
        str_eq_nocase(host, STR("host.docker.internal")))
        return true;
    return ip_parse(host, &ip) && ip_is_unreachable(&ip);
}

enum leak web_leak_of(const struct fact_site *site, struct str host)
{
    const struct site_host *known = site_host(site, host);

    if (host.n == 0)
        return LEAK_NONE;
    if (is_local(host))
        return LEAK_LOCAL;
    if (site_owns(site, host)) {
        enum host_role role = known ? known->role : host_role_of(host, site->apex);

        return role == HOST_STAGING ? LEAK_STAGING : LEAK_NONE;
    }
    for (size_t i = 0; i < N_OF(preview_suffixes); i++)
        if (str_ends_nocase(host, str_of(preview_suffixes[i])))
            return LEAK_PREVIEW;
    return LEAK_NONE;
}

const char *web_leak_words(enum leak leak)
{
    static const char *const words[] = {[LEAK_NONE] = "nothing unusual",
                                        [LEAK_LOCAL] = "a local machine",
                                        [LEAK_STAGING] = "a staging host",
                                        [LEAK_PREVIEW] = "a preview host"};

    return words[leak];
}

bool web_is_own_preview(const struct fact_site *site, struct str host)
{
    struct str label = str_first(site->apex, str_find_char(site->apex, '.'));

    return label.n >= 3 && str_has_nocase(host, label);
}

/* ---- platforms ---- */

const struct platform *web_platform(struct ask *q, struct str host)
{
    const struct fact_platform *p = fact_platform(q, host);

    if (!p) {
        ask_tolerate(q); /* only the wording of a fix hangs on it */
        return NULL;
    }
    if (p->edge && !p->edge->is_host)
        return p->edge;
    return p->host ? p->host : p->edge;
}

static bool is(const struct platform *p, const char *id)
{
    return p && strcmp(p->id, id) == 0;
}

struct str web_header_lines(struct arena *arena, const struct platform *p, const char *name, const char *value)
{
    if (is(p, "apache") || is(p, "litespeed"))
        return str_fmt(arena, "Header always set %s \"%s\"", name, value);
    if (is(p, "caddy"))
        return str_fmt(arena, "header %s \"%s\"", name, value);
    if (is(p, "cloudflare"))
        return str_fmt(arena, "Set static  %s  =  %s", name, value);
    if (is(p, "vercel") || is(p, "firebase"))
        return str_fmt(arena, "{\"key\": \"%s\", \"value\": \"%s\"}", name, value);
    if (is(p, "netlify"))
        return str_fmt(arena, "  %s: %s", name, value);
    if (is(p, "azure_static"))
        return str_fmt(arena, "\"%s\": \"%s\"", name, value);
    if (is(p, "nginx") || !p)
        return str_fmt(arena, "add_header %s \"%s\" always;", name, value);
    return str_fmt(arena, "%s: %s", name, value);
}

struct str web_header_place(struct arena *arena, const struct platform *p)
{
    if (!p)
        return STR("On the web server (as nginx spells it, in the server block):");
    if (is(p, "nginx"))
        return STR("nginx, in the site's server block (and in each location that has an add_header of its own):");
    if (is(p, "cloudflare"))
        return str_fmt(arena, "Cloudflare: %s > %s > Create rule, for all incoming requests:", p->console, p->headers);
    if (is(p, "vercel"))
        return STR("Vercel: in vercel.json under \"headers\": [{\"source\": \"/(.*)\", \"headers\": [ ... ]}] (with "
                   "Next.js, the same pairs from headers() in next.config.js):");
    if (is(p, "netlify"))
        return STR("Netlify: in the _headers file of the published folder, under a line \"/*\":");
    if (is(p, "firebase"))
        return STR("Firebase: in firebase.json under hosting.headers: [{\"source\": \"**\", \"headers\": [ ... ]}]:");
    if (is(p, "azure_static"))
        return STR("Azure: in staticwebapp.config.json under \"globalHeaders\":");
    if (p->headers)
        return str_fmt(arena, "%s, %s: %s:", p->name, p->console, p->headers);
    return str_fmt(arena,
                   "%s has no place for response headers of your own: send them from the application, or put an edge "
                   "in front that adds them:",
                   p->name);
}

/* ---- caching ---- */

int64_t web_cache_seconds(const struct fact_http *x, const char *directive)
{
    size_t at = 0;
    struct str value;

    while (http_header_next(x, "cache-control", &at, &value)) {
        struct str rest = value;

        while (rest.p) {
            struct str argument = str_cut(&rest, ','), name = str_cut(&argument, '=');
            uint64_t n = 0;

            if (!str_eq_nocase(str_trim(name), str_of(directive)) || !argument.p)
                continue;
            argument = str_trim(argument);
            if (argument.n >= 2 && argument.p[0] == '"')
                argument = str_n(argument.p + 1, argument.n - 2);
            if (str_to_u64(argument, INT32_MAX, &n))
                return (int64_t)n;
        }
    }
    return -1;
}

struct str web_cache_hit(struct arena *arena, const struct fact_http *x)
{
    static const struct {
        const char *header;
        const char *words[6];
    } rows[] = {
        {"cf-cache-status", {"hit", "stale", "updating", "revalidated"}},
        {"x-vercel-cache", {"hit", "stale"}},
        {"x-cache", {"hit"}},
        {"x-cache-status", {"hit", "stale", "updating", "revalidated"}},
        {"x-proxy-cache", {"hit"}},
        {"x-nginx-cache", {"hit"}},
        {"x-litespeed-cache", {"hit"}},
        {"cdn-cache", {"hit"}},
        {"x-drupal-cache", {"hit"}},
        {"x-kinsta-cache", {"hit"}},
        {"x-ghost-cache-status", {"hit"}},
        {"cache-status", {"; hit", ";hit"}},
    };
    uint64_t age = 0;

    for (size_t i = 0; i < N_OF(rows); i++) {
        struct str value = http_header(x, rows[i].header);

        for (size_t w = 0; value.n && w < N_OF(rows[i].words) && rows[i].words[w]; w++)
            if (str_has_nocase(value, str_of(rows[i].words[w])))
                return str_fmt(arena, "%s: %.*s", rows[i].header, STR_ARG(str_first(value, 80)));
    }
    if (str_to_u64(http_header(x, "age"), INT32_MAX, &age) && age > 0)
        return str_fmt(arena, "age: %llu", (unsigned long long)age);
    return STR_NONE;
}

/* ---- pages ---- */

struct finding *web_said(const struct findings *out, struct str key)
{
    for (size_t i = 0; i < out->n; i++)
        if (str_eq(out->v[i]->key, key))
            return out->v[i];
    return NULL;
}

bool web_is_shell(const struct fact_page *page)
{
    size_t n_links = 0, n_scripts = 0;

    for (size_t i = 0; i < page->n_refs; i++) {
        n_links += page->refs[i].kind == PAGE_LINK;
        n_scripts += page->refs[i].kind == PAGE_SCRIPT;
    }
    return n_links == 0 && n_scripts > 0 && page->text.n < 300;
}

struct str web_media_type(struct arena *arena, const struct fact_http *x)
{
    struct str type = http_header(x, "content-type");

    return type.n ? str_lower(arena, str_trim(str_first(type, str_find_char(type, ';')))) : STR_NONE;
}
