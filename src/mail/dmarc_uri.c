/* The addresses of rua and ruf: RFC 9989 section 4.8, dmarc-urilist; "!size" is of RFC 7489 section 6.2. */
#include <string.h>

#include "core/arena.h"
#include "mail/dmarc.h"
#include "mail/dmarc_inside.h"

struct read {
    struct arena *arena;
    struct dmarc_record *r;
    const char *tag;
};

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* about: what the sentence, which follows it, is about. */
static void remark(const struct read *rd, struct str part, size_t into, struct str about, const char *sentence)
{
    struct str text = str_fmt(rd->arena, "%s: %.*s%s", rd->tag, STR_ARG(dmarc_shown(rd->arena, about)), sentence);

    dmarc_remark(rd->arena, rd->r, false, (size_t)(part.p - rd->r->text.p) + into, text);
}

/* Length of the scheme before its colon; 0: none (RFC 3986 section 3.1). */
static size_t scheme_length(struct str uri)
{
    for (size_t i = 0; i < uri.n; i++) {
        char c = uri.p[i];
        if (c == ':')
            return i;
        bool letter = is_letter_or_digit(c) && (i > 0 || c > '9');
        if (!letter && !(i > 0 && strchr("+-.", c)))
            return 0;
    }
    return 0;
}

/* "!10m": the sizes that RFC 7489 let a report have. */
static bool cut_size(struct str *uri)
{
    size_t n = uri->n;

    if (n && strchr("kmgtKMGT", uri->p[n - 1]))
        n--;
    size_t digits = n;
    while (digits && uri->p[digits - 1] >= '0' && uri->p[digits - 1] <= '9')
        digits--;
    if (digits == n || digits == 0 || uri->p[digits - 1] != '!')
        return false;
    *uri = str_first(*uri, digits - 1);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False at a "%" without two hexadecimal digits, or when the result holds a control byte. */
static bool decode_percent(struct arena *arena, struct str s, struct str *ret, size_t *ret_at)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        int c = (unsigned char)s.p[i];
        *ret_at = i;
        if (c == '%') {
            int high = i + 1 < s.n ? hex_value(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = high * 16 + low;
            i += 2;
        }
        if (c < 0x20 || c == 0x7f)
            return false;
        to[n++] = (char)c;
    }
    *ret = str_n(to, n);
    return true;
}

static bool is_domain(struct str domain)
{
    size_t label = 0;

    if (domain.n && domain.p[domain.n - 1] == '.')
        domain.n--;
    if (!domain.n || domain.n > 253)
        return false;
    for (size_t i = 0; i < domain.n; i++) {
        char c = domain.p[i];
        if (c == '.' ? label == 0 : !is_letter_or_digit(c) && c != '-' && c != '_' && (unsigned char)c < 0x80)
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0;
}

static size_t last_at(struct str s)
{
    for (size_t i = s.n; i-- > 0;)
        if (s.p[i] == '@')
            return i;
    return SIZE_MAX;
}

static bool read_mailbox(const struct read *rd, struct str part, struct str rest, struct dmarc_uri *ret)
{
    size_t at = 0, query = str_find_char(rest, '?'), base = (size_t)(rest.p - part.p);
    struct str address;

    rest = str_first(rest, query);
    if (!decode_percent(rd->arena, rest, &address, &at)) {
        remark(rd, part, base + at, part, " holds a percent sign without two hexadecimal digits, or a control byte");
        return false;
    }
    size_t sign = last_at(address);
    struct str local = str_first(address, sign), domain = sign == SIZE_MAX ? STR_NONE : str_from(address, sign + 1);
    if (sign == SIZE_MAX || !local.n || str_find_char(local, ' ') != SIZE_MAX || !is_domain(domain)) {
        remark(rd, part, base, part, " holds no mail address");
        return false;
    }
    if (domain.p[domain.n - 1] == '.')
        domain.n--;
    ret->mailbox = address;
    ret->domain = str_lower(rd->arena, domain);
    return true;
}

static bool read_uri(const struct read *rd, struct str part, struct dmarc_uri *ret)
{
    struct str uri = part;

    *ret = (struct dmarc_uri){.mailbox = STR_NONE, .domain = STR_NONE};
    ret->has_size = cut_size(&uri);
    ret->uri = uri;
    size_t before = rd->r->n_flaws;
    if (ret->has_size)
        remark(rd, part, uri.n, uri, " is followed by a size limit, which is obsolete and ignored (RFC 9989)");
    if (rd->r->n_flaws > before)
        rd->r->flaws[before].obsolete = true;
    for (size_t i = 0; i < uri.n; i++)
        if (uri.p[i] == ' ' || uri.p[i] == '\t' || strchr("<>\"!", uri.p[i])) {
            remark(rd, part, i, part,
                   uri.p[i] == '!' ? " holds an exclamation mark, which must be written %21"
                                   : " holds a character that no URI may; addresses are separated by commas");
            return false;
        }
    size_t scheme = scheme_length(uri);
    if (!scheme) {
        remark(rd, part, 0, part,
               str_find_char(uri, '@') != SIZE_MAX ? " lacks its scheme: write mailto: before it" : " is not a URI");
        return false;
    }
    if (str_eq_nocase(str_first(uri, scheme), STR("mailto")))
        return read_mailbox(rd, part, str_from(uri, scheme + 1), ret);
    remark(rd, part, 0, part, " is ignored: receivers send reports to mailto: addresses only");
    return true;
}

static struct str trim(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = str_from(s, 1);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

bool dmarc_uris_read(struct arena *arena, struct dmarc_record *r, const char *tag, struct str value,
                     struct dmarc_uri **ret, size_t *ret_n)
{
    struct read rd = {arena, r, tag};
    struct str rest = value;
    size_t n = 0, capacity = 0;
    struct dmarc_uri *v = NULL, uri;

    while (rest.p && n < DMARC_URIS_MOST) {
        struct str whole = str_cut(&rest, ','), part = trim(whole);
        if (!part.n)
            remark(&rd, whole, 0, STR_NONE, "an address is missing");
        else if (read_uri(&rd, part, &uri))
            *ARENA_PUSH(arena, v, n, capacity) = uri;
    }
    *ret = v;
    *ret_n = n;
    return n > 0;
}
