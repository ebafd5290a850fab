/* cmd_explain.c - `launchready explain ID`: one check of the catalogue in full. */
#include "checks/check.h"
#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/text.h"
#include "report/checklist.h"

#define PAGE_MOST_BYTES (1024u * 1024u)

static int complain_of_unknown(struct arena *arena, struct str id)
{
    size_t n;
    const struct check *all = checks_all(&n);
    struct str *ids = arena_array(arena, n, sizeof *ids);
    struct err err;

    for (size_t i = 0; i < n; i++)
        ids[i] = str_of(all[i].id);
    struct str nearest = str_nearest(id, ids, n), shown = text_shorten(arena, text_safe(arena, id), 80);
    if (nearest.n)
        err_set(&err, ERR_USAGE, "no check is called %.*s, did you mean %.*s?", STR_ARG(shown), STR_ARG(nearest));
    else
        err_set(&err, ERR_USAGE, "no check is called %.*s; launchready checks lists them", STR_ARG(shown));
    return cli_complain(&err);
}

int cmd_explain(const struct options *o)
{
    struct arena *arena = arena_new(PAGE_MOST_BYTES);
    struct str id = str_of(o->args[0]);
    const struct check *check = check_by_id(id);
    struct buf out;
    int status;

    buf_init(&out, PAGE_MOST_BYTES);
    if (!check) {
        status = complain_of_unknown(arena, id);
    } else {
        struct checklist one = {.v = &check, .n = 1, .color = cli_wants_color(o)};
        (void)checklist_explain(&one, str_of(cli_format(o)), &out); /* a page is far below the ceiling */
        status = cli_finish(o, buf_str(&out), EXIT_OK);
    }
    buf_free(&out);
    arena_free(arena);
    return status;
}
