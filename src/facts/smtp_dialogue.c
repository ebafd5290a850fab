/* Replies of a mail server, RFC 5321 section 4.2: read within limits, whatever is sent. */
#include <string.h>

#include "core/text.h"
#include "facts/smtp_inside.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "250-text", "250 text", "250"; the line's end is off. */
static bool read_code(struct str line, int *ret_code, bool *ret_last, struct str *ret_text)
{
    if (line.n < 3 || line.p[0] < '2' || line.p[0] > '5' || !is_digit(line.p[1]) || !is_digit(line.p[2]))
        return false;
    if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
        return false;
    *ret_code = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
    *ret_last = line.n == 3 || line.p[3] == ' ';
    *ret_text = str_from(line, line.n > 3 ? 4 : 3);
    return true;
}

/* The length of a status code of RFC 3463 at the beginning of text, of the same class as the reply's; 0: none. */
static size_t enhanced_length(struct str text, int code)
{
    size_t at = 1;

    if (text.n < 5 || text.p[0] != (char)('0' + code / 100) || code / 100 == 3)
        return 0;
    for (unsigned part = 0; part < 2; part++) {
        size_t digits = 0;
        if (at >= text.n || text.p[at] != '.')
            return 0;
        for (at++; at < text.n && is_digit(text.p[at]) && digits < 3; at++)
            digits++;
        if (!digits)
            return 0;
    }
    return at == text.n || text.p[at] == ' ' ? at : 0;
}

static void keep_line(struct arena *arena, struct smtp_reply *r, struct str text)
{
    size_t n = enhanced_length(text, r->code);

    if (n && !r->enhanced.n)
        r->enhanced = str_dup(arena, str_first(text, n));
    if (n)
        text = str_from(text, n < text.n ? n + 1 : n);
    if (r->lines.n < SMTP_KEPT_LINES)
        str_list_add(arena, &r->lines, text_shorten(arena, text_safe(arena, str_trim(text)), SMTP_KEPT_LINE_BYTES));
}

/* The next line of bytes from *at on, without its end; false when it is not whole. */
static bool next_line(struct str bytes, size_t *at, struct str *ret, bool *ret_bare_lf)
{
    struct str rest = str_from(bytes, *at);
    size_t end = str_find_char(rest, '\n');

    if (end == SIZE_MAX)
        return false;
    *at += end + 1;
    *ret = str_first(rest, end);
    if (end && rest.p[end - 1] == '\r')
        ret->n--;
    else
        *ret_bare_lf = true;
    return true;
}

static enum smtp_read broken(struct err *reterr, enum err_kind kind, const char *what)
{
    err_set(reterr, kind, "%s", what);
    return SMTP_BROKEN;
}

/* Walks to the end of the reply without keeping anything: it is called again whenever more has come. */
static enum smtp_read find_end(struct str bytes, int *ret_code, size_t *ret_used, struct err *reterr)
{
    struct str line, text;
    bool last = false, bare = false;
    size_t at = 0, start = 0;
    int first = 0, code;

    for (size_t n = 0; !last; n++) {
        start = at;
        if (n == SMTP_MOST_LINES)
            return broken(reterr, ERR_LIMIT, "one reply of the mail server has more than 500 lines");
        if (!next_line(bytes, &at, &line, &bare))
            break;
        if (line.n > SMTP_MOST_LINE_BYTES)
            return broken(reterr, ERR_LIMIT, "a line of the mail server is longer than 2048 bytes");
        if (!read_code(line, &code, &last, &text))
            return broken(reterr, ERR_PROTOCOL, "what answers does not speak SMTP: a line without a reply code");
        if (n && code != first)
            return broken(reterr, ERR_PROTOCOL, "the lines of one SMTP reply have different codes");
        first = code;
    }
    if (last) {
        *ret_code = first;
        *ret_used = at;
        return SMTP_WHOLE;
    }
    if (bytes.n - start > SMTP_MOST_LINE_BYTES)
        return broken(reterr, ERR_LIMIT, "a line of the mail server is longer than 2048 bytes");
    if (bytes.n >= SMTP_MOST_REPLY_BYTES)
        return broken(reterr, ERR_LIMIT, "one reply of the mail server is longer than 64 KiB");
    return SMTP_MORE;
}

enum smtp_read smtp_reply_read(struct arena *arena, struct str bytes, struct smtp_reply *ret, size_t *ret_used,
                               struct err *reterr)
{
    struct smtp_reply r = {.enhanced = STR_NONE};
    size_t used = 0, at = 0;
    enum smtp_read read = find_end(bytes, &r.code, &used, reterr);

    if (read != SMTP_WHOLE)
        return read;
    while (at < used) {
        struct str line, text;
        bool last;
        int code;
        if (!next_line(bytes, &at, &line, &r.bare_lf) || !read_code(line, &code, &last, &text))
            break;
        keep_line(arena, &r, text);
    }
    smtp_reply_join(arena, &r);
    *ret = r;
    *ret_used = used;
    return SMTP_WHOLE;
}

void smtp_reply_join(struct arena *arena, struct smtp_reply *reply)
{
    struct str text = STR_NONE;

    for (size_t i = 0; i < reply->lines.n && text.n <= SMTP_KEPT_TEXT_BYTES; i++)
        text = str_fmt(arena, "%.*s%s%.*s", STR_ARG(text), text.n ? " " : "", STR_ARG(reply->lines.v[i]));
    reply->text = text_shorten(arena, text, SMTP_KEPT_TEXT_BYTES);
}

bool smtp_reply_offers(const struct smtp_reply *ehlo, struct str extension)
{
    for (size_t i = 1; i < ehlo->lines.n; i++) {
        struct str rest = ehlo->lines.v[i];
        struct str word = str_cut(&rest, ' ');
        if (str_eq_nocase(word, extension))
            return true;
    }
    return false;
}

bool smtp_offers(const struct fact_smtp *s, const char *extension)
{
    return smtp_reply_offers(s->ehlo_tls.code ? &s->ehlo_tls : &s->ehlo, str_of(extension));
}

struct str smtp_reply_text(struct arena *arena, const struct smtp_reply *reply)
{
    if (!reply->code)
        return STR("no reply");
    return str_fmt(arena, "%d%s%.*s%s%.*s", reply->code, reply->enhanced.n ? " " : "", STR_ARG(reply->enhanced),
                   reply->text.n ? " " : "", STR_ARG(reply->text));
}

bool smtp_address_ok(struct str address)
{
    size_t n_at = 0;

    for (size_t i = 0; i < address.n; i++) {
        unsigned char c = (unsigned char)address.p[i];
        if (c <= ' ' || c == 0x7f || strchr("<>,\"\\", c))
            return false;
        n_at += c == '@';
    }
    return n_at == 1 && address.n <= 254 && address.p[0] != '@' && address.p[address.n - 1] != '@';
}
