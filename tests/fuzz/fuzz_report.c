/* fuzz_report.c - an audit whose every text is a stranger's, in every format: what comes out is harmless and reads. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit_inside.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/text.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

struct bytes {
    const uint8_t *p;
    size_t n;
};

static unsigned take(struct bytes *b)
{
    if (!b->n)
        return 0;
    b->n--;
    return *b->p++;
}

static struct str take_text(struct bytes *b)
{
    size_t n = take(b);

    n = n > b->n ? b->n : n;
    struct str s = str_n((const char *)b->p, n);
    b->p += n;
    b->n -= n;
    return s;
}

static void take_lists(struct bytes *b, struct arena *arena, struct finding *f)
{
    for (unsigned n = take(b) % 4; n; n--)
        *ARENA_PUSH(arena, f->evidence, f->n_evidence, f->evidence_capacity) =
            (struct evidence){take_text(b), take_text(b), take_text(b), (int64_t)take(b) * 10000000};
    for (unsigned n = take(b) % 4; n; n--) {
        struct dns_fix r = {.name = take_text(b), .type = take(b) % 2 ? STR("TXT") : take_text(b)};
        r.value = take_text(b);
        r.ttl_s = take(b);
        r.remove = take(b) % 2;
        *ARENA_PUSH(arena, f->records, f->n_records, f->records_capacity) = r;
    }
}

static struct finding *take_finding(struct bytes *b, struct arena *arena, struct findings *out)
{
    size_t n;
    const struct check *all = checks_all(&n);
    struct finding *f = arena_alloc(arena, sizeof *f);
    struct str *const texts[] = {&f->subject,      &f->title,         &f->observed,    &f->expected,
                                 &f->fix_text,     &f->fix_command,   &f->key,         &f->section,
                                 &f->unseen_place, &f->waiver_reason, &f->waiver_owner};

    f->check = &all[take(b) % n];
    f->status = (enum status)(take(b) % STATUS_N);
    f->severity = (enum severity)(take(b) % 5);
    f->certainty = (enum certainty)(take(b) % 3);
    f->unseen_kind = (enum err_kind)(take(b) % (ERR_NEEDS + 1));
    for (size_t i = 0; i < N_OF(texts); i++)
        *texts[i] = take_text(b);
    take_lists(b, arena, f);
    f->waiver_until_s = take(b) * 86400;
    finding_close(out, f);
    return f;
}

static struct audit *take_audit(struct bytes *b, struct arena *arena)
{
    struct audit *a = arena_alloc(arena, sizeof *a);
    struct findings out = {.arena = arena};

    *a = (struct audit){.arena = arena, .started_s = 1795514400, .duration_ms = (int64_t)take(b) * 100};
    a->target = take_text(b);
    a->launch_path = take_text(b);
    a->slowest = take_text(b);
    a->interrupted = take(b) % 8 == 1;
    while (b->n && out.n < 40)
        *ARENA_PUSH(arena, out.v, out.n, out.capacity) = take_finding(b, arena, &out);
    a->findings = out.v;
    a->n_findings = out.n;
    audit_fold(a);
    audit_rank(a, a->target);
    audit_judge(a);
    return a;
}

/* UTF-8 without control characters but the line feed. */
static void check_harmless(struct str s)
{
    size_t at = 0;

    while (at < s.n) {
        uint32_t c = text_next(s, &at);
        must(c != UINT32_MAX && (c >= 0x20 || c == '\n') && (c < 0x7f || c > 0x9f));
        must((c < 0x202a || c > 0x202e) && (c < 0x2066 || c > 0x2069));
    }
}

static void check_json(struct str s)
{
    json_t *root = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES, NULL);

    must(root != NULL);
    json_decref(root);
}

/* No "<" but of tags that the writer's alphabet knows; a stranger's is always an entity. */
static void check_markup(struct str s)
{
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i] == '<')
            must(s.p[i + 1] == '/' || s.p[i + 1] == '!' || s.p[i + 1] == '?' ||
                 (s.p[i + 1] >= 'a' && s.p[i + 1] <= 'z'));
}

static void check_commands(struct str s)
{
    while (s.p) {
        struct str line = str_cut(&s, '\n');
        must(!line.n || str_starts(line, STR("::error file=")) || str_starts(line, STR("::warning file=")) ||
             str_starts(line, STR("::notice file=")) || str_starts(line, STR("launchready: ")));
    }
}

static void write_one(const struct audit *a, const struct report *report, const struct report_options *options)
{
    struct str name = str_of(report->name);
    struct buf out;

    buf_init(&out, (size_t)32 * 1024 * 1024);
    must(report->write(a, options, &out));
    struct str s = buf_str(&out);
    check_harmless(s);
    if (str_eq(name, STR("json")) || str_eq(name, STR("sarif")))
        check_json(s);
    if (str_eq(name, STR("junit")) || str_eq(name, STR("html")))
        check_markup(s);
    if (str_eq(name, STR("github")))
        check_commands(s);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = {data, size};
    struct arena *arena;
    size_t n;
    const struct report *all = reports_all(&n);

    if (size > 16384)
        return 0;
    arena = arena_new((size_t)64 * 1024 * 1024);
    struct report_options options = {.evidence = take(&b) % 2, .columns = (int)(take(&b) % 120)};
    struct audit *a = take_audit(&b, arena);
    for (size_t i = 0; i < n; i++)
        write_one(a, &all[i], &options);
    arena_free(arena);
    return 0;
}
