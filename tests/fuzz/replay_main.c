/* replay_main.c - runs a fuzz target over every file of its corpus, without a fuzzer.
 *
 * Each input lies in a heap buffer of exactly its size, so that the address sanitizer sees a read one byte past
 * it. Writes TAP: one line a file. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *all = NULL, *exact;
    size_t n = 0, capacity = 0, got;

    if (!f) {
        return false;
    }
    do {
        if (n == capacity) {
            capacity = capacity ? capacity * 2 : 4096;
            all = realloc(all, capacity);
            if (!all) {
                abort();
            }
        }
        got = fread(all + n, 1, capacity - n, f);
        n += got;
    } while (got);
    if (fclose(f)) {
        free(all);
        return false;
    }
    exact = malloc(n ? n : 1);
    if (!exact) {
        abort();
    }
    memcpy(exact, all, n);
    free(all);
    (void)LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return true;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    const char *folder = argc == 2 ? argv[1] : "";
    int n = scandir(folder, &entries, not_hidden, alphasort), n_bad = 0;

    if (n <= 0) {
        printf("1..1\nnot ok 1 - %s holds no corpus\n", folder);
        return 1;
    }
    printf("1..%d\n", n);
    for (int i = 0; i < n; i++) {
        char path[4096];
        bool ok;

        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        ok = replay(path);
        n_bad += !ok;
        printf("%s %d - %s\n", ok ? "ok" : "not ok", i + 1, entries[i]->d_name);
        (void)fflush(stdout); /* so that a crash is seen to belong to the next file */
        free(entries[i]);
    }
    free(entries);
    return n_bad != 0;
}
