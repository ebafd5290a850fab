/* A zone seen from its parent and from itself: a walk from the root down, then a question to each of its servers. */
#include <string.h>

#include "facts/dns_inside.h"
#include "facts/fact_dns.h"

#define STEPS_MOST   16u /* zone cuts on the way down */
#define SERVERS_MOST 40u /* addresses of one zone's servers */
#define ALONGSIDE    3u  /* asked at once, in case some are silent */
#define SILENT_MOST  4u  /* of one zone's servers, then we give up on it */

/* https://www.internic.net/domain/named.root, as of 2024. */
static const struct {
    const char *v4, *v6;
} root_hints[] = {
    {"198.41.0.4", "2001:503:ba3e::2:30"},   /* a.root-servers.net */
    {"170.247.170.2", "2801:1b8:10::b"},     /* b */
    {"192.33.4.12", "2001:500:2::c"},        /* c */
    {"199.7.91.13", "2001:500:2d::d"},       /* d */
    {"192.203.230.10", "2001:500:a8::e"},    /* e */
    {"192.5.5.241", "2001:500:2f::f"},       /* f */
    {"192.112.36.4", "2001:500:12::d0d"},    /* g */
    {"198.97.190.53", "2001:500:1::53"},     /* h */
    {"192.36.148.17", "2001:7fe::53"},       /* i */
    {"192.58.128.30", "2001:503:c27::2:30"}, /* j */
    {"193.0.14.129", "2001:7fd::1"},         /* k */
    {"199.7.83.42", "2001:500:9f::42"},      /* l */
    {"202.12.27.33", "2001:dc3::35"},        /* m */
};

/* The servers of the zone that the walk has come to. */
struct place {
    struct str zone; /* empty: the root */
    struct zone_server *v;
    size_t n, capacity;
};

struct walk {
    struct ask *q;
    struct str name;
    struct place here;
    struct fact_zone *zone;
    const struct fact_dns *last; /* the newest answer */
    struct err err;              /* the newest failure to get one */
};

static bool is_within(struct str name, struct str zone)
{
    if (zone.n == 0 || str_eq(name, zone))
        return true;
    return name.n > zone.n && str_ends(name, zone) && name.p[name.n - zone.n - 1] == '.';
}

static void add_server(struct ask *q, struct place *place, struct str name, struct str ip)
{
    if (place->n >= SERVERS_MOST)
        return;
    for (size_t i = 0; i < place->n; i++)
        if (str_eq(place->v[i].name, name) && str_eq(place->v[i].ip, ip))
            return;
    *ARENA_PUSH(q->arena, place->v, place->n, place->capacity) =
        (struct zone_server){.name = name, .ip = ip, .problem = STR_NONE};
}

static void start_at_root(struct walk *w)
{
    size_t n = N_OF(root_hints), first = 0;

    /* Different names begin with different servers; the same name always with the same, so that a record replays. */
    for (size_t i = 0; i < w->name.n; i++)
        first += (unsigned char)w->name.p[i];
    for (size_t i = 0; i < n; i++)
        add_server(w->q, &w->here, STR("root"), str_of(root_hints[(first + i) % n].v4));
    for (size_t i = 0; i < n; i++)
        add_server(w->q, &w->here, STR("root"), str_of(root_hints[(first + i) % n].v6));
}

/* Asks the servers here until one answers usefully: with authority, or pointing further down. */
static bool ask_here(struct walk *w, struct str name, uint16_t type)
{
    size_t n_silent = 0;

    w->err = (struct err){.kind = ERR_NONE};
    for (size_t i = 0; i < w->here.n && n_silent < SILENT_MOST; i++) {
        for (size_t j = i; j < i + ALONGSIDE && j < w->here.n; j++)
            if (w->here.v[j].ip.n && i % ALONGSIDE == 0)
                fact_dns_at_want(w->q, w->here.v[j].ip, name, type);
        if (!w->here.v[i].ip.n)
            continue;
        const struct fact_dns *f = fact_dns_at(w->q, w->here.v[i].ip, name, type);
        if (!f) {
            const struct err *why = ask_tolerate(w->q);
            if (w->err.kind == ERR_NONE || w->err.kind == ERR_NO_ROUTE)
                w->err = *why;
            n_silent += why->kind == ERR_DNS_TIMEOUT;
            if (why->kind == ERR_CANCELLED || why->kind == ERR_OFFLINE)
                return false;
            continue;
        }
        if (f->outcome == DNS_REFERRAL ||
            (f->authoritative && f->outcome != DNS_OTHER && f->outcome != DNS_SERVFAIL && f->outcome != DNS_REFUSED)) {
            w->last = f;
            return true;
        }
        if (w->err.kind == ERR_NONE || w->err.kind == ERR_NO_ROUTE)
            err_set(&w->err, ERR_DNS_FAILED, "%.*s answers for %.*s without authority (rcode %u)",
                    STR_ARG(w->here.v[i].ip), STR_ARG(name), f->rcode);
    }
    if (w->err.kind == ERR_NONE)
        err_set(&w->err, ERR_DNS_FAILED, "no server of %.*s has an address", STR_ARG(w->here.zone));
    return false;
}

/* The zone cut that a referral points to: below where we are, and at or above the name. Empty: none. */
static struct str cut_of(const struct walk *w, const struct fact_dns *f)
{
    for (size_t i = 0; i < f->n_authority; i++) {
        const struct dns_rr *rr = &f->authority[i];
        if (rr->type == DNS_NS && is_within(w->name, rr->owner) && is_within(rr->owner, w->here.zone) &&
            rr->owner.n > w->here.zone.n)
            return rr->owner;
    }
    return STR_NONE;
}

static bool has_server(const struct place *place, struct str name)
{
    for (size_t i = 0; i < place->n; i++)
        if (str_eq(place->v[i].name, name))
            return true;
    return false;
}

/* Addresses of a name server: the glue that the parent may give (names inside its zone), and what it resolves to. */
static void add_addresses_of(struct walk *w, struct place *to, struct str ns, const struct fact_dns *referral,
                             bool with_look_up)
{
    size_t before = to->n;

    for (size_t i = 0; referral && i < referral->n_additional; i++) {
        const struct dns_rr *rr = &referral->additional[i];
        if ((rr->type == DNS_A || rr->type == DNS_AAAA) && str_eq(rr->owner, ns) && is_within(ns, w->here.zone))
            add_server(w->q, to, ns, rr->value);
    }
    if (to->n > before && !with_look_up)
        return;
    const struct fact_addresses *a = fact_addresses(w->q, ns);
    struct str problem = a ? STR_NONE : str_dup(w->q->arena, str_of(ask_tolerate(w->q)->text));
    for (size_t i = 0; a && i < a->n_v; i++)
        add_server(w->q, to, ns, a->v[i].ip);
    if (!has_server(to, ns)) {
        add_server(w->q, to, ns, STR_NONE);
        if (to->n > before) {
            to->v[to->n - 1].problem = a ? str_fmt(w->q->arena, "the name %.*s has no address", STR_ARG(ns)) : problem;
            to->v[to->n - 1].unseen = !a || a->partial;
        }
    }
}

/* v4 first: more machines can ask there. */
static void order_by_family(struct ask *q, struct place *p)
{
    struct zone_server *v = arena_array(q->arena, p->n ? p->n : 1, sizeof *v);
    size_t n = 0;

    for (int v6 = 0; v6 < 2; v6++)
        for (size_t i = 0; i < p->n; i++)
            if ((str_find_char(p->v[i].ip, ':') != SIZE_MAX) == (v6 == 1))
                v[n++] = p->v[i];
    p->v = v;
    p->capacity = p->n;
}

static void add_ds(struct walk *w, const struct dns_rr *v, size_t n, struct str cut)
{
    struct fact_zone *z = w->zone;

    z->ds = arena_array(w->q->arena, n ? n : 1, sizeof *z->ds);
    z->n_ds = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i].type == DNS_DS && str_eq(v[i].owner, cut))
            z->ds[z->n_ds++] = v[i];
}

/* Goes down to the cut that the referral names, keeping what the parent says about it. */
static void go_down(struct walk *w, const struct fact_dns *referral, struct str cut)
{
    struct place below = {.zone = cut};
    struct fact_zone *z = w->zone;

    z->apex = cut;
    z->parent = w->here.zone;
    z->parent_server = referral->server;
    z->parent_ns = (struct str_list){0};
    for (size_t i = 0; i < referral->n_authority; i++) {
        const struct dns_rr *rr = &referral->authority[i];
        if (rr->type == DNS_NS && str_eq(rr->owner, cut) && !str_list_has(&z->parent_ns, rr->target))
            str_list_add(w->q->arena, &z->parent_ns, rr->target);
    }
    add_ds(w, referral->authority, referral->n_authority, cut);
    for (size_t i = 0; i < z->parent_ns.n; i++)
        add_addresses_of(w, &below, z->parent_ns.v[i], referral, false);
    order_by_family(w->q, &below);
    w->here = below;
}

static const struct dns_rr *soa_of(const struct fact_dns *f)
{
    for (size_t i = 0; i < f->n_answer; i++)
        if (f->answer[i].type == DNS_SOA)
            return &f->answer[i];
    for (size_t i = 0; i < f->n_authority; i++)
        if (f->authority[i].type == DNS_SOA)
            return &f->authority[i];
    return NULL;
}

/* One server holds the parent and the child: no referral shows, so the parent's list cannot be told from the child's.
 */
static bool take_hidden_cut(struct walk *w, struct str apex, struct err *reterr)
{
    struct fact_zone *z = w->zone;
    struct str parent = w->here.zone;

    if (!ask_here(w, apex, DNS_NS)) {
        *reterr = w->err;
        return false;
    }
    const struct fact_dns *ns = w->last;
    z->apex = apex;
    z->parent = parent;
    z->parent_server = ns->server;
    z->parent_ns = (struct str_list){0};
    for (size_t i = 0; i < ns->n_answer; i++)
        if (ns->answer[i].type == DNS_NS && str_eq(ns->answer[i].owner, apex))
            str_list_add(w->q->arena, &z->parent_ns, ns->answer[i].target);
    if (!ask_here(w, apex, DNS_DS)) {
        *reterr = w->err;
        return false;
    }
    add_ds(w, w->last->answer, w->last->n_answer, apex);
    return true;
}

/* From the root to the zone that the name is in. */
static bool walk_down(struct walk *w, struct err *reterr)
{
    start_at_root(w);
    for (unsigned step = 0; step < STEPS_MOST; step++) {
        if (!ask_here(w, w->name, DNS_SOA)) {
            /* Delegated to servers that do not answer: that is an observation. The root's silence is not. */
            if (w->zone->parent_ns.n && w->err.kind != ERR_CANCELLED && w->err.kind != ERR_OFFLINE)
                return true;
            *reterr = w->err;
            return false;
        }
        struct str cut = w->last->n_answer == 0 ? cut_of(w, w->last) : STR_NONE;
        if (cut.n) {
            go_down(w, w->last, cut);
            continue;
        }
        const struct dns_rr *soa = soa_of(w->last);
        if (soa && is_within(w->name, soa->owner) && soa->owner.n > w->here.zone.n)
            return take_hidden_cut(w, soa->owner, reterr);
        if (w->zone->apex.n == 0)
            w->zone->parent_server = w->last->server; /* the name is in the root itself: no such top-level domain */
        return true;
    }
    return err_set(reterr, ERR_LIMIT, "%.*s lies below more than %u zones", STR_ARG(w->name), STEPS_MOST);
}

static void take_child_ns(struct walk *w)
{
    struct fact_zone *z = w->zone;

    for (size_t i = 0; i < z->n_servers; i++) {
        if (!z->servers[i].authoritative)
            continue;
        const struct fact_dns *f = fact_dns_at(w->q, z->servers[i].ip, z->apex, DNS_NS);
        if (!f) {
            ask_tolerate(w->q);
            continue;
        }
        for (size_t j = 0; j < f->n_answer; j++)
            if (f->answer[j].type == DNS_NS && str_eq(f->answer[j].owner, z->apex) &&
                !str_list_has(&z->child_ns, f->answer[j].target))
                str_list_add(w->q->arena, &z->child_ns, f->answer[j].target);
        if (z->child_ns.n)
            return;
    }
}

/* What the server says to "SOA apex". */
static void judge_server(struct ask *q, struct str apex, struct zone_server *s)
{
    const struct fact_dns *f = s->ip.n ? fact_dns_at(q, s->ip, apex, DNS_SOA) : NULL;

    if (!s->ip.n)
        return;
    if (!f) {
        const struct err *why = ask_tolerate(q);
        s->no_route = why->kind == ERR_NO_ROUTE;
        s->unseen = why->kind == ERR_OFFLINE || why->kind == ERR_CANCELLED || why->kind == ERR_SYSTEM;
        s->problem = str_dup(q->arena, str_of(why->text));
        return;
    }
    s->answered = true;
    s->rcode = f->rcode;
    s->took_us = f->took_us;
    for (size_t i = 0; i < f->n_answer; i++)
        if (f->answer[i].type == DNS_SOA && str_eq(f->answer[i].owner, apex)) {
            s->authoritative = f->authoritative;
            s->serial = f->answer[i].serial;
        }
    if (s->authoritative)
        return;
    if (f->outcome == DNS_REFUSED)
        s->problem = STR("refuses: it does not serve this zone");
    else if (f->outcome == DNS_SERVFAIL)
        s->problem = STR("answers SERVFAIL: it cannot load this zone");
    else if (f->outcome == DNS_REFERRAL)
        s->problem = STR("points elsewhere: it does not serve this zone");
    else if (f->rcode)
        s->problem = str_fmt(q->arena, "answers with rcode %u", f->rcode);
    else
        s->problem = STR("answers without authority");
}

static void judge_servers(struct walk *w, size_t from)
{
    struct fact_zone *z = w->zone;

    for (size_t i = from; i < z->n_servers; i++)
        if (z->servers[i].ip.n)
            fact_dns_at_want(w->q, z->servers[i].ip, z->apex, DNS_SOA);
    for (size_t i = from; i < z->n_servers; i++)
        judge_server(w->q, z->apex, &z->servers[i]);
}

/* Every server that the parent names, then those that only the zone itself names. */
static void look_at_servers(struct walk *w)
{
    struct fact_zone *z = w->zone;
    struct place all = {.zone = z->apex};

    for (size_t i = 0; i < z->parent_ns.n; i++)
        fact_addresses_want(w->q, z->parent_ns.v[i]);
    for (size_t i = 0; i < w->here.n; i++) /* with the glue */
        if (w->here.v[i].ip.n && str_list_has(&z->parent_ns, w->here.v[i].name))
            add_server(w->q, &all, w->here.v[i].name, w->here.v[i].ip);
    for (size_t i = 0; i < z->parent_ns.n; i++)
        add_addresses_of(w, &all, z->parent_ns.v[i], NULL, true);
    z->servers = all.v;
    z->n_servers = all.n;
    judge_servers(w, 0);
    take_child_ns(w);
    size_t before = all.n;
    for (size_t i = 0; i < z->child_ns.n; i++)
        if (!str_list_has(&z->parent_ns, z->child_ns.v[i]))
            add_addresses_of(w, &all, z->child_ns.v[i], NULL, true);
    z->servers = all.v;
    z->n_servers = all.n;
    judge_servers(w, before);
}

static bool look_zone(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct walk w = {.q = q, .name = key, .zone = ret};

    (void)outside;
    w.zone->apex = w.zone->parent = w.zone->parent_server = STR_NONE;
    if (!walk_down(&w, reterr))
        return err_at(reterr, "%.*s", STR_ARG(key));
    if (str_find_char(w.zone->apex, '.') != SIZE_MAX) /* nobody asks about a top-level domain's servers */
        look_at_servers(&w);
    return true;
}

const struct fact_kind zone_kind = {"zone", 14, sizeof(struct fact_zone), 0, look_zone, NULL, NULL};

const struct fact_zone *fact_zone(struct ask *q, struct str name)
{
    return facts_get(q, &zone_kind, dns_name_plain(q->arena, name));
}
