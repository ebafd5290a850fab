/* Messages judged whole: where they came from, SPF, DKIM and DMARC, over a DNS in memory. */
#include "test.h"

#include "mail_scene.h"
#include "mail_zone.h"

static const struct {
    const char *why;
    struct sent sent;
    const char *zone; /* besides the usual one */
    const char *spf, *dkim, *dmarc;
    bool spf_aligned, dkim_aligned;
    enum verify_outcome outcome;
} rows[] = {
    {"all is well",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD, "shop.example", NULL},
     NULL,
     "pass",
     "pass",
     "pass",
     true,
     true,
     VERIFY_PASS},
    {"a service that bounces to itself and signs for the shop",
     {ESP, "b1@esp.example", FROM_SHOP USUAL_HEAD, "shop.example", NULL},
     NULL,
     "pass",
     "pass",
     "pass",
     false,
     true,
     VERIFY_PASS},
    {"a service that vouches only for itself",
     {ESP, "b1@esp.example", FROM_SHOP USUAL_HEAD, "esp.example", NULL},
     NULL,
     "pass",
     "pass",
     "fail",
     false,
     false,
     VERIFY_FAIL},
    {"SPF alone",
     {OWN, "hello@shop.example", FROM_SHOP USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "pass",
     true,
     false,
     VERIFY_PASS},
    {"a footer was added on the way",
     {ESP, "b1@esp.example", FROM_SHOP USUAL_HEAD, "shop.example", "-- \r\nA list\r\n"},
     NULL,
     "pass",
     "fail",
     "fail",
     false,
     false,
     VERIFY_FAIL},
    {"somebody else sends it",
     {"x (unknown [203.0.113.66])", "hello@shop.example", FROM_SHOP USUAL_HEAD, NULL, NULL},
     NULL,
     "fail",
     "",
     "fail",
     false,
     false,
     VERIFY_FAIL},
    {"a bounce host below the domain",
     {OWN, "b@bounce.shop.example", FROM_SHOP USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "pass",
     true,
     false,
     VERIFY_PASS},
    {"the same where the record is strict",
     {OWN, "b@bounce.strict.example", "From: hello@strict.example\r\n" USUAL_HEAD, "news.strict.example", NULL},
     NULL,
     "pass",
     "pass",
     "fail",
     false,
     false,
     VERIFY_FAIL},
    {"strict, and equal",
     {OWN, "b@strict.example", "From: hello@strict.example\r\n" USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "pass",
     true,
     false,
     VERIFY_PASS},
    {"one of the receiver's own hosts hands it on",
     {"edge.box.example (edge.box.example [203.0.113.200])", "hello@shop.example",
      "Received: from " OWN
      " by edge.box.example with ESMTPS id 2;\r\n Tue, 24 Nov 2026 10:00:01 +0000\r\n" FROM_SHOP USUAL_HEAD,
      NULL, NULL},
     "edge.box.example A 203.0.113.200\n",
     "pass",
     "",
     "pass",
     true,
     false,
     VERIFY_PASS},
    {"no policy, and all passes",
     {OWN, "hello@bare.example", "From: hello@bare.example\r\n" USUAL_HEAD, "bare.example", NULL},
     NULL,
     "pass",
     "pass",
     "none",
     true,
     true,
     VERIFY_PASS},
    {"no policy, and the signature is broken",
     {OWN, "hello@bare.example", "From: hello@bare.example\r\n" USUAL_HEAD, "bare.example", "footer\r\n"},
     NULL,
     "pass",
     "fail",
     "none",
     true,
     false,
     VERIFY_FAIL},
    {"two From fields",
     {OWN, "hello@shop.example", FROM_SHOP "From: eve@esp.example\r\n" USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "permerror",
     false,
     false,
     VERIFY_FAIL},
    {"authors of two domains",
     {OWN, "hello@shop.example", "From: hello@shop.example, eve@esp.example\r\n" USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "permerror",
     false,
     false,
     VERIFY_FAIL},
    {"two authors of one domain",
     {OWN, "hello@shop.example", "From: hello@shop.example, ann@shop.example\r\n" USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "pass",
     true,
     false,
     VERIFY_PASS},
    {"no From field",
     {OWN, "hello@shop.example", USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "permerror",
     false,
     false,
     VERIFY_FAIL},
    {"a bounce: the greeting counts",
     {OWN, "", FROM_SHOP USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "pass",
     true,
     false,
     VERIFY_PASS},
    {"the envelope is not known: the greeting does not count",
     {OWN, NULL, FROM_SHOP USUAL_HEAD, NULL, NULL},
     NULL,
     "pass",
     "",
     "fail",
     false,
     false,
     VERIFY_FAIL},
    {"it has not been anywhere, but is signed",
     {NULL, NULL, FROM_SHOP USUAL_HEAD, "shop.example", NULL},
     NULL,
     "none",
     "pass",
     "pass",
     false,
     true,
     VERIFY_PASS},
    {"no SPF record seen, nothing else",
     {OWN, "a@silent.example", "From: a@silent.example\r\n" USUAL_HEAD, NULL, NULL},
     "silent.example TXT TIMEOUT\nsilent.example MX 10 mail.shop.example\n_dmarc.silent.example TXT v=DMARC1; "
     "p=reject\n",
     "temperror",
     "",
     "temperror",
     false,
     false,
     VERIFY_UNSEEN},
    {"a key that was not seen",
     {ESP, "b1@esp.example", "From: a@silent.example\r\n" USUAL_HEAD, "silent.example", NULL},
     "s1._domainkey.silent.example TXT TIMEOUT\nsilent.example MX 10 mail.shop.example\n"
     "_dmarc.silent.example TXT v=DMARC1; p=reject\n",
     "pass",
     "temperror",
     "temperror",
     false,
     false,
     VERIFY_UNSEEN},
    {"a key of somebody else that was not seen",
     {ESP, "b1@esp.example", FROM_SHOP USUAL_HEAD, "silent.example", NULL},
     "s1._domainkey.silent.example TXT TIMEOUT\n",
     "pass",
     "temperror",
     "fail",
     false,
     false,
     VERIFY_FAIL},
    {"the policy was not seen",
     {OWN, "a@silent.example", "From: a@silent.example\r\n" USUAL_HEAD, NULL, NULL},
     "_dmarc.silent.example TXT TIMEOUT\nsilent.example TXT v=spf1 ip4:203.0.113.5 -all\n",
     "pass",
     "",
     "temperror",
     true,
     false,
     VERIFY_UNSEEN},
    {"SPF was not seen, but the signature holds",
     {OWN, "a@silent.example", FROM_SHOP USUAL_HEAD, "shop.example", NULL},
     "silent.example TXT TIMEOUT\n",
     "temperror",
     "pass",
     "pass",
     false,
     true,
     VERIFY_PASS},
};

static void test_results(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct arena *arena = arena_new(ARENA_MB(64));
        struct verify_report r;

        scene_judge(arena, scene_zone(arena, rows[i].zone), scene_message(arena, &rows[i].sent), NULL, &r);
        const char *dkim = r.n_dkim ? dkim_result_word(r.dkim[0].result) : "";
        if (strcmp(spf_result_word(r.spf.result), rows[i].spf) != 0 || strcmp(dkim, rows[i].dkim) != 0 ||
            strcmp(r.dmarc, rows[i].dmarc) != 0 || r.spf_aligned != rows[i].spf_aligned ||
            r.dkim_aligned != rows[i].dkim_aligned || verify_outcome(&r) != rows[i].outcome)
            fail_msg("%s: spf %s (%d), dkim %s (%d), dmarc %s, outcome %d: %.*s; %.*s", rows[i].why,
                     spf_result_word(r.spf.result), r.spf_aligned, dkim, r.dkim_aligned, r.dmarc,
                     (int)verify_outcome(&r), STR_ARG(r.dmarc_reason), STR_ARG(r.spf_source));
        assert_true(r.dmarc_reason.n > 0);
        assert_true(r.spf.reason.n > 0);
        arena_free(arena);
    }
}

/* ---- where it came from ---- */

#define HOP(from, by) "Received: from " from "\r\n by " by " with ESMTPS id 1; Tue, 24 Nov 2026 10:00:02 +0000\r\n"
#define REST          FROM_SHOP USUAL_HEAD "\r\nbody\r\n"

static const struct {
    const char *why, *text;
    struct verify_options options;
    const char *ip, *mail_from, *helo;
} origins[] = {
    {"the newest from outside",
     HOP("a.internal (a.internal [10.0.0.5])", "store.box.example") HOP(OWN, "mx.box.example")
         HOP("x (unknown [203.0.113.99])", "mail.shop.example") REST,
     {.bulk = false},
     "203.0.113.5",
     "",
     "mail.shop.example"},
    {"one of the receiver's own hosts hands it on over a public address",
     HOP("edge.box.example (edge.box.example [203.0.113.200])", "store.box.example") HOP(OWN, "edge.box.example") REST,
     {.bulk = false},
     "203.0.113.5",
     "",
     "mail.shop.example"},
    {"who only greets with a name of the receiver is no host of the receiver",
     HOP("edge2.box.example (unknown [203.0.113.66])", "mx.box.example") HOP(OWN, "edge2.box.example") REST,
     {.bulk = false},
     "203.0.113.66",
     "",
     "edge2.box.example"},
    {"who forges a reverse name of the receiver",
     HOP("x (edge.box.example [203.0.113.66])", "mx.box.example") HOP(OWN, "edge.box.example") REST,
     {.bulk = false},
     "203.0.113.66",
     "",
     "x"},
    {"Exchange, from one host to the next",
     HOP("A.prod.cloud.example (2001:db8:6::5)",
         "B.prod.cloud.example (2001:db8:7::6)") "Return-Path: hello@shop.example\r\n" HOP("mail.shop.example "
                                                                                           "(203.0.113.5)",
                                                                                           "C.mail.protection.cloud."
                                                                                           "example (10.13.1.2)") REST,
     {.bulk = false},
     "203.0.113.5",
     "hello@shop.example",
     "mail.shop.example"},
    {"all within one owner's hosts",
     HOP("edge.box.example (edge.box.example [203.0.113.200])", "store.box.example") REST,
     {.bulk = false},
     "203.0.113.200",
     "",
     "edge.box.example"},
    {"a server named by hand",
     HOP("fwd.other.example (fwd.other.example [203.0.113.9])", "mx.box.example") HOP(OWN, "fwd.other.example") REST,
     {.trusted = {"FWD.other.example", 17}},
     "203.0.113.5",
     "",
     "mail.shop.example"},
    {"a server named by hand that has not written",
     HOP(OWN, "mx.box.example") REST,
     {.trusted = {"mx.other.example", 16}},
     "",
     "",
     ""},
    {"all given by hand",
     HOP(OWN, "mx.box.example") REST,
     {.client_ip = {"::ffff:203.0.113.9", 18}, .mail_from = {"a@b.example", 11}, .helo = {"c.example", 9}},
     "203.0.113.9",
     "a@b.example",
     "c.example"},
    {"a given address finds its hop",
     HOP("x (unknown [203.0.113.66])", "mx.box.example") HOP("y (y.example [203.0.113.9])", "b.example") REST,
     {.client_ip = {"203.0.113.9", 11}},
     "203.0.113.9",
     "",
     "y"},
    {"Return-Path with a route",
     "Return-Path: <@a.example,@b.example:hello@shop.example>\r\n" HOP(OWN, "mx.box.example") REST,
     {.bulk = false},
     "203.0.113.5",
     "hello@shop.example",
     "mail.shop.example"},
    {"the receiver's Return-Path, not the sender's",
     "Return-Path: <true@shop.example>\r\n" HOP(OWN, "mx.box.example") "Return-Path: <false@shop.example>\r\n" REST,
     {.bulk = false},
     "203.0.113.5",
     "true@shop.example",
     "mail.shop.example"},
    {"Received-SPF",
     "Received-SPF: Pass (box.example: fine) client-ip=203.0.113.5; envelope-from=\"hello@shop.example\"; "
     "helo=x;\r\n" HOP(OWN, "mx.box.example") "X-Envelope-From: <eve@esp.example>\r\n" REST,
     {.bulk = false},
     "203.0.113.5",
     "hello@shop.example",
     "mail.shop.example"},
    {"Exim's envelope-from",
     "Received: from mail.shop.example ([203.0.113.5]) by mx.box.example with esmtp (Exim 4.96) "
     "(envelope-from <hello@shop.example>) id 1; Tue, 24 Nov 2026 10:00:02 +0000\r\n" REST,
     {.bulk = false},
     "203.0.113.5",
     "hello@shop.example",
     "mail.shop.example"},
    {"nothing", REST, {.bulk = false}, "", "", ""},
};

static void test_origins(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(origins); i++) {
        struct arena *arena = arena_new(ARENA_MB(64));
        struct verify_report r;

        scene_judge(arena, scene_zone(arena, "edge.box.example A 203.0.113.200\n"), str_of(origins[i].text),
                    &origins[i].options, &r);
        if (!str_eq(r.client_ip, str_of(origins[i].ip)) || !str_eq(r.mail_from, str_of(origins[i].mail_from)) ||
            !str_eq(r.helo, str_of(origins[i].helo)))
            fail_msg("%s: \"%.*s\" \"%.*s\" \"%.*s\" (%.*s)", origins[i].why, STR_ARG(r.client_ip),
                     STR_ARG(r.mail_from), STR_ARG(r.helo), STR_ARG(r.spf_source));
        assert_int_equal(r.spf_tried, *origins[i].ip != '\0');
        arena_free(arena);
    }
}

/* ---- honesty ---- */

static bool has_rule(const struct verify_report *r, const char *id)
{
    for (size_t i = 0; i < r->n_rules; i++)
        if (!strcmp(r->rules[i].id, id))
            return true;
    return false;
}

/* Whatever one look-up fails, nothing that was seen to fail passes, nothing that passes is said to fail, and no rule is
 * broken that was not. */
static void test_failed_look_ups(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct arena *arena = arena_new(ARENA_MB(512));
        struct str text = scene_message(arena, &rows[i].sent);
        struct mail_zone *zone = scene_zone(arena, rows[i].zone);
        struct verify_options o = {.bulk = true};
        struct verify_report want;

        scene_judge(arena, zone, text, &o, &want);
        size_t n = mail_zone_count(zone);
        assert_true(n > 0);
        for (size_t nth = 1; nth <= n; nth++) {
            struct verify_report r;
            zone = scene_zone(arena, rows[i].zone);
            mail_zone_fail_nth(zone, nth);
            scene_judge(arena, zone, text, &o, &r);
            if (strcmp(r.dmarc, want.dmarc) != 0 && strcmp(r.dmarc, "temperror") != 0)
                fail_msg("%s, look-up %zu fails: DMARC %s became %s", rows[i].why, nth, want.dmarc, r.dmarc);
            if (verify_outcome(&r) != verify_outcome(&want) && verify_outcome(&r) != VERIFY_UNSEEN)
                fail_msg("%s, look-up %zu fails: outcome %d became %d", rows[i].why, nth, (int)verify_outcome(&want),
                         (int)verify_outcome(&r));
            for (size_t k = 0; k < r.n_rules; k++)
                if (!r.rules[k].unseen && !has_rule(&want, r.rules[k].id))
                    fail_msg("%s, look-up %zu fails: %s is said to be broken", rows[i].why, nth, r.rules[k].id);
            for (size_t k = 0; k < want.n_rules; k++)
                if (!has_rule(&r, want.rules[k].id))
                    fail_msg("%s, look-up %zu fails: %s is no longer told", rows[i].why, nth, want.rules[k].id);
        }
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_failed_look_ups),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
