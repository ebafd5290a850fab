/* The table of mail providers: whole when it is read, explained with its place and untouched when it is not. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "mail/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up_everything(const struct providers *all, struct arena *arena)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct provider *p = &all->v[i];
        if (!p->id.n || !p->name.n || !p->source.n || p->date.n != 10 || provider_by_id(all, p->id) == NULL)
            abort();
        for (size_t m = 0; m < p->mx.n; m++)
            if (!provider_by_mx(all, p->mx.v[m]))
                abort();
        for (size_t s = 0; s < p->spf.n; s++)
            if (!provider_by_spf(all, p->spf.v[s]))
                abort();
        for (size_t r = 0; r < p->n_records; r++) {
            struct str filled = provider_fill(arena, p->records[r].value, STR("shop.example"));
            if (str_has(filled, STR("{domain}")) || !p->records[r].host.n)
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)256 * 1024 * 1024);
    struct providers all = {.n = 7};
    struct err err = {.kind = ERR_NONE};

    if (providers_parse(arena, str_n((const char *)data, size), "p.yaml", &all, &err))
        look_up_everything(&all, arena);
    else if (all.n != 7 || err.kind == ERR_NONE || !err.text[0] || !err.place[0])
        abort();
    arena_free(arena);
    return 0;
}
