/* term.h - lines for people: colour, width, wrapping. */
#ifndef REPORT_TERM_H
#define REPORT_TERM_H

#include "core/buf.h"
#include "core/str.h"

struct arena;

struct term {
    struct buf *out;
    struct arena *arena;
    bool color;
    bool ascii; /* no drawing characters of ours */
    int columns;
};

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_RED, INK_YELLOW, INK_GREEN, INK_BLUE };

void term_ink(struct term *t, enum ink ink, const char *fmt, ...) PRINTF_LIKE(3, 4);
void term_put(struct term *t, struct str s);
void term_line(struct term *t); /* ends the line */
void term_spaces(struct term *t, int n);
void term_heading(struct term *t, enum ink ink, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Words of s from column `at` on, later lines indented by `indent`; ends the line. A word that is longer than the
 * line is broken, but for URLs, which stay whole so that they can be pasted. */
void term_wrap(struct term *t, int at, int indent, struct str s);

/* "  Label     text", wrapped behind the label. */
void term_field(struct term *t, const char *label, struct str s);
/* The same without the label: goes on under the field's text. */
void term_more(struct term *t, struct str s);
/* One of several entries of a field, the first with the label (NULL: a later one); its own later lines hang. */
void term_item(struct term *t, const char *label, struct str s);
/* A line to paste: never wrapped, broken or cut. */
void term_verbatim(struct term *t, int indent, struct str s);

#define TERM_LABEL_AT 3
#define TERM_TEXT_AT  13

#endif
