/* audit_inside.h - the steps of an audit, for the files of this room and their tests. */
#ifndef AUDIT_AUDIT_INSIDE_H
#define AUDIT_AUDIT_INSIDE_H

#include "audit/audit.h"

/* Which checks run: fills the plan and a->skipped. */
struct plan {
    const struct check **v;
    size_t n;
};
struct plan audit_plan(struct audit *a, const struct launch *launch, const struct audit_options *options);

/* Lines for the launch file that make a section known, or NULL. */
const char *audit_section_lines(const char *section);

/* Puts unknowns (and what only follows) under the failure that explains them. */
void audit_fold(struct audit *a);

/* Marks accepted findings waived; reports acceptances that expired or fit nothing. */
void audit_waive(struct audit *a, const struct waiver *waivers, size_t n, int64_t now_s);

/* Impact, order, "do these first", tallies, verdict. */
void audit_rank(struct audit *a, struct str domain);
void audit_judge(struct audit *a);

#endif
