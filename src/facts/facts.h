/* facts.h - the table of what was observed: keyed, looked up once, shared by everybody who asks.
 *
 * A check or a derived fact asks through a `struct ask`. The first asker of a key looks, the others wait. A getter
 * returns NULL for what could not be seen; the ask remembers why, and whoever runs the asker turns that into
 * "unknown". "No such record" is an answer and never NULL. */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

struct facts;
struct observer;
struct launch;
struct pool;
struct json_t;

/* What could not be seen by one asker. */
struct unseen {
    struct str what; /* "kind key", for people */
    struct err err;
};

struct ask {
    struct arena *arena; /* of the check's run, or of the fact being looked at */
    struct facts *facts;
    const struct launch *launch; /* never NULL: an empty one when there is no file */
    struct str domain;           /* the site audited, as an A-label in lower case */
    int64_t now_s;               /* the only clock of checks: when the audit started */
    unsigned rank;               /* may ask only for kinds below */
    struct unseen *unseen;
    size_t n_unseen, unseen_capacity;
};

/* Looks at the outside for key and fills ret (zeroed, of the kind's size), allocating in q->arena. On failure sets
 * *reterr. A derived fact asks for others through q and returns ask_failed(q, reterr) when one was not seen. */
typedef bool (*fact_look_fn)(const struct observer *outside, struct ask *q, struct str key, void *ret,
                             struct err *reterr);
/* To and from what --record writes and --replay reads. load returns false on a shape it does not know. */
typedef struct json_t *(*fact_save_fn)(const void *fact);
typedef bool (*fact_load_fn)(const struct json_t *json, struct arena *arena, void *ret);

struct fact_kind {
    const char *name;
    unsigned rank;
    size_t size;
    size_t arena_bytes; /* ceiling of one fact of this kind; 0: 8 MiB */
    fact_look_fn look;
    fact_save_fn save; /* NULL: derived from other facts, computed again on replay */
    fact_load_fn load;
};

/* The fact, or NULL with the reason kept in q. Blocks while somebody looks. The key is text without line ends; it is
 * what records and evidence show. */
const void *facts_get(struct ask *q, const struct fact_kind *kind, struct str key);

/* Starts to look in the background, so that a later facts_get waits less. Cheap when it is there already. */
void facts_want(struct ask *q, const struct fact_kind *kind, struct str key);

/* When and how long the fact was looked at; false for a fact not in the table or not finished. */
bool facts_when(struct ask *q, const struct fact_kind *kind, struct str key, int64_t *ret_at_s, int64_t *ret_took_us);

/* Forgets the newest unseen thing and returns it: for a check that judges a silence itself. Call right after the
 * getter returned NULL. Borrowed for the life of the ask. */
const struct err *ask_tolerate(struct ask *q);
/* Notes that something could not be seen (for getters that decide that themselves). Returns NULL. */
const void *ask_note(struct ask *q, struct str what, const struct err *why);
/* Copies the newest unseen reason to reterr; returns false. */
bool ask_failed(const struct ask *q, struct err *reterr);

/* ---- for the program's top and for tests ---- */

struct facts_setup {
    const struct observer *outside; /* NULL: nothing can be seen but what facts_put and facts_replay brought */
    struct pool *pool;              /* NULL: everything is looked at by its asker */
    const struct launch *launch;    /* NULL only where nobody who asks reads it */
    struct str domain;
    int64_t now_s;
};

struct facts *facts_new(const struct facts_setup *setup);
void facts_free(struct facts *facts);

/* An ask for a check's run, in that arena. */
struct ask facts_ask(struct facts *facts, struct arena *arena);

/* Puts a fact in by hand, borrowed for the life of the table (a test's facts). */
void facts_put(struct facts *facts, const struct fact_kind *kind, struct str key, const void *fact);
/* Puts a failure in by hand. */
void facts_put_err(struct facts *facts, const struct fact_kind *kind, struct str key, const struct err *why);

struct facts_cost {
    size_t n_observed;  /* facts looked at outside (not derived) */
    int64_t slowest_us; /* the slowest of them */
    struct str slowest; /* its kind and key; lives as long as the table */
};
struct facts_cost facts_cost(struct facts *facts);

/* Makes the nth observation from now on fail (1 is the next one; 0: none); after a replay, the nth that was loaded.
 * False when there are fewer. For tests of honesty. */
bool facts_fail_nth(struct facts *facts, size_t n);

/* --record: writes DIR/facts.jsonl, a line per observed fact (kind, key, at, took_us, fact or err), and
 * DIR/audit.json (domain, time). --replay: fills the table from it; afterwards what is not there is ERR_OFFLINE.
 * now_s is the recorded audit's time. */
MUST_CHECK bool facts_record(struct facts *facts, const char *folder, struct err *reterr);
struct replay {
    struct str domain;
    int64_t now_s;
};
MUST_CHECK bool facts_replay_head(struct arena *arena, const char *folder, struct replay *ret, struct err *reterr);
MUST_CHECK bool facts_replay(struct facts *facts, const char *folder, struct err *reterr);
/* The same from the text of facts.jsonl; path is for messages. */
MUST_CHECK bool facts_replay_text(struct facts *facts, struct str text, const char *path, struct err *reterr);

#endif
