/* All addresses of a host against each other: dns.ipv6, dns.mixed-targets. */
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_page.h"
#include "facts/fact_tls.h"

#define ADDRESSES_MOST 8u

static struct http_ask home_at(struct ask *q, struct str host, struct str ip)
{
    /* Certificates are the TLS checks' affair: here it is about who answers. */
    return (struct http_ask){.url = str_fmt(q->arena, "https://%.*s/", STR_ARG(host)), .via = ip, .insecure = true};
}

/* ---- dns.ipv6 ---- */

static void say_dead(struct ask *q, struct findings *out, struct str host, struct str ip, const struct err *why)
{
    struct finding *f = say(out, FAIL, host, "%.*s does not serve %.*s over IPv6", STR_ARG(ip), STR_ARG(host));

    f->key = ip;
    finding_evidence(out, f, "AAAA", STR_NONE, 0, "%.*s", STR_ARG(ip));
    finding_evidence(out, f, "TLS on port 443", ip, 0, "%s", why->text);
    finding_remove_record(out, f, str_cstr(q->arena, host), "AAAA", "%.*s", STR_ARG(ip));
    finding_fix(out, f,
                "Let the server listen on this address (IPv6, port 443), or remove the record: phones try IPv6 first "
                "and wait for it");
}

static bool is_dead(enum err_kind kind)
{
    return kind == ERR_REFUSED || kind == ERR_TIMEOUT || kind == ERR_RESET || kind == ERR_TLS;
}

/* The same page over both: the status tells. */
static void compare_status(struct ask *q, struct findings *out, struct str host, struct str v4, struct str v6)
{
    struct http_ask over4 = home_at(q, host, v4), over6 = home_at(q, host, v6);

    fact_http_want(q, &over6);
    const struct fact_http *x4 = fact_http(q, &over4), *x6 = fact_http(q, &over6);
    if (!x4 || !x6 || x4->status == x6->status)
        return;
    struct finding *f =
        say(out, FAIL, host, "%.*s answers %d over IPv6 and %d over IPv4", STR_ARG(host), x6->status, x4->status);
    f->key = v6;
    finding_evidence(out, f, "over IPv4", v4, x4->at_s, "%.*s", STR_ARG(http_describe(q->arena, x4)));
    finding_evidence(out, f, "over IPv6", v6, x6->at_s, "%.*s", STR_ARG(http_describe(q->arena, x6)));
    finding_remove_record(out, f, str_cstr(q->arena, host), "AAAA", "%.*s", STR_ARG(v6));
    finding_fix(out, f, "Serve the same site on the IPv6 address, or remove the AAAA record until it does");
}

static void judge_v6(struct ask *q, struct findings *out, struct str host, const struct fact_addresses *a)
{
    struct str v4 = fact_address_first(a, false);

    for (size_t i = 0; i < a->n_v && i < 2 * ADDRESSES_MOST; i++) {
        if (!a->v[i].is_v6)
            continue;
        if (fact_tls(q, host, a->v[i].ip)) {
            if (v4.n)
                compare_status(q, out, host, v4, a->v[i].ip);
            continue;
        }
        const struct err why = *ask_tolerate(q);
        if (!is_dead(why.kind))
            ask_note(q, str_fmt(q->arena, "tls %.*s %.*s", STR_ARG(host), STR_ARG(a->v[i].ip)), &why);
        else if (!v4.n || fact_tls(q, host, v4))
            say_dead(q, out, host, a->v[i].ip, &why);
        else if (q->unseen[q->n_unseen - 1].err.kind == why.kind)
            ask_tolerate(q); /* IPv4 fares no better: routes.reachable and tls.* say what it is */
    }
}

void check_dns_ipv6(struct ask *q, struct findings *out)
{
    const struct fact_site *site = dns_site(q);

    for (size_t h = 0; site && h < site->n_hosts; h++) {
        const struct fact_addresses *a = site->hosts[h].exists ? fact_addresses(q, site->hosts[h].name) : NULL;
        for (size_t i = 0; a && i < a->n_v; i++)
            if (a->v[i].is_v6 && !dns_declared_http_only(q, site->hosts[h].name))
                fact_tls_want(q, site->hosts[h].name, a->v[i].ip);
    }
    for (size_t h = 0; site && h < site->n_hosts; h++) {
        struct str host = site->hosts[h].name;
        if (!site->hosts[h].exists || dns_declared_http_only(q, host))
            continue;
        const struct fact_addresses *a = dns_all_addresses(q, host);
        if (a)
            judge_v6(q, out, host, a);
    }
}

/* ---- dns.mixed-targets ---- */

/* What tells one build from another. */
struct build {
    struct str ip, title, version, assets, issuer, names;
    const struct fact_http *x;
};

static struct str version_of(const struct fact_http *x)
{
    static const char *const headers[] = {"x-version", "x-app-version", "x-release",      "x-build",
                                          "x-commit",  "x-git-sha",     "x-deployment-id"};

    for (size_t i = 0; i < N_OF(headers); i++) {
        struct str v = http_header(x, headers[i]);
        if (v.p)
            return v;
    }
    return STR_NONE;
}

/* Names of the scripts and styles on the page, without their queries: bundlers put a hash into them. */
static struct str assets_of(struct ask *q, const struct fact_page *page)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < page->n_refs && all.n < 4000; i++) {
        const struct page_ref *r = &page->refs[i];
        if (r->kind != PAGE_SCRIPT && r->kind != PAGE_STYLE)
            continue;
        struct str url = r->url;
        url = str_cut(&url, '?');
        all = str_fmt(q->arena, "%.*s %.*s", STR_ARG(all), STR_ARG(url));
    }
    return all;
}

static struct str names_of(struct ask *q, const struct tls_cert *cert)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < cert->names.n && all.n < 1000; i++)
        all = str_fmt(q->arena, "%.*s %.*s", STR_ARG(all), STR_ARG(cert->names.v[i]));
    return all;
}

/* False when the address was not seen to the end. */
static bool look_at_build(struct ask *q, struct str host, struct str ip, struct build *ret)
{
    struct http_ask ask = home_at(q, host, ip);
    const struct fact_http *x = fact_http(q, &ask);
    const struct fact_tls *t = x ? fact_tls(q, host, ip) : NULL;
    struct fact_page page = {0};

    if (!t)
        return false;
    page_parse(q->arena, x->body, ask.url, &page);
    *ret = (struct build){.ip = ip,
                          .title = page.title,
                          .version = version_of(x),
                          .assets = assets_of(q, &page),
                          .x = x,
                          .issuer = t->n_chain ? t->chain[0].issuer_org : STR_NONE,
                          .names = t->n_chain ? names_of(q, &t->chain[0]) : STR_NONE};
    return true;
}

static const char *difference(const struct build *a, const struct build *b)
{
    if (!str_eq(a->version, b->version))
        return "another version";
    if (a->x->status == b->x->status && !str_eq(a->title, b->title))
        return "another page title";
    if (a->x->status == b->x->status && !str_eq(a->assets, b->assets))
        return "other scripts and styles";
    if (!str_eq(a->names, b->names))
        return "a certificate for other names";
    return NULL;
}

static void show_build(struct findings *out, struct finding *f, const struct build *b)
{
    finding_evidence(out, f, b->ip.p, b->ip, b->x->at_s, "title \"%.*s\"%s%.*s, certificate by %.*s for%.*s",
                     STR_ARG(str_first(b->title, 80)), b->version.n ? ", version " : "", STR_ARG(b->version),
                     STR_ARG(b->issuer), STR_ARG(str_first(b->names, 120)));
}

static void judge_mix(struct ask *q, struct findings *out, struct str host, const struct fact_addresses *a)
{
    struct build first = {0}, next;
    struct finding *f = NULL;
    size_t n_unseen = q->n_unseen, n_refused = 0, n_asked = 0;
    bool have = false;

    for (size_t i = 0; i < a->n_v && i < ADDRESSES_MOST; i++) {
        n_asked++;
        if (!look_at_build(q, host, a->v[i].ip, &next)) {
            n_refused += q->unseen[q->n_unseen - 1].err.kind == ERR_REFUSED;
            continue;
        }
        if (!have) {
            first = next;
            have = true;
            continue;
        }
        const char *what = difference(&first, &next);
        if (!what)
            continue;
        if (!f) {
            f = say(out, FAIL, host, "The addresses of %.*s serve different builds: %.*s has %s", STR_ARG(host),
                    STR_ARG(next.ip), what);
            show_build(out, f, &first);
        }
        show_build(out, f, &next);
        if (!a->cnames.n)
            finding_remove_record(out, f, str_cstr(q->arena, host), a->v[i].is_v6 ? "AAAA" : "A", "%.*s",
                                  STR_ARG(next.ip));
        finding_fix(out, f,
                    "Find out which of them is the present build, and remove the records of the others (shown: those "
                    "that differ from %.*s), or deploy to all",
                    STR_ARG(first.ip));
    }
    while (n_refused == n_asked && q->n_unseen > n_unseen)
        ask_tolerate(q); /* nobody listens at any of them: nothing is mixed */
}

void check_dns_mixed_targets(struct ask *q, struct findings *out)
{
    const struct fact_site *site = dns_site(q);

    for (size_t h = 0; site && h < site->n_hosts; h++) {
        struct str host = site->hosts[h].name;
        if (!site->hosts[h].exists || dns_declared_http_only(q, host))
            continue;
        const struct fact_addresses *a = fact_addresses(q, host);
        for (size_t i = 0; a && a->n_v > 1 && i < a->n_v && i < ADDRESSES_MOST; i++) {
            struct http_ask ask = home_at(q, host, a->v[i].ip);
            fact_tls_want(q, host, a->v[i].ip);
            fact_http_want(q, &ask);
        }
    }
    for (size_t h = 0; site && h < site->n_hosts; h++) {
        struct str host = site->hosts[h].name;
        if (!site->hosts[h].exists || dns_declared_http_only(q, host))
            continue;
        const struct fact_addresses *a = dns_all_addresses(q, host);
        if (a && a->n_v > 1)
            judge_mix(q, out, host, a);
    }
}
