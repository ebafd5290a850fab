/* The small records about mail: MTA-STS, TLS-RPT, BIMI, TLSA. Each is good without a flaw, or refused with one. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/mail_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good, bool is_record, struct str flaw)
{
    if (good == (flaw.n > 0) || (good && !is_record) || !text_is_utf8(flaw))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct str text = str_n((const char *)data, size);
    struct mta_sts_record sts;
    struct tls_rpt_record rpt;
    struct bimi_record bimi;
    struct tlsa tlsa;
    bool good = mta_sts_record_parse(arena, text, &sts);

    check(good, mta_sts_is_record(text), sts.flaw);
    good = tls_rpt_parse(arena, text, &rpt);
    check(good, tls_rpt_is_record(text), rpt.flaw);
    good = bimi_parse(arena, text, &bimi);
    check(good, bimi_is_record(text), bimi.flaw);
    good = tlsa_parse(arena, text, &tlsa);
    check(good, true, tlsa.flaw);
    if (tlsa_matches(&tlsa, STR("certificate"), STR("key")) && !good)
        abort();
    arena_free(arena);
    return 0;
}
