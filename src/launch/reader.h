/* reader.h - what the parts of the launch file's loader share. Inside launch/ only. */
#ifndef LAUNCH_READER_H
#define LAUNCH_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/str.h"
#include "launch/launch.h"

struct field;
struct node;

#define READER_MOST_EXPANDED ((size_t)2 * 1024 * 1024) /* bytes made from variables and as JSON */

struct reader {
    struct arena *arena;
    const char *path;
    launch_env_fn env;
    struct launch *launch;
    size_t n_expanded;
    size_t present_capacity, literal_capacity, unset_capacity, notes_capacity;
    struct err *reterr;
};

/* One text with its variables filled in. */
struct filled {
    struct str text;
    bool from_env; /* never quote it */
    bool unset;    /* a variable is missing, which the field allows for now; text is empty */
};

/* "KEY: what is wrong", at the node's place. False. */
bool reader_refuse(struct reader *r, const struct node *n, struct str key, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The same for a value that is not what its field wants; the value is quoted unless it came from the environment. */
bool reader_refuse_value(struct reader *r, const struct node *n, struct str key, const struct filled *value,
                         const char *wants);
/* The same for another kind of node: "expected a text, not a list". */
bool reader_refuse_kind(struct reader *r, const struct node *n, struct str key, const char *wants);
/* Counts bytes that were made, not read. */
MUST_CHECK bool reader_made(struct reader *r, const struct node *n, struct str key, size_t bytes);
void reader_note(struct reader *r, struct str key, int line, struct str text);

/* Fills "${NAME}" in from the environment; "$${" stands for "${". */
MUST_CHECK bool reader_fill(struct reader *r, const struct field *f, const struct node *n, struct str key,
                            struct filled *ret);
/* The node as a JSON text. */
MUST_CHECK bool reader_json(struct reader *r, const struct field *f, const struct node *n, struct str key,
                            struct str *ret);
/* The whole mapping into base, row by row. */
MUST_CHECK bool reader_map(struct reader *r, const struct field *owner, const struct field *rows,
                           const struct node *map, struct str key, char *base);
/* One value, or a list of texts: everything but structures. */
MUST_CHECK bool reader_value(struct reader *r, const struct field *f, const struct node *n, struct str key, char *base);
/* What rows cannot say: names that refer to each other, hosts twice. */
MUST_CHECK bool reader_rules(struct reader *r, const struct node *root);

#endif
