/* facts_table.h - the inside of the facts' table; for facts.c and facts_record.c alone. */
#ifndef FACTS_FACTS_TABLE_H
#define FACTS_FACTS_TABLE_H

#include <pthread.h>
#include <uthash.h>

#include "facts/facts.h"

enum entry_state { NEW, QUEUED, LOOKING, DONE };

struct entry {
    const struct fact_kind *kind;
    char *id; /* "kind key" */
    struct str key;
    struct arena *arena;
    enum entry_state state;
    pthread_t looker;
    const void *fact; /* NULL when DONE: err says why */
    struct err err;
    int64_t at_s, took_us;
    UT_hash_handle hh;
};

struct facts {
    pthread_mutex_t lock; /* over all of this; not held while somebody looks */
    pthread_cond_t changed;
    struct entry *entries;
    struct facts_setup setup;
    size_t fail_in;
    bool replaying;
};

/* Found or made. With the lock held. */
struct entry *facts_entry(struct facts *facts, const struct fact_kind *kind, struct str key);

#endif
