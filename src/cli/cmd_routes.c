/* cmd_routes.c - `launchready routes`: the routing map, or with --zone the DNS records behind it. */
#include "cli/cli.h"
#include "cli/session.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/err.h"
#include "report/routes_map.h"

#define MAP_MOST_BYTES (16u * 1024u * 1024u)

/* The result is out, or *reterr says why there is none. */
static bool make(struct session *s, const struct options *o, struct buf *out, struct err *reterr)
{
    struct ask q = facts_ask(s->facts, s->arena);
    struct route_map map;
    bool seen = o->zone ? routes_map_zone(&q, &map) : routes_map_make(&q, &map);

    if (!seen)
        return ask_failed(&q, reterr);
    if (cancel_asked(s->cancel))
        return err_set(reterr, ERR_CANCELLED, "interrupted");
    bool whole = o->zone ? routes_zone_write(&map, s->arena, out)
                         : routes_map_write(&map, s->arena, str_of(cli_format(o)), cli_wants_color(o), out);
    return whole || err_set(reterr, ERR_LIMIT, "the map is larger than %u bytes", MAP_MOST_BYTES);
}

int cmd_routes(const struct options *o)
{
    struct session *s = NULL;
    struct err err;
    struct buf out;
    int status;

    if (!session_open(o, &s, &err))
        return cli_complain(&err);
    buf_init(&out, MAP_MOST_BYTES);
    if ((o->offline || session_target_exists(s, &err)) && make(s, o, &out, &err))
        status = cli_finish(o, buf_str(&out), EXIT_OK);
    else
        status = cli_complain(&err);
    if (o->record && !facts_record(s->facts, o->record, &err))
        status = cli_complain(&err);
    buf_free(&out);
    session_close(s);
    return status;
}
