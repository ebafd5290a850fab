/* pages.h - the parts of launchready-pages. */
#ifndef PAGES_H
#define PAGES_H

#include <stdbool.h>

#include "cli/command.h"
#include "cli/options.h"

struct buf;

/* Whether the command's help lists the option. */
bool page_takes(const struct command *command, const struct option_row *row);

/* man(7) source. */
void man_of_program(struct buf *b);
void man_of_command(struct buf *b, const struct command *command);

void complete_bash(struct buf *b);
void complete_zsh(struct buf *b);
void complete_fish(struct buf *b);

#endif
