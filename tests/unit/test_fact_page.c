/* test_fact_page.c - what a page says, read from any bytes. */
#include "test.h"

#include <stdlib.h>

#include "core/buf.h"
#include "facts/fact_page.h"
#include "facts/html_tree.h"
#include "facts/site_pages.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_MB(64));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct fact_page parse(const char *html)
{
    struct fact_page page = {.n_refs = 0};

    page.url = STR("https://shop.example/a/b");
    page_parse(arena, str_of(html), page.url, &page);
    return page;
}

static const struct page_ref *ref_of(const struct fact_page *page, const char *tag)
{
    for (size_t i = 0; i < page->n_refs; i++)
        if (str_eq(page->refs[i].tag, str_of(tag)))
            return &page->refs[i];
    fail_msg("no %s", tag);
    return NULL;
}

static void references_are_read_and_resolved(void **state)
{
    static const struct {
        const char *html, *tag, *url;
        enum page_ref_kind kind;
    } rows[] = {
        {"<a href='../c?x=1#y'>C</a>", "a href", "https://shop.example/c?x=1", PAGE_LINK},
        {"<a href='mailto:hi@shop.example'>m</a>", "a href", "", PAGE_LINK},
        {"<a href='javascript:void(0)'>j</a>", "a href", "", PAGE_LINK},
        {"<script src='//cdn.example/x.js'></script>", "script src", "https://cdn.example/x.js", PAGE_SCRIPT},
        {"<link rel='stylesheet' href='http://shop.example/s.css'>", "link stylesheet", "http://shop.example/s.css",
         PAGE_STYLE},
        {"<link rel=preload as=font href=/f.woff2>", "link preload", "https://shop.example/f.woff2", PAGE_FONT},
        {"<link rel=icon href=/i.ico>", "link", "https://shop.example/i.ico", PAGE_OTHER_LINK},
        {"<img src=' /i.png '>", "img src", "https://shop.example/i.png", PAGE_IMAGE},
        {"<img srcset='/one,1.png 1x, /two.png 2x'>", "img srcset", "https://shop.example/one,1.png", PAGE_IMAGE},
        {"<picture><source srcset='/w.webp'></picture>", "source srcset", "https://shop.example/w.webp", PAGE_IMAGE},
        {"<iframe src='/f'></iframe>", "iframe src", "https://shop.example/f", PAGE_FRAME},
        {"<form action='http://pay.example/x'></form>", "form action", "http://pay.example/x", PAGE_FORM},
        {"<meta property='og:image' content='http://localhost:3000/o.png'>", "og:image", "http://localhost:3000/o.png",
         PAGE_SOCIAL},
        {"<meta name='twitter:image' content='/t.png'>", "twitter:image", "https://shop.example/t.png", PAGE_SOCIAL},
        {"<style>@import 'http://x.example/y.css';</style>", "style @import", "http://x.example/y.css", PAGE_STYLE},
        {"<style>a{background:url( \"/bg.png\" )}</style>", "style url()", "https://shop.example/bg.png", PAGE_IMAGE},
        {"<p style='background:url(/p.png)'>", "style url()", "https://shop.example/p.png", PAGE_IMAGE},
        {"<svg><image href='/s.png'/></svg>", "image href", "https://shop.example/s.png", PAGE_IMAGE},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct fact_page page = parse(rows[i].html);
        const struct page_ref *ref = ref_of(&page, rows[i].tag);

        if (!str_eq(ref->url, str_of(rows[i].url)) || ref->kind != rows[i].kind)
            fail_msg("%s: got \"%.*s\", kind %d", rows[i].html, STR_ARG(ref->url), (int)ref->kind);
    }
}

static void head_is_read(void **state)
{
    struct fact_page page = parse("\xef\xbb\xbf<!doctype html><html lang=en><head><title> Blue\n mugs </title>"
                                  "<meta name=Description content=' Mugs. '><meta name=generator content=X>"
                                  "<meta name=robots content=noindex><meta name=googlebot content='none'>"
                                  "<meta http-equiv=refresh content=\"5; URL='/next'\">"
                                  "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\">"
                                  "<link rel='Canonical' href='/c'></head><body>"
                                  "<p>x</p><link rel=canonical href='https://evil.example/'></body>");

    (void)state;
    assert_str(page.title, "Blue mugs");
    assert_str(page.description, "Mugs.");
    assert_str(page.generator, "X");
    assert_str(page.robots, "noindex,none");
    assert_str(page.refresh, "https://shop.example/next");
    assert_str(page.csp, "default-src 'self'");
    assert_str(page.lang, "en");
    assert_int_equal(page.canonicals.n, 1);
    assert_str(page.canonicals.v[0], "/c");
    assert_int_equal(page.canonicals_in_body.n, 1);
    assert_false(page.cut);
}

static void base_holds_for_all(void **state)
{
    struct fact_page page = parse("<head><link rel=icon href=i.ico><base href='https://other.example/x/'>"
                                  "<base href='https://second.example/'></head><a href=y>y</a>");

    (void)state;
    assert_str(page.base, "https://other.example/x/");
    assert_str(ref_of(&page, "link")->url, "https://other.example/x/i.ico");
    assert_str(ref_of(&page, "a href")->url, "https://other.example/x/y");
}

static void forms_are_read(void **state)
{
    struct fact_page page = parse("<form method=POST><input type=hidden name=csrf_token value=1><input type=email>"
                                  "<input type=password></form><form action=/search><input name=q></form>");

    (void)state;
    assert_int_equal(page.n_forms, 2);
    assert_str(page.forms[0].method, "post");
    assert_str(page.forms[0].action, "https://shop.example/a/b");
    assert_true(page.forms[0].has_password && page.forms[0].has_email && page.forms[0].has_hidden_token);
    assert_str(page.forms[1].method, "get");
    assert_str(page.forms[1].action, "https://shop.example/search");
    assert_false(page.forms[1].has_password || page.forms[1].has_hidden_token);
}

static void text_is_what_is_seen(void **state)
{
    struct fact_page page =
        parse("<title>T</title><body>One <b>t</b>wo<div>three</div>four<script>no()</script>"
              "<style>no{}</style><template>no</template><!-- no --><a href=/x> five\n<i>six</i></a>");

    (void)state;
    assert_str(page.text, "One two three four five six");
    assert_str(ref_of(&page, "a href")->text, "five six");
}

static void any_bytes_are_survived(void **state)
{
    static const char nul[] = "<ti\0tle>\0</title><a href='/\0x'>\xff\xfe</a><img src=";
    struct fact_page page = {.n_refs = 0};

    (void)state;
    page_parse(arena, str_n(nul, sizeof nul - 1), STR("https://shop.example/"), &page);
    page_parse(arena, STR_NONE, STR("https://shop.example/"), &page);
    page_parse(arena, STR("<a href=/x>"), STR("not a url"), &page);
    assert_str(page.refs[page.n_refs - 1].url, "");
}

static struct str repeat(const char *part, size_t n)
{
    struct buf b;
    struct str s;

    buf_init(&b, ARENA_MB(4));
    for (size_t i = 0; i < n; i++)
        buf_add_cstr(&b, part);
    s = str_dup(arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static void limits_cut_and_say_so(void **state)
{
    static const struct {
        const char *why, *part;
        size_t n;
        bool cut;
    } rows[] = {
        {"nesting", "<div>", 200000, true},
        {"siblings", "<div></div>", 20000, false},
        {"implied ends", "<li>x<p>y", 20000, false},
        {"rows", "<table><tr><td>", 20000, true},
        {"formatting that is reopened", "<p><b a><i b><u c></p>", 20000, true},
        {"references", "<a href=/x>x</a>", 6000, true},
        {"a long address", "<a href=/0123456789012345678901234567890123456789>x</a>", 4000, false},
        {"scripts that hold markup", "<script>'<div>'</script>", 3000, false},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct fact_page page = {.n_refs = 0};

        page_parse(arena, repeat(rows[i].part, rows[i].n), STR("https://shop.example/"), &page);
        if (page.cut != rows[i].cut)
            fail_msg("%s: cut is %d", rows[i].why, page.cut);
        if (page.n_refs > 5000 || page.text.n > 65536)
            fail_msg("%s: %zu references, %zu bytes", rows[i].why, page.n_refs, page.text.n);
    }
}

static void links_are_picked_for_variety(void **state)
{
    struct fact_page home = parse(
        "<a href=/products/blue-mug>a</a><a href=/products/red-mug>b</a><a href=/logout>c</a><a href=/pricing>d</a>"
        "<a href=/login>e</a><a href=https://other.example/about>f</a><a href=/about>g</a><a href=/file.pdf>h</a>"
        "<a href=/account>i</a><a href=https://app.shop.example/orders/>j</a><a href=/cart/add-to/1>k</a>"
        "<a href=https://app.shop.example.evil.example/admin>l</a>");
    struct str_list pages = site_pick_pages(arena, &home, STR("https://shop.example"), 4);
    struct str_list private_pages = site_pick_private(arena, &home, STR("shop.example"), 8);

    (void)state;
    assert_int_equal(pages.n, 4);
    assert_str(pages.v[0], "https://shop.example/products/blue-mug");
    assert_str(pages.v[1], "https://shop.example/pricing");
    assert_str(pages.v[2], "https://shop.example/login");
    assert_str(pages.v[3], "https://shop.example/about");
    assert_int_equal(private_pages.n, 2);
    assert_str(private_pages.v[0], "https://shop.example/account");
    assert_str(private_pages.v[1], "https://app.shop.example/orders/");
    assert_str(site_pick_login(arena, &home, STR("shop.example")), "https://shop.example/login");
    assert_str(site_pick_deep_path(arena, &home, STR("https://shop.example")), "/products/blue-mug");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(references_are_read_and_resolved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(head_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(base_holds_for_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forms_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_what_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_bytes_are_survived, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_cut_and_say_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_are_picked_for_variety, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
