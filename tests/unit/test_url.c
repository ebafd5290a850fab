#include "test.h"

#include "core/ip.h"
#include "core/url.h"

static void parse_rows(void **state)
{
    static const struct {
        const char *text, *again; /* NULL: refused */
    } rows[] = {
        {"https://Shop.Example", "https://shop.example/"},
        {"http://shop.example:80/a?b=c#d", "http://shop.example/a?b=c"},
        {"https://shop.example:8443/", "https://shop.example:8443/"},
        {"https://user:pw@shop.example/x", "https://shop.example/x"},
        {"https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"},
        {"https://shop.example./", "https://shop.example/"},
        {"file:///etc/passwd", "file:/etc/passwd"},
        {"javascript:alert(1)", "javascript:alert(1)"},
        {"shop.example", NULL},
        {"//shop.example/", NULL},
        {"https:shop.example", NULL},
        {"https://", NULL},
        {"https://shop.example:0/", NULL},
        {"https://shop.example:65536/", NULL},
        {"https://shop.example:x/", NULL},
        {"https://[2001:db8::1/", NULL},
        {"https://[::1]x/", NULL},
        {"https://shop example/", NULL},
        {"https://shop.example/\x1b[31m", NULL},
        {"https://sh\"op.example/", NULL},
        {"", NULL},
    };
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct url u;
        struct err e = {0};
        bool ok = url_parse(arena, str_of(rows[i].text), &u, &e);
        if (ok != (rows[i].again != NULL))
            fail_msg("%s: %s", rows[i].text, ok ? "accepted" : e.text);
        if (ok)
            assert_str(url_text(arena, &u), rows[i].again);
        else
            assert_true(e.kind != ERR_NONE && e.text[0]);
    }
    arena_free(arena);
}

/* The examples of RFC 3986 section 5.4, on a web base, and what browsers forgive. */
static void resolve_rows(void **state)
{
    static const struct {
        const char *reference, *wanted;
    } rows[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"https://X/y/../z", "https://x/z"},
        {"\\g\\h", "http://a/g/h"},
        {" /g \n", "http://a/g"},
        {"/a b", "http://a/a%20b"},
        {"/x//y", "http://a/x//y"},
        {"file:///etc/passwd", "file:/etc/passwd"},
    };
    struct arena *arena = arena_new(ARENA_MB(1));
    struct url base, u;
    struct err e;

    (void)state;
    assert_true(url_parse(arena, STR("http://a/b/c/d;p?q"), &base, &e));
    for (size_t i = 0; i < N_OF(rows); i++) {
        if (!url_resolve(arena, &base, str_of(rows[i].reference), &u, &e))
            fail_msg("%s: %s", rows[i].reference, e.text);
        assert_str(url_text(arena, &u), rows[i].wanted);
    }
    assert_false(url_resolve(arena, &base, STR("http://\x01/"), &u, &e));
    arena_free(arena);
}

static void ip_rows(void **state)
{
    static const struct {
        const char *text;
        int class; /* -1: refused */
    } rows[] = {
        {"93.184.216.34", IP_PUBLIC},
        {"10.1.2.3", IP_PRIVATE},
        {"172.31.255.255", IP_PRIVATE},
        {"172.32.0.0", IP_PUBLIC},
        {"192.168.0.1", IP_PRIVATE},
        {"100.64.0.1", IP_PRIVATE},
        {"127.0.0.1", IP_LOOPBACK},
        {"169.254.169.254", IP_LINK_LOCAL},
        {"203.0.113.80", IP_DOCUMENTATION},
        {"0.0.0.0", IP_RESERVED},
        {"255.255.255.255", IP_RESERVED},
        {"::1", IP_LOOPBACK},
        {"::ffff:10.0.0.1", IP_PRIVATE},
        {"fd00::1", IP_PRIVATE},
        {"fe80::1", IP_LINK_LOCAL},
        {"2001:db8::1", IP_DOCUMENTATION},
        {"2606:4700::1", IP_PUBLIC},
        {"1.2.3", -1},
        {"1.2.3.256", -1},
        {"01.2.3.4", -1},
        {"::g", -1},
        {"[::1]", -1},
        {"", -1},
        {"shop.example", -1},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct ip ip;
        bool ok = ip_parse(str_of(rows[i].text), &ip);
        if (ok != (rows[i].class >= 0) || (ok && (int)ip_classify(&ip) != rows[i].class))
            fail_msg("%s", rows[i].text);
    }
}

static void ranges(void **state)
{
    struct ip ip;

    (void)state;
    assert_true(ip_parse(STR("104.23.255.255"), &ip));
    assert_true(ip_in(&ip, STR("104.16.0.0/13")));
    assert_false(ip_in(&ip, STR("104.24.0.0/13")));
    assert_false(ip_in(&ip, STR("104.16.0.0/33")));
    assert_false(ip_in(&ip, STR("104.16.0.0")));
    assert_false(ip_in(&ip, STR("2606:4700::/32")));
    assert_true(ip_in(&ip, STR("0.0.0.0/0")));
    assert_true(ip_in(&ip, STR("104.23.255.255/32")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_rows),
        cmocka_unit_test(resolve_rows),
        cmocka_unit_test(ip_rows),
        cmocka_unit_test(ranges),
    };

    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
