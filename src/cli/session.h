/* session.h - what a command that looks at a site needs: its target, launch file, observer, facts and threads. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "core/attr.h"
#include "facts/facts.h"
#include "launch/launch.h"

struct options;
struct cancel;
struct pool;
struct observer;

struct session {
    struct arena *arena;
    struct launch launch;
    struct str domain;     /* A-label */
    struct cancel *cancel; /* asked by SIGINT and SIGTERM; a second one ends the program */
    struct observer *observer;
    struct pool *facts_pool, *checks_pool;
    struct facts *facts;
};

/* The domain of the first argument, else the launch file's, else the recording's. The launch file of -c, or the
 * launchready.yaml found here or in a folder above, is used when it is about the same site. ERR_USAGE when there is
 * neither. Owned: session_close. */
MUST_CHECK bool session_open(const struct options *o, struct session **ret, struct err *reterr);
/* The same for a domain alone: no launch file is looked for. */
MUST_CHECK bool session_open_without_file(const struct options *o, struct session **ret, struct err *reterr);
/* The same for a name that need not be a site to audit ("_spf.shop.example"), or none at all (""). */
MUST_CHECK bool session_open_name(const struct options *o, const char *name, struct session **ret, struct err *reterr);
/* Before a long look: is there anything to look at? False when the domain does not exist (ERR_USAGE: most likely a
 * typo) or when no resolver answers at all (ERR_DNS_TIMEOUT, ERR_NO_ROUTE). Anything else is for the checks to judge.
 */
MUST_CHECK bool session_target_exists(struct session *s, struct err *reterr);
void session_close(struct session *s);

#endif
