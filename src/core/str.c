#include "core/str.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"

struct str str_of(const char *cstr)
{
    return cstr ? (struct str){cstr, strlen(cstr)} : STR_NONE;
}

struct str str_n(const char *p, size_t n)
{
    return (struct str){p, n};
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool same_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

static bool same(const char *a, const char *b, size_t n)
{
    return n == 0 || memcmp(a, b, n) == 0;
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && same(a.p, b.p, a.n);
}

bool str_eq_nocase(struct str a, struct str b)
{
    return a.n == b.n && same_nocase(a.p, b.p, a.n);
}

int str_compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int d = n ? memcmp(a.p, b.p, n) : 0;

    return d ? d : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && same(s.p, prefix.p, prefix.n);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
    return s.n >= prefix.n && same_nocase(s.p, prefix.p, prefix.n);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && same(s.p + (s.n - suffix.n), suffix.p, suffix.n);
}

bool str_ends_nocase(struct str s, struct str suffix)
{
    return s.n >= suffix.n && same_nocase(s.p + (s.n - suffix.n), suffix.p, suffix.n);
}

size_t str_find(struct str s, struct str needle)
{
    if (needle.n == 0)
        return 0;
    const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

size_t str_find_nocase(struct str s, struct str needle)
{
    for (size_t i = 0; i + needle.n <= s.n; i++)
        if (same_nocase(s.p + i, needle.p, needle.n))
            return i;
    return SIZE_MAX;
}

size_t str_find_char(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

bool str_has(struct str s, struct str needle)
{
    return str_find(s, needle) != SIZE_MAX;
}

bool str_has_nocase(struct str s, struct str needle)
{
    return str_find_nocase(s, needle) != SIZE_MAX;
}

struct str str_from(struct str s, size_t offset)
{
    return offset >= s.n ? (struct str){s.p ? s.p + s.n : NULL, 0} : (struct str){s.p + offset, s.n - offset};
}

struct str str_first(struct str s, size_t n)
{
    return n < s.n ? (struct str){s.p, n} : s;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n && is_space(s.p[0]))
        s = str_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_cut(struct str *rest, char c)
{
    size_t at = str_find_char(*rest, c);
    struct str before = str_first(*rest, at);

    if (at == SIZE_MAX)
        *rest = (struct str){NULL, 0};
    else
        *rest = str_from(*rest, at + 1);
    return before;
}

struct str str_dup(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

struct str str_lower(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);

    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)lower(s.p[i]);
    return (struct str){p, s.n};
}

struct str str_vfmt(struct arena *arena, const char *fmt, va_list args)
{
    va_list again;

    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    if (n < 0)
        n = 0;
    char *p = arena_alloc(arena, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return (struct str){p, (size_t)n};
}

struct str str_fmt(struct arena *arena, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    struct str s = str_vfmt(arena, fmt, args);
    va_end(args);
    return s;
}

const char *str_cstr(struct arena *arena, struct str s)
{
    return str_dup(arena, s).p;
}

bool str_to_u64(struct str s, uint64_t most, uint64_t *ret)
{
    uint64_t value = 0;

    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
            return false;
    }
    if (value > most)
        return false;
    *ret = value;
    return true;
}

void str_list_add(struct arena *arena, struct str_list *list, struct str s)
{
    *ARENA_PUSH(arena, list->v, list->n, list->capacity) = s;
}

bool str_list_has(const struct str_list *list, struct str s)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->v[i], s))
            return true;
    return false;
}

bool str_list_has_nocase(const struct str_list *list, struct str s)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq_nocase(list->v[i], s))
            return true;
    return false;
}

#define NEAREST_MOST_BYTES 64

/* Edit distance with adjacent transposition counted as one (optimal string alignment). */
static size_t distance(struct str a, struct str b)
{
    size_t rows[3][NEAREST_MOST_BYTES + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    for (size_t j = 0; j <= b.n; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = last[j - 1] + (lower(a.p[i - 1]) != lower(b.p[j - 1]));
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.n];
}

struct str str_nearest(struct str s, const struct str *candidates, size_t n)
{
    struct str nearest = STR_NONE;
    size_t least = s.n / 3 + 1;

    if (s.n > NEAREST_MOST_BYTES)
        return nearest;
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].n > NEAREST_MOST_BYTES)
            continue;
        size_t d = distance(s, candidates[i]);
        if (d < least || (d == least && nearest.n == 0)) {
            least = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}
