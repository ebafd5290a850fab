/* log.h - diagnostics on stderr: one line an event, as text or as JSON. Never results. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>

#include "core/attr.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Once, before threads start. Default: LOG_WARN as text. */
void log_setup(enum log_level most, bool json);
bool log_wants(enum log_level level);
/* where: a word for the part of the program ("dns", "http"). Safe from any thread. */
void log_line(enum log_level level, const char *where, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
