/* Which hosts stand behind the edge, and which must not. */
#include "checks/catalogue.h"
#include "checks/check.h"
#include "checks/tls_hosts.h"
#include "core/arena.h"
#include "facts/fact_dns.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "launch/launch.h"

struct standing {
    const struct site_host *host;
    const struct fact_platform *platform;
};

struct standings {
    struct standing *v;
    size_t n, capacity;
};

static bool is_web_host(const struct ask *q, const struct site_host *host)
{
    const struct launch_host *said = tls_launch_host(q, host->name);

    if (!host->exists || tls_host_is_minor(host) || (said && (said->direct || said->absent)))
        return false;
    return host->declared || !host->wildcard || host->role == HOST_WWW;
}

static void gather(struct ask *q, const struct fact_site *site, struct standings *ret)
{
    for (size_t i = 0; i < site->n_hosts; i++) {
        if (!is_web_host(q, &site->hosts[i]))
            continue;
        struct standing s = {&site->hosts[i], fact_platform(q, site->hosts[i].name)};
        if (s.platform)
            *ARENA_PUSH(q->arena, ret->v, ret->n, ret->capacity) = s;
    }
}

static const struct platform *edge_of(const struct standing *s)
{
    return s->platform->edge && s->platform->edge->is_edge ? s->platform->edge : NULL;
}

/* A platform that runs the site keeps attacks away from it by itself. */
static bool is_managed(const struct standing *s)
{
    return s->platform->host && !tls_is_own_server(s->platform->host);
}

static void show_addresses(struct ask *q, struct findings *out, struct finding *f, struct str host)
{
    const struct fact_addresses *a = fact_addresses(q, host);

    for (size_t i = 0; a && i < a->n_v && i < 4; i++) {
        const struct platform *p = platform_of_address(a->v[i].ip);
        finding_evidence(out, f, "address", STR_NONE, q->now_s, "%.*s (%s)", STR_ARG(a->v[i].ip),
                         p ? p->name : "of no known edge");
    }
}

static void say_not_behind(struct ask *q, struct findings *out, const struct standing *s, const struct platform *edge,
                           enum status status, const char *whence)
{
    struct finding *f =
        say(out, status, s->host->name, "%.*s does not stand behind %s", STR_ARG(s->host->name), edge->name);

    f->key = STR("not-behind");
    show_addresses(q, out, f, s->host->name);
    finding_evidence(out, f, "edge", STR_NONE, q->now_s, "%s", whence);
    finding_expected(out, f, "addresses of %s, or its mark in the answer", edge->name);
    if (str_eq(str_of(edge->id), STR("cloudflare")))
        finding_fix(
            out, f,
            "%s: DNS > Records: edit %.*s and switch Proxy status to Proxied. If it must stay direct, say so in "
            "the launch file: hosts: - {name: %.*s, direct: true}",
            edge->console, STR_ARG(s->host->name), STR_ARG(s->host->name));
    else
        finding_fix(out, f, "%s: add %.*s, then point its DNS record there.", edge->console, STR_ARG(s->host->name));
}

static void judge_web(struct ask *q, struct findings *out, const struct standings *hosts)
{
    struct str provider = q->launch->edge.provider;
    const struct platform *wanted =
        provider.n ? platform_by_id(str_cstr(q->arena, str_lower(q->arena, provider))) : NULL;
    const struct platform *used = NULL;
    const struct standing *user = NULL;

    for (size_t i = 0; i < hosts->n && !used; i++)
        if ((used = edge_of(&hosts->v[i])) != NULL)
            user = &hosts->v[i];
    for (size_t i = 0; i < hosts->n; i++) {
        const struct standing *s = &hosts->v[i];
        if (wanted && edge_of(s) != wanted)
            say_not_behind(q, out, s, wanted, FAIL, "declared in the launch file (edge.provider)");
        else if (!wanted && used && !edge_of(s) && !is_managed(s))
            say_not_behind(q, out, s, used, WARN,
                           str_cstr(q->arena, str_fmt(q->arena, "%.*s is behind it: %.*s", STR_ARG(user->host->name),
                                                      STR_ARG(user->platform->edge_evidence))));
    }
    if (wanted || used || hosts->n == 0 || is_managed(&hosts->v[0]))
        return;
    struct finding *f = say(out, WARN, hosts->v[0].host->name, "No edge was recognised in front of the site");
    f->key = STR("no-edge");
    f->severity = SEV_LOW;
    f->certainty = INFERRED;
    show_addresses(q, out, f, hosts->v[0].host->name);
    finding_fix(out, f,
                "Put a proxying edge in front (Cloudflare's free plan will do): it takes attacks and caches what is "
                "public. If there is one, name it in the launch file: edge: {provider: NAME}");
}

/* An HTTP proxy takes no mail: an MX of the own domain behind one receives nothing. A provider's MX is its business. */
static void judge_mail(struct ask *q, struct findings *out, const struct fact_site *site)
{
    const struct fact_dns *mx = fact_dns(q, site->apex, DNS_MX);

    for (size_t i = 0; mx && i < mx->n_answer; i++) {
        const struct dns_rr *rr = &mx->answer[i];
        if (rr->type != DNS_MX || !rr->target.n || !site_owns(site, rr->target))
            continue;
        const struct fact_addresses *a = fact_addresses(q, rr->target);
        for (size_t j = 0; a && j < a->n_v; j++) {
            const struct platform *p = platform_of_address(a->v[j].ip);
            if (!p || !p->is_edge || p->is_host || tls_said(out, rr->target, "mail"))
                continue;
            struct finding *f = say(out, FAIL, rr->target, "Mail goes to a proxied host: %s takes no mail", p->name);
            f->key = STR("mail");
            f->on_money_path = true;
            finding_evidence(out, f, "MX", mx->server, mx->at_s, "%.*s", STR_ARG(rr->text));
            finding_evidence(out, f, "address", STR_NONE, q->now_s, "%.*s (%s)", STR_ARG(a->v[j].ip), p->name);
            finding_fix(out, f, "%s: DNS > Records: set %.*s to DNS only.", p->console, STR_ARG(rr->target));
        }
    }
}

void check_edge_proxied(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    struct standings hosts = {0};

    if (!site)
        return;
    gather(q, site, &hosts);
    judge_web(q, out, &hosts);
    judge_mail(q, out, site);
}
