/* BIMI: the record "default._bimi.DOMAIN". */
#include "core/arena.h"
#include "core/err.h"
#include "core/url.h"
#include "mail/mail_policy.h"
#include "mail/policy_tags.h"

bool bimi_is_record(struct str text)
{
    return str_starts(text, STR("v=BIMI1")) &&
           (text.n == 7 || text.p[7] == ';' || text.p[7] == ' ' || text.p[7] == '\t');
}

/* An https address, or nothing. */
static bool take_url(struct arena *arena, const struct policy_tags *tags, struct str *ret, struct str *ret_flaw)
{
    struct url url;
    struct err err;

    if (!tags->value.n) {
        *ret = STR_NONE;
        return true;
    }
    if (!str_starts_nocase(tags->value, STR("https://"))) {
        *ret_flaw = str_fmt(arena, "%.*s must be an https:// address, not %.*s (byte %zu)", STR_ARG(tags->name),
                            STR_ARG(policy_shown(arena, tags->value)), tags->value_at);
        return false;
    }
    if (str_find_char(tags->value, ',') != SIZE_MAX) {
        *ret_flaw = str_fmt(arena, "%.*s holds a comma: there may be one address only (byte %zu)", STR_ARG(tags->name),
                            tags->value_at + str_find_char(tags->value, ','));
        return false;
    }
    if (!url_parse(arena, tags->value, &url, &err)) {
        *ret_flaw = str_fmt(arena, "%.*s: %s (byte %zu)", STR_ARG(tags->name), err.text, tags->value_at);
        return false;
    }
    *ret = tags->value;
    return true;
}

bool bimi_parse(struct arena *arena, struct str text, struct bimi_record *ret)
{
    struct policy_tags tags;
    bool has_logo = false;

    *ret = (struct bimi_record){.logo = STR_NONE, .evidence = STR_NONE, .flaw = STR_NONE};
    if (!policy_tags_open(arena, text, "BIMI1", true, &tags, &ret->flaw))
        return false;
    while (policy_tags_next(arena, &tags, &ret->flaw)) {
        bool is_logo = str_eq_nocase(tags.name, STR("l")), is_evidence = str_eq_nocase(tags.name, STR("a"));
        has_logo |= is_logo;
        if ((is_logo || is_evidence) && !take_url(arena, &tags, is_logo ? &ret->logo : &ret->evidence, &ret->flaw))
            return false;
    }
    if (!ret->flaw.n && !has_logo)
        ret->flaw = str_fmt(arena, "There is no l tag, which names the logo (byte %zu)", text.n);
    return !ret->flaw.n;
}
