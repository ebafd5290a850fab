/* The worst case of a domain's SPF record. Level by level, so that the look-ups of one level overlap. */
#include <stdarg.h>

#include "core/arena.h"
#include "mail/spf_survey_inside.h"

#define UNSEEN_MOST 4u /* named; the rest is counted by "more" */

void spf_flaw_add(struct spf_walk *w, enum spf_flaw_kind kind, bool always, const struct spf_place *place, size_t index,
                  const char *fmt, ...)
{
    struct spf_survey *s = w->survey;
    va_list args;

    if (s->n_flaws == SPF_FLAWS_MOST) { /* more than anybody reads; that it breaks everything is not lost */
        s->flaws[s->n_flaws - 1].always_permerror |= always;
        return;
    }
    va_start(args, fmt);
    struct spf_flaw flaw = {
        .kind = kind, .always_permerror = always, .domain = place->domain, .text = str_vfmt(w->arena, fmt, args)};
    va_end(args);
    if (index != SIZE_MAX) {
        flaw.term = place->record.parts[index].text;
        flaw.at = place->record.parts[index].at;
    }
    *ARENA_PUSH(w->arena, s->flaws, s->n_flaws, s->flaws_capacity) = flaw;
    w->where = arena_grow(w->arena, w->where, w->n_where, &w->where_capacity, sizeof *w->where);
    w->where[w->n_where].place = place;
    w->where[w->n_where++].index = index;
}

static void unseen(struct spf_walk *w, struct str name, struct str why)
{
    struct str so_far = w->survey->unseen;

    if (++w->n_unseen <= UNSEEN_MOST)
        w->survey->unseen =
            str_fmt(w->arena, "%.*s%s%.*s: %.*s", STR_ARG(so_far), so_far.n ? "; " : "", STR_ARG(name), STR_ARG(why));
    else if (w->n_unseen == UNSEEN_MOST + 1)
        w->survey->unseen = str_fmt(w->arena, "%.*s; and more", STR_ARG(so_far));
}

/* ---- one record: its terms' targets ---- */

/* The values that do not depend on the message: its domain and, for mail of the domain, the sender's. */
static bool find_target(struct spf_walk *w, const struct spf_place *place, const struct spf_part *part,
                        struct spf_term *term)
{
    if (term->target.n)
        return true;
    w->values.of['d' - 'a'] = place->domain;
    if (part->kind == SPF_PTR && !part->spec.n)
        return false;
    struct str name;
    if (!spf_macro_domain(w->arena, part->spec, &w->values, &name))
        return false;
    term->target = name;
    return true;
}

static bool is_above(const struct spf_place *place, struct str domain)
{
    for (; place; place = place->parent)
        if (str_eq_nocase(place->domain, domain))
            return true;
    return false;
}

static struct spf_place *add_place(struct spf_walk *w, struct spf_place *parent, size_t index, struct str domain)
{
    struct spf_place *place = arena_alloc(w->arena, sizeof *place);

    place->parent = parent;
    place->index = index;
    place->domain = domain;
    place->own = place->passes = true;
    if (parent) {
        bool redirect = parent->record.parts[index].kind == SPF_REDIRECT;
        place->own = parent->own && redirect;
        place->passes = parent->passes && (redirect || parent->record.parts[index].qualifier == SPF_PASS);
        parent->reach[index].below = place;
    }
    w->places[w->n_places++] = place;
    return place;
}

static void note_repeated(struct spf_walk *w, const struct spf_place *place, size_t index, struct str domain)
{
    for (size_t i = 0; i < w->survey->n_flaws; i++)
        if (w->survey->flaws[i].kind == SPF_FLAW_REPEATED &&
            str_eq_nocase(w->where[i].place->node->terms[w->where[i].index].target, domain))
            return;
    for (size_t i = 0; i < w->n_places; i++) {
        if (str_eq_nocase(w->places[i]->domain, domain)) {
            spf_flaw_add(w, SPF_FLAW_REPEATED, false, place, index,
                         "the record of %.*s is included more than once, and each time its look-ups are spent again",
                         STR_ARG(domain));
            return;
        }
    }
}

/* An include or redirect: its record is read when its level comes. */
static void plan_below(struct spf_walk *w, struct spf_place *place, size_t i)
{
    struct spf_term *term = &place->node->terms[i];

    if (!spf_name_fits(term->target)) {
        term->note = STR("a name that cannot be looked up");
        spf_flaw_add(w, SPF_FLAW_NO_RECORD, true, place, i, "\"%.*s\" names what cannot be a domain",
                     STR_ARG(spf_brief(term->text)));
    } else if (is_above(place, term->target)) {
        term->note = STR("comes back to itself");
        spf_flaw_add(w, SPF_FLAW_LOOP, true, place, i,
                     "\"%.*s\" in the record of %.*s comes back to a record that is being read: it ends past ten "
                     "look-ups",
                     STR_ARG(spf_brief(term->text)), STR_ARG(place->domain));
    } else if (w->n_places == SPF_SURVEY_RECORDS_MOST || w->n_terms > SPF_TREE_TERMS_MOST) {
        term->note = STR("not read: the tree is too large");
        unseen(w, term->target, STR("not read, because the tree of records is too large"));
    } else {
        note_repeated(w, place, i, term->target);
        mail_want(w->dns, term->target, DNS_TXT);
        add_place(w, place, i, term->target);
    }
}

static void plan_term(struct spf_walk *w, struct spf_place *place, size_t i)
{
    const struct spf_part *part = &place->record.parts[i];
    struct spf_term *term = &place->node->terms[i];

    term->look_ups = spf_spends(part->kind);
    if (!spf_spends(part->kind))
        return;
    if (!find_target(w, place, part, term)) {
        term->note = part->kind == SPF_PTR ? STR("depends on the client") : STR("depends on the message");
        place->reach[i].maybe_void = part->kind == SPF_EXISTS;
        return;
    }
    if (part->kind == SPF_INCLUDE || part->kind == SPF_REDIRECT) {
        plan_below(w, place, i);
    } else if (!spf_name_fits(term->target)) {
        term->note = STR("a name that cannot be looked up: it never matches");
    } else if (part->kind != SPF_PTR && w->n_targets == SPF_SURVEY_TARGETS_MOST) {
        place->reach[i].leads = true;
    } else if (part->kind != SPF_PTR) {
        w->n_targets++;
        mail_want(w->dns, term->target, part->kind == SPF_MX ? DNS_MX : DNS_A);
        if (part->kind == SPF_A)
            mail_want(w->dns, term->target, DNS_AAAA);
    }
}

static void open_record(struct spf_walk *w, struct spf_place *place, const struct mail_record *record)
{
    spf_record_parse(w->arena, record->value, &place->record);
    size_t n = place->record.n;
    bool after_all = false;

    place->n_strings = record->n_strings;
    place->node = spf_node_new(w->arena, place->domain, record->value, &place->record);
    place->reach = arena_array(w->arena, n + 1, sizeof *place->reach);
    w->n_terms += n;
    if (place->parent)
        place->parent->node->terms[place->index].record = place->node;
    for (size_t i = 0; i < n; i++) {
        const struct spf_part *part = &place->record.parts[i];
        bool mechanism = part->kind <= SPF_EXISTS;
        place->reach[i].reached = mechanism ? !after_all : part->kind != SPF_REDIRECT || !place->record.all;
        place->node->terms[i].reached = place->reach[i].reached;
        after_all |= part->kind == SPF_ALL;
    }
    spf_flaws_of_record(w, place);
    for (size_t i = 0; i < n; i++)
        if (place->reach[i].reached)
            plan_term(w, place, i);
}

/* ---- the DNS ---- */

static void look_below(struct spf_walk *w, struct spf_place *place)
{
    struct spf_place *parent = place->parent;
    struct spf_term *term = &parent->node->terms[place->index];
    struct mail_answer answer;
    const struct mail_record *record = NULL;

    mail_look(w->dns, w->arena, place->domain, DNS_TXT, &answer);
    switch (spf_record_find(&answer, &record)) {
    case SPF_FOUND_ONE: open_record(w, place, record); return;
    case SPF_FOUND_FAILED:
        term->note = str_fmt(w->arena, "could not be looked up: %.*s", STR_ARG(answer.why));
        parent->reach[place->index].unseen = true;
        unseen(w, place->domain, answer.why);
        return;
    case SPF_FOUND_SEVERAL:
        term->note = STR("several SPF records");
        spf_flaw_add(w, SPF_FLAW_SEVERAL, true, parent, place->index,
                     "%.*s has several SPF records, where one is allowed", STR_ARG(place->domain));
        return;
    case SPF_FOUND_NONE:
        term->note = STR("no SPF record");
        term->void_look_ups = answer.outcome != MAIL_ANSWER;
        parent->reach[place->index].void4 = parent->reach[place->index].void6 = term->void_look_ups;
        spf_flaw_add(w, SPF_FLAW_NO_RECORD, true, parent, place->index, "%.*s %s", STR_ARG(place->domain),
                     answer.outcome == MAIL_NXDOMAIN ? "does not exist" : "has no SPF record");
        return;
    }
}

static void look_void(struct spf_walk *w, struct spf_term *term, enum dns_type type, struct spf_reach *reach,
                      bool *ret_void, struct mail_answer *ret)
{
    mail_look(w->dns, w->arena, term->target, type, ret);
    *ret_void = ret->outcome == MAIL_NODATA || ret->outcome == MAIL_NXDOMAIN;
    reach->leads |= ret->n > 0;
    if (ret->outcome != MAIL_FAILED)
        return;
    reach->unseen = true;
    term->note = str_fmt(w->arena, "could not be looked up: %.*s", STR_ARG(ret->why));
    unseen(w, term->target, ret->why);
}

static void judge_target(struct spf_walk *w, const struct spf_place *place, size_t i, bool is_void)
{
    struct spf_term *term = &place->node->terms[i];
    const struct spf_reach *reach = &place->reach[i];

    term->void_look_ups = reach->void4 || reach->void6;
    if (is_void) {
        term->note = place->record.parts[i].kind == SPF_MX ? STR("no MX record") : STR("no address");
        if (place->own)
            spf_flaw_add(w, SPF_FLAW_VOID_TERM, false, place, i, "\"%.*s\" can never match: %.*s has %.*s",
                         STR_ARG(spf_brief(term->text)), STR_ARG(term->target), STR_ARG(term->note));
    } else if (term->void_look_ups && !reach->unseen) {
        term->note = reach->void4 ? STR("no IPv4 address") : STR("no IPv6 address");
    }
}

static void look_target(struct spf_walk *w, struct spf_place *place, size_t i)
{
    const struct spf_part *part = &place->record.parts[i];
    struct spf_reach *reach = &place->reach[i];
    struct spf_term *term = &place->node->terms[i];
    struct mail_answer answer;

    look_void(w, term, part->kind == SPF_MX ? DNS_MX : DNS_A, reach, &reach->void4, &answer);
    reach->void6 = reach->void4;
    if (part->kind == SPF_A)
        look_void(w, term, DNS_AAAA, reach, &reach->void6, &answer);
    judge_target(w, place, i, reach->void4 && reach->void6);
    if (part->kind == SPF_MX && answer.n > SPF_NAMES_MOST) {
        term->note = str_fmt(w->arena, "%zu MX records", answer.n);
        spf_flaw_add(w, SPF_FLAW_NAMES, true, place, i, "%.*s has %zu MX records; behind \"%.*s\" ten are allowed",
                     STR_ARG(term->target), answer.n, STR_ARG(spf_brief(term->text)));
    }
}

static void look_targets(struct spf_walk *w)
{
    size_t left = w->n_targets;

    for (size_t p = 0; p < w->n_places; p++) {
        struct spf_place *place = w->places[p];
        for (size_t i = 0; place->node && i < place->record.n && left; i++) {
            enum spf_kind kind = place->record.parts[i].kind;
            struct spf_term *term = &place->node->terms[i];
            if (!place->reach[i].reached || (kind != SPF_A && kind != SPF_MX && kind != SPF_EXISTS) ||
                !spf_name_fits(term->target))
                continue;
            left--;
            look_target(w, place, i);
        }
    }
}

/* ---- the worst case: nothing matches ---- */

/* Where a limit is passed, and who is hurt. */
struct crossing {
    const struct spf_place *place; /* whose term is one too many; NULL: none */
    size_t index;
    bool some_before, some_after; /* somebody is let pass by a term before it; would be, by it or a later one */
};

struct sum {
    unsigned look_ups, void4, void6, maybe;
    struct crossing over, void_over;
};

/* True when the term is seen to let somebody pass. */
static bool lets_pass(const struct spf_place *place, size_t i)
{
    const struct spf_part *part = &place->record.parts[i];

    if (!place->passes || part->qualifier != SPF_PASS)
        return false;
    switch (part->kind) {
    case SPF_ALL:
    case SPF_IP4:
    case SPF_IP6:
    case SPF_PTR: return true;
    case SPF_A:
    case SPF_MX: return place->reach[i].leads || !place->node->terms[i].target.n;
    case SPF_EXISTS: return place->reach[i].leads || place->reach[i].maybe_void;
    default: return false;
    }
}

static void note_crossing(struct crossing *c, bool over, const struct spf_place *place, size_t i)
{
    if (over && !c->place) {
        c->place = place;
        c->index = i;
    }
    if (lets_pass(place, i) || (place->reach[i].unseen && !c->place))
        *(c->place ? &c->some_after : &c->some_before) = true;
}

/* Nobody gets another answer, or somebody who is meant to pass gets this one. */
static bool is_hurtful(const struct crossing *c)
{
    return c->some_after || !c->some_before;
}

/* A record whose first mechanism lets everybody pass: an include of it always matches. */
static bool surely_passes(const struct spf_place *place)
{
    for (size_t i = 0; place && place->node && i < place->record.n; i++) {
        const struct spf_part *part = &place->record.parts[i];
        if (part->kind <= SPF_EXISTS)
            return part->qualifier == SPF_PASS &&
                   (part->kind == SPF_ALL || (part->kind == SPF_INCLUDE && surely_passes(place->reach[i].below)));
    }
    return false;
}

static bool stops_at(const struct spf_place *place, size_t i)
{
    return place->record.parts[i].kind == SPF_INCLUDE && surely_passes(place->reach[i].below);
}

static unsigned worst_void(const struct sum *sum)
{
    return (sum->void4 > sum->void6 ? sum->void4 : sum->void6) + sum->maybe;
}

static void add_place_up(struct sum *sum, struct spf_place *place);

static void add_term_up(struct sum *sum, struct spf_place *place, size_t i)
{
    struct spf_term *term = &place->node->terms[i];
    const struct spf_reach *reach = &place->reach[i];
    unsigned look_ups = sum->look_ups, voids = worst_void(sum);

    sum->look_ups += spf_spends(place->record.parts[i].kind);
    sum->void4 += reach->void4;
    sum->void6 += reach->void6;
    sum->maybe += reach->maybe_void;
    note_crossing(&sum->over, sum->look_ups > SPF_LOOK_UPS_MOST, place, i);
    note_crossing(&sum->void_over, worst_void(sum) > SPF_VOID_MOST, place, i);
    if (reach->below && reach->below->node)
        add_place_up(sum, reach->below);
    term->look_ups = sum->look_ups - look_ups;
    term->void_look_ups = worst_void(sum) - voids;
    place->node->look_ups += term->look_ups;
    place->node->void_look_ups += term->void_look_ups;
}

static void add_place_up(struct sum *sum, struct spf_place *place)
{
    bool stopped = false;

    for (size_t i = 0; i < place->record.n; i++) {
        if (place->record.parts[i].kind == SPF_REDIRECT || !place->reach[i].reached)
            continue;
        if (stopped)
            place->node->terms[i].reached = place->reach[i].reached = false;
        else
            add_term_up(sum, place, i);
        stopped |= stops_at(place, i);
    }
    if (place->record.redirect && !place->record.all && !stopped)
        add_term_up(sum, place, (size_t)(place->record.redirect - place->record.parts));
}

static struct str brief_of(const struct crossing *c)
{
    return spf_brief(c->place->record.parts[c->index].text);
}

static void judge_limits(struct spf_walk *w, struct spf_place *top)
{
    struct spf_survey *s = w->survey;
    struct sum sum = {0};

    add_place_up(&sum, top);
    s->look_ups = sum.look_ups;
    s->void_look_ups = worst_void(&sum);
    if (sum.over.place)
        spf_flaw_add(w, SPF_FLAW_LOOK_UPS, is_hurtful(&sum.over), sum.over.place, sum.over.index,
                     "%u look-ups, where ten are allowed: \"%.*s\" in the record of %.*s is the eleventh", sum.look_ups,
                     STR_ARG(brief_of(&sum.over)), STR_ARG(sum.over.place->domain));
    if (sum.void_over.place) {
        bool all = sum.void4 > SPF_VOID_MOST && sum.void6 > SPF_VOID_MOST;
        const char *whom = all                         ? ""
                           : sum.void4 > SPF_VOID_MOST ? " for mail from an IPv4 address"
                           : sum.void6 > SPF_VOID_MOST ? " for mail from an IPv6 address"
                                                       : " for some mail";
        spf_flaw_add(
            w, SPF_FLAW_VOID, all && is_hurtful(&sum.void_over), sum.void_over.place, sum.void_over.index,
            "%u look-ups lead to nothing%s, where two are allowed: \"%.*s\" in the record of %.*s is the third",
            s->void_look_ups, whom, STR_ARG(brief_of(&sum.void_over)), STR_ARG(sum.void_over.place->domain));
    }
}

/* A flaw behind an include that always matches hurts nobody. */
static void spare_unreached(struct spf_walk *w)
{
    for (size_t f = 0; f < w->survey->n_flaws; f++) {
        const struct spf_place *place = w->where[f].place;
        size_t i = w->where[f].index;
        bool itself = w->survey->flaws[f].kind == SPF_FLAW_SYNTAX; /* a broken term breaks wherever it stands */
        for (; place; i = place->index, place = place->parent, itself = false)
            if (i != SIZE_MAX && place->reach && !place->reach[i].reached && !itself)
                w->survey->flaws[f].always_permerror = false;
    }
}

static struct str find_ending(struct spf_walk *w, const struct spf_place *place)
{
    static const char *const signs[] = {[SPF_NEUTRAL] = "?", [SPF_PASS] = "+", [SPF_FAIL] = "-", [SPF_SOFTFAIL] = "~"};

    while (place && place->node) {
        if (place->record.all)
            return str_fmt(w->arena, "%sall", signs[place->record.all->qualifier]);
        if (!place->record.redirect)
            break;
        place = place->reach[place->record.redirect - place->record.parts].below;
    }
    return STR_NONE;
}

/* ---- the domain's own ---- */

static bool find_own(struct spf_walk *w, struct spf_place *top, const struct mail_answer *answer,
                     const struct mail_record **ret)
{
    struct spf_survey *s = w->survey;
    enum spf_found found = spf_record_find(answer, ret);

    if (found == SPF_FOUND_FAILED)
        unseen(w, top->domain, answer->why);
    for (size_t i = 0; i < answer->n; i++) {
        if (spf_is_record(answer->v[i].value))
            str_list_add(w->arena, &s->records, answer->v[i].value);
        else
            spf_flaws_of_lookalike(w, top, answer->v[i].value);
    }
    s->exists = s->records.n > 0;
    if (found == SPF_FOUND_SEVERAL)
        spf_flaw_add(w, SPF_FLAW_SEVERAL, true, top, SIZE_MAX,
                     "%.*s has %zu SPF records, where one is allowed: receivers use none of them", STR_ARG(top->domain),
                     s->records.n);
    return found == SPF_FOUND_ONE;
}

void spf_survey(struct arena *arena, const struct mail_resolver *dns, struct str domain, struct str record,
                struct spf_survey *ret)
{
    struct spf_walk w = {.arena = arena, .dns = dns, .survey = ret};
    struct mail_record given = {.value = record, .n_strings = 1};
    struct mail_answer answer = {.outcome = MAIL_ANSWER, .v = &given, .n = 1};
    const struct mail_record *own = NULL;

    if (domain.n && domain.p[domain.n - 1] == '.')
        domain.n--;
    *ret = (struct spf_survey){.domain = domain};
    w.values.of['o' - 'a'] = domain;
    struct spf_place *top = add_place(&w, NULL, 0, domain);
    if (!record.n && spf_name_fits(domain))
        mail_look(dns, arena, domain, DNS_TXT, &answer);
    else if (!record.n)
        answer.outcome = MAIL_NODATA, answer.n = 0;
    if (!find_own(&w, top, &answer, &own))
        return;
    ret->record = own->value;
    open_record(&w, top, own);
    ret->tree = top->node;
    for (size_t i = 1; i < w.n_places; i++)
        look_below(&w, w.places[i]);
    look_targets(&w);
    judge_limits(&w, top);
    spare_unreached(&w);
    ret->ending = find_ending(&w, top);
}

bool spf_survey_is_permerror(const struct spf_survey *survey)
{
    for (size_t i = 0; i < survey->n_flaws; i++)
        if (survey->flaws[i].always_permerror)
            return true;
    return false;
}
