/* The table of mail providers, read from YAML: every key known, every value of its kind, each error with its place. */
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "launch/node.h"
#include "mail/provider.h"

#define LIST_MOST    40u
#define RECORDS_MOST 20u
#define TEXT_MOST    600u

struct table_reader {
    struct arena *arena;
    const char *path;
    struct err *reterr;
};

static bool refuse(struct table_reader *r, const struct node *n, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool refuse(struct table_reader *r, const struct node *n, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    struct str text = str_vfmt(r->arena, fmt, args);
    va_end(args);
    err_set(r->reterr, ERR_PARSE, "%.*s", STR_ARG(text));
    return err_at(r->reterr, "%s:%d:%d", r->path, n->line, n->column);
}

/* ---- values ---- */

static bool read_text(struct table_reader *r, const struct node *n, struct str *ret)
{
    if (n->kind != NODE_TEXT || !n->text.n)
        return refuse(r, n, "expected a text, not %s", n->kind == NODE_TEXT ? "nothing" : node_word(n));
    if (n->text.n > TEXT_MOST)
        return refuse(r, n, "the text is longer than %u bytes", TEXT_MOST);
    for (size_t i = 0; i < n->text.n; i++)
        if ((unsigned char)n->text.p[i] < ' ' || n->text.p[i] == 0x7f)
            return refuse(r, n, "the text holds a control character");
    *ret = n->text;
    return true;
}

/* What stands in the DNS, or is compared with it: no spaces but in a record's value, no capitals. */
static bool read_name(struct table_reader *r, const struct node *n, struct str *ret)
{
    struct str s;

    if (!read_text(r, n, &s))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || (s.p[i] >= 'A' && s.p[i] <= 'Z'))
            return refuse(r, n, "expected a name in lower case without spaces, not \"%.*s\"",
                          STR_ARG(str_first(s, 60)));
    if (s.p[0] == '.' || s.p[s.n - 1] == '.')
        return refuse(r, n, "a name neither begins nor ends with a dot: \"%.*s\"", STR_ARG(str_first(s, 60)));
    *ret = s;
    return true;
}

static bool read_list(struct table_reader *r, const struct node *n, bool names, struct str_list *ret)
{
    if (n->kind != NODE_LIST)
        return refuse(r, n, "expected a list, not %s", node_word(n));
    if (n->n > LIST_MOST)
        return refuse(r, n, "the list has more than %u entries", LIST_MOST);
    for (size_t i = 0; i < n->n; i++) {
        struct str s = STR_NONE;
        if (!(names ? read_name(r, n->at[i], &s) : read_text(r, n->at[i], &s)))
            return false;
        str_list_add(r->arena, ret, s);
    }
    return true;
}

static bool read_number(struct table_reader *r, const struct node *n, uint64_t most, uint64_t *ret)
{
    if (n->kind != NODE_TEXT || !str_to_u64(n->text, most, ret))
        return refuse(r, n, "expected a number from 0 to %u", (unsigned)most);
    return true;
}

static bool read_bool(struct table_reader *r, const struct node *n, bool *ret)
{
    bool yes = n->kind == NODE_TEXT && str_eq(n->text, STR("true"));

    if (!yes && !(n->kind == NODE_TEXT && str_eq(n->text, STR("false"))))
        return refuse(r, n, "expected true or false");
    *ret = yes;
    return true;
}

static bool read_date(struct table_reader *r, const struct node *n, struct str *ret)
{
    static const char shape[] = "dddd-dd-dd";
    struct str s = STR_NONE;

    if (!read_text(r, n, &s))
        return false;
    bool ok = s.n == sizeof shape - 1;
    for (size_t i = 0; ok && i < s.n; i++)
        ok = shape[i] == 'd' ? s.p[i] >= '0' && s.p[i] <= '9' : s.p[i] == shape[i];
    if (!ok)
        return refuse(r, n, "expected a date such as 2026-11-24, not \"%.*s\"", STR_ARG(str_first(s, 60)));
    *ret = s;
    return true;
}

/* ---- a record ---- */

static bool read_record_type(struct table_reader *r, const struct node *n, struct str *ret)
{
    if (!read_text(r, n, ret))
        return false;
    if (!str_eq(*ret, STR("TXT")) && !str_eq(*ret, STR("CNAME")) && !str_eq(*ret, STR("MX")))
        return refuse(r, n, "a record's type is TXT, CNAME or MX, not \"%.*s\"", STR_ARG(str_first(*ret, 20)));
    return true;
}

static bool read_record(struct table_reader *r, const struct node *map, struct provider_record *ret)
{
    if (map->kind != NODE_MAP)
        return refuse(r, map, "expected {host: ..., type: ..., value: ..., needed: ...}, not %s", node_word(map));
    for (size_t i = 0; i < map->n; i += 2) {
        struct str key = map->at[i]->text;
        const struct node *n = map->at[i + 1];
        uint64_t number = 0;
        bool ok;
        if (str_eq(key, STR("host"))) {
            ok = read_name(r, n, &ret->host);
        } else if (str_eq(key, STR("type"))) {
            ok = read_record_type(r, n, &ret->type);
        } else if (str_eq(key, STR("value"))) {
            ok = read_text(r, n, &ret->value);
        } else if (str_eq(key, STR("needed"))) {
            ok = read_bool(r, n, &ret->needed);
        } else if (str_eq(key, STR("preference"))) {
            ok = read_number(r, n, 65535, &number);
            ret->preference = (uint16_t)number;
        } else {
            return refuse(r, map->at[i], "a record has no key \"%.*s\"", STR_ARG(str_first(key, 60)));
        }
        if (!ok)
            return false;
    }
    if (!ret->host.n || !ret->type.n || !ret->value.n)
        return refuse(r, map, "a record needs host, type and value");
    return true;
}

static bool read_records(struct table_reader *r, const struct node *n, struct provider *p)
{
    if (n->kind != NODE_LIST || n->n > RECORDS_MOST)
        return refuse(r, n, "expected a list of at most %u records", RECORDS_MOST);
    p->records = arena_array(r->arena, n->n + 1, sizeof *p->records);
    for (size_t i = 0; i < n->n; i++)
        if (!read_record(r, n->at[i], &p->records[p->n_records++]))
            return false;
    return true;
}

/* ---- a provider ---- */

static bool read_paths(struct table_reader *r, const struct node *n, unsigned *ret)
{
    static const struct {
        const char *word;
        unsigned bit;
    } paths[] = {{"dkim", PATH_DKIM}, {"spf-apex", PATH_SPF_APEX}, {"spf-return-path", PATH_SPF_RETURN_PATH}};
    struct str_list words = {0};

    if (!read_list(r, n, true, &words))
        return false;
    for (size_t i = 0; i < words.n; i++) {
        unsigned bit = 0;
        for (size_t p = 0; p < N_OF(paths); p++)
            if (str_eq(words.v[i], str_of(paths[p].word)))
                bit = paths[p].bit;
        if (!bit)
            return refuse(r, n->at[i], "a path is dkim, spf-apex or spf-return-path, not \"%.*s\"",
                          STR_ARG(str_first(words.v[i], 60)));
        *ret |= bit;
    }
    return true;
}

enum value_kind { V_NAME, V_TEXT, V_DATE, V_NAMES, V_TEXTS, V_BOOL };

static const struct {
    const char *key;
    enum value_kind kind;
    size_t offset;
} keys[] = {
    {"id", V_NAME, offsetof(struct provider, id)},
    {"name", V_TEXT, offsetof(struct provider, name)},
    {"mx", V_NAMES, offsetof(struct provider, mx)},
    {"spf", V_NAMES, offsetof(struct provider, spf)},
    {"selectors", V_NAMES, offsetof(struct provider, selectors)},
    {"telling_selectors", V_NAMES, offsetof(struct provider, telling)},
    {"selector_patterns", V_NAMES, offsetof(struct provider, telling)},
    {"dkim_targets", V_NAMES, offsetof(struct provider, dkim_targets)},
    {"return_targets", V_NAMES, offsetof(struct provider, return_targets)},
    {"return_hosts", V_NAMES, offsetof(struct provider, return_hosts)},
    {"return_host_patterns", V_NAMES, offsetof(struct provider, return_patterns)},
    {"txt", V_TEXTS, offsetof(struct provider, txt)},
    {"receives", V_BOOL, offsetof(struct provider, receives)},
    {"sends", V_BOOL, offsetof(struct provider, sends)},
    {"bulk", V_BOOL, offsetof(struct provider, bulk)},
    {"include_wasted", V_BOOL, offsetof(struct provider, include_wasted)},
    {"empty_slots", V_BOOL, offsetof(struct provider, empty_slots)},
    {"cannot_proxy", V_BOOL, offsetof(struct provider, cannot_proxy)},
    {"console", V_TEXT, offsetof(struct provider, console)},
    {"note", V_TEXT, offsetof(struct provider, note)},
    {"source", V_TEXT, offsetof(struct provider, source)},
    {"date", V_DATE, offsetof(struct provider, date)},
};

static bool read_key(struct table_reader *r, size_t k, const struct node *n, struct provider *p)
{
    void *at = (char *)p + keys[k].offset;

    switch (keys[k].kind) {
    case V_NAME: return read_name(r, n, at);
    case V_TEXT: return read_text(r, n, at);
    case V_DATE: return read_date(r, n, at);
    case V_NAMES: return read_list(r, n, true, at);
    case V_TEXTS: return read_list(r, n, false, at);
    case V_BOOL: return read_bool(r, n, at);
    }
    return false;
}

static bool read_other_key(struct table_reader *r, const struct node *name, const struct node *n, struct provider *p)
{
    struct str candidates[N_OF(keys)];
    uint64_t number = 0;

    if (str_eq(name->text, STR("records")))
        return read_records(r, n, p);
    if (str_eq(name->text, STR("paths")))
        return read_paths(r, n, &p->paths);
    if (str_eq(name->text, STR("spf_look_ups"))) {
        if (!read_number(r, n, 20, &number))
            return false;
        p->spf_look_ups = (unsigned)number;
        return true;
    }
    for (size_t k = 0; k < N_OF(keys); k++)
        candidates[k] = str_of(keys[k].key);
    struct str nearest = str_nearest(name->text, candidates, N_OF(keys));
    if (nearest.n)
        return refuse(r, name, "a provider has no key \"%.*s\", did you mean %.*s?", STR_ARG(str_first(name->text, 60)),
                      STR_ARG(nearest));
    return refuse(r, name, "a provider has no key \"%.*s\"", STR_ARG(str_first(name->text, 60)));
}

static bool read_provider(struct table_reader *r, const struct node *map, struct provider *ret)
{
    bool says_sends = false;

    if (map->kind != NODE_MAP)
        return refuse(r, map, "expected a provider's keys, not %s", node_word(map));
    ret->line = map->line;
    for (size_t i = 0; i < map->n; i += 2) {
        const struct node *name = map->at[i];
        size_t k = 0;
        while (k < N_OF(keys) && !str_eq(name->text, str_of(keys[k].key)))
            k++;
        says_sends |= str_eq(name->text, STR("sends"));
        if (!(k < N_OF(keys) ? read_key(r, k, map->at[i + 1], ret) : read_other_key(r, name, map->at[i + 1], ret)))
            return false;
    }
    if (!ret->id.n || !ret->name.n || !ret->source.n || !ret->date.n)
        return refuse(r, map, "a provider needs id, name, source and date");
    if (ret->include_wasted && (ret->paths & PATH_SPF_APEX))
        return refuse(r, map, "include_wasted contradicts the path spf-apex");
    if (!says_sends) /* who has a mailbox there writes from it */
        ret->sends = ret->receives;
    return true;
}

static bool read_all(struct table_reader *r, const struct node *list, struct providers *ret)
{
    if (list->kind != NODE_LIST || !list->n || list->n > PROVIDERS_MOST)
        return refuse(r, list, "expected a list of 1 to %u providers", PROVIDERS_MOST);
    ret->v = arena_array(r->arena, list->n, sizeof *ret->v);
    for (size_t i = 0; i < list->n; i++) {
        struct provider *p = &ret->v[ret->n];
        if (!read_provider(r, list->at[i], p))
            return false;
        if (str_list_has(&ret->ids, p->id))
            return refuse(r, list->at[i], "the provider \"%.*s\" stands here a second time",
                          STR_ARG(str_first(p->id, 60)));
        str_list_add(r->arena, &ret->ids, p->id);
        ret->n++;
    }
    return true;
}

static bool read_root(struct table_reader *r, const struct node *root, struct providers *ret)
{
    bool has_version = false, has_providers = false;

    if (root->kind != NODE_MAP)
        return refuse(r, root, "expected the keys version, date and providers");
    for (size_t i = 0; i < root->n; i += 2) {
        const struct node *name = root->at[i], *n = root->at[i + 1];
        if (str_eq(name->text, STR("version"))) {
            if (n->kind != NODE_TEXT || !str_eq(n->text, STR("1")))
                return refuse(r, n, "this program reads version 1 of the table");
            has_version = true;
        } else if (str_eq(name->text, STR("date"))) {
            if (!read_date(r, n, &ret->date))
                return false;
        } else if (str_eq(name->text, STR("providers"))) {
            if (!read_all(r, n, ret))
                return false;
            has_providers = true;
        } else {
            return refuse(r, name, "the table has no key \"%.*s\"", STR_ARG(str_first(name->text, 60)));
        }
    }
    if (!has_version || !has_providers || !ret->date.n)
        return refuse(r, root, "the table needs version, date and providers");
    return true;
}

bool providers_parse(struct arena *arena, struct str text, const char *path, struct providers *ret, struct err *reterr)
{
    struct table_reader r = {.arena = arena, .path = path, .reterr = reterr};
    struct providers all = {.date = STR_NONE};
    struct node *root = NULL;

    if (text.n > PROVIDERS_MOST_BYTES) {
        err_set(reterr, ERR_LIMIT, "the table is larger than %u bytes", PROVIDERS_MOST_BYTES);
        return err_at(reterr, "%s", path);
    }
    if (!node_read(arena, text, path, &root, reterr))
        return false;
    if (!root) {
        err_set(reterr, ERR_PARSE, "the table is empty");
        return err_at(reterr, "%s:1:1", path);
    }
    if (!read_root(&r, root, &all))
        return false;
    *ret = all;
    return true;
}
