#include "report/term.h"

#include <stdarg.h>

#include "core/arena.h"
#include "core/text.h"

static const char *const inks[] = {"", "1", "2", "1;31", "33", "32", "36"};

static void put_inked(struct term *t, enum ink ink, struct str s)
{
    bool colored = t->color && ink != INK_PLAIN && s.n;

    if (colored)
        buf_fmt(t->out, "\033[%sm", inks[ink]);
    buf_add(t->out, s);
    if (colored)
        buf_add_cstr(t->out, "\033[0m");
}

void term_ink(struct term *t, enum ink ink, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    struct str s = str_vfmt(t->arena, fmt, args);
    va_end(args);
    put_inked(t, ink, s);
}

void term_put(struct term *t, struct str s)
{
    buf_add(t->out, s);
}

void term_line(struct term *t)
{
    buf_add_char(t->out, '\n');
}

void term_spaces(struct term *t, int n)
{
    for (int i = 0; i < n; i++)
        buf_add_char(t->out, ' ');
}

void term_heading(struct term *t, enum ink ink, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    struct str s = str_vfmt(t->arena, fmt, args);
    va_end(args);
    term_line(t);
    put_inked(t, ink, s);
    term_line(t);
}

/* The longest beginning of word that takes at most that many columns; at least one character. */
static struct str that_fits(struct str word, int columns)
{
    size_t at = 0, end = 0;

    while (at < word.n) {
        (void)text_next(word, &at);
        if (end && text_columns(str_first(word, at)) > (size_t)columns)
            break;
        end = at;
    }
    return str_first(word, end);
}

void term_wrap(struct term *t, int at, int indent, struct str s)
{
    bool fresh = true; /* nothing on this line yet */

    while (s.p) {
        struct str word = str_cut(&s, ' ');
        bool whole = str_has(word, STR("://"));
        while (word.n) {
            int width = (int)text_columns(word), space = fresh ? 0 : 1;
            if (at + space + width <= t->columns || (fresh && at <= indent && whole)) {
                term_spaces(t, space);
                term_put(t, word);
                at += space + width;
                fresh = false;
                break;
            }
            if (fresh && at <= indent) { /* a whole line is too short for it */
                struct str part = that_fits(word, t->columns > indent ? t->columns - indent : 1);
                term_put(t, part);
                word = str_from(word, part.n);
            }
            term_line(t);
            term_spaces(t, indent);
            at = indent;
            fresh = true;
        }
    }
    term_line(t);
}

static void put_label(struct term *t, const char *label)
{
    int width = (int)text_columns(str_of(label));

    term_spaces(t, TERM_LABEL_AT);
    term_ink(t, INK_DIM, "%s", label);
    term_spaces(t, TERM_TEXT_AT - TERM_LABEL_AT - width);
}

void term_field(struct term *t, const char *label, struct str s)
{
    put_label(t, label);
    term_wrap(t, TERM_TEXT_AT, TERM_TEXT_AT, s);
}

void term_item(struct term *t, const char *label, struct str s)
{
    put_label(t, label ? label : "");
    term_wrap(t, TERM_TEXT_AT, TERM_TEXT_AT + 2, s);
}

void term_more(struct term *t, struct str s)
{
    term_spaces(t, TERM_TEXT_AT);
    term_wrap(t, TERM_TEXT_AT, TERM_TEXT_AT, s);
}

void term_verbatim(struct term *t, int indent, struct str s)
{
    term_spaces(t, indent);
    term_put(t, s);
    term_line(t);
}
