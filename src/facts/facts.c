#include "facts/facts.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/pool.h"
#include "facts/facts_table.h"
#include "facts/observer.h"

#define FACT_MOST_BYTES  (8u * 1024u * 1024u)
#define FACTS_MOST_TOTAL 20000u
#define KEY_MOST_BYTES   9000u

static void *need(void *p)
{
    if (!p) {
        fprintf(stderr, "launchready: out of memory\n");
        abort();
    }
    return p;
}

struct facts *facts_new(const struct facts_setup *setup)
{
    struct facts *facts = need(calloc(1, sizeof *facts));

    pthread_mutex_init(&facts->lock, NULL);
    pthread_cond_init(&facts->changed, NULL);
    facts->setup = *setup;
    return facts;
}

static void entry_free(struct entry *e)
{
    arena_free(e->arena);
    free(e->id);
    free(e);
}

void facts_free(struct facts *facts)
{
    struct entry *e, *next;

    if (!facts)
        return;
    HASH_ITER(hh, facts->entries, e, next)
    {
        HASH_DEL(facts->entries, e); // NOLINT(clang-analyzer-unix.Malloc): it loses track in uthash's rings
        entry_free(e);
    }
    pthread_cond_destroy(&facts->changed);
    pthread_mutex_destroy(&facts->lock);
    free(facts);
}

struct ask facts_ask(struct facts *facts, struct arena *arena)
{
    return (struct ask){
        .arena = arena,
        .facts = facts,
        .launch = facts->setup.launch,
        .domain = facts->setup.domain,
        .now_s = facts->setup.now_s,
        .rank = UINT32_MAX,
    };
}

struct entry *facts_entry(struct facts *facts, const struct fact_kind *kind, struct str key)
{
    struct entry *e;
    size_t name_n = strlen(kind->name), id_n = name_n + 1 + key.n;
    char *id = need(malloc(id_n + 1));

    memcpy(id, kind->name, name_n);
    id[name_n] = ' ';
    if (key.n)
        memcpy(id + name_n + 1, key.p, key.n);
    id[id_n] = '\0';
    HASH_FIND(hh, facts->entries, id, id_n, e);
    if (e) {
        free(id);
        return e;
    }
    e = need(calloc(1, sizeof *e));
    e->kind = kind;
    e->id = id;
    e->key = str_n(id + name_n + 1, key.n);
    e->arena = arena_new(kind->arena_bytes ? kind->arena_bytes : FACT_MOST_BYTES);
    HASH_ADD_KEYPTR(hh, facts->entries, e->id, id_n, e);
    return e;
}

/* May this observation happen at all? */
static bool may_look(struct facts *facts, struct entry *e, struct err *reterr)
{
    const struct observer *outside = facts->setup.outside;

    if (e->kind->save && (facts->replaying || !outside || observer_offline(outside)))
        return err_set(reterr, ERR_OFFLINE, facts->replaying ? "the recording does not hold this" : "working offline");
    if (outside && observer_cancelled(outside))
        return err_set(reterr, ERR_CANCELLED, "interrupted");
    if (HASH_COUNT(facts->entries) > FACTS_MOST_TOTAL)
        return err_set(reterr, ERR_LIMIT, "more than %u facts were asked for", FACTS_MOST_TOTAL);
    if (e->kind->save && facts->fail_in && --facts->fail_in == 0)
        return err_set(reterr, ERR_TIMEOUT, "made to fail");
    return true;
}

/* Looks, with the lock held on entry and exit but not between. */
static void look(struct facts *facts, struct entry *e)
{
    struct err err = {.kind = ERR_NONE};
    struct mono start = clock_mono();
    void *fact = arena_alloc(e->arena, e->kind->size ? e->kind->size : 1);
    bool seen = may_look(facts, e, &err);

    e->state = LOOKING;
    e->looker = pthread_self();
    e->at_s = clock_wall_s();
    pthread_mutex_unlock(&facts->lock);
    if (seen) {
        struct ask q = facts_ask(facts, e->arena);
        q.rank = e->kind->rank;
        seen = e->kind->look(facts->setup.outside, &q, e->key, fact, &err);
    }
    e->took_us = clock_since_us(start);
    log_line(LOG_DEBUG, e->kind->name, "%.*s: %s (%lld ms)", STR_ARG(e->key), seen ? "seen" : err.text,
             (long long)(e->took_us / 1000));
    pthread_mutex_lock(&facts->lock);
    e->fact = seen ? fact : NULL;
    e->err = err;
    if (!seen && err.kind == ERR_NONE)
        err_set(&e->err, ERR_PROTOCOL, "it failed without saying why");
    e->state = DONE;
    pthread_cond_broadcast(&facts->changed);
}

const void *facts_get(struct ask *q, const struct fact_kind *kind, struct str key)
{
    struct facts *facts = q->facts;

    assert(kind->rank < q->rank && "a fact may ask only for lower ranks");
    if (key.n > KEY_MOST_BYTES) {
        struct err err;
        err_set(&err, ERR_LIMIT, "the name or URL is longer than %u bytes", KEY_MOST_BYTES);
        return ask_note(q, STR_NONE, &err);
    }
    pthread_mutex_lock(&facts->lock);
    struct entry *e = facts_entry(facts, kind, key);
    if (e->state == NEW || e->state == QUEUED) /* whoever needs it does not wait for the queue */
        look(facts, e);
    while (e->state != DONE)
        pthread_cond_wait(&facts->changed, &facts->lock);
    const void *fact = e->fact;
    pthread_mutex_unlock(&facts->lock);
    if (!fact)
        ask_note(q, str_of(e->id), &e->err);
    return fact;
}

struct wanted {
    struct facts *facts;
    struct entry *entry;
};

static void look_queued(void *arg)
{
    struct wanted *w = arg;

    pthread_mutex_lock(&w->facts->lock);
    if (w->entry->state == QUEUED)
        look(w->facts, w->entry);
    pthread_mutex_unlock(&w->facts->lock);
    free(w);
}

void facts_want(struct ask *q, const struct fact_kind *kind, struct str key)
{
    struct facts *facts = q->facts;

    assert(kind->rank < q->rank && "a fact may ask only for lower ranks");
    if (!facts->setup.pool || key.n > KEY_MOST_BYTES)
        return;
    pthread_mutex_lock(&facts->lock);
    struct entry *e = facts_entry(facts, kind, key);
    bool fresh = e->state == NEW;
    if (fresh)
        e->state = QUEUED;
    pthread_mutex_unlock(&facts->lock);
    if (!fresh)
        return;
    struct wanted *w = need(malloc(sizeof *w));
    *w = (struct wanted){facts, e};
    pool_submit(facts->setup.pool, look_queued, free, w);
}

bool facts_when(struct ask *q, const struct fact_kind *kind, struct str key, int64_t *ret_at_s, int64_t *ret_took_us)
{
    pthread_mutex_lock(&q->facts->lock);
    struct entry *e = facts_entry(q->facts, kind, key);
    bool done = e->state == DONE;
    if (done) {
        *ret_at_s = e->at_s;
        *ret_took_us = e->took_us;
    }
    pthread_mutex_unlock(&q->facts->lock);
    return done;
}

const void *ask_note(struct ask *q, struct str what, const struct err *why)
{
    struct unseen *u = ARENA_PUSH(q->arena, q->unseen, q->n_unseen, q->unseen_capacity);

    u->what = str_dup(q->arena, what);
    u->err = *why;
    return NULL;
}

const struct err *ask_tolerate(struct ask *q)
{
    assert(q->n_unseen > 0 && "only after a getter returned NULL");
    struct err *kept = arena_alloc(q->arena, sizeof *kept);

    *kept = q->unseen[--q->n_unseen].err;
    return kept;
}

bool ask_failed(const struct ask *q, struct err *reterr)
{
    assert(q->n_unseen > 0 && "only after a getter returned NULL");
    *reterr = q->unseen[q->n_unseen - 1].err;
    return false;
}

void facts_put(struct facts *facts, const struct fact_kind *kind, struct str key, const void *fact)
{
    pthread_mutex_lock(&facts->lock);
    struct entry *e = facts_entry(facts, kind, key);
    e->fact = fact;
    e->state = DONE;
    e->at_s = facts->setup.now_s;
    pthread_mutex_unlock(&facts->lock);
}

void facts_put_err(struct facts *facts, const struct fact_kind *kind, struct str key, const struct err *why)
{
    pthread_mutex_lock(&facts->lock);
    struct entry *e = facts_entry(facts, kind, key);
    e->fact = NULL;
    e->err = *why;
    e->state = DONE;
    e->at_s = facts->setup.now_s;
    pthread_mutex_unlock(&facts->lock);
}

struct facts_cost facts_cost(struct facts *facts)
{
    struct facts_cost cost = {0};
    struct entry *e, *next;

    pthread_mutex_lock(&facts->lock);
    HASH_ITER(hh, facts->entries, e, next)
    {
        if (e->state != DONE || !e->kind->save)
            continue;
        cost.n_observed++;
        if (e->took_us >= cost.slowest_us) {
            cost.slowest_us = e->took_us;
            cost.slowest = str_of(e->id);
        }
    }
    pthread_mutex_unlock(&facts->lock);
    return cost;
}

/* With the lock held. */
static bool forget_nth(struct facts *facts, size_t n)
{
    struct entry *e, *next;

    HASH_ITER(hh, facts->entries, e, next)
    {
        if (e->state != DONE || !e->kind->save || --n)
            continue;
        e->fact = NULL;
        err_set(&e->err, ERR_OFFLINE, "made to fail");
        return true;
    }
    return false;
}

bool facts_fail_nth(struct facts *facts, size_t n)
{
    bool there = true;

    pthread_mutex_lock(&facts->lock);
    if (facts->replaying && n)
        there = forget_nth(facts, n);
    else
        facts->fail_in = n;
    pthread_mutex_unlock(&facts->lock);
    return there;
}
