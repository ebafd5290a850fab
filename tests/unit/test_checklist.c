#include <jansson.h>

#include "checks/check.h"
#include "core/buf.h"
#include "core/text.h"
#include "report/checklist.h"
#include "test.h"

/* Every check of the catalogue, or those of one area. */
static struct checklist list_of(struct arena *arena, const char *area)
{
    size_t n;
    const struct check *all = checks_all(&n), **v = arena_array(arena, n, sizeof *v);
    struct checklist list = {.v = v};

    for (size_t i = 0; i < n; i++)
        if (!area || check_matches(&all[i], str_of(area)))
            v[list.n++] = &all[i];
    return list;
}

static size_t lines_with(struct str text, const char *start)
{
    size_t n = 0;

    while (text.p)
        n += str_starts(str_cut(&text, '\n'), str_of(start));
    return n;
}

static void test_lines(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct checklist list = list_of(arena, NULL);
    struct buf out;

    (void)state;
    buf_init(&out, ARENA_MB(4));
    assert_true(checklist_write(&list, STR("text"), &out));
    for (size_t i = 0; i < list.n; i++)
        assert_int_equal(lines_with(buf_str(&out), str_cstr(arena, str_fmt(arena, "%s ", list.v[i]->id))), 1);
    assert_int_equal(lines_with(buf_str(&out), ""), list.n + 1); /* each on a line, and the end of the last */
    buf_free(&out);
    arena_free(arena);
}

static void test_json(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct checklist list = list_of(arena, NULL);
    struct buf out;

    (void)state;
    buf_init(&out, ARENA_MB(4));
    assert_true(checklist_write(&list, STR("json"), &out));
    json_t *root = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);
    json_t *checks = json_object_get(root, "checks");
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "launchready.checks/1");
    assert_int_equal(json_array_size(checks), list.n);
    for (size_t i = 0; i < list.n; i++) {
        const json_t *c = json_array_get(checks, i);
        assert_string_equal(json_string_value(json_object_get(c, "check")), list.v[i]->id);
        assert_int_equal(json_is_true(json_object_get(c, "available")), list.v[i]->run != NULL);
        assert_string_equal(json_string_value(json_object_get(c, "rule")), list.v[i]->rule);
    }
    json_decref(root);
    buf_free(&out);
    arena_free(arena);
}

/* A bar in a rule would shift the columns. */
static void test_markdown(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct checklist list = list_of(arena, NULL);
    struct buf out;
    size_t n = 0;

    (void)state;
    buf_init(&out, ARENA_MB(4));
    assert_true(checklist_write(&list, STR("markdown"), &out));
    for (struct str rest = buf_str(&out); rest.p;) {
        struct str line = str_cut(&rest, '\n');
        size_t bars = 0;
        if (!str_starts(line, STR("| ")))
            continue;
        for (size_t i = 0; i < line.n; i++)
            bars += line.p[i] == '|' && line.p[i - (i > 0)] != '\\';
        if (bars != 9)
            fail_msg("%zu bars: %.*s", bars, STR_ARG(line));
        n += str_starts(line, STR("| `"));
    }
    assert_int_equal(n, list.n);
    buf_free(&out);
    arena_free(arena);
}

static void test_term(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct checklist list = list_of(arena, "tls");
    struct buf out;

    (void)state;
    buf_init(&out, ARENA_MB(4));
    assert_true(checklist_write(&list, STR("term"), &out));
    for (struct str rest = buf_str(&out); rest.p;)
        assert_true(text_columns(str_cut(&rest, '\n')) <= 80);
    assert_int_equal(lines_with(buf_str(&out), "tls."), list.n);
    assert_int_equal(lines_with(buf_str(&out), "3. Edge and SSL"), 1);
    buf_free(&out);
    arena_free(arena);
}

static void test_explain(void **state)
{
    static const char *const formats[] = {"text", "term", "markdown", "json"};
    struct arena *arena = arena_new(ARENA_MB(8));
    struct checklist all = list_of(arena, NULL);

    (void)state;
    for (size_t i = 0; i < all.n * N_OF(formats); i++) {
        const struct check *c = all.v[i / N_OF(formats)];
        struct checklist one = {.v = &c, .n = 1};
        struct buf out;
        buf_init(&out, ARENA_MB(1));
        assert_true(checklist_explain(&one, str_of(formats[i % N_OF(formats)]), &out));
        assert_true(str_has(buf_str(&out), str_of(c->id)));
        if (i % N_OF(formats) < 3) /* what is not there does not invite to try it */
            assert_int_equal(str_has(buf_str(&out), STR("launchready audit --only")), c->run != NULL);
        if (i % N_OF(formats) < 2)
            for (struct str rest = buf_str(&out); rest.p;)
                assert_true(text_columns(str_cut(&rest, '\n')) <= 80);
        buf_free(&out);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines), cmocka_unit_test(test_json),    cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_term),  cmocka_unit_test(test_explain),
    };

    return cmocka_run_group_tests_name("checklist", tests, NULL, NULL);
}
