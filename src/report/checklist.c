#include "report/checklist.h"

#include <jansson.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/text.h"
#include "report/escape.h"
#include "report/report_inside.h"
#include "report/term.h"

#define LIST_MOST_BYTES ((size_t)64 * 1024 * 1024)

static const enum ink severity_ink[] = {INK_DIM, INK_BLUE, INK_YELLOW, INK_RED, INK_RED};

/* What it needs before it can look: "network, --active, paths.private in the launch file". */
static struct str needs_of(struct arena *arena, const struct check *c)
{
    struct str s = STR_NONE;
    const struct {
        bool yes;
        const char *what;
    } needs[] = {{c->needs & NEED_NETWORK, "the network"},
                 {c->needs & NEED_REPO, "the repository"},
                 {c->needs & NEED_ACTIVE, "--active and proven control of the domain"}};

    for (size_t i = 0; i < N_OF(needs); i++)
        if (needs[i].yes)
            s = str_fmt(arena, "%.*s%s%s", STR_ARG(s), s.n ? ", " : "", needs[i].what);
    if (c->section)
        s = str_fmt(arena, "%.*s%s%s in the launch file", STR_ARG(s), s.n ? ", " : "", c->section);
    return s.n ? s : STR("nothing");
}

static const char *when(const struct check *c)
{
    return c->run ? "" : " [not in this version]";
}

/* One line a check, for grep. */
static void write_lines(const struct checklist *list, struct buf *out)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct check *c = list->v[i];
        buf_fmt(out, "%-28s %d  %-8s  %-14s  %s%s\n", c->id, c->stage, severity_word(c->severity), risk_word(c->risk),
                c->rule, when(c));
    }
}

static void write_term(const struct checklist *list, struct term *t)
{
    size_t n_later = 0;

    for (int stage = 1; stage <= 7; stage++) {
        bool headed = false;
        for (size_t i = 0; i < list->n; i++) {
            const struct check *c = list->v[i];
            if (c->stage != stage)
                continue;
            if (!headed)
                term_heading(t, INK_BOLD, "%d. %s", stage, stage_name(stage));
            headed = true;
            n_later += !c->run;
            term_ink(t, c->run ? INK_BOLD : INK_DIM, "%-28s", c->id);
            term_ink(t, severity_ink[c->severity], " %-8s", severity_word(c->severity));
            term_ink(t, INK_DIM, "  %s%s", risk_word(c->risk), when(c));
            term_line(t);
            term_spaces(t, 4);
            term_wrap(t, 4, 4, str_of(c->rule));
        }
    }
    term_line(t);
    term_wrap(t, 0, 0,
              str_fmt(t->arena,
                      "%zu checks, of which %zu are not in this version. More about one: launchready explain ID",
                      list->n, n_later));
}

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static json_t *json_of(const struct check *c)
{
    json_t *o = json_object(), *needs = json_array();

    set(o, "check", json_string(c->id));
    set(o, "stage", json_integer(c->stage));
    set(o, "stage_name", json_string(stage_name(c->stage)));
    set(o, "risk", json_string(risk_word(c->risk)));
    set(o, "severity", json_string(severity_word(c->severity)));
    set(o, "core", json_boolean(c->wave == CORE));
    set(o, "available", json_boolean(c->run != NULL));
    set(o, "rule", json_string(c->rule));
    set(o, "why", json_string(c->why));
    set(o, "breaks", json_string(c->breaks));
    set(o, "fix", json_string(c->fix));
    set(o, "fix_by", json_string(fix_by_word(c->fix_by)));
    set(o, "effort_minutes", json_integer(c->effort_minutes));
    if (c->needs & NEED_NETWORK)
        (void)json_array_append_new(needs, json_string("network"));
    if (c->needs & NEED_REPO)
        (void)json_array_append_new(needs, json_string("repository"));
    if (c->needs & NEED_ACTIVE)
        (void)json_array_append_new(needs, json_string("active"));
    set(o, "needs", needs);
    set(o, "section", c->section ? json_string(c->section) : json_null());
    return o;
}

static void dump(struct buf *out, json_t *value)
{
    char *line = json_dumps(value, JSON_COMPACT);

    buf_add_cstr(out, line ? line : "null");
    free(line);
    json_decref(value);
}

static void write_json(const struct checklist *list, struct buf *out)
{
    buf_add_cstr(out, "{\"schema\":\"launchready.checks/1\",\n \"checks\":[");
    for (size_t i = 0; i < list->n; i++) {
        buf_add_cstr(out, i ? ",\n  " : "\n  ");
        dump(out, json_of(list->v[i]));
    }
    buf_add_cstr(out, "]}\n");
}

static void put_cell(struct buf *out, const char *text)
{
    escape_markdown(out, str_of(text));
    buf_add_cstr(out, " | ");
}

static void put_markdown_row(struct arena *arena, const struct check *c, struct buf *out)
{
    buf_fmt(out, "| `%s`%s | ", c->id, c->run ? "" : " *later*");
    put_cell(out, c->rule);
    put_cell(out, c->why);
    put_cell(out, c->breaks);
    put_cell(out, c->fix);
    buf_fmt(out, "%s, %s | %s, %.*s | ", risk_word(c->risk), severity_word(c->severity), fix_by_word(c->fix_by),
            STR_ARG(report_minutes(arena, c->effort_minutes)));
    escape_markdown(out, needs_of(arena, c));
    buf_add_cstr(out, " |\n");
}

static void write_markdown(struct arena *arena, const struct checklist *list, struct buf *out)
{
    buf_add_cstr(out,
                 "# The checks\n\nGenerated from the catalogue by `launchready checks --format markdown`; one check "
                 "in full: `launchready explain ID`.\nA check marked *later* is in the catalogue and not in this "
                 "version: it is never run and never counted as passed.\n");
    for (int stage = 1; stage <= 7; stage++) {
        bool headed = false;
        for (size_t i = 0; i < list->n; i++) {
            if (list->v[i]->stage != stage)
                continue;
            if (!headed)
                buf_fmt(out,
                        "\n## Stage %d: %s\n\n| Check | Pass criteria | Why it matters | What breaks if it fails | "
                        "Fix | Class, severity | Who, effort | Needs |\n"
                        "| --- | --- | --- | --- | --- | --- | --- | --- |\n",
                        stage, stage_name(stage));
            headed = true;
            put_markdown_row(arena, list->v[i], out);
        }
    }
}

static struct term term_for(const struct checklist *list, struct arena *arena, bool plain, struct buf *out)
{
    int columns = list->columns && !plain ? list->columns : 80;

    return (struct term){.out = out,
                         .arena = arena,
                         .color = list->color && !plain,
                         .ascii = plain,
                         .columns = columns > 100 ? 100 : columns};
}

bool checklist_write(const struct checklist *list, struct str format, struct buf *out)
{
    struct arena *arena = arena_new(LIST_MOST_BYTES);
    struct term t = term_for(list, arena, false, out);

    if (str_eq(format, STR("json")))
        write_json(list, out);
    else if (str_eq(format, STR("markdown")))
        write_markdown(arena, list, out);
    else if (str_eq(format, STR("term")))
        write_term(list, &t);
    else
        write_lines(list, out);
    arena_free(arena);
    return !out->full;
}

/* The parts of an explanation, in order. */
#define PARTS 7
struct part {
    const char *title;
    struct str text;
};

static void parts_of(struct arena *arena, const struct check *c, struct part parts[PARTS])
{
    parts[0] = (struct part){"Passes when", str_of(c->rule)};
    parts[1] = (struct part){"Why it matters", str_of(c->why)};
    parts[2] = (struct part){"What breaks", str_of(c->breaks)};
    parts[3] = (struct part){"How to fix", str_of(c->fix)};
    parts[4] =
        (struct part){"Who, effort", str_fmt(arena, "%s; about %.*s", report_who_fixes(c->fix_by, str_of(c->fix)),
                                             STR_ARG(report_minutes(arena, c->effort_minutes)))};
    parts[5] = (struct part){"Needs", needs_of(arena, c)};
    parts[6] = (struct part){"Counts as", str_fmt(arena, "stage %d (%s), %s, %s%s", c->stage, stage_name(c->stage),
                                                  risk_word(c->risk), severity_word(c->severity),
                                                  c->wave == CORE ? ", core: it decides the verdict" : "")};
}

static void explain_term(const struct check *c, struct term *t)
{
    struct part parts[PARTS];

    parts_of(t->arena, c, parts);
    term_ink(t, INK_BOLD, "%s", c->id);
    term_line(t);
    for (size_t i = 0; i < PARTS; i++) {
        term_heading(t, INK_DIM, "%s", parts[i].title);
        term_spaces(t, 3);
        term_wrap(t, 3, 3, parts[i].text);
    }
    term_line(t);
    if (c->run)
        term_verbatim(t, 0, str_fmt(t->arena, "Look now: launchready audit --only %s", c->id));
    else
        term_verbatim(t, 0, STR("This check is not in this version: it is never run and never counted as passed."));
}

static void explain_markdown(struct arena *arena, const struct check *c, struct buf *out)
{
    struct part parts[PARTS];

    parts_of(arena, c, parts);
    buf_fmt(out, "# %s\n\n", c->id);
    for (size_t i = 0; i < PARTS; i++) {
        buf_fmt(out, "- **%s**: ", parts[i].title);
        escape_markdown(out, parts[i].text);
        buf_add_char(out, '\n');
    }
    if (c->run)
        buf_fmt(out, "\nLook now: `launchready audit --only %s`\n", c->id);
    else
        buf_add_cstr(out, "\nThis check is not in this version: it is never run and never counted as passed.\n");
}

bool checklist_explain(const struct checklist *one, struct str format, struct buf *out)
{
    struct arena *arena = arena_new(LIST_MOST_BYTES);
    struct term t = term_for(one, arena, str_eq(format, STR("text")), out);
    const struct check *c = one->v[0];

    if (str_eq(format, STR("json"))) {
        json_t *o = json_of(c);
        set(o, "schema", json_string("launchready.check/1"));
        dump(out, o);
        buf_add_char(out, '\n');
    } else if (str_eq(format, STR("markdown"))) {
        explain_markdown(arena, c, out);
    } else {
        explain_term(c, &t);
    }
    arena_free(arena);
    return !out->full;
}
