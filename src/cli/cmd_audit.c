/* cmd_audit.c - `launchready audit`. */
#include "checks/check.h"
#include "cli/audit_run.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "core/err.h"

/* A pattern that fits no check is a typo: nothing would run, or nothing be skipped. */
static bool patterns_fit(const struct str_list *patterns, const char *option, struct err *reterr)
{
    size_t n_all;
    const struct check *all = checks_all(&n_all);

    for (size_t i = 0; i < patterns->n; i++) {
        bool fits = false;
        for (size_t c = 0; c < n_all && !fits; c++)
            fits = check_matches(&all[c], patterns->v[i]);
        if (!fits)
            return err_set(reterr, ERR_USAGE, "--%s %.*s fits no check; see launchready checks", option,
                           STR_ARG(patterns->v[i]));
    }
    return true;
}

int cmd_audit(const struct options *o)
{
    struct session *s = NULL;
    struct err err;
    int status;

    if (!patterns_fit(&o->only, "only", &err) || !patterns_fit(&o->skip, "skip", &err))
        return cli_complain(&err);
    if (!session_open(o, &s, &err))
        return cli_complain(&err);
    status = cli_audit(s, o, NULL, NULL);
    session_close(s);
    return status;
}
