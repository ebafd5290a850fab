/* The rules of the mailbox providers: which a message breaks, and which could not be looked at. */
#include "test.h"

#include "mail_scene.h"
#include "mail_zone.h"

#define ONE_CLICK                                                                                                      \
    "List-Unsubscribe: <mailto:u@shop.example>, <https://shop.example/u/1>\r\n"                                        \
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"

static const struct {
    const char *why;
    struct sent sent;
    const char *zone, *want; /* ids, with a space after each; "?" before one that could not be looked up */
    bool bulk;
} rules[] = {
    {"all is well", {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD, "shop.example", NULL}, NULL, "", false},
    {"a newsletter as it should be",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD ONE_CLICK, "shop.example", NULL},
     NULL,
     "",
     true},
    {"the same mail, called bulk",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD, "shop.example", NULL},
     NULL,
     "one-click ",
     true},
    {"a List- field makes it bulk: no https",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD "List-Unsubscribe: <mailto:u@shop.example>\r\n", "shop.example",
      NULL},
     NULL,
     "one-click ",
     false},
    {"no POST",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD "List-Unsubscribe: <https://shop.example/u>\r\n", "shop.example",
      NULL},
     NULL,
     "one-click ",
     false},
    {"another POST",
     {OWN, "hello@shop.example",
      FROM_SHOP USUAL_HEAD "List-Unsubscribe: <https://shop.example/u>\r\nList-Unsubscribe-Post: yes\r\n",
      "shop.example", NULL},
     NULL,
     "one-click ",
     false},
    {"not signed",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD ONE_CLICK, NULL, NULL},
     NULL,
     "spf-and-dkim one-click ",
     false},
    {"a list without its name",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD ONE_CLICK "List-Post: <mailto:l@shop.example>\r\n",
      "shop.example", NULL},
     NULL,
     "list-id ",
     false},
    {"misaligned", {ESP, "b@esp.example", FROM_SHOP USUAL_HEAD, "esp.example", NULL}, NULL, "from-alignment ", false},
    {"nothing passes",
     {"x (unknown [203.0.113.66])", "hello@shop.example", FROM_SHOP USUAL_HEAD, NULL, NULL},
     NULL,
     "authentication from-alignment ptr ",
     false},
    {"bulk without a policy",
     {OWN, "hello@bare.example", "From: hello@bare.example\r\n" USUAL_HEAD ONE_CLICK, "bare.example", NULL},
     NULL,
     "dmarc ",
     false},
    {"bulk whose answers nobody gets",
     {OWN, "a@void.example", "From: a@void.example\r\n" USUAL_HEAD ONE_CLICK, NULL, NULL},
     "void.example TXT v=spf1 ip4:203.0.113.5 -all\nvoid.example MX 0 .\n_dmarc.void.example TXT v=DMARC1; p=none\n",
     "spf-and-dkim from-answers one-click ",
     false},
    {"no Message-ID, no Date",
     {OWN, "hello@shop.example", FROM_SHOP "To: a@box.example\r\n", NULL, NULL},
     NULL,
     "message-id date ",
     false},
    {"a bad Message-ID, an unreadable Date",
     {OWN, "hello@shop.example", FROM_SHOP "Message-ID: 17\r\nDate: today\r\n", NULL, NULL},
     NULL,
     "message-id date ",
     false},
    {"a Date a day ahead",
     {OWN, "hello@shop.example", FROM_SHOP "Message-ID: <1@shop.example>\r\nDate: 25 Nov 2026 10:00:00 +0000\r\n", NULL,
      NULL},
     NULL,
     "date ",
     false},
    {"a Date of last week",
     {OWN, "hello@shop.example", FROM_SHOP "Message-ID: <1@shop.example>\r\nDate: 17 Nov 2026 10:00:00 +0000\r\n", NULL,
      NULL},
     NULL,
     "date ",
     false},
    {"a Date of Monday that is a Tuesday",
     {OWN, "hello@shop.example", FROM_SHOP "Message-ID: <1@shop.example>\r\nDate: Mon, 24 Nov 2026 10:00:00 +0000\r\n",
      NULL, NULL},
     NULL,
     "date ",
     false},
    {"two Subjects",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD "Subject: again\r\n", NULL, NULL},
     NULL,
     "duplicate-field ",
     false},
    {"letters in the header",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD "X-Note: gr\xc3\xbc\xc3\x9f\r\n", NULL, NULL},
     NULL,
     "header-8bit ",
     false},
    {"two addresses in From",
     {OWN, "hello@shop.example", "From: a@shop.example, b@shop.example\r\n" USUAL_HEAD, NULL, NULL},
     NULL,
     "from-one ",
     false},
    {"two From fields",
     {OWN, "hello@shop.example", FROM_SHOP FROM_SHOP USUAL_HEAD, NULL, NULL},
     NULL,
     "from-one ",
     false},
    {"somebody plays Gmail",
     {OWN, "hello@shop.example", "From: a@gmail.com\r\n" USUAL_HEAD, NULL, NULL},
     "_dmarc.gmail.com TXT v=DMARC1; p=none\ngmail.com A 203.0.113.40\n",
     "gmail-from from-alignment ",
     false},
    {"a reverse name that does not lead back",
     {"a (b.example [203.0.113.8])", "hello@eight.example", "From: h@eight.example\r\n" USUAL_HEAD, NULL, NULL},
     "eight.example TXT v=spf1 ip4:203.0.113.8 -all\n8.113.0.203.in-addr.arpa PTR b.example\n"
     "b.example A 203.0.113.1\n",
     "ptr ",
     false},
    {"a reverse name that was not seen",
     {"a (b.example [203.0.113.8])", "hello@eight.example", "From: h@eight.example\r\n" USUAL_HEAD, NULL, NULL},
     "eight.example TXT v=spf1 ip4:203.0.113.8 -all\n8.113.0.203.in-addr.arpa PTR TIMEOUT\n",
     "?ptr ",
     false},
    {"IPv6 with a reverse name",
     {"a (a [IPv6:2001:db8::8])", "hello@six.example", "From: h@six.example\r\n" USUAL_HEAD, NULL, NULL},
     "six.example TXT v=spf1 ip6:2001:db8::8 -all\n"
     "8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR a.six.example\na.six.example AAAA "
     "2001:db8::8\n",
     "",
     false},
};

static struct str rule_ids(struct arena *arena, const struct verify_report *r)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < r->n_rules; i++)
        all = str_fmt(arena, "%.*s%s%s ", STR_ARG(all), r->rules[i].unseen ? "?" : "", r->rules[i].id);
    return all;
}

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rules); i++) {
        struct arena *arena = arena_new(ARENA_MB(64));
        struct verify_options o = {.bulk = rules[i].bulk};
        struct verify_report r;

        scene_judge(arena, scene_zone(arena, rules[i].zone), scene_message(arena, &rules[i].sent), &o, &r);
        struct str got = rule_ids(arena, &r);
        if (!str_eq(got, str_of(rules[i].want)))
            fail_msg("%s: \"%.*s\", not \"%s\"", rules[i].why, STR_ARG(got), rules[i].want);
        arena_free(arena);
    }
}

static void test_unencrypted(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(16));
    struct verify_report r;

    (void)state;
    scene_judge(arena, scene_zone(arena, NULL),
                STR("Return-Path: <hello@shop.example>\r\nReceived: from " OWN
                    " by mx.box.example (Postfix) with ESMTP id 1;\r\n"
                    " Tue, 24 Nov 2026 10:00:02 +0000\r\n" FROM_SHOP USUAL_HEAD "\r\n"),
                NULL, &r);
    assert_str(rule_ids(arena, &r), "tls ");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_unencrypted),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
