/* file.h - whole files, read with a limit and written atomically. */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct err;

/* Reads all of path into the arena. ERR_SYSTEM when it cannot be read, ERR_LIMIT past most_bytes. Only regular
 * files and pipes are read; a folder or device is ERR_SYSTEM. */
MUST_CHECK bool file_read(struct arena *arena, const char *path, size_t most_bytes, struct str *ret,
                          struct err *reterr);

/* Writes through a temporary file in the same folder, fsync and rename: readers see the old text or the new one,
 * also after a power cut. A path of "-" is standard output. */
MUST_CHECK bool file_write(const char *path, struct str text, struct err *reterr);

/* Creates the folder and those above it (mode 0755, or as the umask says). */
MUST_CHECK bool file_make_folder(const char *path, struct err *reterr);

bool file_exists(const char *path);

#endif
