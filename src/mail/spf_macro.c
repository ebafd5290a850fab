#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/ip.h"
#include "mail/spf_inside.h"

#define PARTS_MOST 128u /* "an implementation MUST support at least as many as a domain name can have", section 7.3 */

/* One "%..." of section 7.1. */
struct macro {
    char letter; /* lower case; or '%', '_' and '-' for the literals */
    bool escape, reverse;
    size_t keep; /* right-hand parts; 0: all */
    struct str delimiters;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Reads the macro at the start of s, a '%'; its length, or 0 with *why. */
static size_t read_macro(struct str s, struct macro *m, const char **why)
{
    *m = (struct macro){0};
    *why = "a \"%\" must be followed by \"{\", \"%\", \"_\" or \"-\"";
    if (s.n < 2)
        return 0;
    if (s.p[1] == '%' || s.p[1] == '_' || s.p[1] == '-') {
        m->letter = s.p[1];
        return 2;
    }
    if (s.p[1] != '{')
        return 0;
    *why = "a macro that does not end in \"}\"";
    if (s.n < 4)
        return 0;
    m->escape = s.p[2] >= 'A' && s.p[2] <= 'Z';
    m->letter = (char)(m->escape ? s.p[2] - 'A' + 'a' : s.p[2]);
    if (m->letter == '\0' || !strchr("slodiphcrtv", m->letter)) {
        *why = "there is no macro with that letter";
        return 0;
    }
    size_t at = 3;
    bool has_digits = false;
    for (; at < s.n && is_digit(s.p[at]); at++) {
        has_digits = true;
        if (m->keep < 1000)
            m->keep = m->keep * 10 + (size_t)(s.p[at] - '0');
    }
    if (has_digits && m->keep == 0) {
        *why = "a macro that keeps 0 parts";
        return 0;
    }
    if (at < s.n && (s.p[at] == 'r' || s.p[at] == 'R')) {
        m->reverse = true;
        at++;
    }
    size_t from = at;
    while (at < s.n && s.p[at] && strchr(".-+,/_=", s.p[at]))
        at++;
    m->delimiters = str_n(s.p + from, at - from);
    return at < s.n && s.p[at] == '}' ? at + 1 : 0;
}

/* toplabel of section 7.1: letters, digits and hyphens, none at the ends, not digits alone. */
static bool is_top_label(struct str s)
{
    bool has_other = false;

    if (s.n == 0 || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_alpha(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-')
            return false;
        has_other |= !is_digit(s.p[i]);
    }
    return has_other;
}

static bool check_end(struct str s, bool ends_in_macro, const char **why)
{
    if (s.n == 0) {
        *why = "the domain is empty";
        return false;
    }
    if (ends_in_macro)
        return true;
    if (s.p[s.n - 1] == '.')
        s.n--;
    size_t dot = s.n;
    while (dot && s.p[dot - 1] != '.')
        dot--;
    *why = dot ? "the domain does not end in a valid top-level label" : "the domain has only one label";
    return dot && is_top_label(str_from(s, dot));
}

bool spf_macro_check(struct str text, enum spf_macro_place place, const char **ret_why)
{
    bool ends_in_macro = false;

    for (size_t at = 0; at < text.n;) {
        unsigned char c = (unsigned char)text.p[at];
        struct macro m;
        ends_in_macro = c == '%';
        if (c == '%') {
            size_t n = read_macro(str_from(text, at), &m, ret_why);
            if (!n)
                return false;
            if (place != SPF_IN_EXPLANATION && (m.letter == 'c' || m.letter == 'r' || m.letter == 't')) {
                *ret_why = "the macros c, r and t are for explanations only";
                return false;
            }
            at += n;
        } else if (c > ' ' && c < 0x7f) {
            at++;
        } else if (c == ' ' && place == SPF_IN_EXPLANATION) {
            at++;
        } else {
            *ret_why = c < 0x80 ? "a control character" : "a character outside US-ASCII";
            return false;
        }
    }
    return place != SPF_IN_DOMAIN || check_end(text, ends_in_macro, ret_why);
}

bool spf_macro_uses(struct str text, const char *letters)
{
    for (size_t at = str_find_char(text, '%'); at < text.n;) {
        struct macro m;
        const char *why;
        size_t n = text.p[at] == '%' ? read_macro(str_from(text, at), &m, &why) : 0;
        if (n > 2 && strchr(letters, m.letter))
            return true;
        at += n ? n : 1;
    }
    return false;
}

static void add_escaped(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (is_alpha(c) || is_digit(c) || (c && strchr("-._~", c)))
            buf_add_char(b, c);
        else
            buf_fmt(b, "%%%02X", (unsigned)(unsigned char)c);
    }
}

static void add_part(struct buf *b, const struct macro *m, struct str s)
{
    if (m->escape)
        add_escaped(b, s);
    else
        buf_add(b, s);
}

static bool is_delimiter(const struct macro *m, char c)
{
    return m->delimiters.n ? memchr(m->delimiters.p, c, m->delimiters.n) != NULL : c == '.';
}

/* Split, reversed, and the right-hand parts kept; joined with dots. */
static void add_transformed(struct buf *b, const struct macro *m, struct str value)
{
    struct str parts[PARTS_MOST];
    size_t n = 0, from = 0;

    for (size_t i = 0; i <= value.n; i++) {
        if (i < value.n && (!is_delimiter(m, value.p[i]) || n + 1 == PARTS_MOST))
            continue;
        parts[n++] = str_n(value.p + from, i - from);
        from = i + 1;
    }
    size_t keep = m->keep && m->keep < n ? m->keep : n;
    for (size_t i = n - keep; i < n; i++) {
        if (i > n - keep)
            buf_add_char(b, '.');
        add_part(b, m, m->reverse ? parts[n - 1 - i] : parts[i]);
    }
}

static bool add_macro(struct buf *b, const struct macro *m, const struct spf_values *values)
{
    if (m->letter == '%')
        return buf_add_char(b, '%');
    if (m->letter == '_')
        return buf_add_char(b, ' ');
    if (m->letter == '-')
        return buf_add_cstr(b, "%20");
    struct str value = values->of[m->letter - 'a'];
    if (!value.p)
        return false;
    if (m->keep || m->reverse || m->delimiters.n)
        add_transformed(b, m, value);
    else
        add_part(b, m, value);
    return !b->full;
}

/* False when a value is not known, or b is full. */
static bool expand(struct buf *b, struct str text, const struct spf_values *values)
{
    for (size_t at = 0; at < text.n;) {
        struct str rest = str_from(text, at);
        struct macro m;
        const char *why;
        size_t n = str_find_char(rest, '%');
        if (n) {
            rest = str_first(rest, n);
            n = rest.n;
            if (!buf_add(b, rest))
                return false;
        } else {
            n = read_macro(rest, &m, &why);
            if (!n || !add_macro(b, &m, values))
                return false;
        }
        at += n;
    }
    return true;
}

bool spf_macro_expand(struct arena *arena, struct str text, const struct spf_values *values, size_t most_bytes,
                      struct str *ret)
{
    struct buf b CLEANUP(buf_free) = {0};

    buf_init(&b, most_bytes);
    if (!expand(&b, text, values))
        return false;
    *ret = str_dup(arena, buf_str(&b));
    return true;
}

static struct str cut_name(struct str name)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    while (name.n > 253) {
        size_t dot = str_find_char(name, '.');
        if (dot == SIZE_MAX)
            return str_first(name, 254);
        name = str_from(name, dot + 1);
    }
    return name;
}

bool spf_macro_domain(struct arena *arena, struct str spec, const struct spf_values *values, struct str *ret)
{
    struct buf b CLEANUP(buf_free) = {0};

    buf_init(&b, SPF_EXPANDED_MOST);
    if (str_find_char(spec, '%') == SIZE_MAX) {
        *ret = cut_name(spec);
        return true;
    }
    if (!expand(&b, spec, values))
        return false;
    *ret = str_dup(arena, cut_name(buf_str(&b)));
    return true;
}

bool spf_name_fits(struct str name)
{
    size_t label = 0;

    if (name.n == 0 || name.n > 253)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if (c < ' ' || c >= 0x7f || ++label > 63) {
            return false;
        }
    }
    return label > 0;
}

struct str spf_dotted(struct arena *arena, const struct ip *ip)
{
    static const char hex[] = "0123456789ABCDEF";

    if (!ip->is_v6)
        return ip_text(arena, ip);
    char *p = arena_alloc(arena, 64);
    for (size_t i = 0; i < 16; i++) {
        p[4 * i] = hex[ip->bytes[i] >> 4];
        p[4 * i + 1] = '.';
        p[4 * i + 2] = hex[ip->bytes[i] & 15];
        p[4 * i + 3] = '.';
    }
    return str_n(p, 63);
}
