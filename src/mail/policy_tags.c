#include "mail/policy_tags.h"

#include "core/arena.h"
#include "core/text.h"

#define SHOWN_MOST 60u

struct str policy_shown(struct arena *arena, struct str s)
{
    return text_safe(arena, text_shorten(arena, s, SHOWN_MOST));
}

static struct str trim_blanks(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = str_from(s, 1);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static struct str version_flaw(struct arena *arena, struct str text, struct str start)
{
    struct str bare = str_trim(text);

    if (!bare.n)
        return STR("The record is empty");
    if (bare.n < text.n && bare.p > text.p && str_starts(bare, start))
        return str_fmt(arena, "White space stands before %.*s, which must be the very first thing (byte 0)",
                       STR_ARG(start));
    if (str_starts(text, start))
        return str_fmt(arena, "A semicolon is missing after %.*s (byte %zu)", STR_ARG(start), start.n);
    if (str_starts_nocase(text, start))
        return str_fmt(arena, "The version must be written %.*s, with these capital letters (byte 0)", STR_ARG(start));
    return str_fmt(arena, "The record does not begin with %.*s (byte 0)", STR_ARG(start));
}

bool policy_tags_open(struct arena *arena, struct str text, const char *version, bool end_will_do,
                      struct policy_tags *ret, struct str *ret_flaw)
{
    struct str start = str_fmt(arena, "v=%s", version);

    *ret = (struct policy_tags){.text = text};
    if (text.n > POLICY_TEXT_MOST_BYTES) {
        *ret_flaw = STR("The record is longer than 4096 bytes");
        return false;
    }
    if (str_starts(text, start)) {
        struct str after = trim_blanks(str_from(text, start.n));
        if ((after.n && after.p[0] == ';') || (!after.n && end_will_do)) {
            ret->rest = after.n ? str_from(after, 1) : (struct str){NULL, 0};
            return true;
        }
    }
    *ret_flaw = version_flaw(arena, text, start);
    return false;
}

bool policy_tags_next(struct arena *arena, struct policy_tags *tags, struct str *ret_flaw)
{
    while (tags->rest.p) {
        struct str part = trim_blanks(str_cut(&tags->rest, ';')), value = part;
        if (!part.n)
            continue;
        tags->name = trim_blanks(str_cut(&value, '='));
        if (!value.p) {
            *ret_flaw = str_fmt(arena, "\"%.*s\" is not of the form name=value (byte %zu)",
                                STR_ARG(policy_shown(arena, tags->name)), (size_t)(part.p - tags->text.p));
            return false;
        }
        tags->value = trim_blanks(value);
        tags->value_at = (size_t)(tags->value.p - tags->text.p);
        return true;
    }
    return false;
}
