/* fuzz_page.c - any bytes as a page: what comes out is within its limits, and links are whole addresses or nothing. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/str.h"
#include "core/url.h"
#include "facts/fact_page.h"
#include "facts/site_pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_ref(struct arena *arena, const struct page_ref *ref)
{
    struct url url;
    struct err err;

    must(ref->tag.n > 0 && ref->raw.n <= 4096 && ref->text.n <= 120);
    if (ref->url.n)
        must(url_parse(arena, ref->url, &url, &err) && url_is_web(&url) && url.host.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fact_page page = {.url = STR("https://shop.example/a/b?c")};
    struct arena *arena;
    struct str_list picked;

    if (size > 65536)
        return 0;
    arena = arena_new(64u * 1024 * 1024);
    page_parse(arena, str_n((const char *)data, size), page.url, &page);
    must(page.n_refs <= 5000 && page.n_forms <= 200 && page.text.n <= 65536);
    for (size_t i = 0; i < page.n_refs; i++)
        check_ref(arena, &page.refs[i]);
    picked = site_pick_pages(arena, &page, STR("https://shop.example"), 4);
    must(picked.n <= 4);
    for (size_t i = 0; i < picked.n; i++)
        must(str_starts(picked.v[i], STR("https://shop.example/")));
    site_pick_private(arena, &page, STR("shop.example"), 8);
    site_pick_login(arena, &page, STR("shop.example"));
    site_pick_deep_path(arena, &page, STR("https://shop.example"));
    arena_free(arena);
    return 0;
}
