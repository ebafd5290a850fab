/* audit_run.h - an audit run for a command, from its options to the report and the exit status. */
#ifndef CLI_AUDIT_RUN_H
#define CLI_AUDIT_RUN_H

#include <stdbool.h>

#include "core/str.h"

struct audit;
struct buf;
struct options;
struct report;
struct report_options;
struct session;

/* Writes the whole result instead of the report alone; false when out is full. */
typedef bool (*cli_audit_write_fn)(struct session *s, const struct audit *audit, const struct report *report,
                                   const struct report_options *options, struct buf *out);

/* Runs the checks within scope (NULL: all) as the options say, writes the report (by write, or NULL: itself), and
 * returns the exit status. */
int cli_audit(struct session *s, const struct options *o, const struct str_list *scope, cli_audit_write_fn write);

#endif
