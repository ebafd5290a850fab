#include "facts/set_cookie.h"

#include "core/arena.h"
#include "core/secret.h"

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return true;
    return false;
}

static enum same_site same_site_of(struct str value)
{
    if (str_eq_nocase(value, STR("none")))
        return SAME_SITE_NONE;
    if (str_eq_nocase(value, STR("lax")))
        return SAME_SITE_LAX;
    if (str_eq_nocase(value, STR("strict")))
        return SAME_SITE_STRICT;
    return SAME_SITE_UNKNOWN;
}

static void read_attribute(struct str attribute, struct set_cookie *c)
{
    struct str rest = attribute, name = str_trim(str_cut(&rest, '=')), value = str_trim(rest);

    if (str_eq_nocase(name, STR("secure")))
        c->secure = true;
    else if (str_eq_nocase(name, STR("httponly")))
        c->http_only = true;
    else if (str_eq_nocase(name, STR("partitioned")))
        c->partitioned = true;
    else if (str_eq_nocase(name, STR("samesite")))
        c->same_site = same_site_of(value);
    else if (str_eq_nocase(name, STR("domain")))
        c->domain = str_starts(value, STR(".")) ? str_from(value, 1) : value;
    else if (str_eq_nocase(name, STR("path")))
        c->path = value;
    else if (str_eq_nocase(name, STR("max-age")))
        c->removes = c->removes || (value.n && (value.p[0] == '-' || str_eq(value, STR("0"))));
}

bool set_cookie_parse(struct str header, struct set_cookie *ret)
{
    struct set_cookie c = {.domain = STR_NONE, .path = STR_NONE};
    struct str rest = header, pair = str_cut(&rest, ';'), value = pair;

    if (has_control(header))
        return false;
    if (str_find_char(pair, '=') == SIZE_MAX) {
        c.name = STR_NONE;
        c.value = str_trim(pair);
    } else {
        c.name = str_trim(str_cut(&value, '='));
        c.value = str_trim(value);
    }
    if ((c.name.n == 0 && c.value.n == 0) || c.name.n + c.value.n > SET_COOKIE_MOST_BYTES)
        return false;
    if (!c.value.p)
        c.value = STR_NONE;
    while (rest.p)
        read_attribute(str_trim(str_cut(&rest, ';')), &c);
    c.removes = c.removes || c.value.n == 0;
    if (!c.domain.p)
        c.domain = STR_NONE;
    if (!c.path.p)
        c.path = STR_NONE;
    *ret = c;
    return true;
}

/* ---- names ---- */

static const char *const foreign[] = {"_ga",
                                      "_gid",
                                      "_gcl",
                                      "_gat",
                                      "_fbp",
                                      "_fbc",
                                      "__cf",
                                      "cf_",
                                      "_hj",
                                      "_cfuvid",
                                      "__hs",
                                      "hubspotutk",
                                      "_pk_",
                                      "_clck",
                                      "_clsk",
                                      "ajs_",
                                      "mp_",
                                      "amp_",
                                      "intercom-",
                                      "__stripe",
                                      "_uet",
                                      "_scid",
                                      "awsalb",
                                      "arraffinity",
                                      "optimizely",
                                      "_dd_s",
                                      "ph_",
                                      "ar_debug",
                                      "_shopify_y",
                                      "_shopify_s",
                                      "_tracking_consent",
                                      "_landing_page",
                                      "_orig_referrer",
                                      "localization"};
static const char *const csrf[] = {"csrf", "xsrf"};
static const char *const session[] = {"sess",     "auth",        "jwt",          "login",
                                      "remember", "connect.sid", "access_token", "refresh_token",
                                      "id_token", "logged_in",   "_identity",    "aspxauth"};

static bool has_any(struct str name, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_has_nocase(name, str_of(words[i])))
            return true;
    return false;
}

/* "sid", "PHPSESSID", "shop_sid", "__Host-sid", but not "side". */
static bool is_sid(struct str name)
{
    size_t at = name.n - (name.n < 3 ? name.n : 3);

    if (!str_ends_nocase(name, STR("sid")))
        return false;
    return at == 0 || name.p[at - 1] == '.' || name.p[at - 1] == '_' || name.p[at - 1] == '-';
}

static bool is_token(struct str name)
{
    return str_eq_nocase(name, STR("token")) || str_ends_nocase(name, STR("_token")) ||
           str_ends_nocase(name, STR("-token"));
}

enum cookie_kind cookie_kind_of(struct str name)
{
    for (size_t i = 0; i < N_OF(foreign); i++)
        if (str_starts_nocase(name, str_of(foreign[i])))
            return COOKIE_FOREIGN;
    if (has_any(name, csrf, N_OF(csrf)))
        return COOKIE_CSRF;
    if (str_has_nocase(name, STR("author")))
        return COOKIE_PLAIN;
    if (has_any(name, session, N_OF(session)) || is_sid(name) || is_token(name))
        return COOKIE_SESSION;
    return COOKIE_PLAIN;
}

struct str set_cookie_masked(struct arena *arena, struct str header)
{
    struct str rest = header, pair = str_cut(&rest, ';'), value = pair, name = str_cut(&value, '=');

    if (!value.p) { /* a value without a name */
        value = name;
        name = STR_NONE;
    }
    return str_fmt(arena, "%.*s=%.*s%s%.*s", STR_ARG(str_trim(name)), STR_ARG(secret_mask(arena, str_trim(value))),
                   rest.p ? ";" : "", rest.p ? (int)str_first(rest, 300).n : 0, rest.p ? rest.p : "");
}
