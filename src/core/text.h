/* text.h - making foreign bytes safe to show. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

/* The next code point of s at *at (advanced past it), or UINT32_MAX for a byte that is not UTF-8 (one byte is
 * consumed). Overlong forms, surrogates and values past U+10FFFF are not UTF-8 (RFC 3629 section 3). */
uint32_t text_next(struct str s, size_t *at);

/* True when the whole of s is UTF-8. */
bool text_is_utf8(struct str s);

/* Copies s so that it can be printed anywhere: control characters (C0, DEL, C1), bidirectional overrides and
 * bytes that are not UTF-8 become \xHH or \u{H}; tab, CR and LF become a space. Writes a NUL-terminated text of
 * at most size - 1 bytes, never cutting a character; a text that is cut ends in "...". Returns its length. */
size_t text_make_safe(struct str s, char *to, size_t size);

/* The same, whole, in the arena. */
struct str text_safe(struct arena *arena, struct str s);

/* The same, but keeping line ends: for texts of several lines. */
struct str text_safe_lines(struct arena *arena, struct str s);

/* Columns that s takes on a terminal (wide characters count two, combining ones none). */
size_t text_columns(struct str s);

/* At most most_bytes of s, cut between characters; with "..." when something was cut. */
struct str text_shorten(struct arena *arena, struct str s, size_t most_bytes);

#endif
