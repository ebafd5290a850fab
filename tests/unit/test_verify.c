/* Messages judged whole: where they came from, SPF, DKIM, DMARC and the rules for senders, over a DNS in memory. The
 * signatures are made here, with a key that lives as long as the test. */
#include "test.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/buf.h"
#include "mail/verify.h"
#include "mail_zone.h"

#define NOW 1795514400 /* 2026-11-24T10:00:00Z */

static struct str private_key; /* PEM */
static char public_key[64];    /* base64 of the 32 bytes */
static struct arena *lasting;

static int make_key(void **state)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned char raw[32];
    size_t n = sizeof raw;
    char *pem;

    (void)state;
    lasting = arena_new(ARENA_MB(1));
    if (!key || !bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        EVP_PKEY_get_raw_public_key(key, raw, &n) != 1)
        return -1;
    long length = BIO_get_mem_data(bio, &pem);
    private_key = str_dup(lasting, str_n(pem, (size_t)length));
    EVP_EncodeBlock((unsigned char *)public_key, raw, (int)n);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return 0;
}

static int drop_key(void **state)
{
    (void)state;
    arena_free(lasting);
    return 0;
}

/* shop.example sends from 203.0.113.5 and publishes everything; the service esp.example sends from 203.0.113.77. */
static const char usual[] = "shop.example MX 10 mail.shop.example\n"
                            "shop.example A 203.0.113.5\n"
                            "shop.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "bounce.shop.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "mail.shop.example A 203.0.113.5\n"
                            "mail.shop.example TXT v=spf1 a -all\n"
                            "_dmarc.shop.example TXT v=DMARC1; p=reject\n"
                            "5.113.0.203.in-addr.arpa PTR mail.shop.example\n"
                            "esp.example MX 10 out.esp.example\n"
                            "esp.example TXT v=spf1 ip4:203.0.113.77 -all\n"
                            "out.esp.example A 203.0.113.77\n"
                            "77.113.0.203.in-addr.arpa PTR out.esp.example\n"
                            "bare.example MX 10 mail.shop.example\n"
                            "bare.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "strict.example MX 10 mail.shop.example\n"
                            "strict.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "bounce.strict.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "_dmarc.strict.example TXT v=DMARC1; p=quarantine; aspf=s; adkim=s\n";

static struct mail_zone *make_zone(struct arena *arena, const char *more)
{
    struct mail_zone *zone = mail_zone_new(arena);
    static const char *const signers[] = {"shop.example", "esp.example", "bare.example", "news.strict.example"};

    mail_zone_add_lines(zone, usual);
    for (size_t i = 0; i < N_OF(signers); i++)
        mail_zone_add(zone, str_fmt(arena, "s1._domainkey.%s", signers[i]).p, "TXT",
                      str_fmt(arena, "v=DKIM1; k=ed25519; p=%s", public_key));
    if (more)
        mail_zone_add_lines(zone, more);
    return zone;
}

#define FROM_SHOP "From: Shop <hello@shop.example>\r\n"
#define USUAL_HEAD                                                                                                     \
    "To: anna@box.example\r\nSubject: Your order\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"                         \
    "Message-ID: <1@shop.example>\r\n"
#define OWN "mail.shop.example (mail.shop.example [203.0.113.5])"
#define ESP "out.esp.example (out.esp.example [203.0.113.77])"

struct sent {
    const char *client;      /* as Received names it; NULL: no such field */
    const char *return_path; /* NULL: no such field */
    const char *head;        /* From and the like */
    const char *signer;      /* d=; NULL: not signed */
    const char *added;       /* to the body, after signing */
};

static struct str sign(struct arena *arena, struct str text, const char *domain)
{
    struct dkim_signer signer = {.domain = str_of(domain),
                                 .selector = STR("s1"),
                                 .private_key = private_key,
                                 .header_canon = DKIM_RELAXED,
                                 .body_canon = DKIM_RELAXED,
                                 .signed_s = NOW,
                                 .expires_s = -1,
                                 .body_length = -1};
    struct message m;
    struct err err;
    struct str field;

    if (!message_parse(arena, text, &m, &err) || !dkim_sign(arena, &m, &signer, &field, &err))
        fail_msg("cannot sign: %s", err.text);
    return str_fmt(arena, "%.*s%.*s", STR_ARG(field), STR_ARG(text));
}

static struct str make_message(struct arena *arena, const struct sent *sent)
{
    struct str text = str_fmt(arena, "%s\r\nThank you.\r\n", sent->head);

    if (sent->signer)
        text = sign(arena, text, sent->signer);
    if (sent->client)
        text = str_fmt(arena,
                       "Received: from %s\r\n\tby mx.box.example (Postfix) with ESMTPS id 1;\r\n"
                       "\tTue, 24 Nov 2026 10:00:02 +0000\r\n%.*s",
                       sent->client, STR_ARG(text));
    if (sent->return_path)
        text = str_fmt(arena, "Return-Path: <%s>\r\n%.*s", sent->return_path, STR_ARG(text));
    return str_fmt(arena, "%.*s%s", STR_ARG(text), sent->added ? sent->added : "");
}

static void judge(struct arena *arena, struct mail_zone *zone, struct str text, const struct verify_options *options,
                  struct verify_report *ret)
{
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct verify_options o = options ? *options : (struct verify_options){0};
    struct message *m = arena_alloc(arena, sizeof *m);
    struct err err;

    if (!message_parse(arena, text, m, &err))
        fail_msg("not read: %s", err.text);
    o.now_s = NOW + 60;
    verify_message(arena, &dns, m, &o, ret);
}

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

        judge(arena, make_zone(arena, rows[i].zone), make_message(arena, &rows[i].sent), NULL, &r);
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

        judge(arena, make_zone(arena, "edge.box.example A 203.0.113.200\n"), str_of(origins[i].text),
              &origins[i].options, &r);
        if (!str_eq(r.client_ip, str_of(origins[i].ip)) || !str_eq(r.mail_from, str_of(origins[i].mail_from)) ||
            !str_eq(r.helo, str_of(origins[i].helo)))
            fail_msg("%s: \"%.*s\" \"%.*s\" \"%.*s\" (%.*s)", origins[i].why, STR_ARG(r.client_ip),
                     STR_ARG(r.mail_from), STR_ARG(r.helo), STR_ARG(r.spf_source));
        assert_int_equal(r.spf_tried, *origins[i].ip != '\0');
        arena_free(arena);
    }
}

/* ---- the rules for senders ---- */

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

        judge(arena, make_zone(arena, rules[i].zone), make_message(arena, &rules[i].sent), &o, &r);
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
    judge(arena, make_zone(arena, NULL),
          STR("Return-Path: <hello@shop.example>\r\nReceived: from " OWN
              " by mx.box.example (Postfix) with ESMTP id 1;\r\n"
              " Tue, 24 Nov 2026 10:00:02 +0000\r\n" FROM_SHOP USUAL_HEAD "\r\n"),
          NULL, &r);
    assert_str(rule_ids(arena, &r), "tls ");
    arena_free(arena);
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
        struct str text = make_message(arena, &rows[i].sent);
        struct mail_zone *zone = make_zone(arena, rows[i].zone);
        struct verify_options o = {.bulk = true};
        struct verify_report want;

        judge(arena, zone, text, &o, &want);
        size_t n = mail_zone_count(zone);
        assert_true(n > 0);
        for (size_t nth = 1; nth <= n; nth++) {
            struct verify_report r;
            zone = make_zone(arena, rows[i].zone);
            mail_zone_fail_nth(zone, nth);
            judge(arena, zone, text, &o, &r);
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
        cmocka_unit_test(test_results),     cmocka_unit_test(test_origins),         cmocka_unit_test(test_rules),
        cmocka_unit_test(test_unencrypted), cmocka_unit_test(test_failed_look_ups),
    };

    return cmocka_run_group_tests(tests, make_key, drop_key);
}
