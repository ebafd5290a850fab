/* imap_lines.h - the two answers of an IMAP server (RFC 9051) that are read here: LIST and SEARCH. */
#ifndef PROOF_IMAP_LINES_H
#define PROOF_IMAP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct err;

#define IMAP_MOST_FOLDERS 200u
#define IMAP_MOST_FOUND   1000u

enum imap_use {
    IMAP_INBOX,
    IMAP_JUNK,  /* \Junk (RFC 6154), or a usual name: "Junk", "Spam", "Bulk Mail"... */
    IMAP_OTHER, /* any other that can hold what came in */
    IMAP_OWN    /* \Sent, \Drafts, or named so: what is there did not arrive */
};

struct imap_folder {
    struct str name; /* as the server spells it (modified UTF-7 or UTF-8), for asking again */
    enum imap_use use;
};

/* Every folder that can be opened, INBOX first, then junk, others and own. Lines that are no LIST answer are passed
 * over. ERR_LIMIT past IMAP_MOST_FOLDERS. */
MUST_CHECK bool imap_list_read(struct arena *arena, struct str text, struct imap_folder **ret, size_t *ret_n,
                               struct err *reterr);

/* The numbers of all SEARCH answers, in order. ERR_PARSE for what is no number of 1 to 4294967295, ERR_LIMIT past
 * IMAP_MOST_FOUND. */
MUST_CHECK bool imap_search_read(struct arena *arena, struct str text, uint32_t **ret, size_t *ret_n,
                                 struct err *reterr);

#endif
