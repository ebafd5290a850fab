#include "mail/message.h"

#include <string.h>

#include "core/arena.h"
#include "core/err.h"

#define LINE_MOST_OCTETS 998u /* RFC 5322 section 2.1.1 */

/* The text with every LF that has no CR before it made CRLF. */
static struct str with_crlf(struct arena *arena, struct str text)
{
    size_t n_lines = 0;

    for (const char *p = text.p, *end = text.p + text.n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        n_lines++;
    char *to = arena_alloc(arena, text.n + n_lines + 1);
    size_t n = 0;
    for (struct str rest = text; rest.n;) {
        size_t at = str_find_char(rest, '\n');
        struct str line = str_first(rest, at);
        memcpy(to + n, line.p, line.n);
        n += line.n;
        if (at == SIZE_MAX)
            break;
        if (!line.n || line.p[line.n - 1] != '\r')
            to[n++] = '\r';
        to[n++] = '\n';
        rest = str_from(rest, at + 1);
    }
    return str_n(to, n);
}

/* Where the line that starts at from ends: past its CRLF. *ret_text_end: before it. */
static size_t line_end(struct str s, size_t from, size_t *ret_text_end)
{
    for (size_t at = from; at < s.n;) {
        const char *lf = memchr(s.p + at, '\n', s.n - at);
        if (!lf)
            break;
        size_t i = (size_t)(lf - s.p);
        if (i > from && s.p[i - 1] == '\r') {
            *ret_text_end = i - 1;
            return i + 1;
        }
        at = i + 1;
    }
    *ret_text_end = s.n;
    return s.n;
}

static unsigned look_for_oddities(struct str s)
{
    unsigned found = s.n && memchr(s.p, '\0', s.n) ? MESSAGE_NUL : 0;
    const char *p = s.p, *end = s.p + s.n, *line = p;

    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        const char *stop = lf ? lf : end;
        bool whole = lf && lf > p && lf[-1] == '\r';
        if (lf && !whole)
            found |= MESSAGE_BARE_LF;
        if (stop - p > whole && memchr(p, '\r', (size_t)(stop - p) - whole))
            found |= MESSAGE_BARE_CR;
        if (whole || !lf) {
            if ((size_t)(stop - line) - whole > LINE_MOST_OCTETS)
                found |= MESSAGE_LONG_LINE;
            line = stop + 1;
        }
        p = stop + 1;
    }
    return found;
}

static bool has_eight_bit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return true;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Name and value of a field whose raw text is set; false when it is not "name: value" (RFC 5322 section 2.2). */
static bool split_field(struct message_field *f)
{
    struct str text = f->raw;

    if (str_ends(text, STR("\r\n")))
        text.n -= 2;
    size_t colon = str_find_char(text, ':'), n = colon == SIZE_MAX ? 0 : colon;
    while (n && is_blank(text.p[n - 1])) /* section 4.5: white space before the colon is obsolete */
        n--;
    for (size_t i = 0; i < n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~')
            n = 0;
    f->name = str_first(text, n);
    f->value = n ? str_from(text, colon + 1) : text;
    return n > 0;
}

/* A header line that ends the text without a line end gets one, so that every field has its CRLF. */
static struct str close_header(struct arena *arena, struct str s)
{
    char *to = arena_alloc(arena, s.n + 3);

    memcpy(to, s.p, s.n);
    to[s.n] = '\r';
    to[s.n + 1] = '\n';
    return str_n(to, s.n + 2);
}

static bool ends_in_header(struct str s)
{
    return !str_ends(s, STR("\r\n")) && !str_has(s, STR("\r\n\r\n"));
}

static bool read_fields(struct arena *arena, struct message *m, bool *ret_any, struct err *reterr)
{
    size_t at = 0, capacity = 0, text_end;
    int line = 1;

    *ret_any = false;
    m->oddities |= MESSAGE_NO_BODY;
    while (at < m->bytes.n) {
        struct message_field f = {.line = line};
        size_t from = at;
        line++;
        at = line_end(m->bytes, from, &text_end);
        if (text_end == from) {
            m->oddities &= ~(unsigned)MESSAGE_NO_BODY;
            break;
        }
        for (; at < m->bytes.n && is_blank(m->bytes.p[at]); line++)
            at = line_end(m->bytes, at, &text_end);
        if (m->n_fields == MESSAGE_MOST_FIELDS)
            return err_set(reterr, ERR_LIMIT, "the message has more than %u header fields", MESSAGE_MOST_FIELDS);
        f.raw = str_n(m->bytes.p + from, at - from);
        if (split_field(&f))
            *ret_any = true;
        else
            m->oddities |= MESSAGE_BROKEN_FIELD;
        if (has_eight_bit(f.raw))
            m->oddities |= MESSAGE_EIGHT_BIT_HEADER;
        *ARENA_PUSH(arena, m->fields, m->n_fields, capacity) = f;
    }
    m->body = str_from(m->bytes, at);
    return true;
}

bool message_parse(struct arena *arena, struct str text, struct message *ret, struct err *reterr)
{
    struct message m = {.bytes = text};
    bool any;

    if (text.n > MESSAGE_MOST_BYTES)
        return err_set(reterr, ERR_LIMIT, "the message has %zu bytes; %u are read", text.n, MESSAGE_MOST_BYTES);
    if (str_starts(m.bytes, STR("From "))) {
        size_t at = str_find_char(m.bytes, '\n');
        m.bytes = at == SIZE_MAX ? str_n(m.bytes.p, 0) : str_from(m.bytes, at + 1);
    }
    /* The first line tells a file with LF line ends from a message that has a stray LF. */
    size_t lf = str_find_char(m.bytes, '\n');
    if (lf != SIZE_MAX && (lf == 0 || m.bytes.p[lf - 1] != '\r')) {
        m.had_lf = true;
        m.bytes = with_crlf(arena, m.bytes);
    }
    if (m.bytes.n && ends_in_header(m.bytes))
        m.bytes = close_header(arena, m.bytes);
    m.oddities = look_for_oddities(m.bytes);
    if (!read_fields(arena, &m, &any, reterr))
        return false;
    if (!any)
        return err_set(reterr, ERR_PARSE, "this is not a message: it does not begin with a header field");
    *ret = m;
    return true;
}

const struct message_field *message_field(const struct message *m, struct str name, size_t nth)
{
    for (size_t i = 0; i < m->n_fields; i++)
        if (str_eq_nocase(m->fields[i].name, name) && nth-- == 0)
            return &m->fields[i];
    return NULL;
}

size_t message_count(const struct message *m, struct str name)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_fields; i++)
        n += str_eq_nocase(m->fields[i].name, name);
    return n;
}

struct str message_unfold(struct arena *arena, struct str value)
{
    char *to = arena_alloc(arena, value.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] != '\r' && value.p[i] != '\n')
            to[n++] = value.p[i];
    return str_trim(str_n(to, n));
}

/* "From someone Tue Nov 24 10:00:00 2026": told from a sentence by its time of day. */
static bool is_separator(struct str s)
{
    if (!str_starts(s, STR("From ")))
        return false;
    s = str_first(s, str_find_char(s, '\n'));
    for (size_t i = 7; i + 2 < s.n && i < 400; i++)
        if (s.p[i] == ':' && s.p[i - 1] >= '0' && s.p[i - 1] <= '9' && s.p[i - 2] >= '0' && s.p[i - 2] <= '9' &&
            s.p[i + 1] >= '0' && s.p[i + 1] <= '9' && s.p[i + 2] >= '0' && s.p[i + 2] <= '9')
            return true;
    return false;
}

bool message_next(struct str *rest, struct str *ret)
{
    struct str all = *rest;

    if (!all.n)
        return false;
    *rest = str_n(NULL, 0);
    *ret = all;
    if (!str_starts(all, STR("From ")))
        return true;
    for (size_t from = 0, found; (found = str_find(str_from(all, from), STR("\nFrom "))) != SIZE_MAX;) {
        size_t lf = from + found, line = lf + 1;
        size_t before = lf && all.p[lf - 1] == '\r' ? lf - 1 : lf;
        if (before && all.p[before - 1] == '\n' && is_separator(str_from(all, line))) {
            *ret = str_first(all, before);
            *rest = str_from(all, line);
            break;
        }
        from = line;
    }
    return true;
}
