#include "cli/options.h"

#include <arpa/inet.h>
#include <string.h>

#include "cli/command.h"
#include "core/arena.h"
#include "core/err.h"

const struct option_row option_rows[] = {
#define OPTION(field, kind, letter, name, argument, set, low, high, words, help)                                       \
    {OPT_##kind, letter, name, argument, set, low, high, words, help, offsetof(struct options, field)},
#include "cli/options.def"
#undef OPTION
};
const size_t n_option_rows = N_OF(option_rows);

#define MOST_NAMES 64

const char *option_words(const struct option_row *row, const struct command *command)
{
    if (row->kind != OPT_WORD)
        return "";
    return row->words[0] ? row->words : command->formats;
}

static bool takes(const struct command *command, const struct option_row *row)
{
    return (command->sets & row->set) != 0;
}

static const struct option_row *row_by_letter(char letter)
{
    for (size_t i = 0; i < n_option_rows; i++)
        if (option_rows[i].letter == letter && letter)
            return &option_rows[i];
    return NULL;
}

static bool unknown_name(const struct command *command, struct str name, struct err *reterr)
{
    struct str names[MOST_NAMES];
    size_t n = 0;

    for (size_t i = 0; i < n_option_rows && n < MOST_NAMES; i++)
        if (takes(command, &option_rows[i]))
            names[n++] = str_of(option_rows[i].name);
    struct str nearest = str_nearest(name, names, n);
    if (nearest.n)
        return err_set(reterr, ERR_USAGE, "unknown option --%.*s, did you mean --%.*s?", STR_ARG(name),
                       STR_ARG(nearest));
    return err_set(reterr, ERR_USAGE, "unknown option --%.*s; see launchready help %s", STR_ARG(name), command->name);
}

static const struct option_row *row_by_name(const struct command *command, struct str name, struct err *reterr)
{
    for (size_t i = 0; i < n_option_rows; i++) {
        if (!str_eq(str_of(option_rows[i].name), name))
            continue;
        if (takes(command, &option_rows[i]))
            return &option_rows[i];
        err_set(reterr, ERR_USAGE, "%s takes no --%s", command->name, option_rows[i].name);
        return NULL;
    }
    unknown_name(command, name, reterr);
    return NULL;
}

static bool set_number(const struct option_row *row, struct str value, int *ret, struct err *reterr)
{
    uint64_t n;

    if (!str_to_u64(value, (uint64_t)row->high, &n) || (int64_t)n < row->low)
        return err_set(reterr, ERR_USAGE, "--%s %.*s: expected a whole number from %d to %d", row->name, STR_ARG(value),
                       (int)row->low, (int)row->high);
    *ret = (int)n;
    return true;
}

/* "10" and "10s", "2.5", "500ms", "1m": at most three digits after the point. */
static bool read_duration(struct str s, int64_t *ret_ms)
{
    static const struct {
        struct str name;
        uint64_t ms;
    } units[] = {{STR("ms"), 1}, {STR("s"), 1000}, {STR("m"), 60000}, {STR("h"), 3600000}};
    uint64_t unit_ms = 1000, whole, part = 0, scale = 1;

    for (size_t i = 0; i < N_OF(units); i++) {
        if (str_ends(s, units[i].name)) {
            unit_ms = units[i].ms;
            s = str_first(s, s.n - units[i].name.n);
            break;
        }
    }
    struct str digits = str_cut(&s, '.');
    if (!str_to_u64(digits, 1000000000, &whole))
        return false;
    if (s.p && (s.n > 3 || !str_to_u64(s, 999, &part)))
        return false;
    for (size_t i = 0; s.p && i < s.n; i++)
        scale *= 10;
    *ret_ms = (int64_t)(whole * unit_ms + part * unit_ms / scale);
    return true;
}

static bool set_duration(const struct option_row *row, struct str value, int64_t *ret_ms, struct err *reterr)
{
    int64_t ms;

    if (!read_duration(value, &ms))
        return err_set(reterr, ERR_USAGE, "--%s %.*s: expected seconds, or a number with a unit: 10, 2.5, 500ms, 1m",
                       row->name, STR_ARG(value));
    if (ms < row->low || ms > row->high)
        return err_set(reterr, ERR_USAGE, "--%s %.*s: expected between %d ms and %d s", row->name, STR_ARG(value),
                       (int)row->low, (int)(row->high / 1000));
    *ret_ms = ms;
    return true;
}

static bool is_address(struct str s, int family)
{
    unsigned char bytes[16];
    char text[INET6_ADDRSTRLEN];

    if (s.n >= sizeof text || s.n == 0)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(family, text, bytes) == 1;
}

static bool is_port(struct str s)
{
    uint64_t port;

    return str_to_u64(s, 65535, &port) && port > 0;
}

/* 192.0.2.1, 192.0.2.1:53, 2001:db8::1, [2001:db8::1], [2001:db8::1]:53 */
static bool is_endpoint(struct str s)
{
    if (is_address(s, AF_INET6))
        return true;
    if (str_starts(s, STR("["))) {
        struct str rest = str_from(s, 1), host = str_cut(&rest, ']');

        if (!rest.p || !is_address(host, AF_INET6))
            return false;
        return rest.n == 0 || (rest.p[0] == ':' && is_port(str_from(rest, 1)));
    }
    struct str rest = s, host = str_cut(&rest, ':');

    return is_address(host, AF_INET) && (!rest.p || is_port(rest));
}

static bool set_word(const struct option_row *row, const struct command *command, const char *value, const char **ret,
                     struct err *reterr)
{
    struct str words = str_of(option_words(row, command)), rest = words, names[MOST_NAMES];
    size_t n = 0;

    while (rest.p && n < MOST_NAMES) {
        names[n] = str_cut(&rest, '|');
        if (str_eq(names[n], str_of(value))) {
            *ret = value;
            return true;
        }
        n++;
    }
    struct str nearest = str_nearest(str_of(value), names, n);

    if (n == 0 || words.n == 0)
        return err_set(reterr, ERR_USAGE, "%s takes no --%s", command->name, row->name);
    if (nearest.n)
        return err_set(reterr, ERR_USAGE, "--%s %s: did you mean %.*s? Expected %s", row->name, value, STR_ARG(nearest),
                       words.p);
    return err_set(reterr, ERR_USAGE, "--%s %s: expected %s", row->name, value, words.p);
}

static bool set_list(struct arena *arena, const struct option_row *row, const char *value, struct str_list *list,
                     struct err *reterr)
{
    struct str rest = str_of(value);

    while (rest.p) {
        struct str one = str_trim(str_cut(&rest, ','));

        if (one.n == 0)
            return err_set(reterr, ERR_USAGE, "--%s %s: an empty pattern", row->name, value);
        str_list_add(arena, list, one);
    }
    return true;
}

static bool set_value(struct arena *arena, struct options *o, const struct option_row *row, const char *value,
                      struct err *reterr)
{
    void *field = (char *)o + row->offset;

    if (value[0] == '\0' && row->kind != OPT_EMPTY)
        return err_set(reterr, ERR_USAGE, "--%s needs a value: %s", row->name, row->argument);
    switch (row->kind) {
    case OPT_FLAG: return true; /* not reached: flags have no value */
    case OPT_LIST: return set_list(arena, row, value, field, reterr);
    case OPT_NUMBER: return set_number(row, str_of(value), field, reterr);
    case OPT_DURATION: return set_duration(row, str_of(value), field, reterr);
    case OPT_WORD: return set_word(row, o->command, value, field, reterr);
    case OPT_ADDRESS:
        if (!is_endpoint(str_of(value)))
            return err_set(reterr, ERR_USAGE,
                           "--%s %s: expected an IP address, with a port if not 53: 192.0.2.53, 192.0.2.53:5353, "
                           "[2001:db8::53]:5353",
                           row->name, value);
        break;
    case OPT_TEXT:
    case OPT_EMPTY: break;
    }
    *(const char **)field = value;
    return true;
}

/* The words still to parse. */
struct words {
    int argc, at;
    const char *const *argv;
};

static bool next_value(struct words *w, const struct option_row *row, const char **ret, struct err *reterr)
{
    if (w->at + 1 >= w->argc || strncmp(w->argv[w->at + 1], "--", 2) == 0)
        return err_set(reterr, ERR_USAGE, "--%s needs a value: %s", row->name, row->argument);
    *ret = w->argv[++w->at];
    return true;
}

static bool parse_long(struct arena *arena, struct words *w, struct options *o, struct err *reterr)
{
    struct str rest = str_of(w->argv[w->at] + 2), name = str_cut(&rest, '=');
    const struct option_row *row = row_by_name(o->command, name, reterr);
    const char *value = rest.p;

    if (!row)
        return false;
    if (row->kind == OPT_FLAG) {
        if (value)
            return err_set(reterr, ERR_USAGE, "--%s takes no value", row->name);
        *(bool *)((char *)o + row->offset) = true;
        return true;
    }
    if (!value && !next_value(w, row, &value, reterr))
        return false;
    return set_value(arena, o, row, value, reterr);
}

static bool parse_letters(struct arena *arena, struct words *w, struct options *o, struct err *reterr)
{
    for (const char *p = w->argv[w->at] + 1; *p; p++) {
        const struct option_row *row = row_by_letter(*p);
        const char *value = p + 1;

        if (!row)
            return err_set(reterr, ERR_USAGE, "unknown option -%c; see launchready help %s", *p, o->command->name);
        if (!takes(o->command, row))
            return err_set(reterr, ERR_USAGE, "%s takes no -%c (--%s)", o->command->name, *p, row->name);
        if (row->kind != OPT_FLAG) {
            if (!*value && !next_value(w, row, &value, reterr))
                return false;
            return set_value(arena, o, row, value, reterr);
        }
        *(bool *)((char *)o + row->offset) = true;
    }
    return true;
}

static bool check_n_args(const struct options *o, struct err *reterr)
{
    const struct command *c = o->command;

    if (o->help)
        return true;
    if (o->n_args < c->least_args)
        return err_set(reterr, ERR_USAGE, "%s needs %s", c->name, c->arguments);
    if (o->n_args > c->most_args && c->most_args == 0)
        return err_set(reterr, ERR_USAGE, "%s takes no argument, but got %s", c->name, o->args[0]);
    if (o->n_args > c->most_args)
        return err_set(reterr, ERR_USAGE, "%s takes at most %zu argument%s, but got also %s", c->name, c->most_args,
                       c->most_args == 1 ? "" : "s", o->args[c->most_args]);
    return true;
}

static bool check_together(const struct options *o, struct err *reterr)
{
    if (o->record && o->replay)
        return err_set(reterr, ERR_USAGE, "--record and --replay do not go together");
    if (o->quiet && o->verbose)
        return err_set(reterr, ERR_USAGE, "--quiet and --verbose do not go together");
    return check_n_args(o, reterr);
}

bool options_parse(struct arena *arena, const struct command *command, int argc, const char *const *argv,
                   struct options *ret, struct err *reterr)
{
    struct options o = {.command = command, .fail_on = "high", .log_format = "text"};
    struct words w = {argc, 0, argv};
    const char **args = arena_array(arena, (size_t)argc + 1, sizeof *args);
    bool ended = false;

    for (; w.at < w.argc; w.at++) {
        const char *word = argv[w.at];

        if (ended || word[0] != '-' || word[1] == '\0')
            args[o.n_args++] = word;
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (word[1] == '-' ? !parse_long(arena, &w, &o, reterr) : !parse_letters(arena, &w, &o, reterr))
            return false;
    }
    o.args = args;
    if (!check_together(&o, reterr))
        return false;
    *ret = o;
    return true;
}
