/* report_fixture.h - an audit made by hand: every status, hostile texts, folded findings, records, waivers. */
#ifndef REPORT_FIXTURE_H
#define REPORT_FIXTURE_H

#include "audit/audit.h"

struct arena;

/* A shop with typical faults. */
struct audit *fixture_shop(struct arena *arena);
/* The same, with a stranger's text of every nasty kind as title, subject, evidence and fix of one finding. */
struct audit *fixture_hostile(struct arena *arena);
/* Nothing wrong; no launch file. */
struct audit *fixture_healthy(struct arena *arena);
/* One check that failed at n places. */
struct audit *fixture_many(struct arena *arena, size_t n);

/* What the hostile finding says; must appear nowhere as it is. */
#define HOSTILE_MARKUP "<script>alert(1)</script>|`x`]]>&\"'"

#endif
