/* tls_inside.h - what the files behind fact_tls.h share: a connection, a certificate, a chain. For tls_*.c alone. */
#ifndef FACTS_TLS_INSIDE_H
#define FACTS_TLS_INSIDE_H

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "core/clock.h"
#include "facts/fact_tls.h"

struct observer;

#define TLS_MOST_CHAIN       10
#define TLS_MOST_NAMES       1000
#define TLS_MOST_CERTS_BYTES (1024 * 1024) /* all certificates of a handshake; 10 000 names take about 300 KiB */
#define TLS_DEFAULT_PORT     443

/* A fact's key taken apart. */
struct tls_place {
    struct str host;
    char ip[64];
    uint16_t port;
    bool is_v6;
};

/* "host ADDR", "host ADDR:PORT", "host [V6]:PORT", "host V6"; ERR_USAGE on anything else. port: where none is said. */
MUST_CHECK bool tls_place_read(struct str key, uint16_t port, struct tls_place *ret, struct err *reterr);
/* An IPv4 or IPv6 address rather than a name. */
bool tls_is_address(struct str host);

/* A connected, non-blocking socket, or ERR_REFUSED, ERR_TIMEOUT, ERR_NO_ROUTE, ERR_RESET, ERR_CANCELLED, ERR_SYSTEM.
 * The caller closes it. */
MUST_CHECK bool tls_socket_connect(const struct observer *outside, const struct tls_place *place, struct mono deadline,
                                   int *ret, struct err *reterr);
/* Waits until events (of poll) come. ERR_TIMEOUT, ERR_CANCELLED. */
MUST_CHECK bool tls_socket_wait(const struct observer *outside, int fd, short events, struct mono deadline,
                                struct err *reterr);

/* Fills ret from x; every text is safe to show. Never fails: what a certificate lacks stays empty. */
void tls_cert_fill(struct arena *arena, X509 *x, struct tls_cert *ret);
/* The same from DER. False when it is no certificate, or more than TLS_MOST_CERTS_BYTES. */
MUST_CHECK bool tls_cert_read(struct arena *arena, struct str der, struct tls_cert *ret);

/* What a handshake brought. tls_shake_clear frees what is in it. */
struct tls_shake {
    STACK_OF(X509) * sent; /* as sent, leaf first; at most TLS_MOST_CHAIN */
    unsigned char *staple; /* OCSP response in DER, or NULL */
    size_t staple_bytes;
    char protocol[16], cipher[64], alpn[16];
    int64_t took_us;
};
void tls_shake_clear(struct tls_shake *shake);
/* One handshake that goes through whatever the certificate is. Enters and leaves the observer's gate by itself. */
MUST_CHECK bool tls_shake_hands(const struct observer *outside, const struct tls_place *place, struct tls_shake *ret,
                                struct err *reterr);

/* What is going to be talked: a web client offers its protocols (ALPN), a mail client none. */
enum tls_talk { TLS_TALK_WEB, TLS_TALK_MAIL };
/* The same over a connection that is there (after STARTTLS): ret_ssl goes on with it, and is the caller's to free. */
MUST_CHECK bool tls_shake_over(const struct observer *outside, const struct tls_place *place, int fd,
                               struct mono deadline, enum tls_talk talk, struct tls_shake *ret, SSL **ret_ssl,
                               struct err *reterr);

/* Judges the chain at now_s against the trusted roots and fills trust, trust_detail, chain_ordered and name_matches.
 * ret_path (may be NULL): the path that was proven or tried, leaf first, owned by the caller. */
void tls_trust_judge(struct arena *arena, X509_STORE *roots, STACK_OF(X509) * sent, struct str host, int64_t now_s,
                     struct fact_tls *ret, STACK_OF(X509) * *ret_path);
/* True when leaf is trusted at now_s with the certificates sent and more. */
bool tls_trust_proven(X509_STORE *roots, STACK_OF(X509) * sent, STACK_OF(X509) * more, int64_t now_s);

/* The body of a 200 answer to GET url, over http; empty when there is none. Notes nothing as unseen. */
struct str tls_fetch(struct ask *q, struct str url);
/* With trust TLS_INCOMPLETE: fetches what is missing and says whether it proves trust (fixed_by_aia), or leads to a
 * root that nobody trusts (TLS_UNTRUSTED). Returns the leaf's issuer, NULL when it is not known; the caller frees it.
 */
X509 *tls_issuers_fetch(struct ask *q, X509_STORE *roots, STACK_OF(X509) * sent, STACK_OF(X509) * path,
                        struct fact_tls *ret);

/* Fills revocation and its source; chain[0] must be filled. staple may be empty. */
void tls_revocation_judge(struct ask *q, X509_STORE *roots, X509 *leaf, X509 *issuer, struct str staple,
                          struct fact_tls *ret);
/* An OCSP response or a CRL in DER about leaf; unknown when it is broken, out of date, or not the issuer's word. */
enum tls_revocation tls_ocsp_judge(struct str der, X509 *leaf, X509 *issuer, X509_STORE *roots, int64_t now_s);
enum tls_revocation tls_crl_judge(struct str der, X509 *leaf, X509 *issuer, int64_t now_s);
/* Where to GET the OCSP server's answer about leaf. */
struct str tls_ocsp_url(struct arena *arena, struct str base, X509 *leaf, X509 *issuer);

struct json_t *tls_save(const void *fact);
bool tls_load(const struct json_t *json, struct arena *arena, void *ret);

#endif
