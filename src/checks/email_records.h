/* email_records.h - the records that a mail provider needs, as a fix to paste, merged with what is there. */
#ifndef CHECKS_EMAIL_RECORDS_H
#define CHECKS_EMAIL_RECORDS_H

#include "checks/check_email.h"
#include "facts/fact_senders.h"

enum wanted_records { WANT_KEYS = 1u << 0, WANT_SPF = 1u << 1 };

/* The records of s that are needed and not there, keys or SPF and return path; the SPF record of the domain as one
 * record with what stands there, and its cost; then where the blanks are to be found. */
void email_offer_records(struct ask *q, struct findings *out, struct finding *f, const struct fact_senders *all,
                         const struct sender *s, unsigned which);
/* The domain's SPF record with terms added (or with the wasted includes dropped, when drop), and the old ones removed.
 * Says what it costs, and past ten what to drop. */
void email_offer_spf(struct ask *q, struct findings *out, struct finding *f, const struct fact_senders *all,
                     struct str terms, bool drop);
/* Whether the DMARC policy may be tightened now, and why, as evidence. What cannot be seen is said, not noted. */
void email_show_tighten(struct ask *q, struct findings *out, struct finding *f, struct str domain);
/* "set to DNS only": for a name that an edge proxies. */
void email_offer_dns_only(struct findings *out, struct finding *f, struct str name, struct str edge);

#endif
