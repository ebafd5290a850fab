#include "proof/imap_lines.h"

#include "core/arena.h"
#include "core/err.h"

#define NAME_MOST 1000u

/* One astring (RFC 9051 section 9) at the beginning of *rest: quoted with \ before " and \, or an atom. */
static bool take_string(struct arena *arena, struct str *rest, struct str *ret)
{
    struct str s = str_trim(*rest);
    size_t at = 1, n = 0;

    if (!s.n)
        return false;
    if (s.p[0] != '"') {
        size_t end = str_find_char(s, ' ');
        end = end < s.n ? end : s.n;
        *ret = str_first(s, end);
        *rest = str_from(s, end);
        return ret->p[0] != '{'; /* a literal: its bytes do not stand on this line */
    }
    char *copy = arena_alloc(arena, s.n);
    for (; at < s.n && s.p[at] != '"'; at++) {
        if (s.p[at] == '\\' && ++at == s.n)
            return false;
        copy[n++] = s.p[at];
    }
    if (at >= s.n)
        return false;
    *ret = str_n(copy, n);
    *rest = str_from(s, at + 1);
    return true;
}

static bool has_word(struct str list, const char *word)
{
    while (list.p)
        if (str_eq_nocase(str_cut(&list, ' '), str_of(word)))
            return true;
    return false;
}

static bool is_one_of(struct str name, const char *const *names)
{
    for (; *names; names++)
        if (str_eq_nocase(name, str_of(*names)))
            return true;
    return false;
}

/* By what the server says of it, else by the last part of its name. */
static enum imap_use use_of(struct str attributes, struct str separator, struct str name)
{
    static const char *const junk[] = {"junk", "spam",      "junk e-mail", "junk email",   "junk mail",
                                       "bulk", "bulk mail", "junk-e-mail", "[gmail]/spam", NULL};
    static const char *const own[] = {"sent", "sent items", "sent messages", "sent mail", "drafts", "outbox", NULL};
    struct str leaf = name;

    if (str_eq_nocase(name, STR("INBOX")))
        return IMAP_INBOX;
    if (has_word(attributes, "\\Junk"))
        return IMAP_JUNK;
    if (has_word(attributes, "\\Sent") || has_word(attributes, "\\Drafts"))
        return IMAP_OWN;
    for (size_t i = 0; separator.n == 1 && i < name.n; i++)
        if (name.p[i] == separator.p[0])
            leaf = str_from(name, i + 1);
    if (is_one_of(leaf, junk))
        return IMAP_JUNK;
    return is_one_of(leaf, own) ? IMAP_OWN : IMAP_OTHER;
}

/* "* LIST (\HasNoChildren \Junk) "/" "Junk E-mail"" */
static bool read_list_line(struct arena *arena, struct str line, struct imap_folder *ret)
{
    struct str rest = line, separator, name;

    if (!str_starts_nocase(rest, STR("* LIST (")))
        return false;
    rest = str_from(rest, 8);
    struct str attributes = str_cut(&rest, ')');
    if (!rest.p || has_word(attributes, "\\Noselect") || has_word(attributes, "\\NonExistent") ||
        !take_string(arena, &rest, &separator) || !take_string(arena, &rest, &name) || !name.n || name.n > NAME_MOST)
        return false;
    *ret = (struct imap_folder){str_dup(arena, name), use_of(attributes, separator, name)};
    return true;
}

bool imap_list_read(struct arena *arena, struct str text, struct imap_folder **ret, size_t *ret_n, struct err *reterr)
{
    struct imap_folder *all = arena_array(arena, IMAP_MOST_FOLDERS, sizeof *all);
    size_t n = 0, n_sorted = 0;

    while (text.p) {
        struct imap_folder one;
        if (!read_list_line(arena, str_trim(str_cut(&text, '\n')), &one))
            continue;
        if (n == IMAP_MOST_FOLDERS)
            return err_set(reterr, ERR_LIMIT, "the mailbox has more than %u folders", IMAP_MOST_FOLDERS);
        all[n++] = one;
    }
    struct imap_folder *sorted = arena_array(arena, IMAP_MOST_FOLDERS, sizeof *sorted);
    for (int use = IMAP_INBOX; use <= IMAP_OWN; use++)
        for (size_t i = 0; i < n; i++)
            if (all[i].use == (enum imap_use)use)
                sorted[n_sorted++] = all[i];
    *ret = sorted;
    *ret_n = n;
    return true;
}

bool imap_search_read(struct arena *arena, struct str text, uint32_t **ret, size_t *ret_n, struct err *reterr)
{
    uint32_t *found = NULL;
    size_t n = 0, capacity = 0;

    while (text.p) {
        struct str line = str_trim(str_cut(&text, '\n'));
        if (!str_starts_nocase(line, STR("* SEARCH")))
            continue;
        line = str_trim(str_from(line, 8));
        while (line.p && line.n) {
            struct str word = str_trim(str_cut(&line, ' '));
            uint64_t number = 0;
            if (!word.n)
                continue;
            if (!str_to_u64(word, UINT32_MAX, &number) || number == 0)
                return err_set(reterr, ERR_PARSE, "the mail server answers a search with what is no number");
            if (n == IMAP_MOST_FOUND)
                return err_set(reterr, ERR_LIMIT, "the mail server finds more than %u messages", IMAP_MOST_FOUND);
            *ARENA_PUSH(arena, found, n, capacity) = (uint32_t)number;
        }
    }
    *ret = found;
    *ret_n = n;
    return true;
}
