#include "core/secret.h"

#define SHOWN_FROM_CHARACTERS 20

struct secret secret_of(struct str value)
{
    return (struct secret){value};
}

bool secret_is_set(const struct secret *s)
{
    return s->hidden.n > 0;
}

struct str secret_reveal(const struct secret *s)
{
    return s->hidden;
}

struct str secret_mask(struct arena *arena, struct str value)
{
    if (value.n < SHOWN_FROM_CHARACTERS)
        return str_fmt(arena, "(%zu characters)", value.n);
    return str_fmt(arena, "%.4s...%.2s (%zu characters)", value.p, value.p + value.n - 2, value.n);
}
