/* HTTP Strict Transport Security (RFC 6797) on every host, and the promise of the preload list. */
#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "checks/entry_points.h"
#include "checks/hsts.h"
#include "core/url.h"
#include "facts/fact_dns.h"
#include "launch/launch.h"

/* What one host says on its own https answer. */
struct saying {
    const struct site_host *host;
    const struct fact_http *x; /* NULL: not seen */
    size_t n;                  /* headers */
    bool valid;
    struct hsts hsts;
    struct err err; /* when not valid */
};

static bool is_asked(struct ask *q, const struct fact_site *site, const struct site_host *host)
{
    bool pair = str_eq(host->name, site->apex) || (site->www.n && str_eq(host->name, site->www));

    for (size_t i = 0; i < q->launch->n_hosts; i++)
        if (q->launch->hosts[i].http_only && str_eq_nocase(q->launch->hosts[i].name, host->name))
            return false;
    return (pair && (host->exists || str_eq(host->name, site->apex))) || (host->declared && host->exists);
}

static struct str front(struct ask *q, struct str host)
{
    return str_fmt(q->arena, "https://%.*s/", STR_ARG(host));
}

static struct saying read_saying(struct ask *q, const struct site_host *host)
{
    struct saying s = {.host = host, .x = fact_get(q, front(q, host->name))};
    struct str value, first = STR_NONE;
    size_t at = 0;

    while (s.x && http_header_next(s.x, "strict-transport-security", &at, &value))
        if (s.n++ == 0)
            first = value; /* the first one counts: section 8.1 */
    s.valid = s.n && hsts_parse(first, &s.hsts, &s.err);
    return s;
}

static const struct saying *saying_of(const struct saying *v, size_t n, struct str host)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i].host->name, host))
            return &v[i];
    return NULL;
}

static struct str shown(struct ask *q, const struct saying *s)
{
    struct str value = s->x ? http_header(s->x, "strict-transport-security") : STR_NONE;

    return value.p ? value : str_fmt(q->arena, "(none)");
}

static void fix_header(struct ask *q, struct findings *out, struct finding *f, struct str host, const char *first,
                       const char *value)
{
    const struct platform *p = web_platform(q, host);
    struct str lines = web_header_lines(q->arena, p, "Strict-Transport-Security", value);
    struct str place = web_header_place(q->arena, p);

    finding_fix(out, f, "%s\n%.*s%s\n%.*s", first, STR_ARG(place), str_ends(place, STR(":")) ? "" : ":",
                STR_ARG(lines));
}

/* Says it once a problem; further hosts with the same one are evidence. */
static struct finding *say_once(struct ask *q, struct findings *out, enum status status, const struct saying *s,
                                const char *key, const char *title, bool *ret_new)
{
    struct finding *f = NULL;

    for (size_t i = 0; i < out->n && !f; i++)
        if (str_eq(out->v[i]->key, str_of(key)))
            f = out->v[i];
    *ret_new = !f;
    if (!f) {
        f = say(out, status, front(q, s->host->name), "%.*s: %s", STR_ARG(s->host->name), title);
        f->key = str_of(key);
    }
    finding_evidence(out, f, "strict-transport-security", s->x->address, s->x->at_s, "%.*s: %.*s",
                     STR_ARG(s->host->name), STR_ARG(shown(q, s)));
    return f;
}

#define STEPS "Raise it in steps: max-age=300 for a day, 604800 for a week, then 31536000; to undo, send max-age=0."

static void judge_saying(struct ask *q, struct findings *out, const struct saying *s, bool covered)
{
    struct str host = s->host->name;
    struct finding *f;
    bool fresh;

    if (s->n == 0) {
        if (covered)
            return;
        f = say_once(q, out, FAIL, s, "absent", "no HSTS header, so a first visit in clear can be caught on the way",
                     &fresh);
        if (fresh)
            fix_header(q, out, f, host, STEPS, "max-age=300");
    } else if (!s->valid) {
        f = say_once(q, out, FAIL, s, "syntax", str_fmt(q->arena, "the HSTS header is not valid: %s", s->err.text).p,
                     &fresh);
        if (fresh)
            fix_header(q, out, f, host, "Browsers ignore it as it is.", "max-age=31536000");
    } else if (s->hsts.max_age_s == 0) {
        f = say_once(q, out, FAIL, s, "off", "max-age=0 switches HSTS off in every browser that comes by", &fresh);
        if (fresh)
            fix_header(q, out, f, host, STEPS, "max-age=300");
    } else if (s->hsts.max_age_s < HSTS_YEAR_S) {
        f = say_once(q, out, WARN, s, "short",
                     str_fmt(q->arena, "HSTS holds for %lld s only: right in launch week, a year afterwards",
                             (long long)s->hsts.max_age_s)
                         .p,
                     &fresh);
        finding_expected(out, f, "max-age of at least 31536000 once stable");
        if (fresh)
            fix_header(q, out, f, host, STEPS, "max-age=31536000");
    }
    if (s->n > 1) {
        f = say_once(q, out, WARN, s, "twice", "the HSTS header is sent more than once; only the first counts", &fresh);
        if (fresh)
            finding_fix(out, f, "Send it in one place only: the edge or the application, not both");
    }
}

/* Under includeSubDomains a host without https cannot be reached any more. A broken certificate is for tls.*. */
static void judge_subdomains(struct ask *q, struct findings *out, const struct fact_site *site,
                             const struct saying *apex)
{
    for (size_t i = 0; i < site->n_hosts; i++) {
        const struct site_host *host = &site->hosts[i];
        struct str https = front(q, host->name), http = str_fmt(q->arena, "http://%.*s/", STR_ARG(host->name));
        if (!host->exists || host->wildcard || host->guessed || str_eq(host->name, site->apex))
            continue;
        if (fact_get(q, https))
            continue;
        if (ask_tolerate(q)->kind != ERR_REFUSED)
            continue;
        const struct fact_http *clear = fact_get(q, http);
        if (!clear) {
            ask_tolerate(q);
            continue;
        }
        struct finding *f = say(out, FAIL, https, "includeSubDomains at %.*s shuts %.*s out: it answers in clear only",
                                STR_ARG(apex->host->name), STR_ARG(host->name));
        f->key = STR("subdomain");
        finding_evidence(out, f, "strict-transport-security", apex->x->address, apex->x->at_s, "%.*s",
                         STR_ARG(shown(q, apex)));
        finding_evidence(out, f, "https", STR_NONE, q->now_s, "refused; http answers %d", clear->status);
        finding_fix(out, f, "Give %.*s a certificate and https, or take includeSubDomains out of the header",
                    STR_ARG(host->name));
    }
}

void check_edge_hsts(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);

    if (!site)
        return;
    struct saying *v = arena_array(q->arena, site->n_hosts, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < site->n_hosts; i++)
        if (is_asked(q, site, &site->hosts[i]))
            fact_http_want(q, &(struct http_ask){.url = front(q, site->hosts[i].name)});
    for (size_t i = 0; i < site->n_hosts; i++)
        if (is_asked(q, site, &site->hosts[i]))
            v[n++] = read_saying(q, &site->hosts[i]);
    const struct saying *apex = saying_of(v, n, site->apex);
    bool covered = apex && apex->x && apex->valid && apex->hsts.include_subdomains && apex->hsts.max_age_s > 0;
    for (size_t i = 0; i < n; i++)
        if (v[i].x && v[i].x->status < 500)
            judge_saying(q, out, &v[i], covered && &v[i] != apex);
    if (covered && apex->x)
        judge_subdomains(q, out, site, apex);
}

/* ---- edge.hsts-preload: hstspreload.org's conditions, where the header claims it ---- */

static void add_reason(struct ask *q, struct str_list *list, bool broken, const char *reason)
{
    if (broken)
        str_list_add(q->arena, list, str_of(reason));
}

/* Does http at the apex lead to https at another place than the same host, or nowhere? Not seen is in q. */
static bool first_step_is_wrong(struct ask *q, struct str apex)
{
    struct str own = str_fmt(q->arena, "http://%.*s/", STR_ARG(apex));
    const struct fact_http *x = fact_get(q, own);
    struct url base, to;

    if (!x) {
        if (q->unseen[q->n_unseen - 1].err.kind == ERR_REFUSED)
            ask_tolerate(q); /* nothing in clear is fine too */
        return false;
    }
    struct str location = http_header(x, "location");
    return x->status < 300 || x->status >= 400 || !location.n || !url_parse(q->arena, own, &base, NULL) ||
           !url_resolve(q->arena, &base, location, &to, NULL) || !str_eq(to.scheme, STR("https")) ||
           !str_eq_nocase(to.host, apex);
}

void check_edge_hsts_preload(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct str_list reasons = {NULL, 0, 0};
    struct site_host apex = {0};

    if (!site)
        return;
    apex.name = site->apex;
    struct saying s = read_saying(q, &apex);
    if (!s.x || !s.valid || !s.hsts.preload)
        return; /* it claims nothing */
    add_reason(q, &reasons, s.hsts.max_age_s < HSTS_YEAR_S, "max-age is under 31536000");
    add_reason(q, &reasons, !s.hsts.include_subdomains, "includeSubDomains is missing");
    add_reason(q, &reasons, first_step_is_wrong(q, site->apex), "http does not lead to https at the same host first");
    if (reasons.n == 0)
        return;
    struct finding *f =
        say(out, FAIL, front(q, site->apex), "The header asks to be preloaded but does not qualify: %.*s%s",
            STR_ARG(reasons.v[0]), reasons.n > 1 ? ", and more" : "");
    finding_evidence(out, f, "strict-transport-security", s.x->address, s.x->at_s, "%.*s", STR_ARG(shown(q, &s)));
    for (size_t i = 0; i < reasons.n; i++)
        finding_evidence(out, f, "condition", STR_NONE, q->now_s, "%.*s", STR_ARG(reasons.v[i]));
    fix_header(
        q, out, f, site->apex,
        "Take \"preload\" out: anybody can submit a site that carries it, and getting off the list takes months. Or "
        "meet all conditions:",
        "max-age=31536000; includeSubDomains");
}
