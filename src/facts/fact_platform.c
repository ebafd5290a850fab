#include "facts/fact_platform.h"

#include <string.h>

#include "core/ip.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"

#define HEADER(...)
#define CNAME(...)
#define RANGE(...)

/* The enum is the order of the table. */
enum platform_row {
#define PLATFORM(id, ...) ROW_##id,
#include "facts/platforms.def"
#undef PLATFORM
    N_ROWS
};

static const struct platform platforms[] = {
#define PLATFORM(id, name, edge, host, console, redirects, headers, tls, cache)                                        \
    [ROW_##id] = {#id, name, edge, host, console, redirects, headers, tls, cache},
#include "facts/platforms.def"
#undef PLATFORM
};

#define PLATFORM(...)
#undef HEADER
static const struct {
    enum platform_row row;
    const char *name, *value;
} headers[] = {
#define HEADER(id, name, value) {ROW_##id, name, value},
#include "facts/platforms.def"
#undef HEADER
};

#define HEADER(...)
#undef CNAME
static const struct {
    enum platform_row row;
    const char *pattern;
} cnames[] = {
#define CNAME(id, pattern) {ROW_##id, pattern},
#include "facts/platforms.def"
#undef CNAME
};

#define CNAME(...)
#undef RANGE
static const struct {
    enum platform_row row;
    const char *cidr;
} ranges[] = {
#define RANGE(id, cidr) {ROW_##id, cidr},
#include "facts/platforms.def"
#undef RANGE
};

const struct platform *platform_by_id(const char *id)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strcmp(platforms[i].id, id) == 0)
            return &platforms[i];
    return NULL;
}

/* ---- by address ---- */

const struct platform *platform_of_address(struct str text)
{
    struct ip ip;

    if (!ip_parse(text, &ip))
        return NULL;
    for (size_t i = 0; i < N_OF(ranges); i++)
        if (ip_in(&ip, str_of(ranges[i].cidr)))
            return &platforms[ranges[i].row];
    return NULL;
}

/* ---- by CNAME ---- */

/* One star at a time, going back to the latest one that can take more: linear in practice, no recursion. */
static bool glob(struct str pattern, struct str s)
{
    size_t p = 0, i = 0, star = SIZE_MAX, taken = 0;

    while (i < s.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            taken = i;
        } else if (p < pattern.n && str_eq_nocase(str_n(pattern.p + p, 1), str_n(s.p + i, 1))) {
            p++;
            i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

const struct platform *platform_of_cname(struct str target)
{
    if (str_ends(target, STR(".")))
        target.n--;
    if (target.n > 255)
        return NULL;
    for (size_t i = 0; i < N_OF(cnames); i++)
        if (glob(str_of(cnames[i].pattern), target))
            return &platforms[cnames[i].row];
    return NULL;
}

/* ---- by header ---- */

static bool value_matches(struct str value, const char *wanted)
{
    if (wanted[0] == '*')
        return str_has_nocase(value, str_of(wanted + 1));
    return str_starts_nocase(value, str_of(wanted));
}

/* Rows in the order of the platforms, so that a host behind an edge is not taken for the edge. */
static const struct platform *by_header(const struct fact_http *x, bool (*wanted)(const struct platform *p),
                                        struct str *ret_name, struct str *ret_value)
{
    for (size_t row = 0; row < N_ROWS; row++) {
        if (!wanted(&platforms[row]))
            continue;
        for (size_t i = 0; i < N_OF(headers); i++) {
            size_t at = 0;
            struct str value;

            if (headers[i].row != row)
                continue;
            while (http_header_next(x, headers[i].name, &at, &value))
                if (value_matches(value, headers[i].value)) {
                    *ret_name = str_of(headers[i].name);
                    *ret_value = str_first(value, 60);
                    return &platforms[row];
                }
        }
    }
    return NULL;
}

static bool is_proxy(const struct platform *p)
{
    return p->is_edge && !p->is_host;
}

static bool is_edge(const struct platform *p)
{
    return p->is_edge;
}

static bool is_host(const struct platform *p)
{
    return p->is_host;
}

/* ---- the fact ---- */

static void see_addresses(struct ask *q, struct fact_platform *ret, const struct fact_addresses *a)
{
    for (size_t i = 0; i < a->n_v; i++) {
        const struct platform *p = platform_of_address(a->v[i].ip);
        struct str evidence;

        if (!p)
            continue;
        evidence = str_fmt(q->arena, "address %.*s of %s", STR_ARG(a->v[i].ip), p->name);
        if (p->is_edge && !ret->edge) {
            ret->edge = p;
            ret->edge_by_address = true;
            ret->edge_evidence = evidence;
        }
        if (p->is_host && !ret->host) {
            ret->host = p;
            ret->host_evidence = evidence;
        }
    }
}

static void see_cnames(struct ask *q, struct fact_platform *ret, const struct fact_addresses *a)
{
    for (size_t i = 0; i < a->cnames.n; i++) {
        const struct platform *p = platform_of_cname(a->cnames.v[i]);
        struct str evidence;

        if (!p)
            continue;
        evidence = str_fmt(q->arena, "CNAME %.*s", STR_ARG(a->cnames.v[i]));
        if (p->is_host && !ret->host) {
            ret->host = p;
            ret->host_evidence = evidence;
        }
        if (p->is_edge && !ret->edge) {
            ret->edge = p;
            ret->edge_evidence = evidence;
        }
    }
}

static void see_headers(struct ask *q, struct fact_platform *ret, const struct fact_http *x)
{
    struct str name, value;
    const struct platform *p = by_header(x, is_proxy, &name, &value);

    if (!p)
        p = by_header(x, is_edge, &name, &value);
    if (p && (!ret->edge || ret->edge == p)) {
        ret->edge_by_header = true;
        if (!ret->edge)
            ret->edge_evidence = str_fmt(q->arena, "header %.*s: %.*s", STR_ARG(name), STR_ARG(value));
        ret->edge = p;
    }
    p = by_header(x, is_host, &name, &value);
    if (p && !ret->host) {
        ret->host = p;
        ret->host_evidence = str_fmt(q->arena, "header %.*s: %.*s", STR_ARG(name), STR_ARG(value));
    }
}

static const struct fact_http *see_answer(struct ask *q, struct str host)
{
    const struct fact_http *x = fact_get(q, str_fmt(q->arena, "https://%.*s/", STR_ARG(host)));

    if (x)
        return x;
    ask_tolerate(q); /* whoever judges the answer says so; here it only means fewer signs */
    x = fact_get(q, str_fmt(q->arena, "http://%.*s/", STR_ARG(host)));
    if (!x)
        ask_tolerate(q);
    return x;
}

static bool look_platform(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_platform *p = ret;
    const struct fact_addresses *addresses = fact_addresses(q, key);
    const struct fact_http *x;

    (void)outside; /* built from other facts only */
    if (!addresses)
        return ask_failed(q, reterr);
    see_addresses(q, p, addresses);
    see_cnames(q, p, addresses);
    if (addresses->n_v == 0)
        return true;
    x = see_answer(q, key);
    if (x)
        see_headers(q, p, x);
    return true;
}

const struct fact_kind platform_kind = {
    .name = "platform", .rank = 26, .size = sizeof(struct fact_platform), .look = look_platform};

const struct fact_platform *fact_platform(struct ask *q, struct str host)
{
    return facts_get(q, &platform_kind, host);
}
