/* Judgements about certificates, versions and ciphers, from facts written by hand. Nothing reaches a network. */
#include "test.h"

#include <stdio.h>

#include "tls_world.h"

static void certificates_are_judged(void **state)
{
    static const struct {
        const char *check, *why;
        struct made made;
        enum status status;
        enum severity severity;
        const char *title;
    } rows[] = {
        {"tls.valid", "good", {0}, PASS},
        {"tls.valid", "expired", {.trust = TLS_EXPIRED, .until_days = -3}, FAIL, SEV_CRITICAL, "expired on 2026-11-15"},
        {"tls.valid", "an intermediate expired", {.trust = TLS_EXPIRED}, FAIL, SEV_CRITICAL, "intermediate"},
        {"tls.valid", "not yet", {.trust = TLS_NOT_YET, .from_days = 2}, FAIL, SEV_CRITICAL, "only from"},
        {"tls.valid", "self-signed", {.trust = TLS_SELF_SIGNED}, FAIL, SEV_CRITICAL, "by itself"},
        {"tls.valid", "untrusted", {.trust = TLS_UNTRUSTED}, FAIL, SEV_CRITICAL, "no browser trusts"},
        {"tls.valid", "broken", {.trust = TLS_BROKEN}, FAIL, SEV_CRITICAL, "does not verify"},
        {"tls.valid", "incomplete, fetched", {.trust = TLS_INCOMPLETE, .fixed = true}, PASS},
        {"tls.valid", "incomplete", {.trust = TLS_INCOMPLETE}, FAIL, SEV_CRITICAL, "missing"},
        {"tls.valid", "wrong host", {.misnamed = true}, FAIL, SEV_CRITICAL, "does not cover shop.example"},
        {"tls.valid", "no SAN", {.misnamed = true, .no_names = true}, FAIL, SEV_CRITICAL, "names no host"},
        {"tls.valid", "must-staple without", {.must_staple = true}, FAIL, SEV_HIGH, "stapled"},
        {"tls.valid", "must-staple with", {.must_staple = true, .stapled = true}, PASS},
        {"tls.valid", "825 days", {.from_days = -30, .until_days = 795}, WARN, SEV_LOW, "825 days"},
        {"tls.valid", "199 days", {.from_days = -30, .until_days = 169}, PASS},
        {"tls.valid", "398 days of before March", {.from_days = -300, .until_days = 98}, PASS},
        {"tls.valid", "398 days of after March", {.from_days = -30, .until_days = 368}, WARN, SEV_LOW, "accept 200"},
        {"tls.valid", "nobody listens", {.err = ERR_REFUSED}, UNKNOWN},
        {"tls.valid", "no TLS", {.err = ERR_TLS}, FAIL, SEV_CRITICAL, "handshake"},
        {"tls.valid", "silence", {.err = ERR_TIMEOUT}, UNKNOWN},
        {"tls.valid", "broken off", {.err = ERR_RESET}, UNKNOWN},
        {"tls.valid", "a guessed host without TLS", {.err = ERR_REFUSED, .guessed = true}, PASS},
        {"tls.valid", "a guessed host", {.trust = TLS_SELF_SIGNED, .guessed = true}, WARN, SEV_MEDIUM, NULL},
        {"tls.expiry", "60 days of 90", {0}, PASS},
        {"tls.expiry", "22 days", {.from_days = -68, .until_days = 22}, PASS},
        {"tls.expiry", "20 days", {.from_days = -70, .until_days = 20}, WARN, SEV_MEDIUM, "in 20 days"},
        {"tls.expiry", "8 days", {.from_days = -82, .until_days = 8}, WARN, SEV_MEDIUM, "in 8 days"},
        {"tls.expiry", "6 days", {.from_days = -84, .until_days = 6}, FAIL, SEV_CRITICAL, "in 6 days"},
        {"tls.expiry", "3 of 6 days", {.from_days = -3, .until_days = 3}, PASS},
        {"tls.expiry", "1 of 6 days", {.from_days = -5, .until_days = 1}, WARN, SEV_MEDIUM, "in 1 day and"},
        {"tls.expiry", "16 of 47 days", {.from_days = -31, .until_days = 16}, PASS},
        {"tls.expiry", "15 of 47 days", {.from_days = -32, .until_days = 15}, WARN, SEV_MEDIUM, NULL},
        {"tls.expiry", "past", {.until_days = -3, .from_days = -93}, FAIL, SEV_CRITICAL, "3 days ago"},
        {"tls.expiry", "silence", {.err = ERR_TIMEOUT}, UNKNOWN},
        {"tls.chain", "good", {0}, PASS},
        {"tls.chain", "incomplete, fetched", {.trust = TLS_INCOMPLETE, .fixed = true}, FAIL, SEV_HIGH, "phones"},
        {"tls.chain", "incomplete", {.trust = TLS_INCOMPLETE}, FAIL, SEV_HIGH, "cannot be fetched"},
        {"tls.chain", "wrong order", {.disordered = true}, WARN, SEV_MEDIUM, "order"},
        {"tls.chain", "self-signed is told elsewhere", {.trust = TLS_SELF_SIGNED, .disordered = true}, PASS},
        {"tls.chain", "silence", {.err = ERR_RESET}, UNKNOWN},
        {"tls.key", "EC P-256", {0}, PASS},
        {"tls.key", "RSA 2048", {.rsa_bits = 2048}, PASS},
        {"tls.key", "RSA 1024", {.rsa_bits = 1024}, FAIL, SEV_HIGH, "RSA 1024"},
        {"tls.key", "SHA-1", {.weak_signature = true}, FAIL, SEV_HIGH, "signed with"},
        {"tls.key", "silence", {.err = ERR_TIMEOUT}, UNKNOWN},
        {"tls.revoked", "good", {.revocation = TLS_GOOD}, PASS},
        {"tls.revoked", "revoked", {.revocation = TLS_REVOKED}, FAIL, SEV_CRITICAL, "revoked"},
        {"tls.revoked", "nobody to ask", {0}, PASS},
        {"tls.revoked", "nobody answered", {.ocsp = "http://ocsp.example/"}, WARN, SEV_INFO, "could not be asked"},
        {"tls.revoked", "silence", {.err = ERR_TIMEOUT}, UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        char why[128];
        world_open(&w);
        w.hosts[0].guessed = rows[i].made.guessed;
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_platform(&w, "shop.example", NULL, NULL);
        if (rows[i].made.err)
            put_err(&w, &tls_kind, STR("shop.example 192.0.2.80"), rows[i].made.err);
        else
            facts_put(w.facts, &tls_kind, STR("shop.example 192.0.2.80"), make_tls(&w, &rows[i].made));
        run(&w, rows[i].check);
        snprintf(why, sizeof why, "%s: %s", rows[i].check, rows[i].why);
        expect(&w, why, rows[i].status, rows[i].severity, rows[i].title);
        world_close(&w);
    }
}

/* Every check of ours sees nothing: then it says unknown, for the reason that there was. */
static void blind_checks_say_unknown(void **state)
{
    static const char *const ids[] = {"tls.valid",   "tls.expiry",   "tls.chain",          "tls.protocols",
                                      "tls.ciphers", "tls.key",      "tls.revoked",        "tls.renewal-path",
                                      "tls.origin",  "edge.proxied", "edge.origin-exposed"};

    (void)state;
    for (size_t i = 0; i < N_OF(ids); i++) {
        struct world w = {.arena = arena_new(ARENA_MB(4))};
        launch_empty(&w.launch, STR("shop.example"));
        str_list_add(w.arena, &w.launch.origin.addresses, STR("203.0.113.20"));
        w.facts = facts_new(&(struct facts_setup){.launch = &w.launch, .domain = STR("shop.example"), .now_s = NOW});
        run(&w, ids[i]);
        expect(&w, ids[i], UNKNOWN, SEV_INFO, NULL);
        world_close(&w);
    }
}

static void host_without_address_is_unknown(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    w.hosts[0].exists = false;
    world_begin(&w);
    put_addresses(&w, "shop.example", NULL, NULL);
    run(&w, "tls.valid");
    expect(&w, "no address", UNKNOWN, SEV_INFO, "no address");
    assert_int_equal(w.out.v[0]->unseen_kind, ERR_NO_NAME);
    assert_str(w.out.v[0]->unseen_place, "shop.example");
    world_close(&w);
}

static void private_address_is_not_asked(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    world_begin(&w);
    put_addresses(&w, "shop.example", "10.0.0.1", NULL);
    facts_put(w.facts, &tls_kind, STR("shop.example 10.0.0.1"), make_tls(&w, &(struct made){0}));
    run(&w, "tls.valid");
    expect(&w, "a private address", UNKNOWN, SEV_INFO, "not asked without being told");
    world_close(&w);

    world_open(&w);
    w.hosts[0].declared = true;
    world_begin(&w);
    put_addresses(&w, "shop.example", "10.0.0.1", NULL);
    facts_put(w.facts, &tls_kind, STR("shop.example 10.0.0.1"), make_tls(&w, &(struct made){0}));
    run(&w, "tls.valid");
    expect(&w, "a private address of a declared host", PASS, SEV_INFO, NULL);
    world_close(&w);
}

static void ipv6_without_a_route_is_no_fault(void **state)
{
    static const struct {
        const char *why, *first;
        enum err_kind v6;
        enum status status;
    } rows[] = {
        {"IPv4 was seen", "192.0.2.80", ERR_NO_ROUTE, PASS},    {"nothing was seen", NULL, ERR_NO_ROUTE, UNKNOWN},
        {"IPv6 is silent", "192.0.2.80", ERR_TIMEOUT, UNKNOWN}, {"IPv6 refuses", "192.0.2.80", ERR_REFUSED, UNKNOWN},
        {"IPv6 speaks no TLS", "192.0.2.80", ERR_TLS, FAIL},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        world_begin(&w);
        put_addresses(&w, "shop.example", rows[i].first, "2001:db8::80");
        put_platform(&w, "shop.example", NULL, NULL);
        facts_put(w.facts, &tls_kind, STR("shop.example 192.0.2.80"), make_tls(&w, &(struct made){0}));
        put_err(&w, &tls_kind, STR("shop.example 2001:db8::80"), rows[i].v6);
        run(&w, "tls.valid");
        expect(&w, rows[i].why, rows[i].status, SEV_CRITICAL, NULL);
        world_close(&w);
    }
}

/* ---- versions and ciphers: a letter each, A accepted, r refused, ? not seen ---- */

static enum tls_answer answer_of(char c)
{
    return c == 'A' ? TLS_ACCEPTED : c == 'r' ? TLS_REFUSED : TLS_NOT_SEEN;
}

static void accepted_is_judged(void **state)
{
    static const struct {
        const char *check, *why, *versions, *classes, *cipher;
        enum status status;
        enum severity severity;
    } rows[] = {
        {"tls.protocols", "modern", "rrrAA", "rrrrrr", "", PASS, 0},
        {"tls.protocols", "TLS 1.0", "rArAA", "rrrrrr", "", FAIL, SEV_MEDIUM},
        {"tls.protocols", "TLS 1.1", "rrAAA", "rrrrrr", "", FAIL, SEV_MEDIUM},
        {"tls.protocols", "SSL 3", "ArrAA", "rrrrrr", "", FAIL, SEV_HIGH},
        {"tls.protocols", "nothing current", "rAArr", "rrrrrr", "", FAIL, SEV_CRITICAL},
        {"tls.protocols", "no 1.3", "rrrAr", "rrrrrr", "", WARN, SEV_LOW},
        {"tls.protocols", "1.3 alone", "rrrrA", "rrrrrr", "", WARN, SEV_INFO},
        {"tls.protocols", "old ones unclear", "???AA", "rrrrrr", "", UNKNOWN, 0},
        {"tls.protocols", "a fault stands beside what is unclear", "?A?AA", "rrrrrr", "", FAIL, SEV_MEDIUM},
        {"tls.ciphers", "modern", "rrrAA", "rrrrrr", "", PASS, 0},
        {"tls.ciphers", "NULL", "rrrAA", "Arrrrr", "", FAIL, SEV_CRITICAL},
        {"tls.ciphers", "anonymous", "rrrAA", "rArrrr", "", FAIL, SEV_CRITICAL},
        {"tls.ciphers", "export", "rrrAA", "rrArrr", "", FAIL, SEV_CRITICAL},
        {"tls.ciphers", "RC4", "rrrAA", "rrrArr", "", FAIL, SEV_HIGH},
        {"tls.ciphers", "3DES", "rrrAA", "rrrrAr", "", FAIL, SEV_MEDIUM},
        {"tls.ciphers", "RSA as a fallback", "rrrAA", "rrrrrA", "ECDHE-RSA-AES128-GCM-SHA256", WARN, SEV_LOW},
        {"tls.ciphers", "RSA alone", "rrrAr", "rrrrrA", "AES128-GCM-SHA256", FAIL, SEV_MEDIUM},
        {"tls.ciphers", "unclear", "rrrAA", "??????", "", UNKNOWN, 0},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_platform(&w, "shop.example", "cloudflare", NULL);
        struct fact_tls t = {.host = STR("shop.example")}, best = *make_tls(&w, &(struct made){0});
        for (size_t v = 0; v < TLS_N_VERSIONS; v++)
            t.versions[v] = answer_of(rows[i].versions[v]);
        for (size_t c = 0; c < TLS_N_CIPHER_CLASSES; c++)
            t.ciphers[c] = answer_of(rows[i].classes[c]);
        best.cipher = str_of(rows[i].cipher);
        facts_put(w.facts, &tls_accepts_kind, STR("shop.example 192.0.2.80"), &t);
        facts_put(w.facts, &tls_kind, STR("shop.example 192.0.2.80"), &best);
        run(&w, rows[i].check);
        expect(&w, rows[i].why, rows[i].status, rows[i].severity, NULL);
        if (rows[i].status == FAIL)
            assert_true(str_has(w.out.v[0]->fix_text, STR("SSL/TLS > Edge Certificates > Minimum TLS Version")));
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_judged),          cmocka_unit_test(blind_checks_say_unknown),
        cmocka_unit_test(host_without_address_is_unknown),  cmocka_unit_test(private_address_is_not_asked),
        cmocka_unit_test(ipv6_without_a_route_is_no_fault), cmocka_unit_test(accepted_is_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
