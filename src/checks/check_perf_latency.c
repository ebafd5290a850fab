/* How long the core read paths take, and over what transport. */
#include <stdlib.h>

#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "checks/entry_points.h"
#include "facts/fact_latency.h"
#include "launch/launch.h"

#define SAMPLES_LEAST  100u /* the rule's */
#define SAMPLES_MOST   1000u
#define DEFAULT_P95_MS 300
#define PATHS_MOST     8u

/* ---- perf.p95 ---- */

struct path {
    struct str url;
    const struct fact_latency *l;
    int64_t *us; /* the server's time of each good sample, sorted */
    size_t n, n_bad;
};

static struct str_list core_paths(struct ask *q, const struct fact_site *site)
{
    struct str_list list = {NULL, 0, 0};

    for (size_t i = 0; i < site->api_urls.n && list.n < PATHS_MOST / 2; i++)
        str_list_add(q->arena, &list, site->api_urls.v[i]);
    for (size_t i = 0; i < site->pages.n && list.n < PATHS_MOST; i++)
        str_list_add(q->arena, &list, site->pages.v[i]);
    return list;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The nearest rank: the smallest value with at least that share of all at or below it. */
static int64_t percentile(const int64_t *sorted, size_t n, unsigned percent)
{
    size_t rank = (n * percent + 99) / 100;

    return n ? sorted[rank ? rank - 1 : 0] : 0;
}

static void read_path(struct ask *q, struct path *p)
{
    p->us = arena_array(q->arena, p->l->n + 1, sizeof *p->us);
    for (size_t i = 0; i < p->l->n; i++) {
        const struct latency_sample *s = &p->l->v[i];
        int64_t own_us = s->wait_us - p->l->connect_us; /* without the round trip; the download is the network's */
        if (s->status >= 400)
            p->n_bad++;
        else
            p->us[p->n++] = own_us > 0 ? own_us : 0;
    }
    qsort(p->us, p->n, sizeof *p->us, ascending);
}

static double ms(int64_t us)
{
    return (double)us / 1000;
}

static void show_paths(struct findings *out, struct finding *f, const struct path *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct path *p = &v[i];
        finding_evidence(out, f, "server time", p->l->address, p->l->at_s,
                         "%.*s: %zu samples, median %.0f ms, p95 %.0f ms%s", STR_ARG(p->url), p->n,
                         ms(percentile(p->us, p->n, 50)), ms(percentile(p->us, p->n, 95)),
                         p->n_bad ? " (error answers left out)" : "");
    }
    finding_evidence(out, f, "network apart", v[0].l->address, v[0].l->at_s,
                     "from this machine: %.0f ms a round trip, %.0f ms for a TLS handshake, once a connection",
                     ms(v[0].l->connect_us), ms(v[0].l->tls_us));
}

static const struct path *slowest(const struct path *v, size_t n)
{
    const struct path *worst = v;

    for (size_t i = 1; i < n; i++)
        if (percentile(v[i].us, v[i].n, 95) > percentile(worst->us, worst->n, 95))
            worst = &v[i];
    return worst;
}

/* A path that is slow for half of its visitors is slow, however many quick ones stand beside it. */
static bool any_median_over(const struct path *v, size_t n, int64_t budget_us)
{
    for (size_t i = 0; i < n; i++)
        if (percentile(v[i].us, v[i].n, 50) > budget_us)
            return true;
    return false;
}

static void judge_paths(struct ask *q, struct findings *out, const struct path *v, size_t n, unsigned wanted)
{
    int64_t budget_ms = q->launch->slo.p95_ms > 0 ? q->launch->slo.p95_ms : DEFAULT_P95_MS;
    size_t total = 0, bad = 0;

    for (size_t i = 0; i < n; i++) {
        total += v[i].n;
        bad += v[i].n_bad;
    }
    int64_t *all = arena_array(q->arena, total + 1, sizeof *all);
    for (size_t i = 0, at = 0; i < n; i++)
        for (size_t j = 0; j < v[i].n; j++)
            all[at++] = v[i].us[j];
    qsort(all, total, sizeof *all, ascending);
    int64_t p95 = percentile(all, total, 95);
    if (total && (p95 > budget_ms * 1000 || any_median_over(v, n, budget_ms * 1000))) {
        const struct path *worst = slowest(v, n);
        int64_t worst_p95 = percentile(worst->us, worst->n, 95);
        struct finding *f =
            say(out, FAIL, worst->url, "p95 of %.0f ms, and the goal is %lld ms", ms(worst_p95), (long long)budget_ms);
        f->key = STR("p95");
        finding_observed(out, f, "p95 %.0f ms over %zu samples of %zu paths", ms(p95), total, n);
        finding_expected(out, f, "under %lld ms", (long long)budget_ms);
        show_paths(out, f, v, n);
        finding_fix(
            out, f,
            "Look first at %.*s: the time is the server's, not the network's. Turn the slow-query log on, add the "
            "missing index or cache the answer at the edge (perf.cache-public), then measure again",
            STR_ARG(worst->url));
    } else if (total < wanted / 2 || total == 0) {
        entry_note(q, v[0].url, ERR_LIMIT,
                   str_fmt(q->arena, "only %zu of %u samples came back in time%s", total, wanted,
                           bad ? ", the others were errors" : "")
                       .p);
    } else {
        struct finding *f =
            say(out, PASS, q->domain, "p95 of %.0f ms over %zu samples of %zu paths", ms(p95), total, n);
        show_paths(out, f, v, n);
    }
}

void check_perf_p95(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    int declared = q->launch->slo.samples;
    unsigned wanted = declared > 0 ? (unsigned)declared : SAMPLES_LEAST;
    size_t n = 0;

    if (!site)
        return;
    struct str_list urls = core_paths(q, site);
    if (urls.n == 0) {
        (void)site_home(q, site);
        return;
    }
    if (wanted > SAMPLES_MOST)
        wanted = SAMPLES_MOST;
    unsigned each = (unsigned)((wanted + urls.n - 1) / urls.n);
    if (each > LATENCY_MOST_SAMPLES)
        each = LATENCY_MOST_SAMPLES;
    struct path *v = arena_array(q->arena, urls.n, sizeof *v);
    for (size_t i = 0; i < urls.n; i++)
        fact_latency_want(q, urls.v[i], each);
    for (size_t i = 0; i < urls.n; i++) {
        v[n] = (struct path){.url = urls.v[i], .l = fact_latency(q, urls.v[i], each)};
        if (v[n].l)
            read_path(q, &v[n++]);
    }
    if (n)
        judge_paths(q, out, v, n, wanted);
}

/* ---- perf.transport ---- */

static void fix_transport(struct ask *q, struct findings *out, struct finding *f, struct str host)
{
    const struct platform *p = web_platform(q, host);

    if (p && str_eq(str_of(p->id), STR("nginx")))
        finding_fix(out, f, "In the server block: listen 443 ssl http2; (from nginx 1.25.1 on: http2 on;)");
    else if (p && str_eq(str_of(p->id), STR("cloudflare")))
        finding_fix(out, f, "In dash.cloudflare.com > your domain > Speed > Settings > Protocol: HTTP/2 on, HTTP/3 on");
    else if (p && str_eq(str_of(p->id), STR("apache")))
        finding_fix(out, f, "a2enmod http2, and in the site's file: Protocols h2 http/1.1");
    else
        finding_fix(out, f, "Turn HTTP/2 on %s%s", p ? "in " : "at the edge or the web server", p ? p->console : "");
}

static void judge_transport(struct ask *q, struct findings *out, const struct site_host *host,
                            const struct fact_http *x)
{
    struct str alt = http_header(x, "alt-svc");
    struct finding *f = NULL;

    if (x->version >= 20 || (alt.n && str_has(alt, STR("h3"))))
        return;
    for (size_t i = 0; i < out->n && !f; i++)
        if (str_eq(out->v[i]->key, STR("http1")))
            f = out->v[i];
    if (!f) {
        f = say(out, FAIL, x->url, "Only HTTP/1.1 is offered: every file waits for its turn on a few connections");
        f->key = STR("http1");
        fix_transport(q, out, f, host->name);
    }
    finding_evidence(out, f, "answered", x->address, x->at_s, "%.*s: HTTP/%s, no Alt-Svc for HTTP/3", STR_ARG(x->url),
                     x->version == 10 ? "1.0" : "1.1");
}

static void judge_reuse(struct findings *out, struct str url, const struct fact_http *x)
{
    if (x->version >= 20 || (!http_header_has_token(x, "connection", "close") && x->version != 10))
        return;
    struct finding *f = say(out, WARN, url, "The connection is closed after every answer");
    f->key = STR("close");
    finding_evidence(out, f, "connection", x->address, x->at_s, "close");
    finding_fix(out, f, "Turn keep-alive on at the web server (nginx: keepalive_timeout 65s)");
}

void check_perf_transport(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);

    if (!site)
        return;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < site->n_hosts; i++) {
            const struct site_host *host = &site->hosts[i];
            struct http_ask ask = {.url = str_fmt(q->arena, "https://%.*s/", STR_ARG(host->name))};
            bool own = host->declared || str_eq(host->name, site->apex) || str_eq(host->name, site->www);
            if (!own || (!host->exists && !str_eq(host->name, site->apex)))
                continue;
            if (pass == 0) {
                fact_http_want(q, &ask);
                continue;
            }
            const struct fact_http *x = fact_http(q, &ask);
            if (x) {
                judge_transport(q, out, host, x);
                judge_reuse(out, ask.url, x);
            }
        }
}
