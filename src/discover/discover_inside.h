/* discover_inside.h - shared by the files of this room. */
#ifndef DISCOVER_DISCOVER_INSIDE_H
#define DISCOVER_DISCOVER_INSIDE_H

#include "core/buf.h"
#include "discover/discover.h"
#include "facts/facts.h"

void discovery_known(struct ask *q, struct discovered *d, const char *what, const char *fmt, ...) PRINTF_LIKE(4, 5);
void discovery_unknown(struct ask *q, struct discovered *d, const char *what, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Who receives and who may send, from MX, SPF includes and well-known selectors' absence. Writes the email section. */
void discover_mail(struct ask *q, struct discovered *d, struct buf *out);

#endif
