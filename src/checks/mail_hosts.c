/* What the checks of mail servers share: who they are, and what they say. */
#include "checks/mail_hosts.h"

#include <stdlib.h>

#include "checks/check_dns.h"
#include "core/ip.h"
#include "launch/launch.h"

bool mail_is_below(struct str name, struct str domain)
{
    return str_eq_nocase(name, domain) ||
           (name.n > domain.n && str_ends_nocase(name, domain) && name.p[name.n - domain.n - 1] == '.');
}

static int by_preference(const void *a, const void *b)
{
    const struct mail_host *x = a, *y = b;

    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    return str_compare(x->name, y->name);
}

static bool is_listed(const struct mail_hosts *h, struct str name)
{
    for (size_t i = 0; i < h->n_hosts; i++)
        if (str_eq(h->hosts[i].name, name))
            return true;
    return false;
}

bool mail_hosts_find(struct ask *q, struct mail_hosts *ret)
{
    struct mail_hosts h = {.mx = fact_dns(q, q->domain, DNS_MX)};
    struct ip ip;

    if (!h.mx || !dns_domain_exists(q))
        return false;
    h.hosts = arena_array(q->arena, MAIL_HOSTS_MOST, sizeof *h.hosts);
    for (size_t i = 0; i < h.mx->n_answer; i++) {
        const struct dns_rr *rr = &h.mx->answer[i];
        if (rr->type != DNS_MX)
            continue;
        if (!rr->target.n)
            h.null_mx = true;
        else if (h.n_hosts < MAIL_HOSTS_MOST && !is_listed(&h, rr->target))
            h.hosts[h.n_hosts++] = (struct mail_host){
                .name = rr->target, .preference = rr->number, .own = mail_is_below(rr->target, q->domain)};
    }
    if (h.n_hosts)
        qsort(h.hosts, h.n_hosts, sizeof *h.hosts, by_preference);
    for (size_t i = 0; i < h.n_hosts; i++)
        fact_addresses_want(q, h.hosts[i].name);
    for (size_t i = 0; i < h.n_hosts; i++)
        if (!ip_parse(h.hosts[i].name, &ip))
            h.hosts[i].addresses = dns_all_addresses(q, h.hosts[i].name);
    *ret = h;
    return true;
}

/* postmaster, which every server must know (RFC 5321 section 4.5.1), and the addresses here that people write to. */
static void list_recipients(struct ask *q, struct mail_hosts *h)
{
    str_list_add(q->arena, &h->recipients, str_fmt(q->arena, "postmaster@%.*s", STR_ARG(q->domain)));
    for (size_t i = 0; i < q->launch->email.addresses.n; i++) {
        struct str address = q->launch->email.addresses.v[i];
        size_t at = str_find_char(address, '@');
        if (at != SIZE_MAX && str_eq_nocase(str_from(address, at + 1), q->domain) &&
            !str_list_has_nocase(&h->recipients, address))
            str_list_add(q->arena, &h->recipients, address);
    }
}

static void list_addresses(struct mail_hosts *h, const struct mail_host *host)
{
    size_t n = 0;

    for (size_t i = 0; host->addresses && i < host->addresses->n_v && n < MAIL_ADDRESSES_MOST; i++) {
        const struct dns_address *a = &host->addresses->v[i];
        struct ip ip;
        if (!ip_parse(a->ip, &ip) || ip_is_unreachable(&ip)) /* not ours to talk to: email.mx says so */
            continue;
        /* The last place is kept for IPv6, whose addresses come after. */
        if (!a->is_v6 && n + 1 == MAIL_ADDRESSES_MOST && host->addresses->v[host->addresses->n_v - 1].is_v6)
            continue;
        h->seen[h->n_seen++] = (struct mail_seen){.host = host, .address = a->ip, .is_v6 = a->is_v6};
        n++;
    }
}

static bool may_be_blocked(enum err_kind kind)
{
    return kind == ERR_TIMEOUT || kind == ERR_REFUSED || kind == ERR_NO_ROUTE;
}

void mail_hosts_visit(struct ask *q, struct mail_hosts *h)
{
    list_recipients(q, h);
    h->seen = arena_array(q->arena, (size_t)MAIL_HOSTS_MOST * MAIL_ADDRESSES_MOST, sizeof *h->seen);
    for (size_t i = 0; i < h->n_hosts; i++)
        list_addresses(h, &h->hosts[i]);
    for (size_t i = 0; i < h->n_seen; i++)
        fact_smtp_want(q, h->seen[i].host->name, h->seen[i].address, i ? NULL : &h->recipients);
    h->blocked = h->n_seen > 0;
    for (size_t i = 0; i < h->n_seen; i++) {
        struct mail_seen *s = &h->seen[i];
        s->smtp = fact_smtp(q, s->host->name, s->address, i ? NULL : &h->recipients);
        if (s->smtp)
            h->n_answered++;
        else
            s->err = *ask_tolerate(q);
        h->blocked = h->blocked && !s->smtp && may_be_blocked(s->err.kind);
    }
}

bool mail_hosts_answer_v4(const struct mail_hosts *h, const struct mail_host *host)
{
    for (size_t i = 0; i < h->n_seen; i++)
        if (h->seen[i].host == host && h->seen[i].smtp && !h->seen[i].is_v6)
            return true;
    return false;
}

struct str mail_seen_name(struct arena *arena, const struct mail_seen *s)
{
    return str_fmt(arena, "%.*s (%.*s)", STR_ARG(s->host->name), STR_ARG(s->address));
}

void mail_seen_note(struct ask *q, const struct mail_seen *s)
{
    ask_note(q, str_fmt(q->arena, "smtp %.*s %.*s", STR_ARG(s->host->name), STR_ARG(s->address)), &s->err);
}

static void say_blocked(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    struct str first = h->hosts[0].name;
    struct finding *f = say(out, UNKNOWN, first,
                            "No mail server of %.*s answers on port 25 from here; most likely this network blocks it",
                            STR_ARG(q->domain));

    f->unseen_kind = ERR_NO_ROUTE;
    f->unseen_place = f->subject;
    for (size_t i = 0; i < h->n_seen; i++)
        finding_evidence(out, f, "port 25", h->seen[i].address, q->now_s, "%s", h->seen[i].err.text);
    finding_fix(
        out, f,
        "Hosting providers and homes block outgoing port 25, the port over which mail servers talk, so this says "
        "nothing about your mail server. Run the audit once from a machine that may send mail: the mail server "
        "itself, or a server whose provider has opened port 25 on request. Only if it is silent there too, the "
        "mail server is down or its firewall is closed");
    finding_command(out, f, "nc -vz %.*s 25", STR_ARG(first));
}

void mail_hosts_note(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    if (h->blocked) {
        say_blocked(q, out, h);
        return;
    }
    for (size_t i = 0; i < h->n_seen; i++) {
        const struct mail_seen *s = &h->seen[i];
        bool no_way = s->is_v6 && s->err.kind == ERR_NO_ROUTE && mail_hosts_answer_v4(h, s->host);
        if (!s->smtp && !no_way)
            mail_seen_note(q, s);
    }
}

struct finding *mail_said(const struct findings *out, struct str subject, const char *key)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->v[i]->check == out->check && str_eq(out->v[i]->subject, subject) &&
            str_eq(out->v[i]->key, str_of(key)))
            return out->v[i];
    return NULL;
}
