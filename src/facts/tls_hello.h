/* tls_hello.h - the first message of a TLS handshake, written by hand, and what a server says to it.
 *
 * For what OpenSSL no longer speaks: old versions and old cipher suites. Nothing here touches the network. */
#ifndef FACTS_TLS_HELLO_H
#define FACTS_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"
#include "facts/fact_tls.h"

#define TLS_HELLO_MOST_BYTES 1024
#define TLS_REPLY_MOST_BYTES (32 * 1024) /* of a server's answer, up to the end of its ServerHello */

/* A cipher suite and the weak classes it belongs to (bits 1 << enum tls_cipher_class); 0: none of them. */
struct tls_suite {
    uint16_t code;
    uint16_t classes;
};
/* All that are ever offered below TLS 1.3, good ones first. */
const struct tls_suite *tls_suites(size_t *ret_n);

struct tls_offer {
    enum tls_version version; /* the highest offered; TLS 1.3 is offered alone */
    struct str host;          /* server name; empty: none */
    uint16_t wanted_classes;  /* 0: every suite; else only suites with one of these classes */
    unsigned char random[64]; /* the caller's randomness */
};

/* Writes the record with the ClientHello. Returns its length, 0 when the host is too long for one. */
size_t tls_hello_write(const struct tls_offer *offer, unsigned char to[TLS_HELLO_MOST_BYTES]);
/* True when that suite is in what tls_hello_write offers. */
bool tls_hello_offers(const struct tls_offer *offer, uint16_t suite);
uint16_t tls_suite_classes(uint16_t suite);

enum tls_reply_kind {
    TLS_REPLY_MORE,   /* not all there yet */
    TLS_REPLY_HELLO,  /* ServerHello (or HelloRetryRequest): version and suite */
    TLS_REPLY_ALERT,  /* a fatal alert, or a goodbye: alert */
    TLS_REPLY_GARBAGE /* no TLS */
};

struct tls_reply {
    enum tls_reply_kind kind;
    enum tls_version version;
    uint16_t suite;
    uint8_t alert; /* RFC 8446 section 6 */
};

/* Reads what came so far. Warnings are skipped. */
struct tls_reply tls_reply_read(struct str bytes);

#endif
