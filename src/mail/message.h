/* message.h - an Internet message (RFC 5322) as it came: its header fields with their exact bytes, its body. */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct err;

#define MESSAGE_MOST_BYTES  (32u * 1024u * 1024u)
#define MESSAGE_MOST_FIELDS 1000u

struct message_field {
    struct str raw;   /* name, colon, value, folding and line ends, the last CRLF included */
    struct str name;  /* as written */
    struct str value; /* after the colon, folding kept, without the last CRLF */
    int line;         /* 1 is the first of the message */
};

/* What is not as RFC 5322 wants it, though it was read. */
enum message_oddity {
    MESSAGE_BARE_CR = 1u << 0,
    MESSAGE_BARE_LF = 1u << 1, /* in a message that has CRLF too; one with LF alone is a file, not an oddity */
    MESSAGE_EIGHT_BIT_HEADER = 1u << 2,
    MESSAGE_LONG_LINE = 1u << 3, /* over 998 octets */
    MESSAGE_BROKEN_FIELD = 1u << 4,
    MESSAGE_NO_BODY = 1u << 5,
    MESSAGE_NUL = 1u << 6
};

struct message {
    struct str bytes; /* with CRLF line ends */
    struct message_field *fields;
    size_t n_fields;
    struct str body;
    unsigned oddities;
    bool had_lf; /* the input had LF line ends, converted */
};

/* text may have CRLF or LF line ends, and a leading "From " line of an mbox, which is dropped. ERR_LIMIT past the
 * ceilings, ERR_PARSE when it has no header at all. */
MUST_CHECK bool message_parse(struct arena *arena, struct str text, struct message *ret, struct err *reterr);

/* The nth field of that name counted from the top (0: first), or NULL. */
const struct message_field *message_field(const struct message *m, struct str name, size_t nth);
size_t message_count(const struct message *m, struct str name);
/* Unfolded, white space at the ends taken away; comments kept. */
struct str message_unfold(struct arena *arena, struct str value);

/* The domain and address of an address field (From, Sender, Return-Path...): the last addr-spec of each mailbox,
 * comments, quoted strings, groups and route parts understood (RFC 5322 section 3.4 with obsolete forms). Display
 * names are decoded (RFC 2047, UTF-8 and ISO-8859-1; others kept). Of the value the first 256 KiB are read. */
struct message_mailbox {
    struct str display, address, domain; /* domain lower case, as an A-label where it converts */
};
size_t message_mailboxes(struct arena *arena, struct str value, struct message_mailbox *ret, size_t most);

/* Cuts an mbox (RFC 4155: "From " lines after an empty line) into messages; one message when it is not an mbox.
 * While (message_next(&rest, &one)) ... */
bool message_next(struct str *rest, struct str *ret);

#endif
