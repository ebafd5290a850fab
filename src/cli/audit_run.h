/* audit_run.h - an audit run for a command, from its options to the report and the exit status. */
#ifndef CLI_AUDIT_RUN_H
#define CLI_AUDIT_RUN_H

#include "core/str.h"

struct options;
struct session;

/* Runs the checks that fit only (empty: all) as the options say, writes the report, and returns the exit status. */
int cli_audit(struct session *s, const struct options *o, const struct str_list *only);

#endif
