#include "cli/command.h"

#include <stdint.h>
#include <string.h>

#include "cli/options.h"
#include "core/err.h"
#include "core/str.h"

const struct command command_rows[] = {
#define ROW(name, later, ...) {#name, __VA_ARGS__, later},
#define COMMAND(name, ...)    ROW(name, false, __VA_ARGS__)
#define LATER(name, ...)      ROW(name, true, __VA_ARGS__)
#include "cli/commands.def"
#undef COMMAND
#undef LATER
#undef ROW
};
const size_t n_command_rows = N_OF(command_rows);

const struct command *command_find(const char *name, struct err *reterr)
{
    struct str names[N_OF(command_rows)];

    for (size_t i = 0; i < n_command_rows; i++) {
        names[i] = str_of(command_rows[i].name);
        if (strcmp(command_rows[i].name, name) == 0)
            return &command_rows[i];
    }
    struct str nearest = str_nearest(str_of(name), names, n_command_rows);
    if (nearest.n)
        err_set(reterr, ERR_USAGE, "unknown command %s, did you mean %.*s?", name, STR_ARG(nearest));
    else if (name[0] == '-')
        err_set(reterr, ERR_USAGE, "expected a command before %s; see launchready help", name);
    else if (strchr(name, '.'))
        err_set(reterr, ERR_USAGE, "unknown command %s; to audit a site: launchready audit %s", name, name);
    else
        err_set(reterr, ERR_USAGE, "unknown command %s; see launchready help", name);
    return NULL;
}
