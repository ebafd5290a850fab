/* fuzz_options.c - one word a line, the first is the command: parsed or explained. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/text.h"

#define MOST_WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_parsed(const struct options *o)
{
    must(o->help || (o->n_args >= o->command->least_args && o->n_args <= o->command->most_args));
    must(o->stage >= 0 && o->stage <= 7);
    must(o->jobs >= 0 && o->jobs <= 256);
    must(o->timeout_ms == 0 || (o->timeout_ms >= 100 && o->timeout_ms <= 3600000));
    must(!o->format || strstr(o->command->formats, o->format));
    must(o->fail_on && o->log_format);
    for (size_t i = 0; i < o->n_args; i++)
        must(o->args[i] != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *words[MOST_WORDS + 1] = {NULL};
    struct str rest = str_n((const char *)data, size);
    struct options o, before;
    struct err err = {0};
    int n = 0;

    if (size > 4096)
        return 0;
    struct arena *arena = arena_new((size_t)1024 * 1024);
    while (rest.p && n < MOST_WORDS)
        words[n++] = str_cstr(arena, str_cut(&rest, '\n'));
    const struct command *command = command_find(words[0], &err);
    memset(&o, 0x5a, sizeof o);
    before = o;
    if (command && options_parse(arena, command, n - 1, words + 1, &o, &err)) {
        check_parsed(&o);
    } else {
        must(err.kind == ERR_USAGE && err.text[0]);
        must(text_is_utf8(str_of(err.text)));
        // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c): untouched, padding and all
        must(memcmp(&o, &before, sizeof o) == 0);
    }
    arena_free(arena);
    return 0;
}
