/* check_perf_size.c - how much is sent: compression, and budgets of size. */
#include "checks/catalogue.h"
#include "checks/check_web.h"

#define MOST_FILES 24u
#define KIB        1024u

/* ---- perf.compression ---- */

static bool is_text(struct ask *q, const struct fact_http *x)
{
    static const char *const types[] = {
        "application/javascript", "application/json",          "application/xml",     "application/xhtml+xml",
        "image/svg+xml",          "application/manifest+json", "application/ld+json", "application/x-javascript"};
    struct str type = web_media_type(q->arena, x);

    if (str_starts(type, STR("text/")))
        return true;
    for (size_t i = 0; i < N_OF(types); i++)
        if (str_eq(type, str_of(types[i])))
            return true;
    return false;
}

struct found {
    const struct fact_site *site;
    struct finding *f;
    size_t n, bytes;
};

static void fix_compression(struct ask *q, struct findings *out, struct finding *f, const struct fact_site *site)
{
    const struct platform *p = web_platform(q, web_host(q, site->canonical));

    if (p && p->is_edge)
        finding_fix(out, f,
                    "%s (%s) compresses by itself unless the answer forbids it: look for Cache-Control: no-transform "
                    "or a missing Content-Type on these files, and switch compression on (Cloudflare: Speed > "
                    "Settings > Content Optimization).",
                    p->name, p->console);
    else
        finding_fix(out, f,
                    "nginx: gzip on; gzip_vary on; gzip_min_length 1024; gzip_types text/css application/javascript "
                    "application/json image/svg+xml;\nApache: AddOutputFilterByType DEFLATE text/html text/css "
                    "application/javascript application/json\nCaddy: encode zstd gzip");
}

static void judge_encoding(struct ask *q, struct findings *out, struct found *found, const struct fact_http *x)
{
    if (!web_status_ok(x) || x->body.n <= KIB || x->encoding.n > 0 || !is_text(q, x))
        return;
    if (!found->f) {
        found->f = say(out, FAIL, found->site->canonical, "Text is sent uncompressed");
        finding_expected(out, found->f, "text over 1 KiB is sent as br, zstd or gzip");
        fix_compression(q, out, found->f, found->site);
    }
    found->n++;
    found->bytes += x->body.n;
    finding_evidence(out, found->f, "sent as is", x->address, x->at_s, "%.*s: %zu bytes", STR_ARG(x->url), x->body.n);
}

/* The API addresses that were declared; q holds those that did not answer. */
static void judge_api_encoding(struct ask *q, struct findings *out, struct found *found)
{
    for (size_t i = 0; i < found->site->api_urls.n && i < 5; i++) {
        const struct fact_http *x = fact_get(q, found->site->api_urls.v[i]);

        if (x)
            judge_encoding(q, out, found, x);
    }
}

void check_perf_compression(struct ask *q, struct findings *out)
{
    struct found found = {.site = fact_site(q)};
    struct web_pages pages;
    struct web_files files;

    if (!found.site)
        return;
    pages = web_pages(q, found.site);
    for (size_t i = 0; i < pages.n; i++)
        judge_encoding(q, out, &found, pages.v[i]->x);
    files = web_files(q, found.site, &pages, 1u << PAGE_SCRIPT | 1u << PAGE_STYLE | 1u << PAGE_IMAGE, MOST_FILES);
    for (size_t i = 0; i < files.n; i++)
        judge_encoding(q, out, &found, files.v[i].x);
    judge_api_encoding(q, out, &found);
    if (found.f)
        finding_observed(out, found.f, "%zu files, %zu KiB; compressed, about a quarter of that", found.n,
                         found.bytes / KIB);
}

/* ---- perf.payload ---- */

/* Budgets of what is transferred. A phone on a slow mobile network (1.6 Mbit/s) takes five seconds for a mebibyte. */
static const struct budget {
    const char *what;
    size_t bytes;
} budgets[] = {
    {"an HTML page", 150u * KIB},
    {"a JSON answer", 100u * KIB},
    {"an image", 500u * KIB},
    {"a script", 500u * KIB},
    {"a style sheet", 150u * KIB},
    {"a font", 200u * KIB},
    {"a page with its files", 3u * KIB *KIB},
};
enum { OF_HTML, OF_JSON, OF_IMAGE, OF_SCRIPT, OF_STYLE, OF_FONT, OF_PAGE };

static size_t transferred(const struct fact_http *x)
{
    return x->wire_bytes ? (size_t)x->wire_bytes : x->body.n;
}

static void judge_size(struct findings *out, struct str subject, int budget, size_t bytes, const struct fact_http *x)
{
    static const char *const fixes[] = {
        [OF_HTML] = "Take inlined data, images and styles out of the page, and page long lists.",
        [OF_JSON] = "Send only the fields that the page shows, and page long lists.",
        [OF_IMAGE] =
            "Resize it to the size that is shown and save it as WebP or AVIF (cwebp -q 80 in.png -o out.webp), "
            "with srcset for phones.",
        [OF_SCRIPT] = "Split the bundle by route (dynamic import), and look for the largest parts with the bundler's "
                      "analyser.",
        [OF_STYLE] = "Drop unused rules (the framework's purge option).",
        [OF_FONT] = "Use WOFF2 and only the characters that the site writes (pyftsubset --unicodes=...).",
        [OF_PAGE] = "Begin with the largest files listed here; load what is below the first screen with "
                    "loading=\"lazy\".",
    };
    struct finding *f;

    if (bytes <= budgets[budget].bytes)
        return;
    f = say(out, FAIL, subject, "%zu KiB is too much for %s", bytes / KIB, budgets[budget].what);
    finding_observed(out, f, "%zu KiB", bytes / KIB);
    finding_expected(out, f, "at most %zu KiB", budgets[budget].bytes / KIB);
    finding_evidence(out, f, "transferred", x->address, x->at_s, "%zu bytes%s%.*s", bytes, x->encoding.n ? ", as " : "",
                     STR_ARG(x->encoding));
    finding_fix(out, f, "%s", fixes[budget]);
}

static int budget_of(enum page_ref_kind kind)
{
    switch (kind) {
    case PAGE_SCRIPT: return OF_SCRIPT;
    case PAGE_STYLE: return OF_STYLE;
    case PAGE_FONT: return OF_FONT;
    default: return OF_IMAGE;
    }
}

/* A body that was cut is at least as large as what is kept. */
static void judge_files(struct findings *out, const struct fact_page *home, const struct web_files *files)
{
    size_t all = transferred(home->x);

    for (size_t i = 0; i < files->n; i++) {
        size_t bytes = transferred(files->v[i].x);

        if (!web_status_ok(files->v[i].x))
            continue;
        judge_size(out, files->v[i].url, budget_of(files->v[i].kind), bytes, files->v[i].x);
        for (size_t r = 0; r < home->n_refs; r++)
            if (str_eq(home->refs[r].url, files->v[i].url)) {
                all += bytes;
                break;
            }
    }
    judge_size(out, home->url, OF_PAGE, all, home->x);
}

void check_perf_payload(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct web_pages pages;
    struct web_files files;

    if (!site)
        return;
    pages = web_pages(q, site);
    for (size_t i = 0; i < pages.n; i++)
        judge_size(out, pages.v[i]->url, OF_HTML, transferred(pages.v[i]->x), pages.v[i]->x);
    files = web_files(q, site, &pages, 1u << PAGE_SCRIPT | 1u << PAGE_STYLE | 1u << PAGE_IMAGE | 1u << PAGE_FONT,
                      MOST_FILES);
    if (pages.n > 0)
        judge_files(out, pages.v[0], &files);
    for (size_t i = 0; i < site->api_urls.n && i < 5; i++) {
        const struct fact_http *x = fact_get(q, site->api_urls.v[i]);

        if (x && web_status_ok(x))
            judge_size(out, x->url, OF_JSON, transferred(x), x);
    }
}
