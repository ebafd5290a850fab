/* MTA-STS, RFC 8461: the record of section 3.1, the policy of section 3.2, the match of section 4.1. */
#include <string.h>

#include "core/arena.h"
#include "mail/mail_policy.h"
#include "mail/policy_tags.h"

#define ID_MOST      32u
#define MX_MOST      200u
#define MAX_AGE_MOST 31557600u /* a year */
#define LINES_MOST   1000

const char *mta_sts_mode_word(enum mta_sts_mode m)
{
    static const char *const words[] = {"none", "testing", "enforce"};

    return words[m];
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool mta_sts_is_record(struct str text)
{
    struct str start = STR("v=STSv1");

    if (!str_starts(text, start))
        return false;
    text = str_from(text, start.n);
    while (text.n && (text.p[0] == ' ' || text.p[0] == '\t'))
        text = str_from(text, 1);
    return text.n && text.p[0] == ';';
}

static bool take_id(struct arena *arena, const struct policy_tags *tags, struct mta_sts_record *ret)
{
    if (ret->id.n)
        return true; /* the first counts (section 3.1) */
    if (!tags->value.n || tags->value.n > ID_MOST) {
        ret->flaw = str_fmt(arena, "id must have 1 to 32 letters and digits (byte %zu)", tags->value_at);
        return false;
    }
    for (size_t i = 0; i < tags->value.n; i++)
        if (!is_letter_or_digit(tags->value.p[i])) {
            ret->flaw = str_fmt(arena, "id may hold letters and digits only (byte %zu)", tags->value_at + i);
            return false;
        }
    ret->id = tags->value;
    return true;
}

bool mta_sts_record_parse(struct arena *arena, struct str text, struct mta_sts_record *ret)
{
    struct policy_tags tags;

    *ret = (struct mta_sts_record){.id = STR_NONE};
    if (!policy_tags_open(arena, text, "STSv1", false, &tags, &ret->flaw))
        return false;
    while (policy_tags_next(arena, &tags, &ret->flaw)) {
        if (str_eq(tags.name, STR("id")) && !take_id(arena, &tags, ret))
            return false;
    }
    if (!ret->flaw.n && !ret->id.n)
        ret->flaw = str_fmt(arena, "There is no id, by which senders notice a new policy (byte %zu)", text.n);
    return !ret->flaw.n;
}

/* ---- the policy ---- */

struct reading {
    struct arena *arena;
    struct mta_sts_policy *policy;
    int line;
    bool version, mode, max_age;
};

static bool wrong(struct reading *r, struct str what)
{
    r->policy->flaw = str_fmt(r->arena, "Line %d: %.*s", r->line, STR_ARG(what));
    return false;
}

static bool take_version(struct reading *r, struct str value)
{
    if (!str_eq(value, STR("STSv1")))
        return wrong(r,
                     str_fmt(r->arena, "version must be STSv1, not \"%.*s\"", STR_ARG(policy_shown(r->arena, value))));
    r->version = true;
    return true;
}

static bool take_mode(struct reading *r, struct str value)
{
    for (enum mta_sts_mode m = MTA_STS_NONE; m <= MTA_STS_ENFORCE; m++)
        if (str_eq(value, str_of(mta_sts_mode_word(m)))) {
            r->policy->mode = m;
            r->mode = true;
            return true;
        }
    return wrong(r, str_fmt(r->arena, "mode must be enforce, testing or none, not \"%.*s\"",
                            STR_ARG(policy_shown(r->arena, value))));
}

static bool take_max_age(struct reading *r, struct str value)
{
    uint64_t seconds = 0;

    if (!str_to_u64(value, MAX_AGE_MOST, &seconds))
        return wrong(r, str_fmt(r->arena, "max_age must be a number of seconds up to 31557600, not \"%.*s\"",
                                STR_ARG(policy_shown(r->arena, value))));
    r->policy->max_age_s = (int64_t)seconds;
    r->max_age = true;
    return true;
}

static bool is_pattern(struct str p)
{
    size_t label = 0;

    if (str_starts(p, STR("*.")))
        p = str_from(p, 2);
    for (size_t i = 0; i < p.n; i++) {
        if (p.p[i] == '.' ? label == 0 : !is_letter_or_digit(p.p[i]) && p.p[i] != '-' && p.p[i] != '_')
            return false;
        label = p.p[i] == '.' ? 0 : label + 1;
    }
    return p.n && p.n <= 253 && label;
}

static bool take_mx(struct reading *r, struct str value)
{
    if (!is_pattern(value))
        return wrong(r, str_fmt(r->arena, "mx must be one host name, with \"*.\" before it at most, not \"%.*s\"",
                                STR_ARG(policy_shown(r->arena, value))));
    if (r->policy->mx.n == MX_MOST)
        return wrong(r, STR("there are more than 200 mx lines"));
    str_list_add(r->arena, &r->policy->mx, value);
    return true;
}

static bool take_line(struct reading *r, struct str line)
{
    struct str value = line, name = str_cut(&value, ':');

    if (!value.p)
        return wrong(r, str_trim(line).n ? STR("there is no colon between a name and a value")
                                         : STR("the line is empty, which a policy may not have"));
    for (size_t i = 0; i < name.n; i++)
        if (!is_letter_or_digit(name.p[i]) && !(i > 0 && strchr("_-.", name.p[i])))
            return wrong(r, str_fmt(r->arena, "\"%.*s\" is not a name that a policy may hold",
                                    STR_ARG(policy_shown(r->arena, name))));
    value = str_trim(value);
    if (str_eq(name, STR("version")))
        return r->version || take_version(r, value); /* the first counts (section 3.2) */
    if (str_eq(name, STR("mode")))
        return r->mode || take_mode(r, value);
    if (str_eq(name, STR("max_age")))
        return r->max_age || take_max_age(r, value);
    return !str_eq(name, STR("mx")) || take_mx(r, value);
}

static bool lacks_something(struct reading *r)
{
    const char *missing = !r->version ? "version: STSv1" : !r->mode ? "mode" : !r->max_age ? "max_age" : NULL;

    if (missing)
        r->policy->flaw = str_fmt(r->arena, "The policy has no line \"%s\"", missing);
    else if (!r->policy->mx.n && r->policy->mode != MTA_STS_NONE)
        r->policy->flaw = STR("The policy names no mx");
    return r->policy->flaw.n > 0;
}

bool mta_sts_policy_parse(struct arena *arena, struct str text, struct mta_sts_policy *ret)
{
    struct reading r = {.arena = arena, .policy = ret};
    struct str rest = text;

    *ret = (struct mta_sts_policy){.flaw = STR_NONE};
    if (text.n > MTA_STS_POLICY_MOST_BYTES) {
        ret->flaw = STR("The policy is longer than 64 KiB, more than senders read");
        return false;
    }
    if (str_starts(text, STR("\xef\xbb\xbf"))) {
        ret->flaw = STR("Line 1: a byte order mark stands before the first line");
        return false;
    }
    while (rest.p) {
        struct str line = str_cut(&rest, '\n');
        r.line++;
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (!line.n && (!rest.p || !rest.n))
            break; /* after the last line end */
        if (r.line > LINES_MOST)
            return wrong(&r, STR("there are more than 1000 lines"));
        if (!take_line(&r, line))
            return false;
    }
    return !lacks_something(&r);
}

bool mta_sts_matches(struct str pattern, struct str mx)
{
    if (mx.n && mx.p[mx.n - 1] == '.')
        mx.n--;
    if (!str_starts(pattern, STR("*.")))
        return mx.n && str_eq_nocase(pattern, mx);
    size_t dot = str_find_char(mx, '.');
    return dot != SIZE_MAX && dot > 0 && str_eq_nocase(str_from(pattern, 2), str_from(mx, dot + 1));
}
