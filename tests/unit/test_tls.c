/* TLS facts against servers of our own. */
#include "test.h"

#include <jansson.h>
#include <stdio.h>

#include "facts/fact_http.h"
#include "facts/observer.h"
#include "facts/tls_inside.h"
#include "tls_scene.h"

/* A table of facts that looks at the real world, with a time limit. */
struct look {
    struct arena *arena;
    struct observer *outside;
    struct facts *facts;
    struct ask q;
};

static struct look look_open(int timeout_ms)
{
    struct observer_options options = {.resolver = STR("127.0.0.1"), .ca_file = ca_file, .timeout_ms = timeout_ms};
    struct look l = {.arena = arena_new(ARENA_MB(64))};
    struct err err;

    if (!observer_new(&options, &l.outside, &err))
        fail_msg("%s", err.text);
    l.facts = facts_new(&(struct facts_setup){.outside = l.outside, .domain = STR("shop.example"), .now_s = now_s});
    l.q = facts_ask(l.facts, l.arena);
    return l;
}

static void look_close(struct look *l)
{
    facts_free(l->facts);
    observer_free(l->outside);
    arena_free(l->arena);
}

static struct str at_port(struct look *l, struct server *server)
{
    return str_fmt(l->arena, "127.0.0.1:%u", server_port(server));
}

/* ---- handshakes ---- */

static void handshake_brings_the_chain(void **state)
{
    struct cert leaf = leaf_with((struct cert_ask){.names = NULL});
    const struct cert *others[] = {&intermediate};
    struct server *server = server_start(&(struct server_ask){.cert = &leaf, .others = others, .n_others = 1});
    struct look l = look_open(3000);
    const struct fact_tls *t = fact_tls(&l.q, STR("www.shop.example"), at_port(&l, server));

    (void)state;
    if (!t) {
        fail_msg("%s", l.q.unseen[0].err.text);
        return;
    }
    assert_int_equal(t->trust, TLS_TRUSTED);
    assert_true(t->name_matches && t->chain_ordered && !t->stapled);
    assert_int_equal(t->n_chain, 2);
    assert_str(t->chain[1].subject, "O = Lab Issuing Ltd, CN = Lab Issuing");
    assert_str(t->protocol, "TLSv1.3");
    assert_str(t->alpn, "h2");
    assert_true(t->handshake_us > 0);

    json_t *json = tls_kind.save(t); /* what is recorded is what is read again */
    struct fact_tls again = {0};
    assert_true(tls_kind.load(json, l.arena, &again));
    json_t *twice = tls_kind.save(&again);
    assert_true(json_equal(json, twice));
    json_decref(json);
    json_decref(twice);
    json = json_pack("{s:s}", "trust", "trusted");
    assert_false(tls_kind.load(json, l.arena, &again));
    json_decref(json);
    look_close(&l);
    server_stop(server);
    cert_free(&leaf);
}

static void big_certificate_comes_through(void **state)
{
    struct cert leaf = leaf_with((struct cert_ask){.n_more_names = 10000});
    const struct cert *others[] = {&intermediate};
    struct server *server = server_start(&(struct server_ask){.cert = &leaf, .others = others, .n_others = 1});
    struct look l = look_open(3000);
    const struct fact_tls *t = fact_tls(&l.q, STR("host9999.shop.example"), at_port(&l, server));

    (void)state;
    assert_non_null(t);
    assert_true(t->name_matches && t->trust == TLS_TRUSTED);
    assert_int_equal(t->chain[0].n_names, 10000);
    look_close(&l);
    server_stop(server);
    cert_free(&leaf);
}

static void old_server_is_seen(void **state)
{
    struct cert leaf = leaf_with((struct cert_ask){.key = KEY_RSA_1024});
    struct server *server = server_start(&(struct server_ask){.cert = &leaf, .most_version = TLS1_VERSION});
    struct look l = look_open(3000);
    const struct fact_tls *t = fact_tls(&l.q, STR("shop.example"), at_port(&l, server));

    (void)state;
    assert_non_null(t);
    assert_str(t->protocol, "TLSv1");
    look_close(&l);
    server_stop(server);
    cert_free(&leaf);
}

static void expect_failure(const struct server_ask *ask, enum err_kind wanted)
{
    struct server *server = server_start(ask);
    struct look l = look_open(300);
    struct str address = at_port(&l, server);

    assert_null(fact_tls(&l.q, STR("shop.example"), address));
    if (l.q.unseen[0].err.kind != wanted)
        fail_msg("%s: %s", err_word(l.q.unseen[0].err.kind), l.q.unseen[0].err.text);
    assert_null(fact_tls_accepts(&l.q, STR("shop.example"), address));
    if (wanted != ERR_TLS && l.q.unseen[1].err.kind != wanted)
        fail_msg("accepts: %s: %s", err_word(l.q.unseen[1].err.kind), l.q.unseen[1].err.text);
    look_close(&l);
    server_stop(server);
}

static void bad_servers_are_explained(void **state)
{
    (void)state;
    expect_failure(&(struct server_ask){.manner = SERVE_SILENCE}, ERR_TIMEOUT);
    expect_failure(&(struct server_ask){.manner = SERVE_CLOSE}, ERR_RESET);
    expect_failure(&(struct server_ask){.manner = SERVE_BYTES,
                                        .bytes = (const unsigned char *)"HTTP/1.1 400 Bad Request\r\n\r\n",
                                        .n_bytes = 28},
                   ERR_TLS);
}

static void nobody_listens(void **state)
{
    struct server *server = server_start(&(struct server_ask){.manner = SERVE_CLOSE});
    struct look l = look_open(1000);
    struct str address = at_port(&l, server);

    (void)state;
    server_stop(server);
    assert_null(fact_tls(&l.q, STR("shop.example"), address));
    assert_int_equal(l.q.unseen[0].err.kind, ERR_REFUSED);
    assert_null(fact_tls_accepts(&l.q, STR("shop.example"), address));
    assert_int_equal(l.q.unseen[1].err.kind, ERR_REFUSED);
    assert_null(fact_tls(&l.q, STR("shop.example"), STR("nowhere")));
    assert_int_equal(l.q.unseen[2].err.kind, ERR_USAGE);
    look_close(&l);
}

static void addresses_are_taken_apart(void **state)
{
    static const struct {
        const char *key, *ip;
        unsigned port;
    } rows[] = {
        {"shop.example 192.0.2.1", "192.0.2.1", 443},
        {"shop.example 192.0.2.1:8443", "192.0.2.1", 8443},
        {"shop.example 2001:db8::1", "2001:db8::1", 443},
        {"shop.example [2001:db8::1]", "2001:db8::1", 443},
        {"shop.example [2001:db8::1]:8443", "2001:db8::1", 8443},
        {"shop.example", NULL, 0},
        {"shop.example 192.0.2.1:0", NULL, 0},
        {"shop.example 192.0.2.1:65536", NULL, 0},
        {"shop.example 192.0.2.1:44x", NULL, 0},
        {"shop.example [2001:db8::1", NULL, 0},
        {"shop.example [2001:db8::1]443", NULL, 0},
        {"shop.example www.shop.example", NULL, 0},
        {" 192.0.2.1", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct tls_place place;
        struct err err;
        bool ok = tls_place_read(str_of(rows[i].key), TLS_DEFAULT_PORT, &place, &err);
        if (ok != (rows[i].ip != NULL) || (ok && (strcmp(place.ip, rows[i].ip) != 0 || place.port != rows[i].port)))
            fail_msg("%s", rows[i].key);
    }
}

/* ---- what is fetched besides ---- */

/* An answer by hand: nothing is fetched from a network. */
static void put_answer(struct look *l, struct str url, int status, const unsigned char *body, size_t n)
{
    struct fact_http *x = arena_alloc(l->arena, sizeof *x);

    x->url = url;
    x->status = status;
    x->body = str_n((const char *)body, n);
    facts_put(l->facts, &http_kind, http_key(l->arena, &(struct http_ask){.url = url}), x);
}

static void put_silence(struct look *l, struct str url)
{
    struct err err;

    err_set(&err, ERR_TIMEOUT, "no answer");
    facts_put_err(l->facts, &http_kind, http_key(l->arena, &(struct http_ask){.url = url}), &err);
}

static const struct fact_tls *look_at(struct look *l, struct server *server)
{
    const struct fact_tls *t = fact_tls(&l->q, STR("shop.example"), at_port(l, server));

    if (!t)
        fail_msg("%s", l->q.unseen[0].err.text);
    return t;
}

static void missing_intermediate_is_fetched(void **state)
{
    static const struct {
        const char *why;
        int status; /* 0: silence */
        bool stranger;
        enum tls_trust trust;
        bool fixed;
    } rows[] = {
        {"fetched and proven", 200, false, TLS_INCOMPLETE, true},
        {"the server has none", 404, false, TLS_INCOMPLETE, false},
        {"silence", 0, false, TLS_INCOMPLETE, false},
        {"fetched, and nobody trusts it", 200, true, TLS_UNTRUSTED, false},
    };
    struct str url = STR("http://ca.example/issuing.crt");

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct cert *issuer = rows[i].stranger ? &stranger : &intermediate;
        struct cert leaf =
            leaf_with((struct cert_ask){.issuer = issuer, .access = "caIssuers;URI:http://ca.example/issuing.crt"});
        struct server *server = server_start(&(struct server_ask){.cert = &leaf});
        struct look l = look_open(3000);
        size_t n;
        unsigned char *der = cert_der(issuer, &n);
        if (rows[i].status)
            put_answer(&l, url, rows[i].status, der, n);
        else
            put_silence(&l, url);
        const struct fact_tls *t = look_at(&l, server);
        if (t->trust != rows[i].trust || t->fixed_by_aia != rows[i].fixed || l.q.n_unseen)
            fail_msg("%s: trust %d, fixed %d", rows[i].why, t->trust, t->fixed_by_aia);
        OPENSSL_free(der);
        look_close(&l);
        server_stop(server);
        cert_free(&leaf);
    }
}

enum medium { STAPLE, ASKED, LISTED };

static void revocation_is_told(void **state)
{
    static const struct {
        const char *why;
        enum medium medium;
        bool revoked, by_stranger;
        int from_days, until_days;
        enum tls_revocation wanted;
    } rows[] = {
        {"a good staple", STAPLE, false, false, -1, 3, TLS_GOOD},
        {"a staple that says revoked", STAPLE, true, false, -1, 3, TLS_REVOKED},
        {"an old staple", STAPLE, true, false, -9, -3, TLS_REVOCATION_UNKNOWN},
        {"a staple of the future", STAPLE, false, false, 2, 3, TLS_REVOCATION_UNKNOWN},
        {"a staple of somebody else", STAPLE, false, true, -1, 3, TLS_REVOCATION_UNKNOWN},
        {"asked, good", ASKED, false, false, -1, 3, TLS_GOOD},
        {"asked, revoked", ASKED, true, false, -1, 3, TLS_REVOKED},
        {"not on the list", LISTED, false, false, -1, 3, TLS_GOOD},
        {"on the list", LISTED, true, false, -1, 3, TLS_REVOKED},
        {"an old list", LISTED, true, false, -9, -3, TLS_REVOCATION_UNKNOWN},
        {"a list of somebody else", LISTED, true, true, -1, 3, TLS_REVOCATION_UNKNOWN},
    };
    const struct cert *others[] = {&intermediate};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct cert *signer = rows[i].by_stranger ? &stranger : &intermediate;
        bool listed = rows[i].medium == LISTED;
        struct cert leaf =
            leaf_with((struct cert_ask){.access = rows[i].medium == ASKED ? "OCSP;URI:http://ocsp.example" : NULL,
                                        .crl = listed ? "URI:http://ca.example/issuing.crl" : NULL});
        size_t n;
        unsigned char *said = (listed ? cert_crl : cert_ocsp)(
            &leaf, signer, rows[i].revoked, now_s + rows[i].from_days * DAY, now_s + rows[i].until_days * DAY, &n);
        struct server *server = server_start(&(struct server_ask){.cert = &leaf,
                                                                  .others = others,
                                                                  .n_others = 1,
                                                                  .staple = said,
                                                                  .staple_bytes = rows[i].medium == STAPLE ? n : 0});
        struct look l = look_open(3000);
        if (rows[i].medium == ASKED)
            put_answer(&l, tls_ocsp_url(l.arena, STR("http://ocsp.example"), leaf.x, intermediate.x), 200, said, n);
        if (listed)
            put_answer(&l, STR("http://ca.example/issuing.crl"), 200, said, n);
        const struct fact_tls *t = look_at(&l, server);
        if (t->revocation != rows[i].wanted || t->stapled != (rows[i].medium == STAPLE))
            fail_msg("%s: %d", rows[i].why, t->revocation);
        assert_true((t->revocation == TLS_REVOCATION_UNKNOWN) == (t->revocation_source.n == 0));
        OPENSSL_free(said);
        look_close(&l);
        server_stop(server);
        cert_free(&leaf);
    }
}

/* ---- what is accepted ---- */

#define OLD (unsigned)(1u << TLS_1_0 | 1u << TLS_1_1)

static void versions_and_ciphers_accepted(void **state)
{
    static const struct {
        const char *why, *ciphers;
        int least, most;
        enum cert_key key;
        unsigned versions, classes; /* bits */
        size_t most_connections;
    } rows[] = {
        {"a modern server", "ECDHE+AESGCM:ECDHE+CHACHA20", TLS1_2_VERSION, 0, KEY_EC, 1u << TLS_1_2 | 1u << TLS_1_3, 0,
         4},
        {"TLS 1.3 alone", NULL, TLS1_3_VERSION, 0, KEY_EC, 1u << TLS_1_3, 0, 4},
        {"TLS 1.2 alone", "ECDHE+AESGCM", TLS1_2_VERSION, TLS1_2_VERSION, KEY_EC, 1u << TLS_1_2, 0, 4},
        {"everything old", "ECDHE+AES", TLS1_VERSION, 0, KEY_EC, OLD | 1u << TLS_1_2 | 1u << TLS_1_3, 0, 6},
        {"TLS 1.0 alone", "ECDHE+AES", TLS1_VERSION, TLS1_VERSION, KEY_EC, 1u << TLS_1_0, 0, 5},
        {"RSA key exchange", "DEFAULT", TLS1_2_VERSION, 0, KEY_RSA_2048, 1u << TLS_1_2 | 1u << TLS_1_3,
         1u << TLS_CIPHER_NO_FS, 5},
        {"no encryption", "ECDHE+AESGCM:eNULL:!aNULL", TLS1_2_VERSION, TLS1_2_VERSION, KEY_EC, 1u << TLS_1_2,
         1u << TLS_CIPHER_NULL, 5},
        {"nobody in particular", "ECDHE+AESGCM:aNULL:!eNULL", TLS1_2_VERSION, TLS1_2_VERSION, KEY_EC, 1u << TLS_1_2,
         1u << TLS_CIPHER_ANON, 5},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct cert leaf = leaf_with((struct cert_ask){.key = rows[i].key});
        struct server *server = server_start(&(struct server_ask){
            .cert = &leaf, .ciphers = rows[i].ciphers, .least_version = rows[i].least, .most_version = rows[i].most});
        struct look l = look_open(3000);
        const struct fact_tls *t = fact_tls_accepts(&l.q, STR("shop.example"), at_port(&l, server));
        if (!t) {
            fail_msg("%s: %s", rows[i].why, l.q.unseen[0].err.text);
            return;
        }
        for (int v = 0; v < TLS_N_VERSIONS; v++)
            if (t->versions[v] != (rows[i].versions & (1u << v) ? TLS_ACCEPTED : TLS_REFUSED))
                fail_msg("%s: %s is %d", rows[i].why, tls_version_name((enum tls_version)v), t->versions[v]);
        for (int c = 0; c < TLS_N_CIPHER_CLASSES; c++)
            if (t->ciphers[c] != (rows[i].classes & (1u << c) ? TLS_ACCEPTED : TLS_REFUSED))
                fail_msg("%s: %s is %d", rows[i].why, tls_cipher_name((enum tls_cipher_class)c), t->ciphers[c]);
        if (server_connections(server) > rows[i].most_connections)
            fail_msg("%s: %zu connections", rows[i].why, server_connections(server));
        look_close(&l);
        server_stop(server);
        cert_free(&leaf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_brings_the_chain),
        cmocka_unit_test(big_certificate_comes_through),
        cmocka_unit_test(old_server_is_seen),
        cmocka_unit_test(bad_servers_are_explained),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(missing_intermediate_is_fetched),
        cmocka_unit_test(revocation_is_told),
        cmocka_unit_test(versions_and_ciphers_accepted),
    };

    return cmocka_run_group_tests(tests, scene_make, scene_end);
}
