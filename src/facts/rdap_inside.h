/* rdap_inside.h - the parsers of RDAP: for fact_rdap.c, its tests and its fuzz target. */
#ifndef FACTS_RDAP_INSIDE_H
#define FACTS_RDAP_INSIDE_H

#include "core/attr.h"
#include "facts/fact_rdap.h"

/* The base URL of the registry's server for the domain, from the bootstrap file (RFC 9224 section 4): the longest
 * match, https before http, with a final slash. ERR_PARSE when it is no such file; an empty URL when nothing fits. */
MUST_CHECK bool rdap_server_of(struct arena *arena, struct str bootstrap, struct str domain, struct str *ret_url,
                               struct err *reterr);
/* A domain object (RFC 9083 section 5.3). source and at_s are left alone. ERR_PARSE; ret is then untouched. */
MUST_CHECK bool rdap_read(struct arena *arena, struct str body, struct fact_rdap *ret, struct err *reterr);
#endif
