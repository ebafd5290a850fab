/* url.h - http and https URLs: parts, and references resolved against a base (RFC 3986, as browsers read them). */
#ifndef CORE_URL_H
#define CORE_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct err;

#define URL_MOST_BYTES 8192u

struct url {
    struct str scheme;   /* lower case */
    struct str userinfo; /* with its "@" taken off; empty: none */
    struct str host;     /* lower case; an IPv6 address without its brackets */
    bool host_is_v6;
    uint16_t port;       /* as written or the scheme's own; 0 for a scheme without one */
    bool port_written;   /* and not the scheme's own */
    struct str path;     /* "/" at least, for http and https */
    struct str query;    /* with its "?"; empty: none */
    struct str fragment; /* with its "#"; empty: none */
};

/* An absolute URL of any scheme. ERR_PARSE when it is none; ERR_LIMIT past URL_MOST_BYTES. Control characters and
 * spaces inside are ERR_PARSE. */
MUST_CHECK bool url_parse(struct arena *arena, struct str text, struct url *ret, struct err *reterr);

/* "scheme://host[:port]path?query", without fragment and user info; host bracketed where needed. */
struct str url_text(struct arena *arena, const struct url *url);
/* "https://host[:port]". */
struct str url_origin(struct arena *arena, const struct url *url);

/* The reference (a Location, an href) against the base: an absolute URL, dot segments removed (RFC 3986 section 5).
 * Tabs and line ends inside are dropped and backslashes count as slashes, as browsers do. */
MUST_CHECK bool url_resolve(struct arena *arena, const struct url *base, struct str reference, struct url *ret,
                            struct err *reterr);

bool url_is_web(const struct url *url); /* http or https */
/* Shorthands for texts already known to be URLs; the empty string when they are none. */
struct str url_host(struct arena *arena, struct str text);

#endif
