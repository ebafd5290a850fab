/* Is the edge really in front: who goes through it, and who can go round it to the origin. */
#include "checks/catalogue.h"
#include "checks/check.h"
#include "checks/tls_hosts.h"
#include "core/arena.h"
#include "core/ip.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"
#include "launch/launch.h"

/* ---- shared ---- */

/* The host whose traffic the origin serves: that of the canonical address, else the apex. */
static struct str front_host(const struct fact_site *site)
{
    struct str host = str_starts(site->canonical, STR("https://")) ? str_from(site->canonical, 8) : STR_NONE;
    size_t end = str_find_char(host, ':');

    if (end != SIZE_MAX)
        host = str_first(host, end);
    return host.n ? host : site->apex;
}

/* Closed to us: the origin refuses, drops, or wants a certificate that only the edge has. */
static bool is_closed(const struct err *err)
{
    return err->kind == ERR_REFUSED || err->kind == ERR_TIMEOUT || err->kind == ERR_RESET || err->kind == ERR_TLS ||
           err->kind == ERR_PROTOCOL;
}

static bool is_origin(const struct ask *q, struct str ip)
{
    for (size_t i = 0; i < q->launch->origin.addresses.n; i++)
        if (str_eq_nocase(q->launch->origin.addresses.v[i], ip))
            return true;
    return false;
}

/* The edge that the owner declared, or NULL. */
static const struct platform *declared_edge(struct ask *q)
{
    struct str provider = q->launch->edge.provider;

    return provider.n ? platform_by_id(str_cstr(q->arena, str_lower(q->arena, provider))) : NULL;
}

/* ---- tls.origin ---- */

/* Cloudflare's Origin CA is trusted by the edge alone: that is what it is for. */
static bool is_edge_ca(const struct fact_tls *t)
{
    return t->n_chain && str_has_nocase(t->chain[0].issuer, STR("CloudFlare")) &&
           str_has_nocase(t->chain[0].issuer, STR("Origin"));
}

static const char *origin_problem(const struct ask *q, const struct fact_tls *t)
{
    const struct tls_cert *leaf = &t->chain[0];

    if (leaf->until_s < q->now_s)
        return "The origin's certificate has expired";
    if (leaf->from_s > q->now_s)
        return "The origin's certificate is not valid yet";
    if (!t->name_matches)
        return "The origin's certificate does not cover the site's name";
    if (t->trust == TLS_TRUSTED || is_edge_ca(t) || (t->trust == TLS_INCOMPLETE && t->fixed_by_aia))
        return NULL;
    if (t->trust == TLS_SELF_SIGNED)
        return "The origin's certificate is signed by itself: the edge cannot tell the origin from an impostor";
    return "The origin's certificate comes from an authority that the edge does not trust";
}

static void judge_origin(struct ask *q, struct findings *out, struct str host, struct str address)
{
    const struct fact_tls *t = fact_tls(q, host, address);

    if (!t) {
        const struct err err = *ask_tolerate(q);
        if (!is_closed(&err)) {
            ask_note(q, str_fmt(q->arena, "tls %.*s %.*s", STR_ARG(host), STR_ARG(address)), &err);
        } else if (err.kind == ERR_TLS || err.kind == ERR_PROTOCOL) {
            struct finding *f = say(out, FAIL, address, "The origin speaks no TLS on port 443");
            finding_evidence(out, f, "connection", address, q->now_s, "%s", err.text);
        } else {
            struct finding *f = say(out, NOT_APPLICABLE, address,
                                    "The origin answers only its edge, so its certificate cannot be seen from here");
            finding_evidence(out, f, "connection", address, q->now_s, "%s", err.text);
        }
        return;
    }
    const char *problem = origin_problem(q, t);
    if (!problem)
        return;
    struct finding *f = say(out, FAIL, address, "%s", problem);
    finding_evidence(out, f, "certificate", address, t->at_s, "%.*s, from %.*s", STR_ARG(t->chain[0].subject),
                     STR_ARG(t->chain[0].issuer));
    finding_expected(out, f, "a certificate for %.*s from a public authority or the edge's origin authority",
                     STR_ARG(host));
    const struct platform *edge = declared_edge(q);
    if (!edge || str_eq(str_of(edge->id), STR("cloudflare")))
        finding_fix(
            out, f,
            "Cloudflare: SSL/TLS > Origin Server > Create Certificate for %.*s and *.%.*s; save it and its key on "
            "the origin, name them in nginx (ssl_certificate, ssl_certificate_key), reload, then SSL/TLS > "
            "Overview > Full (strict).",
            STR_ARG(q->domain), STR_ARG(q->domain));
    else
        finding_fix(out, f,
                    "Install a certificate for %.*s on the origin (certbot with a DNS challenge works behind an "
                    "edge), then let %s verify it.",
                    STR_ARG(host), edge->name);
}

void check_tls_origin(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);

    if (!site)
        return;
    for (size_t i = 0; i < q->launch->origin.addresses.n; i++)
        fact_tls_want(q, front_host(site), q->launch->origin.addresses.v[i]);
    for (size_t i = 0; i < q->launch->origin.addresses.n; i++)
        judge_origin(q, out, front_host(site), q->launch->origin.addresses.v[i]);
}

/* ---- edge.origin-exposed ---- */

static struct str html_title(struct str body)
{
    size_t from = str_find_nocase(body, STR("<title"));

    if (from == SIZE_MAX)
        return STR_NONE;
    body = str_from(body, from);
    size_t open = str_find_char(body, '>');
    if (open == SIZE_MAX)
        return STR_NONE;
    body = str_from(body, open + 1);
    size_t end = str_find_nocase(body, STR("</title"));
    return end == SIZE_MAX ? STR_NONE : str_trim(str_first(body, end));
}

/* The same page, though a token or a time in it may differ. */
static bool is_same_page(const struct fact_http *a, const struct fact_http *b)
{
    if (a->status != b->status)
        return false;
    struct str title = html_title(a->body);
    return str_eq(a->body, b->body) || (title.n && str_eq(title, html_title(b->body)));
}

static void fix_exposed(struct ask *q, struct findings *out, struct finding *f)
{
    const struct platform *edge = declared_edge(q);

    if (!edge || str_eq(str_of(edge->id), STR("cloudflare")))
        finding_fix(
            out, f,
            "Let only the edge in: allow ports 80 and 443 from the ranges at https://www.cloudflare.com/ips/ and "
            "drop the rest (ufw, security group), or close both ports and use a Cloudflare Tunnel. On top: SSL/TLS "
            "> Origin Server > Authenticated Origin Pulls, with ssl_verify_client on in nginx. An address that was "
            "public before is known: take a new one.");
    else
        finding_fix(out, f,
                    "Let only %s in: allow ports 80 and 443 from its published ranges and drop the rest. An "
                    "address that was public before is known: take a new one.",
                    edge->name);
}

/* One address, one scheme, as the edge would ask it. */
static void judge_direct(struct ask *q, struct findings *out, const struct fact_site *site, struct str address,
                         const char *scheme, const struct fact_http *page)
{
    struct str host = front_host(site);
    struct http_ask ask = {
        .url = str_fmt(q->arena, "%s://%.*s/", scheme, STR_ARG(host)), .via = address, .insecure = true};
    const struct fact_http *x = fact_http(q, &ask);

    if (!x) {
        const struct err err = *ask_tolerate(q);
        if (!is_closed(&err))
            ask_note(q, str_fmt(q->arena, "%.*s via %.*s", STR_ARG(ask.url), STR_ARG(address)), &err);
        return;
    }
    if (x->status >= 300) /* refuses, or only sends on to https, which is asked apart */
        return;
    bool is_same = page && is_same_page(x, page);
    if (page && !is_same && x->status != page->status)
        return;
    struct finding *f = tls_said(out, address, "direct");
    bool is_new = !f;
    if (!f) {
        f = is_same || !page
                ? say(out, FAIL, address, "The origin answers anybody directly: the edge can be gone round")
                : say(out, WARN, address, "The origin answers anybody directly, with another page");
        f->key = STR("direct");
    }
    finding_evidence(out, f, "asked", address, x->at_s, "%.*s at %.*s without the edge: %.*s", STR_ARG(ask.url),
                     STR_ARG(address), STR_ARG(http_describe(out->arena, x)));
    struct str title = html_title(x->body);
    if (title.n)
        finding_evidence(out, f, "page", address, x->at_s, "%.*s", STR_ARG(str_first(title, 120)));
    if (is_new) {
        finding_expected(out, f, "refused, dropped, or 403 for everybody but the edge");
        fix_exposed(q, out, f);
    }
}

static void say_leak(struct ask *q, struct findings *out, struct str record, const char *type, struct str ip)
{
    struct str key = str_fmt(out->arena, "leak %s", type);
    struct finding *f = tls_said(out, record, str_cstr(out->arena, key));

    if (f)
        return;
    f = say(out, WARN, record, "A public %s record shows the origin's address", type);
    f->key = key;
    finding_evidence(out, f, "record", STR_NONE, q->now_s, "%.*s %s %.*s", STR_ARG(record), type, STR_ARG(ip));
    finding_fix(out, f,
                "Move what %.*s is for to another machine or address (mail: a mail provider; FTP: SSH through the "
                "tunnel), or delete the record; then give the origin a new address.",
                STR_ARG(record));
}

static void judge_name(struct ask *q, struct findings *out, struct str name, const char *type)
{
    const struct fact_addresses *a = fact_addresses(q, name);

    for (size_t i = 0; a && i < a->n_v; i++)
        if (is_origin(q, a->v[i].ip))
            say_leak(q, out, name, type, a->v[i].ip);
}

static const char *const telling[] = {"direct", "origin", "mail", "ftp", "cpanel", "webmail", "smtp", "server"};

static struct str telling_name(struct ask *q, size_t i)
{
    return str_fmt(q->arena, "%s.%.*s", telling[i], STR_ARG(q->domain));
}

static void judge_spf(struct ask *q, struct findings *out)
{
    const struct str_list *txt = fact_txt(q, q->domain);

    for (size_t i = 0; txt && i < txt->n; i++) {
        struct str rest = txt->v[i];
        if (!str_starts_nocase(rest, STR("v=spf1")))
            continue;
        while (rest.p) {
            struct str term = str_cut(&rest, ' ');
            struct ip ip;
            size_t colon = str_find_char(term, ':');
            if (!str_starts_nocase(term, STR("ip4:")) && !str_starts_nocase(term, STR("ip6:")) &&
                !str_starts_nocase(term, STR("+ip4:")) && !str_starts_nocase(term, STR("+ip6:")))
                continue;
            struct str address = str_from(term, colon + 1); /* a single one: a range does not point at a machine */
            if (str_ends(address, STR("/32")) || str_ends(address, STR("/128")))
                address = str_first(address, str_find_char(address, '/'));
            if (ip_parse(address, &ip) && is_origin(q, ip_text(q->arena, &ip)))
                say_leak(q, out, q->domain, "SPF", address);
        }
    }
}

static void judge_records(struct ask *q, struct findings *out, const struct fact_site *site)
{
    for (size_t i = 0; i < N_OF(telling); i++)
        fact_addresses_want(q, telling_name(q, i));
    for (size_t i = 0; i < site->n_hosts; i++) /* grey records: a host that leads straight to the origin */
        if (site->hosts[i].exists && !site->hosts[i].wildcard)
            judge_name(q, out, site->hosts[i].name, "address");
    for (size_t i = 0; i < N_OF(telling); i++)
        judge_name(q, out, telling_name(q, i), "address");
    const struct fact_dns *mx = fact_dns(q, q->domain, DNS_MX);
    for (size_t i = 0; mx && i < mx->n_answer; i++)
        if (mx->answer[i].type == DNS_MX && mx->answer[i].target.n)
            judge_name(q, out, mx->answer[i].target, "MX");
    judge_spf(q, out);
}

void check_edge_origin_exposed(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    const struct str_list *origins = &q->launch->origin.addresses;

    if (!site || !origins->n)
        return;
    struct str home = str_fmt(q->arena, "https://%.*s/", STR_ARG(front_host(site)));
    for (size_t i = 0; i < origins->n; i++)
        fact_http_want(q, &(struct http_ask){.url = home, .via = origins->v[i], .insecure = true});
    const struct fact_http *page = fact_http(q, &(struct http_ask){.url = home, .insecure = true});
    if (!page)
        ask_tolerate(q); /* then whatever the origin serves counts */
    for (size_t i = 0; i < origins->n; i++) {
        judge_direct(q, out, site, origins->v[i], "https", page);
        judge_direct(q, out, site, origins->v[i], "http", page);
    }
    judge_records(q, out, site);
}
