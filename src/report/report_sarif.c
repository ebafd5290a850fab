/* report_sarif.c - SARIF 2.1.0 for code scanning. GitHub refuses a whole file for one result without a physical
 * location, or with one at https, so what was found on the network is anchored to the launch file that declares it. */
#include <jansson.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/clock.h"
#include "report/escape.h"
#include "report/report_inside.h"

#define RESULTS_MOST 5000u

struct sarif {
    struct arena *arena;
    const struct audit *audit;
    const struct report_options *options;
    const struct check **rules;
    size_t n_rules, rules_capacity;
    struct str uri; /* of the launch file */
    struct buf *out;
};

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static json_t *text(struct str s)
{
    return json_stringn(s.p, s.n);
}

/* {"text": s} */
static json_t *message(struct str s)
{
    json_t *o = json_object();

    set(o, "text", text(s));
    return o;
}

static void dump(struct buf *out, json_t *value)
{
    char *line = json_dumps(value, JSON_COMPACT);

    buf_add_cstr(out, line ? line : "null");
    free(line);
    json_decref(value);
}

static const char *level_of(enum severity s)
{
    return s >= SEV_HIGH ? "error" : s == SEV_MEDIUM ? "warning" : "note";
}

/* What GitHub sorts by: over 9.0 critical, over 7.0 high, over 4.0 medium, else low. */
static const char *security_severity(enum severity s)
{
    static const char *const scores[] = {"0.1", "2.0", "5.0", "8.0", "9.5"};

    return scores[s];
}

static json_t *rule_of(struct sarif *w, const struct check *c)
{
    json_t *o = json_object(), *properties = json_object(), *tags = json_array(), *level = json_object();

    (void)json_array_append_new(tags, json_string(risk_word(c->risk)));
    (void)json_array_append_new(tags, text(str_fmt(w->arena, "stage-%d", c->stage)));
    set(properties, "tags", tags);
    set(properties, "precision", json_string("high"));
    set(properties, "security-severity", json_string(security_severity(c->severity)));
    set(level, "level", json_string(level_of(c->severity)));
    set(o, "id", json_string(c->id));
    set(o, "name", json_string(c->id));
    set(o, "shortDescription", message(str_of(c->rule)));
    set(o, "fullDescription", message(str_fmt(w->arena, "%s. If it fails: %s.", c->why, c->breaks)));
    set(o, "help", message(str_of(c->fix)));
    set(o, "defaultConfiguration", level);
    set(o, "properties", properties);
    return o;
}

/* The rules are those that said anything: each once, in the order of the findings. */
static size_t rule_index(struct sarif *w, const struct check *c)
{
    for (size_t i = 0; i < w->n_rules; i++)
        if (w->rules[i] == c)
            return i;
    *ARENA_PUSH(w->arena, w->rules, w->n_rules, w->rules_capacity) = c;
    return w->n_rules - 1;
}

static json_t *location_of(struct sarif *w, const struct finding *f)
{
    json_t *o = json_object(), *physical = json_object(), *artifact = json_object(), *region = json_object();

    set(artifact, "uri", text(w->uri));
    set(artifact, "uriBaseId", json_string("%SRCROOT%"));
    set(region, "startLine", json_integer(report_line(w->options, w->arena, f)));
    set(physical, "artifactLocation", artifact);
    set(physical, "region", region);
    set(o, "physicalLocation", physical);
    set(o, "message", message(f->subject.n ? f->subject : STR("the site")));
    json_t *all = json_array();
    (void)json_array_append_new(all, o);
    return all;
}

static struct str words_of(struct sarif *w, const struct finding *f)
{
    struct str s = str_fmt(w->arena, "%.*s: %.*s", STR_ARG(f->subject), STR_ARG(f->title));

    for (size_t i = 0; i < f->n_evidence && i < 5; i++)
        s = str_fmt(w->arena, "%.*s\nSeen: %.*s: %.*s", STR_ARG(s), STR_ARG(f->evidence[i].label),
                    STR_ARG(f->evidence[i].value));
    s = str_fmt(w->arena, "%.*s\nFix: %.*s", STR_ARG(s), STR_ARG(report_fix(f)));
    for (size_t i = 0; i < f->n_records; i++)
        s = str_fmt(w->arena, "%.*s\n%s record: %.*s", STR_ARG(s), f->records[i].remove ? "Remove" : "Add",
                    STR_ARG(report_record_line(w->arena, &f->records[i])));
    if (f->n_folded)
        s = str_fmt(w->arena, "%.*s\n%zu more could not be looked at because of this", STR_ARG(s), f->n_folded);
    return s;
}

/* SARIF section 3.27.9: what is not a failure has no level. */
static void set_level(json_t *o, const struct finding *f)
{
    bool open = f->status == UNKNOWN;

    set(o, "kind", json_string(open ? "open" : "fail"));
    set(o, "level",
        json_string(open                                         ? "none"
                    : f->status == WARN && f->severity > SEV_LOW ? "warning"
                                                                 : level_of(f->severity)));
}

static json_t *suppressions_of(const struct finding *f)
{
    json_t *all = json_array(), *o = json_object();

    set(o, "kind", json_string("external"));
    set(o, "status", json_string("accepted"));
    set(o, "justification", text(f->waiver_reason));
    (void)json_array_append_new(all, o);
    return all;
}

static json_t *result_of(struct sarif *w, const struct finding *f)
{
    json_t *o = json_object(), *prints = json_object(), *properties = json_object();

    set(o, "ruleId", json_string(f->check->id));
    set(o, "ruleIndex", json_integer((json_int_t)rule_index(w, f->check)));
    set_level(o, f);
    set(o, "message", message(words_of(w, f)));
    set(o, "locations", location_of(w, f));
    /* Many results share a line of the launch file: its hash would make them one. */
    set(prints, "primaryLocationLineHash", text(str_fmt(w->arena, "%.*s:1", STR_ARG(f->fingerprint))));
    set(prints, "launchreadyFingerprint/v1", text(f->fingerprint));
    set(o, "partialFingerprints", prints);
    if (f->status == WAIVED)
        set(o, "suppressions", suppressions_of(f));
    set(properties, "subject", text(f->subject));
    set(properties, "status", json_string(status_word(f->status)));
    set(properties, "severity", json_string(severity_word(f->severity)));
    set(o, "properties", properties);
    return o;
}

static bool is_result(const struct finding *f)
{
    return f->status != PASS && f->status != NOT_APPLICABLE && !f->cause;
}

static json_t *invocation_of(struct sarif *w, size_t n_left_out)
{
    json_t *all = json_array(), *o = json_object(), *told = json_array();
    int64_t end_s = w->audit->started_s + w->audit->duration_ms / 1000;

    set(o, "executionSuccessful", json_boolean(!w->audit->interrupted));
    set(o, "startTimeUtc", text(clock_rfc3339(w->arena, w->audit->started_s)));
    set(o, "endTimeUtc", text(clock_rfc3339(w->arena, end_s)));
    if (n_left_out) {
        json_t *note = json_object();
        set(note, "level", json_string("warning"));
        set(note, "message",
            message(str_fmt(w->arena, "%zu results were left out: at most %u are listed", n_left_out, RESULTS_MOST)));
        (void)json_array_append_new(told, note);
    }
    set(o, "toolExecutionNotifications", told);
    (void)json_array_append_new(all, o);
    return all;
}

static json_t *run_properties(struct sarif *w)
{
    json_t *o = json_object();

    set(o, "target", text(w->audit->target));
    set(o, "verdict", json_string(verdict_word(w->audit->verdict)));
    set(o, "verdict_reason", text(w->audit->verdict_reason));
    return o;
}

static void put_rules(struct sarif *w)
{
    for (size_t i = 0; i < w->audit->n_findings; i++)
        (void)rule_index(w, w->audit->findings[i]->check);
    buf_add_cstr(w->out,
                 "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
                 "\"runs\":[{\n \"tool\":{\"driver\":{\"name\":\"launchready\",\"version\":\"" LAUNCHREADY_VERSION
                 "\",\"semanticVersion\":\"" LAUNCHREADY_VERSION "\",\"rules\":[");
    for (size_t i = 0; i < w->n_rules; i++) {
        buf_add_cstr(w->out, i ? ",\n  " : "\n  ");
        dump(w->out, rule_of(w, w->rules[i]));
    }
    buf_add_cstr(w->out, "]}},\n \"results\":[");
}

static void put_results(struct sarif *w)
{
    size_t n = 0, n_all = 0;

    for (size_t i = 0; i < w->audit->n_findings && !w->out->full; i++) {
        const struct finding *f = w->audit->findings[i];
        n_all += is_result(f);
        if (!is_result(f) || n >= RESULTS_MOST)
            continue;
        buf_add_cstr(w->out, n++ ? ",\n  " : "\n  ");
        dump(w->out, result_of(w, f));
    }
    buf_add_cstr(w->out, "],\n \"columnKind\":\"unicodeCodePoints\",\n \"invocations\":");
    dump(w->out, invocation_of(w, n_all - n));
}

bool report_sarif_write(const struct audit *audit, const struct report_options *options, struct buf *out)
{
    struct sarif w = {.arena = arena_new((size_t)512 * 1024 * 1024), .audit = audit, .options = options, .out = out};
    struct buf uri;

    buf_init(&uri, 65536);
    escape_path(&uri, report_launch_file(audit));
    w.uri = buf_str(&uri);
    put_rules(&w);
    put_results(&w);
    buf_add_cstr(out, ",\n \"properties\":");
    dump(out, run_properties(&w));
    buf_add_cstr(out, "}]}\n");
    buf_free(&uri);
    arena_free(w.arena);
    return !out->full;
}
