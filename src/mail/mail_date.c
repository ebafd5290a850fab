#include "mail/mail_date.h"

#define YEAR_FIRST 1900 /* section 3.3 */
#define YEAR_LAST  9999
#define NEST_MOST  20

struct cursor {
    struct str s;
    size_t at;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Past a comment that opens here; false when it does not close. */
static bool skip_comment(struct cursor *c)
{
    int depth = 0;

    while (c->at < c->s.n) {
        char ch = c->s.p[c->at++];
        if (ch == '\\')
            c->at++;
        else if (ch == '(' && ++depth > NEST_MOST)
            return false;
        else if (ch == ')' && --depth == 0)
            return true;
    }
    return false;
}

static bool skip_blank(struct cursor *c)
{
    while (c->at < c->s.n) {
        if (is_space(c->s.p[c->at]))
            c->at++;
        else if (c->s.p[c->at] != '(')
            break;
        else if (!skip_comment(c))
            return false;
    }
    return true;
}

static bool take_char(struct cursor *c, char want)
{
    if (!skip_blank(c) || c->at >= c->s.n || c->s.p[c->at] != want)
        return false;
    c->at++;
    return true;
}

static struct str take_while(struct cursor *c, bool (*is)(char))
{
    size_t from;

    if (!skip_blank(c))
        return STR_NONE;
    from = c->at;
    while (c->at < c->s.n && is(c->s.p[c->at]))
        c->at++;
    return str_n(c->s.p + from, c->at - from);
}

static bool take_number(struct cursor *c, size_t least_digits, size_t most_digits, int *ret)
{
    struct str digits = take_while(c, is_digit);

    if (digits.n < least_digits || digits.n > most_digits)
        return false;
    *ret = 0;
    for (size_t i = 0; i < digits.n; i++)
        *ret = *ret * 10 + (digits.p[i] - '0');
    return true;
}

/* The place of the word in a list of three-letter names, or -1. */
static int place_of(struct str word, const char *names)
{
    for (int i = 0; word.n == 3 && names[i * 3]; i++)
        if (str_eq_nocase(word, str_n(names + (size_t)i * 3, 3)))
            return i;
    return -1;
}

static bool take_year(struct cursor *c, int *ret, bool *obsolete)
{
    struct str digits = take_while(c, is_digit);

    if (digits.n < 2 || digits.n > 4)
        return false;
    *ret = 0;
    for (size_t i = 0; i < digits.n; i++)
        *ret = *ret * 10 + (digits.p[i] - '0');
    if (digits.n < 4) { /* section 4.3: 00-49 is this century, the rest and three digits count from 1900 */
        *obsolete = true;
        *ret += digits.n == 2 && *ret < 50 ? 2000 : 1900;
    }
    return *ret >= YEAR_FIRST && *ret <= YEAR_LAST;
}

static bool take_zone(struct cursor *c, struct mail_date *d)
{
    static const struct {
        const char *name;
        int hours;
    } named[] = {{"UT", 0},   {"GMT", 0},  {"EDT", -4}, {"EST", -5}, {"CDT", -5},
                 {"CST", -6}, {"MDT", -6}, {"MST", -7}, {"PDT", -7}, {"PST", -8}};

    if (!skip_blank(c))
        return false;
    if (c->at >= c->s.n) { /* some old mailers leave it out: nothing is known, as with -0000 */
        d->obsolete = true;
        return true;
    }
    char sign = c->s.p[c->at];
    if (sign == '+' || sign == '-') {
        size_t from = ++c->at;
        while (c->at < c->s.n && is_digit(c->s.p[c->at]))
            c->at++;
        const char *p = c->s.p + from;
        if (c->at - from != 4 || p[2] > '5')
            return false;
        int minutes = ((p[0] - '0') * 10 + (p[1] - '0')) * 60 + (p[2] - '0') * 10 + (p[3] - '0');
        d->zone_minutes = sign == '-' ? -minutes : minutes;
        return true;
    }
    struct str word = take_while(c, is_letter);
    d->obsolete = true;
    for (size_t i = 0; i < N_OF(named); i++)
        if (str_eq_nocase(word, str_of(named[i].name)))
            d->zone_minutes = named[i].hours * 60;
    return word.n > 0; /* military letters and unknown words count as -0000 */
}

static bool is_leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month] + (month == 1 && is_leap(year));
}

/* Days from 1970-01-01 to that day; month counts from 0. */
static int64_t days_before(int year, int month, int day)
{
    int64_t y = year - 1, days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;

    for (int m = 0; m < month; m++)
        days += days_in(year, m);
    return days + day - 1;
}

bool mail_date_parse(struct str text, struct mail_date *ret)
{
    struct cursor c = {text, 0};
    struct mail_date d = {0};
    int weekday = -1, day, year, hour, minute, second = 0;
    struct str word = take_while(&c, is_letter);

    if (word.n) {
        weekday = place_of(word, "MonTueWedThuFriSatSun");
        if (weekday < 0 || !take_char(&c, ','))
            return false;
    }
    if (!take_number(&c, 1, 2, &day))
        return false;
    int month = place_of(take_while(&c, is_letter), "JanFebMarAprMayJunJulAugSepOctNovDec");
    if (month < 0 || !take_year(&c, &year, &d.obsolete) || day < 1 || day > days_in(year, month))
        return false;
    if (!take_number(&c, 2, 2, &hour) || hour > 23 || !take_char(&c, ':') || !take_number(&c, 2, 2, &minute) ||
        minute > 59)
        return false;
    if (take_char(&c, ':') && (!take_number(&c, 2, 2, &second) || second > 60)) /* 60: a leap second */
        return false;
    if (!take_zone(&c, &d) || !skip_blank(&c) || c.at < c.s.n)
        return false;
    int64_t days = days_before(year, month, day);
    d.at_s = days * 86400 + hour * 3600 + minute * 60 + second - (int64_t)d.zone_minutes * 60;
    d.wrong_day = weekday >= 0 && (int)(((days % 7) + 10) % 7) != weekday; /* 1970-01-01 was a Thursday: 3 */
    *ret = d;
    return true;
}
