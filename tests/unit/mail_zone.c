#include "mail_zone.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

/* The table lives in the zone's arena too: every use of uthash here has a zone z. */
#define uthash_malloc(bytes)  arena_alloc(z->arena, bytes)
#define uthash_free(p, bytes) ((void)(p))
#include <uthash.h>

#define CHAIN_MOST 10

struct entry {
    const char *key; /* name, a space, TYPE; or the name alone */
    struct mail_record *v;
    size_t n, capacity;
    bool fails;
    UT_hash_handle hh;
};

struct mail_zone {
    struct arena *arena;
    struct entry *entries;
    size_t n_asked, fail_in;
};

static const struct {
    const char *word;
    enum dns_type type;
} types[] = {{"A", DNS_A},     {"AAAA", DNS_AAAA}, {"MX", DNS_MX},     {"TXT", DNS_TXT},
             {"PTR", DNS_PTR}, {"NS", DNS_NS},     {"TLSA", DNS_TLSA}, {"CNAME", DNS_CNAME}};

static const char *word_of(enum dns_type type)
{
    for (size_t i = 0; i < N_OF(types); i++)
        if (types[i].type == type)
            return types[i].word;
    return "OTHER";
}

static struct entry *at(struct mail_zone *z, struct str name, const char *word, bool make)
{
    struct str key = str_fmt(z->arena, "%.*s%s%s", STR_ARG(str_lower(z->arena, name)), *word ? " " : "", word);
    struct entry *e;

    HASH_FIND_STR(z->entries, key.p, e);
    if (!e && make) {
        e = arena_alloc(z->arena, sizeof *e);
        e->key = key.p;
        HASH_ADD_KEYPTR(hh, z->entries, e->key, strlen(e->key), e);
    }
    return e;
}

static void add(struct mail_zone *z, struct str name, const char *word, struct str value, size_t n_strings)
{
    for (struct str up = name; up.n;) { /* the name and those above it exist */
        (void)at(z, up, "", true);
        (void)str_cut(&up, '.');
        if (!up.p)
            break;
    }
    struct entry *e = at(z, name, word, true);
    if (str_eq(value, STR("TIMEOUT")) || !strcmp(word, "TIMEOUT")) {
        e->fails = true;
        return;
    }
    struct mail_record r = {.value = str_dup(z->arena, value), .n_strings = n_strings};
    if (!strcmp(word, "MX")) {
        struct str rest = r.value, number = str_cut(&rest, ' ');
        r.preference = (uint16_t)strtoul(str_cstr(z->arena, number), NULL, 10);
        r.value = rest.p ? rest : STR_NONE;
    }
    if (strcmp(word, "TXT") != 0) {
        r.value = str_lower(z->arena, r.value);
        if (r.value.n && r.value.p[r.value.n - 1] == '.')
            r.value = str_dup(z->arena, str_first(r.value, r.value.n - 1));
    }
    *ARENA_PUSH(z->arena, e->v, e->n, e->capacity) = r;
}

struct mail_zone *mail_zone_new(struct arena *arena)
{
    struct mail_zone *z = arena_alloc(arena, sizeof *z);

    z->arena = arena;
    return z;
}

void mail_zone_add(struct mail_zone *z, const char *name, const char *type, struct str value)
{
    add(z, str_of(name), type, value, 1);
}

void mail_zone_add_lines(struct mail_zone *z, const char *lines)
{
    struct str rest = str_of(lines);

    while (rest.p && rest.n) {
        struct str line = str_cut(&rest, '\n');
        struct str value = str_trim(line), name = str_cut(&value, ' ');
        value = value.p ? str_trim(value) : value;
        struct str type = value.p ? str_cut(&value, ' ') : STR_NONE;
        if (type.n)
            add(z, name, str_cstr(z->arena, type), value.p ? str_trim(value) : STR_NONE, 1);
    }
}

static struct str json_bytes(const json_t *v)
{
    return str_n(json_string_value(v), json_string_length(v));
}

/* JSON carries the suite's raw bytes as code points: back to bytes. */
static struct str bytes_of(struct mail_zone *z, struct str utf8)
{
    char *to = arena_alloc(z->arena, utf8.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < utf8.n; i++) {
        unsigned char c = (unsigned char)utf8.p[i];
        if ((c == 0xc2 || c == 0xc3) && i + 1 < utf8.n)
            to[n++] = (char)(((c & 3u) << 6u) | ((unsigned char)utf8.p[++i] & 0x3fu));
        else
            to[n++] = (char)c;
    }
    return str_n(to, n);
}

static void add_suite_value(struct mail_zone *z, struct str name, const char *word, const json_t *v)
{
    if (json_is_array(v) && !strcmp(word, "MX")) {
        struct str mx = str_fmt(z->arena, "%lld %s", json_integer_value(json_array_get(v, 0)),
                                json_string_value(json_array_get(v, 1)));
        add(z, name, word, mx, 1);
    } else if (json_is_array(v)) {
        struct str all = STR_NONE;
        for (size_t i = 0; i < json_array_size(v); i++) {
            struct str part = json_bytes(json_array_get(v, i));
            char *p = arena_alloc(z->arena, all.n + part.n + 1);
            memcpy(p, all.p, all.n);
            memcpy(p + all.n, part.p, part.n);
            all = str_n(p, all.n + part.n);
        }
        add(z, name, word, bytes_of(z, all), json_array_size(v));
    } else if (!(json_is_string(v) && !strcmp(json_string_value(v), "NONE"))) {
        add(z, name, word, bytes_of(z, json_bytes(v)), 1);
    }
}

void mail_zone_add_suite(struct mail_zone *z, json_t *zonedata)
{
    const char *name, *word;
    json_t *records, *record, *value;
    size_t i;

    json_object_foreach(zonedata, name, records)
    {
        bool has_txt = false;
        (void)at(z, str_of(name), "", true);
        json_array_foreach(records, i, record) has_txt |= json_object_get(record, "TXT") != NULL;
        json_array_foreach(records, i, record)
        {
            if (json_is_string(record))
                add(z, str_of(name), json_string_value(record), STR_NONE, 1);
            json_object_foreach(record, word, value)
            {
                if (strcmp(word, "SPF") != 0)
                    add_suite_value(z, str_of(name), word, value);
                else if (!has_txt)
                    add_suite_value(z, str_of(name), "TXT", value);
            }
        }
    }
}

void mail_zone_fail_nth(struct mail_zone *z, size_t n)
{
    z->fail_in = n;
}

size_t mail_zone_count(const struct mail_zone *z)
{
    return z->n_asked;
}

static void fail(struct mail_answer *ret)
{
    ret->outcome = MAIL_FAILED;
    ret->why = STR("no answer in time");
}

static void look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    struct mail_zone *z = context;

    *ret = (struct mail_answer){.outcome = MAIL_NXDOMAIN};
    z->n_asked++;
    if (z->fail_in && --z->fail_in == 0) {
        fail(ret);
        return;
    }
    if (name.n && name.p[name.n - 1] == '.')
        name = str_first(name, name.n - 1);
    for (int hop = 0; hop < CHAIN_MOST; hop++) {
        struct entry *e = at(z, name, word_of(type), false), *alias = at(z, name, "CNAME", false);
        if (str_starts_nocase(name, STR("error.")) || (e && e->fails) || (!e && at(z, name, "TIMEOUT", false))) {
            fail(ret);
            return;
        }
        if (e && e->n) {
            ret->outcome = MAIL_ANSWER;
            ret->v = e->v;
            ret->n = e->n;
            return;
        }
        ret->outcome = at(z, name, "", false) ? MAIL_NODATA : MAIL_NXDOMAIN;
        if (!alias || !alias->n)
            return;
        name = alias->v[0].value;
        str_list_add(arena, &ret->cnames, name);
    }
    fail(ret);
}

struct mail_resolver mail_zone_resolver(struct mail_zone *z)
{
    return (struct mail_resolver){.look = look, .context = z};
}
