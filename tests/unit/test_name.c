#include "test.h"

#include "core/text.h"
#include "launch/name.h"

static void target_rows(void **state)
{
    char long_label[80], long_name[320];
    memset(long_label, 'a', sizeof long_label);
    memcpy(long_label + 70, ".example", 9);
    for (size_t i = 0; i < 300; i++)
        long_name[i] = i % 30 == 29 ? '.' : 'b';
    memcpy(long_name + 300, ".example", 9);
    const struct {
        const char *text, *host, *ignored, *complaint;
    } rows[] = {
        {"shop.example", "shop.example", "", NULL},
        {" Shop.Example. ", "shop.example", "", NULL},
        {"https://shop.example/cart?x=1", "shop.example", "/cart?x=1", NULL},
        {"shop.example/cart", "shop.example", "/cart", NULL},
        {"http://www.shop.example/", "www.shop.example", "", NULL},
        {"https://shop.example:443/", "shop.example", "", NULL},
        {"b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example", "", NULL},
        {"https://b\xc3\xbc"
         "cher.example/x",
         "xn--bcher-kva.example", "/x", NULL},
        {"192.0.2.1", NULL, NULL, "is an address"},
        {"https://192.0.2.1/", NULL, NULL, "is an address"},
        {"2001:db8::1", NULL, NULL, "is an address"},
        {"https://[2001:db8::1]/", NULL, NULL, "is an address"},
        {"shop.example:8443", NULL, NULL, "port"},
        {"https://shop.example:8443/", NULL, NULL, ":8443"},
        {"https://me:pw@shop.example/", NULL, NULL, "user name"},
        {"me@shop.example", NULL, NULL, "mail address"},
        {"ftp://shop.example/", NULL, NULL, "not ftp:"},
        {"localhost", NULL, NULL, "needs a dot"},
        {"co.uk", NULL, NULL, "public suffix"},
        {"", NULL, NULL, "missing"},
        {"   ", NULL, NULL, "missing"},
        {"shop..example", NULL, NULL, "empty label"},
        {"-shop.example", NULL, NULL, "hyphen"},
        {"my_shop.example", NULL, NULL, "underscore"},
        {"shop .example", NULL, NULL, "letters, digits"},
        {"shop\x1b[31m.example", NULL, NULL, "letters, digits"},
        {"\xff\xfe.example", NULL, NULL, "UTF-8"},
        {long_label, NULL, NULL, "63"},
        {long_name, NULL, NULL, "253"},
    };
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct target t;
        struct err e = {0};
        bool ok = target_parse(arena, str_of(rows[i].text), &t, &e);
        if (ok != (rows[i].host != NULL))
            fail_msg("%s: %s", rows[i].text, ok ? "accepted" : e.text);
        if (ok) {
            assert_str(t.host, rows[i].host);
            assert_str(t.ignored, rows[i].ignored);
        } else if (!strstr(e.text, rows[i].complaint) || e.kind != ERR_USAGE) {
            fail_msg("%s: \"%s\" does not say %s", rows[i].text, e.text, rows[i].complaint);
        }
    }
    arena_free(arena);
}

static void names(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    assert_str(name_registrable(arena, STR("a.b.shop.co.uk")), "shop.co.uk");
    assert_str(name_registrable(arena, STR("shop.example")), "shop.example");
    assert_str(name_registrable(arena, STR("co.uk")), "");
    assert_str(name_display(arena, STR("xn--bcher-kva.example")), "b\xc3\xbc"
                                                                  "cher.example");
    assert_true(name_is_within(STR("a.shop.example"), STR("shop.example")));
    assert_true(name_is_within(STR("shop.example"), STR("shop.example")));
    assert_false(name_is_within(STR("myshop.example"), STR("shop.example")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(target_rows), cmocka_unit_test(names)};

    return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
