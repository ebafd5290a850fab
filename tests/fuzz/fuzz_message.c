/* A message: its fields and body lie within its bytes, in order; refused ones are explained. Also as an mbox. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct message *m)
{
    const char *at = m->bytes.p;

    for (size_t i = 0; i < m->n_fields; i++) {
        const struct message_field *f = &m->fields[i];
        if (f->raw.p != at || f->raw.n < 2 || !str_ends(f->raw, STR("\r\n")) || f->value.n > f->raw.n ||
            f->value.p < f->raw.p || f->value.p + f->value.n > f->raw.p + f->raw.n)
            abort();
        at += f->raw.n;
    }
    if (m->body.p + m->body.n != m->bytes.p + m->bytes.n || m->body.p < at || m->body.p > at + 2)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)64 << 20u);
    struct str rest = str_n((const char *)data, size), one;
    size_t n = 0, bytes = 0;

    while (message_next(&rest, &one)) {
        struct message m = {.n_fields = 12345};
        struct err err = {.kind = ERR_NONE};
        if (message_parse(arena, one, &m, &err))
            check(&m);
        else if (m.n_fields != 12345 || !err.text[0] || (err.kind != ERR_PARSE && err.kind != ERR_LIMIT))
            abort();
        bytes += one.n;
        if (!one.n || ++n > size)
            abort();
    }
    if (bytes > size)
        abort();
    arena_free(arena);
    return 0;
}
