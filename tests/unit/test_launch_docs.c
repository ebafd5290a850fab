/* What is written from the launch file's table: kept in docs/ as generated, and its examples are read. */
#include "test.h"

#include "core/buf.h"
#include "core/file.h"
#include "launch/fields.h"
#include "launch/launch.h"

static void check_page(const char *name, void (*fill)(struct buf *out))
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct buf b;
    struct str kept;
    struct err e = {0};

    buf_init(&b, ARENA_MB(1));
    fill(&b);
    assert_false(b.full);
    if (!file_read(arena, str_fmt(arena, "%s/%s", TEST_DOCS, name).p, ARENA_MB(1), &kept, &e))
        fail_msg("%s", e.text);
    if (!str_eq(kept, buf_str(&b)))
        fail_msg("docs/%s is not what the table says: build launch-docs and run it on docs/", name);
    buf_free(&b);
    arena_free(arena);
}

static void pages_are_as_generated(void **state)
{
    (void)state;
    check_page("launchready.schema.json", launch_write_schema);
    check_page("launch-file.md", launch_write_reference);
}

static const char *any_value(const char *name)
{
    (void)name;
    return "value";
}

static void examples_are_read(void **state)
{
    (void)state;
    for (const struct field *f = launch_fields; f->key; f++) {
        struct arena *arena = arena_new(ARENA_MB(4));
        struct launch l;
        struct err e = {0};
        struct buf b;
        buf_init(&b, ARENA_MB(1));
        if (strcmp(f->key, "site") != 0)
            buf_add_cstr(&b, "site: shop.example\n");
        field_write_example(f, &b);
        if (!launch_parse(arena, buf_str(&b), f->key, any_value, &l, &e))
            fail_msg("%s: %s\n%s", e.place, e.text, b.p);
        assert_true(launch_has(&l, f->key));
        assert_int_equal(l.n_literal_secrets, 0);
        buf_free(&b);
        arena_free(arena);
    }
}

static void check_rows(const struct field *rows, size_t *n)
{
    for (const struct field *f = rows; f->key; f++) {
        (*n)++;
        if (!f->help || !f->help[0])
            fail_msg("%s has no help", f->key);
        if (f->rows)
            check_rows(f->rows, n);
    }
}

static void each_row_says_what_it_is_for(void **state)
{
    size_t n = 0;

    (void)state;
    check_rows(launch_fields, &n);
    assert_true(n > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_as_generated),
        cmocka_unit_test(examples_are_read),
        cmocka_unit_test(each_row_says_what_it_is_for),
    };

    return cmocka_run_group_tests_name("launch docs", tests, NULL, NULL);
}
