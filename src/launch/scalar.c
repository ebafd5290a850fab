#include "launch/scalar.h"

#include <stdlib.h>
#include <string.h>

/* Takes "123" or "1.5" off the front, in thousandths. */
static bool take_number(struct str *s, int64_t *ret_thousandths)
{
    int64_t whole = 0, part = 0, unit = 1000;
    size_t i = 0;

    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
        whole = whole * 10 + (s->p[i] - '0');
        if (whole > 1000000000000)
            return false;
    }
    if (i == 0)
        return false;
    if (i + 1 < s->n && s->p[i] == '.' && s->p[i + 1] >= '0' && s->p[i + 1] <= '9')
        for (i++; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
            unit /= 10;
            part += unit * (s->p[i] - '0');
        }
    *ret_thousandths = whole * 1000 + part;
    *s = str_from(*s, i);
    return true;
}

bool scalar_duration(struct str text, int64_t *ret_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};
    int64_t total = 0, last_unit = INT64_MAX;

    if (!text.n)
        return false;
    while (text.n) {
        int64_t amount;
        size_t u;
        if (!take_number(&text, &amount))
            return false;
        for (u = 0; u < N_OF(units); u++) /* "ms" stands before "m" */
            if (str_starts(text, str_of(units[u].unit)))
                break;
        if (u == N_OF(units) || units[u].ms >= last_unit || amount > INT64_MAX / 4 / units[u].ms)
            return false;
        last_unit = units[u].ms;
        total += amount * units[u].ms / 1000;
        text = str_from(text, strlen(units[u].unit));
    }
    *ret_ms = total;
    return true;
}

bool scalar_bytes(struct str text, int64_t *ret)
{
    static const struct {
        const char *unit;
        int64_t bytes;
    } units[] = {{"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"KB", 1000}, {"MB", 1000000}};
    int64_t amount;

    if (!take_number(&text, &amount))
        return false;
    for (size_t u = 0; u < N_OF(units); u++)
        if (str_eq(text, str_of(units[u].unit)) && amount <= INT64_MAX / units[u].bytes) {
            *ret = amount * units[u].bytes / 1000;
            return true;
        }
    return false;
}

bool scalar_percent(struct str text, double *ret)
{
    int64_t amount;

    if (!take_number(&text, &amount) || (text.n && !str_eq(text, STR("%"))) || amount > 100000)
        return false;
    *ret = (double)amount / 1000;
    return true;
}

bool scalar_status(struct str text, int *ret_low, int *ret_high)
{
    struct str rest = text, first = str_cut(&rest, '-');
    uint64_t low, high;

    if (text.n == 3 && str_ends(text, STR("xx")) && text.p[0] >= '1' && text.p[0] <= '5') {
        *ret_low = (text.p[0] - '0') * 100;
        *ret_high = *ret_low + 99;
        return true;
    }
    if (!str_to_u64(first, 599, &low) || low < 100)
        return false;
    high = low;
    if (rest.p && (!str_to_u64(rest, 599, &high) || high < low))
        return false;
    *ret_low = (int)low;
    *ret_high = (int)high;
    return true;
}

bool scalar_bool(struct str text, bool *ret)
{
    *ret = str_eq(text, STR("true")) || str_eq(text, STR("yes"));
    return *ret || str_eq(text, STR("false")) || str_eq(text, STR("no"));
}
