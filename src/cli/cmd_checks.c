/* cmd_checks.c - `launchready checks`: the catalogue. */
#include "checks/check.h"
#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "report/checklist.h"

#define LIST_MOST_BYTES (4u * 1024u * 1024u)

static bool any_fits(const struct check *c, const struct str_list *patterns)
{
    for (size_t i = 0; i < patterns->n; i++)
        if (check_matches(c, patterns->v[i]))
            return true;
    return false;
}

static bool is_wanted(const struct options *o, const struct check *c)
{
    return (!o->only.n || any_fits(c, &o->only)) && !any_fits(c, &o->skip) && (!o->stage || c->stage == o->stage);
}

int cmd_checks(const struct options *o)
{
    struct arena *arena = arena_new(LIST_MOST_BYTES);
    size_t n_all;
    const struct check *all = checks_all(&n_all), **wanted = arena_array(arena, n_all, sizeof *wanted);
    struct checklist list = {.v = wanted, .color = cli_wants_color(o)};
    struct buf out;
    struct err err;
    int status;

    for (size_t i = 0; i < n_all; i++)
        if (is_wanted(o, &all[i]))
            wanted[list.n++] = &all[i];
    buf_init(&out, LIST_MOST_BYTES);
    if (!list.n) {
        err_set(&err, ERR_USAGE, "no check fits --only, --skip and --stage; launchready checks lists all");
        status = cli_complain(&err);
    } else if (!checklist_write(&list, str_of(cli_format(o)), &out)) {
        err_set(&err, ERR_LIMIT, "the list is larger than %u bytes", LIST_MOST_BYTES);
        status = cli_complain(&err);
    } else {
        status = cli_finish(o, buf_str(&out), EXIT_OK);
    }
    buf_free(&out);
    arena_free(arena);
    return status;
}
