/* What a test send reads and writes, without a server: folders, searches, accounts, the message, what it proves. */
#include "proof/test_send.h"

#include "core/clock.h"
#include "facts/facts.h"
#include "launch/launch.h"
#include "mail/mail_date.h"
#include "proof/imap_lines.h"
#include "test.h"

static void folders(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct imap_folder *f;
    struct err err;
    size_t n;
    static const struct {
        const char *name;
        enum imap_use use;
    } wanted[] = {
        {"inbox", IMAP_INBOX},
        {"[Gmail]/Spam", IMAP_JUNK},
        {"Ramsch", IMAP_JUNK},
        {"INBOX.Junk E-mail", IMAP_JUNK},
        {"Archive \"2026\" \\", IMAP_OTHER},
        {"Junk drawer", IMAP_OTHER},
        {"Versand", IMAP_OWN},
        {"Sent Items", IMAP_OWN},
    };

    (void)state;
    assert_true(imap_list_read(arena,
                               STR("* LIST (\\HasNoChildren \\Sent) \"/\" Versand\r\n"
                                   "* LIST (\\HasNoChildren) \"/\" \"[Gmail]/Spam\"\r\n"
                                   "* LIST (\\HasNoChildren \\Junk) \"/\" Ramsch\r\n"
                                   "* LIST (\\Noselect) \"/\" \"[Gmail]\"\r\n"
                                   "* list () \".\" \"INBOX.Junk E-mail\"\r\n"
                                   "* LIST () NIL inbox\r\n"
                                   "* LIST () \"/\" \"Archive \\\"2026\\\" \\\\\"\r\n"
                                   "* LIST () \"/\" {5}\r\n"
                                   "* LIST () \"/\" \"Junk drawer\"\r\n"
                                   "* LIST () \"/\" \"not ended\r\n"
                                   "* LIST () \"/\" \"\"\r\n"
                                   "* LIST ( \"/\" x\r\n"
                                   "* STATUS x (MESSAGES 1)\r\n"
                                   "* LIST () \"/\" \"Sent Items\"\r\n"),
                               &f, &n, &err));
    assert_int_equal(n, N_OF(wanted));
    for (size_t i = 0; i < n; i++) {
        assert_str(f[i].name, wanted[i].name);
        assert_int_equal(f[i].use, wanted[i].use);
    }
    struct buf many;
    buf_init(&many, 1u << 20);
    for (size_t i = 0; i <= IMAP_MOST_FOLDERS; i++)
        buf_fmt(&many, "* LIST () \"/\" f%zu\r\n", i);
    assert_false(imap_list_read(arena, buf_str(&many), &f, &n, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    buf_free(&many);
    arena_free(arena);
}

static void searches(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    uint32_t *found;
    struct err err;
    size_t n;

    (void)state;
    assert_true(imap_search_read(arena, STR("* 4 EXISTS\r\n* SEARCH 2  84 4294967295\r\n* SEARCH\r\n* search 7 \r\n"),
                                 &found, &n, &err));
    assert_int_equal(n, 4);
    assert_int_equal(found[2], 4294967295u);
    assert_int_equal(found[3], 7);
    assert_true(imap_search_read(arena, STR_NONE, &found, &n, &err));
    assert_int_equal(n, 0);
    static const char *const bad[] = {"* SEARCH 0", "* SEARCH 4294967296", "* SEARCH 1 x", "* SEARCH -1"};
    for (size_t i = 0; i < N_OF(bad); i++) {
        assert_false(imap_search_read(arena, str_of(bad[i]), &found, &n, &err));
        assert_int_equal(err.kind, ERR_PARSE);
    }
    arena_free(arena);
}

static void accounts(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct post_account a;
    struct err err;
    static const struct {
        const char *protocol, *text, *host; /* host NULL: refused */
        unsigned port;
        bool tls;
    } rows[] = {
        {"smtp", "smtps://smtp.example", "smtp.example", 465, true},
        {"smtp", "smtp://SMTP.example/", "smtp.example", 587, false},
        {"smtp", "smtp://smtp.example:2525", "smtp.example", 2525, false},
        {"imap",
         "imaps://b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example", 993, true},
        {"imap", "imap://192.0.2.7:1143", "192.0.2.7", 1143, false},
        {"imap", "imaps://[2001:db8::1]", "2001:db8::1", 993, true},
        {"smtp", "imaps://box.example", NULL, 0, false},
        {"smtp", "smtpsx://box.example", NULL, 0, false},
        {"smtp", "https://box.example", NULL, 0, false},
        {"smtp", "smtp.example:465", NULL, 0, false},
        {"smtp", "smtps://me:word@smtp.example", NULL, 0, false},
        {"smtp", "smtps://", NULL, 0, false},
        {"smtp", "smtps://a b", NULL, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        bool ok = post_account_read(arena, rows[i].protocol, "email.test.smtp", str_of(rows[i].text), &a, &err);
        if (ok != (rows[i].host != NULL))
            fail_msg("%s: %s", rows[i].text, ok ? "taken" : err.text);
        if (!ok) {
            assert_int_equal(err.kind, ERR_USAGE);
            continue;
        }
        assert_str(a.host, rows[i].host);
        assert_int_equal(a.port, rows[i].port);
        assert_int_equal(a.implicit_tls, rows[i].tls);
    }
    arena_free(arena);
}

static void the_servers_words(void **state)
{
    struct post_words w;

    (void)state;
    post_words_init(&w, true);
    post_words_heard(&w, STR("220 mx ESMTP\r\n"));
    post_words_said(&w, STR("EHLO [127.0.0.1]\r\n"));
    post_words_heard(&w, STR("250-mx\r\n250-SIZE 1\r\n"));
    post_words_heard(&w, STR("250 AUTH PLAIN\r\n"));
    assert_str(buf_str(&w.reply), "250-mx SIZE 1 AUTH PLAIN");
    post_words_said(&w, STR("AUTH PLAIN\r\n"));
    post_words_said(&w, STR("c2VjcmV0\r\n"));
    assert_string_equal(w.command, "AUTH");
    post_words_heard(&w, STR("535-5.7.8 no\r\n535 5.7.8 never\r\n"));
    post_words_said(&w, STR("QUIT\r\n"));
    post_words_heard(&w, STR("221 bye\r\n"));
    assert_int_equal(w.code, 535);
    assert_str(buf_str(&w.reply), "535-5.7.8 no 5.7.8 never");
    assert_string_equal(w.command, "AUTH");
    post_words_begin(&w);
    for (int i = 0; i < 2000; i++)
        post_words_heard(&w, STR("250-and so on for ever\r\n"));
    assert_true(w.reply.n <= POST_REPLY_MOST_BYTES);
    post_words_heard(&w, STR("250 end\r\n"));
    post_words_heard(&w, STR("550 no\r\n"));
    assert_str(buf_str(&w.reply), "550 no");
    post_words_free(&w);

    post_words_init(&w, false);
    post_words_said(&w, STR("A002 LOGIN me secret\r\n"));
    assert_string_equal(w.command, "LOGIN");
    post_words_heard(&w, STR("* CAPABILITY IMAP4rev1\r\nA002 NO [AUTHENTICATIONFAILED] no\r\n"));
    assert_str(buf_str(&w.reply), "NO [AUTHENTICATIONFAILED] no");
    post_words_said(&w, STR("A003 LOGOUT\r\n"));
    post_words_heard(&w, STR("* BYE see you\r\n"));
    assert_str(buf_str(&w.reply), "NO [AUTHENTICATIONFAILED] no");
    post_words_free(&w);
}

static void the_message_is_well_formed(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct test_setup setup = {
        .from = STR("hello@shop.example"), .to = STR("probe@box.example"), .from_domain = STR("shop.example")};
    struct str token = test_token_new(arena);
    static const int64_t dates[] = {0, 951782400, 1795550000, 1798761599, 4102444800};
    struct err err;

    (void)state;
    assert_false(str_eq(token, test_token_new(arena)));
    for (size_t i = 0; i < N_OF(dates); i++) {
        struct message m;
        struct mail_date date;
        assert_true(message_parse(arena, test_message(arena, &setup, token, dates[i]), &m, &err));
        assert_int_equal(m.oddities, 0);
        assert_false(m.had_lf);
        assert_true(mail_date_parse(message_field(&m, STR("Date"), 0)->value, &date));
        assert_int_equal(date.at_s, dates[i]);
        assert_false(date.obsolete || date.wrong_day);
        assert_true(str_has(message_field(&m, STR("Subject"), 0)->value, token));
        assert_true(str_has(message_field(&m, STR("Message-ID"), 0)->value, STR("@shop.example>")));
        assert_int_equal(message_count(&m, STR("List-Unsubscribe")), 0);
    }
    arena_free(arena);
}

static void the_launch_file_is_looked_at_first(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct launch l;
    struct ask q = {.arena = arena, .launch = &l, .domain = STR("shop.example")};
    struct test_setup setup;
    struct err err;

    (void)state;
    launch_empty(&l, STR("shop.example"));
    assert_false(test_setup_read(&q, &setup, &err));
    assert_int_equal(err.kind, ERR_NEEDS);
    l.email.smtp = STR("smtps://smtp.example");
    l.email.from = STR("hello@shop.example");
    l.email.to = STR("probe@box.example");
    assert_true(test_setup_read(&q, &setup, &err));
    assert_false(setup.has_mailbox);
    assert_str(setup.from_domain, "shop.example");
    l.email.mailbox = STR("imaps://box.example");
    assert_true(test_setup_read(&q, &setup, &err));
    assert_str(setup.mailbox.user, "probe@box.example");
    static const char *const bad[] = {"hello",
                                      "@shop.example",
                                      "hello@",
                                      "a@b@c.example",
                                      "a b@c.example",
                                      "<a@c.example>",
                                      "a@c.example\r\nBcc: x@y.example",
                                      "a@c..example"};
    for (size_t i = 0; i < N_OF(bad); i++) {
        l.email.to = str_of(bad[i]);
        if (test_setup_read(&q, &setup, &err))
            fail_msg("%s is taken", bad[i]);
        assert_int_equal(err.kind, ERR_USAGE);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders),
        cmocka_unit_test(searches),
        cmocka_unit_test(accounts),
        cmocka_unit_test(the_servers_words),
        cmocka_unit_test(the_message_is_well_formed),
        cmocka_unit_test(the_launch_file_is_looked_at_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
