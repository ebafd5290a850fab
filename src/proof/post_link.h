/* post_link.h - one connection to a mail server through libcurl, and what the server said. For smtp_send and mailbox.
 */
#ifndef PROOF_POST_LINK_H
#define PROOF_POST_LINK_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/secret.h"
#include "core/str.h"
#include "facts/http_inside.h"
#include "proof/post_words.h"

struct ask;
struct observer;
struct curl_slist;

#define POST_MOST_BYTES (4u * 1024u * 1024u) /* of one message or listing that a server sends */

/* Where and as whom: from the launch file. */
struct post_account {
    struct str scheme, host; /* "smtps"; A-label or address */
    uint16_t port;
    bool implicit_tls; /* otherwise STARTTLS is required */
    struct str user;   /* empty: no log-in */
    struct secret password;
};

/* text is "smtps://HOST[:PORT]" or "smtp://..." (with protocol "smtp"), "imaps://..." or "imap://..." (with "imap").
 * The ports are 465, 587, 993 and 143 unless it says so. ERR_USAGE names the launch file's key, field. */
MUST_CHECK bool post_account_read(struct arena *arena, const char *protocol, const char *field, struct str text,
                                  struct post_account *ret, struct err *reterr);
/* "smtp.example port 465". */
const char *post_account_place(struct arena *arena, const struct post_account *account);

struct post_link {
    const struct observer *outside;
    struct arena *arena;
    const struct post_account *account;
    void *curl, *multi;
    struct curl_slist *resolve;
    struct http_trust trust;
    struct buf body; /* what the transfer delivered */
    struct post_words words;
    char error_text[256];
};

/* Finds the server's addresses and sets up; connects only when run. Always followed by a close. */
MUST_CHECK bool post_link_open(struct post_link *link, struct ask *q, const struct observer *outside,
                               const struct post_account *account, struct err *reterr);
void post_link_close(struct post_link *link);

/* One transfer to url; curl_code is CURLcode. False only for what is not the server's doing: cancelled, no memory. */
MUST_CHECK bool post_link_run(struct post_link *link, const char *url, int *ret_curl_code, struct err *reterr);

/* What went wrong before anything was said about mail: no connection, no TLS, a certificate, no log-in. False with
 * *reterr; true when code is none of these. ret_problem: a word of test_send.h. */
MUST_CHECK bool post_link_explain(struct post_link *link, int curl_code, const char **ret_problem, struct err *reterr);

/* The server's newest answer on one line, safe, at most 300 bytes. */
struct str post_link_words(struct post_link *link);

#endif
