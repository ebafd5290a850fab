/* The date of a message: in range when it parses, untouched when not. */
#include <stdint.h>
#include <stdlib.h>

#include "mail/mail_date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mail_date d = {.at_s = 7, .zone_minutes = 7};

    if (mail_date_parse(str_n((const char *)data, size), &d)) {
        if (d.at_s < INT64_C(-2208988800) - 100 * 3600 || d.at_s > INT64_C(253402300800) + 100 * 3600)
            abort();
        if (d.zone_minutes < -100 * 60 || d.zone_minutes > 100 * 60)
            abort();
    } else if (d.at_s != 7 || d.zone_minutes != 7 || d.obsolete || d.wrong_day) {
        abort();
    }
    return 0;
}
