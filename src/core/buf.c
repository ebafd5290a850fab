#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t most_bytes)
{
    *b = (struct buf){.most = most_bytes};
}

void buf_free(struct buf *b)
{
    free(b->p);
    b->p = NULL;
    b->n = b->capacity = 0;
}

static bool reserve(struct buf *b, size_t more)
{
    if (b->full || more > b->most - b->n) {
        b->full = true;
        return false;
    }
    size_t need = b->n + more + 1;
    if (need <= b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : 256;
    while (capacity < need)
        capacity *= 2;
    char *p = realloc(b->p, capacity);
    if (!p) {
        fprintf(stderr, "launchready: out of memory (%zu bytes)\n", capacity);
        abort();
    }
    b->p = p;
    b->capacity = capacity;
    return true;
}

bool buf_add(struct buf *b, struct str s)
{
    if (!reserve(b, s.n))
        return false;
    if (s.n)
        memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    b->p[b->n] = '\0';
    return true;
}

bool buf_add_cstr(struct buf *b, const char *s)
{
    return buf_add(b, str_of(s));
}

bool buf_add_char(struct buf *b, char c)
{
    return buf_add(b, str_n(&c, 1));
}

bool buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0 || !reserve(b, (size_t)n))
        return false;
    va_start(args, fmt);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, args);
    va_end(args);
    b->n += (size_t)n;
    return true;
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->p ? b->p : "", b->n};
}
