/* clock.h - durations by the monotonic clock, dates by the wall clock: two types that do not mix. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

struct mono {
    int64_t us; /* microseconds since some moment before the program started */
};

struct mono clock_mono(void);
int64_t clock_since_us(struct mono start);
struct mono clock_in_ms(int64_t ms);         /* that many milliseconds from now */
int64_t clock_left_ms(struct mono deadline); /* 0 when it has passed */

int64_t clock_wall_s(void); /* seconds since 1970 UTC */
int64_t clock_wall_ms(void);

/* RFC 3339 in UTC, to the second: "2026-11-24T10:00:00Z". */
struct str clock_rfc3339(struct arena *arena, int64_t wall_s);
/* "2026-11-24". */
struct str clock_date(struct arena *arena, int64_t wall_s);
/* Reads "2026-11-24" or a full RFC 3339 date-time; false on anything else (also 2026-02-30). */
bool clock_parse(struct str s, int64_t *ret_wall_s) MUST_CHECK;

#endif
