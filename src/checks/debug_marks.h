/* debug_marks.h - texts that only a framework's debug mode writes into a page. */
#ifndef CHECKS_DEBUG_MARKS_H
#define CHECKS_DEBUG_MARKS_H

#include <stdbool.h>

#include "core/str.h"

/* True when body holds one: the text itself, and what it is ("Django's debug page"). */
bool debug_mark_in(struct str body, struct str *ret_mark, struct str *ret_what);

#endif
