/* Slips that people make in SPF records, put right: what they meant is mostly plain to see. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/ip.h"
#include "mail/spf_inside.h"
#include "mail/spf_merge.h"

#define RECORD_MOST_BYTES 4096u
#define WORDS_MOST        300u

struct mending {
    struct arena *arena;
    struct str_list words, terms;
    struct str all; /* the first; empty: none yet */
    bool has_redirect;
};

static bool is_sign(char c)
{
    return c == '+' || c == '-' || c == '~' || c == '?';
}

/* A word processor's dash in the place of the minus. */
static struct str with_minus(struct arena *arena, struct str s)
{
    static const char *const dashes[] = {"\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x88\x92"};

    for (size_t i = 0; i < N_OF(dashes); i++)
        if (str_starts(s, str_of(dashes[i])))
            return str_fmt(arena, "-%.*s", STR_ARG(str_from(s, 3)));
    return s;
}

/* Commas and semicolons part terms in other records; within macros they are delimiters. */
static bool parts_words(struct str word, char c)
{
    return (c == ',' || c == ';') && str_find_char(word, '%') == SIZE_MAX;
}

static void add_word(struct mending *m, struct str word)
{
    size_t at = str_find_char(word, '%') == SIZE_MAX ? spf_glue_at(word) : SIZE_MAX;

    word = with_minus(m->arena, word);
    if (!word.n || str_eq_nocase(word, STR("v=spf1")))
        return;
    if (at != SIZE_MAX && at < word.n) {
        add_word(m, str_first(word, at));
        add_word(m, str_from(word, at));
    } else if (m->words.n <= WORDS_MOST) {
        str_list_add(m->arena, &m->words, word);
    }
}

static void read_words(struct mending *m, struct str text)
{
    while (text.p) {
        struct str word = str_cut(&text, ' ');
        size_t from = 0;
        for (size_t i = 0; i <= word.n; i++) {
            if (i < word.n && !parts_words(word, word.p[i]))
                continue;
            add_word(m, str_n(word.p + from, i - from));
            from = i + 1;
        }
    }
}

static bool is_mechanism(struct str name)
{
    static const char *const names[] = {"include", "a", "mx", "ptr", "ip4", "ip6", "exists"};

    for (size_t i = 0; i < N_OF(names); i++)
        if (str_eq_nocase(name, str_of(names[i])))
            return true;
    return false;
}

/* Ends where its value ought to begin. */
static bool wants_value(struct str word)
{
    struct str name = word.n && is_sign(word.p[0]) ? str_from(word, 1) : word;

    if (!name.n || (word.n == 1 && is_sign(word.p[0])))
        return true;
    if (name.p[name.n - 1] == ':' || name.p[name.n - 1] == '=')
        return true;
    return str_eq_nocase(name, STR("include")) || str_eq_nocase(name, STR("ip4")) || str_eq_nocase(name, STR("ip6")) ||
           str_eq_nocase(name, STR("exists"));
}

static bool is_all(struct str word)
{
    return str_eq_nocase(word.n && is_sign(word.p[0]) ? str_from(word, 1) : word, STR("all"));
}

/* "include: x", "~ all", "ip4 192.0.2.1" are one term each. */
static struct str joined(struct mending *m, size_t *i)
{
    struct str word = m->words.v[*i], next = *i + 1 < m->words.n ? m->words.v[*i + 1] : STR_NONE;
    bool sign_alone = word.n == 1 && is_sign(word.p[0]);

    if (!next.n || !wants_value(word) || (is_all(next) && !sign_alone) ||
        (!sign_alone && str_find_char(next, '=') != SIZE_MAX))
        return word;
    ++*i;
    char last = word.p[word.n - 1];
    const char *between = sign_alone || last == ':' || last == '=' ? "" : ":";
    return str_fmt(m->arena, "%.*s%s%.*s", STR_ARG(word), between, STR_ARG(next));
}

static const char *kind_of_address(struct str value)
{
    struct ip ip;

    if (!ip_parse(str_first(value, str_find_char(value, '/')), &ip))
        return NULL;
    return str_find_char(value, ':') == SIZE_MAX ? "ip4" : "ip6";
}

/* A name alone: an include when it is called as those are. */
static struct str mend_bare(struct mending *m, struct str body)
{
    const char *kind = kind_of_address(body);

    if (kind)
        return str_fmt(m->arena, "%s:%.*s", kind, STR_ARG(body));
    if (str_find_char(body, '.') != SIZE_MAX &&
        (str_starts_nocase(body, STR("_spf")) || str_starts_nocase(body, STR("spf."))))
        return str_fmt(m->arena, "include:%.*s", STR_ARG(body));
    return body;
}

static struct str mend_body(struct mending *m, struct str body)
{
    size_t at = 0;

    if (kind_of_address(body))
        return mend_bare(m, body);
    while (at < body.n && body.p[at] != ':' && body.p[at] != '=' && body.p[at] != '/')
        at++;
    struct str name = str_first(body, at), value = str_from(body, at + 1);
    if (at == body.n || body.p[at] == '/')
        return mend_bare(m, body);
    const char *kind = kind_of_address(value);
    bool by_address = is_mechanism(name) || str_eq_nocase(name, STR("ip")) || str_eq_nocase(name, STR("ipv4")) ||
                      str_eq_nocase(name, STR("ipv6"));
    if (kind && by_address)
        return str_fmt(m->arena, "%s:%.*s", kind, STR_ARG(value));
    if (is_mechanism(name))
        return str_fmt(m->arena, "%.*s:%.*s", STR_ARG(name), STR_ARG(value));
    if (str_eq_nocase(name, STR("redirect")) || str_eq_nocase(name, STR("exp")))
        return str_fmt(m->arena, "%.*s=%.*s", STR_ARG(name), STR_ARG(value));
    return body;
}

static void add_term(struct mending *m, struct str word)
{
    struct str sign = word.n && is_sign(word.p[0]) ? str_first(word, 1) : STR_NONE;
    struct str body = str_from(word, sign.n);

    if (is_all(word)) {
        if (!m->all.n) /* whatever lets everybody pass is no end */
            m->all = sign.n && sign.p[0] != '+' ? word : STR("~all");
        return;
    }
    body = mend_body(m, body);
    m->has_redirect |= str_starts_nocase(body, STR("redirect="));
    bool modifier = str_find_char(body, '=') != SIZE_MAX;
    if (body.n && (!m->all.n || modifier))
        str_list_add(m->arena, &m->terms,
                     sign.n && !modifier ? str_fmt(m->arena, "%.*s%.*s", STR_ARG(sign), STR_ARG(body)) : body);
}

struct str spf_mend(struct arena *arena, struct str record)
{
    struct mending m = {.arena = arena};
    struct buf b CLEANUP(buf_free) = {0};

    if (record.n > RECORD_MOST_BYTES)
        return STR_NONE;
    read_words(&m, record);
    if (m.words.n > WORDS_MOST)
        return STR_NONE;
    for (size_t i = 0; i < m.words.n; i++)
        add_term(&m, joined(&m, &i));
    buf_init(&b, 2 * RECORD_MOST_BYTES);
    buf_add_cstr(&b, "v=spf1");
    for (size_t i = 0; i < m.terms.n; i++)
        if (!(m.all.n && str_starts_nocase(m.terms.v[i], STR("redirect=")))) /* never followed */
            buf_fmt(&b, " %.*s", STR_ARG(m.terms.v[i]));
    if (m.all.n || !m.has_redirect)
        buf_fmt(&b, " %.*s", STR_ARG(m.all.n ? m.all : STR("~all")));
    return b.full ? STR_NONE : str_dup(arena, buf_str(&b));
}

struct str_list spf_readable(struct arena *arena, const struct str_list *records)
{
    struct str_list list = {0};

    for (size_t i = 0; i < records->n; i++) {
        struct spf_record record;
        spf_record_parse(arena, records->v[i], &record);
        struct str mended = record.n_problems ? spf_mend(arena, records->v[i]) : STR_NONE;
        str_list_add(arena, &list, mended.n ? mended : records->v[i]);
    }
    return list;
}
