/* smtp_send.h - hands one message to the shop's own server (RFC 6409), and says what it said. */
#ifndef PROOF_SMTP_SEND_H
#define PROOF_SMTP_SEND_H

#include "core/attr.h"
#include "core/str.h"

struct ask;
struct err;
struct observer;
struct post_account;

struct smtp_receipt {
    struct str words;    /* what the server said last: "250 2.0.0 Ok: queued as 4XYZ"; safe */
    const char *problem; /* on failure: a word of test_send.h */
};

/* False: it was not taken; *reterr says why with the server's own words, ret->problem which kind. ret is filled
 * either way. */
MUST_CHECK bool smtp_send(struct ask *q, const struct observer *outside, const struct post_account *account,
                          struct str from, struct str to, struct str message, struct smtp_receipt *ret,
                          struct err *reterr);

#endif
