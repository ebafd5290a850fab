/* scalar.h - the values of a launch file, one text each. */
#ifndef LAUNCH_SCALAR_H
#define LAUNCH_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/str.h"

/* Each is false for a text that is not one. */
MUST_CHECK bool scalar_duration(struct str text, int64_t *ret_ms);           /* "800ms" "30s" "1h30m" "7d" */
MUST_CHECK bool scalar_bytes(struct str text, int64_t *ret);                 /* "200" "10KiB" "2MiB" */
MUST_CHECK bool scalar_percent(struct str text, double *ret);                /* "99.9" "1%", 0 to 100 */
MUST_CHECK bool scalar_status(struct str text, int *ret_low, int *ret_high); /* "200" "2xx" "200-204" */
MUST_CHECK bool scalar_bool(struct str text, bool *ret);

#endif
