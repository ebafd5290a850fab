/* The Strict-Transport-Security header: in range when valid, explained and untouched when not. */
#include <stdint.h>
#include <stdlib.h>

#include "checks/hsts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hsts h = {.max_age_s = -7};
    struct err err = {.kind = ERR_NONE};

    if (hsts_parse(str_n((const char *)data, size), &h, &err)) {
        if (h.max_age_s < 0)
            abort();
    } else if (h.max_age_s != -7 || err.kind != ERR_PARSE || !err.text[0]) {
        abort();
    }
    return 0;
}
