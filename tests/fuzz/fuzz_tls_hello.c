/* fuzz_tls_hello.c - a server's answer to a TLS greeting: read in pieces it means what it means whole, and the
 * greeting that we write is always one record. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "facts/tls_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Once something is decided, more bytes do not change it. */
static void check_pieces(struct str bytes)
{
    struct tls_reply whole = tls_reply_read(bytes), before = {.kind = TLS_REPLY_MORE};

    must(whole.kind != TLS_REPLY_HELLO || (whole.version >= TLS_SSL3 && whole.version < TLS_N_VERSIONS));
    for (size_t n = 0; n <= bytes.n; n += n < 64 ? 1 : 1 + bytes.n / 64) {
        struct tls_reply r = tls_reply_read(str_first(bytes, n));
        must(before.kind == TLS_REPLY_MORE || (r.kind == before.kind && r.version == before.version &&
                                               r.suite == before.suite && r.alert == before.alert));
        must(r.kind == TLS_REPLY_MORE || r.kind == whole.kind);
        before = r;
    }
}

static void check_greeting(const uint8_t *data, size_t size)
{
    struct tls_offer offer = {.version = TLS_1_2};
    unsigned char hello[TLS_HELLO_MOST_BYTES];

    if (size >= 2) {
        offer.version = (enum tls_version)(data[0] % TLS_N_VERSIONS);
        offer.wanted_classes = data[1] & ((1u << TLS_N_CIPHER_CLASSES) - 1);
    }
    offer.host = str_n((const char *)data, size < 300 ? size : 300);
    size_t n = tls_hello_write(&offer, hello);
    must((n != 0) == (offer.host.n <= 253));
    must(n <= sizeof hello);
    if (n) {
        must(((size_t)hello[3] << 8 | hello[4]) == n - 5);
        must(((size_t)hello[6] << 16 | (size_t)hello[7] << 8 | hello[8]) == n - 9);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2 * TLS_REPLY_MOST_BYTES)
        return 0;
    check_pieces(str_n((const char *)data, size));
    check_greeting(data, size);
    return 0;
}
