/* policy_tags.h - "v=X; a=b; c=d", as the small records about mail are written. */
#ifndef MAIL_POLICY_TAGS_H
#define MAIL_POLICY_TAGS_H

#include <stdbool.h>

#include "core/str.h"

#define POLICY_TEXT_MOST_BYTES 4096u

struct policy_tags {
    struct str text, rest;
    struct str name, value; /* of the tag just read */
    size_t value_at;        /* byte offset */
};

/* Checks the ceiling and that the text begins with "v=VERSION", exactly, and a semicolon (or its end, when that will
 * do). False with the flaw. */
bool policy_tags_open(struct arena *arena, struct str text, const char *version, bool end_will_do,
                      struct policy_tags *ret, struct str *ret_flaw);
/* The next tag, empty ones skipped; false at the end, and with the flaw for one without "=". */
bool policy_tags_next(struct arena *arena, struct policy_tags *tags, struct str *ret_flaw);
/* A foreign value for use within a sentence: short and safe. */
struct str policy_shown(struct arena *arena, struct str s);

#endif
