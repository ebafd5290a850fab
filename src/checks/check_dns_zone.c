/* The zone and its servers: dns.delegation, dns.propagation. */
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "core/clock.h"
#include "facts/fact_platform.h"
#include "launch/launch.h"

#define SERVERS_LEAST 2u
#define TRACKED_MOST  60u
#define DYNAMIC_TTL_S 60u /* addresses kept so briefly are chosen anew for each question */

/* ---- dns.delegation ---- */

static void show_servers(struct ask *q, struct findings *out, struct finding *f, const struct fact_zone *z)
{
    for (size_t i = 0; i < z->n_servers; i++) {
        const struct zone_server *s = &z->servers[i];
        struct str name = dns_server_name(q->arena, s);
        if (s->authoritative)
            finding_evidence(out, f, name.p, s->ip, 0, "authoritative, serial %u, %lld ms", s->serial,
                             (long long)(s->took_us / 1000));
        else
            finding_evidence(out, f, name.p, s->ip, 0, "%.*s%s", STR_ARG(s->problem),
                             s->no_route || s->unseen ? " (says nothing about the server)" : "");
    }
}

static struct str listed(struct arena *arena, const struct str_list *names)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < names->n && i < 13; i++)
        all = str_fmt(arena, "%.*s%s%.*s", STR_ARG(all), i ? ", " : "", STR_ARG(names->v[i]));
    return all.n ? all : STR("none");
}

/* Names in a that are not in b. */
static struct str_list missing_from(struct arena *arena, const struct str_list *a, const struct str_list *b)
{
    struct str_list only = {0};

    for (size_t i = 0; i < a->n; i++)
        if (!str_list_has_nocase(b, a->v[i]))
            str_list_add(arena, &only, a->v[i]);
    return only;
}

static void judge_lists(struct ask *q, struct findings *out, const struct fact_zone *z)
{
    struct str_list only_parent = missing_from(q->arena, &z->parent_ns, &z->child_ns);
    struct str_list only_child = missing_from(q->arena, &z->child_ns, &z->parent_ns);

    if (z->child_ns.n == 0 || (only_parent.n == 0 && only_child.n == 0))
        return;
    struct finding *f = say(out, FAIL, z->apex, "The registrar and the zone name different name servers");
    f->key = STR("lists");
    finding_evidence(out, f, "at the parent", z->parent_server, 0, "%.*s", STR_ARG(listed(q->arena, &z->parent_ns)));
    finding_evidence(out, f, "in the zone", STR_NONE, 0, "%.*s", STR_ARG(listed(q->arena, &z->child_ns)));
    for (size_t i = 0; i < only_parent.n; i++)
        finding_record(out, f, str_cstr(q->arena, z->apex), "NS", DNS_FIX_TTL_S, "%.*s.", STR_ARG(only_parent.v[i]));
    for (size_t i = 0; i < only_child.n; i++)
        finding_remove_record(out, f, str_cstr(q->arena, z->apex), "NS", "%.*s.", STR_ARG(only_child.v[i]));
    finding_fix(out, f,
                "Decide which servers are right. At the registrar enter exactly those, and at %s make the NS records "
                "of %.*s say the same; the records shown make the zone follow the registrar",
                dns_provider(z), STR_ARG(z->apex));
}

/* A name server counts as well when one of its addresses was seen to answer, and as unknown when none could be tried.
 */
static void judge_servers(struct ask *q, struct findings *out, const struct fact_zone *z)
{
    const struct zone_server *unseen = NULL;
    struct finding *f = NULL;
    size_t n_bad = 0, n_blind = 0;

    for (size_t i = 0; i < z->n_servers; i++) {
        const struct zone_server *s = &z->servers[i];
        bool blind = s->no_route || s->unseen;
        n_bad += !s->authoritative && !blind;
        n_blind += blind;
        if (s->unseen && !unseen)
            unseen = s;
    }
    if (n_bad) {
        bool all = n_bad + n_blind == z->n_servers;
        f = say(out, FAIL, z->apex,
                all ? "No name server of %.*s answers for it" : "Some name servers of %.*s do not answer for it",
                STR_ARG(z->apex));
        f->key = STR("lame");
        if (all)
            f->severity = SEV_CRITICAL;
        show_servers(q, out, f, z);
    }
    for (size_t i = 0; f && i < z->n_servers; i++) {
        const struct zone_server *s = &z->servers[i];
        if (s->authoritative || s->no_route || s->unseen)
            continue;
        finding_remove_record(out, f, str_cstr(q->arena, z->apex), "NS", "%.*s.", STR_ARG(s->name));
        finding_fix(out, f,
                    "Let %.*s serve the zone again (at %s), or take the dead servers out at the registrar; resolvers "
                    "forget them after one parent TTL (often 48 hours)",
                    STR_ARG(s->name), dns_provider(z));
    }
    struct err err;
    if (unseen) {
        err_set(&err, ERR_DNS_FAILED, "%.*s", STR_ARG(unseen->problem));
        err_at(&err, "%.*s", STR_ARG(unseen->name));
        ask_note(q, STR("zone"), &err);
    } else if (n_blind == z->n_servers && n_blind) {
        err_set(&err, ERR_NO_ROUTE, "this machine has no route to any name server of %.*s", STR_ARG(z->apex));
        err_at(&err, "%.*s", STR_ARG(z->apex));
        ask_note(q, STR("zone"), &err);
    }
}

static void judge_serials(struct ask *q, struct findings *out, const struct fact_zone *z)
{
    const struct zone_server *first = dns_authority(z, 0), *s;

    for (size_t i = 1; first && (s = dns_authority(z, i)); i++) {
        if (s->serial == first->serial)
            continue;
        struct finding *f =
            say(out, FAIL, z->apex, "The name servers hold different versions of the zone (serials %u and %u)",
                first->serial, s->serial);
        f->key = STR("serials");
        show_servers(q, out, f, z);
        finding_fix(
            out, f,
            "Wait for the zone's refresh time and look again; if the serials stay apart, the copy to the second "
            "server is broken: look at transfers and notifications at %s",
            dns_provider(z));
        return;
    }
}

void check_dns_delegation(struct ask *q, struct findings *out)
{
    /* Not by way of the resolver: when all name servers are dead it knows nothing, and this is the one who says so. */
    const struct fact_zone *z = fact_zone(q, q->domain);

    if (!z)
        return;
    if (!z->parent_ns.n || str_find_char(z->apex, '.') == SIZE_MAX) {
        dns_own_zone(q); /* says why there is none */
        return;
    }
    if (z->parent_ns.n < SERVERS_LEAST) {
        struct finding *f = say(out, FAIL, z->apex, "%.*s stands on a single name server", STR_ARG(z->apex));
        f->key = STR("single");
        finding_evidence(out, f, "at the parent", z->parent_server, 0, "%.*s",
                         STR_ARG(listed(q->arena, &z->parent_ns)));
        finding_fix(out, f, "Add a second name server on another network, at %s and at the registrar", dns_provider(z));
    }
    judge_servers(q, out, z);
    judge_lists(q, out, z);
    judge_serials(q, out, z);
}

/* ---- dns.propagation ---- */

struct tracked {
    struct str name;
    uint16_t type;
};

/* What one server says. */
struct said {
    struct str who;
    const struct fact_dns *f;
    struct str text; /* the records, or how there are none */
    uint32_t ttl_s;
};

static struct said said_by(struct ask *q, struct str who, const struct fact_dns *f, const struct tracked *t)
{
    struct said s = {.who = who, .f = f, .text = dns_records_text(q->arena, f, t->name, t->type)};

    s.ttl_s = dns_records_ttl_s(f, t->name, t->type);
    if (!s.text.n) {
        s.text = dns_records_text(q->arena, f, t->name, DNS_CNAME);
        s.ttl_s = dns_records_ttl_s(f, t->name, DNS_CNAME);
        if (s.text.n)
            s.text = str_fmt(q->arena, "alias of %.*s", STR_ARG(s.text));
    }
    if (!s.text.n)
        s.text = f->outcome == DNS_NODATA ? STR("none") : str_of(dns_outcome_words(f));
    return s;
}

static const struct platform *platform_of_all(const struct fact_dns *f, const struct tracked *t)
{
    const struct platform *p = NULL;
    const struct dns_rr *rr;
    size_t at = 0;

    while ((rr = dns_record(f, t->name, t->type, &at))) {
        const struct platform *this = platform_of_address(rr->value);
        if (!this || (p && this != p))
            return NULL;
        p = this;
    }
    return p;
}

/* Addresses that a platform deals out differ from question to question and mean nothing. */
static bool are_dealt_out(const struct said *a, const struct said *b, const struct tracked *t)
{
    const struct dns_rr *x, *y;
    size_t i = 0, j;

    if (t->type != DNS_A && t->type != DNS_AAAA)
        return false;
    while ((x = dns_record(a->f, t->name, t->type, &i))) /* a rotating subset */
        for (j = 0; (y = dns_record(b->f, t->name, t->type, &j));)
            if (str_eq(x->value, y->value))
                return true;
    const struct platform *p = platform_of_all(a->f, t);
    if (p && p == platform_of_all(b->f, t))
        return true;
    return a->ttl_s && b->ttl_s && a->ttl_s <= DYNAMIC_TTL_S && b->ttl_s <= DYNAMIC_TTL_S;
}

static bool agree(const struct said *a, const struct said *b, const struct tracked *t, bool same_serial)
{
    return str_eq(a->text, b->text) || (same_serial && are_dealt_out(a, b, t));
}

static struct finding *say_differ(struct ask *q, struct findings *out, const struct tracked *t, const char *fmt)
{
    struct str word = dns_type_name(q->arena, t->type);
    struct str title = str_fmt(q->arena, "%s: %.*s %.*s", fmt, STR_ARG(word), STR_ARG(t->name));
    struct finding *f = say(out, FAIL, t->name, "%.*s", STR_ARG(title));

    f->key = word;
    return f;
}

static void show_said(struct findings *out, struct finding *f, const struct said *s)
{
    finding_evidence(out, f, s->who.p, s->f->server, s->f->at_s, "%.*s, TTL %u", STR_ARG(s->text), s->ttl_s);
}

/* How long the resolver may keep what it has. */
static uint32_t kept_s(const struct said *s)
{
    uint32_t least = s->ttl_s;

    for (size_t i = 0; least == 0 && i < s->f->n_authority; i++)
        if (s->f->authority[i].type == DNS_SOA)
            least = s->f->authority[i].ttl_s; /* RFC 2308 section 5 */
    return least;
}

static void judge_resolver(struct ask *q, struct findings *out, const struct tracked *t, const struct said *own,
                           const struct fact_dns *f, struct str who)
{
    if (!f || f->outcome == DNS_SERVFAIL || f->outcome == DNS_REFUSED || f->outcome == DNS_OTHER)
        return; /* dns.dnssec and dns.delegation judge those */
    struct said s = said_by(q, who, f, t);
    if (agree(own, &s, t, true))
        return;
    uint32_t left_s = kept_s(&s);
    struct finding *found = say_differ(q, out, t, "A resolver still has another answer");
    show_said(out, found, own);
    show_said(out, found, &s);
    finding_fix(out, found,
                "Nothing to change if the name servers' answer is the wanted one: the old answer is gone %u seconds "
                "after it was seen, at %.*s. Before the next move set the TTL to 300 one old TTL ahead",
                left_s, STR_ARG(clock_rfc3339(q->arena, f->at_s + left_s)));
}

static void judge_record(struct ask *q, struct findings *out, const struct fact_zone *z, const struct tracked *t)
{
    const struct zone_server *s, *first_server = NULL;
    struct said first = {0};
    struct finding *f = NULL;

    for (size_t i = 0; (s = dns_authority(z, i)); i++) {
        const struct fact_dns *a = fact_dns_at(q, s->ip, t->name, t->type);
        if (!a)
            continue;
        if (a->outcome == DNS_REFERRAL) /* another zone's affair */
            return;
        struct said said = said_by(q, dns_server_name(q->arena, s), a, t);
        if (!first_server) {
            first_server = s;
            first = said;
            continue;
        }
        if (agree(&first, &said, t, s->serial == first_server->serial))
            continue;
        if (!f) {
            f = say_differ(q, out, t, "The name servers do not agree");
            show_said(out, f, &first);
        }
        show_said(out, f, &said);
        finding_fix(out, f,
                    "At %s see that every server loads the same zone; what resolvers got from the wrong one is gone "
                    "%u seconds after it is mended",
                    dns_provider(z), said.ttl_s > first.ttl_s ? said.ttl_s : first.ttl_s);
    }
    if (f || !first_server)
        return;
    first.who = STR("the name servers");
    judge_resolver(q, out, t, &first, fact_dns(q, t->name, t->type), STR("the resolver"));
    for (size_t i = 0; i < q->launch->dns.resolvers.n; i++) {
        struct str resolver = q->launch->dns.resolvers.v[i];
        judge_resolver(q, out, t, &first, fact_dns_via(q, resolver, t->name, t->type),
                       str_fmt(q->arena, "resolver %.*s", STR_ARG(resolver)));
    }
}

static size_t list_tracked(struct ask *q, const struct fact_zone *z, struct tracked *ret)
{
    static const uint16_t apex_types[] = {DNS_NS, DNS_MX, DNS_TXT, DNS_CAA};
    const struct fact_site *site = dns_site(q);
    size_t n = 0;

    for (size_t i = 0; i < N_OF(apex_types); i++)
        ret[n++] = (struct tracked){z->apex, apex_types[i]};
    for (size_t h = 0; site && h < site->n_hosts && n + 2 <= TRACKED_MOST; h++) {
        if (!site->hosts[h].exists && site->hosts[h].guessed)
            continue;
        ret[n++] = (struct tracked){site->hosts[h].name, DNS_A};
        ret[n++] = (struct tracked){site->hosts[h].name, DNS_AAAA};
    }
    return n;
}

void check_dns_propagation(struct ask *q, struct findings *out)
{
    const struct fact_zone *z = dns_own_zone(q);
    struct tracked tracked[TRACKED_MOST];
    const struct zone_server *s;

    if (!z)
        return;
    if (!dns_authority(z, 0)) {
        struct err err;
        err_set(&err, ERR_DNS_FAILED, "no server of %.*s answers with authority", STR_ARG(z->apex));
        err_at(&err, "%.*s", STR_ARG(z->apex));
        ask_note(q, STR("zone"), &err);
        return;
    }
    size_t n = list_tracked(q, z, tracked);
    for (size_t t = 0; t < n; t++) {
        fact_dns_want(q, tracked[t].name, tracked[t].type);
        for (size_t i = 0; (s = dns_authority(z, i)); i++)
            fact_dns_at_want(q, s->ip, tracked[t].name, tracked[t].type);
    }
    for (size_t t = 0; t < n; t++)
        judge_record(q, out, z, &tracked[t]);
}
