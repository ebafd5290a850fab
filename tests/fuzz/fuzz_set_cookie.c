/* fuzz_set_cookie.c - any header as Set-Cookie: parts lie within it, and the masked form never shows a long value. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/str.h"
#include "facts/set_cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void within(struct str whole, struct str part)
{
    must(part.p != NULL);
    must(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str header = str_n((const char *)data, size), masked;
    struct arena *arena;
    struct set_cookie c = {.name = STR("untouched")};

    if (size > 16384)
        return 0;
    if (!set_cookie_parse(header, &c)) {
        must(str_eq(c.name, STR("untouched")));
        return 0;
    }
    within(header, c.name);
    within(header, c.value);
    within(header, c.domain);
    within(header, c.path);
    must(c.name.n + c.value.n > 0 && c.name.n + c.value.n <= SET_COOKIE_MOST_BYTES);
    must(c.value.n > 0 || c.removes);
    cookie_kind_of(c.name);
    arena = arena_new(1024 * 1024);
    masked = set_cookie_masked(arena, header);
    must(masked.n <= c.name.n + 500);
    must(str_starts(masked, c.name));
    if (c.value.n >= 20) /* its first four and last two characters, and no more */
        must(str_starts(str_from(masked, c.name.n + 1), str_fmt(arena, "%.4s...%.2s (%zu characters)", c.value.p,
                                                                c.value.p + c.value.n - 2, c.value.n)));
    arena_free(arena);
    return 0;
}
