#include "launch/launch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "launch/fields.h"

bool launch_has(const struct launch *launch, const char *key)
{
    for (size_t i = 0; i < launch->n_present; i++)
        if (str_eq(launch->present[i].key, str_of(key)))
            return true;
    return false;
}

int launch_line(const struct launch *launch, const char *key)
{
    struct str k = str_of(key);

    while (k.n) {
        for (size_t i = 0; i < launch->n_present; i++)
            if (str_eq(launch->present[i].key, k))
                return launch->present[i].line;
        while (k.n && k.p[--k.n] != '.' && k.p[k.n] != '[')
            ;
    }
    return 1;
}

const struct launch_secret_fault *launch_unset(const struct launch *launch, const char *key)
{
    struct str k = str_of(key);

    for (size_t i = 0; i < launch->n_unset_secrets; i++) {
        struct str at = launch->unset_secrets[i].key;
        if (str_starts(at, k) && (at.n == k.n || at.p[k.n] == '.' || at.p[k.n] == '['))
            return &launch->unset_secrets[i];
    }
    return NULL;
}

void launch_empty(struct launch *ret, struct str site)
{
    *ret = (struct launch){.path = "", .version = 1, .site = site};
    ret->edge.hsts_max_age_s = -1;
    field_fill_absent(launch_fields, (char *)ret);
}

const char *launch_find(struct arena *arena, const char *from_folder)
{
    char folder[PATH_MAX];

    if (!realpath(from_folder, folder))
        return NULL;
    for (;;) {
        const char *path = str_fmt(arena, "%s/launchready.yaml", strcmp(folder, "/") == 0 ? "" : folder).p;
        if (file_exists(path))
            return path;
        char *slash = strrchr(folder, '/');
        if (file_exists(str_fmt(arena, "%s/.git", folder).p) || !slash || strcmp(folder, "/") == 0)
            return NULL;
        slash[slash == folder] = '\0';
    }
}
