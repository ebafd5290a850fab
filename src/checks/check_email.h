/* check_email.h - what the e-mail checks share. */
#ifndef CHECKS_CHECK_EMAIL_H
#define CHECKS_CHECK_EMAIL_H

#include "checks/check.h"
#include "facts/fact_mail.h"

#define EMAIL_FIX_TTL_S 3600u

/* Notes that something the answer depends on could not be looked up: the check cannot pass then. */
void email_note_unseen(struct ask *q, struct str what, struct str why);

#endif
