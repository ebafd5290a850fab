/* lab_conf.h - a configuration of lines "KEY WORDS", # for remarks. Read once, never changed, never freed. */
#ifndef LAB_LAB_CONF_H
#define LAB_LAB_CONF_H

#include <stddef.h>

struct conf_line {
    const char *key, *value;
};
struct conf {
    struct conf_line *v;
    size_t n;
};

/* Ends the program when the file cannot be read. */
struct conf conf_read(const char *path);
/* The value of the first line with that key, or otherwise. */
const char *conf_get(const struct conf *conf, const char *key, const char *otherwise);
/* The next line with that key from *at on, or NULL. Start with *at = 0. */
const char *conf_next(const struct conf *conf, const char *key, size_t *at);
/* What follows the first word of the line "KEY WORD ..." with that word, or NULL. */
const char *conf_of(const struct conf *conf, const char *key, const char *word);

#endif
