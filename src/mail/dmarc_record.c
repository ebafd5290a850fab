/* The text of a DMARC record: RFC 9989 sections 4.7 and 4.8, with what RFC 7489 receivers make of it. */
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/dmarc.h"
#include "mail/dmarc_inside.h"

#define FLAWS_MOST 32u
#define TAGS_MOST  64u
#define SHOWN_MOST 60u /* bytes of a foreign value within a sentence */

struct parse {
    struct arena *arena;
    struct dmarc_record *r;
    struct str_list seen;           /* names of the tags, lower case */
    bool bad_p, bad_sub, rua_valid; /* section 4.10.1, last paragraphs */
    size_t bad_at;                  /* where the first bad policy stands */
};

const char *dmarc_policy_word(enum dmarc_policy p)
{
    static const char *const words[] = {"none", "quarantine", "reject"};

    return words[p];
}

enum dmarc_policy dmarc_policy_tested(enum dmarc_policy p, bool testing)
{
    return testing && p != DMARC_NONE ? p - 1 : p;
}

const struct dmarc_flaw *dmarc_fatal(const struct dmarc_record *record)
{
    for (size_t i = 0; i < record->n_flaws; i++)
        if (record->flaws[i].fatal)
            return &record->flaws[i];
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct str trim_blanks(struct str s)
{
    while (s.n && is_blank(s.p[0]))
        s = str_from(s, 1);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void dmarc_remark(struct arena *arena, struct dmarc_record *r, bool fatal, size_t at, struct str text)
{
    if (r->n_flaws < FLAWS_MOST || fatal)
        *ARENA_PUSH(arena, r->flaws, r->n_flaws, r->flaws_capacity) =
            (struct dmarc_flaw){.fatal = fatal, .at = at, .text = text};
}

struct str dmarc_shown(struct arena *arena, struct str s)
{
    return text_safe(arena, text_shorten(arena, s, SHOWN_MOST));
}

static void remark(struct parse *p, size_t at, struct str text)
{
    dmarc_remark(p->arena, p->r, false, at, text);
}

static void remark_obsolete(struct parse *p, size_t at, struct str text)
{
    size_t n = p->r->n_flaws;

    remark(p, at, text);
    if (p->r->n_flaws > n)
        p->r->flaws[n].obsolete = true;
}

static bool refuse(struct parse *p, size_t at, struct str text)
{
    dmarc_remark(p->arena, p->r, true, at, text);
    return false;
}

static size_t offset(const struct parse *p, struct str part)
{
    return (size_t)(part.p - p->r->text.p);
}

bool dmarc_is_record(struct str text)
{
    struct str rest = text, tag = str_cut(&rest, ';'), value = tag, name = str_cut(&value, '=');

    while (name.n && is_blank(name.p[name.n - 1])) /* none may stand before it */
        name.n--;
    return value.p && str_eq_nocase(name, STR("v")) && str_eq(trim_blanks(value), STR("DMARC1"));
}

/* Why a text at _dmarc is no record at all. */
static bool refuse_version(struct parse *p)
{
    struct str text = p->r->text, bare = str_trim(text), rest = text, tag = str_cut(&rest, ';'), value = tag;
    struct str name = trim_blanks(str_cut(&value, '='));

    if (!bare.n)
        return refuse(p, 0, STR("The record is empty"));
    if (str_starts_nocase(bare, STR("v=spf1")))
        return refuse(p, offset(p, bare),
                      STR("This is an SPF record: it belongs at the domain itself, and at _dmarc it does nothing"));
    if (offset(p, bare) > 0 && dmarc_is_record(bare))
        return refuse(p, 0, STR("White space stands before v=DMARC1, which must be the very first thing"));
    if (bare.p[0] == '"' || str_starts(bare, STR("\xe2\x80\x9c")))
        return refuse(p, offset(p, bare), STR("A quotation mark is part of the record: take it out"));
    if (!value.p || !str_eq_nocase(name, STR("v")))
        return refuse(p, offset(p, bare), STR("The record does not begin with v=DMARC1, which must be its first tag"));
    value = trim_blanks(value);
    if (str_eq_nocase(value, STR("DMARC1")))
        return refuse(p, offset(p, value), STR("The version must be written DMARC1, in capital letters"));
    if (str_starts(value, STR("DMARC1")) && value.n > 6 && (is_blank(value.p[6]) || value.p[6] == ','))
        return refuse(p, offset(p, value) + 6, STR("A semicolon is missing after v=DMARC1"));
    return refuse(p, offset(p, value),
                  str_fmt(p->arena, "The version must be DMARC1 and nothing else, not %.*s",
                          STR_ARG(dmarc_shown(p->arena, value))));
}

static bool read_policy(struct str value, enum dmarc_policy *ret)
{
    for (enum dmarc_policy i = DMARC_NONE; i <= DMARC_REJECT; i++)
        if (str_eq_nocase(value, str_of(dmarc_policy_word(i)))) {
            *ret = i;
            return true;
        }
    return false;
}

static void bad_value(struct parse *p, const char *name, struct str value, const char *wanted)
{
    remark(p, offset(p, value),
           str_fmt(p->arena, "%s must be %s, not \"%.*s\"", name, wanted, STR_ARG(dmarc_shown(p->arena, value))));
}

#define POLICIES "none, quarantine or reject"

static void bad_policy(struct parse *p, const char *name, struct str value)
{
    if (!p->bad_p && !p->bad_sub)
        p->bad_at = offset(p, value);
    bad_value(p, name, value, POLICIES);
}

static void take_p(struct parse *p, struct str value)
{
    p->r->has_p = read_policy(value, &p->r->p);
    if (!p->r->has_p) {
        bad_policy(p, "p", value);
        p->bad_p = true;
    }
    if (p->seen.n != 2)
        remark(p, offset(p, value),
               STR("p does not come second: receivers that follow RFC 7489 may ignore the record, so put it right "
                   "after v=DMARC1"));
}

static void take_sp(struct parse *p, struct str value)
{
    p->r->has_sp = read_policy(value, &p->r->sp);
    if (!p->r->has_sp) {
        bad_policy(p, "sp", value);
        p->bad_sub = true;
    }
}

static void take_np(struct parse *p, struct str value)
{
    p->r->has_np = read_policy(value, &p->r->np);
    if (!p->r->has_np) {
        bad_policy(p, "np", value);
        p->bad_sub = true;
    }
}

/* One letter of a set; false, with a remark, for anything else. */
static bool read_letter(struct parse *p, const char *name, struct str value, const char *letters, const char *wanted,
                        char *ret)
{
    char c = value.n == 1 ? (char)(is_alpha(value.p[0]) ? value.p[0] | 0x20 : value.p[0]) : '\0';

    if (!c || !strchr(letters, c)) {
        bad_value(p, name, value, wanted);
        return false;
    }
    *ret = c;
    return true;
}

static void take_adkim(struct parse *p, struct str value)
{
    char c = 'r';

    if (read_letter(p, "adkim", value, "rs", "r (relaxed) or s (strict)", &c))
        p->r->strict_dkim = c == 's';
}

static void take_aspf(struct parse *p, struct str value)
{
    char c = 'r';

    if (read_letter(p, "aspf", value, "rs", "r (relaxed) or s (strict)", &c))
        p->r->strict_spf = c == 's';
}

static void take_psd(struct parse *p, struct str value)
{
    (void)read_letter(p, "psd", value, "ynu", "y, n or u", &p->r->psd);
}

static void take_t(struct parse *p, struct str value)
{
    char c = 'n';

    if (read_letter(p, "t", value, "yn", "y or n", &c))
        p->r->testing = c == 'y';
}

static void take_fo(struct parse *p, struct str value)
{
    struct str rest = value;

    p->r->fo = value;
    while (rest.p) {
        struct str option = trim_blanks(str_cut(&rest, ':'));
        if (option.n != 1 || !strchr("01ds", option.p[0] | (is_alpha(option.p[0]) ? 0x20 : 0))) {
            bad_value(p, "fo", value, "0, 1, d or s, or several of them with colons between");
            p->r->fo = STR_NONE;
            return;
        }
    }
}

static void take_rua(struct parse *p, struct str value)
{
    p->rua_valid = dmarc_uris_read(p->arena, p->r, "rua", value, &p->r->rua, &p->r->n_rua);
    if (p->r->n_rua > 2)
        remark(p, offset(p, value), STR("rua names more than two addresses: receivers need not serve more than two"));
}

static void take_ruf(struct parse *p, struct str value)
{
    (void)dmarc_uris_read(p->arena, p->r, "ruf", value, &p->r->ruf, &p->r->n_ruf);
}

static void take_pct(struct parse *p, struct str value)
{
    uint64_t n = 100;

    if (str_to_u64(value, 100, &n))
        p->r->pct = (int)n;
    else
        bad_value(p, "pct", value, "a number from 0 to 100");
    if (p->r->pct == 100)
        remark_obsolete(p, offset(p, value), STR("pct is obsolete (RFC 9989 took it away) and can go"));
    else
        remark_obsolete(
            p, offset(p, value),
            str_fmt(p->arena,
                    "pct is obsolete: receivers that follow RFC 9989 apply the policy to all mail, older ones to "
                    "%d %% of it; t=y is today's way to try a policy",
                    p->r->pct));
}

static void take_rf(struct parse *p, struct str value)
{
    remark_obsolete(p, offset(p, value),
                    STR("rf is obsolete: there is one format of failure reports, and the tag can go"));
}

static void take_ri(struct parse *p, struct str value)
{
    remark_obsolete(p, offset(p, value),
                    STR("ri is obsolete: aggregate reports come once a day whatever it says, and the tag can go"));
}

static const struct {
    const char *name;
    void (*take)(struct parse *p, struct str value);
} known[] = {{"p", take_p},     {"sp", take_sp}, {"np", take_np}, {"adkim", take_adkim}, {"aspf", take_aspf},
             {"psd", take_psd}, {"t", take_t},   {"fo", take_fo}, {"rua", take_rua},     {"ruf", take_ruf},
             {"pct", take_pct}, {"rf", take_rf}, {"ri", take_ri}};

static void remark_unknown(struct parse *p, struct str name)
{
    struct str names[N_OF(known)];

    for (size_t i = 0; i < N_OF(known); i++)
        names[i] = str_of(known[i].name);
    struct str near = str_nearest(name, names, N_OF(names));
    struct str shown = dmarc_shown(p->arena, name);
    remark(p, offset(p, name),
           near.n
               ? str_fmt(p->arena, "The tag %.*s is unknown and ignored; is %.*s meant?", STR_ARG(shown), STR_ARG(near))
               : str_fmt(p->arena, "The tag %.*s is unknown and ignored", STR_ARG(shown)));
}

/* Printing characters but the semicolon (section 4.8). */
static bool value_is_clean(struct parse *p, struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c < 0x20 || c > 0x7e) && c != '\t') {
            remark(p, offset(p, value) + i,
                   str_fmt(p->arena, "A byte that is not plain text (0x%02x) makes receivers drop this tag", c));
            return false;
        }
    }
    return true;
}

static void remark_not_a_tag(struct parse *p, struct str part)
{
    if (str_starts_nocase(part, STR("mailto:")) || str_find_char(part, '@') != SIZE_MAX)
        remark(p, offset(p, part),
               STR("An address follows a semicolon and is ignored: addresses of one tag are separated by commas"));
    else
        remark(p, offset(p, part),
               str_fmt(p->arena, "\"%.*s\" is not of the form tag=value and is ignored",
                       STR_ARG(dmarc_shown(p->arena, part))));
}

/* False when the whole record falls. */
static bool take_tag(struct parse *p, struct str part)
{
    struct str value = part, name = trim_blanks(str_cut(&value, '='));

    for (size_t i = 0; i < name.n; i++)
        if (!is_alpha(name.p[i])) {
            remark_not_a_tag(p, part);
            return true;
        }
    if (!value.p || !name.n) {
        remark_not_a_tag(p, part);
        return true;
    }
    struct str lower = str_lower(p->arena, name);
    if (str_list_has(&p->seen, lower))
        return refuse(p, offset(p, part),
                      str_fmt(p->arena,
                              "The tag %.*s is there twice, which makes the whole list invalid (RFC 6376 "
                              "section 3.2)",
                              STR_ARG(dmarc_shown(p->arena, lower))));
    str_list_add(p->arena, &p->seen, lower);
    value = trim_blanks(value);
    if (!value_is_clean(p, value))
        return true;
    for (size_t i = 0; i < N_OF(known); i++)
        if (str_eq(lower, str_of(known[i].name))) {
            known[i].take(p, value);
            return true;
        }
    remark_unknown(p, name);
    return true;
}

static bool take_tags(struct parse *p, struct str rest)
{
    while (rest.p) {
        struct str whole = str_cut(&rest, ';'), part = trim_blanks(whole);
        if (p->seen.n == TAGS_MOST)
            return refuse(p, offset(p, whole), STR("The record has more than 64 tags"));
        if (!part.n && rest.p)
            remark(p, offset(p, whole), STR("Two semicolons stand with nothing between them"));
        if (part.n && !take_tag(p, part))
            return false;
    }
    return true;
}

/* Section 4.10.1: without a valid policy a record with a valid rua counts as p=none, and one without counts for
 * nothing. */
static bool settle_policy(struct parse *p)
{
    struct dmarc_record *r = p->r;
    bool broken = p->bad_p || p->bad_sub;

    if (r->has_p && !broken) {
        r->sp = r->has_sp ? r->sp : r->p;
        r->np = r->has_np ? r->np : r->sp;
        return true;
    }
    r->p = r->sp = r->np = DMARC_NONE;
    r->policy_unread = true;
    if (!p->rua_valid)
        return refuse(p, broken ? p->bad_at : r->text.n,
                      broken
                          ? STR("With a policy that cannot be read, and no rua that can, receivers ignore the record")
                          : STR("There is no p tag, and no valid rua: receivers ignore the record"));
    if (broken)
        remark(p, p->bad_at, STR("Receivers take the whole record as p=none because a policy cannot be read"));
    else
        remark(p, r->text.n, STR("There is no p tag: receivers take it as p=none, older ones may ignore the record"));
    return true;
}

bool dmarc_record_parse(struct arena *arena, struct str text, struct dmarc_record *ret)
{
    struct parse p = {.arena = arena, .r = ret};
    struct str rest = text;

    *ret = (struct dmarc_record){.text = text, .psd = 'u', .pct = 100};
    if (text.n > DMARC_RECORD_MOST_BYTES) {
        ret->text = str_first(text, DMARC_RECORD_MOST_BYTES);
        return refuse(&p, DMARC_RECORD_MOST_BYTES, STR("The record is longer than 4096 bytes"));
    }
    if (!dmarc_is_record(text))
        return refuse_version(&p);
    (void)str_cut(&rest, ';');
    str_list_add(arena, &p.seen, STR("v"));
    bool whole = take_tags(&p, rest);
    if (ret->fo.n && !ret->n_ruf)
        remark(&p, offset(&p, ret->fo), STR("fo does nothing without ruf"));
    return settle_policy(&p) && whole;
}
