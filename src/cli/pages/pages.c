/* pages.c - a program of the build: writes the man pages and the shells' completions from the two tables.
 *
 * usage: launchready-pages FOLDER */
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/file.h"

#define PAGE_BYTES ((size_t)256 * 1024)

static void write_page(const char *folder, const char *name, struct buf *b)
{
    char path[4096];
    struct err err;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (b->full)
        err_set(&err, ERR_LIMIT, "%s is larger than %zu bytes", name, PAGE_BYTES);
    else if (file_write(path, buf_str(b), &err))
        return;
    (void)fprintf(stderr, "launchready-pages: %s\n", err.text);
    exit(1);
}

static void write_with(const char *folder, const char *name, void (*fill)(struct buf *b))
{
    struct buf b;

    buf_init(&b, PAGE_BYTES);
    fill(&b);
    write_page(folder, name, &b);
    buf_free(&b);
}

bool page_takes(const struct command *command, const struct option_row *row)
{
    return (row->set & command->sets) && !(row->kind == OPT_WORD && !option_words(row, command)[0]);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fputs("usage: launchready-pages FOLDER\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < n_command_rows; i++) {
        const struct command *c = &command_rows[i];
        char name[80];
        struct buf b;

        if (c->later)
            continue;
        buf_init(&b, PAGE_BYTES);
        man_of_command(&b, c);
        (void)snprintf(name, sizeof name, "launchready-%s.1", c->name);
        write_page(argv[1], name, &b);
        buf_free(&b);
    }
    struct buf b;
    buf_init(&b, PAGE_BYTES);
    man_of_program(&b);
    write_page(argv[1], "launchready.1", &b);
    buf_free(&b);

    write_with(argv[1], "launchready", complete_bash);
    write_with(argv[1], "_launchready", complete_zsh);
    write_with(argv[1], "launchready.fish", complete_fish);
    return 0;
}
