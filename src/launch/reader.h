/* reader.h - the walk over a launch file's YAML; for read.c and load.c. */
#ifndef LAUNCH_READER_H
#define LAUNCH_READER_H

#include <stdbool.h>
#include <yaml.h>

#include "launch/launch.h"

struct field;

struct reader {
    struct arena *arena;
    const char *path;
    launch_env_fn env;
    yaml_document_t *document;
    struct launch *launch;
    struct err *reterr;
    size_t n_visits;
};

/* Sets the error "KEY: text" at the node's line and column; returns false. */
bool reader_fail(struct reader *r, const yaml_node_t *node, const char *key, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Counts a value against the file's ceiling. */
bool reader_visit(struct reader *r, const yaml_node_t *node, const char *key);
/* One value by its row, into the struct at to. */
bool reader_value(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f, char *to,
                  unsigned depth);
/* A mapping by its rows. key is its own path, "" at the top. */
bool reader_mapping(struct reader *r, const yaml_node_t *node, const char *key, const struct field *rows, char *to,
                    unsigned depth);

#endif
