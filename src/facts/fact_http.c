#include "facts/fact_http.h"

#include <stdio.h>

#include "core/buf.h"
#include "core/ip.h"
#include "core/text.h"
#include "core/url.h"
#include "facts/fact_dns.h"
#include "facts/http_inside.h"
#include "facts/observer.h"
#include "launch/launch.h"

/* ---- the key ---- */

/* A copy in which blanks, control characters and what is not ASCII are percent-encoded; for values "%" as well, so
 * that they can be read back. */
static struct str encode(struct arena *arena, struct str s, bool percent_too)
{
    struct buf b;

    buf_init(&b, 3 * s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= 0x20 || c >= 0x7f || (percent_too && c == '%'))
            buf_fmt(&b, "%%%02X", c);
        else
            buf_add_char(&b, s.p[i]);
    }
    struct str coded = str_dup(arena, buf_str(&b));
    buf_free(&b);
    return coded;
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct str decode(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
            p[n++] = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
            i += 2;
        } else {
            p[n++] = s.p[i];
        }
    }
    return str_n(p, n);
}

static struct str with(struct arena *arena, struct str key, const char *name, struct str value)
{
    if (value.n == 0)
        return key;
    struct str coded = encode(arena, value, true);
    return str_fmt(arena, "%.*s %s=%.*s", STR_ARG(key), name, STR_ARG(coded));
}

struct str http_key(struct arena *arena, const struct http_ask *ask)
{
    struct str method = ask->method.n ? ask->method : STR("GET"), url = encode(arena, ask->url, false);
    struct str key = str_fmt(arena, "%.*s %.*s", STR_ARG(method), STR_ARG(url));

    key = with(arena, key, "via", ask->via);
    key = with(arena, key, "encoding", ask->encoding);
    key = with(arena, key, "origin", ask->origin);
    key = with(arena, key, "request-id", ask->request_id);
    key = with(arena, key, "if-none-match", ask->if_none_match);
    if (ask->sample)
        key = str_fmt(arena, "%.*s sample=%u", STR_ARG(key), ask->sample);
    if (ask->insecure)
        key = str_fmt(arena, "%.*s insecure", STR_ARG(key));
    return key;
}

static bool read_option(struct arena *arena, struct str option, struct http_ask *ret)
{
    struct str rest = option, name = str_cut(&rest, '=');
    struct str value = rest.p ? decode(arena, rest) : STR_NONE;
    uint64_t number;

    if (str_eq(name, STR("via")))
        ret->via = value;
    else if (str_eq(name, STR("encoding")))
        ret->encoding = value;
    else if (str_eq(name, STR("origin")))
        ret->origin = value;
    else if (str_eq(name, STR("request-id")))
        ret->request_id = value;
    else if (str_eq(name, STR("if-none-match")))
        ret->if_none_match = value;
    else if (str_eq(name, STR("insecure")))
        ret->insecure = true;
    else if (str_eq(name, STR("sample")) && str_to_u64(value, UINT32_MAX, &number))
        ret->sample = (unsigned)number;
    else
        return false;
    return true;
}

static bool read_key(struct arena *arena, struct str key, struct http_ask *ret, struct err *reterr)
{
    struct str rest = key;

    *ret = (struct http_ask){.method = str_cut(&rest, ' ')};
    ret->url = rest.p ? str_cut(&rest, ' ') : STR_NONE;
    while (rest.p)
        if (!read_option(arena, str_cut(&rest, ' '), ret))
            return err_set(reterr, ERR_USAGE, "an HTTP question is not written like this");
    return ret->url.n > 0 || err_set(reterr, ERR_USAGE, "an HTTP question without a URL");
}

/* ---- where to ask ---- */

/* The owner said that this host or address is theirs, so a private address is no trap. */
static bool is_declared(const struct launch *launch, struct str host, struct str address)
{
    if (!launch)
        return false;
    for (size_t i = 0; i < launch->n_hosts; i++)
        if (str_eq_nocase(launch->hosts[i].name, host))
            return true;
    return str_list_has(&launch->origin.addresses, address);
}

static void add_family(const struct fact_addresses *a, bool v6, struct http_places *ret)
{
    for (size_t i = 0; i < a->n_v && ret->n < HTTP_MOST_TRIES; i++)
        if (a->v[i].is_v6 == v6 && ip_parse(a->v[i].ip, &ret->v[ret->n]))
            ret->n++;
}

static struct str shown_host(struct ask *q, const struct url *url)
{
    return text_safe(q->arena, str_first(url->host, url->host.n < 200 ? url->host.n : 200));
}

static bool from_dns(struct ask *q, const struct url *url, struct str family, struct http_places *ret,
                     struct err *reterr)
{
    const struct fact_addresses *a = fact_addresses(q, url->host);
    struct str shown = shown_host(q, url);

    if (!a)
        return ask_failed(q, reterr);
    if (!str_eq(family, STR("6")))
        add_family(a, false, ret);
    if (!str_eq(family, STR("4")))
        add_family(a, true, ret);
    if (ret->n)
        return true;
    if (a->partial)
        err_set(reterr, ERR_DNS_FAILED, "the addresses of %.*s could not be looked up", STR_ARG(shown));
    else if (family.n && a->n_v)
        err_set(reterr, ERR_NO_NAME, "%.*s has no IPv%.*s address", STR_ARG(shown), STR_ARG(family));
    else
        err_set(reterr, ERR_NO_NAME, "%.*s does not resolve to an address", STR_ARG(shown));
    return err_at(reterr, "%.*s", STR_ARG(shown));
}

/* Addresses to try in turn: the one given, or the host's. */
bool http_places_find(struct ask *q, const struct http_ask *ask, const struct url *url, struct http_places *ret,
                      struct err *reterr)
{
    if (ask->via.n && !str_eq(ask->via, STR("4")) && !str_eq(ask->via, STR("6"))) {
        ret->n = 1;
        return ip_parse(ask->via, &ret->v[0]) ||
               err_set(reterr, ERR_USAGE, "\"%.*s\" is not an address", STR_ARG(ask->via));
    }
    ret->n = ip_parse(url->host, &ret->v[0]) ? 1 : 0;
    if (!ret->n && !from_dns(q, url, ask->via, ret, reterr))
        return false;
    for (size_t i = 0; i < ret->n; i++) {
        struct str address = ip_text(q->arena, &ret->v[i]), shown = shown_host(q, url);
        if (!ip_is_unreachable(&ret->v[i]) || is_declared(q->launch, url->host, address))
            continue;
        err_set(reterr, ERR_BLOCKED, "%.*s is at the %s address %.*s, which is not asked without being told",
                STR_ARG(shown), ip_class_word(ip_classify(&ret->v[i])), STR_ARG(address));
        return err_at(reterr, "%.*s", STR_ARG(shown));
    }
    return true;
}

/* As a browser does: an address that refuses or cannot be reached from here is no reason to give up. */
static bool try_in_turn(const struct observer *outside, struct ask *q, const struct http_ask *ask,
                        const struct url *url, const struct http_places *c, struct fact_http *ret, struct err *reterr)
{
    struct err first = {.kind = ERR_NONE};

    for (size_t i = 0; i < c->n; i++) {
        struct err err;
        if (http_exchange(outside, q->arena, ask, url, &c->v[i], ret, &err))
            return true;
        if (first.kind == ERR_NONE || first.kind == ERR_NO_ROUTE)
            first = err;
        if (err.kind != ERR_REFUSED && err.kind != ERR_NO_ROUTE)
            break;
    }
    *reterr = first;
    return false;
}

static bool look_http(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_http *x = ret;
    struct http_ask ask;
    struct http_places to = {.n = 0};
    struct url url;

    if (!read_key(q->arena, key, &ask, reterr) || !url_parse(q->arena, ask.url, &url, reterr))
        return false;
    if (!url_is_web(&url))
        return err_set(reterr, ERR_BLOCKED, "only http and https are asked, not %.*s",
                       STR_ARG(str_first(url.scheme, url.scheme.n < 40 ? url.scheme.n : 40)));
    url.userinfo = STR_NONE; /* never sent */
    ask.url = url_text(q->arena, &url);
    x->method = ask.method;
    x->url = ask.url;
    return http_places_find(q, &ask, &url, &to, reterr) && try_in_turn(outside, q, &ask, &url, &to, x, reterr);
}

const struct fact_kind http_kind = {"http", 20, sizeof(struct fact_http), 0, look_http, http_save, http_load};

const struct fact_http *fact_http(struct ask *q, const struct http_ask *ask)
{
    return facts_get(q, &http_kind, http_key(q->arena, ask));
}

void fact_http_want(struct ask *q, const struct http_ask *ask)
{
    facts_want(q, &http_kind, http_key(q->arena, ask));
}

const struct fact_http *fact_get(struct ask *q, struct str url)
{
    return fact_http(q, &(struct http_ask){.url = url});
}

/* ---- reading an answer ---- */

bool http_header_next(const struct fact_http *x, const char *name, size_t *at, struct str *ret)
{
    struct str wanted = str_of(name);

    while (*at < x->n_headers) {
        const struct http_header *h = &x->headers[(*at)++];
        if (str_eq(h->name, wanted)) {
            *ret = h->value;
            return true;
        }
    }
    return false;
}

struct str http_header(const struct fact_http *x, const char *name)
{
    struct str value = {NULL, 0};
    size_t at = 0;

    return http_header_next(x, name, &at, &value) ? value : (struct str){NULL, 0};
}

bool http_has_header(const struct fact_http *x, const char *name)
{
    return http_header(x, name).p != NULL;
}

bool http_header_has_token(const struct fact_http *x, const char *name, const char *token)
{
    struct str value;
    size_t at = 0;

    while (http_header_next(x, name, &at, &value))
        while (value.p) {
            struct str item = str_cut(&value, ','), word = str_trim(str_cut(&item, '='));
            if (str_eq_nocase(word, str_of(token)))
                return true;
        }
    return false;
}

struct str http_describe(struct arena *arena, const struct fact_http *x)
{
    const char *version = x->version == 20 ? "2" : x->version == 30 ? "3" : x->version == 10 ? "1.0" : "1.1";

    return str_fmt(arena, "%d over HTTP/%s from %.*s", x->status, version, STR_ARG(x->address));
}
