/* A DMARC record: used and without a fatal flaw, or not and with one; every flaw within the text. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/dmarc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_uris(const struct dmarc_uri *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!v[i].uri.n || !v[i].mailbox.n != !v[i].domain.n || v[i].domain.n > 253)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct str text = str_n((const char *)data, size);
    struct dmarc_record r;
    bool used = dmarc_record_parse(arena, text, &r);

    if (used == (dmarc_fatal(&r) != NULL) || (used && !dmarc_is_record(text)))
        abort();
    if (r.p > DMARC_REJECT || r.sp > DMARC_REJECT || r.np > DMARC_REJECT || r.pct < 0 || r.pct > 100)
        abort();
    if (r.n_flaws > 40 || (r.psd != 'y' && r.psd != 'n' && r.psd != 'u'))
        abort();
    for (size_t i = 0; i < r.n_flaws; i++)
        if (r.flaws[i].at > size || !r.flaws[i].text.n || !text_is_utf8(r.flaws[i].text))
            abort();
    check_uris(r.rua, r.n_rua);
    check_uris(r.ruf, r.n_ruf);
    arena_free(arena);
    return 0;
}
