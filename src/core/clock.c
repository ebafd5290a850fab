#include "core/clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct mono clock_mono(void)
{
    return (struct mono){read_us(CLOCK_MONOTONIC)};
}

int64_t clock_since_us(struct mono start)
{
    return clock_mono().us - start.us;
}

struct mono clock_in_ms(int64_t ms)
{
    return (struct mono){clock_mono().us + ms * 1000};
}

int64_t clock_left_ms(struct mono deadline)
{
    int64_t left = deadline.us - clock_mono().us;

    return left > 0 ? (left + 999) / 1000 : 0;
}

int64_t clock_wall_s(void)
{
    return read_us(CLOCK_REALTIME) / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

struct str clock_rfc3339(struct arena *arena, int64_t wall_s)
{
    time_t t = (time_t)wall_s;
    struct tm tm;

    if (!gmtime_r(&t, &tm))
        return STR("(no date)");
    return str_fmt(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                   tm.tm_min, tm.tm_sec);
}

struct str clock_date(struct arena *arena, int64_t wall_s)
{
    return str_first(clock_rfc3339(arena, wall_s), 10);
}

/* Exactly n digits at the front of *s. */
static bool take_digits(struct str *s, size_t n, int *ret)
{
    uint64_t value;

    if (s->n < n || !str_to_u64(str_first(*s, n), 9999, &value))
        return false;
    *ret = (int)value;
    *s = str_from(*s, n);
    return true;
}

static bool take(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

/* "Z" or "+hh:mm": seconds to take from the local time. */
static bool take_zone(struct str *s, int64_t *ret)
{
    int hours, minutes;

    if (take(s, 'Z') || take(s, 'z')) {
        *ret = 0;
        return true;
    }
    int sign = take(s, '+') ? 1 : take(s, '-') ? -1 : 0;
    if (!sign || !take_digits(s, 2, &hours) || !take(s, ':') || !take_digits(s, 2, &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    *ret = (int64_t)sign * (hours * 3600 + minutes * 60);
    return true;
}

bool clock_parse(struct str s, int64_t *ret_wall_s)
{
    struct tm tm = {0};
    int year, month, day;
    int64_t zone_s = 0;

    if (!take_digits(&s, 4, &year) || !take(&s, '-') || !take_digits(&s, 2, &month) || !take(&s, '-') ||
        !take_digits(&s, 2, &day))
        return false;
    if (s.n) {
        if (!take(&s, 'T') && !take(&s, 't') && !take(&s, ' '))
            return false;
        if (!take_digits(&s, 2, &tm.tm_hour) || !take(&s, ':') || !take_digits(&s, 2, &tm.tm_min) || !take(&s, ':') ||
            !take_digits(&s, 2, &tm.tm_sec) || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
            return false;
        if (take(&s, '.'))
            while (s.n && s.p[0] >= '0' && s.p[0] <= '9')
                s = str_from(s, 1);
        if (!take_zone(&s, &zone_s))
            return false;
    }
    if (s.n || month < 1 || month > 12 || day < 1)
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    time_t t = timegm(&tm);
    if (tm.tm_mon != month - 1 || tm.tm_mday != day) /* timegm moved 30 February on */
        return false;
    *ret_wall_s = (int64_t)t - zone_s;
    return true;
}
