/* judge.c - tallies, the verdict and the exit status. */
#include "audit/audit_inside.h"

#include "core/arena.h"

static const char *const verdict_words[] = {"not-ready", "incomplete", "ready-with-risks", "ready"};

const char *verdict_word(enum verdict v)
{
    return verdict_words[v];
}

/* A check counts once, under the worst that it found. */
static int weight(enum status s)
{
    static const int weights[] = {
        [FAIL] = 6, [WARN] = 5, [UNKNOWN] = 4, [WAIVED] = 3, [PASS] = 2, [NOT_APPLICABLE] = 1};

    return weights[s];
}

static void tally(struct audit *a)
{
    for (int s = 1; s <= 7; s++)
        a->stages[s].stage = s;
    for (size_t i = 0; i < a->n_findings; i++) {
        const struct finding *f = a->findings[i];
        bool worst = true;
        for (size_t j = 0; j < a->n_findings && worst; j++) {
            const struct finding *g = a->findings[j];
            if (g->check == f->check &&
                (weight(g->status) > weight(f->status) || (weight(g->status) == weight(f->status) && j < i)))
                worst = false;
        }
        if (worst)
            a->stages[f->check->stage].n[f->status]++;
    }
}

static bool is_core_critical(const struct check *c)
{
    return c->wave == CORE && c->severity == SEV_CRITICAL;
}

static bool blocks(const struct finding *f)
{
    if (f->status != FAIL)
        return false;
    if (f->check->risk == RISK_LAUNCH_BLOCKER)
        return f->check->wave == CORE && f->severity >= SEV_HIGH;
    return f->severity == SEV_CRITICAL;
}

struct count {
    size_t blocking, risks, undecided, unseen, skipped;
    struct str undecided_id;
};

static struct count count_all(const struct audit *a)
{
    struct count n = {0};

    for (size_t i = 0; i < a->n_findings; i++) {
        const struct finding *f = a->findings[i];
        n.blocking += blocks(f);
        n.risks += f->status == WAIVED || ((f->status == FAIL || f->status == WARN) && f->severity > SEV_INFO);
        if (f->status == UNKNOWN) {
            n.unseen++;
            if (is_core_critical(f->check) && !f->cause) {
                n.undecided++;
                n.undecided_id = str_of(f->check->id);
            }
        }
    }
    for (size_t i = 0; i < a->n_skipped; i++)
        if (a->skipped[i].by_user) {
            n.skipped++;
            if (is_core_critical(a->skipped[i].check)) {
                n.undecided++;
                n.undecided_id = str_of(a->skipped[i].check->id);
            }
        }
    return n;
}

static void decide(struct audit *a, enum verdict verdict, struct str reason)
{
    a->verdict = verdict;
    a->verdict_reason = reason;
}

static const char *s(size_t n)
{
    return n == 1 ? "" : "s";
}

void audit_judge(struct audit *a)
{
    struct count n = count_all(a);

    tally(a);
    a->undecided = n.undecided || a->interrupted;
    if (n.blocking)
        decide(a, VERDICT_NOT_READY,
               str_fmt(a->arena, "%zu problem%s must be solved before the launch", n.blocking, s(n.blocking)));
    else if (a->interrupted)
        decide(a, VERDICT_INCOMPLETE, STR("the audit was interrupted"));
    else if (n.undecided)
        decide(a, VERDICT_INCOMPLETE,
               str_fmt(a->arena, "%zu critical point%s could not be looked at, among them %.*s", n.undecided,
                       s(n.undecided), STR_ARG(n.undecided_id)));
    else if (n.risks || n.unseen || n.skipped)
        decide(a, VERDICT_READY_WITH_RISKS,
               n.risks ? str_fmt(a->arena, "no blocker, %zu lesser risk%s", n.risks, s(n.risks))
                       : str_fmt(a->arena, "no blocker, %zu point%s not looked at", n.unseen + n.skipped,
                                 s(n.unseen + n.skipped)));
    else
        decide(a, VERDICT_READY, STR("every check of this version passed"));
}

bool audit_worst(const struct audit *a, enum severity *ret)
{
    bool any = false;

    for (size_t i = 0; i < a->n_findings; i++) {
        const struct finding *f = a->findings[i];
        if ((f->status != FAIL && f->status != WARN) || (any && f->severity <= *ret))
            continue;
        *ret = f->severity;
        any = true;
    }
    return any;
}

int audit_exit_status(const struct audit *a, enum severity fail_on)
{
    enum severity worst;

    if (a->interrupted)
        return 130;
    if (audit_worst(a, &worst) && worst >= fail_on)
        return 1;
    return a->undecided ? 3 : 0;
}
