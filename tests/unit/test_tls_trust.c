/* Certificates of every unhappy kind: how they are read, and how their trust is told apart. */
#include "test.h"

#include "core/text.h"
#include "facts/tls_inside.h"
#include "tls_scene.h"

/* ---- certificates read ---- */

static struct tls_cert read_cert(struct arena *arena, const struct cert *cert)
{
    struct tls_cert read;
    size_t n;
    unsigned char *der = cert_der(cert, &n);

    assert_true(tls_cert_read(arena, str_n((char *)der, n), &read));
    OPENSSL_free(der);
    return read;
}

static void certificate_is_read(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct cert c = leaf_with(
        (struct cert_ask){.common_name = "shop.example",
                          .must_staple = true,
                          .access = "caIssuers;URI:http://ca.example/issuing.crt,OCSP;URI:http://ocsp.example/",
                          .crl = "URI:http://ca.example/issuing.crl"});
    struct tls_cert read = read_cert(arena, &c);

    (void)state;
    assert_str(read.subject, "CN = shop.example");
    assert_str(read.issuer, "O = Lab Issuing Ltd, CN = Lab Issuing");
    assert_str(read.issuer_org, "Lab Issuing Ltd");
    assert_int_equal(read.names.n, 3);
    assert_str(read.names.v[1], "*.shop.example");
    assert_str(read.names.v[2], "127.0.0.1");
    assert_int_equal(read.from_s, now_s - 30 * DAY);
    assert_int_equal(read.until_s, now_s + 60 * DAY);
    assert_str(read.key, "EC P-256");
    assert_str(read.signature, "ecdsa-with-SHA256");
    assert_false(read.signature_weak || read.key_is_rsa || read.self_issued || read.is_ca);
    assert_true(read.must_staple);
    assert_str(read.ca_issuers, "http://ca.example/issuing.crt");
    assert_str(read.ocsp_url, "http://ocsp.example/");
    assert_str(read.crl_url, "http://ca.example/issuing.crl");
    assert_int_equal(read.sha256.n, 64);
    cert_free(&c);

    c = leaf_with((struct cert_ask){.key = KEY_RSA_1024, .digest = "SHA256"});
    read = read_cert(arena, &c);
    assert_str(read.key, "RSA 1024");
    assert_true(read.key_is_rsa && read.key_bits == 1024);
    cert_free(&c);

    c = leaf_with((struct cert_ask){.digest = "SHA1"});
    read = read_cert(arena, &c);
    assert_true(read.signature_weak);
    assert_str(read.signature, "ecdsa-with-SHA1");
    cert_free(&c);

    read = read_cert(arena, &root);
    assert_true(read.self_issued && read.is_ca);
    arena_free(arena);
}

static void ten_thousand_names_are_counted(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct cert c = leaf_with((struct cert_ask){.n_more_names = 10000});
    struct tls_cert read = read_cert(arena, &c);

    (void)state;
    assert_int_equal(read.n_names, 10000);
    assert_int_equal(read.names.n, 1000);
    assert_str(read.names.v[999], "host999.shop.example");
    cert_free(&c);
    arena_free(arena);
}

static void hostile_bytes_never_come_out(void **state)
{
    static const char name[] = "good.example\0.evil.example\x1b[2J\xe2\x80\xae";
    struct arena *arena = arena_new(ARENA_MB(4));
    struct cert c = leaf_with((struct cert_ask){.common_name = name, .common_name_n = sizeof name - 1});
    struct tls_cert read = read_cert(arena, &c);
    struct str all = str_fmt(arena, "%.*s", STR_ARG(read.subject));

    (void)state;
    assert_true(text_is_utf8(all));
    assert_int_equal(str_find_char(all, '\x1b'), SIZE_MAX);
    assert_true(memchr(read.subject.p, 0, read.subject.n) == NULL);
    assert_true(str_has(read.subject, STR("evil.example")));
    cert_free(&c);
    arena_free(arena);
}

static void no_certificate_is_no_certificate(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct tls_cert read;
    size_t n;
    unsigned char *der = cert_der(&root, &n);

    (void)state;
    assert_false(tls_cert_read(arena, STR(""), &read));
    assert_false(tls_cert_read(arena, STR("-----BEGIN"), &read));
    assert_false(tls_cert_read(arena, str_n((char *)der, n - 1), &read));
    OPENSSL_free(der);
    arena_free(arena);
}

/* ---- trust ---- */

static struct fact_tls judge(const struct cert *leaf, const struct cert *second, const struct cert *third,
                             const char *host)
{
    X509_STORE *roots = X509_STORE_new();
    STACK_OF(X509) *sent = sk_X509_new_null();
    struct arena *arena = arena_new(ARENA_MB(1));
    struct fact_tls t = {0};

    X509_STORE_add_cert(roots, root.x);
    sk_X509_push(sent, leaf->x);
    if (second)
        sk_X509_push(sent, second->x);
    if (third)
        sk_X509_push(sent, third->x);
    tls_trust_judge(arena, roots, sent, str_of(host), now_s, &t, NULL);
    t.trust_detail = STR_NONE;
    sk_X509_free(sent);
    X509_STORE_free(roots);
    arena_free(arena);
    return t;
}

static void trust_is_told_apart(void **state)
{
    const struct cert_ask asks[] = {
        {.names = NULL},
        {.until_s = now_s - DAY, .from_s = now_s - 90 * DAY},
        {.from_s = now_s + DAY, .until_s = now_s + 90 * DAY},
        {.issuer = &stranger},
        {.key = KEY_RSA_1024},
        {.digest = "SHA1"},
        {.until_s = now_s + 795 * DAY},
    };
    const enum tls_trust wanted[] = {TLS_TRUSTED, TLS_EXPIRED, TLS_NOT_YET, TLS_UNTRUSTED,
                                     TLS_TRUSTED, TLS_TRUSTED, TLS_TRUSTED};

    (void)state;
    for (size_t i = 0; i < N_OF(asks); i++) {
        struct cert c = leaf_with(asks[i]);
        struct fact_tls t = judge(&c, asks[i].issuer ? &stranger : &intermediate, NULL, "shop.example");
        if (t.trust != wanted[i])
            fail_msg("row %zu: trust %d, wanted %d", i, t.trust, wanted[i]);
        cert_free(&c);
    }
}

static void chains_are_told_apart(void **state)
{
    struct cert leaf = leaf_with((struct cert_ask){.names = NULL});
    struct cert located = leaf_with((struct cert_ask){.access = "caIssuers;URI:http://ca.example/issuing.crt"});
    struct cert alone =
        cert_make(&(struct cert_ask){.names = "DNS:shop.example", .from_s = now_s - DAY, .until_s = now_s + DAY});
    struct fact_tls t;

    (void)state;
    t = judge(&leaf, &intermediate, &root, "shop.example");
    assert_true(t.trust == TLS_TRUSTED && t.chain_ordered);
    t = judge(&leaf, &root, &intermediate, "shop.example");
    assert_true(t.trust == TLS_TRUSTED && !t.chain_ordered);
    t = judge(&located, NULL, NULL, "shop.example");
    assert_int_equal(t.trust, TLS_INCOMPLETE);
    t = judge(&leaf, NULL, NULL, "shop.example"); /* nothing says that there is more to fetch */
    assert_int_equal(t.trust, TLS_UNTRUSTED);
    t = judge(&alone, NULL, NULL, "shop.example");
    assert_int_equal(t.trust, TLS_SELF_SIGNED);
    cert_free(&leaf);
    cert_free(&located);
    cert_free(&alone);
}

static void names_match_by_san_alone(void **state)
{
    static const struct {
        const char *names, *host;
        bool wanted;
    } rows[] = {
        {"DNS:shop.example", "shop.example", true},
        {"DNS:shop.example", "SHOP.example", true},
        {"DNS:shop.example", "www.shop.example", false},
        {"DNS:*.shop.example", "www.shop.example", true},
        {"DNS:*.shop.example", "shop.example", false},
        {"DNS:*.shop.example", "a.b.shop.example", false},
        {"DNS:w*.shop.example", "www.shop.example", false},
        {"DNS:xn--bcher-kva.example", "xn--bcher-kva.example", true},
        {"DNS:other.example", "shop.example", false},
        {"IP:192.0.2.1", "192.0.2.1", true},
        {"IP:192.0.2.1", "192.0.2.2", false},
        {"email:a@shop.example", "shop.example", false}, /* the subject says so: it does not count */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct cert c = leaf_with((struct cert_ask){.common_name = "shop.example", .names = rows[i].names});
        struct fact_tls t = judge(&c, &intermediate, NULL, rows[i].host);
        if (t.name_matches != rows[i].wanted)
            fail_msg("%s for %s: %d", rows[i].names, rows[i].host, t.name_matches);
        cert_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_is_read),          cmocka_unit_test(ten_thousand_names_are_counted),
        cmocka_unit_test(hostile_bytes_never_come_out), cmocka_unit_test(no_certificate_is_no_certificate),
        cmocka_unit_test(trust_is_told_apart),          cmocka_unit_test(chains_are_told_apart),
        cmocka_unit_test(names_match_by_san_alone),
    };

    return cmocka_run_group_tests(tests, scene_make, scene_end);
}
