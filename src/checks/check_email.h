/* check_email.h - what the e-mail checks share. */
#ifndef CHECKS_CHECK_EMAIL_H
#define CHECKS_CHECK_EMAIL_H

#include "checks/check.h"
#include "facts/fact_mail.h"

#define EMAIL_FIX_TTL_S 3600u

/* Notes that something the answer depends on could not be looked up: the check cannot pass then. */
void email_note_unseen(struct ask *q, struct str what, struct str why);

/* Whether the audited domain sends mail, as far as its owner says: email.none in the launch file, or an SPF record that
 * lets nobody send beside no MX or a null MX (RFC 7505), and nothing in the launch file to the contrary. *ret_why says
 * by what. EMAIL_SENDING_UNSEEN: the ask knows what was not seen. */
enum email_sending { EMAIL_SENDS, EMAIL_SENDS_NOTHING, EMAIL_SENDING_UNSEEN };
enum email_sending email_sending(struct ask *q, const char **ret_why);
/* True when the SPF record is "v=spf1 -all" and nothing else. */
bool email_spf_is_closed(const struct spf_survey *s);

/* Can a mailbox of that domain get mail: an MX that is no null MX, or without MX an address (RFC 5321 section 5.1).
 * *ret_why: why not. EMAIL_MAILBOX_UNSEEN: the ask knows what was not seen. */
enum email_mailbox { EMAIL_MAILBOX_FINE, EMAIL_MAILBOX_DEAD, EMAIL_MAILBOX_UNSEEN };
enum email_mailbox email_mailbox(struct ask *q, struct str domain, const char **ret_why);

#endif
