#include "core/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"

#define STACK_BYTES (512u * 1024u)

struct job {
    struct job *next;
    pool_fn work, drop;
    void *arg;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t more, idle;
    struct job *first, **last;
    struct cancel *cancel;
    pthread_t *threads;
    size_t n_threads, most_threads, n_waiting, n_queued, n_running;
    bool ending;
};

static void *need(void *p)
{
    if (!p) {
        fprintf(stderr, "launchready: out of memory\n");
        abort();
    }
    return p;
}

struct pool *pool_new(size_t most_threads, struct cancel *cancel)
{
    struct pool *pool = need(calloc(1, sizeof *pool));

    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->more, NULL);
    pthread_cond_init(&pool->idle, NULL);
    pool->last = &pool->first;
    pool->cancel = cancel;
    pool->most_threads = most_threads ? most_threads : 1;
    pool->threads = need(calloc(pool->most_threads, sizeof *pool->threads));
    return pool;
}

static struct job *take_job(struct pool *pool)
{
    struct job *job = pool->first;

    pool->first = job->next;
    if (!pool->first)
        pool->last = &pool->first;
    pool->n_queued--;
    pool->n_running++;
    return job;
}

static void *run(void *arg)
{
    struct pool *pool = arg;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->first && !pool->ending) {
            pool->n_waiting++;
            pthread_cond_wait(&pool->more, &pool->lock);
            pool->n_waiting--;
        }
        if (!pool->first)
            break;
        struct job *job = take_job(pool);
        pthread_mutex_unlock(&pool->lock);
        if (!cancel_asked(pool->cancel))
            job->work(job->arg);
        else if (job->drop)
            job->drop(job->arg);
        free(job);
        pthread_mutex_lock(&pool->lock);
        if (--pool->n_running == 0 && pool->n_queued == 0)
            pthread_cond_broadcast(&pool->idle);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void start_thread(struct pool *pool)
{
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int failed = pthread_create(&pool->threads[pool->n_threads], &attr, run, pool);
    pthread_attr_destroy(&attr);
    if (!failed)
        pool->n_threads++;
    else if (pool->n_threads == 0) {
        fprintf(stderr, "launchready: cannot start a thread: %s\n", strerror(failed));
        abort();
    }
}

void pool_submit(struct pool *pool, pool_fn work, pool_fn drop, void *arg)
{
    struct job *job = need(calloc(1, sizeof *job));

    *job = (struct job){NULL, work, drop, arg};
    pthread_mutex_lock(&pool->lock);
    *pool->last = job;
    pool->last = &job->next;
    pool->n_queued++;
    if (pool->n_waiting < pool->n_queued && pool->n_threads < pool->most_threads)
        start_thread(pool);
    pthread_cond_signal(&pool->more);
    pthread_mutex_unlock(&pool->lock);
}

void pool_wait(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->n_queued || pool->n_running)
        pthread_cond_wait(&pool->idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    pool_wait(pool);
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->n_threads; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->idle);
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}
