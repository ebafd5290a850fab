/* command.h - the table of commands (commands.def), without their functions: what help, man pages and completions
 * are made from. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"

struct err;

struct command {
    const char *name, *arguments;
    size_t least_args, most_args;
    unsigned sets; /* of enum option_set */
    const char *formats, *summary, *text, *examples;
    bool later; /* planned, not there yet */
};

extern const struct command command_rows[];
extern const size_t n_command_rows;

/* The row with that name; NULL, with "did you mean" in *reterr, when there is none. */
const struct command *command_find(const char *name, struct err *reterr);

/* What the program's exit statuses mean. */
#define EXIT_STATUSES(X)                                                                                               \
    X(EXIT_OK, 0, "nothing at or above --fail-on")                                                                     \
    X(EXIT_FINDINGS, 1, "findings at or above --fail-on")                                                              \
    X(EXIT_USAGE, 2, "bad usage or a bad launch file")                                                                 \
    X(EXIT_INCOMPLETE, 3, "something that decides the verdict could not be looked at, or the result not be written")   \
    X(EXIT_ROLLED_BACK, 4, "rolled back, and the old version verified")                                                \
    X(EXIT_NEEDS_HUMAN, 5, "needs a human")                                                                            \
    X(EXIT_LOCKED, 6, "locked, or a run to recover")                                                                   \
    X(EXIT_INTERRUPTED, 130, "interrupted; partial results were printed")

enum exit_status {
#define EXIT_ENUM(name, number, meaning) name = number,
    EXIT_STATUSES(EXIT_ENUM)
#undef EXIT_ENUM
};

#endif
