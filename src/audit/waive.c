#include "audit/audit_inside.h"

#include <jansson.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"

#define BASELINE_MOST_BYTES (4u * 1024u * 1024u)
#define BASELINE_MOST       5000u

static bool fits(const struct waiver *w, const struct finding *f)
{
    return (!w->check.n || check_matches(f->check, w->check)) &&
           (!w->subject.n || str_eq_nocase(w->subject, f->subject) ||
            str_eq_nocase(w->subject, audit_host_of(f->subject))) &&
           (!w->fingerprint.n || str_eq_nocase(w->fingerprint, f->fingerprint));
}

static bool has_expired(const struct waiver *w, int64_t now_s)
{
    return w->until_s && w->until_s + 86400 <= now_s; /* the last day still counts */
}

/* How many findings it fits; marks them when it still holds. */
static size_t apply(struct audit *a, const struct waiver *w, bool expired)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n_findings; i++) {
        struct finding *f = a->findings[i];
        if ((f->status != FAIL && f->status != WARN && f->status != WAIVED) || !fits(w, f))
            continue;
        n++;
        if (expired || f->status == WAIVED)
            continue;
        f->status = WAIVED;
        f->waiver_reason = w->reason;
        f->waiver_owner = w->owner;
        f->waiver_until_s = w->until_s;
    }
    return n;
}

static bool check_ran(const struct audit *a, const struct waiver *w)
{
    for (size_t i = 0; i < a->n_findings; i++)
        if (!w->check.n || check_matches(a->findings[i]->check, w->check))
            return true;
    return false;
}

static void add(struct audit *a, struct findings *extra)
{
    struct finding **all = arena_array(a->arena, a->n_findings + extra->n, sizeof *all);
    size_t n = 0;

    for (size_t i = 0; i < a->n_findings; i++) /* its pass makes room for what it found */
        if (a->findings[i]->check != extra->check)
            all[n++] = a->findings[i];
    for (size_t i = 0; i < extra->n; i++) {
        finding_close(extra, extra->v[i]);
        all[n++] = extra->v[i];
    }
    a->findings = all;
    a->n_findings = n;
}

void audit_waive(struct audit *a, const struct waiver *waivers, size_t n, int64_t now_s)
{
    struct findings extra = {.arena = a->arena, .check = check_by_id(STR("audit.waivers"))};

    for (size_t i = 0; i < n; i++) {
        const struct waiver *w = &waivers[i];
        struct str what = w->check.n ? w->check : w->fingerprint;
        bool expired = has_expired(w, now_s);
        size_t n_fitting = apply(a, w, expired);
        struct finding *f = NULL;
        if (expired && n_fitting)
            f = say(&extra, WARN, what, "the acceptance of %.*s expired on %.*s: its findings count again",
                    STR_ARG(what), STR_ARG(clock_date(a->arena, w->until_s)));
        else if (!n_fitting && check_ran(a, w))
            f = say(&extra, WARN, what, "the acceptance of %.*s fits nothing any more", STR_ARG(what));
        if (!f)
            continue;
        f->key = w->fingerprint.n ? w->fingerprint : w->subject;
        f->section = STR("waivers");
        finding_evidence(&extra, f, "accepted in", STR_NONE, now_s, "%.*s", STR_ARG(w->source));
        finding_evidence(&extra, f, "reason given", STR_NONE, now_s, "%.*s", STR_ARG(w->reason));
    }
    if (extra.n)
        add(a, &extra);
}

static struct str text_of(struct arena *arena, const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    return json_is_string(v) ? str_dup(arena, str_n(json_string_value(v), json_string_length(v))) : STR_NONE;
}

static bool read_accepted(struct arena *arena, const char *path, size_t i, const json_t *o, struct waiver *w,
                          struct err *reterr)
{
    struct str until = text_of(arena, o, "until");

    *w = (struct waiver){
        .check = text_of(arena, o, "check"),
        .subject = text_of(arena, o, "subject"),
        .fingerprint = text_of(arena, o, "fingerprint"),
        .reason = text_of(arena, o, "reason"),
        .owner = text_of(arena, o, "owner"),
        .source = str_fmt(arena, "%s, accepted[%zu]", path, i),
    };
    if (!w->check.n && !w->fingerprint.n)
        return err_set(reterr, ERR_USAGE, "%s: accepted[%zu] needs \"check\" or \"fingerprint\"", path, i);
    if (!w->reason.n)
        return err_set(reterr, ERR_USAGE, "%s: accepted[%zu] needs \"reason\": why it is accepted", path, i);
    if (!until.n || !clock_parse(until, &w->until_s))
        return err_set(reterr, ERR_USAGE, "%s: accepted[%zu] needs \"until\", a date such as 2027-01-31", path, i);
    return true;
}

bool audit_baseline_load(struct arena *arena, const char *path, struct waiver **ret, size_t *ret_n, struct err *reterr)
{
    struct str text;
    json_error_t where;

    if (!file_read(arena, path, BASELINE_MOST_BYTES, &text, reterr)) {
        if (reterr)
            reterr->kind = ERR_USAGE;
        return false;
    }
    json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &where);
    const json_t *accepted = json_object_get(root, "accepted");
    size_t n = json_array_size(accepted);
    bool ok = true;
    if (!root)
        ok = err_set(reterr, ERR_USAGE, "%s:%d:%d: %s", path, where.line, where.column, where.text);
    else if (!json_is_array(accepted) || n > BASELINE_MOST)
        ok = err_set(reterr, ERR_USAGE, "%s: expected {\"accepted\": [...]} with at most %u entries", path,
                     BASELINE_MOST);
    struct waiver *w = arena_array(arena, n ? n : 1, sizeof *w);
    for (size_t i = 0; ok && i < n; i++)
        ok = read_accepted(arena, path, i, json_array_get(accepted, i), &w[i], reterr);
    json_decref(root);
    if (ok) {
        *ret = w;
        *ret_n = n;
    }
    return ok;
}
