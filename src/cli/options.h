/* options.h - what the user typed after the command, parsed by the table in options.def. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct command;
struct err;

/* The sets of options that a command's row may name. */
enum option_set {
    IN_ALL = 1 << 0,    /* quiet, verbose, log-format, no-color, help */
    IN_FILE = 1 << 1,   /* config */
    IN_OUT = 1 << 2,    /* format, output */
    IN_SELECT = 1 << 3, /* only, skip, stage */
    IN_JUDGE = 1 << 4,  /* fail-on, baseline, active, evidence */
    IN_NET = 1 << 5,    /* resolver, ca-file, timeout, jobs, offline, record, replay */
    IN_FORCE = 1 << 6,
    IN_ZONE = 1 << 7,
    IN_MAIL = 1 << 8, /* what the parts of email take */
};

enum option_kind { OPT_FLAG, OPT_TEXT, OPT_EMPTY, OPT_LIST, OPT_NUMBER, OPT_DURATION, OPT_ADDRESS, OPT_WORD };

#define OPTION_TYPE_FLAG     bool
#define OPTION_TYPE_TEXT     const char *
#define OPTION_TYPE_EMPTY    const char *
#define OPTION_TYPE_LIST     struct str_list
#define OPTION_TYPE_NUMBER   int
#define OPTION_TYPE_DURATION int64_t
#define OPTION_TYPE_ADDRESS  const char *
#define OPTION_TYPE_WORD     const char *

/* One field an option: config, format, output, only, skip, stage, fail_on, baseline, active, evidence, resolver,
 * ca_file, timeout_ms, jobs, offline, record, replay, force, zone, ip, client_ip, mail_from, helo, trusted, bulk,
 * wait_ms, eml, keep, providers, quiet, verbose, log_format, no_color, help.
 * What was not given is NULL, 0, false or empty: the defaults are for who uses it, except fail_on ("high") and
 * log_format ("text"). Texts are borrowed from argv or the table; lists live in the arena. */
struct options {
    const struct command *command;
    const char *const *args; /* the words that are not options; as many as the command's row allows */
    size_t n_args;
#define OPTION(field, kind, letter, name, argument, set, low, high, words, help) OPTION_TYPE_##kind field;
#include "cli/options.def"
#undef OPTION
};

struct option_row {
    enum option_kind kind;
    char letter; /* 0 for none */
    const char *name, *argument;
    unsigned set;
    int64_t low, high;
    const char *words, *help;
    size_t offset; /* of its field in struct options */
};

extern const struct option_row option_rows[];
extern const size_t n_option_rows;

/* Parses argv (argc words after the command's own, ended by NULL as main's is). `--name value`, `--name=value`,
 * `-o value`, `-ovalue`, `-qv`; `--` ends the options; lists add up, of other options the last one counts.
 * ERR_USAGE with one sentence, and *ret untouched, for anything else. With --help the number of words is not
 * looked at. */
MUST_CHECK bool options_parse(struct arena *arena, const struct command *command, int argc, const char *const *argv,
                              struct options *ret, struct err *reterr);

/* The words that the option may be given for this command, separated by |; "" when anything goes. */
const char *option_words(const struct option_row *row, const struct command *command);

#endif
