/* fuzz_robots.c - any bytes as robots.txt and as a sitemap: rules and addresses come from the text, within limits. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/str.h"
#include "facts/robots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_n((const char *)data, size), rule;
    struct arena *arena;
    struct str_list sitemaps;
    struct sitemap sitemap;

    if (size > 16384)
        return 0;
    arena = arena_new(8u * 1024 * 1024);
    rule = robots_rule_against(text, STR("googlebot"), STR("/a/b?c"));
    must(rule.n == 0 || (rule.p >= text.p && rule.p + rule.n <= text.p + text.n));
    must(robots_allows(text, STR("googlebot"), STR("/a/b?c")) == (rule.n == 0));
    sitemaps = robots_sitemaps(arena, text);
    must(sitemaps.n <= ROBOTS_MOST_SITEMAPS);
    sitemap_parse(arena, text, &sitemap);
    must(sitemap.locs.n <= SITEMAP_MOST_LOCS && sitemap.locs.n <= sitemap.n_locs);
    must(sitemap.is_sitemap || sitemap.n_locs == 0);
    for (size_t i = 0; i < sitemap.locs.n; i++)
        must(sitemap.locs.v[i].n <= 2048);
    arena_free(arena);
    return 0;
}
