#include "core/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EXACT 1 /* one malloc per object, so that the sanitizer sees its bounds */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EXACT 1
#endif
#endif
#ifndef ARENA_EXACT
#define ARENA_EXACT 0
#endif

#define ALIGNMENT         _Alignof(max_align_t)
#define FIRST_BLOCK_BYTES 1024u
#define MOST_BLOCK_BYTES  (64u * 1024u)

struct block {
    struct block *next;
    size_t used, size;
    max_align_t data[];
};

struct arena {
    struct block *blocks;
    size_t used_bytes, ceiling_bytes, next_block_bytes;
};

static NORETURN void give_up(const char *why, size_t bytes)
{
    fprintf(stderr, "launchready: %s (%zu bytes)\n", why, bytes);
    abort();
}

struct arena *arena_new(size_t ceiling_bytes)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (!arena)
        give_up("out of memory", sizeof *arena);
    arena->ceiling_bytes = ceiling_bytes;
    arena->next_block_bytes = FIRST_BLOCK_BYTES;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct block *b = arena->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

static struct block *add_block(struct arena *arena, size_t bytes)
{
    size_t size = bytes;

    if (!ARENA_EXACT && size < arena->next_block_bytes) {
        size = arena->next_block_bytes;
        if (arena->next_block_bytes < MOST_BLOCK_BYTES)
            arena->next_block_bytes *= 2;
    }
    struct block *b = calloc(1, sizeof *b + size);
    if (!b)
        give_up("out of memory", size);
    b->size = size;
    b->next = arena->blocks;
    arena->blocks = b;
    return b;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    size_t rounded = (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

    if (rounded < bytes || rounded > arena->ceiling_bytes - arena->used_bytes)
        give_up("an arena passed its ceiling", arena->ceiling_bytes);
    if (ARENA_EXACT)
        rounded = bytes ? bytes : 1;
    struct block *b = arena->blocks;
    if (!b || b->size - b->used < rounded)
        b = add_block(arena, rounded);
    void *p = (char *)b->data + b->used;
    b->used += rounded;
    arena->used_bytes += rounded;
    return p;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        give_up("an array too large to count", SIZE_MAX);
    return arena_alloc(arena, bytes);
}

size_t arena_used_bytes(const struct arena *arena)
{
    return arena->used_bytes;
}

void *arena_grow(struct arena *arena, void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return array;
    size_t more = *capacity ? *capacity * 2 : 8;
    void *grown = arena_array(arena, more, size);
    if (n)
        memcpy(grown, array, n * size);
    *capacity = more;
    return grown;
}
