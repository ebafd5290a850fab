/* SPF records merged and mended: every term of every record is in the result, and a second merge changes nothing. The
 * input is records by line; the last line is what to add. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "mail/provider.h"
#include "mail/spf_merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_includes(struct arena *arena, struct str from, struct str merged)
{
    struct str_list want = provider_includes(arena, from), have = provider_includes(arena, merged);

    for (size_t i = 0; i < want.n && want.n < 40; i++)
        if (have.n < 50 && !str_list_has_nocase(&have, want.v[i]))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    struct str rest = str_n((const char *)data, size), terms = STR_NONE;
    struct str_list records = {0};

    while (size <= 4096 && rest.p && records.n < 5) {
        struct str line = str_cut(&rest, '\n');
        if (spf_is_record(line))
            str_list_add(arena, &records, line);
        else
            terms = line;
    }
    struct str merged = spf_merge_text(arena, &records, terms);
    if (!spf_is_record(merged))
        abort();
    for (size_t i = 0; i < records.n; i++)
        check_includes(arena, records.v[i], merged);
    struct str_list readable = spf_readable(arena, &records);
    for (size_t i = 0; i < records.n; i++) {
        struct str mended = spf_mend(arena, records.v[i]);
        if (readable.n != records.n || !spf_is_record(readable.v[i]) || (mended.n && !spf_is_record(mended)))
            abort();
    }
    struct str_list again = {0};
    str_list_add(arena, &again, merged);
    if (records.n < 2 && !str_eq(spf_merge_text(arena, &again, terms), merged))
        abort();
    struct str split = spf_split(arena, merged);
    if (split.n < merged.n + 2)
        abort();
    arena_free(arena);
    return 0;
}
