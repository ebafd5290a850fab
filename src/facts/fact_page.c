#include "facts/fact_page.h"

#include "facts/fact_http.h"

static bool begins_like_html(struct str body)
{
    struct str start = str_trim(str_first(body, 512));

    if (str_starts(start, STR("\xef\xbb\xbf")))
        start = str_from(start, 3);
    return str_starts_nocase(start, STR("<!doctype html")) || str_starts_nocase(start, STR("<html"));
}

static bool is_html(const struct fact_http *x)
{
    struct str type = http_header(x, "content-type");

    if (!type.p)
        return begins_like_html(x->body);
    type = str_trim(str_first(type, str_find_char(type, ';')));
    return str_eq_nocase(type, STR("text/html")) || str_eq_nocase(type, STR("application/xhtml+xml"));
}

static bool no_page(const struct fact_route *route, struct err *reterr)
{
    static const char *const why[] = {
        [ROUTE_LOOP] = "redirects in a loop",
        [ROUTE_TOO_LONG] = "redirects more than 20 times",
        [ROUTE_BAD_SCHEME] = "redirects to something that is not http or https",
        [ROUTE_PRIVATE] = "redirects to a private address, which is not followed",
        [ROUTE_NO_LOCATION] = "is a redirect that does not say where to",
    };

    if (route->end == ROUTE_FAILED) {
        *reterr = route->err;
        return false;
    }
    err_set(reterr, ERR_PROTOCOL, "%.*s %s", STR_ARG(str_first(route->start, 200)), why[route->end]);
    return err_at(reterr, "%.*s", STR_ARG(str_first(route->final_url, 150)));
}

static bool look_page(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_page *page = ret;
    const struct fact_route *route = fact_route(q, key, STR_NONE);

    (void)outside; /* built from other facts only */
    if (!route)
        return ask_failed(q, reterr);
    if (route->end != ROUTE_PAGE || !route->last)
        return no_page(route, reterr);
    page->url = route->final_url;
    page->x = route->last;
    page->is_html = is_html(route->last);
    if (page->is_html)
        page_parse(q->arena, route->last->body, page->url, page);
    page->cut = page->cut || route->last->body_cut;
    return true;
}

const struct fact_kind page_kind = {
    .name = "page", .rank = 24, .size = sizeof(struct fact_page), .arena_bytes = 32u * 1024 * 1024, .look = look_page};

const struct fact_page *fact_page(struct ask *q, struct str url)
{
    return facts_get(q, &page_kind, url);
}

void fact_page_want(struct ask *q, struct str url)
{
    facts_want(q, &page_kind, url);
}
