/* report_github.c - workflow commands that GitHub shows as annotations; it shows ten of a kind for each step. */
#include "core/arena.h"
#include "report/escape.h"
#include "report/report_inside.h"

#define ANNOTATIONS_MOST 10u

enum kind { ERROR, WARNING, NOTICE, KIND_N };
static const char *const kind_words[] = {"error", "warning", "notice"};

struct annotation {
    enum kind kind;
    int line, impact;
    struct str title, message;
};

struct annotations {
    struct annotation *v;
    size_t n, capacity;
};

static enum kind kind_of(const struct finding *f)
{
    if (f->status == UNKNOWN)
        return NOTICE;
    return f->status == FAIL && f->severity >= SEV_HIGH ? ERROR : WARNING;
}

static struct str message_of(struct arena *arena, const struct audit *audit, const struct report_row *row)
{
    const struct finding *f = row->v[0];
    struct str folded = report_folded(arena, audit, row);
    struct str s = str_fmt(arena, "%.*s: %.*s", STR_ARG(f->subject), STR_ARG(f->title));

    if (row->n > 1)
        s = str_fmt(arena, "%.*s (and %zu more)", STR_ARG(s), row->n - 1);
    s = str_fmt(arena, "%.*s\nWhy: %s\nFix: %.*s", STR_ARG(s), f->check->why, STR_ARG(report_fix(f)));
    for (size_t i = 0; i < f->n_records; i++)
        s = str_fmt(arena, "%.*s\n%s record: %.*s", STR_ARG(s), f->records[i].remove ? "Remove" : "Add",
                    STR_ARG(report_record_line(arena, &f->records[i])));
    return folded.n ? str_fmt(arena, "%.*s\n%.*s", STR_ARG(s), STR_ARG(folded)) : s;
}

static void gather(struct arena *arena, const struct audit *audit, const struct report_options *options,
                   struct annotations *all)
{
    struct report_rows rows = report_rows_of(arena, audit, 1u << FAIL | 1u << WARN);
    struct report_unseens unseens = report_unseens_of(arena, audit);

    for (size_t i = 0; i < rows.n; i++) {
        const struct finding *f = rows.v[i].v[0];
        *ARENA_PUSH(arena, all->v, all->n, all->capacity) = (struct annotation){
            kind_of(f), report_line(options, arena, f), f->impact,
            str_fmt(arena, "%s %s", severity_word(f->severity), f->check->id), message_of(arena, audit, &rows.v[i])};
    }
    for (size_t i = 0; i < unseens.n; i++) {
        const struct finding *f = unseens.v[i].v[0];
        *ARENA_PUSH(arena, all->v, all->n, all->capacity) = (struct annotation){
            kind_of(f), report_line(options, arena, f), f->impact, str_fmt(arena, "could not look: %s", f->check->id),
            str_fmt(arena, "%.*s: %zu finding%s unknown", STR_ARG(unseens.v[i].reason), unseens.v[i].n,
                    unseens.v[i].n == 1 ? "" : "s")};
    }
}

/* The reports rank inside a class; here the first nine must be the worst of all. Keeps the order of equals. */
static void sort(struct annotations *all)
{
    for (size_t i = 1; i < all->n; i++) {
        struct annotation a = all->v[i];
        size_t j = i;
        for (; j > 0 && all->v[j - 1].impact < a.impact; j--)
            all->v[j] = all->v[j - 1];
        all->v[j] = a;
    }
}

static void put(struct buf *out, struct str file, const struct annotation *a)
{
    buf_fmt(out, "::%s file=", kind_words[a->kind]);
    escape_workflow(out, file, true);
    buf_fmt(out, ",line=%d,title=", a->line);
    escape_workflow(out, a->title, true);
    buf_add_cstr(out, "::");
    escape_workflow(out, a->message, false);
    buf_add_char(out, '\n');
}

static void put_kind(struct arena *arena, struct buf *out, struct str file, const struct annotations *all,
                     enum kind kind)
{
    size_t n = 0, shown = 0;

    for (size_t i = 0; i < all->n; i++)
        n += all->v[i].kind == kind;
    size_t most = n > ANNOTATIONS_MOST ? ANNOTATIONS_MOST - 1 : n; /* the last one sums up */
    for (size_t i = 0; i < all->n && shown < most; i++)
        if (all->v[i].kind == kind) {
            put(out, file, &all->v[i]);
            shown++;
        }
    if (n > most)
        put(out, file,
            &(struct annotation){
                kind, 1, 0, str_fmt(arena, "%zu more", n - most),
                str_fmt(arena, "%zu more of this kind; the whole report: launchready audit", n - most)});
}

bool report_github_write(const struct audit *audit, const struct report_options *options, struct buf *out)
{
    struct arena *arena = arena_new((size_t)512 * 1024 * 1024);
    struct annotations all = {0};
    struct str file = report_launch_file(audit);

    gather(arena, audit, options, &all);
    sort(&all);
    for (int kind = 0; kind < KIND_N; kind++)
        put_kind(arena, out, file, &all, (enum kind)kind);
    buf_fmt(out, "launchready: %s, %.*s: %.*s (%zu failed, %zu warned, %zu unseen, %zu passed)\n",
            report_verdict_title(audit->verdict), STR_ARG(audit->target), STR_ARG(audit->verdict_reason),
            report_count(audit, FAIL), report_count(audit, WARN), report_count(audit, UNKNOWN),
            report_count(audit, PASS));
    arena_free(arena);
    return !out->full;
}
