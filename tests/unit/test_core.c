#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/pool.h"
#include "core/secret.h"
#include "core/text.h"

static void str_cut_yields_every_part(void **state)
{
    struct str rest = STR("a,,b");

    (void)state;
    assert_str(str_cut(&rest, ','), "a");
    assert_str(str_cut(&rest, ','), "");
    assert_non_null(rest.p);
    assert_str(str_cut(&rest, ','), "b");
    assert_null(rest.p);
}

static void str_to_u64_rows(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } rows[] = {{"0", true, 0},   {"65535", true, 65535}, {"65536", false, 0}, {"", false, 0},
                {"-1", false, 0}, {"1 ", false, 0},       {"0x1", false, 0},   {"99999999999999999999999", false, 0}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        uint64_t v = 0;
        bool ok = str_to_u64(str_of(rows[i].text), 65535, &v);
        if (ok != rows[i].ok || (ok && v != rows[i].value))
            fail_msg("%s", rows[i].text);
    }
}

static void nearest_finds_typos_only(void **state)
{
    const struct str keys[] = {STR("canonical"), STR("hosts"), STR("site"), STR("webhooks")};

    (void)state;
    assert_str(str_nearest(STR("cannonical"), keys, 4), "canonical");
    assert_str(str_nearest(STR("hsots"), keys, 4), "hosts");
    assert_str(str_nearest(STR("elephant"), keys, 4), "");
}

static void text_never_lets_an_escape_through(void **state)
{
    static const struct {
        const char *raw, *safe;
    } rows[] = {{"plain", "plain"},
                {"\x1b[31mred", "\\x1b[31mred"},
                {"a\tb\nc", "a b c"},
                {"caf\xc3\xa9", "caf\xc3\xa9"},
                {"\xc3", "\\xc3"},
                {"\xc0\x80", "\\xc0\\x80"},
                {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
                {"\xc2\x9b"
                 "1m",
                 "\\u{9b}1m"},
                {"\xe2\x80\xae"
                 "evil",
                 "\\u{202e}evil"}};
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_str(text_safe(arena, str_of(rows[i].raw)), rows[i].safe);
    assert_str(text_safe(arena, str_n("a\0b", 3)), "a\\x00b");
    arena_free(arena);
}

static void text_is_cut_between_characters(void **state)
{
    char to[10];

    (void)state;
    assert_int_equal(text_make_safe(STR("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"), to, sizeof to), 9);
    assert_string_equal(to, "\xc3\xa9\xc3\xa9\xc3\xa9...");
    text_make_safe(STR("123456789"), to, sizeof to);
    assert_string_equal(to, "123456789");
}

static void dates_round_trip_and_reject(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    static const char *const bad[] = {"2026-02-30",           "2026-13-01", "2026-1-01",          "tomorrow",
                                      "2026-11-24T25:00:00Z", "",           "2026-11-24T10:00:00"};
    int64_t t;

    (void)state;
    assert_true(clock_parse(STR("2026-11-24T10:00:00Z"), &t));
    assert_str(clock_rfc3339(arena, t), "2026-11-24T10:00:00Z");
    assert_true(clock_parse(STR("2026-11-24T12:00:00.25+02:00"), &t));
    assert_str(clock_rfc3339(arena, t), "2026-11-24T10:00:00Z");
    assert_true(clock_parse(STR("2028-02-29"), &t));
    assert_str(clock_date(arena, t), "2028-02-29");
    for (size_t i = 0; i < N_OF(bad); i++)
        if (clock_parse(str_of(bad[i]), &t))
            fail_msg("accepted %s", bad[i]);
    arena_free(arena);
}

static void buf_stops_at_its_ceiling(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 5);
    assert_true(buf_add(&b, STR("hello")));
    assert_false(buf_add(&b, STR("!")));
    assert_false(buf_fmt(&b, "%d", 1));
    assert_true(b.full);
    assert_str(buf_str(&b), "hello");
    buf_free(&b);
}

static void err_keeps_kind_place_cause(void **state)
{
    struct err e;

    (void)state;
    assert_false(err_set(&e, ERR_TIMEOUT, "%s\x1b: no answer", "ns1"));
    err_at(&e, "ns1:53");
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_string_equal(e.text, "ns1\\x1b: no answer");
    assert_string_equal(e.place, "ns1:53");
    assert_string_equal(e.cause, "");
    assert_int_equal(err_from_word(err_word(ERR_NO_NAME)), ERR_NO_NAME);
}

static void secrets_are_masked(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    assert_str(secret_mask(arena, STR("short")), "(5 characters)");
    assert_str(secret_mask(arena, STR("abcdefghijklmnopqrstuvwxyz")), "abcd...yz (26 characters)");
    arena_free(arena);
}

static void files_are_replaced_whole(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    char folder[] = "/tmp/lr-test-XXXXXX";
    struct str text;
    struct err e;

    (void)state;
    assert_non_null(mkdtemp(folder));
    const char *path = str_fmt(arena, "%s/a/b/file", folder).p;
    assert_false(file_read(arena, path, 100, &text, &e));
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_true(file_make_folder(str_fmt(arena, "%s/a/b", folder).p, &e));
    assert_true(file_write(path, STR("one"), &e));
    assert_true(file_write(path, STR("two!"), &e));
    assert_true(file_read(arena, path, 100, &text, &e));
    assert_str(text, "two!");
    assert_false(file_read(arena, path, 3, &text, &e));
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_false(file_read(arena, folder, 100, &text, &e));
    unlink(path);
    rmdir(str_fmt(arena, "%s/a/b", folder).p);
    rmdir(str_fmt(arena, "%s/a", folder).p);
    rmdir(folder);
    arena_free(arena);
}

static void count_one(void *arg)
{
    __atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
}

static void pool_runs_all_or_drops_all(void **state)
{
    struct cancel *cancel = cancel_new();
    struct pool *pool = pool_new(4, cancel);
    int done = 0, dropped = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        pool_submit(pool, count_one, NULL, &done);
    pool_wait(pool);
    assert_int_equal(done, 1000);
    cancel_now(cancel);
    for (int i = 0; i < 10; i++)
        pool_submit(pool, count_one, count_one, &dropped);
    pool_wait(pool);
    assert_int_equal(dropped, 10);
    assert_int_equal(done, 1000);
    pool_free(pool);
    cancel_free(cancel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(str_cut_yields_every_part),
        cmocka_unit_test(str_to_u64_rows),
        cmocka_unit_test(nearest_finds_typos_only),
        cmocka_unit_test(text_never_lets_an_escape_through),
        cmocka_unit_test(text_is_cut_between_characters),
        cmocka_unit_test(dates_round_trip_and_reject),
        cmocka_unit_test(buf_stops_at_its_ceiling),
        cmocka_unit_test(err_keeps_kind_place_cause),
        cmocka_unit_test(secrets_are_masked),
        cmocka_unit_test(files_are_replaced_whole),
        cmocka_unit_test(pool_runs_all_or_drops_all),
    };

    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
