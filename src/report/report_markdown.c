/* report_markdown.c - for an issue or a wiki: a scorecard, evidence and fix for each finding. */
#include "core/arena.h"
#include "core/clock.h"
#include "report/escape.h"
#include "report/report_inside.h"

#define PLACES_MOST 20u

struct page {
    struct arena *arena;
    const struct audit *audit;
    const struct report_options *options;
    struct buf *out;
};

static void put(struct page *p, struct str s)
{
    escape_markdown(p->out, s);
}

static void put_summary(struct page *p)
{
    const struct audit *a = p->audit;

    buf_add_cstr(p->out, "# Launch audit of ");
    put(p, a->target);
    buf_fmt(p->out, "\n\n**%s**: ", report_verdict_title(a->verdict));
    put(p, a->verdict_reason);
    buf_fmt(p->out, ".\n\n%.*s UTC, %zu checks, %zu observations, %.*s.\n",
            STR_ARG(clock_rfc3339(p->arena, a->started_s)), a->n_checks, a->n_observed,
            STR_ARG(report_seconds(p->arena, a->duration_ms)));
    if (a->interrupted)
        buf_add_cstr(p->out, "\nInterrupted: only what had finished by then is below.\n");
    buf_add_cstr(p->out, "\n| Stage | Passed | Failed | Warned | Unseen | Accepted | Not applicable |\n"
                         "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (int s = 1; s <= 7; s++) {
        const size_t *n = a->stages[s].n;
        buf_fmt(p->out, "| %d %s | %zu | %zu | %zu | %zu | %zu | %zu |\n", s, stage_name(s), n[PASS], n[FAIL], n[WARN],
                n[UNKNOWN], n[WAIVED], n[NOT_APPLICABLE]);
    }
}

static void put_first(struct page *p)
{
    if (!p->audit->n_first)
        return;
    buf_add_cstr(p->out, "\n## Do these first\n\n");
    for (size_t i = 0; i < p->audit->n_first; i++) {
        const struct finding *f = p->audit->first[i];
        buf_fmt(p->out, "%zu. **", i + 1);
        put(p, f->title);
        buf_add_cstr(p->out, "** ");
        escape_markdown_code(p->out, f->subject, false);
        buf_fmt(p->out, " - %.*s, %s (%s)\n", STR_ARG(report_minutes(p->arena, f->check->effort_minutes)),
                report_who(f), f->check->id);
    }
}

static void put_scorecard(struct page *p, const struct check *c)
{
    buf_fmt(p->out,
            "\n| Check | Pass criteria | Why it matters | What breaks if it fails |\n| --- | --- | --- | --- |\n"
            "| `%s` | ",
            c->id);
    put(p, str_of(c->rule));
    buf_add_cstr(p->out, " | ");
    put(p, str_of(c->why));
    buf_add_cstr(p->out, " | ");
    put(p, str_of(c->breaks));
    buf_add_cstr(p->out, " |\n");
}

static void put_evidence(struct page *p, const struct finding *f)
{
    buf_add_cstr(p->out, "- ");
    escape_markdown_code(p->out, f->subject, false);
    buf_add_cstr(p->out, ": ");
    put(p, f->title);
    if (f->certainty != OBSERVED)
        buf_fmt(p->out, " (%s, not observed)", report_certainty(f->certainty));
    buf_add_char(p->out, '\n');
    if (f->observed.n) {
        buf_add_cstr(p->out, "  - found ");
        escape_markdown_code(p->out, f->observed, false);
        buf_add_cstr(p->out, f->expected.n ? ", expected " : "");
        escape_markdown_code(p->out, f->expected, false);
        buf_add_char(p->out, '\n');
    }
    for (size_t i = 0; i < f->n_evidence; i++) {
        const struct evidence *e = &f->evidence[i];
        buf_add_cstr(p->out, "  - ");
        put(p, e->label);
        buf_add_cstr(p->out, ": ");
        escape_markdown_code(p->out, e->value, false);
        if (e->source.n) {
            buf_add_cstr(p->out, " from ");
            escape_markdown_code(p->out, e->source, false);
        }
        buf_fmt(p->out, " at %.*s\n", STR_ARG(clock_rfc3339(p->arena, report_when_s(p->audit, e))));
    }
}

static void put_records(struct page *p, const struct finding *f)
{
    if (!f->n_records)
        return;
    buf_add_cstr(p->out, "\n| Do | Name | Type | TTL | Value |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < f->n_records; i++) {
        const struct dns_fix *r = &f->records[i];
        buf_fmt(p->out, "| %s | ", r->remove ? "remove" : "add");
        escape_markdown_code(p->out, r->name, true);
        buf_add_cstr(p->out, " | ");
        escape_markdown_code(p->out, r->type, true);
        buf_fmt(p->out, r->ttl_s ? " | %u | " : " | auto | ", r->ttl_s);
        escape_markdown_code(p->out, r->value, true);
        buf_add_cstr(p->out, " |\n");
    }
}

/* The first line is prose; those after it are to be pasted. */
static void put_fix_text(struct page *p, struct str text)
{
    struct str first = str_cut(&text, '\n');

    buf_add_cstr(p->out, "\n**Fix**: ");
    put(p, first);
    buf_add_char(p->out, '\n');
    if (text.p && text.n) {
        buf_add_char(p->out, '\n');
        escape_markdown_block(p->out, "", text);
    }
}

static void put_fix(struct page *p, const struct report_row *row, size_t i)
{
    const struct finding *f = row->v[i];

    if (!report_fix_said(row, i))
        put_fix_text(p, report_fix(f));
    put_records(p, f);
    if (f->fix_command.n && !report_command_said(row, i)) {
        buf_add_char(p->out, '\n');
        escape_markdown_block(p->out, "", f->fix_command);
    }
}

static void put_row(struct page *p, const struct report_row *row)
{
    const struct finding *f = row->v[0];
    struct str folded = report_folded(p->arena, p->audit, row);
    size_t n = row->n > PLACES_MOST && !p->options->evidence ? PLACES_MOST : row->n;

    buf_fmt(p->out, "\n### %s%s: ", severity_word(f->severity), f->status == WARN ? " (warning)" : "");
    put(p, f->title);
    if (row->n > 1)
        buf_fmt(p->out, " (%zu places)", row->n);
    buf_add_char(p->out, '\n');
    put_scorecard(p, row->check);
    buf_add_cstr(p->out, "\n**Evidence**\n\n");
    for (size_t i = 0; i < n; i++)
        put_evidence(p, row->v[i]);
    if (row->n > n)
        buf_fmt(p->out, "- and %zu more\n", row->n - n);
    if (folded.n) {
        buf_add_cstr(p->out, "\nBehind it: ");
        put(p, folded);
        buf_add_cstr(p->out, ".\n");
    }
    for (size_t i = 0; i < n; i++)
        put_fix(p, row, i);
    buf_fmt(p->out, "\n**Effort**: %.*s, %s.\n", STR_ARG(report_minutes(p->arena, row->check->effort_minutes)),
            report_who(f));
}

static void put_open(struct page *p)
{
    struct report_rows rows = report_rows_of(p->arena, p->audit, 1u << FAIL | 1u << WARN);

    for (int risk = 0; risk < RISK_N; risk++) {
        bool headed = false;
        for (size_t i = 0; i < rows.n && !p->out->full; i++) {
            if ((int)rows.v[i].check->risk != risk)
                continue;
            if (!headed)
                buf_fmt(p->out, "\n## %s\n", risk_title((enum risk)risk));
            headed = true;
            put_row(p, &rows.v[i]);
        }
    }
}

static void put_unseen(struct page *p)
{
    struct report_unseens all = report_unseens_of(p->arena, p->audit);

    if (all.n)
        buf_add_cstr(p->out, "\n## Could not look\n\nNot passed, not failed.\n\n");
    for (size_t i = 0; i < all.n; i++) {
        const struct finding *f = all.v[i].v[0];
        buf_add_cstr(p->out, "- ");
        put(p, all.v[i].reason);
        buf_add_char(p->out, ':');
        for (size_t j = 0; j < all.v[i].n; j++)
            if (j == 0 || all.v[i].v[j]->check != all.v[i].v[j - 1]->check)
                buf_fmt(p->out, " `%s`", all.v[i].v[j]->check->id);
        buf_add_char(p->out, '\n');
        if (f->unseen_kind == ERR_NEEDS && f->fix_text.n)
            escape_markdown_block(p->out, "  ", f->fix_text);
        for (size_t j = 0; f->unseen_kind == ERR_NEEDS && j < f->n_records; j++) /* a table would end the list */
            escape_markdown_block(p->out, "  ", report_record_line(p->arena, &f->records[j]));
    }
}

static void put_settled(struct page *p, enum status status, const char *heading)
{
    bool headed = false;

    for (size_t i = 0; i < p->audit->n_findings; i++) {
        const struct finding *f = p->audit->findings[i];
        if (f->status != status)
            continue;
        if (!headed)
            buf_fmt(p->out, "\n## %s\n\n", heading);
        headed = true;
        buf_fmt(p->out, "- `%s` ", f->check->id);
        escape_markdown_code(p->out, f->subject, false);
        buf_add_cstr(p->out, ": ");
        put(p, f->title);
        if (status == WAIVED) {
            buf_add_cstr(p->out, ". Reason: ");
            put(p, f->waiver_reason);
            buf_add_cstr(p->out, f->waiver_owner.n ? ", owner " : "");
            put(p, f->waiver_owner);
            if (f->waiver_until_s)
                buf_fmt(p->out, ", until %.*s", STR_ARG(clock_date(p->arena, f->waiver_until_s)));
        }
        buf_add_char(p->out, '\n');
    }
}

static void put_skipped(struct page *p)
{
    struct str_list skipped = report_skipped(p->arena, p->audit);

    if (skipped.n)
        buf_add_cstr(p->out, "\n## Not looked at\n\n");
    for (size_t i = 0; i < skipped.n; i++) {
        buf_add_cstr(p->out, "- ");
        put(p, skipped.v[i]);
        buf_add_char(p->out, '\n');
    }
}

bool report_markdown_write(const struct audit *audit, const struct report_options *options, struct buf *out)
{
    struct page p = {arena_new((size_t)512 * 1024 * 1024), audit, options, out};

    put_summary(&p);
    if (!options->quiet) {
        put_first(&p);
        put_open(&p);
        put_unseen(&p);
        put_settled(&p, WAIVED, "Accepted");
        put_settled(&p, NOT_APPLICABLE, "Not applicable");
        if (options->evidence)
            put_settled(&p, PASS, "Passed");
        put_skipped(&p);
    }
    arena_free(p.arena);
    return !out->full;
}
