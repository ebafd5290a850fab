/* name.h - host names: what a person typed, made into what the protocols want. */
#ifndef LAUNCH_NAME_H
#define LAUNCH_NAME_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct err;

/* A host name as A-labels in lower case, without the final dot (RFC 5891 through libidn2, RFC 1123 section 2.1). At
 * least two labels, letters, digits and hyphens, 253 bytes. ERR_USAGE: what is wrong with it, in words. */
MUST_CHECK bool name_normalise(struct arena *arena, struct str text, struct str *ret, struct err *reterr);

/* For people: the U-label form, or the name itself where that would deceive. */
struct str name_display(struct arena *arena, struct str name);

/* The registrable domain (public suffix plus one label), through the Public Suffix List of libpsl. Empty when the
 * name is itself a public suffix. */
struct str name_registrable(struct arena *arena, struct str name);

/* What was given as the site to audit: a domain or a URL. */
struct target {
    struct str host;    /* A-label */
    struct str ignored; /* what of the text does not matter to an audit ("/path"), for a note; may be empty */
};

/* ERR_USAGE for an address, a port, user info, a public suffix, a name that cannot be one. */
MUST_CHECK bool target_parse(struct arena *arena, struct str text, struct target *ret, struct err *reterr);

/* True when name is domain or below it. */
bool name_is_within(struct str name, struct str domain);

#endif
