#include "cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"

#define OPTIONS_BYTES ((size_t)4 * 1024 * 1024)

static int cmd_later(const struct options *o)
{
    struct err err;

    err_set(&err, ERR_USAGE, "%s is not available yet in this version; see launchready help", o->command->name);
    return cli_complain(&err);
}

/* In the order of command_rows. */
static int (*const functions[])(const struct options *o) = {
#define COMMAND(name, ...) cmd_##name,
#define LATER(name, ...)   cmd_later,
#include "cli/commands.def"
#undef COMMAND
#undef LATER
};

int cli_complain(const struct err *err)
{
    /* Many sentences name their place already. */
    bool with_place = err->place[0] && !strstr(err->text, err->place);
    bool with_cause = err->cause[0] && !strstr(err->text, err->cause);

    (void)fprintf(stderr, "launchready: %s%s%s%s%s%s\n", with_place ? err->place : "", with_place ? ": " : "",
                  err->text, with_cause ? " (" : "", with_cause ? err->cause : "", with_cause ? ")" : "");
    if (err->kind == ERR_USAGE)
        return EXIT_USAGE;
    return err->kind == ERR_CANCELLED ? EXIT_INTERRUPTED : EXIT_INCOMPLETE;
}

bool cli_write_output(const struct options *o, struct str text, struct err *reterr)
{
    return file_write(o->output ? o->output : "-", text, reterr);
}

int cli_finish(const struct options *o, struct str text, int status)
{
    struct err err;

    return cli_write_output(o, text, &err) ? status : cli_complain(&err);
}

static bool to_terminal(const struct options *o)
{
    return (!o->output || strcmp(o->output, "-") == 0) && isatty(STDOUT_FILENO);
}

static bool has_word(const char *words, struct str word)
{
    struct str rest = str_of(words);

    while (rest.p)
        if (str_eq(str_cut(&rest, '|'), word))
            return true;
    return false;
}

const char *cli_format(const struct options *o)
{
    static const struct {
        const char *ending, *format;
    } endings[] = {{".json", "json"}, {".html", "html"}, {".md", "markdown"}, {".sarif", "sarif"}, {".dot", "dot"}};
    const char *formats = o->command->formats;

    if (o->format)
        return o->format;
    for (size_t i = 0; o->output && i < N_OF(endings); i++)
        if (str_ends(str_of(o->output), str_of(endings[i].ending)) && has_word(formats, str_of(endings[i].format)))
            return endings[i].format;
    return to_terminal(o) && has_word(formats, STR("term")) ? "term" : "text";
}

bool cli_wants_color(const struct options *o)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return !o->no_color && !(no_color && no_color[0]) && to_terminal(o) && term && strcmp(term, "dumb") != 0;
}

bool cli_wants_progress(const struct options *o)
{
    const char *term = getenv("TERM");

    return !o->quiet && !o->verbose && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static int run(const struct command *command, int argc, const char *const *argv)
{
    struct arena *arena = arena_new(OPTIONS_BYTES);
    struct options o;
    struct err err;
    int status;

    if (!options_parse(arena, command, argc, argv, &o, &err)) {
        status = cli_complain(&err);
    } else {
        log_setup(o.verbose ? LOG_DEBUG : o.quiet ? LOG_ERROR : LOG_WARN, strcmp(o.log_format, "json") == 0);
        if (o.help) {
            const char *const help_args[] = {command->name, NULL};
            o.args = help_args;
            o.n_args = 1;
            o.output = NULL;
            status = cmd_help(&o);
        } else {
            status = functions[command - command_rows](&o);
        }
    }
    arena_free(arena);
    return status;
}

/* With a standard descriptor closed, the first socket would take its number and receive our output. A descriptor
 * that can only be read stands in, so that writing to it stays an error. */
static void fill_standard_descriptors(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDONLY);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}

int cli_main(int argc, const char *const *argv)
{
    static const struct {
        const char *option, *command;
    } also[] = {{"--help", "help"}, {"-h", "help"}, {"--version", "version"}, {"-V", "version"}};
    const char *name = argc > 1 ? argv[1] : "";
    struct err err;

    fill_standard_descriptors();
    /* A reader that went away is an error of write(), to be told like any other. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (!name[0]) {
        err_set(&err, ERR_USAGE, "what shall it do? Try: launchready audit shop.example, or launchready help");
        return cli_complain(&err);
    }
    for (size_t i = 0; i < N_OF(also); i++)
        if (strcmp(name, also[i].option) == 0)
            name = also[i].command;
    const struct command *command = command_find(name, &err);
    return command ? run(command, argc - 2, argv + 2) : cli_complain(&err);
}
