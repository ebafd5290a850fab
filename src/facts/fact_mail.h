/* fact_mail.h - what the DNS says about a domain's mail, through the engines of src/mail. */
#ifndef FACTS_FACT_MAIL_H
#define FACTS_FACT_MAIL_H

#include "facts/facts.h"
#include "mail/dmarc.h"
#include "mail/spf.h"

/* The DNS facts as the engines want them. Failures become MAIL_FAILED and are not kept as unseen: whoever judges
 * notes what matters. q must outlive the resolver. */
struct mail_resolver fact_mail_resolver(struct ask *q);

/* NULL when the domain's own TXT records were not seen; what was not seen further down is in unseen. */
const struct spf_survey *fact_spf(struct ask *q, struct str domain);
/* NULL when the walk could not see its first names. */
const struct dmarc_found *fact_dmarc(struct ask *q, struct str domain);

extern const struct fact_kind spf_kind, dmarc_kind; /* key: the domain; ranks 42, 43 */

#endif
