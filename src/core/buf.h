/* buf.h - text and bytes that grow, with a ceiling from the first byte. */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

struct buf {
    char *p; /* always NUL-terminated once something was added */
    size_t n, capacity, most;
    bool full; /* an addition would have passed the ceiling: nothing of it was added, nor will be of any later one */
};

void buf_init(struct buf *b, size_t most_bytes);
void buf_free(struct buf *b); /* also as CLEANUP(buf_free) */

/* Each is false, and sets full, once the ceiling is passed. */
bool buf_add(struct buf *b, struct str s);
bool buf_add_cstr(struct buf *b, const char *s);
bool buf_add_char(struct buf *b, char c);
bool buf_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

struct str buf_str(const struct buf *b); /* borrowed until the next addition */

#endif
