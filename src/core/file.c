#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

static bool fail(struct err *reterr, const char *what, const char *path)
{
    int cause = errno;

    err_set(reterr, ERR_SYSTEM, "cannot %s %s: %s", what, path, strerror(cause));
    return err_at(reterr, "%s", path);
}

static bool read_all(int fd, const char *path, struct buf *b, struct err *reterr)
{
    char piece[16384];

    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(reterr, "read", path);
        if (got == 0)
            return true;
        if (!buf_add(b, str_n(piece, (size_t)got))) {
            err_set(reterr, ERR_LIMIT, "%s is larger than %zu bytes", path, b->most);
            return err_at(reterr, "%s", path);
        }
    }
}

bool file_read(struct arena *arena, const char *path, size_t most_bytes, struct str *ret, struct err *reterr)
{
    struct stat st;
    struct buf b;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return fail(reterr, "open", path);
    buf_init(&b, most_bytes);
    bool ok = fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode));
    if (!ok)
        err_set(reterr, ERR_SYSTEM, "%s is not a file", path);
    else if (fcntl(fd, F_SETFL, 0) < 0)
        ok = fail(reterr, "read", path);
    else
        ok = read_all(fd, path, &b, reterr);
    close(fd);
    if (ok)
        *ret = str_dup(arena, buf_str(&b));
    buf_free(&b);
    return ok;
}

static bool write_all(int fd, struct str text)
{
    while (text.n) {
        ssize_t put = write(fd, text.p, text.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        text = str_from(text, (size_t)put);
    }
    return true;
}

/* A rename lasts only once its folder is on disk. */
static void sync_folder_of(const char *path)
{
    char *folder = strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;

    if (slash)
        slash[slash == folder] = '\0';
    int fd = folder ? open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

static bool write_beside(const char *path, struct str text, struct err *reterr)
{
    struct stat old;
    char temporary[4096];

    if ((size_t)snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= sizeof temporary)
        return err_set(reterr, ERR_SYSTEM, "the path %.100s... is too long", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fail(reterr, "write", path);
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = stat(path, &old) == 0 ? old.st_mode & 0777 : 0666 & ~mask;
    bool ok = fchmod(fd, mode) == 0 && write_all(fd, text) && fsync(fd) == 0;
    ok = (close(fd) == 0) & ok;
    if (ok && rename(temporary, path) == 0) {
        sync_folder_of(path);
        return true;
    }
    fail(reterr, "write", path);
    unlink(temporary);
    return false;
}

bool file_write(const char *path, struct str text, struct err *reterr)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, text) || fail(reterr, "write to", "standard output");
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
        return write_beside(path, text, reterr);
    int fd = open(path, O_WRONLY | O_CLOEXEC); /* /dev/null, a pipe: nothing to rename onto */
    if (fd < 0)
        return fail(reterr, "write", path);
    bool ok = write_all(fd, text) || fail(reterr, "write", path);
    if (close(fd) != 0 && ok)
        ok = fail(reterr, "write", path);
    return ok;
}

bool file_make_folder(const char *path, struct err *reterr)
{
    char part[4096];
    size_t n = strlen(path);

    if (n == 0 || n >= sizeof part)
        return err_set(reterr, ERR_SYSTEM, "a folder's path must have 1 to %zu bytes", sizeof part - 1);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return fail(reterr, "create the folder", part);
        part[i] = kept;
    }
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return err_set(reterr, ERR_SYSTEM, "%s is not a folder", path);
    return true;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
