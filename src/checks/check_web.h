/* check_web.h - what checks of pages share: which pages and files to look at, names that give away a test set-up, and
 * how a header is set at each platform. */
#ifndef CHECKS_CHECK_WEB_H
#define CHECKS_CHECK_WEB_H

#include "checks/check.h"
#include "core/arena.h"
#include "facts/fact_http.h"
#include "facts/fact_page.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "facts/facts.h"

struct web_pages {
    const struct fact_page **v;
    size_t n;
};

/* The site's pages that were seen and are HTML with status 200, home first. When the home page was not seen, q holds
 * the reason; the other pages were seen when the site was looked at, and are left out when they are gone. */
struct web_pages web_pages(struct ask *q, const struct fact_site *site);

struct web_file {
    struct str url;
    enum page_ref_kind kind;
    const struct fact_http *x;
};
struct web_files {
    struct web_file *v;
    size_t n, capacity;
};

/* First-party files of the pages with one of the kinds (a bit each, 1u << PAGE_SCRIPT), fetched, at most most of them.
 * What did not answer is in q. */
struct web_files web_files(struct ask *q, const struct fact_site *site, const struct web_pages *pages, unsigned kinds,
                           size_t most);

/* Host of a URL, lower case; empty when there is none. */
struct str web_host(struct ask *q, struct str url);

enum leak {
    LEAK_NONE,
    LEAK_LOCAL,   /* localhost, loopback, private addresses, .local: nobody else's machine has it */
    LEAK_STAGING, /* a name of the site's own made for tests */
    LEAK_PREVIEW  /* a platform's own name: shop-git-main.vercel.app */
};
enum leak web_leak_of(const struct fact_site *site, struct str host);
const char *web_leak_words(enum leak leak); /* "a local machine" */
/* For LEAK_PREVIEW: the name holds the site's own label, so that it is most likely this site's. */
bool web_is_own_preview(const struct fact_site *site, struct str host);

/* The proxy in front when it is one of its own, else the host, else NULL. */
const struct platform *web_platform(struct ask *q, struct str host);
/* Lines that set a response header there: "add_header X "y" always;". */
struct str web_header_lines(struct arena *arena, const struct platform *platform, const char *name, const char *value);
/* Where those lines go: "In the site's server block of /etc/nginx". */
struct str web_header_place(struct arena *arena, const struct platform *platform);

/* A number in a Cache-Control directive ("max-age", "s-maxage"); -1 when it is not there or no number. */
int64_t web_cache_seconds(const struct fact_http *x, const char *directive);
/* The marker that says that a shared cache answered ("cf-cache-status: HIT", "age: 12"), or the empty string. */
struct str web_cache_hit(struct arena *arena, const struct fact_http *x);

/* The finding with that key that was said already, or NULL: one fault on five pages is one finding. */
struct finding *web_said(const struct findings *out, struct str key);

/* True for a page that says nothing without running its scripts. */
bool web_is_shell(const struct fact_page *page);

bool web_status_ok(const struct fact_http *x); /* 200 to 299 */
/* text/html, text/css, ... : the media type without parameters, lower case. */
struct str web_media_type(struct arena *arena, const struct fact_http *x);

#endif
