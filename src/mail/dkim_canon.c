/* Canonicalization: RFC 6376 section 3.4. Bytes are streamed, so that a body is never copied to be hashed. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "mail/dkim_inside.h"

static void deliver(struct canon_sink *s, const char *p, size_t n)
{
    if (s->text)
        (void)buf_add(s->text, str_n(p, n));
    else if (n && !EVP_DigestUpdate(s->md, p, n))
        s->broken = true;
}

void canon_flush(struct canon_sink *s)
{
    deliver(s, s->hold, s->n);
    s->n = 0;
}

/* So many bytes were written behind what the hold has: those that count stay. */
static void canon_count(struct canon_sink *s, size_t n)
{
    s->total += n;
    if (n > s->left)
        n = (size_t)s->left;
    s->left -= n;
    s->n += n;
}

void canon_put(struct canon_sink *s, const char *p, size_t n)
{
    s->total += n;
    if (n > s->left)
        n = (size_t)s->left;
    s->left -= n;
    if (n > sizeof s->hold - s->n) {
        canon_flush(s);
        if (n > sizeof s->hold / 2) {
            deliver(s, p, n);
            return;
        }
    }
    if (n) {
        memcpy(s->hold + s->n, p, n);
        s->n += n;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* In a header field, folding is white space too; so is a CR or LF that stands alone, which receivers mend that way. */
static bool is_white(char c)
{
    return is_blank(c) || c == '\r' || c == '\n';
}

static void relaxed_field(struct canon_sink *s, struct str raw)
{
    size_t colon = str_find_char(raw, ':'), n_name = colon == SIZE_MAX ? raw.n : colon;
    struct str value = colon == SIZE_MAX ? STR_NONE : str_from(raw, colon + 1);

    while (n_name && is_white(raw.p[n_name - 1]))
        n_name--;
    for (size_t i = 0; i < n_name; i++) {
        char c = raw.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        canon_put(s, &c, 1);
    }
    canon_put(s, ":", 1);
    bool first = true;
    for (size_t i = 0; i < value.n;) {
        while (i < value.n && is_white(value.p[i]))
            i++;
        size_t from = i;
        while (i < value.n && !is_white(value.p[i]))
            i++;
        if (i == from)
            break;
        if (!first)
            canon_put(s, " ", 1);
        first = false;
        canon_put(s, value.p + from, i - from);
    }
}

void canon_field(struct canon_sink *s, struct str raw, enum dkim_canon canon, bool last)
{
    if (str_ends(raw, STR("\r\n")))
        raw.n -= 2;
    if (canon == DKIM_SIMPLE)
        canon_put(s, raw.p, raw.n);
    else
        relaxed_field(s, raw);
    if (!last)
        canon_put(s, "\r\n", 2);
}

static void simple_body(struct canon_sink *s, struct str body)
{
    while (str_ends(body, STR("\r\n")))
        body.n -= 2;
    canon_put(s, body.p, body.n);
    canon_put(s, "\r\n", 2);
}

/* One line without its end; runs of blanks are one space, those at the end are nothing. */
static void relaxed_line(struct canon_sink *s, const char *p, const char *end)
{
    while (p < end) {
        size_t room = sizeof s->hold - s->n, n = (size_t)(end - p) < room ? (size_t)(end - p) : room;
        if (!n) {
            canon_flush(s);
            continue;
        }
        char *from = s->hold + s->n, *to = from;
        for (const char *stop = p + n; p < stop;) {
            char c = *p++;
            if (is_blank(c)) {
                c = ' ';
                while (is_blank(*p)) /* ends before end, which follows something that is not blank */
                    p++;
            }
            *to++ = c;
        }
        canon_count(s, (size_t)(to - from));
    }
}

/* The end of the line that starts at p: its CRLF, or the end of the text. */
static const char *line_end(const char *p, const char *end)
{
    for (const char *from = p, *lf; (lf = memchr(from, '\n', (size_t)(end - from))); from = lf + 1)
        if (lf > p && lf[-1] == '\r')
            return lf - 1;
    return end;
}

static void relaxed_body(struct canon_sink *s, struct str body)
{
    const char *p = body.p, *end = body.p + body.n;
    size_t n_empty = 0;

    while (p < end) {
        const char *stop = line_end(p, end), *text_end = stop;
        while (text_end > p && is_blank(text_end[-1]))
            text_end--;
        if (text_end == p) {
            n_empty++;
        } else {
            for (; n_empty; n_empty--)
                canon_put(s, "\r\n", 2);
            relaxed_line(s, p, text_end);
            canon_put(s, "\r\n", 2);
        }
        p = stop == end ? end : stop + 2;
    }
}

void canon_body(struct canon_sink *s, struct str body, enum dkim_canon canon)
{
    if (canon == DKIM_SIMPLE)
        simple_body(s, body);
    else
        relaxed_body(s, body);
    canon_flush(s);
}

static struct str taken(struct arena *arena, struct canon_sink *s)
{
    canon_flush(s);
    struct str out = str_dup(arena, buf_str(s->text));
    buf_free(s->text);
    return out;
}

struct str dkim_canon_field(struct arena *arena, struct str raw, enum dkim_canon canon)
{
    struct buf b;

    buf_init(&b, raw.n + 4);
    struct canon_sink s = {.text = &b, .left = UINT64_MAX};
    canon_field(&s, raw, canon, false);
    return taken(arena, &s);
}

struct str dkim_canon_body(struct arena *arena, struct str body, enum dkim_canon canon)
{
    struct buf b;

    buf_init(&b, body.n + 4);
    struct canon_sink s = {.text = &b, .left = UINT64_MAX};
    canon_body(&s, body, canon);
    return taken(arena, &s);
}
