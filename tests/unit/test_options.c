#include "test.h"

#include "cli/command.h"
#include "cli/options.h"
#include "core/text.h"

#define MOST_WORDS 8

/* A command that takes everything, so that the rows do not depend on which commands there are today. */
static const struct command all = {"all",
                                   "[A] [B]",
                                   0,
                                   2,
                                   IN_ALL | IN_FILE | IN_OUT | IN_SELECT | IN_JUDGE | IN_NET | IN_FORCE | IN_ZONE,
                                   "text|term|json|markdown",
                                   "",
                                   "",
                                   "",
                                   false};
static const struct command needy = {"needy", "ID", 1, 1, IN_ALL, "", "", "", "", false};

static bool parse(struct arena *arena, const struct command *command, const char *line, struct options *o,
                  struct err *err)
{
    const char *words[MOST_WORDS + 1] = {NULL};
    struct str rest = str_of(line);
    int n = 0;

    while (rest.p && rest.n && n < MOST_WORDS)
        words[n++] = str_cstr(arena, str_cut(&rest, ' '));
    return options_parse(arena, command, n, words, o, err);
}

static void wrong_words_say_what_was_expected(void **state)
{
    static const struct {
        const struct command *command;
        const char *line, *says;
    } rows[] = {
        {&all, "--formt json", "unknown option --formt, did you mean --format?"},
        {&all, "--elephant", "unknown option --elephant; see launchready help all"},
        {&all, "-z", "unknown option -z; see launchready help all"},
        {&all, "-qz", "unknown option -z; see launchready help all"},
        {&needy, "x --zone", "needy takes no --zone"},
        {&needy, "x -o f", "needy takes no -o (--output)"},
        {&all, "--format", "--format needs a value: FORMAT"},
        {&all, "--format --quiet", "--format needs a value: FORMAT"},
        {&all, "--config=", "--config needs a value: FILE"},
        {&all, "--format jsn", "--format jsn: did you mean json? Expected text|term|json|markdown"},
        {&all, "--format pdf", "--format pdf: expected text|term|json|markdown"},
        {&all, "--fail-on HIGH", "--fail-on HIGH: did you mean high? Expected critical|high|medium|low|info|never"},
        {&all, "--quiet=yes", "--quiet takes no value"},
        {&all, "--stage 0", "--stage 0: expected a whole number from 1 to 7"},
        {&all, "--stage 8", "--stage 8: expected a whole number from 1 to 7"},
        {&all, "--stage -1", "--stage -1: expected a whole number from 1 to 7"},
        {&all, "--stage two", "--stage two: expected a whole number from 1 to 7"},
        {&all, "--jobs 99999999999999999999999",
         "--jobs 99999999999999999999999: expected a whole number from 1 to 256"},
        {&all, "--timeout 99ms", "--timeout 99ms: expected between 100 ms and 3600 s"},
        {&all, "--timeout 2h", "--timeout 2h: expected between 100 ms and 3600 s"},
        {&all, "--timeout soon", "--timeout soon: expected seconds, or a number with a unit: 10, 2.5, 500ms, 1m"},
        {&all, "--timeout 1.", "--timeout 1.: expected seconds, or a number with a unit: 10, 2.5, 500ms, 1m"},
        {&all, "--timeout 1.2345", "--timeout 1.2345: expected seconds, or a number with a unit: 10, 2.5, 500ms, 1m"},
        {&all, "--only a,,b", "--only a,,b: an empty pattern"},
        {&all, "a b c", "all takes at most 2 arguments, but got also c"},
        {&needy, "", "needy needs ID"},
        {&needy, "x y", "needy takes at most 1 argument, but got also y"},
        {&all, "--record d --replay d", "--record and --replay do not go together"},
        {&all, "-q -v", "--quiet and --verbose do not go together"},
    };
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct options o = {.stage = -77};
        struct err err = {0};

        if (parse(arena, rows[i].command, rows[i].line, &o, &err))
            fail_msg("%s was taken", rows[i].line);
        if (err.kind != ERR_USAGE || strcmp(err.text, rows[i].says) != 0)
            fail_msg("%s: got \"%s\", wanted \"%s\"", rows[i].line, err.text, rows[i].says);
        if (o.stage != -77)
            fail_msg("%s touched the result", rows[i].line);
    }
    arena_free(arena);
}

static void addresses_with_and_without_port(void **state)
{
    static const struct {
        const char *line;
        bool ok;
    } rows[] = {
        {"--resolver 192.0.2.53", true},
        {"--resolver 192.0.2.53:5353", true},
        {"--resolver 2001:db8::53", true},
        {"--resolver [2001:db8::53]", true},
        {"--resolver [2001:db8::53]:53", true},
        {"--resolver 192.0.2.53:", false},
        {"--resolver 192.0.2.53:0", false},
        {"--resolver 192.0.2.53:65536", false},
        {"--resolver 192.0.2.53:53x", false},
        {"--resolver 192.0.2.256", false},
        {"--resolver [2001:db8::53", false},
        {"--resolver [2001:db8::53]53", false},
        {"--resolver [192.0.2.53]", false},
        {"--resolver dns.example", false},
        {"--resolver :53", false},
    };
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct options o;
        struct err err;

        if (parse(arena, &all, rows[i].line, &o, &err) != rows[i].ok)
            fail_msg("%s", rows[i].line);
    }
    arena_free(arena);
}

static void durations_in_every_unit(void **state)
{
    static const struct {
        const char *line;
        int64_t ms;
    } rows[] = {
        {"--timeout 10", 10000}, {"--timeout 10s", 10000}, {"--timeout 2.5", 2500},   {"--timeout 0.125s", 125},
        {"--timeout 1m", 60000}, {"--timeout 500ms", 500}, {"--timeout 1h", 3600000}, {"--timeout=0.5m", 30000},
    };
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct options o;
        struct err err;

        if (!parse(arena, &all, rows[i].line, &o, &err))
            fail_msg("%s: %s", rows[i].line, err.text);
        if (o.timeout_ms != rows[i].ms)
            fail_msg("%s: %lld ms", rows[i].line, (long long)o.timeout_ms);
    }
    arena_free(arena);
}

static struct options good(struct arena *arena, const char *line)
{
    struct options o;
    struct err err;

    if (!parse(arena, &all, line, &o, &err))
        fail_msg("%s: %s", line, err.text);
    return o;
}

static void values_come_in_each_spelling(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    assert_string_equal(good(arena, "-c a.yaml").config, "a.yaml");
    assert_string_equal(good(arena, "-ca.yaml").config, "a.yaml");
    assert_string_equal(good(arena, "--config a.yaml").config, "a.yaml");
    assert_string_equal(good(arena, "--config=a=b").config, "a=b");
    assert_string_equal(good(arena, "--output -").output, "-");
    assert_string_equal(good(arena, "-o - --format json").format, "json");
    assert_string_equal(good(arena, "--format json --format text").format, "text"); /* the last one counts */

    struct options o = good(arena, "-vo out.json --stage 3 --jobs 256");
    assert_true(o.verbose);
    assert_string_equal(o.output, "out.json");
    assert_int_equal(o.stage, 3);
    assert_int_equal(o.jobs, 256);
    arena_free(arena);
}

static void lists_add_up(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct options o = good(arena, "--only dns.*,tls.expiry --skip seo.* --only edge.*");

    (void)state;
    assert_int_equal(o.only.n, 3);
    assert_str(o.only.v[0], "dns.*");
    assert_str(o.only.v[1], "tls.expiry");
    assert_str(o.only.v[2], "edge.*");
    assert_int_equal(o.skip.n, 1);
    arena_free(arena);
}

static void words_and_the_end_of_options(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct options o = good(arena, "shop.example -q -- --zone");

    (void)state;
    assert_int_equal(o.n_args, 2);
    assert_string_equal(o.args[0], "shop.example");
    assert_string_equal(o.args[1], "--zone");
    assert_null(o.args[2]);
    assert_true(o.quiet);
    assert_false(o.zone);
    assert_string_equal(good(arena, "-").args[0], "-");
    arena_free(arena);
}

static void what_is_not_given_is_empty(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct options o = good(arena, "");

    (void)state;
    assert_string_equal(o.fail_on, "high");
    assert_string_equal(o.log_format, "text");
    assert_null(o.config);
    assert_null(o.format);
    assert_null(o.resolver);
    assert_int_equal(o.timeout_ms, 0);
    assert_int_equal(o.stage, 0);
    assert_int_equal(o.only.n, 0);
    assert_int_equal(o.n_args, 0);
    arena_free(arena);
}

static void help_does_not_count_words(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct options o;
    struct err err;

    (void)state;
    assert_true(parse(arena, &needy, "--help", &o, &err));
    assert_true(o.help);
    assert_true(parse(arena, &needy, "-h", &o, &err));
    arena_free(arena);
}

static void escapes_in_words_stay_off_the_terminal(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct options o;
    struct err err;

    (void)state;
    assert_false(parse(arena, &all, "--format \033[31mred", &o, &err));
    assert_null(strchr(err.text, '\033'));
    assert_non_null(command_find("version", &err));
    assert_null(command_find("\033]0;x\007", &err));
    assert_null(strchr(err.text, '\033'));
    arena_free(arena);
}

static void commands_are_found_or_guessed(void **state)
{
    struct err err;

    (void)state;
    assert_string_equal(command_find("audit", &err)->name, "audit");
    assert_null(command_find("adit", &err));
    assert_string_equal(err.text, "unknown command adit, did you mean audit?");
    assert_null(command_find("shop.example", &err));
    assert_string_equal(err.text, "unknown command shop.example; to audit a site: launchready audit shop.example");
    assert_null(command_find("--quiet", &err));
    assert_string_equal(err.text, "expected a command before --quiet; see launchready help");
}

/* What the parser, the help and the completions take for granted about the tables. */
static void tables_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];

        if ((row->kind == OPT_FLAG) != (row->argument == NULL))
            fail_msg("--%s: a flag has no argument, everything else has one", row->name);
        if ((row->kind == OPT_WORD) != (row->words != NULL))
            fail_msg("--%s: words are for WORD", row->name);
        if ((row->kind == OPT_NUMBER || row->kind == OPT_DURATION) != (row->low < row->high))
            fail_msg("--%s: a range is for NUMBER and DURATION", row->name);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(row->name, option_rows[j].name) == 0)
                fail_msg("--%s is there twice", row->name);
            if (row->letter && row->letter == option_rows[j].letter)
                fail_msg("-%c is there twice", row->letter);
        }
    }
    for (size_t i = 0; i < n_command_rows; i++) {
        const struct command *c = &command_rows[i];

        if (c->least_args > c->most_args || (c->most_args > 0) != (c->arguments[0] != '\0'))
            fail_msg("%s: its number of arguments does not fit \"%s\"", c->name, c->arguments);
        if (!(c->sets & IN_ALL) || !c->summary[0] || text_columns(str_of(c->summary)) > 78)
            fail_msg("%s: sets and summary", c->name);
        if (!c->later && !c->text[0])
            fail_msg("%s is available but not explained", c->name);
        if (((c->sets & IN_OUT) != 0) != (c->formats[0] != '\0'))
            fail_msg("%s: formats go with IN_OUT", c->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_words_say_what_was_expected),
        cmocka_unit_test(addresses_with_and_without_port),
        cmocka_unit_test(durations_in_every_unit),
        cmocka_unit_test(values_come_in_each_spelling),
        cmocka_unit_test(lists_add_up),
        cmocka_unit_test(words_and_the_end_of_options),
        cmocka_unit_test(what_is_not_given_is_empty),
        cmocka_unit_test(help_does_not_count_words),
        cmocka_unit_test(escapes_in_words_stay_off_the_terminal),
        cmocka_unit_test(commands_are_found_or_guessed),
        cmocka_unit_test(tables_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
