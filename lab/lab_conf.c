#include "lab_conf.h"

#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct conf conf_read(const char *path)
{
    struct conf conf = {0};
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;

    if (!file)
        fail(path);
    while (getline(&line, &size, file) >= 0) {
        char *key = line + strspn(line, " \t");

        key[strcspn(key, "\n")] = 0;
        if (*key == '#' || !*key)
            continue;
        size_t n_key = strcspn(key, " \t");
        char *value = key + n_key + strspn(key + n_key, " \t");
        conf.v = need(realloc(conf.v, (conf.n + 1) * sizeof *conf.v));
        conf.v[conf.n].value = need(strdup(value));
        key[n_key] = 0;
        conf.v[conf.n++].key = need(strdup(key));
    }
    free(line);
    fclose(file);
    return conf;
}

const char *conf_next(const struct conf *conf, const char *key, size_t *at)
{
    while (*at < conf->n) {
        const struct conf_line *line = &conf->v[(*at)++];

        if (!strcmp(line->key, key))
            return line->value;
    }
    return NULL;
}

const char *conf_get(const struct conf *conf, const char *key, const char *otherwise)
{
    size_t at = 0;
    const char *value = conf_next(conf, key, &at);

    return value ? value : otherwise;
}

const char *conf_of(const struct conf *conf, const char *key, const char *word)
{
    size_t at = 0, n = strlen(word);

    for (const char *value; (value = conf_next(conf, key, &at));)
        if (!strncmp(value, word, n) && (!value[n] || value[n] == ' '))
            return value + n + strspn(value + n, " \t");
    return NULL;
}
