/* SPF for people: the verdict first, then the tree with what each term costs. */
#include "report/spf_write.h"
#include "core/arena.h"
#include "core/text.h"
#include "mail/spf.h"
#include "report/spf_write_inside.h"
#include "report/term.h"

#define NOTE_AT 42 /* the column of the notes, where terms are short enough */

static struct str safe(struct term *t, struct str s)
{
    return text_safe(t->arena, s);
}

/* ---- the tree ---- */

static void write_term(struct term *t, const struct spf_term *term, int depth);

static void write_terms(struct term *t, const struct spf_node *node, int depth)
{
    for (size_t i = 0; i < node->n_terms; i++)
        write_term(t, &node->terms[i], depth);
}

static struct str note_of(struct term *t, const struct spf_term *term)
{
    struct str note = safe(t, term->note);

    if (!term->reached && !note.n)
        return STR("not reached");
    return term->void_look_ups && !note.n && !term->record ? STR("leads to nothing") : note;
}

static void write_term(struct term *t, const struct spf_term *term, int depth)
{
    struct str text = safe(t, term->text), note = note_of(t, term);
    enum ink ink = term->matched ? INK_GREEN : term->reached ? INK_PLAIN : INK_DIM;
    int at = 8 + 2 * depth;

    if (term->look_ups)
        term_ink(t, INK_BOLD, "%5u", term->look_ups);
    else
        term_spaces(t, 5);
    term_put(t, term->matched ? STR(" * ") : STR("   "));
    term_spaces(t, 2 * depth);
    term_ink(t, ink, "%.*s", STR_ARG(text));
    int end = at + (int)text_columns(text);
    if (note.n && end + 2 <= NOTE_AT) {
        term_spaces(t, NOTE_AT - end);
        term_wrap(t, NOTE_AT, NOTE_AT, note);
    } else {
        term_line(t);
        if (note.n) {
            term_spaces(t, at + 4);
            term_wrap(t, at + 4, at + 4, note);
        }
    }
    if (term->record)
        write_terms(t, term->record, depth + 1);
}

static void write_tree(struct term *t, const struct spf_node *node)
{
    term_line(t);
    term_put(t, STR("costs   "));
    term_ink(t, INK_BOLD, "the record of %.*s", STR_ARG(safe(t, node->domain)));
    term_line(t);
    write_terms(t, node, 0);
}

/* ---- an evaluation ---- */

static const struct {
    enum ink ink;
    const char *says; /* of the address, then of the domain */
} sayings[] = {
    [SPF_NONE] = {INK_YELLOW, "%s: nobody says whether it may send for %s"},
    [SPF_NEUTRAL] = {INK_YELLOW, "%s is neither allowed nor forbidden to send for %s"},
    [SPF_PASS] = {INK_GREEN, "%s may send for %s"},
    [SPF_FAIL] = {INK_RED, "%s may not send for %s"},
    [SPF_SOFTFAIL] = {INK_YELLOW, "%s is not among the senders of %s, which asks for suspicion, not refusal"},
    [SPF_TEMPERROR] = {INK_YELLOW, "whether %s may send for %s cannot be decided now"},
    [SPF_PERMERROR] = {INK_RED, "whether %s may send cannot be decided: the record of %s is broken"},
};

static void write_verdict(const struct spf_question *q, const struct spf_verdict *v, struct term *t)
{
    struct str ip = safe(t, q->ip), domain = safe(t, v->domain);
    const char *says = sayings[v->result].says;

    term_ink(t, sayings[v->result].ink, "%s", spf_result_word(v->result));
    term_put(t, STR("  "));
    for (bool first = true; *says; says++) {
        if (says[0] == '%' && says[1] == 's') {
            term_put(t, first ? ip : domain);
            first = false;
            says++;
        } else {
            term_put(t, str_n(says, 1));
        }
    }
    term_line(t);
    term_field(t, "because", safe(t, v->reason));
    if (v->explanation.n)
        term_field(t, "told", safe(t, v->explanation));
    if (v->tree)
        term_field(t, "spent",
                   str_fmt(t->arena, "%u of %u look-ups; %u of %u that lead to nothing", v->look_ups, SPF_LOOK_UPS_MOST,
                           v->void_look_ups, SPF_VOID_MOST));
    if (v->tree)
        write_tree(t, v->tree);
}

bool spf_write_verdict(const struct spf_question *question, const struct spf_verdict *verdict, struct arena *arena,
                       struct str format, bool color, struct buf *out)
{
    struct term t = {.out = out, .arena = arena, .color = color, .columns = 80};

    if (str_eq(format, STR("json")))
        spf_json_verdict(question, verdict, arena, out);
    else
        write_verdict(question, verdict, &t);
    return !out->full;
}

/* ---- a survey ---- */

static void write_summary(const struct spf_survey *s, struct term *t)
{
    struct str domain = safe(t, s->domain);

    if (!s->exists) {
        term_ink(t, INK_YELLOW, s->unseen.n ? "not seen" : "none");
        term_put(t, str_fmt(t->arena, s->unseen.n ? "  the SPF record of %.*s" : "  %.*s has no SPF record",
                            STR_ARG(domain)));
    } else if (spf_survey_is_permerror(s)) {
        term_ink(t, INK_RED, "broken");
        term_put(t, str_fmt(t->arena, "  receivers cannot use the SPF record of %.*s (permerror)", STR_ARG(domain)));
    } else {
        term_ink(t, s->n_flaws ? INK_YELLOW : INK_GREEN, s->n_flaws ? "usable" : "good");
        term_put(t, str_fmt(t->arena, "  the SPF record of %.*s%s%.*s", STR_ARG(domain),
                            s->ending.n ? " ends in " : " says nothing of other senders", STR_ARG(s->ending)));
    }
    term_line(t);
    if (s->tree)
        term_field(t, "spends",
                   str_fmt(t->arena, "%u of %u look-ups, and %u of %u that lead to nothing, in the worst case",
                           s->look_ups, SPF_LOOK_UPS_MOST, s->void_look_ups, SPF_VOID_MOST));
    if (s->unseen.n)
        term_field(t, "not seen", safe(t, s->unseen));
}

bool spf_write_survey(const struct spf_survey *s, struct arena *arena, struct str format, bool color, struct buf *out)
{
    struct term t = {.out = out, .arena = arena, .color = color, .columns = 80};

    if (str_eq(format, STR("json"))) {
        spf_json_survey(s, arena, out);
        return !out->full;
    }
    write_summary(s, &t);
    for (size_t i = 0; i < s->n_flaws; i++) {
        term_ink(&t, s->flaws[i].always_permerror ? INK_RED : INK_YELLOW,
                 s->flaws[i].always_permerror ? "   breaks   " : "   note     ");
        term_put(&t, STR(" "));
        term_wrap(&t, TERM_TEXT_AT, TERM_TEXT_AT, safe(&t, s->flaws[i].text));
    }
    for (size_t i = 0; i < s->records.n && !s->tree; i++)
        term_item(&t, i ? NULL : "records", safe(&t, s->records.v[i]));
    if (s->tree)
        write_tree(&t, s->tree);
    return !out->full;
}
