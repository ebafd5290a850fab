/* Each host by itself: does it answer at every address, is it what was declared, is the back door shut. */
#include <string.h>

#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "checks/entry_points.h"
#include "checks/routes_fix.h"
#include "core/url.h"
#include "facts/fact_dns.h"
#include "launch/launch.h"

static const struct launch_host *launch_entry(const struct ask *q, struct str name)
{
    for (size_t i = 0; i < q->launch->n_hosts; i++)
        if (str_eq_nocase(q->launch->hosts[i].name, name))
            return &q->launch->hosts[i];
    return NULL;
}

static bool is_pair(const struct fact_site *site, struct str name)
{
    return str_eq(name, site->apex) || (site->www.n && str_eq(name, site->www));
}

static bool is_own(const struct fact_site *site, const struct site_host *host)
{
    return host->declared || is_pair(site, host->name);
}

/* ---- routes.reachable ---- */

static struct http_ask front_door(struct ask *q, struct str host, struct str address, bool https)
{
    return (struct http_ask){.url = str_fmt(q->arena, "%s://%.*s/", https ? "https" : "http", STR_ARG(host)),
                             .via = address};
}

static void say_unreachable(struct findings *out, const struct site_host *host, struct str subject, struct str address,
                            const char *what, int64_t at_s, struct str url, bool only_some)
{
    struct finding *f = entry_said(out, subject, "reachable");

    if (!f) {
        f = say(out, FAIL, subject, "%.*s: %s%s", STR_ARG(host->name), what,
                only_some ? " (a part of the visitors is sent there)" : "");
        f->key = STR("reachable");
        f->on_money_path = host->role == HOST_SITE || host->role == HOST_APP || host->role == HOST_API;
        finding_fix(
            out, f,
            "Start or repair the web server at %.*s, or take that address out of the DNS records of %.*s and wait "
            "one TTL",
            STR_ARG(address), STR_ARG(host->name));
    }
    finding_evidence(out, f, "tried", address, at_s, "%.*s: %s", STR_ARG(url), what);
}

/* True for a failure that says something about the server rather than about us, and that no other check owns. */
static bool is_outage(const struct err *why)
{
    return why->kind == ERR_REFUSED || why->kind == ERR_TIMEOUT || why->kind == ERR_RESET ||
           why->kind == ERR_PROTOCOL || why->kind == ERR_LIMIT;
}

static void judge_address(struct ask *q, struct findings *out, const struct site_host *host,
                          const struct fact_addresses *a, const struct dns_address *address, bool https)
{
    struct http_ask ask = front_door(q, host->name, address->ip, https);
    const struct fact_http *x = fact_http(q, &ask);
    struct str subject = str_fmt(q->arena, "https://%.*s", STR_ARG(host->name));
    bool has_v4 = fact_address_first(a, false).n > 0;

    if (x && x->status >= 500) {
        say_unreachable(out, host, subject, address->ip, str_fmt(q->arena, "the server answers %d", x->status).p,
                        x->at_s, ask.url, false);
    } else if (x && x->body_end != ERR_NONE) {
        say_unreachable(out, host, subject, address->ip, "the page breaks off before its end", x->at_s, ask.url, false);
    }
    if (x)
        return;
    const struct err *why = &q->unseen[q->n_unseen - 1].err;
    if (why->kind == ERR_TLS) {
        ask_tolerate(q); /* it is reached; tls.* judge the certificate */
        return;
    }
    if (!https && host->role == HOST_API && why->kind == ERR_REFUSED) {
        ask_tolerate(q); /* an API may refuse http rather than redirect it */
        return;
    }
    if (!is_outage(why) || (address->is_v6 && has_v4))
        return; /* stays unseen; dns.ipv6 compares the families */
    say_unreachable(out, host, subject, address->ip, ask_tolerate(q)->text, q->now_s, ask.url, a->n_v > 1);
}

void check_routes_reachable(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);

    if (!site)
        return;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < site->n_hosts; i++) {
            const struct site_host *host = &site->hosts[i];
            const struct launch_host *l = launch_entry(q, host->name);
            const struct fact_addresses *a = is_own(site, host) ? fact_addresses(q, host->name) : NULL;
            for (size_t j = 0; a && j < a->n_v && j < 8; j++)
                for (int https = l && l->http_only ? 0 : 1; https >= 0; https--) {
                    struct http_ask ask = front_door(q, host->name, a->v[j].ip, https);
                    if (pass == 0)
                        fact_http_want(q, &ask);
                    else
                        judge_address(q, out, host, a, &a->v[j], https);
                }
            if (pass == 1 && a && a->n_v == 0 && str_eq(host->name, site->apex))
                entry_note(q, str_fmt(q->arena, "https://%.*s/", STR_ARG(host->name)), ERR_NO_NAME,
                           "the domain has no address");
        }
}

/* ---- routes.subdomain-map ---- */

static void judge_declared(struct ask *q, struct findings *out, const struct fact_site *site,
                           const struct site_host *host)
{
    const struct launch_host *l = launch_entry(q, host->name);
    const struct fact_addresses *a = fact_addresses(q, host->name);
    struct str url = str_fmt(q->arena, "%s://%.*s/", l && l->http_only ? "http" : "https", STR_ARG(host->name));

    if (!a)
        return;
    if (a->n_v == 0) {
        struct finding *f = say(out, FAIL, host->name, "%.*s is declared (%s) but does not resolve",
                                STR_ARG(host->name), host_role_name(host->role));
        finding_evidence(out, f, "A, AAAA", STR_NONE, q->now_s, a->exists ? "no address" : "no such name (NXDOMAIN)");
        finding_fix(out, f, "Add the record that your platform shows for %.*s, or take the host out of the launch file",
                    STR_ARG(host->name));
        return;
    }
    const struct fact_route *r = entry_route(q, &(struct entry_point){.host = host, .url = url});
    if (!r || r->end != ROUTE_PAGE)
        return; /* what failed is unseen; circles are said by routes.chain-length */
    int first = r->hops[0].x->status, last = r->last->status;
    if (host->expected_status && first != host->expected_status && last != host->expected_status) {
        struct finding *f =
            say(out, FAIL, url, "%.*s answers %d, declared is %d", STR_ARG(url), last, host->expected_status);
        entry_evidence(q, out, f, r);
    } else if (host->role == HOST_REDIRECT && site->canonical.n && !is_pair(site, host->name) &&
               str_eq(url_host(q->arena, r->final_url), host->name)) {
        struct finding *f =
            say(out, FAIL, url, "%.*s is declared to redirect, and answers %d itself", STR_ARG(host->name), last);
        entry_evidence(q, out, f, r);
        routes_fix_host(q, out, f, "", host->name, site->canonical);
    }
}

/* A name whose purpose is in the name: RFC 8461 section 3.3, and mail programs' set-up. */
static bool explains_itself(struct str host)
{
    return str_starts(host, STR("mta-sts.")) || str_starts(host, STR("autoconfig.")) ||
           str_starts(host, STR("autodiscover."));
}

static bool is_undeclared(const struct fact_site *site, const struct site_host *host)
{
    return !is_own(site, host) && host->exists && !host->wildcard && !explains_itself(host->name);
}

/* Names that are there though nobody said what for. */
static void list_undeclared(struct ask *q, struct findings *out, const struct fact_site *site)
{
    struct finding *f = NULL;
    size_t n = 0;

    for (size_t i = 0; i < site->n_hosts; i++)
        n += is_undeclared(site, &site->hosts[i]);
    if (n == 0 || q->launch->n_hosts == 0)
        return; /* without a list of hosts there is nothing that one could be missing from */
    f = say(out, WARN, site->apex, "%zu host%s that the launch file does not name: decide about each", n,
            n == 1 ? "" : "s");
    f->severity = SEV_INFO;
    f->key = STR("undeclared");
    for (size_t i = 0; i < site->n_hosts; i++) {
        const struct site_host *host = &site->hosts[i];
        const struct fact_addresses *a;
        if (!is_undeclared(site, host) || !(a = fact_addresses(q, host->name)) || !a->n_v)
            continue;
        finding_evidence(out, f, "host", STR_NONE, q->now_s, "%.*s at %.*s", STR_ARG(host->name), STR_ARG(a->v[0].ip));
    }
    finding_fix(out, f, "Add it under \"hosts\" with its role, or delete its DNS record");
}

void check_routes_subdomain_map(struct ask *q, struct findings *out)
{
    struct entry_points list;

    if (!entry_points(q, &list))
        return;
    for (size_t i = 0; i < list.site->n_hosts; i++)
        if (list.site->hosts[i].declared && !str_eq(list.site->hosts[i].name, list.site->apex) &&
            !str_eq(list.site->hosts[i].name, list.site->www))
            judge_declared(q, out, list.site, &list.site->hosts[i]);
    list_undeclared(q, out, list.site);
}

/* ---- routes.admin-exposed ---- */

static bool is_login_word(struct str s)
{
    static const char *const words[] = {"login",   "log-in", "log_in", "signin",    "sign-in", "sign_in",
                                        "session", "sso",    "auth",   "authorize", "oauth",   "oauth2"};

    for (size_t i = 0; i < N_OF(words); i++)
        if (str_eq_nocase(s, str_of(words[i])))
            return true;
    return str_starts_nocase(s, STR("login.")) || str_starts_nocase(s, STR("wp-login"));
}

static bool is_login_url(struct ask *q, struct str text)
{
    struct url u;

    if (!url_parse(q->arena, text, &u, NULL))
        return false;
    for (struct str rest = u.path; rest.p;)
        if (is_login_word(str_cut(&rest, '/')))
            return true;
    return is_login_word(str_first(u.host, str_find_char(u.host, '.')));
}

static bool asks_password(const struct fact_page *page)
{
    for (size_t i = 0; i < page->n_forms; i++)
        if (page->forms[i].has_password)
            return true;
    return false;
}

static void judge_admin(struct ask *q, struct findings *out, const struct fact_site *site, struct str url, bool minor)
{
    struct site_host host = {.name = url_host(q->arena, url)};
    const struct fact_route *r = entry_route(q, &(struct entry_point){.host = &host, .url = url, .is_minor = minor});

    if (!r || r->end != ROUTE_PAGE || r->last->status >= 400 || r->last->status < 200)
        return;
    struct str end = url_host(q->arena, r->final_url);
    if (is_login_url(q, r->final_url) || !site_owns(site, end) || str_eq(r->final_url, site->home))
        return;
    const struct fact_page *page = fact_page(q, r->final_url);
    if (!page) {
        if (minor)
            ask_tolerate(q);
        return;
    }
    if (asks_password(page))
        return;
    bool shell = web_is_shell(page);
    struct finding *f =
        say(out, shell ? WARN : FAIL, url,
            shell ? "%.*s answers with a program's shell to anybody" : "%.*s answers with content to anybody",
            STR_ARG(url));
    entry_evidence(q, out, f, r);
    if (page->title.n)
        finding_evidence(out, f, "title", r->last->address, r->last->at_s, "%.*s", STR_ARG(page->title));
    const struct platform *p = web_platform(q, end);
    if (p && strcmp(p->id, "cloudflare") == 0)
        finding_fix(
            out, f,
            "In one.dash.cloudflare.com > Access > Applications, add a self-hosted application for %.*s with a policy "
            "that names your people; or a WAF custom rule that blocks it except from your addresses",
            STR_ARG(url));
    else if (p && strcmp(p->id, "nginx") == 0)
        finding_fix(out, f,
                    "In the server block:\nallow 192.0.2.0/24;  # your addresses\ndeny all;\nor auth_basic with a "
                    "password file");
    else
        finding_fix(out, f, "Put a log-in, an access policy or a list of addresses in front of %.*s", STR_ARG(url));
}

/* Usual doors on the site itself, when a page that does not exist is not answered like one that does. */
static void judge_usual_doors(struct ask *q, struct findings *out, const struct fact_site *site)
{
    static const char *const doors[] = {"/admin", "/wp-admin/", "/administrator/"};
    struct str nonce = entry_nonce(q);

    if (!site->canonical.n) {
        (void)site_home(q, site); /* not seen: notes why, so that this is no pass */
        return;
    }
    const struct fact_http *none =
        fact_get(q, str_fmt(q->arena, "%.*s/launchready-not-there-%.*s", STR_ARG(site->canonical), STR_ARG(nonce)));
    if (!none || none->status < 400)
        return;
    for (size_t i = 0; i < N_OF(doors); i++)
        fact_route_want(q, str_fmt(q->arena, "%.*s%s", STR_ARG(site->canonical), doors[i]), STR_NONE);
    for (size_t i = 0; i < N_OF(doors); i++)
        judge_admin(q, out, site, str_fmt(q->arena, "%.*s%s", STR_ARG(site->canonical), doors[i]), false);
}

void check_routes_admin_exposed(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);

    if (!site)
        return;
    for (size_t i = 0; i < site->n_hosts; i++) {
        const struct site_host *host = &site->hosts[i];
        if (host->role == HOST_ADMIN && host->exists && !host->wildcard)
            judge_admin(q, out, site, str_fmt(q->arena, "https://%.*s/", STR_ARG(host->name)), !host->declared);
    }
    for (size_t i = 0; i < site->private_pages.n; i++)
        if (str_has_nocase(site->private_pages.v[i], STR("/admin")))
            judge_admin(q, out, site, site->private_pages.v[i], false);
    judge_usual_doors(q, out, site);
}
