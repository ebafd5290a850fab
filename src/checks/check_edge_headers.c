/* check_edge_headers.c - response headers that protect pages, and who may read answers from another origin. */
#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "core/buf.h"

/* ---- edge.headers ---- */

static bool has_nosniff(const struct fact_page *page)
{
    return http_header_has_token(page->x, "x-content-type-options", "nosniff");
}

static bool csp_has(const struct fact_http *x, const char *directive)
{
    size_t at = 0;
    struct str value;

    while (http_header_next(x, "content-security-policy", &at, &value)) {
        struct str rest = value;

        while (rest.p)
            if (str_starts_nocase(str_trim(str_cut(&rest, ';')), str_of(directive)))
                return true;
    }
    return false;
}

/* A policy in a meta element cannot control frames (CSP3 section 3.3). */
static bool has_frame_control(const struct fact_page *page)
{
    struct str value = str_trim(http_header(page->x, "x-frame-options"));

    return str_eq_nocase(value, STR("deny")) || str_eq_nocase(value, STR("sameorigin")) ||
           csp_has(page->x, "frame-ancestors");
}

static bool has_referrer_policy(const struct fact_page *page)
{
    static const char *const good[] = {"no-referrer",
                                       "no-referrer-when-downgrade",
                                       "same-origin",
                                       "origin",
                                       "strict-origin",
                                       "origin-when-cross-origin",
                                       "strict-origin-when-cross-origin"};

    for (size_t i = 0; i < N_OF(good); i++)
        if (http_header_has_token(page->x, "referrer-policy", good[i]))
            return true;
    return false;
}

static bool has_content_policy(const struct fact_page *page)
{
    return page->csp.n > 0 || http_header(page->x, "content-security-policy").n > 0 ||
           http_header(page->x, "content-security-policy-report-only").n > 0;
}

static const struct {
    const char *name, *value, *why;
    const char *sent_as; /* to begin with */
    bool (*holds)(const struct fact_page *page);
} rows[] = {
    {"X-Content-Type-Options", "nosniff", "a browser may take an upload for a script", "X-Content-Type-Options",
     has_nosniff},
    {"X-Frame-Options", "SAMEORIGIN", "the page can be framed and clicked through a stranger's site", "X-Frame-Options",
     has_frame_control},
    {"Referrer-Policy", "strict-origin-when-cross-origin", "full addresses leak to other sites", "Referrer-Policy",
     has_referrer_policy},
    {"Content-Security-Policy", "default-src 'self'; frame-ancestors 'self'; object-src 'none'",
     "nothing limits what an injected script may do", "Content-Security-Policy-Report-Only", has_content_policy},
};

static void say_missing(struct ask *q, struct findings *out, const struct fact_site *site,
                        const struct web_pages *pages, const struct fact_page *page, unsigned missing)
{
    const struct platform *platform = web_platform(q, web_host(q, site->canonical));
    struct buf names, lines;
    struct finding *f;

    buf_init(&names, 1000);
    buf_init(&lines, 2000);
    for (size_t i = 0; i < N_OF(rows); i++)
        if (missing & (1u << i)) {
            buf_fmt(&names, "%s%s", names.n ? ", " : "", rows[i].name);
            buf_fmt(&lines, "\n%.*s", STR_ARG(web_header_lines(q->arena, platform, rows[i].sent_as, rows[i].value)));
        }
    f = say(out, FAIL, page->url, "Pages lack %.*s", STR_ARG(buf_str(&names)));
    f->key = str_dup(q->arena, buf_str(&names));
    for (size_t i = 0; i < N_OF(rows); i++)
        if (missing & (1u << i))
            finding_evidence(out, f, rows[i].name, page->url, page->x->at_s, "not sent: %s", rows[i].why);
    finding_observed(out, f, "%zu page%s looked at", pages->n, pages->n == 1 ? "" : "s");
    finding_fix(out, f, "%.*s%.*s\nWatch the policy's reports for a week, then send it as Content-Security-Policy.",
                STR_ARG(web_header_place(q->arena, platform)), STR_ARG(buf_str(&lines)));
    buf_free(&names);
    buf_free(&lines);
}

/* One finding for each different set of missing headers, about the first page that has it. */
void check_edge_headers(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct web_pages pages;
    unsigned said[16] = {0};
    size_t n_said = 0;

    if (!site)
        return;
    pages = web_pages(q, site);
    for (size_t p = 0; p < pages.n; p++) {
        unsigned missing = 0;
        bool known = false;

        for (size_t i = 0; i < N_OF(rows); i++)
            if (!rows[i].holds(pages.v[p]))
                missing |= 1u << i;
        for (size_t i = 0; i < n_said; i++)
            known = known || said[i] == missing;
        if (missing == 0 || known || n_said == N_OF(said))
            continue;
        said[n_said++] = missing;
        say_missing(q, out, site, &pages, pages.v[p], missing);
    }
}

/* ---- edge.cors ---- */

static void judge_cors(struct ask *q, struct findings *out, struct str url, struct str origin)
{
    const struct fact_http *x = fact_http(q, &(struct http_ask){.url = url, .origin = origin});
    struct str allowed, credentials;
    struct finding *f;

    if (!x)
        return;
    allowed = str_trim(http_header(x, "access-control-allow-origin"));
    credentials = str_trim(http_header(x, "access-control-allow-credentials"));
    if (!str_eq_nocase(allowed, origin) || !str_eq_nocase(credentials, STR("true")))
        return;
    f = say(out, FAIL, url, "Any website may read answers in the name of a logged-in visitor");
    f->key = STR("reflected");
    finding_evidence(out, f, "asked with", x->address, x->at_s, "Origin: %.*s", STR_ARG(origin));
    finding_evidence(out, f, "answered", x->address, x->at_s,
                     "Access-Control-Allow-Origin: %.*s; Access-Control-Allow-Credentials: true", STR_ARG(allowed));
    finding_expected(out, f, "the origin is compared, whole, with a list of your own");
    finding_fix(out, f,
                "Compare the Origin header with an exact list and answer without CORS headers otherwise, for example:\n"
                "const allowed = new Set([\"https://%.*s\"]);\n"
                "if (allowed.has(origin)) { setHeader(\"Access-Control-Allow-Origin\", origin); setHeader(\"Vary\", "
                "\"Origin\"); }",
                STR_ARG(q->domain));
}

void check_edge_cors(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct str_list urls = {NULL, 0, 0};
    struct str stranger = STR("https://lr-origin-check.example");

    if (!site)
        return;
    if (site->home.n == 0) {
        site_home(q, site);
        return;
    }
    for (size_t i = 0; i < site->api_urls.n && i < 4; i++)
        str_list_add(q->arena, &urls, site->api_urls.v[i]);
    str_list_add(q->arena, &urls, site->home);
    for (size_t i = 0; i < site->n_hosts; i++)
        if (site->hosts[i].role == HOST_API && site->hosts[i].exists && !site->hosts[i].wildcard && urls.n < 6)
            str_list_add(q->arena, &urls, str_fmt(q->arena, "https://%.*s/", STR_ARG(site->hosts[i].name)));
    for (size_t i = 0; i < urls.n; i++)
        fact_http_want(q, &(struct http_ask){.url = urls.v[i], .origin = stranger});
    for (size_t i = 0; i < urls.n; i++)
        judge_cors(q, out, urls.v[i], stranger);
    /* A list compared by its beginning, and the origin of sandboxed frames and local files. */
    if (out->n == 0 && urls.n > 0) {
        judge_cors(q, out, urls.v[0], str_fmt(q->arena, "https://%.*s.lr-origin-check.example", STR_ARG(site->apex)));
        if (out->n == 0)
            judge_cors(q, out, urls.v[0], STR("null"));
    }
}
