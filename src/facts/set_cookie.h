/* set_cookie.h - one Set-Cookie header, as a browser reads it (RFC 6265 section 5.2, RFC 6265bis). */
#ifndef FACTS_SET_COOKIE_H
#define FACTS_SET_COOKIE_H

#include <stdbool.h>

#include "core/str.h"

#define SET_COOKIE_MOST_BYTES 4096u /* name and value; a browser drops more (RFC 6265bis section 5.6) */

enum same_site { SAME_SITE_ABSENT, SAME_SITE_NONE, SAME_SITE_LAX, SAME_SITE_STRICT, SAME_SITE_UNKNOWN };

enum cookie_kind {
    COOKIE_PLAIN,
    COOKIE_SESSION, /* by its name: whoever holds it is logged in */
    COOKIE_CSRF,    /* a token that scripts may need to read */
    COOKIE_FOREIGN  /* set by an analytics tool or an edge for itself */
};

/* Borrowed from the header. */
struct set_cookie {
    struct str name, value;
    struct str domain, path; /* empty: host-only, default path */
    enum same_site same_site;
    bool secure, http_only, partitioned;
    bool removes; /* Max-Age of zero or less, or an empty value: a cookie taken away */
};

/* False for what a browser ignores: no "=" and no name, a control character, too long. */
bool set_cookie_parse(struct str header, struct set_cookie *ret) __attribute__((warn_unused_result));

enum cookie_kind cookie_kind_of(struct str name);

/* "sid=(32 characters); Path=/; HttpOnly": the header with its value masked, for evidence. */
struct str set_cookie_masked(struct arena *arena, struct str header);

#endif
