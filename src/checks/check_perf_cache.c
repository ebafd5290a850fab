/* check_perf_cache.c - what browsers and edges may keep of the site's files and public pages. */
#include <ctype.h>

#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "core/url.h"
#include "launch/launch.h"

#define MOST_FILES 16u
#define YEAR_S     31536000
#define MONTH_S    2592000
#define HOUR_S     3600

/* ---- perf.cache-static ---- */

/* A part of a file name that only a build tool writes: hexadecimal with letters and digits, or eight (or twenty and
 * more) letters and digits with a letter after a digit. "photo-20240101", "DSC00123" and "AppleTouchIcon1" are none. */
static bool is_hash(struct str part)
{
    size_t n_digit = 0, n_hex_letter = 0;
    bool letter_after_digit = false;

    if (part.n < 8 || part.n > 64)
        return false;
    for (size_t i = 0; i < part.n; i++) {
        unsigned char c = (unsigned char)part.p[i];

        if (!isalnum(c) && c != '_')
            return false;
        letter_after_digit = letter_after_digit || (isalpha(c) && n_digit > 0);
        n_digit += isdigit(c) != 0;
        n_hex_letter += isalpha(c) && isxdigit(c);
    }
    if (n_digit && n_hex_letter && n_digit + n_hex_letter == part.n)
        return true;
    return letter_after_digit && (part.n == 8 || part.n >= 20);
}

static bool is_fingerprinted(struct arena *arena, struct str text)
{
    static const char *const immutable[] = {"/_next/static/chunks/", "/_next/static/css/", "/_next/static/media/",
                                            "/_app/immutable/", "/_astro/"};
    struct url url;
    struct err err;
    size_t start = 0;

    if (!url_parse(arena, text, &url, &err))
        return false;
    for (size_t i = 0; i < N_OF(immutable); i++)
        if (str_has(url.path, str_of(immutable[i])))
            return true;
    for (size_t i = 0; i < url.path.n; i++)
        if (url.path.p[i] == '/')
            start = i + 1;
    for (size_t i = start, from = start; i <= url.path.n; i++)
        if (i == url.path.n || url.path.p[i] == '.' || url.path.p[i] == '-') {
            if (is_hash(str_n(url.path.p + from, i - from)))
                return true;
            from = i + 1;
        }
    return false;
}

enum static_fault { HASHED_SHORT, HASHED_NOT_IMMUTABLE, NOTHING_KEPT, PLAIN_TOO_LONG, N_FAULTS };

static const struct {
    const char *key, *title, *expected, *value;
    enum status status;
    enum severity severity;
} faults[] = {
    [HASHED_SHORT] = {"hashed", "Files with a hash in their name are not kept for a year",
                      "public, max-age=31536000, immutable", "public, max-age=31536000, immutable", FAIL, SEV_HIGH},
    [HASHED_NOT_IMMUTABLE] = {"immutable", "Files with a hash in their name are not marked immutable",
                              "public, max-age=31536000, immutable", "public, max-age=31536000, immutable", WARN,
                              SEV_LOW},
    [NOTHING_KEPT] = {"plain", "Static files can neither be kept nor revalidated",
                      "hours of max-age, or an ETag or Last-Modified", "public, max-age=14400", FAIL, SEV_MEDIUM},
    [PLAIN_TOO_LONG] = {"stale",
                        "Scripts or styles without a hash in their name are kept for months: visitors keep "
                        "the old ones after a deploy",
                        "a hash in the name, or hours of max-age", "public, max-age=14400", WARN, SEV_MEDIUM},
};

static bool can_revalidate(const struct fact_http *x)
{
    return http_header(x, "etag").n > 0 || http_header(x, "last-modified").n > 0;
}

/* One hash in five has no digit. In a folder that build tools write, a file marked immutable is taken to have one. */
static bool is_said_immutable(const struct web_file *file)
{
    static const char *const folders[] = {"/assets/", "/static/", "/build/", "/dist/", "/_nuxt/", "/chunks/"};

    if (!http_header_has_token(file->x, "cache-control", "immutable"))
        return false;
    for (size_t i = 0; i < N_OF(folders); i++)
        if (str_has(file->url, str_of(folders[i])))
            return true;
    return false;
}

static enum static_fault fault_of(struct arena *arena, const struct web_file *file)
{
    const struct fact_http *x = file->x;
    int64_t seconds = web_cache_seconds(x, "max-age");
    bool no_store = http_header_has_token(x, "cache-control", "no-store");

    if (is_fingerprinted(arena, file->url)) {
        if (seconds < YEAR_S || no_store || http_header_has_token(x, "cache-control", "private"))
            return HASHED_SHORT;
        return http_header_has_token(x, "cache-control", "immutable") ? N_FAULTS : HASHED_NOT_IMMUTABLE;
    }
    if (no_store)
        return NOTHING_KEPT;
    if (seconds >= MONTH_S && (file->kind == PAGE_SCRIPT || file->kind == PAGE_STYLE) &&
        str_find_char(file->url, '?') == SIZE_MAX && !is_said_immutable(file))
        return PLAIN_TOO_LONG;
    return seconds >= HOUR_S || can_revalidate(x) || http_header(x, "expires").n > 0 ? N_FAULTS : NOTHING_KEPT;
}

/* The folder of the file, with its slashes: "/assets/". */
static struct str folder_of(struct arena *arena, struct str text)
{
    struct url url;
    struct err err;
    size_t end = 1;

    if (!url_parse(arena, text, &url, &err))
        return STR("/");
    for (size_t i = 0; i < url.path.n; i++)
        if (url.path.p[i] == '/')
            end = i + 1;
    return str_first(url.path, end);
}

static bool is(const struct platform *p, const char *id)
{
    return p && str_eq(str_of(p->id), str_of(id));
}

/* A rule for that folder alone: the same header on pages would keep visitors on old ones. */
static void fix_folder(struct ask *q, struct findings *out, struct finding *f, struct str file, const char *value)
{
    const struct platform *p = web_platform(q, web_host(q, file));
    struct str folder = folder_of(q->arena, file);

    if (is(p, "cloudflare"))
        finding_fix(out, f,
                    "From the application or origin server, for this folder alone:\nCache-Control: %s\nOr at "
                    "Cloudflare: %s > %s > Create rule: URI Path starts with \"%.*s\"; Eligible for cache; Browser "
                    "TTL: Override origin, %s.",
                    value, p->console, p->cache, STR_ARG(folder),
                    str_has(str_of(value), STR("31536000")) ? "1 year" : "4 hours");
    else if (is(p, "vercel"))
        finding_fix(out, f,
                    "Vercel, in vercel.json:\n{\"headers\": [{\"source\": \"%.*s(.*)\", \"headers\": "
                    "[{\"key\": \"Cache-Control\", \"value\": \"%s\"}]}]}",
                    STR_ARG(folder), value);
    else if (is(p, "netlify"))
        finding_fix(out, f, "Netlify, in the _headers file of the published folder:\n%.*s*\n  Cache-Control: %s",
                    STR_ARG(folder), value);
    else if (is(p, "firebase"))
        finding_fix(out, f,
                    "Firebase, in firebase.json under hosting.headers:\n{\"source\": \"%.*s**\", \"headers\": "
                    "[{\"key\": \"Cache-Control\", \"value\": \"%s\"}]}",
                    STR_ARG(folder), value);
    else if (is(p, "apache") || is(p, "litespeed"))
        finding_fix(out, f,
                    "Apache, in the site's file:\n<LocationMatch \"^%.*s\">\n  Header set Cache-Control "
                    "\"%s\"\n</LocationMatch>",
                    STR_ARG(folder), value);
    else if (is(p, "caddy"))
        finding_fix(out, f, "Caddy, in the site's block:\nheader %.*s* Cache-Control \"%s\"", STR_ARG(folder), value);
    else if (p && !is(p, "nginx"))
        finding_fix(out, f, "%s (%s%s%s), for paths that start with %.*s:\nCache-Control: %s", p->name, p->console,
                    p->headers ? ", " : "", p->headers ? p->headers : "", STR_ARG(folder), value);
    else
        finding_fix(out, f,
                    "nginx, in the site's server block:\nlocation %.*s {\n    add_header Cache-Control \"%s\";\n}",
                    STR_ARG(folder), value);
}

void check_perf_cache_static(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct finding *said[N_FAULTS] = {NULL};
    struct web_pages pages;
    struct web_files files;

    if (!site)
        return;
    pages = web_pages(q, site);
    files = web_files(q, site, &pages, 1u << PAGE_SCRIPT | 1u << PAGE_STYLE | 1u << PAGE_FONT | 1u << PAGE_IMAGE,
                      MOST_FILES);
    for (size_t i = 0; i < files.n; i++) {
        const struct web_file *file = &files.v[i];
        enum static_fault fault;

        if (!web_status_ok(file->x))
            continue;
        fault = fault_of(q->arena, file);
        if (fault == N_FAULTS)
            continue;
        if (!said[fault]) {
            said[fault] = say(out, faults[fault].status, site->canonical, "%s", faults[fault].title);
            said[fault]->severity = faults[fault].severity;
            said[fault]->key = str_of(faults[fault].key);
            finding_expected(out, said[fault], "Cache-Control: %s", faults[fault].expected);
            fix_folder(q, out, said[fault], file->url, faults[fault].value);
        }
        struct str control = http_header(file->x, "cache-control");
        finding_evidence(out, said[fault], "file", file->x->address, file->x->at_s, "%.*s: %.*s", STR_ARG(file->url),
                         STR_ARG(control.n ? control : STR("no Cache-Control")));
    }
}

/* ---- perf.cache-public ---- */

/* What the second request got: from a cache, or "not modified" for the entity tag of the first. */
static bool is_reused(struct ask *q, struct str url, const struct fact_http *first)
{
    const struct fact_http *second = fact_http(q, &(struct http_ask){.url = url, .sample = 1});
    struct str etag = http_header(first, "etag");
    const struct fact_http *again;

    if (!second)
        return true; /* unknown: q holds the reason */
    if (web_cache_hit(q->arena, second).n)
        return true;
    if (etag.n == 0)
        return http_header(first, "last-modified").n > 0 || web_cache_seconds(first, "s-maxage") > 0;
    again = fact_http(q, &(struct http_ask){.url = url, .if_none_match = etag});
    return !again || again->status == 304;
}

static void say_public(struct findings *out, const struct fact_http *x, bool declared, const char *key,
                       const char *title)
{
    struct finding *f = say(out, declared ? FAIL : WARN, x->url, "%s", title);
    struct str control = http_header(x, "cache-control");

    if (!declared)
        f->severity = SEV_LOW;
    f->key = str_of(key);
    finding_evidence(out, f, "cache-control", x->address, x->at_s, "%.*s",
                     STR_ARG(control.n ? control : STR("not sent")));
    finding_expected(out, f, "s-maxage or an ETag, and a second request that is a hit");
    finding_fix(out, f,
                "For this public page, from the application or a cache rule with a short edge TTL:\n"
                "Cache-Control: public, max-age=0, s-maxage=60, stale-while-revalidate=300\n"
                "and no Set-Cookie for visitors who are not logged in.");
}

static void judge_public(struct ask *q, struct findings *out, const struct fact_http *x, bool declared)
{
    bool can = web_cache_seconds(x, "s-maxage") > 0 || can_revalidate(x) || web_cache_seconds(x, "max-age") > 0;

    if (!web_status_ok(x))
        return;
    if (declared && http_header_has_token(x, "cache-control", "no-store"))
        say_public(out, x, declared, "no-store", "A public page forbids all caches to keep it");
    else if (declared && http_header(x, "set-cookie").n)
        say_public(out, x, declared, "cookie", "A public page sets a cookie, so no cache keeps it");
    else if (!can)
        say_public(out, x, declared, "nothing", "A public page can neither be kept nor revalidated");
    else if (declared && !is_reused(q, x->url, x))
        say_public(out, x, declared, "miss", "A public page is made anew for the second request too");
}

void check_perf_cache_public(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    const struct str_list *declared = &q->launch->paths.public_paths;
    struct web_pages pages;

    if (!site)
        return;
    if (declared->n == 0) {
        pages = web_pages(q, site);
        if (pages.n > 0 && pages.v[0] == site_home(q, site))
            judge_public(q, out, pages.v[0]->x, false);
        return;
    }
    if (site->canonical.n == 0) {
        site_home(q, site);
        return;
    }
    for (size_t i = 0; i < declared->n && i < 10; i++) {
        struct str path = declared->v[i];
        struct str url =
            str_has(path, STR("://")) ? path : str_fmt(q->arena, "%.*s%.*s", STR_ARG(site->canonical), STR_ARG(path));
        const struct fact_http *x = fact_get(q, url);

        if (x)
            judge_public(q, out, x, true);
    }
}
