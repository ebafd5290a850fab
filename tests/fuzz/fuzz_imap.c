/* What an IMAP server answers to LIST and SEARCH: bounded, in order, explained when it is refused. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "proof/imap_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    struct str text = str_n((const char *)data, size);
    struct imap_folder *folders = NULL;
    uint32_t *found = NULL;
    struct err err = {.kind = ERR_NONE};
    size_t n = 0;

    if (imap_list_read(arena, text, &folders, &n, &err)) {
        if (n > IMAP_MOST_FOLDERS)
            abort();
        for (size_t i = 0; i < n; i++)
            if (!folders[i].name.n || (i && folders[i].use < folders[i - 1].use))
                abort();
    } else if (err.kind != ERR_LIMIT || !err.text[0]) {
        abort();
    }
    if (imap_search_read(arena, text, &found, &n, &err)) {
        for (size_t i = 0; i < n; i++)
            if (n > IMAP_MOST_FOUND || found[i] == 0)
                abort();
    } else if ((err.kind != ERR_LIMIT && err.kind != ERR_PARSE) || !err.text[0]) {
        abort();
    }
    arena_free(arena);
    return 0;
}
