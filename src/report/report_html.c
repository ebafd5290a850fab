/* report_html.c - one self-contained page: no script, nothing loaded from elsewhere, no link out. */
#include "core/arena.h"
#include "core/clock.h"
#include "report/escape.h"
#include "report/report_inside.h"

#define PLACES_MOST 50u

struct page {
    struct arena *arena;
    const struct audit *audit;
    const struct report_options *options;
    struct buf *out;
};

static void put(struct page *p, struct str s)
{
    escape_xml(p->out, s);
}

/* <element class="name">s</element> */
static void put_element(struct page *p, const char *element, const char *name, struct str s)
{
    if (name)
        buf_fmt(p->out, "<%s class=\"%s\">", element, name);
    else
        buf_fmt(p->out, "<%s>", element);
    put(p, s);
    buf_fmt(p->out, "</%s>", element);
}

static const char *const status_classes[] = {"pass", "warn", "fail", "unknown", "na", "waived"};

static struct str date_time(struct page *p, int64_t wall_s)
{
    struct str s = clock_rfc3339(p->arena, wall_s);

    return str_fmt(p->arena, "%.*s %.*s UTC", STR_ARG(str_first(s, 10)), STR_ARG(str_n(s.p + 11, 5)));
}

static void put_head(struct page *p)
{
    buf_add_cstr(p->out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; "
                         "style-src &#39;unsafe-inline&#39;\"/>\n"
                         "<meta name=\"referrer\" content=\"no-referrer\"/>\n<meta name=\"robots\" "
                         "content=\"noindex\"/>\n<title>Launch audit of ");
    put(p, p->audit->target);
    buf_fmt(p->out, ": %s</title>\n<style>\n%s</style>\n</head>\n<body>\n", report_verdict_title(p->audit->verdict),
            report_html_style);
}

static void put_verdict(struct page *p)
{
    static const enum status shown[] = {FAIL, WARN, UNKNOWN, WAIVED, PASS};
    const struct audit *a = p->audit;

    buf_add_cstr(p->out, "<header>\n<h1>Launch audit of ");
    put(p, a->target);
    buf_fmt(p->out, "</h1>\n<p class=\"verdict %s\">%s</p>\n<p>", verdict_word(a->verdict),
            report_verdict_title(a->verdict));
    put(p, a->verdict_reason);
    buf_add_cstr(p->out, ".</p>\n");
    if (a->interrupted)
        buf_add_cstr(p->out, "<p>Interrupted: only what had finished by then is below.</p>\n");
    buf_add_cstr(p->out, "<ul class=\"counts\">");
    for (size_t i = 0; i < N_OF(shown); i++)
        buf_fmt(p->out, "<li class=\"%s\"><b>%zu</b> %s</li>", status_classes[shown[i]], report_count(a, shown[i]),
                report_status_title(shown[i]));
    buf_fmt(p->out, "</ul>\n<p class=\"soft small\">%.*s, %zu checks, %zu observations, %.*s</p>\n</header>\n<main>\n",
            STR_ARG(date_time(p, a->started_s)), a->n_checks, a->n_observed,
            STR_ARG(report_seconds(p->arena, a->duration_ms)));
}

static void put_stage(struct page *p, const struct stage_tally *s, int stage)
{
    static const enum status parts[] = {PASS, WAIVED, UNKNOWN, WARN, FAIL};
    size_t n_all = 0;

    for (size_t i = 0; i < N_OF(parts); i++)
        n_all += s->n[parts[i]];
    buf_fmt(p->out, "<div class=\"stage\"><span>%d. %s</span><span class=\"soft\">", stage, stage_name(stage));
    if (n_all)
        buf_fmt(p->out, "%zu of %zu passed</span><div class=\"bar\">", s->n[PASS], n_all);
    else
        buf_add_cstr(p->out, "nothing looked at</span><div class=\"bar\">");
    for (size_t i = 0; i < N_OF(parts); i++)
        if (s->n[parts[i]])
            buf_fmt(p->out, "<span class=\"%s\" style=\"flex-grow:%zu\" title=\"%zu %s\"></span>",
                    status_classes[parts[i]], s->n[parts[i]], s->n[parts[i]], report_status_title(parts[i]));
    buf_add_cstr(p->out, "</div></div>\n");
}

static void put_first(struct page *p)
{
    if (!p->audit->n_first)
        return;
    buf_add_cstr(p->out, "<h2>Do these first</h2>\n<div class=\"card\"><ol class=\"first\">\n");
    for (size_t i = 0; i < p->audit->n_first; i++) {
        const struct finding *f = p->audit->first[i];
        buf_add_cstr(p->out, "<li><span><a href=\"#f-");
        put(p, f->fingerprint);
        buf_add_cstr(p->out, "\">");
        put(p, f->title);
        buf_add_cstr(p->out, "</a>");
        if (f->subject.n && !str_has(f->title, f->subject)) {
            buf_add_cstr(p->out, " ");
            put_element(p, "span", "soft mono", f->subject);
        }
        buf_fmt(p->out, "</span><span class=\"soft small\">%.*s \u00b7 ",
                STR_ARG(report_minutes(p->arena, f->check->effort_minutes)));
        put(p, str_of(report_who(f)));
        buf_add_cstr(p->out, "</span></li>\n");
    }
    buf_add_cstr(p->out, "</ol></div>\n");
}

static void put_score(struct page *p, const struct check *c)
{
    const struct {
        const char *title, *text;
    } parts[] = {{"Pass criteria", c->rule}, {"Why it matters", c->why}, {"What breaks if it fails", c->breaks}};

    buf_add_cstr(p->out, "<div class=\"score\">");
    for (size_t i = 0; i < N_OF(parts); i++) {
        buf_fmt(p->out, "<div><h4>%s</h4><p class=\"small\">", parts[i].title);
        put(p, str_of(parts[i].text));
        buf_add_cstr(p->out, "</p></div>");
    }
    buf_add_cstr(p->out, "</div>\n");
}

static void put_seen(struct page *p, const struct finding *f)
{
    if (f->observed.n || f->expected.n) {
        buf_add_cstr(p->out, "<p class=\"small\">");
        if (f->observed.n) {
            buf_add_cstr(p->out, "Found ");
            put_element(p, "code", NULL, f->observed);
        }
        if (f->expected.n) {
            buf_add_cstr(p->out, f->observed.n ? ", expected " : "Expected ");
            put_element(p, "code", NULL, f->expected);
        }
        buf_add_cstr(p->out, "</p>\n");
    }
    if (!f->n_evidence)
        return;
    buf_add_cstr(p->out, "<div class=\"table\"><table class=\"seen\"><tbody>\n");
    for (size_t i = 0; i < f->n_evidence; i++) {
        const struct evidence *e = &f->evidence[i];
        struct str at = clock_rfc3339(p->arena, report_when_s(p->audit, e));
        buf_add_cstr(p->out, "<tr>");
        put_element(p, "td", "label", e->label);
        put_element(p, "td", "mono", e->value);
        put_element(
            p, "td", "when",
            str_fmt(p->arena, "%.*s%s%.*s", STR_ARG(e->source), e->source.n ? ", " : "", STR_ARG(str_n(at.p + 11, 8))));
        buf_add_cstr(p->out, "</tr>\n");
    }
    buf_add_cstr(p->out, "</tbody></table></div>\n");
}

static void put_place(struct page *p, const struct report_row *row, size_t i)
{
    const struct finding *f = row->v[i];

    buf_add_cstr(p->out, "<div id=\"f-");
    put(p, f->fingerprint);
    buf_add_cstr(p->out, "\"><p>");
    put_element(p, "code", NULL, f->subject);
    if (row->n > 1 && !str_eq(f->title, f->subject)) {
        buf_add_char(p->out, ' ');
        put(p, f->title);
    }
    if (f->certainty != OBSERVED)
        buf_fmt(p->out, " <span class=\"soft small\">(%s, not observed)</span>", report_certainty(f->certainty));
    buf_add_cstr(p->out, "</p>\n");
    put_seen(p, f);
    buf_add_cstr(p->out, "</div>\n");
}

static void put_cell(struct page *p, const char *label, bool mono, struct str s)
{
    buf_fmt(p->out, "<td data-l=\"%s\"%s>", label, mono ? " class=\"mono\"" : "");
    put(p, s);
    buf_add_cstr(p->out, "</td>");
}

static void put_records(struct page *p, const struct finding *f)
{
    if (!f->n_records)
        return;
    buf_add_cstr(p->out, "<div class=\"table\"><table class=\"rec\"><thead><tr><th>Do</th><th>Name</th><th>Type</th>"
                         "<th>TTL</th><th>Value</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < f->n_records; i++) {
        const struct dns_fix *r = &f->records[i];
        buf_add_cstr(p->out, "<tr>");
        put_cell(p, "Do", false, r->remove ? STR("remove") : STR("add"));
        put_cell(p, "Name", true, r->name);
        put_cell(p, "Type", true, r->type);
        put_cell(p, "TTL", true, r->ttl_s ? str_fmt(p->arena, "%u", r->ttl_s) : STR("auto"));
        put_cell(p, "Value", true, r->value);
        buf_add_cstr(p->out, "</tr>\n");
    }
    buf_add_cstr(p->out, "</tbody></table></div>\n");
}

/* The first line is prose; those after it are to be pasted. */
static void put_fix_text(struct page *p, struct str text)
{
    struct str first = str_cut(&text, '\n');

    put_element(p, "p", NULL, first);
    if (text.p && text.n)
        put_element(p, "pre", NULL, text);
    buf_add_char(p->out, '\n');
}

static void put_fixes(struct page *p, const struct report_row *row, size_t n)
{
    buf_add_cstr(p->out, "<div class=\"fix\"><h4>Fix</h4>\n");
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = row->v[i];
        if (!report_fix_said(row, i))
            put_fix_text(p, report_fix(f));
        put_records(p, f);
        if (f->fix_command.n && !report_command_said(row, i))
            put_element(p, "pre", NULL, f->fix_command);
    }
    buf_fmt(p->out, "<p class=\"soft small\">%.*s \u00b7 ",
            STR_ARG(report_minutes(p->arena, row->check->effort_minutes)));
    put(p, str_of(report_who(row->v[0])));
    buf_add_cstr(p->out, "</p></div>\n");
}

static void put_row(struct page *p, const struct report_row *row)
{
    const struct finding *f = row->v[0];
    const char *severity = severity_word(f->severity);
    struct str folded = report_folded(p->arena, p->audit, row);
    size_t n = row->n > PLACES_MOST && !p->options->evidence ? PLACES_MOST : row->n;

    buf_fmt(p->out,
            "<section class=\"card finding %s\" id=\"%s-%s\">\n<div class=\"tags\"><span class=\"pill %s\">%s%s"
            "</span><span class=\"mono\">%s</span><span>stage %d</span></div>\n<h3>",
            severity, status_classes[row->status], row->check->id, severity, severity,
            row->status == WARN ? " warning" : "", row->check->id, row->check->stage);
    put(p, f->title);
    if (row->n > 1)
        buf_fmt(p->out, " <span class=\"soft\">(%zu places)</span>", row->n);
    buf_add_cstr(p->out, "</h3>\n");
    put_score(p, row->check);
    buf_add_cstr(p->out, "<h4>Evidence</h4>\n");
    for (size_t i = 0; i < n; i++)
        put_place(p, row, i);
    if (row->n > n)
        buf_fmt(p->out, "<p class=\"soft\">and %zu more</p>\n", row->n - n);
    if (folded.n)
        put_element(p, "p", "soft", folded);
    put_fixes(p, row, n);
    buf_add_cstr(p->out, "</section>\n");
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
                buf_fmt(p->out, "<h2 id=\"%s\">%s</h2>\n", risk_word((enum risk)risk), risk_title((enum risk)risk));
            headed = true;
            put_row(p, &rows.v[i]);
        }
    }
}

static void put_unseen(struct page *p)
{
    struct report_unseens all = report_unseens_of(p->arena, p->audit);

    if (!all.n)
        return;
    buf_add_cstr(p->out, "<h2 id=\"unseen\">Could not look</h2>\n<p class=\"soft\">Not passed, not failed.</p>\n"
                         "<div class=\"card\"><ul>\n");
    for (size_t i = 0; i < all.n; i++) {
        const struct finding *f = all.v[i].v[0];
        buf_add_cstr(p->out, "<li><p>");
        put(p, all.v[i].reason);
        buf_add_cstr(p->out, "</p><p class=\"soft small mono\">");
        for (size_t j = 0; j < all.v[i].n; j++)
            if (j == 0 || all.v[i].v[j]->check != all.v[i].v[j - 1]->check)
                buf_fmt(p->out, "%s%s", j ? ", " : "", all.v[i].v[j]->check->id);
        buf_add_cstr(p->out, "</p>");
        if (f->unseen_kind == ERR_NEEDS && f->fix_text.n)
            put_fix_text(p, f->fix_text);
        if (f->unseen_kind == ERR_NEEDS)
            put_records(p, f);
        buf_add_cstr(p->out, "</li>\n");
    }
    buf_add_cstr(p->out, "</ul></div>\n");
}

static void put_accepted(struct page *p)
{
    bool any = false;

    for (size_t i = 0; i < p->audit->n_findings; i++) {
        const struct finding *f = p->audit->findings[i];
        if (f->status != WAIVED)
            continue;
        buf_add_cstr(p->out, any ? "" : "<h2 id=\"accepted\">Accepted</h2>\n<div class=\"card\"><ul>\n");
        any = true;
        buf_fmt(p->out, "<li><p><span class=\"mono\">%s</span> ", f->check->id);
        put_element(p, "code", NULL, f->subject);
        buf_add_char(p->out, ' ');
        put(p, f->title);
        buf_add_cstr(p->out, "</p><p class=\"soft small\">Because ");
        put(p, f->waiver_reason);
        buf_add_cstr(p->out, f->waiver_owner.n ? ", says " : "");
        put(p, f->waiver_owner);
        if (f->waiver_until_s)
            buf_fmt(p->out, ", until %.*s", STR_ARG(clock_date(p->arena, f->waiver_until_s)));
        buf_add_cstr(p->out, ".</p></li>\n");
    }
    buf_add_cstr(p->out, any ? "</ul></div>\n" : "");
}

static void put_settled(struct page *p, enum status status, const char *id, const char *heading)
{
    const struct check *last = NULL;

    for (size_t i = 0; i < p->audit->n_findings; i++) {
        const struct finding *f = p->audit->findings[i];
        if (f->status != status || f->check == last)
            continue;
        if (!last)
            buf_fmt(p->out, "<h2 id=\"%s\">%s</h2>\n<div class=\"card\"><ul class=\"ids\">\n", id, heading);
        last = f->check;
        buf_fmt(p->out, "<li><span class=\"mono\">%s</span>", f->check->id);
        if (status == NOT_APPLICABLE) {
            buf_add_cstr(p->out, " <span class=\"soft\">");
            put(p, f->title);
            buf_add_cstr(p->out, "</span>");
        }
        buf_add_cstr(p->out, "</li>\n");
    }
    buf_add_cstr(p->out, last ? "</ul></div>\n" : "");
}

static void put_skipped(struct page *p)
{
    struct str_list skipped = report_skipped(p->arena, p->audit);

    if (!skipped.n)
        return;
    buf_add_cstr(p->out, "<h2 id=\"skipped\">Not looked at</h2>\n<div class=\"card\"><ul>\n");
    for (size_t i = 0; i < skipped.n; i++)
        put_element(p, "li", NULL, skipped.v[i]);
    buf_add_cstr(p->out, "</ul></div>\n");
}

bool report_html_write(const struct audit *audit, const struct report_options *options, struct buf *out)
{
    struct page p = {arena_new((size_t)512 * 1024 * 1024), audit, options, out};

    put_head(&p);
    put_verdict(&p);
    buf_add_cstr(out, "<h2>Stages</h2>\n<div class=\"card stages\">\n");
    for (int s = 1; s <= 7; s++)
        put_stage(&p, &audit->stages[s], s);
    buf_add_cstr(out, "</div>\n");
    put_first(&p);
    put_open(&p);
    put_unseen(&p);
    put_accepted(&p);
    put_settled(&p, PASS, "passed", "Passed");
    put_settled(&p, NOT_APPLICABLE, "not-applicable", "Not applicable");
    put_skipped(&p);
    buf_add_cstr(out, "</main>\n<footer>launchready " LAUNCHREADY_VERSION
                      ". What a check looks at: <code>launchready explain ID</code></footer>\n</body>\n</html>\n");
    arena_free(p.arena);
    return !out->full;
}
