/* node.h - a YAML document as a tree in which every value knows its place, read within limits. */
#ifndef LAUNCH_NODE_H
#define LAUNCH_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct err;

#define NODE_MOST_BYTES   (1024u * 1024u)
#define NODE_MOST_TEXT    65536u /* of one value */
#define NODE_MOST_DEPTH   32u
#define NODE_MOST         20000u /* values, each counted as often as aliases repeat it */
#define NODE_MOST_ANCHORS 1000u

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    bool plain;       /* a text without quotes: may mean true, a number, nothing */
    struct str text;  /* of NODE_TEXT */
    struct node **at; /* the values; of NODE_MAP by turns key (always NODE_TEXT, never twice the same) and value */
    size_t n;         /* of at: twice the number of pairs for NODE_MAP */
    int line, column; /* from 1 */
    size_t weight;    /* values in it, itself included */
    unsigned height;  /* levels below it, itself included */
};

/* One document. NULL in *ret for a text without any. ERR_USAGE with place "PATH:LINE:COLUMN": not UTF-8, a NUL, not
 * YAML, a key twice, an alias within what it names, tags, a second document, past a limit. */
MUST_CHECK bool node_read(struct arena *arena, struct str text, const char *path, struct node **ret,
                          struct err *reterr);

/* Nothing stands there: "key:", "key: ~", "key: null". */
bool node_is_nothing(const struct node *n);
const char *node_word(const struct node *n); /* "a list" */

#endif
