#include "mail/spf_merge.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

#define TERMS_MOST  300u
#define STRING_MOST 255u
#define DROPS_MOST  30u

/* ---- the text ---- */

struct merged_terms {
    struct str v[TERMS_MOST];
    size_t n;
    struct str all, redirect; /* kept apart: they end the record */
};

static struct str without_qualifier(struct str term)
{
    return term.n && strchr("+-~?", term.p[0]) ? str_from(term, 1) : term;
}

static bool is_all(struct str term)
{
    return str_eq_nocase(without_qualifier(term), STR("all"));
}

static int strictness(struct str all)
{
    switch (all.n ? all.p[0] : '+') {
    case '-': return 3;
    case '~': return 2;
    case '?': return 1;
    default: return 0;
    }
}

/* "+include:x" is "include:x", and names know no case. A term with a path of macros is compared as it is. */
static bool is_same(struct str a, struct str b)
{
    if (a.n && a.p[0] == '+')
        a = str_from(a, 1);
    if (b.n && b.p[0] == '+')
        b = str_from(b, 1);
    return str_has(a, STR("%")) ? str_eq(a, b) : str_eq_nocase(a, b);
}

static void add_term(struct merged_terms *m, struct str term)
{
    if (is_all(term)) {
        if (!m->all.n || strictness(term) > strictness(m->all))
            m->all = term;
        return;
    }
    if (str_starts_nocase(term, STR("redirect="))) {
        if (!m->redirect.n)
            m->redirect = term;
        return;
    }
    for (size_t i = 0; i < m->n; i++)
        if (is_same(m->v[i], term))
            return;
    if (m->n < TERMS_MOST)
        m->v[m->n++] = term;
}

static void add_terms(struct merged_terms *m, struct str text)
{
    while (text.p) {
        struct str term = str_cut(&text, ' ');
        if (term.n)
            add_term(m, term);
    }
}

/* Modifiers (exp=, and those not known) after the mechanisms, where people expect them. */
static bool is_modifier(struct str term)
{
    size_t equals = str_find_char(term, '='), colon = str_find_char(term, ':'), slash = str_find_char(term, '/');

    return equals != SIZE_MAX && equals < colon && equals < slash;
}

/* Whatever the bytes are: what a stranger publishes may hold NULs. */
static void append(struct arena *arena, struct str *record, const char *between, struct str term)
{
    struct str parts[] = {*record, str_of(between), term};
    char *p = arena_alloc(arena, parts[0].n + parts[1].n + parts[2].n + 1);
    size_t n = 0;

    for (size_t i = 0; i < N_OF(parts); i++)
        for (size_t k = 0; k < parts[i].n; k++)
            p[n++] = parts[i].p[k];
    *record = str_n(p, n);
}

struct str spf_merge_text(struct arena *arena, const struct str_list *records, struct str terms)
{
    struct merged_terms *m = arena_alloc(arena, sizeof *m);
    struct str record = STR("v=spf1");

    for (size_t i = 0; i < records->n; i++)
        add_terms(m, str_from(records->v[i], 6)); /* after "v=spf1" */
    bool had_end = m->all.n || m->redirect.n;
    struct str all = m->all, redirect = m->redirect;
    add_terms(m, terms);
    if (had_end) { /* how it ends is the owner's decision */
        m->all = all;
        m->redirect = redirect;
    }
    if (m->all.n && records->n > 1) /* of several, one may have ended in redirect: "all" makes it dead */
        m->redirect = STR_NONE;
    for (size_t i = 0; i < m->n; i++)
        if (!is_modifier(m->v[i]))
            append(arena, &record, " ", m->v[i]);
    if (m->redirect.n)
        append(arena, &record, " ", m->redirect);
    if (m->all.n || !m->redirect.n)
        append(arena, &record, " ", m->all.n ? m->all : STR("~all"));
    for (size_t i = 0; i < m->n; i++)
        if (is_modifier(m->v[i]))
            append(arena, &record, " ", m->v[i]);
    return record;
}

struct str spf_split(struct arena *arena, struct str record)
{
    struct str text = STR_NONE;

    while (record.n) {
        size_t n = record.n;
        if (n > STRING_MOST) { /* the space stays at the end of the first: strings are joined without one */
            n = STRING_MOST;
            while (n > 1 && record.p[n - 1] != ' ')
                n--;
            if (n <= 1)
                n = STRING_MOST;
        }
        append(arena, &text, text.n ? " \"" : "\"", str_first(record, n));
        append(arena, &text, "\"", STR_NONE);
        record = str_from(record, n);
    }
    return text;
}

/* ---- the cost ---- */

static int by_use(const void *a, const void *b)
{
    const struct spf_drop *x = a, *y = b;

    if (x->wasted != y->wasted)
        return x->wasted ? -1 : 1;
    return x->saves < y->saves ? 1 : x->saves > y->saves ? -1 : str_compare(x->target, y->target);
}

static void list_drops(struct arena *arena, const struct spf_node *tree, spf_aligns_fn aligns, const void *context,
                       struct spf_merge *ret)
{
    size_t capacity = 0;

    for (size_t i = 0; tree && i < tree->n_terms && ret->n_drops < DROPS_MOST; i++) {
        const struct spf_term *t = &tree->terms[i];
        struct str text = without_qualifier(t->text);
        if (!str_starts_nocase(text, STR("include:")))
            continue;
        struct str target = str_from(text, 8);
        bool wasted = aligns && !aligns(context, target);
        if (wasted || ret->over)
            *ARENA_PUSH(arena, ret->drops, ret->n_drops, capacity) =
                (struct spf_drop){.target = target, .saves = t->look_ups, .wasted = wasted};
    }
    if (ret->n_drops)
        qsort(ret->drops, ret->n_drops, sizeof *ret->drops, by_use);
}

/* The record without the terms that include one of the wasted targets. */
static struct str drop_wasted(struct arena *arena, const struct spf_merge *m)
{
    struct str rest = m->record, kept = STR_NONE;

    while (rest.p) {
        struct str term = str_cut(&rest, ' '), text = without_qualifier(term);
        bool drop = false;
        for (size_t i = 0; i < m->n_drops && !drop; i++)
            drop = m->drops[i].wasted && str_starts_nocase(text, STR("include:")) &&
                   str_eq_nocase(str_from(text, 8), m->drops[i].target);
        if (!drop)
            append(arena, &kept, kept.n ? " " : "", term);
    }
    return kept;
}

void spf_merge(struct arena *arena, const struct mail_resolver *dns, struct str domain, const struct str_list *records,
               struct str terms, spf_aligns_fn aligns, const void *context, struct spf_merge *ret)
{
    struct spf_survey survey, shorter;
    unsigned saved = 0;

    *ret = (struct spf_merge){.several = records->n > 1, .shorter = STR_NONE, .split = STR_NONE};
    ret->record = spf_merge_text(arena, records, terms);
    ret->changed = records->n != 1 || !str_eq_nocase(records->v[0], ret->record);
    spf_survey(arena, dns, domain, ret->record, &survey);
    ret->look_ups = survey.look_ups;
    ret->look_ups_known = !survey.unseen.n;
    ret->over = survey.look_ups > SPF_LOOK_UPS_MOST;
    list_drops(arena, survey.tree, aligns, context, ret);
    for (size_t i = 0; i < ret->n_drops; i++)
        saved += ret->drops[i].wasted ? 1 : 0;
    if (saved) {
        ret->shorter = drop_wasted(arena, ret);
        spf_survey(arena, dns, domain, ret->shorter, &shorter);
        ret->shorter_look_ups = shorter.look_ups;
    }
    ret->long_string = ret->record.n > STRING_MOST;
    if (ret->long_string)
        ret->split = spf_split(arena, ret->record);
}
