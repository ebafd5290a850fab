/* check_edge_private.c - private pages in shared caches, as far as an anonymous visitor can see. */
#include "checks/catalogue.h"
#include "checks/check_web.h"

static bool keeps_out(const struct fact_http *x)
{
    return http_header_has_token(x, "cache-control", "no-store") ||
           http_header_has_token(x, "cache-control", "private");
}

/* How a shared cache may store the answer (RFC 9111 section 3), or the empty string. */
static struct str storable(struct arena *arena, const struct fact_http *x)
{
    struct str control = http_header(x, "cache-control");

    if (keeps_out(x))
        return STR_NONE;
    if (web_cache_seconds(x, "s-maxage") > 0 ||
        (web_cache_seconds(x, "s-maxage") < 0 && web_cache_seconds(x, "max-age") > 0) ||
        (http_header_has_token(x, "cache-control", "public") && web_cache_seconds(x, "max-age") != 0))
        return str_fmt(arena, "cache-control: %.*s", STR_ARG(str_first(control, 120)));
    return STR_NONE;
}

/* The page that a script fills in later: the same bytes for every path hold nothing private. */
static bool is_shell(struct ask *q, const struct fact_site *site, const struct fact_http *x)
{
    const struct fact_page *home = site_home(q, site), *page;
    const struct fact_http *control;

    if (home && home->x->body.n > 0 && str_eq(home->x->body, x->body))
        return true;
    control = fact_get(q, str_fmt(q->arena, "%.*s/launchready-no-such-page", STR_ARG(site->canonical)));
    if (!control)
        ask_tolerate(q);
    else if (web_status_ok(control) && control->body.n > 0 && str_eq(control->body, x->body))
        return true;
    page = fact_page(q, x->url);
    if (!page)
        ask_tolerate(q);
    return page && page->is_html && web_is_shell(page);
}

static void fix_private(struct ask *q, struct findings *out, struct finding *f, struct str url)
{
    const struct platform *p = web_platform(q, web_host(q, url));

    if (p && str_eq(str_of(p->id), STR("cloudflare")))
        finding_fix(out, f,
                    "Today, Cloudflare: %s > %s > Create rule: if the URI path starts with this path, or the session "
                    "cookie is present, then Bypass cache; put it above every rule that makes things eligible for "
                    "cache, and purge this URL. Then send from the application on every private answer:\n"
                    "Cache-Control: private, no-store",
                    p->console, p->cache);
    else
        finding_fix(out, f,
                    "Send on every private answer, log-in redirects included:\nCache-Control: private, no-store\n"
                    "%s%s: leave this path, and requests with the session cookie, out of the cache (nginx: "
                    "proxy_no_cache $cookie_session; proxy_cache_bypass $cookie_session;), and purge it.",
                    p ? "At " : "At the edge", p ? p->name : "");
}

static struct finding *say_private(struct ask *q, struct findings *out, enum status status, const struct fact_http *x,
                                   const char *key, const char *title)
{
    const struct fact_site *site = fact_site(q);
    struct finding *f = say(out, status, x->url, "%s", title);

    f->key = str_of(key);
    f->on_money_path = true;
    f->certainty = site && site->private_declared ? OBSERVED : INFERRED;
    finding_evidence(out, f, "GET, nobody logged in", x->address, x->at_s, "%.*s", STR_ARG(http_describe(q->arena, x)));
    fix_private(q, out, f, x->url);
    return f;
}

/* One answer; true when it said something. */
static bool judge_answer(struct ask *q, struct findings *out, const struct fact_site *site, const struct fact_http *x)
{
    struct str hit = web_cache_hit(q->arena, x), stored = storable(q->arena, x);
    bool redirects = x->status >= 300 && x->status < 400 && x->status != 304;
    struct finding *f;

    if (hit.n && http_has_header(x, "set-cookie")) {
        f = say_private(q, out, FAIL, x, "cookie",
                        "A shared cache hands one visitor's cookie to the next, and with it the session");
        finding_evidence(out, f, "from the cache", x->address, x->at_s, "%.*s", STR_ARG(hit));
        return true;
    }
    if (!web_status_ok(x) && !redirects)
        return false; /* refused: nothing private in it */
    if (redirects) {
        if (hit.n == 0)
            return false;
        f = say_private(q, out, FAIL, x, "redirect",
                        "The redirect to the log-in is stored: visitors who are logged in get it too");
        f->severity = SEV_HIGH;
        finding_evidence(out, f, "from the cache", x->address, x->at_s, "%.*s", STR_ARG(hit));
        return true;
    }
    if ((hit.n == 0 && stored.n == 0) || is_shell(q, site, x))
        return false;
    f = say_private(q, out, FAIL, x, hit.n ? "hit" : "storable",
                    hit.n ? "A private page comes from a shared cache: a visitor may see another one's data"
                          : "A private page allows shared caches to keep it");
    if (hit.n)
        finding_evidence(out, f, "from the cache", x->address, x->at_s, "%.*s", STR_ARG(hit));
    if (stored.n)
        finding_evidence(out, f, "allowed by", x->address, x->at_s, "%.*s", STR_ARG(stored));
    finding_expected(out, f, "Cache-Control: private, no-store, and no cache hit");
    return true;
}

static void judge_path(struct ask *q, struct findings *out, const struct fact_site *site, struct str url)
{
    const struct fact_http *first = fact_get(q, url);
    const struct fact_http *second = fact_http(q, &(struct http_ask){.url = url, .sample = 1});

    if (second && judge_answer(q, out, site, second))
        return;
    if (first)
        judge_answer(q, out, site, first);
}

void check_edge_private_cached(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct finding *f;

    if (!site)
        return;
    if (site->home.n == 0 || (site->private_pages.n == 0 && !site_home(q, site))) {
        site_home(q, site);
        return;
    }
    if (site->private_pages.n == 0) {
        f = say(out, NOT_APPLICABLE, q->domain, "No private page is linked from the home page or found at usual paths");
        finding_observed(out, f, "asked for /account, /dashboard, /orders, /cart, /settings, /admin");
        finding_fix(out, f,
                    "If there are private pages, name them in launchready.yaml:\npaths:\n  private: [/account]");
        return;
    }
    for (size_t i = 0; i < site->private_pages.n && i < 12; i++)
        judge_path(q, out, site, site->private_pages.v[i]);
    if (out->n == 0) {
        f = say(out, PASS, q->domain, "Private pages are not served from a shared cache to strangers");
        finding_observed(out, f, "%zu paths, each asked for twice, nobody logged in", site->private_pages.n);
    }
}
