/* An address list: as many mailboxes as there is room for, each domain the end of its address. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)64 << 20u);
    struct message_mailbox v[4] = {0};
    size_t n = message_mailboxes(arena, str_n((const char *)data, size), v, 3);

    if (n > 3 || v[3].address.p)
        abort();
    for (size_t i = 0; i < n; i++)
        if (!v[i].address.p || !v[i].display.p || !v[i].domain.p || v[i].address.n > size ||
            (v[i].domain.n && str_find_char(v[i].address, '@') == SIZE_MAX))
            abort();
    arena_free(arena);
    return 0;
}
