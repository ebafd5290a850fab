/* A Received field: nothing is refused, every part lies in the value or is an address that parses. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/ip.h"
#include "mail/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64u << 20);
    struct received_hop hop = {0};
    struct ip ip;

    received_parse(arena, str_n((const char *)data, size), &hop);
    if (hop.ip.n && !ip_parse(hop.ip, &ip))
        abort();
    if (!hop.ip.n && !hop.is_private)
        abort();
    if (hop.tls.n && !hop.encrypted)
        abort();
    if (hop.envelope_from.n && !hop.has_envelope_from)
        abort();
    if (hop.helo.n > size || hop.reverse.n > size || hop.by.n > size || hop.with.n > size ||
        hop.at_s < -2208988800 - 86400)
        abort();
    arena_free(arena);
    return 0;
}
