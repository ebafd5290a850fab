/* str.h - text as pointer and length, for input that is foreign: it may hold NUL and bad UTF-8. */
#ifndef CORE_STR_H
#define CORE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"

struct arena;

struct str {
    const char *p;
    size_t n;
};

struct str_list {
    struct str *v;
    size_t n, capacity;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE     ((struct str){"", 0})
/* For "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p

struct str str_of(const char *cstr); /* borrowed; NULL gives the empty string */
struct str str_n(const char *p, size_t n);

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
int str_compare(struct str a, struct str b);    /* bytewise, like memcmp with lengths */
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_ends_nocase(struct str s, struct str suffix);
/* Offset of the first occurrence, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);
size_t str_find_nocase(struct str s, struct str needle);
size_t str_find_char(struct str s, char c);
bool str_has(struct str s, struct str needle);
bool str_has_nocase(struct str s, struct str needle);

struct str str_from(struct str s, size_t offset); /* the rest from offset on */
struct str str_first(struct str s, size_t n);     /* the first n bytes */
struct str str_trim(struct str s);                /* without leading and trailing ASCII white space */
/* Cuts at the first c: returns what is before it and leaves what follows in *rest (empty, with p NULL, when
 * there was none). Loop: while (rest.p) token = str_cut(&rest, ','). */
struct str str_cut(struct str *rest, char c);

/* Copies into the arena; the copy is NUL-terminated past its end, so p serves as a C string when the text
 * holds no NUL. */
struct str str_dup(struct arena *arena, struct str s);
struct str str_lower(struct arena *arena, struct str s); /* ASCII only */
struct str str_fmt(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str str_vfmt(struct arena *arena, const char *fmt, va_list args) VPRINTF_LIKE(2);
/* NUL-terminated copy, cut at an embedded NUL. */
const char *str_cstr(struct arena *arena, struct str s);

/* A decimal number without sign or space, at most most: false on anything else. */
bool str_to_u64(struct str s, uint64_t most, uint64_t *ret) MUST_CHECK;

void str_list_add(struct arena *arena, struct str_list *list, struct str s);
bool str_list_has(const struct str_list *list, struct str s);
bool str_list_has_nocase(const struct str_list *list, struct str s);

/* The entry of candidates nearest to s (edit distance at most a third of its length), or the empty string:
 * for "did you mean". */
struct str str_nearest(struct str s, const struct str *candidates, size_t n);

#endif
