/* fact_tls.h - a TLS server at one address under one name: its certificates and what it accepts. */
#ifndef FACTS_FACT_TLS_H
#define FACTS_FACT_TLS_H

#include "facts/facts.h"

struct tls_cert {
    struct str subject, issuer; /* one line, safe for a terminal */
    struct str serial;          /* hex */
    struct str sha256;          /* fingerprint, hex */
    struct str_list names;      /* SAN dNSName, lower case (at most 1000 kept), and IP addresses as text */
    size_t n_names;             /* all there were */
    int64_t from_s, until_s;
    struct str key; /* "RSA 2048", "EC P-256", "Ed25519" */
    unsigned key_bits;
    bool key_is_rsa;
    struct str signature;                     /* "sha256WithRSAEncryption" */
    bool signature_weak;                      /* MD5 or SHA-1 */
    bool self_issued, is_ca, must_staple;     /* must-staple: RFC 7633 */
    struct str issuer_org;                    /* O of the issuer, for CAA */
    struct str ca_issuers, ocsp_url, crl_url; /* may be empty */
};

enum tls_trust {
    TLS_TRUSTED,
    TLS_INCOMPLETE, /* an intermediate is not sent; fixed_by_aia says whether fetching it proves trust */
    TLS_EXPIRED,
    TLS_NOT_YET,
    TLS_SELF_SIGNED,
    TLS_UNTRUSTED, /* chain complete, root unknown */
    TLS_BROKEN     /* any other verification error: trust_detail */
};

enum tls_revocation { TLS_REVOCATION_UNKNOWN, TLS_GOOD, TLS_REVOKED };

enum tls_version { TLS_SSL3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3, TLS_N_VERSIONS };

enum tls_answer { TLS_NOT_SEEN, TLS_REFUSED, TLS_ACCEPTED }; /* not seen: silence or a broken connection */

/* Classes of cipher suites, each asked for by itself. */
enum tls_cipher_class {
    TLS_CIPHER_NULL,
    TLS_CIPHER_ANON,
    TLS_CIPHER_EXPORT,
    TLS_CIPHER_RC4,
    TLS_CIPHER_3DES,
    TLS_CIPHER_NO_FS, /* RSA key exchange: no forward secrecy */
    TLS_N_CIPHER_CLASSES
};

struct fact_tls {
    struct str host, address;
    struct tls_cert *chain; /* as sent, leaf first; at most 10 kept */
    size_t n_chain;
    enum tls_trust trust;
    struct str trust_detail; /* OpenSSL's words */
    bool name_matches;       /* host against the SAN only (RFC 9525: the subject's CN does not count) */
    bool chain_ordered;      /* as sent, each certificate is issued by the next */
    bool fixed_by_aia;
    bool stapled;
    enum tls_revocation revocation; /* from the staple, or else asked of the OCSP server or CRL when reachable */
    struct str revocation_source;
    enum tls_answer versions[TLS_N_VERSIONS];
    enum tls_answer ciphers[TLS_N_CIPHER_CLASSES];
    struct str protocol, cipher, alpn; /* of the best handshake: "TLSv1.3", "TLS_AES_128_GCM_SHA256", "h2" */
    int64_t handshake_us;
    int64_t at_s;
};

/* Handshake and chain; key "host address[:port]"; rank 21: above http, which fetches missing intermediates and tells
 * of revocation. */
extern const struct fact_kind tls_kind;
extern const struct fact_kind tls_accepts_kind; /* versions and ciphers; same key; rank 15 */

/* Certificates, trust, name, revocation, ALPN; versions and ciphers are TLS_NOT_SEEN. NULL: ERR_REFUSED, ERR_TIMEOUT,
 * ERR_RESET, ERR_NO_ROUTE, ERR_TLS (no handshake at all: the text says which alert). address: "ADDR" or "ADDR:PORT"
 * (443), an IPv6 address with a port in brackets. */
const struct fact_tls *fact_tls(struct ask *q, struct str host, struct str address);
void fact_tls_want(struct ask *q, struct str host, struct str address);

/* Versions and cipher classes only (the other fields are empty). NULL as above. */
const struct fact_tls *fact_tls_accepts(struct ask *q, struct str host, struct str address);
void fact_tls_accepts_want(struct ask *q, struct str host, struct str address);

const char *tls_version_name(enum tls_version v);     /* "TLS 1.2" */
const char *tls_cipher_name(enum tls_cipher_class c); /* "RC4" */

#endif
