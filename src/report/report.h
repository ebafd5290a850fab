/* report.h - an audit written down, in every format. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>

#include "core/str.h"

struct audit;
struct buf;
struct err;

struct report_options {
    bool color;
    int columns;   /* of the terminal; 0: 80 */
    bool evidence; /* --evidence: all of it, passes too, in the formats for people */
    bool quiet;
    int (*line_of)(const void *arg, const char *section); /* a launch-file section's line; may be NULL */
    const void *line_arg;
};

/* Appends the whole report to out. False only when out is full. */
typedef bool (*report_fn)(const struct audit *audit, const struct report_options *options, struct buf *out);

struct report {
    const char *name; /* "json" */
    report_fn write;
    const char *help;
};

const struct report *reports_all(size_t *ret_n);
const struct report *report_by_name(struct str name);

#endif
