/* fact_rdap.h - the registration of a domain (RFC 9082, RFC 9083). */
#ifndef FACTS_FACT_RDAP_H
#define FACTS_FACT_RDAP_H

#include "facts/facts.h"

struct fact_rdap {
    bool found;                      /* false: the registry says there is no such registration */
    int64_t registered_s, expires_s; /* 0: not said */
    struct str registrar;
    struct str_list status; /* as said, lower case: "client transfer prohibited", "redemption period" */
    struct str_list name_servers;
    struct str source; /* the URL asked */
    int64_t at_s;
};

extern const struct fact_kind rdap_kind; /* key: the registrable domain; rank 30 */
/* The registrable domain of name, through IANA's bootstrap file (RFC 9224), cached with its date for 30 days under
 * the user's cache folder. NULL: offline, no server known for the top-level domain (ERR_NEEDS), or no answer. */
const struct fact_rdap *fact_rdap(struct ask *q, struct str name);

/* What is registered: the label before the public suffix, of the suffixes that registries run; empty for a suffix. */
struct str rdap_registrable(struct arena *arena, struct str name);

#endif
