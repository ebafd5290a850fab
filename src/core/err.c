#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

VPRINTF_LIKE(3) static void put(char *to, size_t size, const char *fmt, va_list args)
{
    char raw[1024];

    vsnprintf(raw, sizeof raw, fmt, args);
    text_make_safe(str_of(raw), to, size);
}

bool(err_set)(struct err *reterr, enum err_kind kind, const char *fmt, ...)
{
    va_list args;

    if (!reterr)
        return false;
    reterr->kind = kind;
    reterr->place[0] = reterr->cause[0] = '\0';
    va_start(args, fmt);
    put(reterr->text, sizeof reterr->text, fmt, args);
    va_end(args);
    return false;
}

bool(err_at)(struct err *reterr, const char *fmt, ...)
{
    va_list args;

    if (!reterr)
        return false;
    va_start(args, fmt);
    put(reterr->place, sizeof reterr->place, fmt, args);
    va_end(args);
    return false;
}

bool(err_because)(struct err *reterr, const char *fmt, ...)
{
    va_list args;

    if (!reterr)
        return false;
    va_start(args, fmt);
    put(reterr->cause, sizeof reterr->cause, fmt, args);
    va_end(args);
    return false;
}

static const char *const words[] = {
#define ERR_WORD(kind, word) word,
    ERR_KINDS(ERR_WORD)
#undef ERR_WORD
};

const char *err_word(enum err_kind kind)
{
    return words[kind];
}

enum err_kind err_from_word(const char *word)
{
    for (size_t i = 0; i < N_OF(words); i++)
        if (strcmp(words[i], word) == 0)
            return (enum err_kind)i;
    return ERR_NONE;
}
