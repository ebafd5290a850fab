/* A DMARC record written anew, for its owner to paste. */
#include "core/arena.h"
#include "mail/dmarc.h"

static struct str add(struct arena *arena, struct str text, const char *tag, struct str value)
{
    return value.n ? str_fmt(arena, "%.*s; %s=%.*s", STR_ARG(text), tag, STR_ARG(value)) : text;
}

static struct str joined(struct arena *arena, const struct dmarc_uri *v, size_t n)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < n; i++)
        if (v[i].mailbox.n)
            all = str_fmt(arena, "%.*s%s%.*s", STR_ARG(all), all.n ? "," : "", STR_ARG(v[i].uri));
    return all;
}

struct str dmarc_record_text(struct arena *arena, const struct dmarc_record *record, enum dmarc_policy p, bool as_is,
                             struct str rua)
{
    struct str text = str_fmt(arena, "v=DMARC1; p=%s", dmarc_policy_word(p));
    struct str own = joined(arena, record->rua, record->n_rua), ruf = joined(arena, record->ruf, record->n_ruf);

    bool keep = as_is && !record->policy_unread;
    if (keep && record->has_sp)
        text = add(arena, text, "sp", str_of(dmarc_policy_word(record->sp)));
    if (keep && record->has_np)
        text = add(arena, text, "np", str_of(dmarc_policy_word(record->np)));
    text = add(arena, text, "rua", own.n ? own : rua);
    text = add(arena, text, "ruf", ruf);
    if (ruf.n)
        text = add(arena, text, "fo", record->fo);
    if (record->strict_dkim)
        text = add(arena, text, "adkim", STR("s"));
    if (record->strict_spf)
        text = add(arena, text, "aspf", STR("s"));
    if (as_is && record->testing)
        text = add(arena, text, "t", STR("y"));
    if (record->psd != 'u' && record->psd)
        text = add(arena, text, "psd", str_n(&record->psd, 1));
    return text;
}
