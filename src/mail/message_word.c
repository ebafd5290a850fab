#include "mail/message_word.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text.h"
#include "mail/base64.h"

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Section 4.2. */
static bool decode_q(struct arena *arena, struct str s, struct str *ret)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '=') {
            to[n++] = s.p[i] == '_' ? ' ' : s.p[i];
            continue;
        }
        int high = i + 2 < s.n ? hex_of(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex_of(s.p[i + 2]) : -1;
        if (i + 2 >= s.n || high < 0 || low < 0)
            return false;
        to[n++] = (char)(high * 16 + low);
        i += 2;
    }
    *ret = str_n(to, n);
    return true;
}

static struct str from_latin1(struct arena *arena, struct str s)
{
    char *to = arena_alloc(arena, s.n * 2 + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x80)
            to[n++] = (char)(0xc0u | c >> 6u);
        to[n++] = (char)(c >= 0x80 ? 0x80u | (c & 0x3fu) : c);
    }
    return str_n(to, n);
}

/* "=?charset?Q?text?=" at the start of s: its text as UTF-8, and how long it is; false when it is no such word. */
static bool word_at(struct arena *arena, struct str s, struct str *ret, size_t *ret_n)
{
    struct str rest = str_from(s, 2), bytes;
    size_t at;

    if (!str_starts(s, STR("=?")))
        return false;
    struct str charset = str_cut(&rest, '?');
    if (!rest.p || !charset.n)
        return false;
    struct str encoding = str_cut(&rest, '?');
    if (!rest.p || encoding.n != 1)
        return false;
    struct str text = str_cut(&rest, '?');
    if (!rest.p || !rest.n || rest.p[0] != '=' || str_find_char(text, ' ') != SIZE_MAX)
        return false;
    charset = str_first(charset, str_find_char(charset, '*')); /* RFC 2231: a language */
    if (str_eq_nocase(encoding, STR("b")) ? !base64_decode(arena, text, &bytes, &at)
                                          : !(str_eq_nocase(encoding, STR("q")) && decode_q(arena, text, &bytes)))
        return false;
    if (str_eq_nocase(charset, STR("iso-8859-1")))
        bytes = from_latin1(arena, bytes);
    else if (!str_eq_nocase(charset, STR("utf-8")) && !str_eq_nocase(charset, STR("us-ascii")))
        return false;
    if (!text_is_utf8(bytes))
        return false;
    *ret = bytes;
    *ret_n = (size_t)(rest.p + 1 - s.p);
    return true;
}

static bool all_white(struct str s)
{
    return str_trim(s).n == 0;
}

struct str message_decode_words(struct arena *arena, struct str text)
{
    struct buf b;
    bool after_word = false;
    size_t plain = 0; /* where text that is not a word begins */

    if (!str_has(text, STR("=?")))
        return text;
    buf_init(&b, text.n * 3 + 16);
    for (size_t i = 0, n; i < text.n;) {
        struct str word;
        if (text.p[i] != '=' || !word_at(arena, str_from(text, i), &word, &n)) {
            i++;
            continue;
        }
        struct str between = str_n(text.p + plain, i - plain);
        if (!after_word || !all_white(between)) /* section 6.2: white space between words is not shown */
            buf_add(&b, between);
        buf_add(&b, word);
        after_word = true;
        plain = i += n;
    }
    buf_add(&b, str_from(text, plain));
    struct str out = str_dup(arena, buf_str(&b));
    buf_free(&b);
    return out;
}
