/* senders_inside.h - shared by the files that make the fact of fact_senders.h. */
#ifndef FACTS_SENDERS_INSIDE_H
#define FACTS_SENDERS_INSIDE_H

#include "facts/fact_senders.h"

struct senders_look {
    struct ask *q;
    struct arena *arena;
    struct mail_resolver dns;
    const struct providers *all;
    struct fact_senders *s;
    bool vague; /* the zone does not say which names exist: a wildcard, or a server that denies types only */
    size_t keys_capacity, senders_capacity;
};

/* "HOST.DOMAIN", or the domain for "@". */
struct str senders_name(const struct senders_look *l, struct str host);
/* An address that the name answers with, and whose it is, when it belongs to an edge; false when it has none of an
 * edge's, with *ret_unseen when that was not answered. */
bool senders_is_proxied(const struct senders_look *l, struct str name, struct str *ret_address, struct str *ret_edge,
                        bool *ret_unseen);

/* "feedback-smtp.{region}.amazonses.com" and "feedback-smtp.eu-west-1.amazonses.com". */
bool senders_fits_blanks(struct str wanted, struct str seen);

void senders_find_keys(struct senders_look *l);
void senders_want_keys(const struct senders_look *l);
void senders_want_hosts(const struct senders_look *l);
/* From MX, SPF, the keys and the launch file; then their records and paths. */
void senders_find(struct senders_look *l);
void senders_match_records(struct senders_look *l, struct sender *s);

#endif
