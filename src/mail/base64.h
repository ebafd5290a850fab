/* base64.h - RFC 4648 section 4 as mail uses it: white space may stand anywhere, the padding may be missing. */
#ifndef MAIL_BASE64_H
#define MAIL_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;

/* False, with the offset of what does not belong there in *ret_at (the end of the text when something is missing). */
MUST_CHECK bool base64_decode(struct arena *arena, struct str text, struct str *ret, size_t *ret_at);
struct str base64_encode(struct arena *arena, struct str bytes);

#endif
