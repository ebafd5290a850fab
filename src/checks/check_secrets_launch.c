/* check_secrets_launch.c - the launch file keeps no secret of its own. */
#include "checks/catalogue.h"
#include "checks/check.h"
#include "facts/facts.h"
#include "launch/launch.h"

void check_secrets_launch_file(struct ask *q, struct findings *out)
{
    for (size_t i = 0; i < q->launch->n_literal_secrets; i++) {
        const struct launch_secret_fault *fault = &q->launch->literal_secrets[i];
        struct finding *f =
            say(out, FAIL, str_of(q->launch->path), "%.*s is written in the launch file itself", STR_ARG(fault->key));
        f->key = f->section = fault->key;
        finding_evidence(out, f, "line", STR_NONE, q->now_s, "%s:%d, value not shown", q->launch->path, fault->line);
        finding_fix(out, f,
                    "Rotate the secret where it was issued, write %.*s: \"${NAME}\" in the file, and set NAME in the "
                    "environment of whoever runs launchready",
                    STR_ARG(fault->key));
    }
}
