/* dns.drift: the live records against the documented zone, set by set. */
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "facts/fact_platform.h"
#include "facts/fact_zone_file.h"

#define SETS_MOST 400u

/* All records of one owner and type, which change together. */
struct record_set {
    struct str owner;
    uint16_t type;
    struct fact_dns documented; /* in the shape of an answer, so that both are compared alike */
    bool documented_at_all;
};

struct drift {
    struct ask *q;
    struct findings *out;
    const struct fact_zone *zone;
    const struct fact_zone_file *file;
    struct record_set *sets;
    size_t n_sets, capacity;
};

/* Made by signing or by the server itself, never written down by hand. */
static bool is_machine_made(uint16_t type)
{
    return type == DNS_SOA || type == DNS_RRSIG || type == DNS_NSEC || type == DNS_NSEC3 || type == DNS_DNSKEY ||
           type == 51 /* NSEC3PARAM */ || type == 59 /* CDS */ || type == 60 /* CDNSKEY */ || type == 63 /* ZONEMD */;
}

static bool is_ours(const struct drift *d, struct str owner)
{
    struct str apex = d->zone->apex;

    return str_eq_nocase(owner, apex) ||
           (owner.n > apex.n && str_ends_nocase(owner, apex) && owner.p[owner.n - apex.n - 1] == '.');
}

static struct record_set *set_of(struct drift *d, struct str owner, uint16_t type)
{
    for (size_t i = 0; i < d->n_sets; i++)
        if (d->sets[i].type == type && str_eq_nocase(d->sets[i].owner, owner))
            return &d->sets[i];
    if (d->n_sets == SETS_MOST)
        return NULL;
    struct record_set *set = ARENA_PUSH(d->q->arena, d->sets, d->n_sets, d->capacity);
    *set = (struct record_set){.owner = owner, .type = type};
    return set;
}

static bool gather_documented(struct drift *d)
{
    for (size_t i = 0; i < d->file->n_records; i++) {
        const struct dns_rr *rr = &d->file->records[i];
        if (is_machine_made(rr->type) || !is_ours(d, rr->owner))
            continue;
        struct record_set *set = set_of(d, rr->owner, rr->type);
        if (!set)
            return false;
        set->documented_at_all = true;
        set->documented.answer = d->file->records; /* filtered by owner and type when read */
        set->documented.n_answer = d->file->n_records;
    }
    return true;
}

/* What may stand live at a documented name without being written down. */
static void gather_undocumented(struct drift *d)
{
    static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_CNAME, DNS_MX, DNS_TXT, DNS_CAA};
    size_t n = d->n_sets;

    for (size_t t = 0; t < N_OF(types); t++)
        (void)set_of(d, d->zone->apex, types[t]);
    for (size_t i = 0; i < n; i++) {
        struct str owner = d->sets[i].owner; /* set_of may move the array */
        if (d->sets[i].type == DNS_A || d->sets[i].type == DNS_AAAA || d->sets[i].type == DNS_CNAME)
            for (size_t t = 0; t < 3; t++)
                (void)set_of(d, owner, types[t]);
    }
}

/* The live side is an edge's own addresses where the file has the origin's: the record is proxied, as meant. */
static bool is_proxied(const struct record_set *set, const struct fact_dns *live)
{
    const struct dns_rr *rr;
    size_t at = 0, n = 0;

    if (set->type != DNS_A && set->type != DNS_AAAA)
        return false;
    while ((rr = dns_record(live, set->owner, set->type, &at))) {
        const struct platform *p = platform_of_address(rr->value);
        if (!p || !p->is_edge)
            return false;
        n++;
    }
    for (at = 0; (rr = dns_record(&set->documented, set->owner, set->type, &at));)
        if (platform_of_address(rr->value))
            return false;
    return n > 0;
}

static bool holds(struct arena *arena, const struct fact_dns *f, const struct record_set *set, struct str text)
{
    const struct dns_rr *rr;

    for (size_t at = 0; (rr = dns_record(f, set->owner, set->type, &at));)
        if (str_eq(dns_record_text(arena, rr), text))
            return true;
    return false;
}

static void propose(struct drift *d, struct finding *f, const struct record_set *set, const struct fact_dns *live)
{
    const char *owner = str_cstr(d->q->arena, set->owner), *word = dns_type_name(d->q->arena, set->type).p;
    const struct dns_rr *rr;

    for (size_t at = 0; (rr = dns_record(&set->documented, set->owner, set->type, &at));) {
        struct str text = dns_record_text(d->q->arena, rr);
        if (!holds(d->q->arena, live, set, text))
            finding_record(d->out, f, owner, word, rr->ttl_s, "%.*s", STR_ARG(text));
    }
    for (size_t at = 0; (rr = dns_record(live, set->owner, set->type, &at));) {
        struct str text = dns_record_text(d->q->arena, rr);
        if (!holds(d->q->arena, &set->documented, set, text))
            finding_remove_record(d->out, f, owner, word, "%.*s", STR_ARG(text));
    }
}

static void judge_set(struct drift *d, const struct record_set *set, const struct zone_server *s)
{
    const struct fact_dns *live = fact_dns_at(d->q, s->ip, set->owner, set->type);
    struct str word = dns_type_name(d->q->arena, set->type);

    if (!live)
        return;
    struct fact_dns seen = *live;
    if (live->outcome == DNS_REFERRAL) { /* a delegation further down: the parent's side of it stands in authority */
        seen.answer = live->authority;
        seen.n_answer = live->n_authority;
    }
    struct str want = dns_records_text(d->q->arena, &set->documented, set->owner, set->type);
    struct str got = dns_records_text(d->q->arena, &seen, set->owner, set->type);
    if (str_eq(want, got) || is_proxied(set, &seen))
        return;
    const char *how = !got.n    ? "is documented but not live"
                      : !want.n ? "is live but not documented"
                                : "differs from its documentation";
    struct finding *f = say(d->out, FAIL, set->owner, "%.*s %.*s %s", STR_ARG(word), STR_ARG(set->owner), how);
    f->key = word;
    finding_evidence(d->out, f, "documented", d->file->path, 0, "%.*s", STR_ARG(want.n ? want : STR("none")));
    finding_evidence(d->out, f, "live", dns_server_name(d->q->arena, s), live->at_s, "%.*s",
                     STR_ARG(got.n ? got : str_of(dns_outcome_words(live))));
    propose(d, f, set, &seen);
    finding_fix(d->out, f,
                "Find out who changed it and why. Either change the live record back at %s (shown below), or write the "
                "new one into %.*s",
                dns_provider(d->zone), STR_ARG(d->file->path));
}

void check_dns_drift(struct ask *q, struct findings *out)
{
    struct drift d = {.q = q, .out = out, .zone = dns_own_zone(q)};
    struct err err;

    d.file = d.zone ? fact_zone_file(q) : NULL;
    if (!d.zone || !d.file)
        return;
    const struct zone_server *s = dns_authority(d.zone, 0);
    if (!s || !gather_documented(&d)) {
        if (s)
            err_set(&err, ERR_LIMIT, "%.*s documents more than %u sets of records", STR_ARG(d.file->path), SETS_MOST);
        else
            err_set(&err, ERR_DNS_FAILED, "no server of %.*s answers with authority", STR_ARG(d.zone->apex));
        err_at(&err, "%.*s", STR_ARG(d.zone->apex));
        ask_note(q, STR("zone"), &err);
        return;
    }
    gather_undocumented(&d);
    for (size_t i = 0; i < d.n_sets; i++)
        fact_dns_at_want(q, s->ip, d.sets[i].owner, d.sets[i].type);
    for (size_t i = 0; i < d.n_sets; i++)
        judge_set(&d, &d.sets[i], s);
}
