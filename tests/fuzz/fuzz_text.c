/* fuzz_text.c - foreign bytes made safe to show, and dates: what comes out keeps its promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Printable on any terminal: UTF-8 without C0, DEL, C1 or bidirectional controls; line feeds only when allowed. */
static void check_safe(struct str s, bool lines)
{
    size_t at = 0;

    must(text_is_utf8(s));
    while (at < s.n) {
        uint32_t c = text_next(s, &at);

        must(c >= 0x20 || (lines && c == '\n'));
        must(c < 0x7f || c > 0x9f);
        must(c < 0x202a || c > 0x202e);
        must(c < 0x2066 || c > 0x2069);
    }
}

static void check_walk(struct str s)
{
    size_t at = 0;
    bool all_utf8 = true;

    while (at < s.n) {
        size_t before = at;
        uint32_t c = text_next(s, &at);

        must(at > before && at <= s.n && at - before <= 4);
        must(c == UINT32_MAX || (c <= 0x10ffff && (c < 0xd800 || c > 0xdfff)));
        must(c != UINT32_MAX || at == before + 1);
        all_utf8 = all_utf8 && c != UINT32_MAX;
    }
    must(all_utf8 == text_is_utf8(s));
}

static void check_date(struct arena *arena, struct str s)
{
    int64_t wall_s = -77, again = 0;

    if (!clock_parse(s, &wall_s)) {
        must(wall_s == -77); /* untouched */
        return;
    }
    must(clock_parse(clock_rfc3339(arena, wall_s), &again) && again == wall_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = str_n((const char *)data, size), safe;
    struct arena *arena;
    char small[16];
    size_t n;

    if (size > 65536) {
        return 0;
    }
    arena = arena_new(8 * 1024 * 1024);
    check_walk(s);
    safe = text_safe(arena, s);
    check_safe(safe, false);
    must(str_eq(text_safe(arena, safe), safe)); /* making safe twice changes nothing */
    check_safe(text_safe_lines(arena, s), true);

    n = text_make_safe(s, small, sizeof small);
    must(n < sizeof small && small[n] == 0 && strlen(small) == n);
    check_safe(str_n(small, n), false);
    must(text_columns(safe) <= 2 * safe.n);
    must(text_shorten(arena, s, 10).n <= 13);

    check_date(arena, s);
    arena_free(arena);
    return 0;
}
