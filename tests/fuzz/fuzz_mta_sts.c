/* An MTA-STS policy: good and without a flaw, or not and with one; what is good can be matched. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/mail_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct str text = str_n((const char *)data, size);
    struct mta_sts_policy p;
    bool good = mta_sts_policy_parse(arena, text, &p);

    if (good == (p.flaw.n > 0) || !text_is_utf8(p.flaw))
        abort();
    if (p.mode > MTA_STS_ENFORCE || p.max_age_s < 0 || (good && p.mode != MTA_STS_NONE && !p.mx.n))
        abort();
    for (size_t i = 0; i < p.mx.n; i++) { /* each pattern matches what it was made from */
        struct str pattern = p.mx.v[i];
        bool star = str_starts(pattern, STR("*."));
        struct str name = star ? str_fmt(arena, "mx%.*s", STR_ARG(str_from(pattern, 1))) : pattern;
        if (!mta_sts_matches(pattern, name))
            abort();
    }
    arena_free(arena);
    return 0;
}
