/* mail_date.h - the date-time of a message: RFC 5322 section 3.3, with the obsolete forms of section 4.3. */
#ifndef MAIL_MAIL_DATE_H
#define MAIL_MAIL_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

struct mail_date {
    int64_t at_s;
    int zone_minutes; /* east of Greenwich; 0 for "-0000" and for zones without a meaning (section 4.3) */
    bool obsolete; /* a named zone, or a year of two or three digits: readers must take it, writers must not write it */
    bool wrong_day; /* the day of the week is not that of the date */
};

/* Comments and folding may stand between any two parts. False, and *ret untouched, for what is no such date. */
bool mail_date_parse(struct str text, struct mail_date *ret);

#endif
