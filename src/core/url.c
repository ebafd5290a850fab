#include "core/url.h"

#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/ip.h"

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of "scheme:" without the colon, or 0 (RFC 3986 section 3.1). */
static size_t scheme_length(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ':')
            return i;
        if (!(is_alpha(s.p[i]) || (i && (is_digit(s.p[i]) || s.p[i] == '+' || s.p[i] == '-' || s.p[i] == '.'))))
            return 0;
    }
    return 0;
}

static bool all_printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f)
            return false;
    return true;
}

static uint16_t own_port(struct str scheme)
{
    return str_eq(scheme, STR("https")) ? 443 : str_eq(scheme, STR("http")) ? 80 : 0;
}

/* Splits off from the first of the given characters on. */
static struct str split_from(struct str *s, const char *any)
{
    for (size_t i = 0; i < s->n; i++)
        if (strchr(any, s->p[i])) {
            struct str tail = str_from(*s, i);
            *s = str_first(*s, i);
            return tail;
        }
    return STR_NONE;
}

static bool host_is_clean(struct str host)
{
    for (size_t i = 0; i < host.n; i++)
        if (strchr("<>^`{|}\\\"#%/:?@[]", host.p[i]))
            return false;
    return true;
}

static bool read_port(struct str text, struct url *u, struct err *reterr)
{
    uint64_t port;

    if (text.n == 0)
        return true;
    if (!str_to_u64(text, 65535, &port) || port == 0)
        return err_set(reterr, ERR_PARSE, "the port \"%.*s\" is not a number from 1 to 65535",
                       STR_ARG(str_first(text, 20)));
    u->port_written = port != u->port;
    u->port = (uint16_t)port;
    return true;
}

/* "user@host:port" of a scheme that has an authority. */
static bool read_authority(struct arena *arena, struct str text, struct url *u, struct err *reterr)
{
    struct str host = text, port;

    for (size_t i = text.n; i > 0; i--)
        if (text.p[i - 1] == '@') {
            u->userinfo = str_first(text, i - 1);
            host = str_from(text, i);
            break;
        }
    if (host.n && host.p[0] == '[') {
        struct ip ip;
        size_t close = str_find_char(host, ']');
        if (close == SIZE_MAX || !ip_parse(str_n(host.p + 1, close - 1), &ip))
            return err_set(reterr, ERR_PARSE, "\"%.*s\" is not an IPv6 address in brackets",
                           STR_ARG(str_first(host, 60)));
        port = str_from(host, close + 1);
        if (port.n && port.p[0] != ':')
            return err_set(reterr, ERR_PARSE, "something stands between the address and the path");
        host = str_n(host.p + 1, close - 1);
        u->host_is_v6 = true;
    } else {
        port = split_from(&host, ":");
        if (!host_is_clean(host) || str_ends(host, STR("..")))
            return err_set(reterr, ERR_PARSE, "\"%.*s\" is not a host name", STR_ARG(str_first(host, 80)));
    }
    if (!host.n && url_is_web(u))
        return err_set(reterr, ERR_PARSE, "it names no host");
    if (host.n && host.p[host.n - 1] == '.' && host.n > 1)
        host.n--;
    u->host = str_lower(arena, host);
    return read_port(str_from(port, port.n ? 1 : 0), u, reterr);
}

bool url_parse(struct arena *arena, struct str text, struct url *ret, struct err *reterr)
{
    struct url u = {.path = STR_NONE, .query = STR_NONE, .fragment = STR_NONE, .userinfo = STR_NONE, .host = STR_NONE};
    size_t n_scheme = scheme_length(text);

    if (text.n > URL_MOST_BYTES)
        return err_set(reterr, ERR_LIMIT, "the URL is longer than %u bytes", URL_MOST_BYTES);
    if (!n_scheme)
        return err_set(reterr, ERR_PARSE, "a URL starts with https:// or http://");
    if (!all_printable(text))
        return err_set(reterr, ERR_PARSE, "the URL holds a space or a control character");
    u.scheme = str_lower(arena, str_first(text, n_scheme));
    u.port = own_port(u.scheme);
    struct str rest = str_from(text, n_scheme + 1);
    u.fragment = split_from(&rest, "#");
    u.query = split_from(&rest, "?");
    if (str_starts(rest, STR("//"))) {
        struct str authority = str_from(rest, 2);
        u.path = split_from(&authority, "/");
        if (!read_authority(arena, authority, &u, reterr))
            return false;
    } else {
        if (url_is_web(&u))
            return err_set(reterr, ERR_PARSE, "a URL starts with https:// or http://");
        u.path = rest;
    }
    if (!u.path.n && url_is_web(&u))
        u.path = STR("/");
    *ret = u;
    return true;
}

struct str url_origin(struct arena *arena, const struct url *u)
{
    struct str port = u->port_written ? str_fmt(arena, ":%u", u->port) : STR_NONE;

    return str_fmt(arena, u->host_is_v6 ? "%.*s://[%.*s]%.*s" : "%.*s://%.*s%.*s", STR_ARG(u->scheme), STR_ARG(u->host),
                   STR_ARG(port));
}

struct str url_text(struct arena *arena, const struct url *u)
{
    if (!url_is_web(u) && !u->host.n)
        return str_fmt(arena, "%.*s:%.*s%.*s", STR_ARG(u->scheme), STR_ARG(u->path), STR_ARG(u->query));
    struct str origin = url_origin(arena, u);
    return str_fmt(arena, "%.*s%.*s%.*s", STR_ARG(origin), STR_ARG(u->path), STR_ARG(u->query));
}

bool url_is_web(const struct url *u)
{
    return str_eq(u->scheme, STR("https")) || str_eq(u->scheme, STR("http"));
}

/* RFC 3986 section 5.2.4, on a path that starts with a slash. */
static struct str remove_dots(struct arena *arena, struct str path)
{
    struct str_list kept = {0};
    struct str rest = str_from(path, 1), out = STR_NONE;
    bool ends_in_slash = false;

    while (rest.p) {
        struct str segment = str_cut(&rest, '/');
        bool up = str_eq(segment, STR("..")), here = str_eq(segment, STR("."));
        if (up && kept.n)
            kept.n--;
        if (!up && !here)
            str_list_add(arena, &kept, segment);
        ends_in_slash = up || here;
    }
    char *text = arena_alloc(arena, path.n + 2);
    for (size_t i = 0; i < kept.n; i++) {
        text[out.n++] = '/';
        memcpy(text + out.n, kept.v[i].p, kept.v[i].n);
        out.n += kept.v[i].n;
    }
    if (ends_in_slash || !kept.n)
        text[out.n++] = '/';
    return str_n(text, out.n);
}

/* What a browser drops or reads differently before it resolves. */
static struct str clean_reference(struct arena *arena, struct str reference, bool web)
{
    struct str s = str_trim(reference);
    char *out = arena_alloc(arena, s.n * 3 + 1);
    size_t n = 0;
    bool in_query = false;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\t' || c == '\n' || c == '\r')
            continue;
        if (c == '?' || c == '#')
            in_query = true;
        if (c == '\\' && web && !in_query)
            c = '/';
        if (c == ' ') {
            out[n++] = '%';
            out[n++] = '2';
            out[n++] = '0';
        } else {
            out[n++] = c;
        }
    }
    return str_n(out, n);
}

static struct str merge(struct arena *arena, struct str base_path, struct str path)
{
    size_t keep = base_path.n;

    while (keep && base_path.p[keep - 1] != '/')
        keep--;
    return keep ? str_fmt(arena, "%.*s%.*s", (int)keep, base_path.p, STR_ARG(path))
                : str_fmt(arena, "/%.*s", STR_ARG(path));
}

bool url_resolve(struct arena *arena, const struct url *base, struct str reference, struct url *ret, struct err *reterr)
{
    if (reference.n > URL_MOST_BYTES)
        return err_set(reterr, ERR_LIMIT, "the URL is longer than %u bytes", URL_MOST_BYTES);
    struct str s = clean_reference(arena, reference, url_is_web(base));
    if (!all_printable(s))
        return err_set(reterr, ERR_PARSE, "the URL holds a control character");
    if (scheme_length(s)) {
        if (!url_parse(arena, s, ret, reterr))
            return false;
        if (url_is_web(ret))
            ret->path = remove_dots(arena, ret->path);
        return true;
    }
    if (str_starts(s, STR("//")))
        return url_resolve(arena, base, str_fmt(arena, "%.*s:%.*s", STR_ARG(base->scheme), STR_ARG(s)), ret, reterr);
    struct url u = *base;
    u.fragment = split_from(&s, "#");
    struct str query = split_from(&s, "?");
    if (s.n) {
        u.path = remove_dots(arena, s.p[0] == '/' ? s : merge(arena, base->path, s));
        u.query = query;
    } else if (query.n) {
        u.query = query;
    }
    u.userinfo = STR_NONE;
    *ret = u;
    return true;
}

struct str url_host(struct arena *arena, struct str text)
{
    struct url u;

    return url_parse(arena, text, &u, NULL) ? u.host : STR_NONE;
}
