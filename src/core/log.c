#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/text.h"

static enum log_level most_level = LOG_WARN;
static bool as_json;

static const char *const level_words[] = {"error", "warn", "info", "debug"};

void log_setup(enum log_level most, bool json)
{
    most_level = most;
    as_json = json;
}

bool log_wants(enum log_level level)
{
    return level <= most_level;
}

static void print_json(const char *when, enum log_level level, const char *where, const char *text)
{
    char line[2300];
    size_t n = 0;

    for (const char *p = text; *p && n + 3 < sizeof line; p++) {
        if (*p == '"' || *p == '\\')
            line[n++] = '\\';
        line[n++] = *p;
    }
    line[n] = '\0';
    fprintf(stderr, "{\"time\":\"%s\",\"level\":\"%s\",\"where\":\"%s\",\"message\":\"%s\"}\n", when,
            level_words[level], where, line);
}

void log_line(enum log_level level, const char *where, const char *fmt, ...)
{
    char raw[1024], text[1100];
    va_list args;

    if (!log_wants(level))
        return;
    va_start(args, fmt);
    vsnprintf(raw, sizeof raw, fmt, args);
    va_end(args);
    text_make_safe(str_of(raw), text, sizeof text);
    struct arena *arena = arena_new(4096);
    const char *when = clock_rfc3339(arena, clock_wall_s()).p;
    if (as_json)
        print_json(when, level, where, text);
    else
        fprintf(stderr, "%s %s %s: %s\n", when, level_words[level], where, text);
    arena_free(arena);
}
