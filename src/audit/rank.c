/* rank.c - what matters most: section 2 of the catalogue's rules. */
#include "audit/audit_inside.h"

#include <stdlib.h>

#include "core/arena.h"

static const int severity_base[] = {
    [SEV_INFO] = 5, [SEV_LOW] = 20, [SEV_MEDIUM] = 45, [SEV_HIGH] = 70, [SEV_CRITICAL] = 90};
static const int certainty_cost[] = {[OBSERVED] = 0, [INFERRED] = 10, [TOLD] = 15};
#define REACH_EVERY_VISITOR 6
#define REACH_MONEY_PATH    4

static bool meets_every_visitor(struct str subject, struct str domain)
{
    struct str host = audit_host_of(subject);

    if (str_starts_nocase(host, STR("www.")))
        host = str_from(host, 4);
    return str_eq_nocase(host, domain);
}

static int impact_of(const struct finding *f, struct str domain)
{
    return severity_base[f->severity] + (meets_every_visitor(f->subject, domain) ? REACH_EVERY_VISITOR : 0) +
           (f->on_money_path ? REACH_MONEY_PATH : 0) - certainty_cost[f->certainty];
}

/* Open ones first, then what could not be seen, what is accepted, and the rest. */
static int group_of(const struct finding *f)
{
    static const int groups[] = {[FAIL] = 0, [WARN] = 0, [UNKNOWN] = 1, [WAIVED] = 2, [PASS] = 3, [NOT_APPLICABLE] = 4};

    return groups[f->status];
}

static int by_impact(const struct finding *a, const struct finding *b)
{
    if (a->impact != b->impact)
        return a->impact > b->impact ? -1 : 1;
    if (a->status != b->status)
        return a->status == FAIL ? -1 : b->status == FAIL ? 1 : 0;
    return a->check->effort_minutes - b->check->effort_minutes;
}

static int by_name(const struct finding *a, const struct finding *b)
{
    int d = str_compare(str_of(a->check->id), str_of(b->check->id));

    if (!d)
        d = str_compare(a->subject, b->subject);
    return d ? d : str_compare(a->key, b->key);
}

static int compare(const void *x, const void *y)
{
    const struct finding *a = *(struct finding *const *)x, *b = *(struct finding *const *)y;
    int d = group_of(a) - group_of(b);

    if (!d && group_of(a) == 0)
        d = a->check->risk != b->check->risk ? (int)a->check->risk - (int)b->check->risk : by_impact(a, b);
    return d ? d : by_name(a, b);
}

static bool is_first_material(const struct finding *f)
{
    return (f->status == FAIL || f->status == WARN) && f->severity > SEV_INFO && !f->cause;
}

/* The top five over all classes, one a check. */
static void choose_first(struct audit *a)
{
    while (a->n_first < N_OF(a->first)) {
        struct finding *best = NULL;
        for (size_t i = 0; i < a->n_findings; i++) {
            struct finding *f = a->findings[i];
            bool taken = !is_first_material(f);
            for (size_t j = 0; j < a->n_first; j++)
                taken |= a->first[j]->check == f->check;
            if (!taken && (!best || by_impact(f, best) < 0))
                best = f;
        }
        if (!best)
            return;
        a->first[a->n_first++] = best;
    }
}

void audit_rank(struct audit *a, struct str domain)
{
    for (size_t i = 0; i < a->n_findings; i++)
        a->findings[i]->impact = impact_of(a->findings[i], domain);
    if (a->n_findings)
        qsort(a->findings, a->n_findings, sizeof *a->findings, compare);
    choose_first(a);
}
