/* fact_page.h - what an HTML page says: read with a real HTML parser (gumbo). */
#ifndef FACTS_FACT_PAGE_H
#define FACTS_FACT_PAGE_H

#include "facts/facts.h"

struct fact_http;

enum page_ref_kind {
    PAGE_LINK, /* a href */
    PAGE_SCRIPT,
    PAGE_STYLE,
    PAGE_IMAGE,
    PAGE_FRAME,
    PAGE_MEDIA,
    PAGE_FORM,
    PAGE_FONT,
    PAGE_SOCIAL,    /* og:url, og:image, twitter:image */
    PAGE_OTHER_LINK /* link rel=alternate, icon, manifest, preload, preconnect ... */
};

struct page_ref {
    enum page_ref_kind kind;
    struct str tag;  /* "img src", "form action", "og:url": for evidence */
    struct str raw;  /* as written */
    struct str url;  /* absolute; empty when it cannot be resolved (mailto:, data:, javascript:) */
    struct str text; /* visible text of a link, shortened; rel of a link element */
    struct str integrity;
};

struct page_form {
    struct str action, method; /* action absolute */
    bool has_password, has_email, has_hidden_token;
};

struct fact_page {
    struct str url; /* of the page itself, after redirects */
    const struct fact_http *x;
    bool is_html;
    struct str title, description, generator, robots; /* robots: contents of meta robots and googlebot, joined by "," */
    struct str lang;
    struct str_list canonicals; /* href of each rel=canonical in head, as written */
    struct str_list canonicals_in_body;
    struct str base;    /* base href, absolute; empty: none */
    struct str refresh; /* target of a meta refresh, absolute; empty: none */
    struct str csp;     /* meta http-equiv content-security-policy */
    struct page_ref *refs;
    size_t n_refs;
    struct page_form *forms;
    size_t n_forms;
    struct str text; /* visible text, white space folded, at most 64 KiB */
    bool cut;        /* a limit was reached (depth, elements, references) */
};

extern const struct fact_kind page_kind; /* key: the URL; rank 24 */
/* The page at url, redirects followed (the default route). NULL when no page came. A page that is no HTML has
 * is_html false and the rest empty. */
const struct fact_page *fact_page(struct ask *q, struct str url);
void fact_page_want(struct ask *q, struct str url);

/* The parser itself: fills page from html (any bytes), resolving against url. */
void page_parse(struct arena *arena, struct str html, struct str url, struct fact_page *page);

#endif
