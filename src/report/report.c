/* report.c - the table of formats. */
#include "core/arena.h"
#include "report/report_inside.h"

#define SAFE_MOST_BYTES ((size_t)1024 * 1024 * 1024)

static bool write_safe(const struct audit *audit, const struct report_options *options, struct buf *out, report_fn fn)
{
    struct arena *arena = arena_new(SAFE_MOST_BYTES);
    bool ok = fn(report_safe_audit(arena, audit), options, out) && !out->full;

    arena_free(arena);
    return ok;
}

#define REPORT(name, help)                                                                                             \
    static bool write_##name(const struct audit *audit, const struct report_options *options, struct buf *out)         \
    {                                                                                                                  \
        return write_safe(audit, options, out, report_##name##_write);                                                 \
    }
#include "report/reports.def"
#undef REPORT

static const struct report table[] = {
#define REPORT(name, help) {#name, write_##name, help},
#include "report/reports.def"
#undef REPORT
};

const struct report *reports_all(size_t *ret_n)
{
    *ret_n = N_OF(table);
    return table;
}

const struct report *report_by_name(struct str name)
{
    for (size_t i = 0; i < N_OF(table); i++)
        if (str_eq(str_of(table[i].name), name))
            return &table[i];
    return NULL;
}
