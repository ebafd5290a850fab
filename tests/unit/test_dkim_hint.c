/* What people are told of a signature that fails: each change, and the hint that finds it. */
#include "test.h"

#include "dkim_pair.h"
#include "mail/dkim.h"
#include "mail_zone.h"

#define NOW_S 1795000000
#define HEAD                                                                                                           \
    "From: Ann <ann@shop.example>\r\nTo: list@box.example\r\nSubject: Re: mugs\r\nReply-To: ann@shop.example\r\n"      \
    "Content-Transfer-Encoding: 8bit\r\n\r\n"
#define BODY "Hello,\r\n\r\nFrom now on we  have mugs.\r\n.\r\n--b\r\ntext\r\n--b--\r\n"

static void hints(void **state)
{
    static const struct {
        const char *why, *from, *to; /* from "$": at the end; "^": before the body */
        enum dkim_canon canon;
        enum dkim_hint hint;
        const char *text;
    } rows[] = {
        {"a footer", "$", "-- \r\nA list you joined\r\nLeave it here\r\n", DKIM_RELAXED, DKIM_HINT_FOOTER,
         "A list you joined"},
        {"a footer, simple", "$", "\r\n____\r\nA list\r\n", DKIM_SIMPLE, DKIM_HINT_FOOTER, "____"},
        {"a footer in the part", "--b--\r\n", "your list\r\n--b--\r\n", DKIM_RELAXED, DKIM_HINT_FOOTER,
         "\"your list\""},
        {"a banner", "^", "[EXTERNAL] Take care\r\n\r\n", DKIM_RELAXED, DKIM_HINT_BANNER, "[EXTERNAL] Take care"},
        {"white space", "we  have", "we have", DKIM_SIMPLE, DKIM_HINT_NONE, ""},
        {"blanks at the end", "$", " \r\n\t\r\n", DKIM_SIMPLE, DKIM_HINT_TRAILING_LINES, "blanks"},
        {"quoted From", "\r\nFrom now", "\r\n>From now", DKIM_RELAXED, DKIM_HINT_QUOTED_FROM, ">From"},
        {"a dot doubled", "\r\n.\r\n", "\r\n..\r\n", DKIM_RELAXED, DKIM_HINT_QUOTED_FROM, "dot"},
        {"a bare LF", "mugs.\r\n", "mugs.\n", DKIM_SIMPLE, DKIM_HINT_LINE_ENDS, "bare CR or LF"},
        {"CR CR LF", "mugs.\r\n", "mugs.\r\r\n", DKIM_SIMPLE, DKIM_HINT_LINE_ENDS, "CR"},
        {"a list's tag", "Subject: Re: mugs", "Subject: [list] Re: mugs", DKIM_RELAXED, DKIM_HINT_HEADER, "[list]"},
        {"a gateway's mark", "Subject: Re: mugs", "Subject: EXTERNAL: Re: mugs", DKIM_SIMPLE, DKIM_HINT_HEADER,
         "EXTERNAL:"},
        {"encoded anew", "Encoding: 8bit", "Encoding: base64", DKIM_RELAXED, DKIM_HINT_HEADER, "it was 8bit"},
        {"From rewritten", "From: Ann <ann@shop.example>",
         "X-Original-From: Ann <ann@shop.example>\r\nFrom: list@box.example", DKIM_RELAXED, DKIM_HINT_HEADER,
         "X-Original-From"},
        {"folded anew", "To: list@box.example", "To:\r\n list@box.example", DKIM_SIMPLE, DKIM_HINT_WHITE_SPACE, "To"},
        {"a field added", "To: list", "Reply-To: list@box.example\r\nTo: list", DKIM_RELAXED, DKIM_HINT_HEADER,
         "Reply-To field was added"},
        {"a field changed", "To: list", "To: lust", DKIM_RELAXED, DKIM_HINT_HEADER, "one of the signed header fields"},
        {"rewritten", "have mugs", "sell cups", DKIM_RELAXED, DKIM_HINT_NONE, ""},
    };
    struct arena *keys = arena_new(ARENA_MB(1));
    struct dkim_pair pairs[2];

    (void)state;
    dkim_pair_make(keys, 2048, &pairs[0]);
    dkim_pair_make(keys, 0, &pairs[1]);
    for (size_t i = 0; i < N_OF(rows) * 2; i++) {
        struct arena *arena = arena_new(ARENA_MB(8));
        struct mail_zone *zone = mail_zone_new(arena);
        struct mail_resolver dns = mail_zone_resolver(zone);
        size_t row = i / 2;
        struct dkim_signer how = {.domain = STR("shop.example"),
                                  .selector = STR("s"),
                                  .private_key = pairs[i % 2].private_pem,
                                  .header_canon = rows[row].canon,
                                  .body_canon = rows[row].canon,
                                  .signed_s = -1,
                                  .expires_s = -1,
                                  .body_length = -1};
        struct str field, text = STR(HEAD BODY), from = str_of(rows[row].from);
        struct dkim_verdict v;
        struct message m;
        struct err e;

        static const char *const names[] = {"From",     "To",       "Subject",
                                            "Reply-To", "Reply-To", "Content-Transfer-Encoding"};
        for (size_t k = 0; k < N_OF(names); k++)
            str_list_add(arena, &how.headers, str_of(names[k]));
        mail_zone_add(zone, "s._domainkey.shop.example", "TXT", pairs[i % 2].record);
        assert_true(message_parse(arena, text, &m, &e));
        assert_true(dkim_sign(arena, &m, &how, &field, &e));
        size_t at = str_eq(from, STR("$")) ? text.n : str_eq(from, STR("^")) ? sizeof HEAD - 1 : str_find(text, from);
        size_t cut = at == text.n || at == sizeof HEAD - 1 ? 0 : from.n;
        assert_true(at != SIZE_MAX);
        text = str_fmt(arena, "%.*s%.*s%s%.*s", STR_ARG(field), (int)at, text.p, rows[row].to,
                       STR_ARG(str_from(text, at + cut)));
        assert_true(message_parse(arena, text, &m, &e));
        assert_int_equal(dkim_verify(arena, &dns, &m, NOW_S, &v, 1), 1);
        if (v.result != DKIM_FAIL || v.hint != rows[row].hint || !str_has(v.hint_text, str_of(rows[row].text)))
            fail_msg("%s: %s, hint %d \"%.*s\" (%.*s)", rows[row].why, dkim_result_word(v.result), (int)v.hint,
                     STR_ARG(v.hint_text), STR_ARG(v.reason));
        arena_free(arena);
    }
    dkim_pair_free(&pairs[0]);
    dkim_pair_free(&pairs[1]);
    arena_free(keys);
}

/* c=simple, and what was signed had nothing that relaxed would change. */
static void white_space(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct dkim_pair pair;
    struct dkim_signer how = {
        .domain = STR("shop.example"), .selector = STR("s"), .signed_s = -1, .expires_s = -1, .body_length = -1};
    struct str field;
    struct dkim_verdict v;
    struct message m;
    struct err e;

    (void)state;
    dkim_pair_make(arena, 0, &pair);
    how.private_key = pair.private_pem;
    mail_zone_add(zone, "s._domainkey.shop.example", "TXT", pair.record);
    assert_true(message_parse(arena, STR("From: a@shop.example\r\n\r\nmugs and cups\r\n"), &m, &e));
    assert_true(dkim_sign(arena, &m, &how, &field, &e));
    struct str text = str_fmt(arena, "%.*sFrom: a@shop.example\r\n\r\nmugs  and cups \r\n", STR_ARG(field));
    assert_true(message_parse(arena, text, &m, &e));
    assert_int_equal(dkim_verify(arena, &dns, &m, NOW_S, &v, 1), 1);
    assert_int_equal(v.result, DKIM_FAIL);
    assert_int_equal(v.hint, DKIM_HINT_WHITE_SPACE);
    dkim_pair_free(&pair);
    arena_free(arena);
}

/* Sixteen signatures over a header of megabytes: hints are not worth copies of it, nor minutes of hashing. */
static void a_huge_header_costs_little(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(160));
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct dkim_pair pair;
    struct dkim_signer how = {.domain = STR("shop.example"),
                              .selector = STR("s"),
                              .signed_s = -1,
                              .expires_s = -1,
                              .body_length = -1,
                              .header_canon = DKIM_SIMPLE};
    struct str field, all = STR_NONE, rest;
    struct dkim_verdict v[16];
    struct message m;
    struct err e;
    char *filler = arena_alloc(arena, 4000000);

    (void)state;
    dkim_pair_make(arena, 0, &pair);
    how.private_key = pair.private_pem;
    mail_zone_add(zone, "s._domainkey.shop.example", "TXT", pair.record);
    memset(filler, 'x', 4000000);
    rest = str_fmt(
        arena, "From: a@shop.example\r\nSubject: [a] %.*s\r\nReply-To: %.*s\r\nX-Original-From: %.*s\r\n\r\nmug\r\n",
        4000000, filler, 4000000, filler, 4000000, filler);
    assert_true(message_parse(arena, rest, &m, &e));
    assert_true(dkim_sign(arena, &m, &how, &field, &e));
    for (size_t i = 0; i < 16; i++)
        all = str_fmt(arena, "%.*s%.*s", STR_ARG(all), STR_ARG(field));
    size_t tag = str_find(rest, STR("[a]"));
    all = str_fmt(arena, "%.*sSubject: [b] more\r\n%.*s[c]%.*s", STR_ARG(all), (int)tag, rest.p,
                  STR_ARG(str_from(rest, tag + 3)));
    assert_true(message_parse(arena, all, &m, &e));
    size_t before = arena_used_bytes(arena);
    assert_int_equal(dkim_verify(arena, &dns, &m, NOW_S, v, 16), 16);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(v[i].result, DKIM_FAIL);
        assert_int_equal(v[i].hint, DKIM_HINT_HEADER);
    }
    assert_true(arena_used_bytes(arena) - before < ARENA_MB(4));
    dkim_pair_free(&pair);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hints), cmocka_unit_test(white_space),
                                       cmocka_unit_test(a_huge_header_costs_little)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
