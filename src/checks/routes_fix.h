/* routes_fix.h - the exact redirect rule to paste, in the language of whoever serves the host. */
#ifndef CHECKS_ROUTES_FIX_H
#define CHECKS_ROUTES_FIX_H

#include "checks/check.h"
#include "facts/facts.h"

/* One permanent redirect of everything at host (over http and https) to the origin "https://shop.example", keeping path
 * and query. first: a sentence before it, or "". */
void routes_fix_host(struct ask *q, struct findings *out, struct finding *f, const char *first, struct str host,
                     struct str to_origin);
/* http to https at the same host. */
void routes_fix_https(struct ask *q, struct findings *out, struct finding *f, const char *first, struct str host);
/* One path to a URL. */
void routes_fix_path(struct ask *q, struct findings *out, struct finding *f, struct str host, struct str path,
                     struct str to);

#endif
