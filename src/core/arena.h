/* arena.h - memory that is freed all at once.
 *
 * One arena per fact, per check run, per page served. Allocation never fails for the caller: an arena that
 * passes its ceiling, or a machine without memory, ends the program with one clear line. Whatever fills an
 * arena from outside input keeps its own, lower limit and reports that as an error. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena;

/* A new arena that may hold up to ceiling_bytes. Owned by the caller: arena_free. */
struct arena *arena_new(size_t ceiling_bytes);
void arena_free(struct arena *arena);

/* Zeroed memory, aligned for any type; lives until arena_free. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* n elements of size bytes each, zeroed; the product may not overflow (that ends the program). */
void *arena_array(struct arena *arena, size_t n, size_t size);

/* Bytes handed out so far. */
size_t arena_used_bytes(const struct arena *arena);

/* Room for one more element at the end of an arena-held array: doubles it when it is full. Use ARENA_PUSH. */
void *arena_grow(struct arena *arena, void *array, size_t n, size_t *capacity, size_t size);

/* Appends a slot to v/n (with its capacity in cap) and yields a pointer to it. */
#define ARENA_PUSH(arena, v, n, cap) ((v) = arena_grow((arena), (v), (n), &(cap), sizeof *(v)), &(v)[(n)++])

#endif
