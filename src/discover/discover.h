/* discover.h - a first launch file, written from what a domain and a repository show. */
#ifndef DISCOVER_DISCOVER_H
#define DISCOVER_DISCOVER_H

#include "core/str.h"

struct ask;
struct buf;

/* Something that was found, or could not be known, in one line for people. */
struct discovery {
    bool known;
    struct str what;  /* "canonical address" */
    struct str value; /* "https://shop.example", or why it is not known */
};

struct discovered {
    struct discovery *v;
    size_t n, capacity;
    struct str yaml; /* the commented launch file */
};

/* Looks through q (domain and the folder's repository) and writes; everything lives in q's arena. The file is valid
 * whatever was found. */
void discover(struct ask *q, struct str folder, struct discovered *ret);

#endif
