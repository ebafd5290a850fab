/* Signatures of a message, with fixed keys: a verdict each, with its reason; none passes, since nobody can sign. The
 * first byte chooses the answer of the name server. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "mail/arc.h"
#include "mail/dkim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The public keys of RFC 8463 appendix A. */
static const struct mail_record keys[] = {
    {.value = {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", 66}, .n_strings = 1},
    {.value =
         {"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"
          "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+"
          "2kryOTIKT+l/K4w3QIDAQAB",
          234},
     .n_strings = 1},
};

static void look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    static const struct str why = {"no answer", 9};
    const uint8_t *choice = context;

    (void)arena, (void)type;
    if (!name.n || name.n > 253)
        abort();
    *ret = (struct mail_answer){.outcome = (enum mail_outcome)(*choice % 4), .why = why};
    if (ret->outcome == MAIL_ANSWER) {
        ret->v = arena_array(arena, 2, sizeof *ret->v);
        ret->v[0] = keys[*choice / 4 % 2];
        ret->v[1] = keys[*choice / 8 % 2];
        ret->n = 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)256 << 20u);
    uint8_t choice = size ? data[0] : 0;
    struct mail_resolver dns = {.look = look, .context = &choice};
    struct dkim_verdict v[4] = {0};
    struct arc_verdict chain;
    struct message m;
    struct err err;

    if (size && message_parse(arena, str_n((const char *)data + 1, size - 1), &m, &err)) {
        size_t n = dkim_verify(arena, &dns, &m, 1795000000, v, 3);
        if (n > 3 || v[3].reason.n)
            abort();
        for (size_t i = 0; i < n; i++)
            if (!v[i].reason.n || (v[i].result == DKIM_PASS && !(v[i].body_hash_ok && v[i].key_bits)) ||
                (v[i].hint != DKIM_HINT_NONE && (v[i].result != DKIM_FAIL || !v[i].hint_text.n)))
                abort();
        arc_verify(arena, &dns, &m, 1795000000, &chain);
        if (!chain.reason.n || chain.n_sets > 50)
            abort();
    }
    arena_free(arena);
    return 0;
}
