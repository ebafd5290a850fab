/* Will the next renewal work: what the certificate authority will ask for is within reach. */
#include <string.h>

#include "checks/catalogue.h"
#include "checks/check.h"
#include "checks/tls_hosts.h"
#include "core/arena.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"

#define DAY_S           86400
#define AUTOMATIC_DAYS  100 /* certificates that live longer are renewed by hand */
#define CHALLENGE_PATH  "/.well-known/acme-challenge/launchready-probe"
#define CHALLENGE_START "/.well-known/acme-challenge/"

/* Who renews the certificate that visitors see. */
enum renewer { OWN_SERVER, EDGE, PLATFORM };

/* A platform that runs the site renews by its own means. So does an edge, but the origin's authority comes through it.
 */
static enum renewer renewer_of(struct ask *q, struct str host)
{
    const struct fact_platform *p = fact_platform(q, host);

    if (!p) {
        ask_tolerate(q); /* judged by what the challenge path answers */
        return OWN_SERVER;
    }
    if (p->host && strcmp(p->host->id, "caddy") == 0)
        return PLATFORM; /* answers challenges before anything in its file does */
    return p->host && !tls_is_own_server(p->host) ? PLATFORM : p->edge ? EDGE : OWN_SERVER;
}

/* Renewed by a program over ACME, as far as can be seen: a short life. */
static bool is_automatic(struct ask *q, struct str host)
{
    const struct fact_addresses *a = fact_addresses(q, host);
    struct str ip = fact_address_first(a, false);

    if (!ip.n)
        ip = fact_address_first(a, true);
    if (!ip.n) {
        if (!a)
            ask_tolerate(q);
        return false;
    }
    const struct fact_tls *t = fact_tls(q, host, ip);
    if (!t) {
        ask_tolerate(q); /* tls.valid tells of it */
        return false;
    }
    return t->trust != TLS_SELF_SIGNED && t->chain[0].until_s - t->chain[0].from_s <= (int64_t)AUTOMATIC_DAYS * DAY_S;
}

static struct str host_of(struct str url)
{
    size_t at = str_find(url, STR("://"));
    struct str host = at == SIZE_MAX ? STR_NONE : str_from(url, at + 3);
    size_t n = 0;

    while (n < host.n && host.p[n] != '/' && host.p[n] != ':' && host.p[n] != '?' && host.p[n] != '#')
        n++;
    return str_first(host, n);
}

static struct finding *say_blocked(struct findings *out, const struct site_host *host, enum status status,
                                   const char *title)
{
    struct finding *f = say(out, tls_host_is_minor(host) ? WARN : status, host->name, "%s", title);

    f->certainty = INFERRED; /* a DNS challenge, or a client that opens the path when it needs it, works all the same */
    finding_expected(out, f, "404 for a token that does not exist, over plain http, on the same site");
    return f;
}

static void show_hops(struct findings *out, struct finding *f, const struct fact_route *r)
{
    for (size_t i = 0; i < r->n_hops; i++)
        if (r->hops[i].x)
            finding_evidence(out, f, "hop", r->hops[i].x->address, r->hops[i].x->at_s, "%d %.*s%s%.*s",
                             r->hops[i].x->status, STR_ARG(r->hops[i].url), r->hops[i].location.n ? " -> " : "",
                             STR_ARG(r->hops[i].location));
}

static void judge_path(struct ask *q, struct findings *out, const struct fact_site *site, const struct site_host *host,
                       enum renewer renewer)
{
    struct str url = str_fmt(q->arena, "http://%.*s" CHALLENGE_PATH, STR_ARG(host->name));
    const struct fact_route *r = fact_route(q, url, STR_NONE);
    struct finding *f = NULL;

    if (!r)
        return;
    if (r->end == ROUTE_FAILED && r->err.kind != ERR_REFUSED) {
        ask_note(q, url, &r->err); /* silent or broken: nobody knows what a challenge would meet */
        return;
    }
    if (r->end != ROUTE_PAGE || !r->last)
        return;                 /* a closed port: then it is renewed by other means. routes.* tell of loops */
    if (r->last->status == 401) /* behind an edge, a host that is closed to the public stays closed */
        f = renewer == EDGE ? NULL : say_blocked(out, host, FAIL, "The renewal challenge is behind a log-in");
    else if (r->last->status == 403 || r->last->status == 429 || r->last->status == 503)
        f = say_blocked(out, host, FAIL, "The renewal challenge is blocked");
    else if (!site_owns(site, host_of(r->final_url)))
        f = say_blocked(out, host, WARN, "The renewal challenge is redirected to another site");
    else if (r->n_moves && !str_has(r->final_url, STR(CHALLENGE_START)))
        f = say_blocked(out, host, WARN, "A redirect loses the path of the renewal challenge");
    if (!f)
        return;
    if (r->last->status < 400 && site_owns(site, host_of(r->final_url)))
        f->severity = SEV_INFO; /* routes.path-preserved tells of it */
    show_hops(out, f, r);
    finding_fix(out, f,
                "nginx, before other rules of the server {} for port 80: location ^~ " CHALLENGE_START " { root "
                "/var/www/letsencrypt; auth_basic off; allow all; } and exempt the path from redirects and from the "
                "firewall's rules. Then try: certbot renew --dry-run.");
    finding_command(out, f, "certbot renew --dry-run");
}

void check_tls_renewal_path(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);

    if (!site)
        return;
    for (size_t i = 0; i < site->n_hosts; i++) {
        const struct site_host *host = &site->hosts[i];
        if (host->exists && !tls_host_is_minor(host) && (host->declared || !host->wildcard)) {
            enum renewer renewer = renewer_of(q, host->name);
            if (renewer != PLATFORM && is_automatic(q, host->name))
                judge_path(q, out, site, host, renewer);
        }
    }
}
