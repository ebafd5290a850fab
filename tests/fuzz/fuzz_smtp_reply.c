/* A mail server's reply: read within limits, or refused and left alone; and every text in it fit for a terminal. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "facts/smtp_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(struct str s, size_t most)
{
    must(s.n <= most);
    for (size_t i = 0; i < s.n; i++)
        must((unsigned char)s.p[i] >= 0x20 && (unsigned char)s.p[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = str_n((const char *)data, size);
    struct smtp_reply r = {.code = 4711}, shorter = {0};
    struct err err = {.kind = ERR_NONE};
    size_t used = 4711, used_again;

    if (size > SMTP_MOST_REPLY_BYTES)
        return 0;
    struct arena *arena = arena_new(16u * 1024u * 1024u);
    switch (smtp_reply_read(arena, bytes, &r, &used, &err)) {
    case SMTP_BROKEN: must(r.code == 4711 && used == 4711 && err.kind != ERR_NONE && err.text[0]); break;
    case SMTP_MORE: must(r.code == 4711 && used == 4711 && size < SMTP_MOST_REPLY_BYTES); break;
    case SMTP_WHOLE:
        must(r.code >= 200 && r.code <= 599 && used >= 4 && used <= size && data[used - 1] == '\n');
        must(r.lines.n >= 1 && r.lines.n <= SMTP_KEPT_LINES);
        for (size_t i = 0; i < r.lines.n; i++)
            check_text(r.lines.v[i], SMTP_KEPT_LINE_BYTES + 3);
        check_text(r.text, SMTP_KEPT_TEXT_BYTES + 3);
        check_text(r.enhanced, 9);
        /* What follows does not matter, and a byte less is not whole. */
        must(smtp_reply_read(arena, str_first(bytes, used), &shorter, &used_again, &err) == SMTP_WHOLE);
        must(used_again == used && shorter.code == r.code && str_eq(shorter.text, r.text));
        must(smtp_reply_read(arena, str_first(bytes, used - 1), &shorter, &used_again, &err) != SMTP_WHOLE);
        break;
    }
    (void)smtp_address_ok(bytes);
    arena_free(arena);
    return 0;
}
