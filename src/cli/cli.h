/* cli.h - what every command shares: its prototype, writing the result, telling of an error. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "cli/command.h"
#include "cli/options.h"
#include "core/attr.h"
#include "core/str.h"

struct buf;
struct err;

/* cmd_NAME of each available row of commands.def: the exit status. */
#define COMMAND(name, ...) int cmd_##name(const struct options *o);
#define LATER(name, ...)
#include "cli/commands.def"
#undef COMMAND
#undef LATER

/* argv[1] is the command, the rest is its own. The exit status. */
int cli_main(int argc, const char *const *argv);

/* One line on stderr: "launchready: place: text (cause)". Returns the exit status that goes with the error: 2 for
 * ERR_USAGE, 130 for ERR_CANCELLED, otherwise 3. */
int cli_complain(const struct err *err);

/* Writes the result to --output (whole or not at all) or to standard output. False on a full disk or a pipe that
 * nobody reads. */
MUST_CHECK bool cli_write_output(const struct options *o, struct str text, struct err *reterr);
/* The same at the end of a command: returns status, or complains and returns EXIT_INCOMPLETE. */
int cli_finish(const struct options *o, struct str text, int status);

/* The format to write: --format; else by the ending of --output where the command has such a format; else "term" on a
 * terminal where the command has it; else the command's first. */
const char *cli_format(const struct options *o);

/* Colours are for terminals: not into a file or pipe, with --no-color, NO_COLOR or TERM=dumb. */
bool cli_wants_color(const struct options *o);
/* Progress is for people at a terminal, on stderr. */
bool cli_wants_progress(const struct options *o);

/* The help of one command, or of all for NULL, as plain text in 80 columns. */
void help_text(struct buf *b, const struct command *command);

#endif
