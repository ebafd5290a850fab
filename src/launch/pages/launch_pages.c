/* launch_pages.c - a program of the build: writes the launch file's schema and reference into a folder.
 *
 * usage: launch-docs FOLDER */
#include <stdio.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/file.h"
#include "launch/fields.h"

#define PAGE_BYTES ((size_t)1024 * 1024)

static bool write_page(const char *folder, const char *name, void (*fill)(struct buf *out))
{
    char path[4096];
    struct buf b;
    struct err err = {0};

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    buf_init(&b, PAGE_BYTES);
    fill(&b);
    bool ok = b.full ? err_set(&err, ERR_LIMIT, "%s is larger than %zu bytes", name, PAGE_BYTES)
                     : file_write(path, buf_str(&b), &err);
    buf_free(&b);
    if (!ok)
        (void)fprintf(stderr, "launch-docs: %s\n", err.text);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: launch-docs FOLDER\n");
        return 2;
    }
    return write_page(argv[1], "launchready.schema.json", launch_write_schema) &&
                   write_page(argv[1], "launch-file.md", launch_write_reference)
               ? 0
               : 1;
}
