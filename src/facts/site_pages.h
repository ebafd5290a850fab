/* site_pages.h - which of the home page's links are worth looking at. Pure: from the page alone. */
#ifndef FACTS_SITE_PAGES_H
#define FACTS_SITE_PAGES_H

#include "facts/fact_page.h"

/* Up to most internal pages of origin ("https://shop.example") linked by home, of as many kinds as there are (product,
 * price, log-in, text), without the home page itself. Nothing that changes something (log out, add to cart). */
struct str_list site_pick_pages(struct arena *arena, const struct fact_page *home, struct str origin, size_t most);

/* Links that lead where only one visitor should be: /account, /orders, /admin ... of any host below apex. */
struct str_list site_pick_private(struct arena *arena, const struct fact_page *home, struct str apex, size_t most);

/* The first log-in link of any host below apex, or the empty string. */
struct str site_pick_login(struct arena *arena, const struct fact_page *home, struct str apex);

/* A path of origin with the most segments (two if there is one), without query; empty: none. */
struct str site_pick_deep_path(struct arena *arena, const struct fact_page *home, struct str origin);

/* Paths of private pages that sites usually have, for asking. */
const struct str *site_usual_private(size_t *ret_n);

#endif
