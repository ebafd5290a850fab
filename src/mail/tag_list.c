/* The lists of tags that signatures and key records are made of: RFC 6376 section 3.2. */
#include <string.h>

#include "core/arena.h"
#include "mail/dkim.h"

#define TAGS_MOST 200

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(struct str s)
{
    if (!s.n || !is_alpha(s.p[0]))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!is_alpha(s.p[i]) && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_')
            return false;
    return true;
}

/* Control characters are in no value; bytes past ASCII are let be, since notes and EAI domains have them (RFC 8616). */
static bool is_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && !is_white(s.p[i])) || s.p[i] == 0x7f)
            return false;
    return true;
}

static struct str trim(struct str s)
{
    while (s.n && is_white(s.p[0]))
        s = str_from(s, 1);
    while (s.n && is_white(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool tag_list_parse(struct arena *arena, struct str text, struct tag **ret, size_t *ret_n, size_t *ret_at)
{
    struct tag *v = NULL;
    size_t n = 0, capacity = 0;
    struct str rest = text;

    *ret_at = 0;
    while (rest.p) {
        struct str spec = str_cut(&rest, ';'), value = spec;
        struct str name = trim(str_cut(&value, '='));
        if (!rest.p && n && !trim(spec).n)
            break; /* after the last semicolon */
        *ret_at = (size_t)((name.n ? name.p : spec.p) - text.p);
        if (!value.p || !is_name(name) || !is_value(value) || n == TAGS_MOST)
            return false;
        if (tag_value(v, n, str_cstr(arena, name)).p)
            return false;
        *ARENA_PUSH(arena, v, n, capacity) = (struct tag){name, trim(value)};
    }
    *ret = v;
    *ret_n = n;
    return n > 0;
}

struct str tag_value(const struct tag *tags, size_t n, const char *name)
{
    struct str wanted = str_of(name);

    for (size_t i = 0; i < n; i++)
        if (str_eq(tags[i].name, wanted))
            return tags[i].value;
    return str_n(NULL, 0);
}
