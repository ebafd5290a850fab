#include "launch/name.h"

#include <idn2.h>
#include <libpsl.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/ip.h"
#include "core/text.h"
#include "core/url.h"

#define NAME_MOST_BYTES  253u
#define LABEL_MOST_BYTES 63u

static bool refuse(struct err *reterr, struct str text, const char *why)
{
    return err_set(reterr, ERR_USAGE, "\"%.*s\" is not a domain name: %s", STR_ARG(str_first(text, 60)), why);
}

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool check_labels(struct str name, struct str text, struct err *reterr)
{
    struct str rest = name;
    size_t n = 0;

    while (rest.p) {
        struct str label = str_cut(&rest, '.');
        n++;
        if (!label.n)
            return refuse(reterr, text, "it has an empty label (two dots in a row, or one at the front)");
        if (label.n > LABEL_MOST_BYTES)
            return refuse(reterr, text, "a label is longer than 63 characters");
        if (label.p[0] == '-' || label.p[label.n - 1] == '-')
            return refuse(reterr, text, "a label starts or ends with a hyphen");
        for (size_t i = 0; i < label.n; i++)
            if (!is_host_char(label.p[i]))
                return refuse(reterr, text,
                              label.p[i] == '_' ? "a host name has no underscore"
                                                : "it may hold letters, digits, hyphens and dots");
    }
    if (n < 2)
        return refuse(reterr, text, "it needs a dot, as in shop.example");
    return true;
}

bool name_normalise(struct arena *arena, struct str text, struct str *ret, struct err *reterr)
{
    struct str s = str_trim(text);
    char *ascii = NULL;
    struct ip ip;

    if (!s.n)
        return err_set(reterr, ERR_USAGE, "a domain name is missing: give one such as shop.example");
    if (ip_parse(s, &ip))
        return refuse(reterr, text, "it is an address");
    if (s.n > 1024 || memchr(s.p, '\0', s.n))
        return refuse(reterr, text, "it is longer than 253 characters");
    if (s.p[s.n - 1] == '.')
        s.n--;
    struct str name = str_lower(arena, s);
    if (!text_is_utf8(s))
        return refuse(reterr, text, "it is not UTF-8 text");
    bool foreign = false;
    for (size_t i = 0; i < s.n; i++)
        foreign |= (unsigned char)s.p[i] >= 0x80;
    if (foreign || str_has_nocase(s, STR("xn--"))) {
        int rc = idn2_lookup_u8((const uint8_t *)str_cstr(arena, s), (uint8_t **)&ascii,
                                IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
        if (rc != IDN2_OK)
            return refuse(reterr, text, idn2_strerror(rc));
        name = str_lower(arena, str_of(ascii));
        idn2_free(ascii);
    }
    if (name.n > NAME_MOST_BYTES)
        return refuse(reterr, text, "it is longer than 253 characters");
    if (!check_labels(name, text, reterr))
        return false;
    if (ip_parse(name, &ip)) /* written with a last dot, or with foreign digits */
        return refuse(reterr, text, "it is an address");
    *ret = name;
    return true;
}

struct str name_display(struct arena *arena, struct str name)
{
    char *unicode = NULL;

    if (!str_has(name, STR("xn--")) ||
        idn2_to_unicode_8z8z(str_cstr(arena, name), &unicode, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return name;
    struct str s = str_dup(arena, str_of(unicode));
    idn2_free(unicode);
    return text_is_utf8(s) ? s : name;
}

struct str name_registrable(struct arena *arena, struct str name)
{
    const char *domain = psl_registrable_domain(psl_builtin(), str_cstr(arena, name));

    return domain ? str_dup(arena, str_of(domain)) : STR_NONE;
}

static bool parse_url(struct arena *arena, struct str text, struct str *host, struct str *ignored, struct err *reterr)
{
    struct url u;

    if (!url_parse(arena, text, &u, reterr)) {
        if (reterr)
            reterr->kind = ERR_USAGE;
        return false;
    }
    if (!url_is_web(&u))
        return err_set(reterr, ERR_USAGE,
                       "an audit takes a domain or an http(s) URL, not %.*s:", STR_ARG(str_first(u.scheme, 20)));
    if (u.userinfo.n)
        return err_set(reterr, ERR_USAGE, "leave the user name and password out of the URL");
    if (u.port_written)
        return err_set(reterr, ERR_USAGE, "an audit looks at the standard ports 80 and 443: leave :%u out", u.port);
    *host = u.host;
    *ignored = str_eq(u.path, STR("/")) && !u.query.n ? STR_NONE
                                                      : str_fmt(arena, "%.*s%.*s", STR_ARG(u.path), STR_ARG(u.query));
    return true;
}

bool target_parse(struct arena *arena, struct str text, struct target *ret, struct err *reterr)
{
    struct str s = str_trim(text), host = s, ignored = STR_NONE;
    struct ip ip;

    if (!s.n)
        return err_set(reterr, ERR_USAGE, "a domain name is missing: give one such as shop.example");
    if (str_has(s, STR("://"))) {
        /* A host with foreign letters is not yet a URL's. */
        size_t from = str_find(s, STR("://")) + 3, end = from;
        while (end < s.n && !strchr("/?#", s.p[end]))
            end++;
        struct str raw = str_n(s.p + from, end - from), name;
        if (!text_is_utf8(raw))
            return refuse(reterr, raw, "it is not UTF-8 text");
        if (name_normalise(arena, raw, &name, NULL))
            s = str_fmt(arena, "%.*s%.*s%.*s", (int)from, s.p, STR_ARG(name), STR_ARG(str_from(s, end)));
        if (!parse_url(arena, s, &host, &ignored, reterr))
            return false;
    } else if (!ip_parse(s, &ip)) {
        size_t cut = 0;
        while (cut < s.n && !strchr("/?#", s.p[cut]))
            cut++;
        ignored = str_from(s, cut);
        host = str_first(s, cut);
        if (str_has(host, STR("@")))
            return err_set(reterr, ERR_USAGE, "\"%.*s\" looks like a mail address: give the domain alone",
                           STR_ARG(str_first(host, 60)));
        if (str_has(host, STR(":")))
            return err_set(reterr, ERR_USAGE, "an audit looks at the standard ports 80 and 443: leave the port out");
    }
    if (str_eq(ignored, STR("/")))
        ignored = STR_NONE;
    if (ip_parse(host, &ip))
        return err_set(reterr, ERR_USAGE, "%.*s is an address: give the domain name that your visitors type",
                       STR_ARG(host));
    struct target t = {.ignored = ignored};
    if (!name_normalise(arena, host, &t.host, reterr))
        return false;
    if (!name_registrable(arena, t.host).n)
        return err_set(reterr, ERR_USAGE, "%.*s is a public suffix, under which others register: give your own domain",
                       STR_ARG(t.host));
    *ret = t;
    return true;
}

bool name_is_within(struct str name, struct str domain)
{
    if (str_eq_nocase(name, domain))
        return true;
    return name.n > domain.n && str_ends_nocase(name, domain) && name.p[name.n - domain.n - 1] == '.';
}
