#include "report/escape.h"

#include <string.h>

#include "core/text.h"

void escape_xml(struct buf *out, struct str s)
{
    for (size_t at = 0, from = 0; at < s.n; from = at) {
        switch (text_next(s, &at)) {
        case '&': buf_add_cstr(out, "&amp;"); break;
        case '<': buf_add_cstr(out, "&lt;"); break;
        case '>': buf_add_cstr(out, "&gt;"); break;
        case '"': buf_add_cstr(out, "&quot;"); break;
        case '\'': buf_add_cstr(out, "&#39;"); break;
        case 0xfffe: /* not characters of XML 1.0 (section 2.2) */
        case 0xffff: buf_add_char(out, '?'); break;
        default: buf_add(out, str_n(s.p + from, at - from));
        }
    }
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void escape_markdown(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word_before = i && is_word(s.p[i - 1]);
        if (c == '\n' || c == '\r') {
            buf_add_char(out, ' ');
        } else if (c == '<') {
            buf_add_cstr(out, "&lt;");
        } else if (c == '>') {
            buf_add_cstr(out, "&gt;");
        } else if (c == '&') {
            buf_add_cstr(out, "&amp;");
        } else if (c == '@' && !word_before) {
            buf_add_cstr(out, "@<!-- -->"); /* else a stranger's page notifies people */
        } else {
            bool dot = c == '.' && i >= 3 && str_eq_nocase(str_n(s.p + i - 3, 3), STR("www"));
            bool scheme = c == ':' && i + 1 < s.n && s.p[i + 1] == '/';
            if (dot || scheme || strchr("\\`*_[]#!|~$", c))
                buf_add_char(out, '\\');
            buf_add_char(out, c);
        }
    }
}

static size_t longest_run(struct str s, char c)
{
    size_t run = 0, most = 0;

    for (size_t i = 0; i < s.n; i++) {
        run = s.p[i] == c ? run + 1 : 0;
        most = run > most ? run : most;
    }
    return most;
}

static void repeat(struct buf *out, char c, size_t n)
{
    while (n--)
        buf_add_char(out, c);
}

void escape_markdown_code(struct buf *out, struct str s, bool in_table)
{
    size_t fence = longest_run(s, '`') + 1;
    bool space = s.n && (s.p[0] == '`' || s.p[s.n - 1] == '`' || s.p[0] == ' ');

    if (!s.n)
        return;
    repeat(out, '`', fence);
    repeat(out, ' ', space);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '|' && in_table)
            buf_add_char(out, '\\');
        buf_add_char(out, s.p[i] == '\n' ? ' ' : s.p[i]);
    }
    repeat(out, ' ', space);
    repeat(out, '`', fence);
}

void escape_markdown_block(struct buf *out, const char *indent, struct str s)
{
    size_t fence = longest_run(s, '`') + 1;

    fence = fence < 3 ? 3 : fence;
    buf_add_cstr(out, indent);
    repeat(out, '`', fence);
    buf_add_cstr(out, "text\n");
    while (s.p) {
        struct str line = str_cut(&s, '\n');
        buf_fmt(out, "%s%.*s\n", indent, STR_ARG(line));
    }
    buf_add_cstr(out, indent);
    repeat(out, '`', fence);
    buf_add_char(out, '\n');
}

void escape_workflow(struct buf *out, struct str s, bool property)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            buf_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
        else
            buf_add_char(out, c);
    }
}

void escape_path(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (is_word(c) || (c && strchr("-.~/", c)))
            buf_add_char(out, c);
        else
            buf_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}
