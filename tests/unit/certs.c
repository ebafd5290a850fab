#include "certs.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void must_be(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "test certificates: %s failed\n", what);
        ERR_print_errors_fp(stderr);
        abort();
    }
}
#define MUST_BE(x) must_be((x), #x)

static EVP_PKEY *make_key(enum cert_key kind)
{
    EVP_PKEY *key = kind == KEY_EC ? EVP_EC_gen("P-256") : EVP_RSA_gen(kind == KEY_RSA_1024 ? 1024u : 2048u);

    MUST_BE(key != NULL);
    return key;
}

static void add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    MUST_BE(e && X509_add_ext(x, e, -1));
    X509_EXTENSION_free(e);
}

static void add_many_names(X509 *x, size_t n)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

    for (size_t i = 0; i < n; i++) {
        char text[64];
        ASN1_IA5STRING *s = ASN1_IA5STRING_new();
        GENERAL_NAME *name = GENERAL_NAME_new();
        snprintf(text, sizeof text, "host%zu.shop.example", i);
        MUST_BE(s && name && ASN1_STRING_set(s, text, -1));
        GENERAL_NAME_set0_value(name, GEN_DNS, s);
        MUST_BE(sk_GENERAL_NAME_push(names, name));
    }
    MUST_BE(X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0));
    GENERAL_NAMES_free(names);
}

static long next_serial(void)
{
    static atomic_long serial = 1000;

    return atomic_fetch_add(&serial, 1);
}

static void fill_subject(X509 *x, const struct cert_ask *ask)
{
    const char *name = ask->common_name ? ask->common_name : "test";
    int n = (int)(ask->common_name_n ? ask->common_name_n : strlen(name));
    X509_NAME *subject = X509_get_subject_name(x);

    if (ask->organization)
        MUST_BE(X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)ask->organization, -1,
                                           -1, 0));
    MUST_BE(
        X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_UTF8STRING, (const unsigned char *)name, n, -1, 0));
}

struct cert cert_make(const struct cert_ask *ask)
{
    struct cert made = {.x = X509_new(), .key = make_key(ask->key)};
    const struct cert *issuer = ask->issuer ? ask->issuer : &made;

    MUST_BE(X509_set_version(made.x, X509_VERSION_3));
    MUST_BE(ASN1_INTEGER_set(X509_get_serialNumber(made.x), next_serial()));
    fill_subject(made.x, ask);
    MUST_BE(X509_set_issuer_name(made.x, X509_get_subject_name(issuer->x)));
    MUST_BE(ASN1_TIME_set(X509_getm_notBefore(made.x), (time_t)ask->from_s));
    MUST_BE(ASN1_TIME_set(X509_getm_notAfter(made.x), (time_t)ask->until_s));
    MUST_BE(X509_set_pubkey(made.x, made.key));
    add_extension(made.x, NID_basic_constraints, ask->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (ask->ca)
        add_extension(made.x, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (ask->n_more_names)
        add_many_names(made.x, ask->n_more_names);
    else if (ask->names)
        add_extension(made.x, NID_subject_alt_name, ask->names);
    if (ask->must_staple)
        add_extension(made.x, NID_tlsfeature, "status_request");
    if (ask->access)
        add_extension(made.x, NID_info_access, ask->access);
    if (ask->crl)
        add_extension(made.x, NID_crl_distribution_points, ask->crl);
    MUST_BE(X509_sign(made.x, issuer->key, EVP_get_digestbyname(ask->digest ? ask->digest : "SHA256")) > 0);
    return made;
}

void cert_free(struct cert *cert)
{
    X509_free(cert->x);
    EVP_PKEY_free(cert->key);
    *cert = (struct cert){0};
}

unsigned char *cert_der(const struct cert *cert, size_t *ret_n)
{
    unsigned char *p = NULL;
    int n = i2d_X509(cert->x, &p);

    MUST_BE(n > 0);
    *ret_n = (size_t)n;
    return p;
}

void cert_write_pem(const struct cert *cert, char path[64])
{
    snprintf(path, 64, "/tmp/launchready-test-XXXXXX");
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    MUST_BE(file && PEM_write_X509(file, cert->x) && fclose(file) == 0);
}

unsigned char *cert_ocsp(const struct cert *cert, const struct cert *issuer, bool revoked, int64_t from_s,
                         int64_t until_s, size_t *ret_n)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert->x, issuer->x);
    ASN1_GENERALIZEDTIME *from = ASN1_GENERALIZEDTIME_set(NULL, (time_t)from_s);
    ASN1_GENERALIZEDTIME *until = ASN1_GENERALIZEDTIME_set(NULL, (time_t)until_s);
    unsigned char *p = NULL;

    MUST_BE(basic && id && from && until);
    MUST_BE(OCSP_basic_add1_status(basic, id, revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
                                   OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked ? from : NULL, from, until) != NULL);
    MUST_BE(OCSP_basic_sign(basic, issuer->x, issuer->key, EVP_sha256(), NULL, 0));
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int n = i2d_OCSP_RESPONSE(response, &p);
    MUST_BE(n > 0);
    *ret_n = (size_t)n;
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_GENERALIZEDTIME_free(from);
    ASN1_GENERALIZEDTIME_free(until);
    return p;
}

unsigned char *cert_crl(const struct cert *cert, const struct cert *issuer, bool revoked, int64_t from_s,
                        int64_t until_s, size_t *ret_n)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)from_s), *until = ASN1_TIME_set(NULL, (time_t)until_s);
    unsigned char *p = NULL;

    MUST_BE(crl && X509_CRL_set_version(crl, X509_CRL_VERSION_2));
    MUST_BE(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x)));
    MUST_BE(X509_CRL_set1_lastUpdate(crl, from) && X509_CRL_set1_nextUpdate(crl, until));
    if (revoked) {
        X509_REVOKED *entry = X509_REVOKED_new();
        MUST_BE(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert->x)));
        MUST_BE(X509_REVOKED_set_revocationDate(entry, from) && X509_CRL_add0_revoked(crl, entry));
    }
    MUST_BE(X509_CRL_sort(crl) && X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0);
    int n = i2d_X509_CRL(crl, &p);
    MUST_BE(n > 0);
    *ret_n = (size_t)n;
    X509_CRL_free(crl);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return p;
}

/* ---- servers ---- */

struct server {
    struct server_ask ask;
    SSL_CTX *ctx;
    int listener, stop[2];
    unsigned port;
    atomic_size_t connections;
    pthread_t thread;
    int held[64];
    size_t n_held;
};

static int give_staple(SSL *ssl, void *arg)
{
    const struct server_ask *ask = arg;

    if (!ask->staple_bytes)
        return SSL_TLSEXT_ERR_NOACK;
    unsigned char *copy = OPENSSL_memdup(ask->staple, ask->staple_bytes);
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)ask->staple_bytes);
    return SSL_TLSEXT_ERR_OK;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_bytes, const unsigned char *in,
                       unsigned in_bytes, void *arg)
{
    static const unsigned char known[] = "\x02h2\x08http/1.1";

    (void)ssl;
    (void)arg;
    unsigned char *chosen = NULL;
    int r = SSL_select_next_proto(&chosen, out_bytes, known, sizeof known - 1, in, in_bytes);
    *out = chosen;
    return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *make_context(struct server_ask *ask)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    char ciphers[256];

    MUST_BE(ctx != NULL);
    SSL_CTX_set_security_level(ctx, 0);
    snprintf(ciphers, sizeof ciphers, "%s:@SECLEVEL=0", ask->ciphers ? ask->ciphers : "DEFAULT");
    MUST_BE(SSL_CTX_set_cipher_list(ctx, ciphers));
    MUST_BE(SSL_CTX_set_min_proto_version(ctx, ask->least_version));
    MUST_BE(SSL_CTX_set_max_proto_version(ctx, ask->most_version));
    MUST_BE(SSL_CTX_use_certificate(ctx, ask->cert->x) && SSL_CTX_use_PrivateKey(ctx, ask->cert->key));
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    for (size_t i = 0; i < ask->n_others; i++)
        MUST_BE(SSL_CTX_add1_chain_cert(ctx, ask->others[i]->x));
    SSL_CTX_set_dh_auto(ctx, 1);
    SSL_CTX_set_tlsext_status_cb(ctx, give_staple);
    SSL_CTX_set_tlsext_status_arg(ctx, ask);
    SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
    return ctx;
}

static void swallow(int fd)
{
    char bytes[4096];

    if (recv(fd, bytes, sizeof bytes, 0) < 0)
        return;
}

static void serve_tls(struct server *s, int fd)
{
    SSL *ssl = SSL_new(s->ctx);

    MUST_BE(ssl && SSL_set_fd(ssl, fd));
    if (SSL_accept(ssl) == 1) {
        char bytes[256];
        SSL_read(ssl, bytes, sizeof bytes); /* until the client leaves */
        SSL_shutdown(ssl);
    }
    ERR_clear_error();
    SSL_free(ssl);
}

static void serve(struct server *s, int fd)
{
    struct timeval limit = {.tv_sec = 2};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    switch (s->ask.manner) {
    case SERVE_TLS: serve_tls(s, fd); break;
    case SERVE_SILENCE:
        if (s->n_held < sizeof s->held / sizeof s->held[0]) {
            s->held[s->n_held++] = fd;
            return;
        }
        break;
    case SERVE_CLOSE: swallow(fd); break;
    case SERVE_BYTES:
        swallow(fd);
        if (send(fd, s->ask.bytes, s->ask.n_bytes, MSG_NOSIGNAL) < 0)
            break;
        break;
    }
    close(fd);
}

static void *run_server(void *arg)
{
    struct server *s = arg;
    struct pollfd fds[2] = {{.fd = s->listener, .events = POLLIN}, {.fd = s->stop[0], .events = POLLIN}};

    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents)
            return NULL;
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0)
            continue;
        atomic_fetch_add(&s->connections, 1);
        serve(s, fd);
    }
}

struct server *server_start(const struct server_ask *ask)
{
    struct server *s = calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t at_bytes = sizeof at;

    MUST_BE(s != NULL);
    signal(SIGPIPE, SIG_IGN);
    s->ask = *ask;
    if (ask->manner == SERVE_TLS)
        s->ctx = make_context(&s->ask);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST_BE(s->listener >= 0 && bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0);
    MUST_BE(listen(s->listener, 32) == 0 && getsockname(s->listener, (struct sockaddr *)&at, &at_bytes) == 0);
    s->port = ntohs(at.sin_port);
    MUST_BE(pipe(s->stop) == 0 && pthread_create(&s->thread, NULL, run_server, s) == 0);
    return s;
}

unsigned server_port(const struct server *server)
{
    return server->port;
}

size_t server_connections(struct server *server)
{
    return atomic_load(&server->connections);
}

void server_stop(struct server *s)
{
    MUST_BE(write(s->stop[1], "x", 1) == 1);
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < s->n_held; i++)
        close(s->held[i]);
    close(s->listener);
    close(s->stop[0]);
    close(s->stop[1]);
    SSL_CTX_free(s->ctx);
    free(s);
}
