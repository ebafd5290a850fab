/* report_json.c - the audit as one JSON object: docs/json.md. */
#include <jansson.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/clock.h"
#include "report/report_inside.h"

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value); /* fails only without memory, and then the dump does too */
}

static json_t *text(struct str s)
{
    return json_stringn(s.p, s.n);
}

static json_t *text_or_null(struct str s)
{
    return s.n ? text(s) : json_null();
}

static json_t *number(size_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *time_text(struct arena *arena, int64_t wall_s)
{
    return text(clock_rfc3339(arena, wall_s));
}

/* Adds the value, on one line. */
static void dump(struct buf *out, json_t *value)
{
    char *line = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    buf_add_cstr(out, line ? line : "null");
    free(line);
    json_decref(value);
}

static json_t *record_of(struct arena *arena, const struct dns_fix *r)
{
    json_t *o = json_object();

    set(o, "action", json_string(r->remove ? "remove" : "add"));
    set(o, "name", text(r->name));
    set(o, "type", text(r->type));
    set(o, "ttl_s", json_integer(r->ttl_s));
    set(o, "value", text(r->value));
    set(o, "line", text(report_record_line(arena, r)));
    return o;
}

/* The one to paste: the first that is added; when none is, the first to go. */
static const struct dns_fix *main_record(const struct finding *f)
{
    for (size_t i = 0; i < f->n_records; i++)
        if (!f->records[i].remove)
            return &f->records[i];
    return f->n_records ? &f->records[0] : NULL;
}

static json_t *fix_of(struct arena *arena, const struct finding *f)
{
    const struct dns_fix *record = main_record(f);
    json_t *o = json_object(), *records = json_array();

    set(o, "text", text(report_fix(f)));
    set(o, "record", record ? record_of(arena, record) : json_null());
    set(o, "command", text_or_null(f->fix_command));
    for (size_t i = 0; i < f->n_records; i++)
        (void)json_array_append_new(records, record_of(arena, &f->records[i]));
    set(o, "records", records);
    return o;
}

static json_t *evidence_of(struct arena *arena, const struct audit *audit, const struct finding *f)
{
    json_t *all = json_array();

    for (size_t i = 0; i < f->n_evidence; i++) {
        const struct evidence *e = &f->evidence[i];
        json_t *o = json_object();
        set(o, "label", text(e->label));
        set(o, "value", text(e->value));
        set(o, "source", text(e->source));
        set(o, "at", time_text(arena, report_when_s(audit, e)));
        (void)json_array_append_new(all, o);
    }
    return all;
}

static void set_state(struct arena *arena, json_t *o, const struct finding *f)
{
    if (f->status == UNKNOWN) {
        json_t *unseen = json_object();
        set(unseen, "kind", json_string(err_word(f->unseen_kind)));
        set(unseen, "place", text(f->unseen_place));
        set(o, "unseen", unseen);
    }
    if (f->cause)
        set(o, "folded_under", text(f->cause->fingerprint));
    if (f->status == WAIVED) {
        json_t *waiver = json_object();
        set(waiver, "reason", text(f->waiver_reason));
        set(waiver, "owner", text_or_null(f->waiver_owner));
        set(waiver, "until", f->waiver_until_s ? text(clock_date(arena, f->waiver_until_s)) : json_null());
        set(o, "waiver", waiver);
    }
}

static json_t *finding_of(struct arena *arena, const struct audit *audit, const struct finding *f)
{
    json_t *o = json_object();

    set(o, "check", json_string(f->check->id));
    set(o, "stage", json_integer(f->check->stage));
    set(o, "risk", json_string(risk_word(f->check->risk)));
    set(o, "severity", json_string(severity_word(f->severity)));
    set(o, "status", json_string(status_word(f->status)));
    set(o, "subject", text(f->subject));
    set(o, "title", text(f->title));
    set(o, "why", json_string(f->check->why));
    set(o, "breaks", json_string(f->check->breaks));
    set(o, "effort_minutes", json_integer(f->check->effort_minutes));
    set(o, "fix_by", json_string(fix_by_word(f->check->fix_by)));
    set(o, "fingerprint", text(f->fingerprint));
    set(o, "evidence", evidence_of(arena, audit, f));
    set(o, "fix", fix_of(arena, f));
    set(o, "impact", json_integer(f->impact));
    set(o, "certainty", json_string(report_certainty(f->certainty)));
    set(o, "observed", text_or_null(f->observed));
    set(o, "expected", text_or_null(f->expected));
    set_state(arena, o, f);
    return o;
}

static json_t *stage_of(const struct stage_tally *t, int stage)
{
    json_t *o = json_object();

    set(o, "stage", json_integer(stage));
    set(o, "name", json_string(stage_name(stage)));
    set(o, "passed", number(t->n[PASS]));
    set(o, "failed", number(t->n[FAIL]));
    set(o, "warned", number(t->n[WARN]));
    set(o, "unknown", number(t->n[UNKNOWN]));
    set(o, "not_applicable", number(t->n[NOT_APPLICABLE]));
    set(o, "waived", number(t->n[WAIVED]));
    return o;
}

static json_t *skipped_of(const struct skipped *s)
{
    json_t *o = json_object();

    set(o, "check", json_string(s->check->id));
    set(o, "stage", json_integer(s->check->stage));
    set(o, "reason", text(s->reason));
    set(o, "by_user", json_boolean(s->by_user));
    return o;
}

static json_t *slowest_of(const struct audit *audit)
{
    json_t *o = json_object();

    set(o, "fact", text(audit->slowest));
    set(o, "duration_us", json_integer(audit->slowest_us));
    return o;
}

static void key(struct buf *out, const char *name, json_t *value)
{
    buf_fmt(out, ",\n \"%s\":", name);
    dump(out, value);
}

static void put_head(struct arena *arena, const struct audit *audit, struct buf *out)
{
    json_t *first = json_array();

    buf_add_cstr(out, "{\"schema\":\"launchready.audit/1\"");
    key(out, "target", text(audit->target));
    key(out, "started", time_text(arena, audit->started_s));
    key(out, "duration_ms", json_integer(audit->duration_ms));
    key(out, "verdict", json_string(verdict_word(audit->verdict)));
    key(out, "verdict_reason", text(audit->verdict_reason));
    key(out, "interrupted", json_boolean(audit->interrupted));
    key(out, "launch_file", text_or_null(audit->launch_path));
    key(out, "checks_run", number(audit->n_checks));
    key(out, "facts_observed", number(audit->n_observed));
    key(out, "slowest_fact", audit->slowest.n ? slowest_of(audit) : json_null());
    for (size_t i = 0; i < audit->n_first; i++)
        (void)json_array_append_new(first, text(audit->first[i]->fingerprint));
    key(out, "first", first);
}

/* One line a finding, so that two reports compare line by line. Values are built and dumped one at a time. */
bool report_json_write(const struct audit *audit, const struct report_options *options, struct buf *out)
{
    struct arena *arena = arena_new((size_t)256 * 1024 * 1024);

    (void)options;
    put_head(arena, audit, out);
    buf_add_cstr(out, ",\n \"stages\":[");
    for (int s = 1; s <= 7; s++) {
        buf_add_cstr(out, s > 1 ? ",\n  " : "\n  ");
        dump(out, stage_of(&audit->stages[s], s));
    }
    buf_add_cstr(out, "],\n \"findings\":[");
    for (size_t i = 0; i < audit->n_findings && !out->full; i++) {
        buf_add_cstr(out, i ? ",\n  " : "\n  ");
        dump(out, finding_of(arena, audit, audit->findings[i]));
    }
    buf_add_cstr(out, "],\n \"skipped\":[");
    for (size_t i = 0; i < audit->n_skipped; i++) {
        buf_add_cstr(out, i ? ",\n  " : "\n  ");
        dump(out, skipped_of(&audit->skipped[i]));
    }
    buf_add_cstr(out, "]}\n");
    arena_free(arena);
    return !out->full;
}
