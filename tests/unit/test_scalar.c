#include "test.h"

#include "launch/scalar.h"

static void durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {"800ms", 800},     {"30s", 30000},    {"10m", 600000},
        {"1h30m", 5400000}, {"7d", 604800000}, {"2w", 1209600000},
        {"1.5s", 1500},     {"0s", 0},         {"", -1},
        {"30", -1},         {"s", -1},         {"-3s", -1},
        {"3 s", -1},        {"3S", -1},        {"30m1h", -1},
        {"1s1s", -1},       {"3y", -1},        {"1.s", -1},
        {".5s", -1},        {"1h30", -1},      {"99999999999999999999s", -1},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        int64_t ms = -1;
        bool ok = scalar_duration(str_of(rows[i].text), &ms);
        if (ok != (rows[i].ms >= 0) || (ok && ms != rows[i].ms))
            fail_msg("%s: %s, %lld", rows[i].text, ok ? "accepted" : "refused", (long long)ms);
    }
}

static void sizes(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } rows[] = {
        {"200", 200},
        {"200B", 200},
        {"10KiB", 10240},
        {"2MiB", 2097152},
        {"10KB", 10000},
        {"2MB", 2000000},
        {"1.5KB", 1500},
        {"", -1},
        {"KiB", -1},
        {"10 KiB", -1},
        {"10kib", -1},
        {"-1", -1},
        {"1000000000000MiB", -1},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        int64_t bytes = -1;
        bool ok = scalar_bytes(str_of(rows[i].text), &bytes);
        if (ok != (rows[i].bytes >= 0) || (ok && bytes != rows[i].bytes))
            fail_msg("%s: %s, %lld", rows[i].text, ok ? "accepted" : "refused", (long long)bytes);
    }
}

static void percentages(void **state)
{
    static const struct {
        const char *text;
        double value; /* -1: refused */
    } rows[] = {
        {"99.9", 99.9}, {"1%", 1}, {"100", 100}, {"0", 0},   {"0.5%", 0.5}, {"100.1", -1},
        {"101", -1},    {"%", -1}, {"1%%", -1},  {"-1", -1}, {"", -1},      {"1 %", -1},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        double value = -1;
        bool ok = scalar_percent(str_of(rows[i].text), &value);
        if (ok != (rows[i].value >= 0) || (ok && (value < rows[i].value - 1e-9 || value > rows[i].value + 1e-9)))
            fail_msg("%s: %s, %f", rows[i].text, ok ? "accepted" : "refused", value);
    }
}

static void statuses(void **state)
{
    static const struct {
        const char *text;
        int low, high; /* 0: refused */
    } rows[] = {
        {"200", 200, 200}, {"2xx", 200, 299}, {"200-204", 200, 204}, {"99", 0, 0},   {"600", 0, 0},
        {"6xx", 0, 0},     {"204-200", 0, 0}, {"200-", 0, 0},        {"-200", 0, 0}, {"", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        int low = 0, high = 0;
        bool ok = scalar_status(str_of(rows[i].text), &low, &high);
        if (ok != (rows[i].low > 0) || low != rows[i].low || high != rows[i].high)
            fail_msg("%s: %s, %d to %d", rows[i].text, ok ? "accepted" : "refused", low, high);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),
        cmocka_unit_test(sizes),
        cmocka_unit_test(percentages),
        cmocka_unit_test(statuses),
    };

    return cmocka_run_group_tests_name("scalars", tests, NULL, NULL);
}
