/* web_world.h - a site written by hand, for tests of checks of pages: answers by key, everything else is "404" or
 * unseen. */
#ifndef WEB_WORLD_H
#define WEB_WORLD_H

#include "test.h"

#include "checks/check.h"
#include "facts/fact_http.h"
#include "facts/fact_site.h"
#include "launch/launch.h"

#define HOME "https://shop.example/"

struct web_answer {
    const char *key; /* "https://shop.example/x", or a whole key: "GET https://shop.example/x origin=..." */
    int status;
    const char *headers; /* "a: b\nc: d"; text/html when there is no content-type */
    const char *body;
};

struct web_row {
    const char *why;
    const char *headers, *html; /* of the home page, status 200; html NULL: it was not seen */
    struct web_answer more[6];
    enum status wanted;
    const char *says; /* part of the title, or of a piece of evidence, of a finding with that status */
    bool silent;      /* what is not written here was not seen, instead of a 404 */
    void (*prepare)(struct fact_site *site, struct launch *launch, struct arena *arena);
    const char *platform; /* that serves shop.example; NULL: nginx */
};

/* Runs the check on each row; names the row that went wrong. */
void web_rows(const char *check, const struct web_row *rows, size_t n);

/* For prepare. */
void web_add(struct arena *arena, struct str_list *list, const char *text);
struct site_host *web_add_host(struct arena *arena, struct fact_site *site, const char *name, enum host_role role);

#endif
