/* cmd_email.c - `launchready email PART`: which part. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/email.h"
#include "core/err.h"

static const struct {
    const char *name;
    int (*run)(const struct options *o);
} parts[] = {
    {"check", email_check},
    {"spf", email_spf},
    {"verify", email_verify},
    {"test-send", email_test_send},
};

int cmd_email(const struct options *o)
{
    struct str names[N_OF(parts)], word = str_of(o->args[0]);
    struct command part = *o->command;
    struct options own = *o;
    char title[32];
    struct err err;

    own.args++;
    own.n_args--;
    for (size_t i = 0; i < N_OF(parts); i++) {
        names[i] = str_of(parts[i].name);
        if (!str_eq(word, names[i]))
            continue;
        (void)snprintf(title, sizeof title, "email %s", parts[i].name); /* what messages call the command */
        part.name = title;
        own.command = &part;
        return parts[i].run(&own);
    }
    struct str nearest = str_nearest(word, names, N_OF(parts));
    if (nearest.n)
        err_set(&err, ERR_USAGE, "email has no part %s, did you mean %.*s?", o->args[0], STR_ARG(nearest));
    else
        err_set(&err, ERR_USAGE, "email has no part %s; see launchready help email", o->args[0]);
    return cli_complain(&err);
}
