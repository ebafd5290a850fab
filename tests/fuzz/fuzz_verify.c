/* A whole message judged, over a DNS whose answers follow from the names asked: it ends, says why, and what is said
 * hangs together. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "mail/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    static const char *const texts[] = {
        "v=spf1 ip4:203.0.113.0/24 -all", "v=DMARC1; p=reject",
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "v=spf1 include:%{d2}.example ?all"};
    unsigned hash = (unsigned)type;

    (void)context;
    for (size_t i = 0; i < name.n; i++)
        hash = hash * 31 + (unsigned char)name.p[i];
    *ret = (struct mail_answer){.outcome = (enum mail_outcome)(hash % 4)};
    if (ret->outcome == MAIL_FAILED)
        ret->why = STR("no answer");
    if (ret->outcome != MAIL_ANSWER)
        return;
    ret->n = 1;
    ret->v = arena_alloc(arena, sizeof *ret->v);
    ret->v[0].n_strings = 1;
    ret->v[0].value = type == DNS_TXT    ? str_of(texts[hash / 4 % N_OF(texts)])
                      : type == DNS_A    ? STR("203.0.113.5")
                      : type == DNS_AAAA ? STR("2001:db8::5")
                                         : STR("mail.shop.example");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)1 << 30);
    const struct mail_resolver dns = {.look = look};
    struct verify_options o = {.now_s = 1795514400, .bulk = size % 2 == 0};
    struct verify_report r;
    struct message m;
    struct err err = {.kind = ERR_NONE};

    if (!message_parse(arena, str_n((const char *)data, size), &m, &err)) {
        if (err.kind == ERR_NONE || !err.text[0])
            abort();
        arena_free(arena);
        return 0;
    }
    verify_message(arena, &dns, &m, &o, &r);
    if (!r.dmarc_reason.n || !r.spf.reason.n || !r.spf_source.n)
        abort();
    if (r.dmarc_pass != !strcmp(r.dmarc, "pass") || (r.dmarc_pass && !r.spf_aligned && !r.dkim_aligned))
        abort();
    if (r.spf_aligned && (r.spf.result != SPF_PASS || !r.has_mail_from))
        abort();
    if (r.dkim_aligned && r.dkim[r.aligned_signature].result != DKIM_PASS)
        abort();
    for (size_t i = 0; i < r.n_rules; i++)
        if (!r.rules[i].text.n || (r.rules[i].bulk_only && !r.is_bulk))
            abort();
    arena_free(arena);
    return 0;
}
