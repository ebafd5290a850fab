/* post_words.h - what both sides of a mail connection say, line by line, so that a server's own words can be shown. */
#ifndef PROOF_POST_WORDS_H
#define PROOF_POST_WORDS_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

#define POST_REPLY_MOST_BYTES 8192u

struct post_words {
    bool is_smtp;     /* else IMAP */
    struct buf reply; /* the server's newest answer: SMTP all its lines, IMAP the tagged line or a good-bye */
    int code;         /* SMTP: of that answer; 0: none yet */
    char command[16]; /* the newest verb that we said, never what follows it; not QUIT or LOGOUT */
    bool reply_whole, leaving;
};

void post_words_init(struct post_words *w, bool is_smtp);
void post_words_free(struct post_words *w);
/* A new transfer: what was answered before does not count; the newest verb does. */
void post_words_begin(struct post_words *w);
/* Bytes that we sent: a command, or what belongs to one (a password in base64, say), which is not looked at. */
void post_words_said(struct post_words *w, struct str text);
/* Lines that the server sent. After our good-bye they are passed over. */
void post_words_heard(struct post_words *w, struct str text);

#endif
