/* robots.h - robots.txt (RFC 9309) and sitemaps (sitemaps.org 0.9), read from any bytes. */
#ifndef FACTS_ROBOTS_H
#define FACTS_ROBOTS_H

#include <stdbool.h>

#include "core/str.h"

struct arena;

#define ROBOTS_MOST_BYTES    (500u * 1024u) /* RFC 9309 section 2.5 */
#define SITEMAP_MOST_LOCS    1000u
#define ROBOTS_MOST_SITEMAPS 50u

/* Whether that crawler may fetch the path (with its query): the longest rule of its group decides, allow wins a tie
 * (section 2.2.2). A crawler without a group of its own goes by that of "*". */
bool robots_allows(struct str text, struct str agent, struct str path);

/* The line that forbids it, for evidence; empty when it is allowed. Borrowed. */
struct str robots_rule_against(struct str text, struct str agent, struct str path);

/* Values of Sitemap: lines, borrowed. */
struct str_list robots_sitemaps(struct arena *arena, struct str text);

struct sitemap {
    bool is_sitemap; /* it has a urlset or a sitemapindex element */
    bool is_index;
    struct str_list locs; /* entities decoded, at most SITEMAP_MOST_LOCS */
    size_t n_locs;        /* all there were */
};
void sitemap_parse(struct arena *arena, struct str text, struct sitemap *ret);

#endif
