/* fuzz_cert.c - certificates in DER: whatever is in them, what comes out can be shown. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/text.h"
#include "facts/tls_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(struct str s, size_t most_bytes)
{
    size_t at = 0;

    must(s.n <= most_bytes + 3 && text_is_utf8(s));
    while (at < s.n) {
        uint32_t c = text_next(s, &at);
        must(c >= 0x20 && (c < 0x7f || c > 0x9f) && (c < 0x202a || c > 0x202e) && (c < 0x2066 || c > 0x2069));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64 * 1024 * 1024);
    struct tls_cert c;

    if (size <= 262144 && tls_cert_read(arena, str_n((const char *)data, size), &c)) {
        check_text(c.subject, 400);
        check_text(c.issuer, 400);
        check_text(c.issuer_org, 400);
        check_text(c.key, 100);
        check_text(c.signature, 100);
        check_text(c.ca_issuers, 1000);
        check_text(c.ocsp_url, 1000);
        check_text(c.crl_url, 1000);
        must(c.names.n <= TLS_MOST_NAMES && c.names.n <= c.n_names);
        for (size_t i = 0; i < c.names.n; i++)
            check_text(c.names.v[i], 1000);
    }
    arena_free(arena);
    return 0;
}
