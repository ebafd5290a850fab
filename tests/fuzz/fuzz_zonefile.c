/* fuzz_zonefile.c - a documented zone in master-file format: read, or refused with a line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "facts/fact_zone_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fact_zone_file f = {.n_records = 77};
    struct err err = {0};
    struct arena *arena;

    if (size > 64 * 1024)
        return 0;
    arena = arena_new(64u * 1024u * 1024u);
    if (zone_file_read(arena, str_n((const char *)data, size), STR("shop.example"), "fuzzed.zone", &f, &err))
        must(f.n_records <= ZONE_FILE_MOST_RECORDS && size > 0);
    else
        must(f.n_records == 77 && strstr(err.text, "fuzzed.zone"));
    arena_free(arena);
    return 0;
}
