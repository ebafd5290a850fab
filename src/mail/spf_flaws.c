/* What parses, and is wrong in practice: one record by itself. */
#include "core/arena.h"
#include "mail/spf_survey_inside.h"

#define WIDE_PREFIX 4 /* a network of at most so many bits is a good part of the whole internet */

const char *spf_flaw_word(enum spf_flaw_kind kind)
{
    static const char *const words[SPF_FLAW_N] = {
        [SPF_FLAW_SYNTAX] = "syntax",
        [SPF_FLAW_SEVERAL] = "several",
        [SPF_FLAW_LOOK_UPS] = "look-ups",
        [SPF_FLAW_VOID] = "void",
        [SPF_FLAW_NAMES] = "names",
        [SPF_FLAW_LOOP] = "loop",
        [SPF_FLAW_NO_RECORD] = "no-record",
        [SPF_FLAW_PASS_ALL] = "pass-all",
        [SPF_FLAW_NEUTRAL_ALL] = "neutral-all",
        [SPF_FLAW_NO_ALL] = "no-all",
        [SPF_FLAW_PTR] = "ptr",
        [SPF_FLAW_AFTER_ALL] = "after-all",
        [SPF_FLAW_DEAD_REDIRECT] = "dead-redirect",
        [SPF_FLAW_REPEATED] = "repeated",
        [SPF_FLAW_LOOKALIKE] = "lookalike",
        [SPF_FLAW_LONG] = "long",
        [SPF_FLAW_GLUED] = "glued",
        [SPF_FLAW_VOID_TERM] = "void-term",
        [SPF_FLAW_IGNORED] = "ignored",
    };

    return words[kind];
}

static void judge_syntax(struct spf_walk *w, const struct spf_place *place)
{
    for (size_t i = 0; i < place->record.n; i++) {
        const struct spf_part *part = &place->record.parts[i];
        if (part->problem.n)
            spf_flaw_add(w, SPF_FLAW_SYNTAX, true, place, i,
                         "\"%.*s\" in the record of %.*s: %.*s. Receivers take the whole record for broken",
                         STR_ARG(spf_brief(part->text)), STR_ARG(place->domain), STR_ARG(part->problem));
    }
}

size_t spf_glue_at(struct str term)
{
    static const char *const words[] = {"include:", "ip4:", "ip6:", "exists:", "redirect=", "mx:", "ptr:", "v=spf1"};
    static const char *const ends[] = {"-all", "~all", "?all", "+all"};
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < N_OF(words); i++) {
        size_t at = term.n > 2 ? str_find_nocase(str_from(term, 2), str_of(words[i])) : SIZE_MAX;
        if (at != SIZE_MAX && at + 2 < first)
            first = at + 2;
    }
    for (size_t i = 0; i < N_OF(ends) && first == SIZE_MAX; i++)
        if (term.n > 4 && str_ends_nocase(term, str_of(ends[i])))
            first = term.n - 4;
    return first;
}

static void judge_glue(struct spf_walk *w, const struct spf_place *place)
{
    for (size_t i = 0; i < place->record.n; i++) {
        struct str text = place->record.parts[i].text;
        size_t at = spf_glue_at(text);
        if (at == SIZE_MAX || place->record.parts[i].kind == SPF_MODIFIER || spf_macro_uses(text, "slodiphv"))
            continue;
        spf_flaw_add(w, SPF_FLAW_GLUED, false, place, i, "\"%.*s\" and \"%.*s\" stand together without a space%s",
                     STR_ARG(str_first(text, at)), STR_ARG(str_from(text, at)),
                     place->n_strings > 1 ? ": the record's strings are joined as they are, so that a space must be "
                                            "the last character of one or the first of the next"
                                          : "");
    }
}

static void judge_ignored(struct spf_walk *w, const struct spf_place *place)
{
    static const char *const names[] = {"include=", "a=", "mx=", "ip4=", "ip6=", "exists=", "ptr=", "all="};

    for (size_t i = 0; i < place->record.n; i++) {
        const struct spf_part *part = &place->record.parts[i];
        for (size_t k = 0; part->kind == SPF_MODIFIER && k < N_OF(names); k++)
            if (str_starts_nocase(part->text, str_of(names[k])))
                spf_flaw_add(w, SPF_FLAW_IGNORED, false, place, i,
                             "\"%.*s\" is ignored by everybody: a mechanism is written with a colon",
                             STR_ARG(spf_brief(part->text)));
    }
}

static void judge_pass_all(struct spf_walk *w, const struct spf_place *place)
{
    for (size_t i = 0; i < place->record.n; i++) {
        const struct spf_part *part = &place->record.parts[i];
        if (!place->reach[i].reached || part->qualifier != SPF_PASS)
            continue;
        bool v4 =
            (part->kind == SPF_IP4 || part->kind == SPF_A || part->kind == SPF_MX) && part->prefix4 <= WIDE_PREFIX;
        bool v6 =
            (part->kind == SPF_IP6 || part->kind == SPF_A || part->kind == SPF_MX) && part->prefix6 <= WIDE_PREFIX;
        if (part->kind == SPF_ALL)
            spf_flaw_add(w, SPF_FLAW_PASS_ALL, false, place, i,
                         "\"%.*s\" in the record of %.*s lets every machine on the internet send in the domain's name",
                         STR_ARG(spf_brief(part->text)), STR_ARG(place->domain));
        else if (v4 || v6)
            spf_flaw_add(w, SPF_FLAW_PASS_ALL, false, place, i,
                         "\"%.*s\" in the record of %.*s covers a good part of the internet",
                         STR_ARG(spf_brief(part->text)), STR_ARG(place->domain));
    }
}

static void judge_ending(struct spf_walk *w, const struct spf_place *place)
{
    const struct spf_record *record = &place->record;

    if (!record->all) {
        if (!record->redirect && !record->cut)
            spf_flaw_add(
                w, SPF_FLAW_NO_ALL, false, place, SIZE_MAX,
                "the record of %.*s ends without \"all\": what nothing matches is neutral, as if there were no "
                "record",
                STR_ARG(place->domain));
        return;
    }
    size_t all = (size_t)(record->all - record->parts);
    if (record->all->qualifier == SPF_NEUTRAL)
        spf_flaw_add(w, SPF_FLAW_NEUTRAL_ALL, false, place, all,
                     "\"%.*s\" says nothing about other machines: write \"~all\" or \"-all\"",
                     STR_ARG(spf_brief(record->all->text)));
    for (size_t i = all + 1; i < record->n; i++) {
        if (record->parts[i].kind <= SPF_EXISTS) {
            spf_flaw_add(w, SPF_FLAW_AFTER_ALL, false, place, i,
                         "\"%.*s\" stands after \"%.*s\" and is never looked at",
                         STR_ARG(spf_brief(record->parts[i].text)), STR_ARG(spf_brief(record->all->text)));
            break;
        }
    }
    if (record->redirect)
        spf_flaw_add(w, SPF_FLAW_DEAD_REDIRECT, false, place, (size_t)(record->redirect - record->parts),
                     "\"%.*s\" is never followed, because \"%.*s\" decides before it",
                     STR_ARG(spf_brief(record->redirect->text)), STR_ARG(spf_brief(record->all->text)));
}

static void judge_ptr(struct spf_walk *w, const struct spf_place *place)
{
    for (size_t i = 0; i < place->record.n; i++) {
        const struct spf_part *part = &place->record.parts[i];
        if (!place->reach[i].reached)
            continue;
        if (part->kind == SPF_PTR)
            spf_flaw_add(
                w, SPF_FLAW_PTR, false, place, i,
                "\"%.*s\" is obsolete (RFC 7208 section 5.5): slow, unreliable, and ignored by large receivers",
                STR_ARG(spf_brief(part->text)));
        else if (spf_macro_uses(part->spec, "p"))
            spf_flaw_add(w, SPF_FLAW_PTR, false, place, i,
                         "\"%.*s\" uses the macro p, which is as unreliable as ptr (RFC 7208 section 7.2)",
                         STR_ARG(spf_brief(part->text)));
    }
}

void spf_flaws_of_record(struct spf_walk *w, const struct spf_place *place)
{
    judge_syntax(w, place);
    if (place->passes)
        judge_pass_all(w, place);
    if (!place->own)
        return;
    judge_glue(w, place);
    judge_ignored(w, place);
    judge_ending(w, place);
    judge_ptr(w, place);
    if (place->node->text.n > SPF_LONG_BYTES)
        spf_flaw_add(w, SPF_FLAW_LONG, false, place, SIZE_MAX,
                     "the record of %.*s is %zu octets long: past %u it may not fit into one UDP answer (RFC 7208 "
                     "section 3.4)",
                     STR_ARG(place->domain), place->node->text.n, SPF_LONG_BYTES);
}

void spf_flaws_of_lookalike(struct spf_walk *w, const struct spf_place *place, struct str text)
{
    static const char *const starts[] = {"v=spf", "v = spf", "v= spf", "v =spf", "spf1 ",
                                         "spf=",  "v:spf",   "v spf1", "vspf1"};
    struct str bare = str_trim(text);

    if (spf_is_record(text))
        return;
    while (bare.n && (bare.p[0] == '"' || bare.p[0] == '\'' || bare.p[0] == '\\' || (unsigned char)bare.p[0] >= 0x80))
        bare = str_from(bare, 1);
    for (size_t i = 0; i < N_OF(starts); i++) {
        if (str_starts_nocase(bare, str_of(starts[i]))) {
            spf_flaw_add(w, SPF_FLAW_LOOKALIKE, false, place, SIZE_MAX,
                         "\"%.*s\" looks like an SPF record and is none: it must begin with \"v=spf1\" and a space",
                         STR_ARG(str_first(text, 60)));
            return;
        }
    }
}
