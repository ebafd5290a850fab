/* cmd_init.c - `launchready init`: a launch file from what can be seen. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/err.h"
#include "core/file.h"
#include "discover/discover.h"
#include "facts/facts.h"

#define DEFAULT_FILE "launchready.yaml"

static void write_text(const struct discovered *d, const char *path, struct buf *out)
{
    buf_add_cstr(out, "Found\n");
    for (size_t i = 0; i < d->n; i++)
        if (d->v[i].known)
            buf_fmt(out, "  %-22.*s %.*s\n", STR_ARG(d->v[i].what), STR_ARG(d->v[i].value));
    buf_add_cstr(out, "\nCould not know\n");
    for (size_t i = 0; i < d->n; i++)
        if (!d->v[i].known)
            buf_fmt(out, "  %-22.*s %.*s\n", STR_ARG(d->v[i].what), STR_ARG(d->v[i].value));
    buf_fmt(out, "\nWrote %s. Read it, correct it, then: launchready audit\n", path);
}

static bool write_json(const struct discovered *d, const char *path, struct buf *out)
{
    json_t *root = json_object(), *found = json_array(), *unknown = json_array();

    for (size_t i = 0; i < d->n; i++)
        json_array_append_new(d->v[i].known ? found : unknown,
                              json_pack("{s:s%, s:s%}", "what", d->v[i].what.p, d->v[i].what.n, "value",
                                        d->v[i].value.p, d->v[i].value.n));
    json_object_set_new(root, "schema", json_string("launchready.init/1"));
    json_object_set_new(root, "file", json_string(path));
    json_object_set_new(root, "found", found);
    json_object_set_new(root, "unknown", unknown);
    char *text = json_dumps(root, JSON_INDENT(1));
    bool ok = text && buf_add_cstr(out, text) && buf_add_char(out, '\n');
    free(text);
    json_decref(root);
    return ok;
}

static int write_results(const struct options *o, const struct discovered *d, const char *path, struct err *err)
{
    struct options to_stdout = *o;
    struct buf out;
    int status = 0;

    if (!file_write(path, d->yaml, err))
        return cli_complain(err);
    if (strcmp(path, "-") == 0)
        return 0;
    to_stdout.output = NULL;
    buf_init(&out, (size_t)4 * 1024 * 1024);
    if (strcmp(cli_format(&to_stdout), "json") == 0) {
        if (!write_json(d, path, &out)) {
            err_set(err, ERR_SYSTEM, "cannot write what was found as JSON");
            status = cli_complain(err);
        }
    } else if (!o->quiet) {
        write_text(d, path, &out);
    }
    if (status == 0)
        status = cli_finish(&to_stdout, buf_str(&out), 0);
    buf_free(&out);
    return status;
}

static int look_and_write(struct session *s, const struct options *o, const char *path)
{
    struct ask q = facts_ask(s->facts, s->arena);
    struct discovered d;
    struct err err;

    discover(&q, STR("."), &d);
    if (cancel_asked(s->cancel)) {
        err_set(&err, ERR_CANCELLED, "interrupted: nothing was written");
        return cli_complain(&err);
    }
    if (o->record && !facts_record(s->facts, o->record, &err))
        return cli_complain(&err);
    return write_results(o, &d, path, &err);
}

int cmd_init(const struct options *o)
{
    const char *path = o->output ? o->output : DEFAULT_FILE;
    struct session *s = NULL;
    struct err err;

    if (strcmp(path, "-") != 0 && file_exists(path) && !o->force) {
        err_set(&err, ERR_USAGE, "%s is there already; --force replaces it, -o FILE writes elsewhere", path);
        return cli_complain(&err);
    }
    if (!session_open_without_file(o, &s, &err))
        return cli_complain(&err);
    int status = o->offline || session_target_exists(s, &err) ? look_and_write(s, o, path) : cli_complain(&err);
    session_close(s);
    return status;
}
