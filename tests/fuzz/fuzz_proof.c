/* The record of a test send: what is read is in range and can be written and read again; what is not is explained. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "mail/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct proof p = {.at_s = -7}, again;
    struct err err = {.kind = ERR_NONE};

    if (proof_read(arena, str_n((const char *)data, size), &p, &err)) {
        if (p.at_s < 0 || p.arrived_ms < -1 || p.problem > PROOF_JUNK || (p.problem == PROOF_FINE && p.junk) ||
            !proof_read(arena, proof_write(arena, &p), &again, &err) || again.at_s != p.at_s ||
            again.arrived_ms != p.arrived_ms || again.problem != p.problem || again.junk != p.junk)
            abort();
    } else if (p.at_s != -7 || (err.kind != ERR_PARSE && err.kind != ERR_LIMIT) || !err.text[0]) {
        abort();
    }
    arena_free(arena);
    return 0;
}
