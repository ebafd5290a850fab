/* The dialogue with mail servers, good and hostile. */
#include "test.h"

#include <jansson.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "facts/observer.h"
#include "facts/smtp_inside.h"
#include "smtp_server.h"
#include "tls_scene.h"

struct look {
    struct arena *arena;
    struct observer *outside;
    struct facts *facts;
    struct ask q;
    struct smtp_server *server;
    const struct fact_smtp *s;
};

/* One dialogue with a server of that script, as mx.shop.example. */
static struct look look_at(const struct smtp_script *script, int timeout_ms, const struct str_list *to)
{
    struct observer_options options = {.resolver = STR("127.0.0.1"), .ca_file = ca_file, .timeout_ms = timeout_ms};
    struct look l = {.arena = arena_new(ARENA_MB(64)), .server = smtp_server_start(script)};
    struct err err;

    if (!observer_new(&options, &l.outside, &err))
        fail_msg("%s", err.text);
    l.facts = facts_new(&(struct facts_setup){.outside = l.outside, .domain = STR("shop.example"), .now_s = now_s});
    l.q = facts_ask(l.facts, l.arena);
    l.s = fact_smtp(&l.q, STR("mx.shop.example"), str_fmt(l.arena, "127.0.0.1:%u", smtp_server_port(l.server)), to);
    return l;
}

static void look_end(struct look *l)
{
    facts_free(l->facts);
    observer_free(l->outside);
    arena_free(l->arena);
    smtp_server_stop(l->server);
}

static const struct fact_smtp *seen(const struct look *l)
{
    if (!l->s)
        fail_msg("%s", l->q.unseen[0].err.text);
    return l->s;
}

static const struct smtp_step good_steps[] = {
    {.command = "EHLO", .reply = "250-mx.shop.example\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 STARTTLS\r\n"},
    {.command = "STARTTLS", .reply = "220 2.0.0 go ahead\r\n", .then = THEN_TLS},
};
static const struct smtp_step good_tls_steps[] = {
    {.command = "EHLO", .reply = "250-mx.shop.example\r\n250-SMTPUTF8\r\n250 REQUIRETLS\r\n"},
    {.command = "MAIL FROM:<>", .reply = "250 2.1.0 fine\r\n"},
    {.command = "RCPT TO:<postmaster@shop.example>", .reply = "250 2.1.5 fine\r\n"},
    {.command = "RCPT TO:<later@shop.example>", .reply = "451 4.7.1 Greylisted, come again\r\n"},
    {.command = "RCPT TO:<nobody@shop.example>",
     .reply = "550-5.1.1 No such\r\n550-5.1.1 person \x1b[31mhere\r\n550 5.1.1 at all\r\n"},
    {.command = "RSET", .reply = "250 2.0.0 fine\r\n"},
    {.command = "QUIT", .reply = "221 2.0.0 bye\r\n", .then = THEN_CLOSE},
};

static struct smtp_script good_script(const struct cert *cert)
{
    return (struct smtp_script){.banner = {.reply = "220-mx.shop.example\r\n220 ESMTP ready\r\n"},
                                .steps = good_steps,
                                .n_steps = N_OF(good_steps),
                                .tls_steps = good_tls_steps,
                                .n_tls_steps = N_OF(good_tls_steps),
                                .cert = cert,
                                .issuer = &intermediate};
}

/* What is recorded is what is read again; halves of it are refused. */
static void goes_through_json(struct look *l)
{
    json_t *json = smtp_kind.save(l->s);
    struct fact_smtp again = {0};

    assert_true(smtp_kind.load(json, l->arena, &again));
    json_t *twice = smtp_kind.save(&again);
    assert_true(json_equal(json, twice));
    assert_int_equal(again.n_certs, l->s->n_certs);
    for (size_t i = 0; i < again.n_certs; i++)
        assert_true(str_eq(again.certs[i].spki, l->s->certs[i].spki));
    json_decref(twice);
    json_object_del(json, "banner");
    assert_false(smtp_kind.load(json, l->arena, &again));
    json_decref(json);
}

static void whole_dialogue(void **state)
{
    struct cert leaf = leaf_with((struct cert_ask){.names = "DNS:mx.shop.example"});
    struct smtp_script script = good_script(&leaf);
    struct str addresses[] = {STR("postmaster@shop.example"), STR("later@shop.example"), STR("a b@shop.example"),
                              STR("x@shop.example\r\nDATA"), STR("nobody@shop.example")};
    struct look l = look_at(&script, 3000, &(struct str_list){addresses, N_OF(addresses), 0});
    const struct fact_smtp *s = seen(&l);

    (void)state;
    assert_int_equal(s->banner.code, 220);
    assert_str(s->banner.text, "mx.shop.example ESMTP ready");
    assert_int_equal(s->tls_state, SMTP_TLS_DONE);
    assert_int_equal(s->tls.trust, TLS_TRUSTED);
    assert_true(s->tls.name_matches && !s->injected && s->tls.alpn.n == 0);
    assert_str(s->tls.protocol, "TLSv1.3");
    assert_int_equal(s->n_certs, 2);
    assert_true(smtp_offers(s, "requiretls") && !smtp_offers(s, "SIZE") && !smtp_offers(s, "mx.shop.example"));
    assert_int_equal(s->n_recipients, 3); /* what cannot stand in a command is left out */
    assert_int_equal(s->recipients[0].reply.code, 250);
    assert_int_equal(s->recipients[1].reply.code, 451);
    assert_str(s->recipients[1].reply.enhanced, "4.7.1");
    assert_str(smtp_reply_text(l.arena, &s->recipients[2].reply), "550 5.1.1 No such person \\x1b[31mhere at all");
    assert_int_equal(s->end.kind, ERR_NONE);
    char *heard = smtp_server_heard(l.server);
    assert_non_null(strstr(heard, "\nRSET\nQUIT\n"));
    assert_null(strstr(heard, "DATA"));
    assert_ptr_equal(strstr(heard, "EHLO [127.0.0.1]\nSTARTTLS\nEHLO [127.0.0.1]\nMAIL FROM:<> SMTPUTF8\n"), heard);
    free(heard);
    goes_through_json(&l);
    look_end(&l);
    cert_free(&leaf);
}

static void certificates_are_judged(void **state)
{
    struct cert other = leaf_with((struct cert_ask){.names = "DNS:another.example"});
    struct cert expired = leaf_with(
        (struct cert_ask){.names = "DNS:mx.shop.example", .from_s = now_s - 90 * DAY, .until_s = now_s - DAY});
    struct cert strange = leaf_with((struct cert_ask){.names = "DNS:mx.shop.example", .issuer = &stranger});
    const struct {
        const struct cert *cert;
        int most_version;
        enum tls_trust trust;
        bool name_matches;
        const char *protocol;
    } rows[] = {
        {&other, 0, TLS_TRUSTED, false, "TLSv1.3"},
        {&expired, 0, TLS_EXPIRED, true, "TLSv1.3"},
        {&strange, 0, TLS_UNTRUSTED, true, "TLSv1.3"},
        {&other, TLS1_1_VERSION, TLS_TRUSTED, false, "TLSv1.1"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct smtp_script script = good_script(rows[i].cert);
        script.most_version = rows[i].most_version;
        struct look l = look_at(&script, 3000, NULL);
        const struct fact_smtp *s = seen(&l);
        assert_int_equal(s->tls_state, SMTP_TLS_DONE);
        assert_int_equal(s->tls.trust, rows[i].trust);
        assert_int_equal(s->tls.name_matches, rows[i].name_matches);
        assert_str(s->tls.protocol, rows[i].protocol);
        char *heard = smtp_server_heard(l.server);
        assert_null(strstr(heard, "MAIL")); /* only when asked for */
        free(heard);
        look_end(&l);
    }
    cert_free(&other);
    cert_free(&expired);
    cert_free(&strange);
}

static const struct smtp_step plain_steps[] = {
    {.command = "EHLO", .reply = "250-mx\r\n250 PIPELINING\r\n"},
    {.command = "MAIL", .reply = "250 ok\r\n"},
    {.command = "RCPT", .reply = "250 ok\r\n"},
    {.command = "RSET", .reply = "250 ok\r\n"},
    {.command = "QUIT", .reply = "221 bye\r\n", .then = THEN_CLOSE},
};

static void without_starttls(void **state)
{
    struct smtp_script script = {.banner = {.reply = "220 mx\r\n"}, .steps = plain_steps, .n_steps = N_OF(plain_steps)};
    struct str to[] = {STR("postmaster@shop.example"), STR("gr\xc3\xbc\xc3\x9f@shop.example")};
    struct look l = look_at(&script, 3000, &(struct str_list){to, 2, 0});
    const struct fact_smtp *s = seen(&l);

    (void)state;
    assert_int_equal(s->tls_state, SMTP_TLS_NOT_OFFERED);
    assert_int_equal(s->recipients[0].reply.code, 250);
    assert_int_equal(s->recipients[1].reply.code, 0); /* no SMTPUTF8: it cannot be asked */
    goes_through_json(&l);
    look_end(&l);
}

static void starttls_fails(void **state)
{
    static const struct smtp_step refused[] = {
        {.command = "EHLO", .reply = "250-mx\r\n250 STARTTLS\r\n"},
        {.command = "STARTTLS", .reply = "454 4.7.0 TLS not available\r\n"},
        {.command = "MAIL", .reply = "250 ok\r\n"},
        {.command = "RCPT", .reply = "250 ok\r\n"},
        {.command = "RSET", .reply = "250 ok\r\n"},
    };
    static const struct smtp_step broken[] = {
        {.command = "EHLO", .reply = "250-mx\r\n250 STARTTLS\r\n"},
        {.command = "STARTTLS", .reply = "220 go\r\n", .then = THEN_CLOSE},
        {.command = "MAIL", .reply = "250 ok\r\n"},
        {.command = "RCPT", .reply = "250 ok\r\n"},
        {.command = "RSET", .reply = "250 ok\r\n"},
    };
    struct smtp_script scripts[] = {
        {.banner = {.reply = "220 mx\r\n"}, .steps = refused, .n_steps = N_OF(refused)},
        {.banner = {.reply = "220 mx\r\n"}, .steps = broken, .n_steps = N_OF(broken)},
    };
    struct str to = STR("postmaster@shop.example");

    (void)state;
    for (size_t i = 0; i < N_OF(scripts); i++) {
        struct look l = look_at(&scripts[i], 3000, &(struct str_list){&to, 1, 0});
        const struct fact_smtp *s = seen(&l);
        assert_int_equal(s->tls_state, i ? SMTP_TLS_FAILED : SMTP_TLS_REFUSED);
        assert_int_equal(s->starttls.code, i ? 220 : 454);
        assert_int_equal(s->tls_error.kind, i ? ERR_RESET : ERR_NONE);
        assert_int_equal(s->recipients[0].reply.code, 250); /* in clear, as senders do */
        goes_through_json(&l);
        look_end(&l);
    }
}

/* RFC 3207 section 4.2: the extension smuggled in after the reply to STARTTLS must not be believed. */
static void injected_plaintext_is_dropped(void **state)
{
    struct cert leaf = leaf_with((struct cert_ask){.names = "DNS:mx.shop.example"});
    static const struct smtp_step steps[] = {
        {.command = "EHLO", .reply = "250-mx\r\n250 STARTTLS\r\n"},
        {.command = "STARTTLS", .reply = "220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n", .then = THEN_TLS},
    };
    struct smtp_script script = good_script(&leaf);

    (void)state;
    script.steps = steps;
    script.n_steps = N_OF(steps);
    struct look l = look_at(&script, 3000, NULL);
    const struct fact_smtp *s = seen(&l);
    assert_true(s->injected);
    assert_false(smtp_offers(s, "AUTH"));
    assert_int_equal(s->tls_state, SMTP_TLS_DONE);
    assert_true(smtp_offers(s, "REQUIRETLS"));
    look_end(&l);
    cert_free(&leaf);
}

static void sent_away(void **state)
{
    static const struct smtp_step steps[] = {{.command = "QUIT", .reply = "221 bye\r\n", .then = THEN_CLOSE}};
    static const char *const banners[] = {"421 4.3.2 Too busy\r\n", "554 5.7.1 No SMTP service here\r\n"};

    (void)state;
    for (size_t i = 0; i < N_OF(banners); i++) {
        struct smtp_script script = {.banner = {.reply = banners[i]}, .steps = steps, .n_steps = 1};
        struct look l = look_at(&script, 3000, NULL);
        const struct fact_smtp *s = seen(&l);
        assert_int_equal(s->banner.code, i ? 554 : 421);
        assert_int_equal(s->tls_state, SMTP_TLS_NOT_REACHED);
        char *heard = smtp_server_heard(l.server);
        assert_string_equal(heard, "QUIT\n");
        free(heard);
        look_end(&l);
    }
}

static void old_server_speaks_helo(void **state)
{
    static const struct smtp_step steps[] = {
        {.command = "EHLO", .reply = "500 what?\r\n"},
        {.command = "HELO", .reply = "250 mx\r\n"},
        {.command = "QUIT", .reply = "221\r\n", .then = THEN_CLOSE},
    };
    struct smtp_script script = {.banner = {.reply = "220 mx\n"}, .steps = steps, .n_steps = N_OF(steps)};
    struct look l = look_at(&script, 3000, NULL);
    const struct fact_smtp *s = seen(&l);

    (void)state;
    assert_true(s->used_helo && s->banner.bare_lf && !s->ehlo.bare_lf);
    assert_int_equal(s->tls_state, SMTP_TLS_NOT_OFFERED);
    look_end(&l);
}

static void nul_bytes_are_shown_safely(void **state)
{
    static const char banner[] = "220 m\0x \x1b]0;x\x07\r\n";
    struct smtp_script script = {
        .banner = {.reply = banner, .n = sizeof banner - 1}, .steps = plain_steps, .n_steps = N_OF(plain_steps)};
    struct look l = look_at(&script, 3000, NULL);
    const struct fact_smtp *s = seen(&l);

    (void)state;
    assert_str(s->banner.text, "m\\x00x \\x1b]0;x\\x07");
    goes_through_json(&l);
    look_end(&l);
}

/* What never becomes a banner is an error of its kind, and in time. */
static void hostile_banners(void **state)
{
    static char long_line[200000], many_lines[10000 * 8 + 1];
    const struct {
        const char *why, *banner;
        enum smtp_then then;
        enum err_kind want;
    } rows[] = {
        {"silence", "", THEN_HANG, ERR_TIMEOUT},
        {"half a line", "220 mx", THEN_HANG, ERR_TIMEOUT},
        {"half a reply", "220-mx\r\n", THEN_HANG, ERR_TIMEOUT},
        {"closes", "", THEN_CLOSE, ERR_RESET},
        {"closes in the middle", "220-mx\r\n22", THEN_CLOSE, ERR_RESET},
        {"endless lines", "220-mx\r\n", THEN_REPEAT, ERR_LIMIT},
        {"an endless line", "220 mx and no end ", THEN_REPEAT, ERR_LIMIT},
        {"endless NUL-like noise", "\x01\x02\x03", THEN_REPEAT, ERR_LIMIT},
        {"drips", "220-a dripping server that takes its time to say who it is\r\n220 mx\r\n", THEN_DRIP, ERR_TIMEOUT},
        {"a long line", long_line, THEN_HANG, ERR_LIMIT},
        {"10 000 lines", many_lines, THEN_HANG, ERR_LIMIT},
        {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", THEN_CLOSE, ERR_PROTOCOL},
        {"two codes", "220-mx\r\n250 mx\r\n", THEN_CLOSE, ERR_PROTOCOL},
        {"no code", "\r\n", THEN_HANG, ERR_PROTOCOL},
        {"a code of one's own", "999 mx\r\n", THEN_HANG, ERR_PROTOCOL},
    };

    (void)state;
    memset(long_line, 'x', sizeof long_line - 1);
    memcpy(long_line, "220 ", 4);
    for (size_t i = 0; i < 10000; i++)
        memcpy(many_lines + 8 * i, "220-ab\r\n", 8);
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct smtp_script script = {.banner = {.reply = rows[i].banner, .then = rows[i].then}};
        struct look l = look_at(&script, 400, NULL);
        if (l.s)
            fail_msg("%s: it was believed", rows[i].why);
        if (l.q.unseen[0].err.kind != rows[i].want)
            fail_msg("%s: %s", rows[i].why, l.q.unseen[0].err.text);
        assert_string_equal(l.q.unseen[0].err.place, "mx.shop.example");
        look_end(&l);
    }
}

/* Past the banner, what breaks off leaves what was seen, and why it ended. */
static void breaks_off_later(void **state)
{
    static const struct smtp_step hangs[] = {{.command = "EHLO", .reply = "250-mx\r\n", .then = THEN_HANG}};
    static const struct smtp_step closes[] = {{.command = "EHLO", .reply = "", .then = THEN_CLOSE}};
    static const struct smtp_step floods[] = {{.command = "EHLO", .reply = "250-x\r\n", .then = THEN_REPEAT}};
    static const struct smtp_step at_mail[] = {
        {.command = "EHLO", .reply = "250 mx\r\n"},
        {.command = "MAIL", .reply = "", .then = THEN_CLOSE},
    };
    const struct {
        const struct smtp_step *steps;
        size_t n;
        enum err_kind want;
    } rows[] = {{hangs, 1, ERR_TIMEOUT}, {closes, 1, ERR_RESET}, {floods, 1, ERR_LIMIT}, {at_mail, 2, ERR_RESET}};
    struct str to = STR("postmaster@shop.example");

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct smtp_script script = {.banner = {.reply = "220 mx\r\n"}, .steps = rows[i].steps, .n_steps = rows[i].n};
        struct look l = look_at(&script, 400, &(struct str_list){&to, 1, 0});
        const struct fact_smtp *s = seen(&l);
        assert_int_equal(s->end.kind, rows[i].want);
        assert_int_equal(s->recipients[0].reply.code, 0);
        goes_through_json(&l);
        look_end(&l);
    }
}

static void nobody_listens(void **state)
{
    struct smtp_script script = {.banner = {.reply = "220 mx\r\n"}};
    struct look l = look_at(&script, 400, NULL);

    (void)state;
    assert_null(fact_smtp(&l.q, STR("mx.shop.example"), STR("127.0.0.2:1"), NULL));
    assert_int_equal(l.q.unseen[l.q.n_unseen - 1].err.kind, ERR_REFUSED);
    assert_null(fact_smtp(&l.q, STR("mx.shop.example"), STR("no-address"), NULL));
    assert_int_equal(l.q.unseen[l.q.n_unseen - 1].err.kind, ERR_USAGE);
    look_end(&l);
}

static void *cancel_soon(void *arg)
{
    usleep(100 * 1000);
    cancel_now(arg);
    return NULL;
}

/* Wherever the dialogue stands, an interruption ends it at once, and nothing half seen is kept. */
static void interruption_ends_it(void **state)
{
    static const struct smtp_step hangs[] = {{.command = "EHLO", .reply = "250-mx\r\n", .then = THEN_HANG}};
    const struct smtp_script scripts[] = {
        {.banner = {.reply = "", .then = THEN_HANG}},
        {.banner = {.reply = "220 mx\r\n"}, .steps = hangs, .n_steps = 1},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(scripts); i++) {
        struct cancel *cancel = cancel_new();
        struct observer_options options = {
            .resolver = STR("127.0.0.1"), .ca_file = ca_file, .timeout_ms = 8000, .cancel = cancel};
        struct look l = {.arena = arena_new(ARENA_MB(16)), .server = smtp_server_start(&scripts[i])};
        struct err err;
        pthread_t thread;
        if (!observer_new(&options, &l.outside, &err))
            fail_msg("%s", err.text);
        l.facts = facts_new(&(struct facts_setup){.outside = l.outside, .domain = STR("shop.example"), .now_s = now_s});
        l.q = facts_ask(l.facts, l.arena);
        assert_int_equal(pthread_create(&thread, NULL, cancel_soon, cancel), 0);
        struct mono start = clock_mono();
        assert_null(fact_smtp(&l.q, STR("mx.shop.example"),
                              str_fmt(l.arena, "127.0.0.1:%u", smtp_server_port(l.server)), NULL));
        assert_int_equal(l.q.unseen[0].err.kind, ERR_CANCELLED);
        assert_true(clock_since_us(start) < 4000000);
        pthread_join(thread, NULL);
        look_end(&l);
        cancel_free(cancel);
    }
}

static void replies_are_read(void **state)
{
    static const struct {
        const char *bytes;
        enum smtp_read want;
        int code;
        const char *enhanced, *text;
        size_t used;
    } rows[] = {
        {"250 ok\r\n250 more\r\n", SMTP_WHOLE, 250, "", "ok", 8},
        {"250\r\n", SMTP_WHOLE, 250, "", "", 5},
        {"250 2.1.0\r\n", SMTP_WHOLE, 250, "2.1.0", "", 11},
        {"250 5.1.0 other class\r\n", SMTP_WHOLE, 250, "", "5.1.0 other class", 23},
        {"550 5.1.1.2 no code\r\n", SMTP_WHOLE, 550, "", "5.1.1.2 no code", 21},
        {"550-5.7.1 a\r\n550 5.7.1 b\r\n", SMTP_WHOLE, 550, "5.7.1", "a b", 26},
        {"250-a\n250 b\n", SMTP_WHOLE, 250, "", "a b", 12},
        {"250 ok\r", SMTP_MORE},
        {"25", SMTP_MORE},
        {"", SMTP_MORE},
        {"250x\r\n", SMTP_BROKEN},
        {"150 ok\r\n", SMTP_BROKEN},
        {"25 ok\r\n", SMTP_BROKEN},
    };
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct smtp_reply r = {0};
        struct err err = {0};
        size_t used = 0;
        enum smtp_read read = smtp_reply_read(arena, str_of(rows[i].bytes), &r, &used, &err);
        if (read != rows[i].want)
            fail_msg("row %zu: %d", i, read);
        if (read != SMTP_WHOLE)
            continue;
        assert_int_equal(r.code, rows[i].code);
        assert_str(r.enhanced, rows[i].enhanced);
        assert_str(r.text, rows[i].text);
        assert_int_equal(used, rows[i].used);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_dialogue),
        cmocka_unit_test(certificates_are_judged),
        cmocka_unit_test(without_starttls),
        cmocka_unit_test(starttls_fails),
        cmocka_unit_test(injected_plaintext_is_dropped),
        cmocka_unit_test(sent_away),
        cmocka_unit_test(old_server_speaks_helo),
        cmocka_unit_test(nul_bytes_are_shown_safely),
        cmocka_unit_test(hostile_banners),
        cmocka_unit_test(breaks_off_later),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(interruption_ends_it),
        cmocka_unit_test(replies_are_read),
    };

    return cmocka_run_group_tests_name("smtp", tests, scene_make, scene_end);
}
