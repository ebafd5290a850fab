/* fuzz_dns.c - an answer from a name server: read within limits, or refused and left alone. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/arena.h"
#include "facts/dns_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_section(const struct dns_rr *v, size_t n)
{
    must(n <= DNS_MOST_RECORDS);
    for (size_t i = 0; i < n; i++) {
        must(v[i].ttl_s <= INT32_MAX);
        for (size_t j = 0; j < v[i].text.n; j++)
            must((unsigned char)v[i].text.p[j] >= 0x20 && (unsigned char)v[i].text.p[j] < 0x7f);
        for (size_t j = 0; j < v[i].owner.n; j++)
            must(v[i].owner.p[j] < 'A' || v[i].owner.p[j] > 'Z');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_question question = {.name = STR("shop.example"), .recurse = true, .edns = true};
    struct fact_dns f = {.rcode = 4711}, again = {0};
    struct arena *arena;
    struct err err = {0};
    uint8_t query[DNS_QUERY_BYTES];
    size_t query_n;

    if (size < 2 || size > DNS_MOST_BYTES)
        return 0;
    question.type = (uint16_t)(data[0] << 8 | data[1]);
    arena = arena_new(64u * 1024u * 1024u);
    must(dns_wire_query(&question, 0x1234, query, &query_n, &err));
    (void)dns_wire_answers(query, query_n, data, size);
    if (!dns_wire_read(arena, &question, data, size, &f, &err)) {
        must(f.rcode == 4711 && err.kind != ERR_NONE && err.text[0]);
        arena_free(arena);
        return 0;
    }
    check_section(f.answer, f.n_answer);
    check_section(f.authority, f.n_authority);
    check_section(f.additional, f.n_additional);
    must(f.outcome != DNS_ANSWER || f.n_answer > 0);
    json_t *json = dns_save(&f);
    must(json && dns_load(json, arena, &again));
    must(again.outcome == f.outcome && again.n_answer == f.n_answer);
    json_decref(json);
    arena_free(arena);
    return 0;
}
