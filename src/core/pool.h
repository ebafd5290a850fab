/* pool.h - a small pool of threads for work that waits on the network. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <stddef.h>

struct pool;
struct cancel;

typedef void (*pool_fn)(void *arg);

/* Threads start as work arrives, up to most_threads. cancel may be NULL: once asked, queued work is dropped (its
 * drop function, not its work function, is called), running work is left to notice by itself. */
struct pool *pool_new(size_t most_threads, struct cancel *cancel);
/* Waits for everything, then ends the threads. */
void pool_free(struct pool *pool);

/* Queues work; first come, first served. drop may be NULL. Any thread may call this, also from within work. */
void pool_submit(struct pool *pool, pool_fn work, pool_fn drop, void *arg);
/* Until nothing is queued or running. Not from within work. */
void pool_wait(struct pool *pool);

#endif
