/* report_term.c - the report for a person at a terminal, and the same as plain text. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/text.h"
#include "report/report_inside.h"
#include "report/term.h"

#define SUBJECTS_MOST    8u
#define EVIDENCE_FEW     6u
#define VALUE_MOST_BYTES 400u
#define IDS_MOST         8u
#define BAR_COLUMNS      10

struct page {
    struct term t;
    const struct audit *audit;
    const struct report_options *options;
};

static const enum ink verdict_ink[] = {INK_RED, INK_YELLOW, INK_YELLOW, INK_GREEN};
static const enum ink severity_ink[] = {INK_DIM, INK_BLUE, INK_YELLOW, INK_RED, INK_RED};

static const char *dot(const struct term *t)
{
    return t->ascii ? "-" : "\u00b7";
}

static void put_counts(struct page *p)
{
    static const struct {
        enum status status;
        enum ink ink;
    } shown[] = {{FAIL, INK_RED}, {WARN, INK_YELLOW}, {UNKNOWN, INK_BLUE}, {WAIVED, INK_DIM}, {PASS, INK_GREEN}};
    struct term *t = &p->t;
    bool any = false;

    for (size_t i = 0; i < N_OF(shown); i++) {
        size_t n = report_count(p->audit, shown[i].status);
        if (!n && shown[i].status != FAIL && shown[i].status != PASS)
            continue;
        term_put(t, any ? STR(", ") : STR_NONE);
        term_ink(t, n ? shown[i].ink : INK_PLAIN, "%zu %s", n, report_status_title(shown[i].status));
        any = true;
    }
    term_ink(t, INK_DIM, "  (%zu checks in %.*s)", p->audit->n_checks,
             STR_ARG(report_seconds(t->arena, p->audit->duration_ms)));
    term_line(t);
}

static void put_verdict(struct page *p)
{
    struct term *t = &p->t;
    const char *title = report_verdict_title(p->audit->verdict);
    struct str rest = str_fmt(t->arena, "%.*s: %.*s", STR_ARG(p->audit->target), STR_ARG(p->audit->verdict_reason));

    term_ink(t, verdict_ink[p->audit->verdict], "%s", title);
    term_spaces(t, 2);
    term_wrap(t, (int)text_columns(str_of(title)) + 2, 4, rest);
    put_counts(p);
    if (p->audit->interrupted)
        term_wrap(t, 0, 0, STR("Interrupted: only what had finished by then is below."));
}

static struct str repeated(struct term *t, const char *what, size_t n)
{
    struct str s = STR_NONE;

    while (n--)
        s = str_fmt(t->arena, "%.*s%s", STR_ARG(s), what);
    return s;
}

/* Each status its share of the bar, at least one column when there is any. */
static void put_bar(struct term *t, const struct stage_tally *s, size_t n_all)
{
    static const struct {
        enum status status;
        enum ink ink;
        const char *drawn, *plain;
    } parts[] = {{PASS, INK_GREEN, "\u2588", "#"},
                 {WAIVED, INK_DIM, "\u2593", "a"},
                 {UNKNOWN, INK_BLUE, "\u2591", "?"},
                 {WARN, INK_YELLOW, "\u2592", "w"},
                 {FAIL, INK_RED, "\u2573", "X"}};
    size_t wide[N_OF(parts)], used = 0, most = 0;

    for (size_t i = 0; i < N_OF(parts); i++) {
        size_t n = s->n[parts[i].status];
        wide[i] = n_all ? n * BAR_COLUMNS / n_all : 0;
        wide[i] = n && !wide[i] ? 1 : wide[i];
        used += wide[i];
        most = wide[i] > wide[most] ? i : most;
    }
    if (n_all && used < BAR_COLUMNS)
        wide[most] += BAR_COLUMNS - used;
    else if (used > BAR_COLUMNS)
        wide[most] -= used - BAR_COLUMNS;
    for (size_t i = 0; i < N_OF(parts); i++)
        term_ink(t, parts[i].ink, "%.*s", STR_ARG(repeated(t, t->ascii ? parts[i].plain : parts[i].drawn, wide[i])));
}

static void put_stage(struct page *p, const struct stage_tally *s, int stage)
{
    static const enum status told[] = {FAIL, WARN, UNKNOWN}; /* no room for more; the bar shows the rest */
    struct term *t = &p->t;
    size_t n_all = s->n[PASS] + s->n[FAIL] + s->n[WARN] + s->n[UNKNOWN] + s->n[WAIVED];

    if (!n_all && !s->n[NOT_APPLICABLE])
        return;
    term_ink(t, INK_PLAIN, "  %d %-22s ", stage, stage_name(stage));
    put_bar(t, s, n_all);
    term_ink(t, INK_PLAIN, "  %zu of %zu", s->n[PASS], n_all);
    const char *before = "  ";
    for (size_t i = 0; i < N_OF(told); i++) {
        if (!s->n[told[i]])
            continue;
        term_ink(t, told[i] == FAIL ? INK_RED : INK_DIM, "%s%zu %s", before, s->n[told[i]],
                 report_status_title(told[i]));
        before = ", ";
    }
    term_line(t);
}

static void put_first(struct page *p)
{
    struct term *t = &p->t;

    if (!p->audit->n_first)
        return;
    term_heading(t, INK_BOLD, "DO THESE FIRST");
    for (size_t i = 0; i < p->audit->n_first; i++) {
        const struct finding *f = p->audit->first[i];
        struct str what = str_has(f->title, f->subject) || !f->subject.n
                              ? f->title
                              : str_fmt(t->arena, "%.*s (%.*s)", STR_ARG(f->title), STR_ARG(f->subject));
        term_ink(t, INK_BOLD, "%2zu. ", i + 1);
        term_wrap(t, 4, 4, text_shorten(t->arena, what, VALUE_MOST_BYTES));
        term_spaces(t, 4);
        term_ink(t, INK_BLUE, "%.*s", STR_ARG(report_minutes(t->arena, f->check->effort_minutes)));
        term_ink(t, INK_PLAIN, " %s %s", dot(t), report_who(f));
        term_line(t);
    }
}

static void put_title(struct page *p, const struct report_row *row)
{
    struct term *t = &p->t;
    const struct finding *f = row->v[0];
    const char *word = f->status == PASS ? "PASSED" : NULL;
    static const char *const severities[] = {"INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"};
    struct str title = f->title;

    word = word ? word : severities[f->severity];
    if (row->n > 1)
        title =
            str_fmt(t->arena, "%.*s (%zu places)", STR_ARG(text_shorten(t->arena, title, VALUE_MOST_BYTES)), row->n);
    term_line(t);
    term_ink(t, f->status == PASS ? INK_GREEN : severity_ink[f->severity], "%s", word);
    term_ink(t, INK_DIM, "%s", f->status == WARN ? " (warning)" : "");
    term_spaces(t, 2);
    term_wrap(t, (int)text_columns(str_of(word)) + (f->status == WARN ? 12 : 2), TERM_LABEL_AT, title);
}

static void put_evidence(struct page *p, const struct finding *f)
{
    struct term *t = &p->t;
    size_t most = p->options->evidence ? f->n_evidence : EVIDENCE_FEW;

    if (f->observed.n)
        term_field(t, "Found", text_shorten(t->arena, f->observed, VALUE_MOST_BYTES));
    if (f->expected.n)
        term_field(t, "Expected", text_shorten(t->arena, f->expected, VALUE_MOST_BYTES));
    for (size_t i = 0; i < f->n_evidence && i < most; i++) {
        const struct evidence *e = &f->evidence[i];
        struct str value = p->options->evidence ? e->value : text_shorten(t->arena, e->value, VALUE_MOST_BYTES);
        struct str line = str_fmt(t->arena, "%.*s%s%.*s", STR_ARG(e->label), e->label.n ? ": " : "", STR_ARG(value));
        bool said = i && str_eq(e->source, f->evidence[i - 1].source);
        if (e->source.n && !said && !str_has(line, e->source))
            line = str_fmt(t->arena, "%.*s  [%.*s]", STR_ARG(line), STR_ARG(e->source));
        term_item(t, i ? NULL : "Seen", line);
    }
    if (f->n_evidence > most)
        term_more(t, str_fmt(t->arena, "and %zu more: --evidence shows all", f->n_evidence - most));
}

static void put_places(struct page *p, const struct report_row *row)
{
    struct term *t = &p->t;
    size_t most = p->options->evidence ? row->n : SUBJECTS_MOST;

    for (size_t i = 0; i < row->n && i < most; i++) {
        const struct finding *f = row->v[i];
        struct str line = f->subject;
        if (i && !str_eq(f->title, row->v[0]->title))
            line = str_fmt(t->arena, "%.*s: %.*s", STR_ARG(f->subject), STR_ARG(f->title));
        line = text_shorten(t->arena, line, VALUE_MOST_BYTES);
        term_item(t, i ? NULL : "Where", line);
    }
    if (row->n > most)
        term_more(t, str_fmt(t->arena, "and %zu more: --evidence shows all", row->n - most));
}

/* A sentence that is too long for its line; what is to be pasted seldom ends like one. */
static bool is_prose(const struct term *t, int indent, struct str line)
{
    char last = line.p[line.n - 1];

    return text_columns(line) + (size_t)indent > (size_t)t->columns && (last == '.' || last == ':') &&
           line.p[0] != ' ' && line.p[0] != '<' && line.p[0] != '#';
}

/* What may be to be pasted stays as it is. */
static void put_lines(struct term *t, int indent, struct str text)
{
    while (text.p) {
        struct str line = str_cut(&text, '\n');
        if (!line.n)
            continue;
        if (!is_prose(t, indent, line)) {
            term_verbatim(t, indent, line);
            continue;
        }
        term_spaces(t, indent);
        term_wrap(t, indent, indent, line);
    }
}

/* The first line is prose. */
static void put_fix_text(struct term *t, struct str text, bool first)
{
    struct str line = str_cut(&text, '\n');

    if (first)
        term_field(t, "Fix", line);
    else
        term_more(t, line);
    put_lines(t, TERM_TEXT_AT, text);
}

/* After s, up to the next column; at least one space. */
static void pad_after(struct term *t, int columns, struct str s)
{
    int n = columns - (int)text_columns(s);

    term_spaces(t, n > 0 ? n : 1);
}

static void put_records(struct term *t, const struct finding *f)
{
    int name = 4, type = 4;

    for (size_t i = 0; i < f->n_records; i++) {
        int n = (int)text_columns(f->records[i].name), y = (int)text_columns(f->records[i].type);
        name = n > name ? n : name;
        type = y > type ? y : type;
    }
    name = name > 36 ? 36 : name;
    type = type > 12 ? 12 : type;
    for (size_t i = 0; i < f->n_records; i++) {
        const struct dns_fix *r = &f->records[i];
        struct str ttl = r->ttl_s ? str_fmt(t->arena, "%u", r->ttl_s) : STR("auto");
        if (i == 0 || f->records[i - 1].remove != r->remove) {
            bool more = i + 1 < f->n_records && f->records[i + 1].remove == r->remove;
            term_more(t, r->remove ? more ? STR("Remove these records:") : STR("Remove this record:")
                         : more ? STR("Add these records:")
                                   : STR("Add this record:"));
        }
        if (i == 0) {
            term_spaces(t, TERM_TEXT_AT);
            term_ink(t, INK_DIM, "%-*s  %-*s  %-6s  %s", name, "NAME", type, "TYPE", "TTL", "VALUE");
            term_line(t);
        }
        term_spaces(t, TERM_TEXT_AT);
        term_put(t, r->name);
        pad_after(t, name + 2, r->name);
        term_put(t, r->type);
        pad_after(t, type + 2, r->type);
        term_ink(t, INK_PLAIN, "%-6.*s  ", STR_ARG(r->remove ? STR("-") : ttl));
        term_put(t, r->value);
        term_line(t);
    }
}

static void put_fixes(struct page *p, const struct report_row *row)
{
    struct term *t = &p->t;
    size_t most = p->options->evidence ? row->n : SUBJECTS_MOST;

    for (size_t i = 0; i < row->n && i < most; i++) {
        const struct finding *f = row->v[i];
        if (!report_fix_said(row, i))
            put_fix_text(t, report_fix(f), i == 0);
        if (f->n_records)
            put_records(t, f);
        if (f->fix_command.n && !report_command_said(row, i)) {
            term_spaces(t, TERM_TEXT_AT);
            term_ink(t, INK_BOLD, "$ %.*s", STR_ARG(f->fix_command));
            term_line(t);
        }
    }
    term_field(t, "Effort",
               str_fmt(t->arena, "%.*s %s %s", STR_ARG(report_minutes(t->arena, row->check->effort_minutes)), dot(t),
                       report_who(row->v[0])));
}

static void put_row(struct page *p, const struct report_row *row)
{
    struct term *t = &p->t;
    struct str folded = report_folded(t->arena, p->audit, row);

    put_title(p, row);
    put_places(p, row);
    if (row->status != PASS) {
        term_field(t, "Why", str_of(row->check->why));
        term_field(t, "Breaks", str_of(row->check->breaks));
    }
    put_evidence(p, row->v[0]);
    if (row->v[0]->certainty != OBSERVED)
        term_field(t, "Certainty",
                   row->v[0]->certainty == TOLD ? STR("told, not proven") : STR("concluded, not seen directly"));
    if (row->status != PASS)
        put_fixes(p, row);
    if (folded.n)
        term_field(t, "Behind it", folded);
    term_field(t, "Check", str_of(row->check->id));
}

static void put_open(struct page *p)
{
    struct report_rows rows = report_rows_of(p->t.arena, p->audit, 1u << FAIL | 1u << WARN);

    for (int risk = 0; risk < RISK_N; risk++) {
        bool headed = false;
        for (size_t i = 0; i < rows.n; i++) {
            if ((int)rows.v[i].check->risk != risk)
                continue;
            if (!headed)
                term_heading(&p->t, INK_BOLD, "%s", risk_title((enum risk)risk));
            headed = true;
            put_row(p, &rows.v[i]);
        }
    }
}

/* "tls.valid, tls.expiry"; of many only how many of each area: "41 checks (dns 12, edge 20, tls 9)". */
static struct str checks_of(struct term *t, const struct finding *const *v, size_t n)
{
    struct str ids = STR_NONE, areas = STR_NONE, area = STR_NONE;
    size_t n_ids = 0, n_area = 0;

    for (size_t i = 0; i <= n; i++) { /* sorted by id */
        struct str id = i < n ? str_of(v[i]->check->id) : STR_NONE, rest = id, own = str_cut(&rest, '.');
        if (i < n && i > 0 && v[i]->check == v[i - 1]->check)
            continue;
        if (n_area && !str_eq(own, area)) {
            areas = str_fmt(t->arena, "%.*s%s%.*s %zu", STR_ARG(areas), areas.n ? ", " : "", STR_ARG(area), n_area);
            n_area = 0;
        }
        area = own;
        n_area++;
        if (n_ids < IDS_MOST)
            ids = str_fmt(t->arena, "%.*s%s%.*s", STR_ARG(ids), i && i < n ? ", " : "", STR_ARG(id));
        n_ids += i < n;
    }
    return n_ids < IDS_MOST ? ids : str_fmt(t->arena, "%zu checks (%.*s)", n_ids, STR_ARG(areas));
}

static void put_unseen(struct page *p)
{
    struct term *t = &p->t;
    struct report_unseens all = report_unseens_of(t->arena, p->audit);

    if (!all.n)
        return;
    term_heading(t, INK_BOLD, "COULD NOT LOOK (not passed, not failed)");
    for (size_t i = 0; i < all.n; i++) {
        const struct finding *f = all.v[i].v[0];
        struct str reason = text_shorten(t->arena, all.v[i].reason, VALUE_MOST_BYTES);
        term_ink(t, INK_BLUE, "%s", " ? ");
        term_wrap(t, TERM_LABEL_AT, TERM_LABEL_AT, reason);
        term_spaces(t, TERM_LABEL_AT);
        term_wrap(t, TERM_LABEL_AT, TERM_LABEL_AT,
                  str_fmt(t->arena, "so not looked at: %.*s", STR_ARG(checks_of(t, all.v[i].v, all.v[i].n))));
        if (f->unseen_kind == ERR_NEEDS) {
            put_lines(t, TERM_LABEL_AT + 2, f->fix_text);
            put_records(t, f);
        }
    }
}

static void put_accepted(struct page *p)
{
    struct term *t = &p->t;
    bool headed = false;

    for (size_t i = 0; i < p->audit->n_findings; i++) {
        const struct finding *f = p->audit->findings[i];
        if (f->status != WAIVED)
            continue;
        if (!headed)
            term_heading(t, INK_BOLD, "ACCEPTED (with a reason, until a date)");
        headed = true;
        term_put(t, STR(" - "));
        term_wrap(t, TERM_LABEL_AT, TERM_LABEL_AT,
                  str_fmt(t->arena, "%s, %.*s: %.*s", f->check->id, STR_ARG(f->subject), STR_ARG(f->title)));
        term_spaces(t, TERM_LABEL_AT);
        term_wrap(t, TERM_LABEL_AT, TERM_LABEL_AT,
                  str_fmt(t->arena, "because %.*s%s%.*s%s%.*s", STR_ARG(f->waiver_reason),
                          f->waiver_owner.n ? ", says " : "", STR_ARG(f->waiver_owner),
                          f->waiver_until_s ? ", until " : "",
                          STR_ARG(f->waiver_until_s ? clock_date(t->arena, f->waiver_until_s) : STR_NONE)));
    }
}

static void put_not_applicable(struct page *p)
{
    struct term *t = &p->t;
    bool headed = false;

    for (size_t i = 0; i < p->audit->n_findings; i++) {
        const struct finding *f = p->audit->findings[i];
        if (f->status != NOT_APPLICABLE)
            continue;
        if (!headed)
            term_heading(t, INK_BOLD, "NOT APPLICABLE");
        headed = true;
        term_put(t, STR(" - "));
        term_wrap(t, TERM_LABEL_AT, TERM_LABEL_AT, str_fmt(t->arena, "%s: %.*s", f->check->id, STR_ARG(f->title)));
    }
}

static void put_passed(struct page *p)
{
    struct report_rows rows = report_rows_of(p->t.arena, p->audit, 1u << PASS);

    if (!p->options->evidence || !rows.n)
        return;
    term_heading(&p->t, INK_BOLD, "PASSED");
    for (size_t i = 0; i < rows.n; i++)
        put_row(p, &rows.v[i]);
}

static void put_footer(struct page *p)
{
    struct term *t = &p->t;
    struct str_list skipped = report_skipped(t->arena, p->audit);

    if (skipped.n)
        term_heading(t, INK_BOLD, "NOT LOOKED AT");
    for (size_t i = 0; i < skipped.n; i++) {
        term_put(t, STR(" - "));
        term_wrap(t, TERM_LABEL_AT, TERM_LABEL_AT, skipped.v[i]);
    }
    term_heading(t, INK_BOLD, "NEXT");
    if (p->audit->n_first) {
        const char *id = p->audit->first[0]->check->id;
        term_verbatim(t, TERM_LABEL_AT, str_fmt(t->arena, "launchready explain %s", id));
        term_verbatim(t, TERM_LABEL_AT + 2, STR("what a check looks at, and why"));
    }
    if (!p->audit->launch_path.n) {
        term_verbatim(t, TERM_LABEL_AT, str_fmt(t->arena, "launchready init %.*s", STR_ARG(p->audit->target)));
        term_verbatim(t, TERM_LABEL_AT + 2, STR("writes down what you intend; more can be checked then"));
    }
    term_verbatim(t, TERM_LABEL_AT,
                  str_fmt(t->arena, "launchready audit %.*s%s--format html -o report.html",
                          STR_ARG(p->audit->launch_path.n ? STR_NONE : p->audit->target),
                          p->audit->launch_path.n ? "" : " "));
    term_verbatim(t, TERM_LABEL_AT + 2, STR("a page to hand on"));
}

static bool write_page(struct page *p)
{
    put_verdict(p);
    if (p->options->quiet)
        return !p->t.out->full;
    term_line(&p->t);
    for (int s = 1; s <= 7; s++)
        put_stage(p, &p->audit->stages[s], s);
    put_first(p);
    put_open(p);
    put_unseen(p);
    put_accepted(p);
    put_not_applicable(p);
    put_passed(p);
    put_footer(p);
    return !p->t.out->full;
}

static bool write_with(const struct audit *audit, const struct report_options *options, struct buf *out, bool ascii)
{
    struct arena *arena = arena_new((size_t)512 * 1024 * 1024);
    int columns = options->columns && !ascii ? options->columns : 80;
    struct page p = {
        .t = {.out = out,
              .arena = arena,
              .color = options->color && !ascii,
              .ascii = ascii,
              .columns = columns > 100 ? 100 : columns},
        .audit = audit,
        .options = options,
    };
    bool ok = write_page(&p);

    arena_free(arena);
    return ok;
}

bool report_term_write(const struct audit *audit, const struct report_options *options, struct buf *out)
{
    return write_with(audit, options, out, false);
}

bool report_text_write(const struct audit *audit, const struct report_options *options, struct buf *out)
{
    return write_with(audit, options, out, true);
}
