/* certs.h - certificates and TLS servers made while a test runs: nothing secret lies in the tree. */
#ifndef TESTS_CERTS_H
#define TESTS_CERTS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cert {
    X509 *x;
    EVP_PKEY *key;
};

enum cert_key { KEY_EC, KEY_RSA_2048, KEY_RSA_1024 };

struct cert_ask {
    const char *common_name; /* NULL: "test" */
    size_t common_name_n;    /* when it holds NUL bytes; 0: up to its end */
    const char *organization;
    const char *names;   /* subjectAltName as OpenSSL writes it, "DNS:shop.example,IP:192.0.2.1"; NULL: none */
    size_t n_more_names; /* hostN.shop.example besides */
    int64_t from_s, until_s;
    enum cert_key key;
    const char *digest; /* NULL: SHA256 */
    bool ca, must_staple;
    const char *access;        /* authorityInfoAccess: "caIssuers;URI:http://..." */
    const char *crl;           /* crlDistributionPoints: "URI:http://..." */
    const struct cert *issuer; /* NULL: signed by itself */
};

/* Ends the test when OpenSSL says no. Freed with cert_free. */
struct cert cert_make(const struct cert_ask *ask);
void cert_free(struct cert *cert);

/* DER in malloc'd memory. */
unsigned char *cert_der(const struct cert *cert, size_t *ret_n);
/* Writes it as PEM into a new temporary file; path has room for 64 bytes. The caller unlinks it. */
void cert_write_pem(const struct cert *cert, char path[64]);

/* An OCSP response about cert, signed by issuer: revoked or good, in malloc'd memory. from_s, until_s: this update and
 * next. */
unsigned char *cert_ocsp(const struct cert *cert, const struct cert *issuer, bool revoked, int64_t from_s,
                         int64_t until_s, size_t *ret_n);
/* A CRL of issuer, listing cert when revoked. */
unsigned char *cert_crl(const struct cert *cert, const struct cert *issuer, bool revoked, int64_t from_s,
                        int64_t until_s, size_t *ret_n);

/* ---- servers on 127.0.0.1, each with a thread ---- */

enum server_manner {
    SERVE_TLS,
    SERVE_SILENCE, /* accepts and says nothing */
    SERVE_CLOSE,   /* accepts and closes once it has read something */
    SERVE_BYTES    /* says those bytes, then closes */
};

struct server_ask {
    enum server_manner manner;
    const struct cert *cert;
    const struct cert *const *others; /* sent after it, as they are */
    size_t n_others;
    int least_version, most_version; /* TLS1_2_VERSION ...; 0: what there is */
    const char *ciphers;             /* NULL: the default; "@SECLEVEL=0" is added */
    const unsigned char *staple;
    size_t staple_bytes;
    const unsigned char *bytes;
    size_t n_bytes;
};

struct server;
struct server *server_start(const struct server_ask *ask);
unsigned server_port(const struct server *server);
size_t server_connections(struct server *server); /* so far */
void server_stop(struct server *server);

#endif
