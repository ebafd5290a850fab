#include "core/text.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"

uint32_t text_next(struct str s, size_t *at)
{
    const unsigned char *p = (const unsigned char *)s.p + *at;
    size_t left = s.n - *at, more;
    uint32_t c = p[0], least;

    (*at)++;
    if (c < 0x80)
        return c;
    if ((c & 0xe0) == 0xc0)
        c &= 0x1f, more = 1, least = 0x80;
    else if ((c & 0xf0) == 0xe0)
        c &= 0x0f, more = 2, least = 0x800;
    else if ((c & 0xf8) == 0xf0)
        c &= 0x07, more = 3, least = 0x10000;
    else
        return UINT32_MAX;
    if (left <= more)
        return UINT32_MAX;
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return UINT32_MAX;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return UINT32_MAX;
    *at += more;
    return c;
}

bool text_is_utf8(struct str s)
{
    for (size_t at = 0; at < s.n;)
        if (text_next(s, &at) == UINT32_MAX)
            return false;
    return true;
}

/* Characters that change how what follows is read or shown (Unicode UAX 9 and the "Trojan Source" set). */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* One safe character into out (at least 12 bytes); returns its length. */
static size_t spell(struct str s, size_t *at, bool keep_lines, char out[12])
{
    size_t from = *at;
    uint32_t c = text_next(s, at);

    if (c == '\n' && keep_lines)
        return out[0] = '\n', 1;
    if (c == '\t' || c == '\n' || c == '\r')
        return out[0] = ' ', 1;
    if (c == UINT32_MAX || c < 0x20 || c == 0x7f)
        return (size_t)snprintf(out, 12, "\\x%02x", (unsigned)(unsigned char)s.p[from]);
    if (is_unsafe(c))
        return (size_t)snprintf(out, 12, "\\u{%x}", (unsigned)c);
    memcpy(out, s.p + from, *at - from);
    return *at - from;
}

size_t text_make_safe(struct str s, char *to, size_t size)
{
    size_t n = 0, fits = 0; /* fits: the longest prefix that leaves room for the dots */

    if (size == 0)
        return 0;
    for (size_t at = 0; at < s.n;) {
        char one[12];
        size_t len = spell(s, &at, false, one);
        if (n + len + 1 > size) {
            size_t dots = size > 3 ? 3 : size - 1;
            memcpy(to + fits, "...", dots);
            n = fits + dots;
            break;
        }
        memcpy(to + n, one, len);
        n += len;
        if (n + 4 <= size)
            fits = n;
    }
    to[n] = '\0';
    return n;
}

static struct str safe(struct arena *arena, struct str s, bool keep_lines)
{
    struct buf b;

    buf_init(&b, s.n * 8 + 16);
    for (size_t at = 0; at < s.n;) {
        char one[12];
        size_t len = spell(s, &at, keep_lines, one);
        buf_add(&b, str_n(one, len));
    }
    struct str out = str_dup(arena, buf_str(&b));
    buf_free(&b);
    return out;
}

struct str text_safe(struct arena *arena, struct str s)
{
    return safe(arena, s, false);
}

struct str text_safe_lines(struct arena *arena, struct str s)
{
    return safe(arena, s, true);
}

static size_t width(uint32_t c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0x200d)
        return 0;
    if ((c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
        (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
        (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd))
        return 2;
    return 1;
}

size_t text_columns(struct str s)
{
    size_t columns = 0;

    for (size_t at = 0; at < s.n;)
        columns += width(text_next(s, &at));
    return columns;
}

struct str text_shorten(struct arena *arena, struct str s, size_t most_bytes)
{
    size_t cut = 0;

    if (s.n <= most_bytes)
        return s;
    size_t room = most_bytes > 3 ? most_bytes - 3 : 0;
    for (size_t at = 0; at < s.n;) {
        text_next(s, &at);
        if (at > room)
            break;
        cut = at;
    }
    return str_fmt(arena, "%.*s...", (int)cut, s.p);
}
