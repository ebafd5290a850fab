/* A logo: good without a flaw, or refused with one. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/mail_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct str flaw;
    bool good = bimi_svg_check(arena, str_n((const char *)data, size), &flaw);

    if (good == (flaw.n > 0) || !text_is_utf8(flaw) || (good && size > BIMI_SVG_MOST_BYTES))
        abort();
    arena_free(arena);
    return 0;
}
