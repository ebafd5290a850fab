#include <stdint.h>
#include <string.h>

#include "core/buf.h"
#include "pages.h"

static bool wants_file(const struct option_row *row)
{
    return row->argument && strcmp(row->argument, "FILE") == 0;
}

static bool wants_folder(const struct option_row *row)
{
    return row->argument && strcmp(row->argument, "FOLDER") == 0;
}

static void add_words(struct buf *b, const char *words)
{
    for (; *words; words++)
        buf_add_char(b, *words == '|' ? ' ' : *words);
}

/* s for within single quotes. */
static void add_quoted(struct buf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            buf_add_cstr(b, "'\\''");
        else
            buf_add_char(b, *s);
    }
}

static void add_command_names(struct buf *b)
{
    const char *space = "";

    for (size_t i = 0; i < n_command_rows; i++) {
        if (command_rows[i].later)
            continue;
        buf_fmt(b, "%s%s", space, command_rows[i].name);
        space = " ";
    }
}

static void add_bash_values(struct buf *b, const struct command *c)
{
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];

        if (!page_takes(c, row) || row->kind == OPT_FLAG)
            continue;
        buf_fmt(b, "        %s:--%s", c->name, row->name);
        if (row->letter)
            buf_fmt(b, " | %s:-%c", c->name, row->letter);
        if (row->kind == OPT_WORD) {
            buf_add_cstr(b, ") mapfile -t COMPREPLY < <(compgen -W \"");
            add_words(b, option_words(row, c));
            buf_add_cstr(b, "\" -- \"$word\") ;;\n");
        } else if (wants_file(row)) {
            buf_add_cstr(b, ") mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n");
        } else if (wants_folder(row)) {
            buf_add_cstr(b, ") mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;\n");
        } else {
            buf_add_cstr(b, ") ;;\n");
        }
    }
}

void complete_bash(struct buf *b)
{
    buf_add_cstr(b, "# bash completion for launchready; made from its table of commands\n"
                    "_launchready() {\n"
                    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                    "    local command=${COMP_WORDS[1]} options=\n"
                    "    COMPREPLY=()\n"
                    "    compopt -o filenames 2>/dev/null\n"
                    "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                    "        mapfile -t COMPREPLY < <(compgen -W \"");
    add_command_names(b);
    buf_add_cstr(b, "\" -- \"$word\")\n        return\n    fi\n"
                    "    if [ \"$command\" = help ] && [[ $word != -* ]]; then\n"
                    "        mapfile -t COMPREPLY < <(compgen -W \"");
    add_command_names(b);
    buf_add_cstr(b, "\" -- \"$word\")\n        return\n    fi\n    case $command in\n");
    for (size_t i = 0; i < n_command_rows; i++) {
        const struct command *c = &command_rows[i];

        if (c->later)
            continue;
        buf_fmt(b, "    %s) options='", c->name);
        const char *space = "";
        for (size_t j = 0; j < n_option_rows; j++) {
            if (!page_takes(c, &option_rows[j]))
                continue;
            buf_fmt(b, "%s--%s", space, option_rows[j].name);
            space = " ";
        }
        buf_add_cstr(b, "' ;;\n");
    }
    buf_add_cstr(b, "    esac\n    case $command:$before in\n");
    for (size_t i = 0; i < n_command_rows; i++)
        if (!command_rows[i].later)
            add_bash_values(b, &command_rows[i]);
    buf_add_cstr(b, "        *)\n            if [[ $word == -* ]]; then\n"
                    "                mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
                    "            fi\n            ;;\n    esac\n}\ncomplete -F _launchready launchready\n");
}

/* help text in a zsh specification: no brackets, colons or quotes of its own */
static void add_zsh_text(struct buf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == '[' || *s == ']' || *s == ':' || *s == '\\')
            buf_fmt(b, "\\%c", *s);
        else if (*s == '\'')
            buf_add_cstr(b, "'\\''");
        else
            buf_add_char(b, *s);
    }
}

static void add_zsh_option(struct buf *b, const struct option_row *row, const struct command *c)
{
    buf_add_cstr(b, "            ");
    if (row->kind == OPT_LIST)
        buf_fmt(b, "'*--%s", row->name);
    else if (row->letter)
        buf_fmt(b, "'(-%c --%s)'{-%c,--%s}'", row->letter, row->name, row->letter, row->name);
    else
        buf_fmt(b, "'--%s", row->name);
    buf_add_char(b, '[');
    add_zsh_text(b, row->help);
    buf_add_char(b, ']');
    if (row->kind != OPT_FLAG) {
        buf_add_char(b, ':');
        add_zsh_text(b, row->argument);
        buf_add_char(b, ':');
    }
    if (row->kind == OPT_WORD) {
        buf_add_char(b, '(');
        add_words(b, option_words(row, c));
        buf_add_char(b, ')');
    } else if (wants_file(row)) {
        buf_add_cstr(b, "_files");
    } else if (wants_folder(row)) {
        buf_add_cstr(b, "_files -/");
    }
    buf_add_cstr(b, "' \\\n");
}

void complete_zsh(struct buf *b)
{
    buf_add_cstr(b, "#compdef launchready\n# made from launchready's table of commands\n"
                    "_launchready() {\n    local -a commands\n    commands=(\n");
    for (size_t i = 0; i < n_command_rows; i++) {
        if (command_rows[i].later)
            continue;
        buf_fmt(b, "        '%s:", command_rows[i].name);
        add_quoted(b, command_rows[i].summary);
        buf_add_cstr(b, "'\n");
    }
    buf_add_cstr(b,
                 "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
                 "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n");
    for (size_t i = 0; i < n_command_rows; i++) {
        const struct command *c = &command_rows[i];

        if (c->later)
            continue;
        buf_fmt(b, "    %s)\n        _arguments \\\n", c->name);
        for (size_t j = 0; j < n_option_rows; j++)
            if (page_takes(c, &option_rows[j]))
                add_zsh_option(b, &option_rows[j], c);
        if (strcmp(c->name, "help") == 0) {
            buf_add_cstr(b, "            '1:command:(");
            add_command_names(b);
            buf_add_cstr(b, ")'\n");
        } else if (c->most_args) {
            buf_add_cstr(b, "            '*:");
            add_zsh_text(b, c->arguments);
            buf_add_cstr(b, ":'\n");
        } else {
            buf_add_cstr(b, "            '*: :'\n");
        }
        buf_add_cstr(b, "        ;;\n");
    }
    buf_add_cstr(b, "    esac\n}\n_launchready \"$@\"\n");
}

static void add_fish_option(struct buf *b, const struct option_row *row, const struct command *c)
{
    buf_fmt(b, "complete -c launchready -n '__fish_seen_subcommand_from %s' -l %s", c->name, row->name);
    if (row->letter)
        buf_fmt(b, " -s %c", row->letter);
    if (row->kind == OPT_WORD) {
        buf_add_cstr(b, " -x -a '");
        add_words(b, option_words(row, c));
        buf_add_char(b, '\'');
    } else if (wants_file(row)) {
        buf_add_cstr(b, " -r -F");
    } else if (wants_folder(row)) {
        buf_add_cstr(b, " -x -a '(__fish_complete_directories)'");
    } else if (row->kind != OPT_FLAG) {
        buf_add_cstr(b, " -x");
    }
    buf_add_cstr(b, " -d '");
    add_quoted(b, row->help);
    buf_add_cstr(b, "'\n");
}

void complete_fish(struct buf *b)
{
    buf_add_cstr(b, "# fish completion for launchready; made from its table of commands\ncomplete -c launchready -f\n");
    for (size_t i = 0; i < n_command_rows; i++) {
        const struct command *c = &command_rows[i];

        if (c->later)
            continue;
        buf_fmt(b, "complete -c launchready -n __fish_use_subcommand -a %s -d '", c->name);
        add_quoted(b, c->summary);
        buf_add_cstr(b, "'\n");
        for (size_t j = 0; j < n_option_rows; j++)
            if (page_takes(c, &option_rows[j]))
                add_fish_option(b, &option_rows[j], c);
    }
    buf_add_cstr(b, "complete -c launchready -n '__fish_seen_subcommand_from help' -a '");
    add_command_names(b);
    buf_add_cstr(b, "'\n");
}
