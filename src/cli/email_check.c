/* email_check.c - `launchready email check`: the domain's mail at a glance, and the e-mail checks of the audit. */
#include <jansson.h>
#include <stdlib.h>

#include "cli/audit_run.h"
#include "cli/cli.h"
#include "cli/email.h"
#include "cli/session.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "report/mail_map.h"
#include "report/report.h"

#define AUDIT_MOST_BYTES (32u * 1024u * 1024u)

/* One object: the map, with the audit's own object under "audit". */
static bool write_json(struct ask *q, const struct audit *audit, const struct report *report,
                       const struct report_options *options, struct buf *out)
{
    json_t *map = mail_map_json(q);
    struct buf b;
    bool whole = false;

    buf_init(&b, AUDIT_MOST_BYTES);
    if (map && report->write(audit, options, &b)) {
        json_object_set_new(map, "audit", json_loadb(buf_str(&b).p, buf_str(&b).n, 0, NULL));
        char *text = json_dumps(map, JSON_INDENT(2));
        whole = text && buf_add_cstr(out, text) && buf_add_char(out, '\n');
        free(text);
    }
    json_decref(map);
    buf_free(&b);
    return whole;
}

static bool write_all(struct session *s, const struct audit *audit, const struct report *report,
                      const struct report_options *options, struct buf *out)
{
    struct ask q = facts_ask(s->facts, s->arena);

    if (str_eq(str_of(report->name), STR("json")))
        return write_json(&q, audit, report, options, out);
    return mail_map_write(&q, options, out) && report->write(audit, options, out);
}

int email_check(const struct options *o)
{
    struct session *s = NULL;
    struct str_list scope = {0};
    struct err err;

    if (!session_open(o, &s, &err))
        return cli_complain(&err);
    str_list_add(s->arena, &scope, STR("email.*"));
    str_list_add(s->arena, &scope, STR("audit.email-provider"));
    int status = cli_audit(s, o, &scope, write_all);
    session_close(s);
    return status;
}
