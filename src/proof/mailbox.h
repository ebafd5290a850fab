/* mailbox.h - the mailbox that the test message goes to, read over IMAP. */
#ifndef PROOF_MAILBOX_H
#define PROOF_MAILBOX_H

#include "core/attr.h"
#include "core/str.h"
#include "proof/imap_lines.h"

struct ask;
struct err;
struct observer;
struct mailbox;
struct post_account;

/* Where a message is. */
struct mailbox_place {
    struct str folder; /* for people, safe */
    bool junk;
    size_t index; /* of the folder; for mailbox_* alone */
    uint32_t uid;
};

/* Logs in and lists the folders. False with *ret_problem ("mailbox-login", "mailbox-no-tls"...) and the server's
 * words. Owned: mailbox_close. */
MUST_CHECK bool mailbox_open(struct ask *q, const struct observer *outside, const struct post_account *account,
                             struct mailbox **ret, const char **ret_problem, struct err *reterr);
void mailbox_close(struct mailbox *m);

/* Looks for the message whose subject holds token: in the inbox and in junk, with everywhere also in every other
 * folder that takes mail in. True with *ret_found false when it is not there. */
MUST_CHECK bool mailbox_find(struct mailbox *m, struct str token, bool everywhere, bool *ret_found,
                             struct mailbox_place *ret, struct err *reterr);
/* The message as it lies there. It counts as read afterwards. */
MUST_CHECK bool mailbox_fetch(struct mailbox *m, const struct mailbox_place *place, struct str *ret,
                              struct err *reterr);
/* Deletes that one message: STORE and UID EXPUNGE (RFC 4315). Where the server cannot expunge one alone, it stays
 * marked as deleted. */
MUST_CHECK bool mailbox_remove(struct mailbox *m, const struct mailbox_place *place, struct err *reterr);

#endif
