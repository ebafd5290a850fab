/* fuzz_name.c - host names and targets as anybody types them. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/ip.h"
#include "core/text.h"
#include "launch/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_name(struct arena *arena, struct str name)
{
    struct str again, rest = name, registrable = name_registrable(arena, name);
    size_t n_labels = 0;

    must(name.n <= 253 && name_normalise(arena, name, &again, NULL) && str_eq(again, name));
    while (rest.p) {
        struct str label = str_cut(&rest, '.');
        must(label.n >= 1 && label.n <= 63);
        n_labels++;
    }
    must(n_labels >= 2);
    must(text_is_utf8(name_display(arena, name)));
    must(name_is_within(name, name));
    must(!registrable.n || name_is_within(name, registrable));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct str text = str_n((const char *)data, size), name = STR("untouched");
    struct target target = {STR("untouched"), STR_NONE};
    struct err err = {0};
    struct ip ip;

    if (name_normalise(arena, text, &name, &err))
        check_name(arena, name);
    else
        must(err.kind == ERR_USAGE && err.text[0] && str_eq(name, STR("untouched")));
    err = (struct err){0};
    if (target_parse(arena, text, &target, &err)) {
        check_name(arena, target.host);
        must(!ip_parse(target.host, &ip) && name_registrable(arena, target.host).n);
    } else {
        must(err.kind == ERR_USAGE && err.text[0] && str_eq(target.host, STR("untouched")));
    }
    arena_free(arena);
    return 0;
}
