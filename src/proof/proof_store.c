#include "proof/proof_store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/file.h"

struct str proof_path(struct arena *arena, const char *launch_path, const char *file)
{
    struct str folder = str_of(launch_path);

    while (folder.n && folder.p[folder.n - 1] != '/')
        folder.n--;
    return str_fmt(arena, "%.*s%s", STR_ARG(folder), file);
}

bool proof_store(struct arena *arena, const char *launch_path, const struct proof *proof, struct str message,
                 struct err *reterr)
{
    struct str path = proof_path(arena, launch_path, PROOF_FILE);
    struct str letter = proof_path(arena, launch_path, PROOF_MESSAGE_FILE);
    struct str folder = path;

    while (folder.n && folder.p[folder.n - 1] != '/')
        folder.n--;
    if (!file_make_folder(str_cstr(arena, str_first(folder, folder.n - 1)), reterr))
        return false;
    if (message.n) {
        if (!file_write(letter.p, message, reterr))
            return false;
    } else if (unlink(letter.p) != 0 && errno != ENOENT) {
        return err_set(reterr, ERR_SYSTEM, "cannot remove %s: %s", letter.p, strerror(errno));
    }
    return file_write(path.p, proof_write(arena, proof), reterr);
}

bool proof_load(struct arena *arena, const char *launch_path, struct proof *ret, struct err *reterr)
{
    struct str path = proof_path(arena, launch_path, PROOF_FILE), text;

    if (!file_read(arena, path.p, PROOF_MOST_BYTES, &text, reterr))
        return false;
    if (proof_read(arena, text, ret, reterr))
        return true;
    return err_at(reterr, "%s", path.p);
}
