/* SMTP TLS reporting, RFC 8460 section 3. */
#include "core/arena.h"
#include "mail/mail_policy.h"
#include "mail/policy_tags.h"

#define URIS_MOST 50u

bool tls_rpt_is_record(struct str text)
{
    return str_starts(text, STR("v=TLSRPTv1;")) || str_starts(text, STR("v=TLSRPTv1 "));
}

static bool wrong(struct arena *arena, struct tls_rpt_record *ret, size_t at, struct str uri, const char *what)
{
    ret->flaw = str_fmt(arena, "rua: %.*s %s (byte %zu)", STR_ARG(policy_shown(arena, uri)), what, at);
    return false;
}

static bool take_uri(struct arena *arena, struct str uri, size_t at, struct tls_rpt_record *ret)
{
    if (!uri.n)
        return wrong(arena, ret, at, STR("an address"), "is missing");
    for (size_t i = 0; i < uri.n; i++)
        if ((unsigned char)uri.p[i] <= ' ' || (unsigned char)uri.p[i] > '~' || uri.p[i] == '!')
            return wrong(arena, ret, at + i, uri,
                         uri.p[i] == '!' ? "holds an exclamation mark, which must be written %21"
                                         : "holds a character that no URI may; addresses are separated by commas");
    if (str_starts_nocase(uri, STR("mailto:"))) {
        struct str address = str_from(uri, 7);
        size_t sign = str_find_char(address, '@');
        if (sign == SIZE_MAX || sign == 0 || sign + 1 == address.n)
            return wrong(arena, ret, at, uri, "holds no mail address");
    } else if (!str_starts_nocase(uri, STR("https://")) || uri.n == 8) {
        return wrong(arena, ret, at, uri,
                     str_find_char(uri, '@') != SIZE_MAX ? "lacks its scheme: write mailto: before it"
                                                         : "is neither a mailto: nor an https: address");
    }
    if (ret->rua.n < URIS_MOST)
        str_list_add(arena, &ret->rua, uri);
    return true;
}

static bool take_rua(struct arena *arena, const struct policy_tags *tags, struct tls_rpt_record *ret)
{
    struct str rest = tags->value;

    while (rest.p) {
        struct str whole = str_cut(&rest, ','), uri = str_trim(whole);
        if (!take_uri(arena, uri, (size_t)(uri.p - tags->text.p), ret))
            return false;
    }
    return true;
}

bool tls_rpt_parse(struct arena *arena, struct str text, struct tls_rpt_record *ret)
{
    struct policy_tags tags;

    *ret = (struct tls_rpt_record){.flaw = STR_NONE};
    if (!policy_tags_open(arena, text, "TLSRPTv1", false, &tags, &ret->flaw))
        return false;
    while (policy_tags_next(arena, &tags, &ret->flaw)) {
        if (str_eq(tags.name, STR("rua")) && !take_rua(arena, &tags, ret))
            return false;
    }
    if (!ret->flaw.n && !ret->rua.n)
        ret->flaw = str_fmt(arena, "There is no rua, to which the reports would go (byte %zu)", text.n);
    return !ret->flaw.n;
}
