/* fuzz_replay.c - recordings from anybody: bug reports are replayed. */
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "facts/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts *facts = facts_new(&(struct facts_setup){.domain = STR("shop.example")});
    struct err err = {0};

    if (!facts_replay_text(facts, str_n((const char *)data, size), "facts.jsonl", &err) &&
        (err.kind == ERR_NONE || !err.text[0]))
        abort();
    facts_free(facts);
    return 0;
}
