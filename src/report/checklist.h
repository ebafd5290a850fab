/* checklist.h - the catalogue written down: what `launchready checks` and `launchready explain` print. */
#ifndef REPORT_CHECKLIST_H
#define REPORT_CHECKLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

struct buf;
struct check;

struct checklist {
    const struct check *const *v; /* in the catalogue's order */
    size_t n;
    bool color;
    int columns; /* 0: 80 */
};

/* Each appends to out: false only when out is full. The format is text, term, json or markdown. */
bool checklist_write(const struct checklist *list, struct str format, struct buf *out);
/* One check, whole. */
bool checklist_explain(const struct checklist *one, struct str format, struct buf *out);

#endif
