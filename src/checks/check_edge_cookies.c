/* check_edge_cookies.c - the flags of cookies that an anonymous visitor is given. */
#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "core/buf.h"
#include "core/url.h"
#include "facts/set_cookie.h"

struct cookie_rule {
    const char *key, *fault, *why;
    enum severity severity;
    enum status status;
    bool (*broken)(const struct set_cookie *c, enum cookie_kind kind);
};

static bool session_not_secure(const struct set_cookie *c, enum cookie_kind kind)
{
    return kind == COOKIE_SESSION && !c->secure;
}

static bool session_readable(const struct set_cookie *c, enum cookie_kind kind)
{
    return kind == COOKIE_SESSION && !c->http_only;
}

static bool session_any_site(const struct set_cookie *c, enum cookie_kind kind)
{
    return kind == COOKIE_SESSION && (c->same_site == SAME_SITE_ABSENT || c->same_site == SAME_SITE_UNKNOWN);
}

static bool session_wide(const struct set_cookie *c, enum cookie_kind kind)
{
    return kind == COOKIE_SESSION && c->domain.n > 0;
}

static bool none_not_secure(const struct set_cookie *c, enum cookie_kind kind)
{
    return kind != COOKIE_SESSION && c->same_site == SAME_SITE_NONE && !c->secure;
}

static bool prefix_broken(const struct set_cookie *c, enum cookie_kind kind)
{
    (void)kind;
    if (str_starts_nocase(c->name, STR("__Host-")))
        return !c->secure || c->domain.n > 0 || !str_eq(c->path, STR("/"));
    return str_starts_nocase(c->name, STR("__Secure-")) && !c->secure;
}

static bool token_not_secure(const struct set_cookie *c, enum cookie_kind kind)
{
    return kind == COOKIE_CSRF && !c->secure;
}

static const struct cookie_rule rules[] = {
    {"prefix", "breaks the promise of its name's prefix, so browsers drop it",
     "__Host- needs Secure, Path=/ and no Domain; __Secure- needs Secure", SEV_HIGH, FAIL, prefix_broken},
    {"secure", "is not Secure", "it travels in clear over http and can be copied", SEV_HIGH, FAIL, session_not_secure},
    {"httponly", "is not HttpOnly", "any injected script can read it and log in as the visitor", SEV_HIGH, FAIL,
     session_readable},
    {"samesite", "has no SameSite", "browsers differ in what other sites may send with it", SEV_MEDIUM, FAIL,
     session_any_site},
    {"domain", "is shared with every subdomain", "one weak subdomain can read or replace it", SEV_LOW, WARN,
     session_wide},
    {"none", "is SameSite=None without Secure, so browsers drop it", "the flags contradict each other", SEV_LOW, FAIL,
     none_not_secure},
    {"token", "is not Secure", "it can be read in clear over http", SEV_LOW, WARN, token_not_secure},
};

struct seen_cookies {
    const struct fact_site *site;
    struct str_list names;
    size_t n_session;
};

static void fix_cookie(struct findings *out, struct finding *f, struct str name)
{
    finding_fix(out, f,
                "Set the flags where the session is configured:\n"
                "Set-Cookie: %.*s=...; Path=/; Secure; HttpOnly; SameSite=Lax\n"
                "Express: cookie: {secure: true, httpOnly: true, sameSite: \"lax\"} and app.set(\"trust proxy\", 1). "
                "Rails: config.session_store ..., secure: true, same_site: :lax. Django: SESSION_COOKIE_SECURE = True. "
                "Laravel: SESSION_SECURE_COOKIE=true. PHP: session.cookie_secure=1, session.cookie_httponly=1, "
                "session.cookie_samesite=Lax.",
                STR_ARG(name));
}

/* Prefix faults explain themselves; a dropped cookie needs no other word. */
static void judge_cookie(struct findings *out, const struct fact_http *x, struct str header, const struct set_cookie *c,
                         enum cookie_kind kind)
{
    struct finding *f = NULL;
    struct buf faults;

    buf_init(&faults, 600);
    for (size_t i = 0; i < N_OF(rules); i++) {
        if (!rules[i].broken(c, kind))
            continue;
        if (!f) {
            f = say(out, rules[i].status, url_host(out->arena, x->url), "%s \"%.*s\" %s",
                    kind == COOKIE_SESSION ? "The session cookie" : "The cookie", STR_ARG(c->name), rules[i].fault);
            f->severity = rules[i].severity;
            f->key = str_fmt(out->arena, "%.*s %s", STR_ARG(c->name), rules[i].key);
            finding_evidence(out, f, "set-cookie", x->url, x->at_s, "%.*s",
                             STR_ARG(set_cookie_masked(out->arena, header)));
            fix_cookie(out, f, c->name);
        }
        if (rules[i].status == FAIL) {
            f->status = FAIL;
            f->severity = rules[i].severity > f->severity ? rules[i].severity : f->severity;
        }
        buf_fmt(&faults, "%s%s: %s", faults.n ? "; " : "", rules[i].fault, rules[i].why);
    }
    if (f)
        finding_observed(out, f, "%.*s", STR_ARG(buf_str(&faults)));
    buf_free(&faults);
}

static void judge_exchange(struct ask *q, struct findings *out, const struct fact_http *x, struct seen_cookies *seen)
{
    size_t at = 0;
    struct str header;

    /* http entry points are redirected, and what they set is judged at their end; a log-in service of somebody else
     * is not the site's to configure. */
    if (!str_starts_nocase(x->url, STR("https:")) || !site_owns(seen->site, url_host(q->arena, x->url)))
        return;
    while (http_header_next(x, "set-cookie", &at, &header)) {
        struct set_cookie c;
        enum cookie_kind kind;
        struct str key;

        if (!set_cookie_parse(header, &c) || c.removes)
            continue;
        kind = cookie_kind_of(c.name);
        key = str_fmt(q->arena, "%.*s %.*s", STR_ARG(url_host(q->arena, x->url)), STR_ARG(c.name));
        if (kind == COOKIE_FOREIGN || str_list_has(&seen->names, key))
            continue;
        str_list_add(q->arena, &seen->names, key);
        seen->n_session += kind == COOKIE_SESSION;
        judge_cookie(out, x, header, &c, kind);
    }
}

static void judge_route(struct ask *q, struct findings *out, struct str url, struct seen_cookies *seen)
{
    const struct fact_route *route = fact_route(q, url, STR_NONE);

    if (!route)
        return;
    if (route->end == ROUTE_FAILED)
        ask_note(q, url, &route->err);
    for (size_t i = 0; i < route->n_hops; i++)
        if (route->hops[i].x)
            judge_exchange(q, out, route->hops[i].x, seen);
}

void check_edge_cookies(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct seen_cookies seen = {.site = site};
    struct web_pages pages;
    struct finding *f;

    if (!site)
        return;
    pages = web_pages(q, site);
    if (site->login_page.n)
        judge_route(q, out, site->login_page, &seen);
    for (size_t i = 0; i < pages.n; i++)
        judge_exchange(q, out, pages.v[i]->x, &seen);
    for (size_t i = 0; i < site->private_pages.n && i < 4; i++)
        judge_route(q, out, site->private_pages.v[i], &seen);
    if (out->n > 0 || pages.n == 0)
        return;
    f = say(out, PASS, q->domain,
            seen.n_session ? "Session cookies have their flags" : "No session cookie is set before logging in");
    finding_observed(out, f, "%zu pages, %zu cookies; the log-in itself is looked at by flow.login", pages.n,
                     seen.names.n);
}
