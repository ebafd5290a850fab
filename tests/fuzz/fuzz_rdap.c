/* fuzz_rdap.c - a registry's answer, and the list of registries. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "facts/rdap_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_n((const char *)data, size), url = STR("untouched");
    struct fact_rdap r = {.at_s = -77, .expires_s = -77};
    struct err err = {0};
    struct arena *arena;

    if (size > 256 * 1024)
        return 0;
    arena = arena_new(16u * 1024u * 1024u);
    if (rdap_read(arena, text, &r, &err)) {
        must(r.found && r.at_s == -77 && r.status.n <= 64 && r.name_servers.n <= 64 && r.registrar.n <= 256);
        for (size_t i = 0; i < r.status.n; i++)
            for (size_t j = 0; j < r.status.v[i].n; j++)
                must(r.status.v[i].p[j] < 'A' || r.status.v[i].p[j] > 'Z');
    } else {
        must(r.expires_s == -77 && err.text[0]);
    }
    if (rdap_server_of(arena, text, STR("shop.co.uk"), &url, &err))
        must(url.n == 0 || (str_starts_nocase(url, STR("http")) && url.p[url.n - 1] == '/'));
    else
        must(str_eq(url, STR("untouched")));
    (void)rdap_registrable(arena, str_first(text, 300));
    arena_free(arena);
    return 0;
}
