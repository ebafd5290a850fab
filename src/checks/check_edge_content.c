/* check_edge_content.c - https pages that load parts over http. */
#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "core/url.h"

#define MOST_FILES 12u

/* Active content is blocked and breaks the page; images and media are upgraded or warned about. */
static bool is_active(enum page_ref_kind kind)
{
    return kind == PAGE_SCRIPT || kind == PAGE_STYLE || kind == PAGE_FRAME || kind == PAGE_FORM || kind == PAGE_FONT;
}

static bool is_passive(const struct page_ref *ref)
{
    return ref->kind == PAGE_IMAGE || ref->kind == PAGE_MEDIA ||
           (ref->kind == PAGE_OTHER_LINK &&
            (str_has_nocase(ref->text, STR("icon")) || str_has_nocase(ref->text, STR("manifest")) ||
             str_has_nocase(ref->text, STR("preload"))));
}

/* The policy makes the browser ask for https instead (Upgrade Insecure Requests section 3). */
static bool upgrades(const struct fact_page *page)
{
    size_t at = 0;
    struct str value;

    if (str_has_nocase(page->csp, STR("upgrade-insecure-requests")))
        return true;
    while (http_header_next(page->x, "content-security-policy", &at, &value))
        if (str_has_nocase(value, STR("upgrade-insecure-requests")))
            return true;
    return false;
}

static void fix_content(struct findings *out, struct finding *f, struct str url)
{
    struct str rest = str_from(url, str_find(url, STR("://")));

    finding_fix(out, f,
                "Write https%.*s instead, in the template or the content. For many of them at once, let the edge or "
                "the browser do it: send Content-Security-Policy: upgrade-insecure-requests (Cloudflare: SSL/TLS > "
                "Edge Certificates > Automatic HTTPS Rewrites).",
                STR_ARG(str_first(rest, 300)));
}

static struct finding *say_mixed(struct findings *out, struct str subject, bool active, struct str url,
                                 const char *what)
{
    struct finding *f =
        say(out, FAIL, subject, "%s over http: %s", what, active ? "browsers block it" : "browsers warn or try https");

    f->severity = active ? SEV_HIGH : SEV_MEDIUM;
    f->key = str_of(active ? "active" : "passive");
    fix_content(out, f, url);
    return f;
}

static void judge_refs(struct findings *out, const struct fact_site *site, const struct fact_page *page)
{
    for (size_t i = 0; i < page->n_refs; i++) {
        const struct page_ref *ref = &page->refs[i];
        bool is_blocked = is_active(ref->kind);
        struct finding *f;

        if (!str_starts_nocase(ref->url, STR("http://")) || (!is_blocked && !is_passive(ref)))
            continue;
        f = web_said(out, str_of(is_blocked ? "active" : "passive"));
        if (!f)
            f = say_mixed(out, site->canonical, is_blocked, ref->url,
                          is_blocked ? "Pages load scripts, styles, frames or forms" : "Pages load images or media");
        finding_evidence(out, f, str_cstr(out->arena, ref->tag), page->url, page->x->at_s, "%.*s", STR_ARG(ref->raw));
    }
}

static void judge_css(struct findings *out, const struct web_file *file)
{
    static const char *const calls[] = {"url(http://", "url(\"http://", "url('http://", "@import \"http://",
                                        "@import 'http://"};
    struct finding *f;

    for (size_t i = 0; i < N_OF(calls); i++) {
        size_t at = str_find_nocase(file->x->body, str_of(calls[i]));
        struct str seen;

        if (at == SIZE_MAX)
            continue;
        seen = str_first(str_from(file->x->body, at), 120);
        f = say_mixed(out, file->url, calls[i][0] == '@' || str_has_nocase(seen, STR(".woff")), STR("://..."),
                      "The style sheet loads files");
        finding_evidence(out, f, "in the code", file->url, file->x->at_s, "%.*s ...", STR_ARG(seen));
        return;
    }
}

/* Only addresses of the site itself: code is full of http:// names that are never fetched. */
static void judge_script(struct ask *q, struct findings *out, const struct fact_site *site, const struct web_file *file)
{
    size_t at = 0;

    for (;;) {
        size_t found = str_find(str_from(file->x->body, at), STR("http://")), end = 0;
        struct str rest, host;
        struct finding *f;

        if (found == SIZE_MAX)
            return;
        at += found;
        rest = str_from(file->x->body, at + 7);
        while (end < rest.n && end < 254 &&
               (rest.p[end] == '.' || rest.p[end] == '-' || (rest.p[end] >= '0' && rest.p[end] <= '9') ||
                ((rest.p[end] | 32) >= 'a' && (rest.p[end] | 32) <= 'z')))
            end++;
        host = str_first(rest, end);
        at += 7;
        if (!site_owns(site, host))
            continue;
        f = say_mixed(out, file->url, true, STR("://..."), "The script calls the site");
        f->certainty = INFERRED;
        finding_evidence(out, f, "in the code", file->url, file->x->at_s, "http://%.*s ...",
                         STR_ARG(str_first(rest, 100)));
        (void)q;
        return;
    }
}

void check_edge_mixed_content(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct web_pages pages;
    struct web_files files;
    bool all_upgrade = true;

    if (!site)
        return;
    pages = web_pages(q, site);
    for (size_t i = 0; i < pages.n; i++) {
        if (!str_starts_nocase(pages.v[i]->url, STR("https:")) || upgrades(pages.v[i]))
            continue;
        all_upgrade = false;
        judge_refs(out, site, pages.v[i]);
    }
    if (all_upgrade)
        return;
    files = web_files(q, site, &pages, 1u << PAGE_SCRIPT | 1u << PAGE_STYLE, MOST_FILES);
    for (size_t i = 0; i < files.n; i++) {
        if (!web_status_ok(files.v[i].x) || !str_starts_nocase(files.v[i].url, STR("https:")))
            continue;
        if (files.v[i].kind == PAGE_STYLE)
            judge_css(out, &files.v[i]);
        else
            judge_script(q, out, site, &files.v[i]);
    }
}
