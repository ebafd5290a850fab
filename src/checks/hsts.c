#include "checks/hsts.h"

#define MOST_S 10000000000u /* 317 years */

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!ok && !(c > 0x20 && c < 0x7f && str_find_char(STR("!#$%&'*+-.^_`|~"), (char)c) != SIZE_MAX))
            return false;
    }
    return s.n > 0;
}

/* A token or a quoted string without its quotes; false when it is neither. */
static bool read_value(struct str s, struct str *ret)
{
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"') {
        *ret = str_n(s.p + 1, s.n - 2);
        return str_find_char(*ret, '"') == SIZE_MAX;
    }
    *ret = s;
    return is_token(s);
}

static bool read_max_age(struct str value, struct hsts *ret, struct err *reterr)
{
    uint64_t seconds = 0;

    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return err_set(reterr, ERR_PARSE, "max-age is not a number of seconds");
        if (seconds < MOST_S)
            seconds = seconds * 10 + (uint64_t)(value.p[i] - '0');
    }
    if (value.n == 0)
        return err_set(reterr, ERR_PARSE, "max-age has no value");
    ret->max_age_s = seconds < MOST_S ? (int64_t)seconds : (int64_t)MOST_S;
    return true;
}

bool hsts_parse(struct str value, struct hsts *ret, struct err *reterr)
{
    struct hsts h = {0};
    bool has_age = false, has_value;

    for (struct str rest = value; rest.p;) {
        struct str directive = str_trim(str_cut(&rest, ';')), after = directive;
        struct str name = str_trim(str_cut(&after, '=')), text = STR_NONE;
        has_value = after.p != NULL;
        if (directive.n == 0)
            continue; /* section 6.1 allows empty ones */
        if (!is_token(name) || (has_value && !read_value(str_trim(after), &text)))
            return err_set(reterr, ERR_PARSE, "a directive is not written NAME or NAME=VALUE");
        if (str_eq_nocase(name, STR("max-age"))) {
            if (has_age)
                return err_set(reterr, ERR_PARSE, "max-age stands there twice");
            if (!read_max_age(text, &h, reterr))
                return false;
            has_age = true;
        } else if (str_eq_nocase(name, STR("includesubdomains"))) {
            if (h.include_subdomains)
                return err_set(reterr, ERR_PARSE, "includeSubDomains stands there twice");
            h.include_subdomains = true;
        } else if (str_eq_nocase(name, STR("preload"))) {
            h.preload = true;
        }
    }
    if (!has_age)
        return err_set(reterr, ERR_PARSE, "max-age is missing");
    *ret = h;
    return true;
}
