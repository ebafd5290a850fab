/* hsts.h - the Strict-Transport-Security header (RFC 6797 section 6.1). */
#ifndef CHECKS_HSTS_H
#define CHECKS_HSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/str.h"

#define HSTS_YEAR_S 31536000

struct hsts {
    int64_t max_age_s; /* at most INT32_MAX years' worth: larger values count as that */
    bool include_subdomains, preload;
};

/* ERR_PARSE with what is wrong: no max-age, a directive twice, a value that is no number. Unknown directives are
 * skipped, as browsers do. */
MUST_CHECK bool hsts_parse(struct str value, struct hsts *ret, struct err *reterr);

#endif
