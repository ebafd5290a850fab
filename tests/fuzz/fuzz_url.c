/* fuzz_url.c - URLs, references, host names and addresses from anybody. */
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/ip.h"
#include "core/url.h"
#include "launch/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct str text = str_n((const char *)data, size), name;
    struct url base, u, again;
    struct target target;
    struct ip ip;
    struct err err = {0};

    if (!url_parse(arena, STR("https://shop.example/a/b?c"), &base, &err))
        abort();
    if (url_resolve(arena, &base, text, &u, &err)) {
        struct str once = url_text(arena, &u);
        /* What we write we read again, and it stays the same. */
        if (url_is_web(&u) && once.n <= URL_MOST_BYTES &&
            (!url_parse(arena, once, &again, &err) || !str_eq(url_text(arena, &again), once)))
            abort();
    } else if (err.kind == ERR_NONE || !err.text[0]) {
        abort();
    }
    if (target_parse(arena, text, &target, &err) &&
        (!name_normalise(arena, target.host, &name, &err) || !str_eq(name, target.host)))
        abort();
    if (ip_parse(text, &ip) && !ip_parse(ip_text(arena, &ip), &ip))
        abort();
    arena_free(arena);
    return 0;
}
