/* report_fixture.h - an audit made by hand: every status, hostile texts, folded findings, records, waivers. */
#ifndef REPORT_FIXTURE_H
#define REPORT_FIXTURE_H

#include "audit/audit.h"
#include "core/buf.h"
#include "report/report.h"

struct arena;

/* A shop with typical faults. */
struct audit *fixture_shop(struct arena *arena);
/* The same, with a stranger's text of every nasty kind as title, subject, evidence and fix of one finding. */
struct audit *fixture_hostile(struct arena *arena);
/* Nothing wrong; no launch file. */
struct audit *fixture_healthy(struct arena *arena);
/* One check that failed at 30, and at 6000, places. */
struct audit *fixture_thirty(struct arena *arena);
struct audit *fixture_thousands(struct arena *arena);

/* Every check of the catalogue failed. */
struct audit *fixture_ruin(struct arena *arena);

/* A report of one of these. Owned: written_free. The launch file's section "hosts" is on line 7. */
struct written {
    struct arena *arena;
    struct audit *audit;
    struct buf out;
    struct str text;
};
typedef struct audit *(*fixture_fn)(struct arena *arena);
struct written written_as(fixture_fn make, const char *format, struct report_options options);
struct written written_plain(fixture_fn make, const char *format); /* without options */
void written_free(struct written *w);
size_t written_count(const struct written *w, const char *what);

#define assert_has(w, what)                                                                                            \
    do {                                                                                                               \
        if (!written_count((w), (what)))                                                                               \
            fail_msg("\"%s\" is not in\n%.*s", (what), STR_ARG((w)->text));                                            \
    } while (0)
#define assert_lacks(w, what)                                                                                          \
    do {                                                                                                               \
        if (written_count((w), (what)))                                                                                \
            fail_msg("\"%s\" is in\n%.*s", (what), STR_ARG((w)->text));                                                \
    } while (0)

/* What the hostile finding says; must appear nowhere as it is. */
#define HOSTILE_MARKUP "<script>alert(1)</script>|`x`]]>&\"'"

#endif
