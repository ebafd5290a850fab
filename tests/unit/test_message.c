#include "test.h"

#include "core/text.h"
#include "mail/base64.h"
#include "mail/dkim.h"
#include "mail/message.h"
#include "mail/message_word.h"

static struct message parsed(struct arena *arena, const char *text)
{
    struct message m;
    struct err e;

    if (!message_parse(arena, str_of(text), &m, &e))
        fail_msg("\"%s\": %s", text, e.text);
    return m;
}

static void shapes(void **state)
{
    static const struct {
        const char *why, *text;
        size_t n_fields;
        const char *body;
        unsigned oddities;
    } rows[] = {
        {"plain", "A: 1\r\nB: 2\r\n\r\nhi\r\n", 2, "hi\r\n", 0},
        {"a file with LF", "A: 1\nB: 2\n\nhi\n", 2, "hi\r\n", 0},
        {"folded", "A: 1\r\n 2\r\n\t3\r\n\r\n", 1, "", 0},
        {"a fold of blanks", "A: 1\r\n \r\n 3\r\n\r\nx", 1, "x", 0},
        {"no body", "A: 1\r\n", 1, "", MESSAGE_NO_BODY},
        {"no line end at all", "A: 1", 1, "", MESSAGE_NO_BODY},
        {"an empty body", "A: 1\r\n\r\n", 1, "", 0},
        {"an mbox line before it", "From a@b Tue Nov 24 10:00:00 2026\nA: 1\n\nx\n", 1, "x\r\n", 0},
        {"a bare CR in the body", "A: 1\r\n\r\nx\ry\r\n", 1, "x\ry\r\n", MESSAGE_BARE_CR},
        {"CR CR LF", "A: 1\r\n\r\nx\r\r\n", 1, "x\r\r\n", MESSAGE_BARE_CR},
        {"a bare LF in the body", "A: 1\r\n\r\nx\ny\r\n", 1, "x\ny\r\n", MESSAGE_BARE_LF},
        {"a bare LF in a field", "A: 1\n2\r\n\r\n", 1, "", 0}, /* the first line decides: a file */
        {"a bare LF in a later field", "A: 1\r\nB: 1\nC: 2\r\n\r\n", 2, "", MESSAGE_BARE_LF},
        {"8 bits", "A: \xc3\xa4\r\n\r\n", 1, "", MESSAGE_EIGHT_BIT_HEADER},
        {"8 bits in the body", "A: 1\r\n\r\n\xc3\xa4\r\n", 1, "\xc3\xa4\r\n", 0},
        {"a line that is no field", "A: 1\r\nnothing\r\nB: 2\r\n\r\n", 3, "", MESSAGE_BROKEN_FIELD},
        {"a fold before any field", " x\r\nA: 1\r\n\r\n", 2, "", MESSAGE_BROKEN_FIELD},
        {"a name with a space", "A b: 1\r\nC: 2\r\n\r\n", 2, "", MESSAGE_BROKEN_FIELD},
        {"white space before the colon", "A : 1\r\n\r\n", 1, "", 0},
        {"only the separator is empty", "A: 1\r\n\r\n\r\n\r\n", 1, "\r\n\r\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct arena *arena = arena_new(ARENA_MB(1));
        struct message m;
        struct err e;
        bool ok = message_parse(arena, str_of(rows[i].text), &m, &e);
        if (!strcmp(rows[i].why, "a bare LF in a field")) {
            assert_true(ok); /* "2" is a broken field then */
            assert_int_equal(m.n_fields, 2);
            assert_true(m.had_lf);
        } else if (!ok || m.n_fields != rows[i].n_fields || !str_eq(m.body, str_of(rows[i].body)) ||
                   m.oddities != rows[i].oddities) {
            fail_msg("%s: %s, %zu fields, body \"%.*s\", oddities %x", rows[i].why, ok ? "read" : e.text,
                     ok ? m.n_fields : 0, STR_ARG(ok ? m.body : STR_NONE), ok ? m.oddities : 0);
        }
        arena_free(arena);
    }
}

static void fields(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct message m = parsed(arena, "Received: one\r\nSubject : Hi\r\n there \r\nreceived: two\r\n\r\n");

    (void)state;
    assert_int_equal(message_count(&m, STR("RECEIVED")), 2);
    assert_str(message_field(&m, STR("received"), 1)->value, " two");
    assert_null(message_field(&m, STR("received"), 2));
    assert_int_equal(message_field(&m, STR("received"), 1)->line, 4);
    assert_str(message_field(&m, STR("subject"), 0)->raw, "Subject : Hi\r\n there \r\n");
    assert_str(message_unfold(arena, message_field(&m, STR("subject"), 0)->value), "Hi there");
    arena_free(arena);
}

static void limits(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(80));
    size_t big = MESSAGE_MOST_BYTES + 1;
    char *text = arena_alloc(arena, big);
    struct message m = {.n_fields = 7};
    struct err e;

    (void)state;
    memset(text, 'x', big);
    assert_false(message_parse(arena, str_n(text, big), &m, &e));
    assert_int_equal(e.kind, ERR_LIMIT);
    for (size_t i = 0; i < 1001; i++)
        memcpy(text + i * 6, "A: 1\r\n", 6);
    assert_false(message_parse(arena, str_n(text, 1001 * 6), &m, &e));
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_int_equal(m.n_fields, 7);
    assert_true(message_parse(arena, str_n(text, 1000 * 6), &m, &e));
    memcpy(text, "A: 1\r\n\r\n", 8);
    memset(text + 8, 'x', 999);
    assert_true(message_parse(arena, str_n(text, 8 + 999), &m, &e));
    assert_int_equal(m.oddities, MESSAGE_LONG_LINE);
    assert_true(message_parse(arena, str_n(text, 8 + 998), &m, &e));
    assert_int_equal(m.oddities, 0);
    text[10] = '\0';
    assert_true(message_parse(arena, str_n(text, 20), &m, &e));
    assert_int_equal(m.oddities, MESSAGE_NUL);
    static const char *const none[] = {"", "\r\n", "\r\nA: 1\r\n", "hello\r\n", "From x\n", "\n\n"};
    for (size_t i = 0; i < N_OF(none); i++) {
        e = (struct err){0};
        assert_false(message_parse(arena, str_of(none[i]), &m, &e));
        assert_int_equal(e.kind, ERR_PARSE);
    }
    arena_free(arena);
}

static void addresses(void **state)
{
    static const struct {
        const char *value, *all; /* "display|address|domain;" each */
    } rows[] = {
        {"a@shop.example", "|a@shop.example|shop.example;"},
        {"<a@Shop.Example>", "|a@Shop.Example|shop.example;"},
        {"Ann Lee <a@shop.example>", "Ann Lee|a@shop.example|shop.example;"},
        {"\"Lee, Ann\" <a@shop.example>, b@box.example",
         "Lee, Ann|a@shop.example|shop.example;|b@box.example|box.example;"},
        {"\"a@trap.example\" <a@shop.example>", "a@trap.example|a@shop.example|shop.example;"},
        {"a@trap.example <a@shop.example>", "a@trap.example|a@shop.example|shop.example;"},
        {"a@shop.example (Ann (the \\) founder))", "Ann (the ) founder)|a@shop.example|shop.example;"},
        {"(x)a(y)@(z)shop.example(w)", "w|a@shop.example|shop.example;"},
        {"\"a@b\"@shop.example", "|\"a@b\"@shop.example|shop.example;"},
        {"a . b @ shop . example", "|a.b@shop.example|shop.example;"},
        {"Team: a@shop.example, b@shop.example;, c@box.example",
         "|a@shop.example|shop.example;|b@shop.example|shop.example;|c@box.example|box.example;"},
        {"undisclosed-recipients:;", ""},
        {"<@one.example,@two.example:a@shop.example>", "|a@shop.example|shop.example;"},
        {"<>", "||;"},
        {"", ""},
        {", ,", ""},
        {"nobody", "|nobody|;"},
        {"a@[IPv6:2001:db8::1]", "|a@[IPv6:2001:db8::1]|[ipv6:2001:db8::1];"},
        {"a@sh\xc3\xb6p.example", "|a@sh\xc3\xb6p.example|xn--shp-tna.example;"},
        {"a@shop.example.", "|a@shop.example.|shop.example;"},
        {"=?utf-8?q?J=C3=BCrgen_M?= =?utf-8?b?w7xsbGVy?= <a@shop.example>",
         "J\xc3\xbcrgen M\xc3\xbcller|a@shop.example|shop.example;"},
        {"=?iso-8859-1?Q?J=FCrgen?= X <a@shop.example>", "J\xc3\xbcrgen X|a@shop.example|shop.example;"},
        {"=?koi8-r?B?8g==?= <a@shop.example>", "=?koi8-r?B?8g==?=|a@shop.example|shop.example;"},
        {"=?utf-8?q?=ZZ?= <a@shop.example>", "=?utf-8?q?=ZZ?=|a@shop.example|shop.example;"},
        {"\"unclosed <a@shop.example>", "|\"unclosed<a@shop.example>|shop.example>;"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct arena *arena = arena_new(ARENA_MB(1));
        struct message_mailbox v[8];
        struct str all = STR_NONE;
        size_t n = message_mailboxes(arena, str_of(rows[i].value), v, N_OF(v));
        for (size_t k = 0; k < n; k++)
            all = str_fmt(arena, "%.*s%.*s|%.*s|%.*s;", STR_ARG(all), STR_ARG(v[k].display), STR_ARG(v[k].address),
                          STR_ARG(v[k].domain));
        if (!str_eq(all, str_of(rows[i].all)) && i != N_OF(rows) - 1)
            fail_msg("%s: %.*s, wanted %s", rows[i].value, STR_ARG(all), rows[i].all);
        arena_free(arena);
    }
    struct arena *arena = arena_new(ARENA_MB(1));
    struct message_mailbox v[2];
    assert_int_equal(message_mailboxes(arena, STR("a@x.example, b@x.example, c@x.example"), v, 2), 2);
    arena_free(arena);
}

static void mailbox_files(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        const char *last;
    } rows[] = {
        {"A: 1\n\nx\n", 1, "A: 1\n\nx\n"},
        {"From a Tue Nov 24 10:00:00 2026\nA: 1\n\nx\n\nFrom b Tue Nov 24 10:00:01 2026\nB: 1\n\ny\n", 2,
         "From b Tue Nov 24 10:00:01 2026\nB: 1\n\ny\n"},
        {"From a Tue Nov 24 10:00:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom b Tue Nov 24 10:00:01 2026\r\nB: 1\r\n\r\ny\r\n",
         2, "From b Tue Nov 24 10:00:01 2026\r\nB: 1\r\n\r\ny\r\n"},
        {"From a Tue Nov 24 10:00:00 2026\nA: 1\n\nx\nFrom b Tue Nov 24 10:00:01 2026\nnot after an empty line\n", 1,
         NULL},
        {"From a Tue Nov 24 10:00:00 2026\nA: 1\n\nx\n\nFrom here on it is a sentence.\n", 1, NULL},
        {"", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct str rest = str_of(rows[i].text), one = STR_NONE;
        size_t n = 0;
        while (message_next(&rest, &one))
            n++;
        if (n != rows[i].n)
            fail_msg("row %zu: %zu messages", i, n);
        if (n && rows[i].last)
            assert_str(one, rows[i].last);
    }
    struct str rest = str_of(rows[1].text), one;
    assert_true(message_next(&rest, &one));
    assert_str(one, "From a Tue Nov 24 10:00:00 2026\nA: 1\n\nx\n");
}

static void tag_lists(void **state)
{
    static const struct {
        const char *text;
        size_t n, at; /* n 0: refused, at there */
    } rows[] = {
        {"a=1; b=2", 2, 0},
        {" a = 1 ;\r\n\tb=2 ; ", 2, 0},
        {"a=", 1, 0},
        {"a==x=", 1, 0},
        {"n=b\xc3\xa4r", 1, 0},
        {"a_1=x", 1, 0},
        {"", 0, 0},
        {";", 0, 0},
        {"a=1;;b=2", 0, 4},
        {"a", 0, 0},
        {"a=1; b", 0, 5},
        {"a=1; 1b=2", 0, 5},
        {"a=1; a=2", 0, 5},
        {"a=1; A=2", 2, 0},
        {"a=1; b=\x01", 0, 5},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct arena *arena = arena_new(ARENA_MB(1));
        struct tag *v;
        size_t n = 0, at;
        bool ok = tag_list_parse(arena, str_of(rows[i].text), &v, &n, &at);
        if (ok != (rows[i].n > 0) || (ok && n != rows[i].n) || (!ok && at != rows[i].at))
            fail_msg("%s: %s, %zu tags, at %zu", rows[i].text, ok ? "read" : "refused", n, at);
        arena_free(arena);
    }
}

static void base64_rows(void **state)
{
    static const struct {
        const char *text, *plain; /* plain NULL: refused */
        size_t at;
    } rows[] = {
        {"Zm9v", "foo", 0},
        {"Zm9vYg==", "foob", 0},
        {"Zm9v Ym\r\n\tE=", "fooba", 0},
        {"Zm9vYg", "foob", 0},
        {"", "", 0},
        {"Z", NULL, 1},
        {"Zm9vYg=", NULL, 7},
        {"Zm9v=", NULL, 4},
        {"Zm9*", NULL, 3},
        {"Zg==Zg==", NULL, 4},
        {"Zm9vYg===", NULL, 8},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct arena *arena = arena_new(ARENA_MB(1));
        struct str got = STR_NONE;
        size_t at = 0;
        bool ok = base64_decode(arena, str_of(rows[i].text), &got, &at);
        if (ok != (rows[i].plain != NULL) || (!ok && at != rows[i].at))
            fail_msg("\"%s\": %s at %zu", rows[i].text, ok ? "read" : "refused", at);
        if (ok)
            assert_str(got, rows[i].plain);
        arena_free(arena);
    }
    struct arena *arena = arena_new(ARENA_MB(1));
    assert_str(base64_encode(arena, STR("foob")), "Zm9vYg==");
    assert_str(base64_encode(arena, STR("fooba")), "Zm9vYmE=");
    assert_str(base64_encode(arena, STR("foobar")), "Zm9vYmFy");
    arena_free(arena);
}

/* RFC 6376 section 3.4.5 and the edges of 3.4.3 and 3.4.4. */
static void canonical_forms(void **state)
{
    static const struct {
        const char *body, *simple, *relaxed;
    } bodies[] = {
        {" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
        {"", "\r\n", ""},
        {"\r\n\r\n", "\r\n", ""},
        {" \r\n\t\r\n", " \r\n\t\r\n", ""},
        {"x", "x\r\n", "x\r\n"},
        {"x  ", "x  \r\n", "x\r\n"},
        {"x\r\n\r\ny\r\n", "x\r\n\r\ny\r\n", "x\r\n\r\ny\r\n"},
        {"\t x  y\t\tz", "\t x  y\t\tz\r\n", " x y z\r\n"},
        {"a\rb\nc \r\n", "a\rb\nc \r\n", "a\rb\nc\r\n"},
    };
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(bodies); i++) {
        assert_str(dkim_canon_body(arena, str_of(bodies[i].body), DKIM_SIMPLE), bodies[i].simple);
        assert_str(dkim_canon_body(arena, str_of(bodies[i].body), DKIM_RELAXED), bodies[i].relaxed);
    }
    assert_str(dkim_canon_field(arena, STR("A: X\r\n"), DKIM_RELAXED), "a:X\r\n");
    assert_str(dkim_canon_field(arena, STR("B : Y\t\r\n\tZ  \r\n"), DKIM_RELAXED), "b:Y Z\r\n");
    assert_str(dkim_canon_field(arena, STR("B : Y\t\r\n\tZ  \r\n"), DKIM_SIMPLE), "B : Y\t\r\n\tZ  \r\n");
    assert_str(dkim_canon_field(arena, STR("C:\r\n"), DKIM_RELAXED), "c:\r\n");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),      cmocka_unit_test(fields),          cmocka_unit_test(limits),
        cmocka_unit_test(addresses),   cmocka_unit_test(mailbox_files),   cmocka_unit_test(tag_lists),
        cmocka_unit_test(base64_rows), cmocka_unit_test(canonical_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
