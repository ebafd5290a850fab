/* A key record: a key that is fine can be computed with in part; any other is explained. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "mail/dkim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)64 << 20u);
    struct dkim_key key;

    dkim_key_parse(arena, str_n((const char *)data, size), &key);
    if ((key.flaw == DKIM_KEY_FINE) != (key.flaw_text.n == 0) || key.bits > 16384)
        abort();
    if (key.flaw == DKIM_KEY_FINE &&
        (key.is_ed25519 ? key.der.n != 32 : key.bits < 1024 || !key.modulus.n || !key.exponent.n))
        abort();
    arena_free(arena);
    return 0;
}
