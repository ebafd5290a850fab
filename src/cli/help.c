#include <stdio.h>

#include "cli/cli.h"
#include "core/buf.h"
#include "core/err.h"

#define HELP_BYTES ((size_t)64 * 1024)
#define COLUMNS    80

/* Words of s in lines of at most 80 columns, each after so many spaces; the first line stands at column at. */
static void add_wrapped(struct buf *b, const char *s, size_t indent, size_t at)
{
    struct str rest = str_of(s);
    bool first = true;

    while (rest.p) {
        struct str word = str_cut(&rest, ' ');

        if (!first && at + 1 + word.n > COLUMNS) {
            buf_fmt(b, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            buf_add_char(b, ' ');
            at++;
        }
        buf_add(b, word);
        at += word.n;
        first = false;
    }
    buf_add_char(b, '\n');
}

/* "  left     right", the right part wrapped under itself. */
static void add_pair(struct buf *b, const char *left, const char *right, size_t column)
{
    size_t at = b->n;

    buf_fmt(b, "  %s", left);
    if (b->n - at + 2 > column)
        buf_fmt(b, "\n%*s", (int)column, "");
    else
        buf_fmt(b, "%*s", (int)(column - (b->n - at)), "");
    add_wrapped(b, right, column, column);
}

static void add_paragraphs(struct buf *b, const char *text)
{
    struct str rest = str_of(text);
    char one[2048];

    while (rest.p && rest.n) {
        size_t end = str_find(rest, STR("\n\n"));
        struct str paragraph = end == SIZE_MAX ? rest : str_first(rest, end);

        (void)snprintf(one, sizeof one, "%.*s", STR_ARG(paragraph));
        buf_add_char(b, '\n');
        add_wrapped(b, one, 0, 0);
        rest = end == SIZE_MAX ? STR_NONE : str_from(rest, end + 2);
    }
}

static void add_examples(struct buf *b, const char *examples)
{
    struct str rest = str_of(examples);

    if (!rest.n)
        return;
    buf_add_cstr(b, "\nExamples:\n");
    while (rest.n) {
        struct str what = str_cut(&rest, '\n'), line = str_cut(&what, '|');

        buf_fmt(b, "  %.*s\n      %.*s\n", STR_ARG(line), STR_ARG(what));
    }
}

static void add_option(struct buf *b, const struct option_row *row, const struct command *command)
{
    const char *words = option_words(row, command);
    char left[80], right[512];

    (void)snprintf(left, sizeof left, "%c%c%s--%s%s%s", row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
                   row->letter ? ", " : "  ", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    int n = snprintf(right, sizeof right, "%s%s", row->help, words[0] ? "; one of" : "");
    struct str rest = str_of(words);
    while (rest.n && n > 0 && (size_t)n < sizeof right) {
        struct str word = str_cut(&rest, '|');
        n += snprintf(right + n, sizeof right - (size_t)n, " %.*s%s", STR_ARG(word), rest.n ? "," : "");
    }
    add_pair(b, left, right, 30);
}

static void add_options(struct buf *b, const struct command *command)
{
    buf_add_cstr(b, "\nOptions:\n");
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];

        if ((row->set & command->sets) && !(row->kind == OPT_WORD && !option_words(row, command)[0]))
            add_option(b, row, command);
    }
}

static void add_command_list(struct buf *b)
{
    char left[64];

    buf_add_cstr(b, "usage: launchready COMMAND [ARGUMENTS] [OPTIONS]\n\n"
                    "Finds what will break when a small web product goes live, and how to fix it.\n\n"
                    "  launchready audit shop.example       start here\n\nCommands:\n");
    for (size_t i = 0; i < n_command_rows; i++) {
        const struct command *c = &command_rows[i];

        if (c->later)
            continue;
        (void)snprintf(left, sizeof left, "%s %s", c->name, c->arguments);
        add_pair(b, left, c->summary, 26);
    }
    buf_add_cstr(b, "\nNot available yet:");
    size_t at = 18;
    for (size_t i = 0; i < n_command_rows; i++) {
        struct str name = str_of(command_rows[i].name);

        if (!command_rows[i].later)
            continue;
        if (at + 1 + name.n > COLUMNS) {
            buf_add_cstr(b, "\n ");
            at = 1;
        }
        buf_fmt(b, " %.*s", STR_ARG(name));
        at += 1 + name.n;
    }
    buf_add_cstr(b, "\n\nlaunchready help COMMAND shows a command's options and examples.\n\nExit status:\n");
#define ADD_STATUS(name, number, meaning) add_pair(b, #number, meaning, 8);
    EXIT_STATUSES(ADD_STATUS)
#undef ADD_STATUS
}

void help_text(struct buf *b, const struct command *command)
{
    if (!command) {
        add_command_list(b);
        return;
    }
    buf_fmt(b, "usage: launchready %s%s%s [OPTIONS]\n\n", command->name, command->arguments[0] ? " " : "",
            command->arguments);
    add_wrapped(b, command->summary, 0, 0);
    if (command->later) {
        buf_add_cstr(b, "\nNot available yet in this version.\n");
        return;
    }
    add_paragraphs(b, command->text);
    add_options(b, command);
    add_examples(b, command->examples);
}

int cmd_help(const struct options *o)
{
    const struct command *command = NULL;
    struct err err;
    struct buf b;

    if (o->n_args) {
        command = command_find(o->args[0], &err);
        if (!command)
            return cli_complain(&err);
    }
    buf_init(&b, HELP_BYTES);
    help_text(&b, command);
    int status = cli_finish(o, buf_str(&b), EXIT_OK);
    buf_free(&b);
    return status;
}
