#include "facts/site_pages.h"

#include "core/url.h"

#define MOST_SCANNED 1000u /* references looked at */

enum page_sort { SORT_PRODUCT, SORT_PRICE, SORT_LOGIN, SORT_TEXT, SORT_OTHER, N_SORTS };

static const struct {
    const char *segment; /* the first one of the path begins so */
    enum page_sort sort;
} sorts[] = {
    {"product", SORT_PRODUCT}, {"shop", SORT_PRODUCT},    {"store", SORT_PRODUCT},  {"collection", SORT_PRODUCT},
    {"item", SORT_PRODUCT},    {"catalog", SORT_PRODUCT}, {"pricing", SORT_PRICE},  {"plans", SORT_PRICE},
    {"login", SORT_LOGIN},     {"log-in", SORT_LOGIN},    {"signin", SORT_LOGIN},   {"sign-in", SORT_LOGIN},
    {"signup", SORT_LOGIN},    {"sign-up", SORT_LOGIN},   {"register", SORT_LOGIN}, {"blog", SORT_TEXT},
    {"about", SORT_TEXT},      {"docs", SORT_TEXT},       {"contact", SORT_TEXT},   {"help", SORT_TEXT},
};

static const char *const private_segments[] = {"account",  "my-account", "cart",      "basket",  "orders",
                                               "order",    "admin",      "dashboard", "billing", "profile",
                                               "settings", "checkout",   "members",   "me"};

static const struct str usual_private[] = {STR("/account"), STR("/dashboard"), STR("/orders"),
                                           STR("/cart"),    STR("/settings"),  STR("/admin")};

static const char *const changing[] = {"logout",      "log-out", "signout", "sign-out", "delete",
                                       "unsubscribe", "add-to",  "remove",  "oauth",    "/auth/"};

/* Files, not pages. */
static const char *const files[] = {".pdf", ".zip",  ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".mp4",
                                    ".xml", ".json", ".csv", ".ics", ".dmg",  ".exe", ".apk", ".gz",   ".txt"};

const struct str *site_usual_private(size_t *ret_n)
{
    *ret_n = N_OF(usual_private);
    return usual_private;
}

static struct str first_segment(struct str path)
{
    struct str rest = str_from(path, 1);
    size_t end = str_find_char(rest, '/');

    return str_first(rest, end);
}

static bool has_any(struct str path, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_has_nocase(path, str_of(words[i])))
            return true;
    return false;
}

static bool ends_in_any(struct str path, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_ends_nocase(path, str_of(words[i])))
            return true;
    return false;
}

static bool is_private(struct str path)
{
    struct str first = first_segment(path);

    for (size_t i = 0; i < N_OF(private_segments); i++)
        if (str_eq_nocase(first, str_of(private_segments[i])))
            return true;
    return false;
}

static enum page_sort sort_of(struct str path)
{
    struct str first = first_segment(path);

    for (size_t i = 0; i < N_OF(sorts); i++)
        if (str_starts_nocase(first, str_of(sorts[i].segment)))
            return sorts[i].sort;
    return SORT_OTHER;
}

static bool below(struct str host, struct str apex)
{
    return str_eq_nocase(host, apex) ||
           (host.n > apex.n && str_ends_nocase(host, apex) && host.p[host.n - apex.n - 1] == '.');
}

/* A link that a visitor may follow without changing anything. */
static bool read_link(struct arena *arena, const struct page_ref *ref, struct url *ret)
{
    struct err err;

    if (ref->kind != PAGE_LINK || ref->url.n == 0 || ref->url.n > 1000 || !url_parse(arena, ref->url, ret, &err))
        return false;
    return !has_any(ret->path, changing, N_OF(changing)) && !has_any(ret->query, changing, N_OF(changing)) &&
           !ends_in_any(ret->path, files, N_OF(files));
}

static bool is_of(struct arena *arena, const struct url *url, struct str origin)
{
    return str_eq_nocase(url_origin(arena, url), origin);
}

struct str_list site_pick_pages(struct arena *arena, const struct fact_page *home, struct str origin, size_t most)
{
    struct str_list by_sort[N_SORTS] = {{NULL, 0, 0}}, ret = {NULL, 0, 0};

    for (size_t i = 0; i < home->n_refs && i < MOST_SCANNED; i++) {
        struct url url;

        if (!read_link(arena, &home->refs[i], &url) || !is_of(arena, &url, origin) || url.path.n < 2 ||
            is_private(url.path) || url.query.n)
            continue;
        struct str text = url_text(arena, &url);
        struct str_list *list = &by_sort[sort_of(url.path)];
        if (!str_list_has(list, text) && !str_eq(text, home->url))
            str_list_add(arena, list, text);
    }
    /* One of each kind, then the second of each ... */
    for (size_t round = 0; ret.n < most && round < MOST_SCANNED; round++)
        for (size_t sort = 0; sort < N_SORTS && ret.n < most; sort++)
            if (round < by_sort[sort].n)
                str_list_add(arena, &ret, by_sort[sort].v[round]);
    return ret;
}

struct str_list site_pick_private(struct arena *arena, const struct fact_page *home, struct str apex, size_t most)
{
    struct str_list ret = {NULL, 0, 0};

    for (size_t i = 0; i < home->n_refs && i < MOST_SCANNED && ret.n < most; i++) {
        struct url url;

        if (!read_link(arena, &home->refs[i], &url) || !below(url.host, apex) || !is_private(url.path) ||
            str_has_nocase(url.path, STR("login")) || str_has_nocase(url.path, STR("register")))
            continue;
        struct str text = url_text(arena, &url);
        if (!str_list_has(&ret, text))
            str_list_add(arena, &ret, text);
    }
    return ret;
}

struct str site_pick_login(struct arena *arena, const struct fact_page *home, struct str apex)
{
    static const char *const words[] = {"login", "log-in", "signin", "sign-in", "sign_in"};

    for (size_t i = 0; i < home->n_refs && i < MOST_SCANNED; i++) {
        struct url url;

        if (read_link(arena, &home->refs[i], &url) && below(url.host, apex) && has_any(url.path, words, N_OF(words)))
            return url_text(arena, &url);
    }
    return STR_NONE;
}

static size_t count_segments(struct str path)
{
    size_t n = 0;

    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '/' && i + 1 < path.n && path.p[i + 1] != '/')
            n++;
    return n;
}

struct str site_pick_deep_path(struct arena *arena, const struct fact_page *home, struct str origin)
{
    struct str best = STR_NONE;
    size_t most = 0;

    for (size_t i = 0; i < home->n_refs && i < MOST_SCANNED && most < 2; i++) {
        struct url url;

        if (!read_link(arena, &home->refs[i], &url) || !is_of(arena, &url, origin) || url.query.n ||
            is_private(url.path))
            continue;
        size_t n = count_segments(url.path);
        if (n > most) {
            most = n;
            best = str_dup(arena, url.path);
        }
    }
    return best;
}
