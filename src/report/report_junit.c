/* report_junit.c - JUnit XML: a suite for each stage, a case for each finding. */
#include "core/arena.h"
#include "core/clock.h"
#include "report/escape.h"
#include "report/report_inside.h"

static void put_attribute(struct buf *out, const char *name, struct str value)
{
    buf_fmt(out, " %s=\"", name);
    escape_xml(out, value);
    buf_add_char(out, '"');
}

/* The finding in words, as the text of an element. */
static void put_details(struct arena *arena, struct buf *out, const struct finding *f)
{
    escape_xml(out, str_fmt(arena, "%.*s\nWhere: %.*s\nWhy: %s\nBreaks: %s\n", STR_ARG(f->title), STR_ARG(f->subject),
                            f->check->why, f->check->breaks));
    for (size_t i = 0; i < f->n_evidence; i++)
        escape_xml(out,
                   str_fmt(arena, "Seen: %.*s: %.*s\n", STR_ARG(f->evidence[i].label), STR_ARG(f->evidence[i].value)));
    escape_xml(out, str_fmt(arena, "Fix: %.*s\n", STR_ARG(report_fix(f))));
    for (size_t i = 0; i < f->n_records; i++)
        escape_xml(out, str_fmt(arena, "%s record: %.*s\n", f->records[i].remove ? "Remove" : "Add",
                                STR_ARG(report_record_line(arena, &f->records[i]))));
    if (f->fix_command.n)
        escape_xml(out, str_fmt(arena, "Run: %.*s\n", STR_ARG(f->fix_command)));
}

static void put_outcome(struct arena *arena, struct buf *out, const struct finding *f)
{
    static const char *const elements[] = {[FAIL] = "failure", [UNKNOWN] = "error", [WARN] = "system-out"};
    const char *element = elements[f->status];

    buf_fmt(out, "\n      <%s", element);
    if (f->status != WARN) {
        put_attribute(out, "message", f->title);
        put_attribute(out, "type", str_of(f->status == FAIL ? severity_word(f->severity) : err_word(f->unseen_kind)));
    }
    buf_add_char(out, '>');
    if (f->status == WARN)
        buf_add_cstr(out, "Warning: ");
    put_details(arena, out, f);
    if (f->cause)
        escape_xml(out, str_fmt(arena, "Follows from: %s %.*s\n", f->cause->check->id, STR_ARG(f->cause->title)));
    buf_fmt(out, "</%s>\n    ", element);
}

static void put_case(struct arena *arena, struct buf *out, const struct finding *f)
{
    struct str skipped = f->title;

    buf_add_cstr(out, "    <testcase");
    put_attribute(out, "classname", str_of(f->check->id));
    put_attribute(out, "name", str_fmt(arena, "%.*s: %.*s", STR_ARG(f->subject), STR_ARG(f->title)));
    if (f->status == PASS) {
        buf_add_cstr(out, "/>\n");
        return;
    }
    buf_add_char(out, '>');
    if (f->status == WAIVED || f->status == NOT_APPLICABLE) {
        if (f->status == WAIVED)
            skipped = str_fmt(arena, "accepted: %.*s", STR_ARG(f->waiver_reason));
        buf_add_cstr(out, "\n      <skipped");
        put_attribute(out, "message", skipped);
        buf_add_cstr(out, "/>\n    ");
    } else {
        put_outcome(arena, out, f);
    }
    buf_add_cstr(out, "</testcase>\n");
}

/* Attributes that count the findings of a stage, or of all for 0. */
static size_t put_counts(struct buf *out, const struct audit *audit, int stage)
{
    size_t n[STATUS_N] = {0}, all = 0;

    for (size_t i = 0; i < audit->n_findings; i++)
        if (!stage || audit->findings[i]->check->stage == stage) {
            n[audit->findings[i]->status]++;
            all++;
        }
    buf_fmt(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", all, n[FAIL], n[UNKNOWN],
            n[WAIVED] + n[NOT_APPLICABLE]);
    return all;
}

bool report_junit_write(const struct audit *audit, const struct report_options *options, struct buf *out)
{
    struct arena *arena = arena_new((size_t)512 * 1024 * 1024);

    (void)options;
    buf_add_cstr(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    put_attribute(
        out, "name",
        str_fmt(arena, "launchready audit of %.*s: %s", STR_ARG(audit->target), verdict_word(audit->verdict)));
    put_counts(out, audit, 0);
    buf_fmt(out, " time=\"%.3f\">\n", (double)audit->duration_ms / 1000);
    for (int s = 1; s <= 7; s++) {
        buf_add_cstr(out, "  <testsuite");
        put_attribute(out, "name", str_fmt(arena, "%d %s", s, stage_name(s)));
        put_counts(out, audit, s);
        /* JUnit's times have no zone; ours are UTC. */
        put_attribute(out, "timestamp", str_first(clock_rfc3339(arena, audit->started_s), 19));
        buf_add_cstr(out, ">\n");
        for (size_t i = 0; i < audit->n_findings && !out->full; i++)
            if (audit->findings[i]->check->stage == s)
                put_case(arena, out, audit->findings[i]);
        buf_add_cstr(out, "  </testsuite>\n");
    }
    buf_add_cstr(out, "</testsuites>\n");
    arena_free(arena);
    return !out->full;
}
