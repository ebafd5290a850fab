/* email_check.c - `launchready email check`: the e-mail checks of the audit. */
#include "cli/audit_run.h"
#include "cli/cli.h"
#include "cli/email.h"
#include "cli/session.h"
#include "core/arena.h"
#include "core/err.h"

int email_check(const struct options *o)
{
    struct session *s = NULL;
    struct str_list only = {0};
    struct err err;

    if (!session_open(o, &s, &err))
        return cli_complain(&err);
    str_list_add(s->arena, &only, STR("email.*"));
    str_list_add(s->arena, &only, STR("audit.email-provider"));
    int status = cli_audit(s, o, &only);
    session_close(s);
    return status;
}
