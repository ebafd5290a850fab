/* check_page.c - request ids in answers, and the pages that the law and payment providers ask for. */
#include "checks/catalogue.h"
#include "checks/check_web.h"

/* ---- obs.request-id ---- */

#define SENT_ID "launchready-0001-request-id"

static const char *const own_ids[] = {"x-request-id", "x-correlation-id", "request-id",
                                      "x-trace-id",   "traceparent",      "x-amzn-trace-id"};
static const char *const edge_ids[] = {
    "cf-ray",      "x-vercel-id",          "x-nf-request-id", "fly-request-id",      "x-amz-cf-id",
    "x-azure-ref", "x-railway-request-id", "rndr-id",         "x-github-request-id", "x-fastly-request-id",
    "akamai-grn",  "x-wix-request-id"};

static const char *id_in(const struct fact_http *x, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (http_header(x, names[i]).n)
            return names[i];
    return NULL;
}

/* The whole site is the platform's: there is no application with a log of its own. */
static bool is_all_hosted(struct ask *q, const struct fact_site *site)
{
    static const char *const ids[] = {"shopify", "squarespace", "wix",          "webflow",
                                      "framer",  "ghost",       "github_pages", "gitlab_pages"};
    const struct fact_platform *p = fact_platform(q, web_host(q, site->canonical));

    if (!p)
        ask_tolerate(q);
    for (size_t i = 0; p && p->host && i < N_OF(ids); i++)
        if (str_eq(str_of(p->host->id), str_of(ids[i])))
            return true;
    return false;
}

static void fix_id(struct findings *out, struct finding *f)
{
    finding_fix(out, f,
                "Take the id that comes in, or make one, write it in every log line, and send it back:\n"
                "Express: app.use((req, res, next) => { req.id = req.get(\"x-request-id\") || crypto.randomUUID(); "
                "res.set(\"X-Request-ID\", req.id); next(); });\n"
                "nginx: add_header X-Request-ID $request_id always; proxy_set_header X-Request-ID $request_id; and "
                "$request_id in log_format.\n"
                "Rails does so by itself (config.log_tags = [:request_id]); Django: django-guid; Laravel: "
                "Context::add(\"request_id\", ...).");
}

void check_obs_request_id(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    const struct fact_http *x;
    const char *own, *edge;
    struct str url;
    struct finding *f;

    if (!site)
        return;
    if (!site_home(q, site))
        return;
    url = site->api_urls.n ? site->api_urls.v[0] : site->home;
    x = fact_http(q, &(struct http_ask){.url = url, .request_id = STR(SENT_ID)});
    if (!x)
        return;
    own = id_in(x, own_ids, N_OF(own_ids));
    edge = id_in(x, edge_ids, N_OF(edge_ids));
    if (own) {
        struct str value = http_header(x, own);

        f = say(out, PASS, url,
                str_eq(value, STR(SENT_ID)) ? "The request id that is sent comes back" : "Answers carry a request id");
        finding_observed(out, f, "%s: %.*s; the log line itself is not looked at from outside", own,
                         STR_ARG(str_first(value, 80)));
        return;
    }
    if (is_all_hosted(q, site)) {
        say(out, NOT_APPLICABLE, url, "The platform serves the whole site and keeps its logs: quote %s to its support",
            edge ? edge : "the time");
        return;
    }
    f = say(out, edge ? WARN : FAIL, url,
            edge ? "Only the edge numbers requests: its id is not in the application's log"
                 : "Answers carry no request id, so an error report leads to no log line");
    f->key = STR("id");
    if (edge)
        finding_evidence(out, f, edge, url, x->at_s, "%.*s", STR_ARG(str_first(http_header(x, edge), 80)));
    finding_evidence(out, f, "asked with", x->address, x->at_s, "X-Request-ID: " SENT_ID);
    finding_expected(out, f, "X-Request-ID in the answer");
    fix_id(out, f);
}

/* ---- legal.pages ---- */

static const struct legal {
    const char *what;
    bool only_shops;
    const char *words[12];
} legals[] = {
    {"privacy policy",
     false,
     {"privacy", "datenschutz", "confidentialit", "privacidad", "privacidade", "integritet", "prywatno", "gdpr"}},
    {"terms", false, {"terms", "conditions", "/tos", "agb", "cgu", "cgv", "condiciones", "voorwaarden", "termini"}},
    {"refund policy",
     true,
     {"refund", "return", "cancellation", "widerruf", "rembours", "devolucion", "retour", "money-back"}},
    {"contact",
     false,
     {"contact", "support", "impressum", "kontakt", "contacto", "help", "imprint", "mentions-legales"}},
};

static bool is_shop(const struct fact_page *page)
{
    static const char *const words[] = {"/cart", "/checkout", "/basket", "/warenkorb", "/panier"};

    for (size_t i = 0; i < page->n_refs; i++)
        for (size_t w = 0; w < N_OF(words); w++)
            if ((page->refs[i].kind == PAGE_LINK || page->refs[i].kind == PAGE_FORM) &&
                str_has_nocase(page->refs[i].url, str_of(words[w])))
                return true;
    return str_has_nocase(page->text, STR("add to cart")) || str_has_nocase(page->text, STR("add to basket"));
}

static bool is_about(const struct page_ref *ref, const struct legal *legal)
{
    if (ref->kind != PAGE_LINK)
        return false;
    for (size_t w = 0; w < N_OF(legal->words) && legal->words[w]; w++)
        if (str_has_nocase(ref->text, str_of(legal->words[w])) || str_has_nocase(ref->url, str_of(legal->words[w])))
            return true;
    return false;
}

/* A telephone or mail link is a contact by itself. */
static bool is_direct_contact(const struct page_ref *ref)
{
    return ref->kind == PAGE_LINK &&
           (str_starts_nocase(ref->raw, STR("mailto:")) || str_starts_nocase(ref->raw, STR("tel:")));
}

static void say_dead(struct findings *out, const struct legal *legal, const struct page_ref *ref,
                     const struct fact_route *route)
{
    struct finding *f = say(out, FAIL, ref->url, "The link to the %s leads to no page", legal->what);

    f->key = str_of(legal->what);
    if (route->last)
        finding_observed(out, f, "status %d", route->last->status);
    finding_evidence(out, f, "link", route->start, 0, "\"%.*s\" %.*s", STR_ARG(ref->text), STR_ARG(ref->raw));
    finding_fix(out, f, "Publish the page there, or correct the link in the footer.");
}

static void judge_legal(struct ask *q, struct findings *out, const struct fact_page *home, const struct legal *legal)
{
    bool is_contact = legal == &legals[N_OF(legals) - 1];
    const struct page_ref *dead = NULL, *unseen = NULL;
    const struct fact_route *dead_route = NULL;
    struct finding *f;
    struct err why = {.kind = ERR_NONE};
    size_t n_asked = 0;

    for (size_t i = 0; i < home->n_refs && n_asked < 3; i++) {
        const struct page_ref *ref = &home->refs[i];
        const struct fact_route *route;

        if (is_contact && is_direct_contact(ref))
            return;
        if (!is_about(ref, legal) || ref->url.n == 0)
            continue;
        n_asked++;
        route = fact_route(q, ref->url, STR_NONE);
        if (!route) {
            unseen = ref;
            why = *ask_tolerate(q);
        } else if (route->end == ROUTE_FAILED) {
            unseen = ref;
            why = route->err;
        } else if (route->end == ROUTE_PAGE && web_status_ok(route->last)) {
            return; /* one good page is enough, whatever became of the other links */
        } else {
            dead = ref;
            dead_route = route;
        }
    }
    if (unseen) {
        ask_note(q, unseen->url, &why);
        return;
    }
    if (dead) {
        say_dead(out, legal, dead, dead_route);
        return;
    }
    f = say(out, FAIL, home->url, "The home page links no %s", legal->what);
    f->key = str_of(legal->what);
    finding_evidence(out, f, "looked for", home->url, home->x->at_s, "a link with one of: %s, %s, %s ...",
                     legal->words[0], legal->words[1], legal->words[2]);
    finding_fix(out, f, "Publish the page and link it in the footer of every page.");
}

void check_legal_pages(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    const struct fact_page *home;
    bool shop;

    if (!site)
        return;
    home = site_home(q, site);
    if (!home || !web_status_ok(home->x))
        return;
    if (!home->is_html) {
        say(out, NOT_APPLICABLE, home->url, "The home page is no HTML page, so it links nothing");
        return;
    }
    if (web_is_shell(home)) {
        struct err err;

        err_set(&err, ERR_LIMIT, "the home page is drawn by scripts, which are not run, so its links are not seen");
        err_at(&err, "%.*s", STR_ARG(str_first(home->url, 150)));
        ask_note(q, home->url, &err);
        return;
    }
    shop = is_shop(home);
    for (size_t i = 0; i < N_OF(legals); i++)
        if (!legals[i].only_shops || shop)
            judge_legal(q, out, home, &legals[i]);
}
