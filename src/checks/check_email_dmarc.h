/* check_email_dmarc.h - what the DMARC checks share. */
#ifndef CHECKS_CHECK_EMAIL_DMARC_H
#define CHECKS_CHECK_EMAIL_DMARC_H

#include "facts/fact_mail.h"

/* What counts for the audited domain; NULL when it does not exist or was not seen (the ask knows). */
const struct dmarc_found *dmarc_own(struct ask *q);
/* "_dmarc.DOMAIN", NUL-terminated. */
const char *dmarc_name(struct ask *q, struct str domain);
/* A report address of the domain's own: "mailto:dmarc@shop.example". */
struct str dmarc_own_rua(struct ask *q);

#endif
