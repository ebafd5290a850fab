#include <stdint.h>
#include <stdio.h>

#include "core/buf.h"
#include "pages.h"

/* Text for man(7): a hyphen is a minus that can be searched and copied, a line never starts with a control
 * character. */
static void add_text(struct buf *b, const char *s)
{
    bool at_start = b->n > 0 && b->p[b->n - 1] == '\n';

    for (; *s; s++) {
        if (at_start && (*s == '.' || *s == '\''))
            buf_add_cstr(b, "\\&");
        if (*s == '-')
            buf_add_cstr(b, "\\-");
        else if (*s == '\\')
            buf_add_cstr(b, "\\e");
        else
            buf_add_char(b, *s);
        at_start = *s == '\n';
    }
}

static void add_line(struct buf *b, const char *s)
{
    add_text(b, s);
    buf_add_char(b, '\n');
}

static void add_upper(struct buf *b, const char *s)
{
    for (; *s; s++)
        buf_add_char(b, *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s);
}

static void add_heading(struct buf *b, const char *page, const char *summary)
{
    buf_add_cstr(b, ".TH ");
    add_upper(b, page);
    buf_add_cstr(b, " 1 \"\" \"launchready " LAUNCHREADY_VERSION "\" \"User Commands\"\n.SH NAME\n");
    add_text(b, page);
    buf_add_cstr(b, " \\- ");
    add_line(b, summary);
}

static void add_paragraphs(struct buf *b, const char *text)
{
    struct str rest = str_of(text);

    while (rest.n) {
        size_t end = str_find(rest, STR("\n\n"));
        struct str paragraph = end == SIZE_MAX ? rest : str_first(rest, end);

        buf_add_cstr(b, ".PP\n");
        for (size_t i = 0; i < paragraph.n; i++) {
            char one[2] = {paragraph.p[i], '\0'};
            add_text(b, one);
        }
        buf_add_char(b, '\n');
        rest = end == SIZE_MAX ? STR_NONE : str_from(rest, end + 2);
    }
}

static void add_option(struct buf *b, const struct option_row *row, const struct command *command)
{
    const char *words = option_words(row, command);

    buf_add_cstr(b, ".TP\n");
    if (row->letter)
        buf_fmt(b, "\\fB\\-%c\\fR, ", row->letter);
    buf_add_cstr(b, "\\fB\\-\\-");
    add_text(b, row->name);
    buf_add_cstr(b, "\\fR");
    if (row->argument)
        buf_fmt(b, " \\fI%s\\fR", row->argument);
    buf_add_char(b, '\n');
    add_text(b, row->help);
    if (words[0]) {
        struct str rest = str_of(words);

        buf_add_cstr(b, "; one of");
        while (rest.p) {
            struct str word = str_cut(&rest, '|');
            buf_fmt(b, " \\fB%.*s\\fR%s", STR_ARG(word), rest.p ? "," : "");
        }
    }
    buf_add_char(b, '\n');
}

static void add_examples(struct buf *b, const char *examples)
{
    struct str rest = str_of(examples);

    if (!rest.n)
        return;
    buf_add_cstr(b, ".SH EXAMPLES\n");
    while (rest.n) {
        struct str what = str_cut(&rest, '\n'), line = str_cut(&what, '|');
        char text[256];

        (void)snprintf(text, sizeof text, "%.*s", STR_ARG(line));
        buf_add_cstr(b, ".TP\n.B ");
        add_line(b, text);
        (void)snprintf(text, sizeof text, "%.*s", STR_ARG(what));
        add_line(b, text);
    }
}

static void add_exit_statuses(struct buf *b)
{
    buf_add_cstr(b, ".SH EXIT STATUS\n");
#define ADD_STATUS(name, number, meaning)                                                                              \
    buf_add_cstr(b, ".TP\n.B " #number "\n");                                                                          \
    add_line(b, meaning);
    EXIT_STATUSES(ADD_STATUS)
#undef ADD_STATUS
}

void man_of_command(struct buf *b, const struct command *command)
{
    char page[80];

    (void)snprintf(page, sizeof page, "launchready-%s", command->name);
    add_heading(b, page, command->summary);
    buf_fmt(b, ".SH SYNOPSIS\n.B launchready %s\n", command->name);
    if (command->arguments[0])
        buf_fmt(b, ".I %s\n", command->arguments);
    buf_add_cstr(b, ".RI [ OPTIONS ]\n.SH DESCRIPTION\n");
    add_paragraphs(b, command->text);
    buf_add_cstr(b, ".SH OPTIONS\n");
    for (size_t i = 0; i < n_option_rows; i++)
        if (page_takes(command, &option_rows[i]))
            add_option(b, &option_rows[i], command);
    add_examples(b, command->examples);
    add_exit_statuses(b);
    buf_add_cstr(b, ".SH SEE ALSO\n.BR launchready (1)\n");
}

void man_of_program(struct buf *b)
{
    add_heading(b, "launchready", "find what will break when a small web product goes live");
    buf_add_cstr(b, ".SH SYNOPSIS\n.B launchready\n.I COMMAND\n.RI [ ARGUMENTS ]\n.RI [ OPTIONS ]\n.SH DESCRIPTION\n");
    add_paragraphs(b, "Compares the production that you intend, as written in the launch file launchready.yaml, with "
                      "what can be seen, and ranks the difference by what it costs the business, each with its exact "
                      "fix. Without a launch file it audits what a domain shows to anybody.\n\n"
                      "Results go to standard output, progress and diagnostics to standard error.");
    buf_add_cstr(b, ".SH COMMANDS\n");
    for (size_t i = 0; i < n_command_rows; i++) {
        const struct command *c = &command_rows[i];

        if (c->later)
            continue;
        buf_fmt(b, ".TP\n\\fB%s\\fR \\fI%s\\fR\n", c->name, c->arguments);
        add_text(b, c->summary);
        buf_fmt(b, "; see\n.BR launchready\\-%s (1)\n", c->name);
    }
    add_exit_statuses(b);
    buf_add_cstr(b, ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNo colours when it is set and not empty.\n"
                    ".SH FILES\n.TP\n.B launchready.yaml\nThe launch file, looked for in the current folder and "
                    "those above it.\n.SH SEE ALSO\n");
    bool first = true;
    for (size_t i = 0; i < n_command_rows; i++) {
        if (command_rows[i].later)
            continue;
        buf_fmt(b, "%s.BR launchready\\-%s (1)", first ? "" : " ,\n", command_rows[i].name);
        first = false;
    }
    buf_add_char(b, '\n');
}
