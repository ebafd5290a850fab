#include "checks/tls_hosts.h"

#include <string.h>

#include "checks/check.h"
#include "core/arena.h"
#include "core/ip.h"
#include "facts/fact_dns.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"
#include "launch/launch.h"

#define MOST_ADDRESSES 8 /* of one host: the rest of a large pool is served by the same machines */

const struct launch_host *tls_launch_host(const struct ask *q, struct str name)
{
    for (size_t i = 0; i < q->launch->n_hosts; i++)
        if (str_eq_nocase(q->launch->hosts[i].name, name))
            return &q->launch->hosts[i];
    return NULL;
}

bool tls_host_is_minor(const struct site_host *host)
{
    return host->guessed && !host->declared;
}

static bool is_wanted(const struct ask *q, const struct site_host *host)
{
    const struct launch_host *said = tls_launch_host(q, host->name);

    if (said && (said->absent || said->http_only))
        return false;
    return host->declared || host->role == HOST_SITE || (host->exists && (host->role == HOST_WWW || !host->wildcard));
}

/* A host that should be there and has no address: the audit folds this under the DNS check that says so. */
static void note_nameless(struct ask *q, struct str host)
{
    struct err err;

    err_set(&err, ERR_NO_NAME, "%.*s has no address", STR_ARG(host));
    err_at(&err, "%.*s", STR_ARG(host));
    ask_note(q, str_fmt(q->arena, "tls %.*s", STR_ARG(host)), &err);
}

/* An address that nobody on the internet reaches: asking it would only find out about the network that we stand in. */
static bool is_blocked(const struct ask *q, const struct site_host *host, struct str address, struct err *reterr)
{
    struct ip ip;

    if (host->declared || !ip_parse(address, &ip) || !ip_is_unreachable(&ip) ||
        str_list_has(&q->launch->origin.addresses, address))
        return false;
    err_set(reterr, ERR_BLOCKED, "%.*s is at the %s address %.*s, which is not asked without being told",
            STR_ARG(host->name), ip_class_word(ip_classify(&ip)), STR_ARG(address));
    err_at(reterr, "%.*s", STR_ARG(host->name));
    return true;
}

static void want(struct ask *q, enum tls_tour_kind kind, const struct site_host *host)
{
    const struct fact_addresses *a = fact_addresses(q, host->name);

    if (!a) {
        ask_tolerate(q); /* asked again, and noted, in the round that judges */
        return;
    }
    for (size_t i = 0; i < a->n_v && i < MOST_ADDRESSES; i++) {
        struct err err;
        if (is_blocked(q, host, a->v[i].ip, &err))
            continue;
        if (kind == TOUR_HANDSHAKE)
            fact_tls_want(q, host->name, a->v[i].ip);
        else
            fact_tls_accepts_want(q, host->name, a->v[i].ip);
    }
}

static void visit(struct ask *q, enum tls_tour_kind kind, bool keep_failures, const struct site_host *host,
                  struct tls_tour *ret)
{
    const struct fact_addresses *a = fact_addresses(q, host->name);
    size_t n_seen = 0;

    if (a && a->n_v == 0)
        note_nameless(q, host->name);
    for (size_t i = 0; a && i < a->n_v && i < MOST_ADDRESSES; i++) {
        struct tls_seen seen = {.host = host, .address = a->v[i].ip};
        if (!is_blocked(q, host, seen.address, &seen.err)) {
            seen.tls = kind == TOUR_HANDSHAKE ? fact_tls(q, host->name, seen.address)
                                              : fact_tls_accepts(q, host->name, seen.address);
            if (!seen.tls)
                seen.err = *ask_tolerate(q);
        }
        if (!seen.tls) {
            if (tls_host_is_minor(host) || (a->v[i].is_v6 && seen.err.kind == ERR_NO_ROUTE && n_seen > 0))
                continue;
            if (!keep_failures || seen.err.kind != ERR_TLS) {
                ask_note(q, str_fmt(q->arena, "tls %.*s %.*s", STR_ARG(host->name), STR_ARG(seen.address)), &seen.err);
                continue;
            }
        }
        n_seen++;
        *ARENA_PUSH(q->arena, ret->v, ret->n, ret->capacity) = seen;
    }
}

void tls_tour_make(struct ask *q, enum tls_tour_kind kind, bool keep_failures, struct tls_tour *ret)
{
    const struct fact_site *site = fact_site(q);

    *ret = (struct tls_tour){0};
    if (!site)
        return;
    for (size_t i = 0; i < site->n_hosts; i++)
        if (is_wanted(q, &site->hosts[i]))
            want(q, kind, &site->hosts[i]);
    for (size_t i = 0; i < site->n_hosts; i++)
        if (is_wanted(q, &site->hosts[i]))
            visit(q, kind, keep_failures, &site->hosts[i], ret);
}

struct finding *tls_said(const struct findings *out, struct str subject, const char *key)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->v[i]->check == out->check && str_eq(out->v[i]->subject, subject) &&
            str_eq(out->v[i]->key, str_of(key)))
            return out->v[i];
    return NULL;
}

/* ---- fixes ---- */

bool tls_is_own_server(const struct platform *p)
{
    static const char *const ids[] = {"nginx", "apache", "litespeed", "caddy"};

    for (size_t i = 0; i < N_OF(ids); i++)
        if (strcmp(p->id, ids[i]) == 0)
            return true;
    return false;
}

/* The platform that ends TLS for that host: the edge in front, else the one that runs it. NULL: a server of their own,
 * or not seen. */
static const struct platform *ends_tls(struct ask *q, struct str host)
{
    const struct fact_platform *p = fact_platform(q, host);

    if (!p) {
        ask_tolerate(q); /* the fix is then for a server of their own */
        return NULL;
    }
    if (p->edge)
        return p->edge;
    return p->host && !tls_is_own_server(p->host) ? p->host : NULL;
}

static const char *tls_place(const struct platform *p)
{
    return p->tls ? p->tls : "the certificate settings";
}

void tls_fix_reissue(struct ask *q, struct findings *out, struct finding *f, struct str host)
{
    const struct platform *p = ends_tls(q, host);

    if (p && str_eq(str_of(p->id), STR("cloudflare")))
        finding_fix(
            out, f,
            "%s: SSL/TLS > Edge Certificates: Universal SSL covers %.*s and its direct subdomains; see that its "
            "status is Active. A deeper name needs a certificate of its own (Advanced Certificate Manager).",
            p->console, STR_ARG(q->domain));
    else if (p)
        finding_fix(out, f, "%s: %s: add %.*s and let %s issue the certificate.", p->console, tls_place(p),
                    STR_ARG(host), p->name);
    else
        finding_fix(out, f,
                    "On the server: certbot --nginx -d %.*s (list every name of the certificate with its own -d), then "
                    "nginx -t && systemctl reload nginx. With Caddy: name the host in the Caddyfile and reload.",
                    STR_ARG(host));
}

void tls_fix_chain(struct ask *q, struct findings *out, struct finding *f, struct str host)
{
    const struct platform *p = ends_tls(q, host);

    if (p)
        finding_fix(out, f,
                    "%s: %s: upload the certificate again with the whole chain: the leaf first, then each "
                    "intermediate.",
                    p->console, tls_place(p));
    else
        finding_fix(
            out, f,
            "Serve the full-chain file, not the certificate alone. nginx: ssl_certificate "
            "/etc/letsencrypt/live/%.*s/fullchain.pem; then nginx -t && systemctl reload nginx. Apache 2.4.8 or "
            "later: SSLCertificateFile with fullchain.pem. From another CA: cat leaf.crt intermediate.crt > "
            "fullchain.pem.",
            STR_ARG(host));
}

void tls_fix_versions(struct ask *q, struct findings *out, struct finding *f, struct str host)
{
    const struct platform *p = ends_tls(q, host);

    if (p && str_eq(str_of(p->id), STR("cloudflare")))
        finding_fix(out, f, "%s: SSL/TLS > Edge Certificates > Minimum TLS Version: TLS 1.2, and TLS 1.3: on.",
                    p->console);
    else if (p)
        finding_fix(out, f, "%s: %s: set the minimum TLS version to 1.2.", p->console, tls_place(p));
    else
        finding_fix(out, f,
                    "nginx, in http {} or server {}: ssl_protocols TLSv1.2 TLSv1.3; then nginx -t && systemctl reload "
                    "nginx. Apache: SSLProtocol -all +TLSv1.2 +TLSv1.3");
}

void tls_fix_ciphers(struct ask *q, struct findings *out, struct finding *f, struct str host)
{
    const struct platform *p = ends_tls(q, host);

    if (p && str_eq(str_of(p->id), STR("cloudflare")))
        finding_fix(out, f,
                    "%s: SSL/TLS > Edge Certificates > Minimum TLS Version: TLS 1.2 (takes 3DES and RC4 away); single "
                    "suites need Advanced Certificate Manager (API setting \"ciphers\").",
                    p->console);
    else if (p)
        finding_fix(out, f, "%s: %s: choose the modern or intermediate cipher policy.", p->console, tls_place(p));
    else
        finding_fix(out, f,
                    "nginx: ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
                    "ECDHE-RSA-CHACHA20-POLY1305; then nginx -t && systemctl reload nginx.");
}
