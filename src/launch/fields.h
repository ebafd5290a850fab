/* fields.h - the launch file as a table: one row a key. Reading, the JSON schema and the reference all come from it. */
#ifndef LAUNCH_FIELDS_H
#define LAUNCH_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

struct arena;

enum field_kind {
    F_TEXT,      /* struct str */
    F_WORD,      /* struct str, one of words */
    F_NAME,      /* struct str: a host name */
    F_URL,       /* struct str: http(s); templates allowed */
    F_ORIGIN,    /* struct str: "https://shop.example" */
    F_PATH,      /* struct str: starts with a slash */
    F_FILE,      /* struct str: a file's path */
    F_INT,       /* int, low to high */
    F_BYTES,     /* int64_t: 200, 10KiB, 2MiB */
    F_DURATION,  /* int64_t milliseconds: 800ms, 30s, 10m, 1h30m, 7d */
    F_SECONDS,   /* int64_t: a plain number of seconds, or a duration */
    F_PERCENT,   /* double: 99.9 or 1% */
    F_BOOL,      /* bool */
    F_DATE,      /* int64_t seconds */
    F_SECRET,    /* struct secret */
    F_JSON,      /* struct str: any value, kept as JSON */
    F_STATUS,    /* two ints: 200, 2xx, 200-204 */
    F_LIST,      /* struct str_list; one value stands for a list of one */
    F_PATHS,     /* struct str_list of paths or http(s) URLs */
    F_URLS,      /* struct str_list of http(s) URLs */
    F_ADDRESSES, /* struct str_list of IP addresses */
    F_PAIRS,     /* struct launch_pairs: name to text */
    F_STRUCT,    /* a mapping; its rows' offsets count from this field's */
    F_STRUCTS,   /* a list of mappings: pointer, with the count at n_offset */
    F_NAMED, /* a mapping from names to mappings: pointer, with the count at n_offset; the name is the first field */
    F_KEYED_URL,    /* the key itself is kept (upper case) at n_offset, the value a URL */
    F_KEYED_SECRET, /* the key itself is kept at n_offset, the value a secret */
    F_KEYED_TEXT    /* the key itself is kept at n_offset, the value a text */
};

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset;
    const char *help;
    const struct field *rows; /* of F_STRUCT, F_STRUCTS, F_NAMED */
    size_t size;              /* of one element */
    size_t n_offset;
    size_t line_offset; /* of an int for the element's line; 0: none */
    int64_t low, high;
    const char *words; /* separated by | */
    const char *example;
    bool required;
    bool late;            /* its variable may be unset until a command needs it */
    bool open;            /* a secret that may stand in the file itself */
    const char *one_of;   /* of the rows: exactly one of these, separated by | */
    const char *at_most;  /* of the rows: none or one of these */
    const void *defaults; /* of F_STRUCTS and F_NAMED: what an element starts from */
};

/* The file's top level, ended by a row without a key. */
extern const struct field launch_fields[];

/* "a text", "a duration such as 30s": for errors and the reference. */
const char *field_wants(const struct field *f);

/* Its value is a struct str. */
bool field_is_str(const struct field *f);
/* Makes absent texts empty instead of NULL, in base and everything that hangs on it. */
void field_fill_absent(const struct field *rows, char *base);
/* The row with that key, or NULL. */
const struct field *field_by_key(const struct field *rows, struct str key);
/* True when key is one of "a|b|c". */
bool field_word_in(const char *words, struct str key);
/* "app, api or admin" for "app|api|admin". */
struct str field_words(struct arena *arena, const char *words);

struct buf;

/* "key: ..." and everything below it, as YAML: each key that has an example, of alternatives one. */
void field_write_example(const struct field *f, struct buf *out);
/* docs/launchready.schema.json (JSON Schema draft 2020-12) and docs/launch-file.md, both ended by a line end. */
void launch_write_schema(struct buf *out);
void launch_write_reference(struct buf *out);

#endif
