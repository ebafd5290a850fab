/* message_report.h - a verified message told to a person, and as JSON (docs/json.md: launchready.message/1). */
#ifndef REPORT_MESSAGE_REPORT_H
#define REPORT_MESSAGE_REPORT_H

#include "core/buf.h"
#include "core/str.h"

struct arena;
struct verify_report;

/* False when out is full. */
bool message_report_text(const struct verify_report *r, struct arena *arena, bool color, struct buf *out);
/* One object with its line end; compact: on one line, for several messages. index: from 1 within a mailbox, 0: alone.
 */
bool message_report_json(const struct verify_report *r, struct arena *arena, bool compact, size_t index,
                         struct buf *out);
/* The same place for a message that could not be read. */
bool message_report_unread(const char *why, size_t index, struct buf *out);

/* The value of a field for people: unfolded, safe, cut. */
struct str message_report_field(struct arena *arena, const struct verify_report *r, const char *name, size_t most);
/* "spf", "dkim", "spf+dkim", or empty. */
const char *message_report_aligned_by(const struct verify_report *r);

#endif
