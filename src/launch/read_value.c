/* read_value.c - one value of the launch file, checked and put into its place. */
#include <ctype.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/ip.h"
#include "core/url.h"
#include "launch/fields.h"
#include "launch/name.h"
#include "launch/node.h"
#include "launch/reader.h"
#include "launch/scalar.h"

#define URL_FIELD_MOST_BYTES 2048u

/* Everything that a reader of one text needs. */
struct one {
    struct reader *r;
    const struct field *f;
    const struct node *n;
    struct str key;
    struct filled value;
};

static bool refuse(const struct one *o, const char *wants)
{
    return reader_refuse_value(o->r, o->n, o->key, &o->value, wants);
}

static void put_str(char *to, struct str s)
{
    memcpy(to, &s, sizeof s);
}

static bool put_text(const struct one *o, char *to)
{
    if (!o->value.text.n && !o->value.unset)
        return refuse(o, o->f->kind == F_FILE ? "a file's path" : "a text");
    put_str(to, o->value.text);
    return true;
}

static bool put_word(const struct one *o, char *to)
{
    struct str words[32], rest = str_of(o->f->words);
    size_t n = 0;

    if (field_word_in(o->f->words, o->value.text)) {
        put_str(to, o->value.text);
        return true;
    }
    while (rest.p && n < N_OF(words))
        words[n++] = str_cut(&rest, '|');
    struct str near = str_nearest(o->value.text, words, n), all = field_words(o->r->arena, o->f->words);
    if (!near.n || o->value.from_env)
        return refuse(o, all.p);
    return reader_refuse(o->r, o->n, o->key, "expected %.*s, not \"%.*s\"; did you mean \"%.*s\"?", STR_ARG(all),
                         STR_ARG(str_first(o->value.text, 60)), STR_ARG(near));
}

static bool put_name(const struct one *o, char *to)
{
    struct str name;
    struct err err = {0};

    if (str_has(o->value.text, STR("://")))
        return refuse(o, "a host name alone, as in shop.example");
    if (!name_normalise(o->r->arena, o->value.text, &name, &err))
        return o->value.from_env ? refuse(o, field_wants(o->f)) : reader_refuse(o->r, o->n, o->key, "%s", err.text);
    put_str(to, name);
    return true;
}

/* A URL whose host, path or query may hold {{templates}}. */
static bool check_url(const struct one *o, struct str text)
{
    struct url u;
    struct err err = {0};

    if (!str_starts_nocase(text, STR("https://")) && !str_starts_nocase(text, STR("http://")))
        return refuse(o, "a URL that starts with https:// or http://");
    if (text.n > URL_FIELD_MOST_BYTES)
        return reader_refuse(o->r, o->n, o->key, "the URL is longer than 2048 bytes");
    if (str_has(text, STR("{{")))
        return true;
    if (!url_parse(o->r->arena, text, &u, &err))
        return reader_refuse(o->r, o->n, o->key, "not a URL: %s", o->value.from_env ? "see the variable" : err.text);
    if (u.userinfo.n)
        return reader_refuse(o->r, o->n, o->key, "leave the user name and password out of the URL");
    return true;
}

static bool put_url(const struct one *o, char *to)
{
    if (!o->value.unset && !check_url(o, o->value.text))
        return false;
    put_str(to, o->value.text);
    return true;
}

static bool put_origin(const struct one *o, char *to)
{
    struct url u;
    struct str name;
    struct err err = {0};

    if (!check_url(o, o->value.text))
        return false;
    if (!url_parse(o->r->arena, o->value.text, &u, &err) || !str_eq(u.path, STR("/")) || u.query.n || u.fragment.n ||
        u.port_written)
        return refuse(o, "an address such as https://shop.example, without a port or path");
    if (!name_normalise(o->r->arena, u.host, &name, &err))
        return reader_refuse(o->r, o->n, o->key, "%s", err.text);
    put_str(to, str_fmt(o->r->arena, "%.*s://%.*s", STR_ARG(u.scheme), STR_ARG(name)));
    return true;
}

static bool check_path(const struct one *o, struct str text)
{
    if (!str_starts(text, STR("/")))
        return refuse(o, "a path that starts with /");
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f)
            return refuse(o, "a path without spaces and control characters");
    return text.n <= URL_FIELD_MOST_BYTES || reader_refuse(o->r, o->n, o->key, "the path is longer than 2048 bytes");
}

static bool put_path(const struct one *o, char *to)
{
    if (!check_path(o, o->value.text))
        return false;
    put_str(to, o->value.text);
    return true;
}

static bool put_int(const struct one *o, char *to)
{
    uint64_t number;

    if (!str_to_u64(o->value.text, (uint64_t)o->f->high, &number) || (int64_t)number < o->f->low)
        return refuse(
            o,
            o->f->low == o->f->high
                ? str_fmt(o->r->arena, "%lld, the only one that this version knows", (long long)o->f->low).p
                : str_fmt(o->r->arena, "a whole number from %lld to %lld", (long long)o->f->low, (long long)o->f->high)
                      .p);
    memcpy(to, &(int){(int)number}, sizeof(int));
    return true;
}

static bool put_bytes(const struct one *o, char *to)
{
    int64_t bytes;

    if (!scalar_bytes(o->value.text, &bytes))
        return refuse(o, field_wants(o->f));
    memcpy(to, &bytes, sizeof bytes);
    return true;
}

static bool put_duration(const struct one *o, char *to)
{
    int64_t ms;

    if (!scalar_duration(o->value.text, &ms))
        return refuse(o, field_wants(o->f));
    if (ms <= 0)
        return refuse(o, "a duration of more than nothing");
    if (ms < o->f->low)
        return refuse(o, "a duration of at least a second");
    memcpy(to, &ms, sizeof ms);
    return true;
}

static bool put_seconds(const struct one *o, char *to)
{
    uint64_t number;
    int64_t ms;

    if (str_to_u64(o->value.text, INT32_MAX, &number))
        ms = (int64_t)number * 1000;
    else if (!scalar_duration(o->value.text, &ms))
        return refuse(o, field_wants(o->f));
    memcpy(to, &(int64_t){ms / 1000}, sizeof(int64_t));
    return true;
}

static bool put_percent(const struct one *o, char *to)
{
    double percent;

    if (!scalar_percent(o->value.text, &percent))
        return refuse(o, field_wants(o->f));
    memcpy(to, &percent, sizeof percent);
    return true;
}

static bool put_bool(const struct one *o, char *to)
{
    bool yes;

    if (!scalar_bool(o->value.text, &yes))
        return refuse(o, field_wants(o->f));
    memcpy(to, &yes, sizeof yes);
    return true;
}

static bool put_date(const struct one *o, char *to)
{
    int64_t at;

    if (!clock_parse(o->value.text, &at))
        return refuse(o, field_wants(o->f));
    memcpy(to, &at, sizeof at);
    return true;
}

static void note_literal(const struct one *o)
{
    struct launch *l = o->r->launch;

    *ARENA_PUSH(o->r->arena, l->literal_secrets, l->n_literal_secrets, o->r->literal_capacity) =
        (struct launch_secret_fault){.key = o->key, .line = o->n->line, .variable = STR_NONE};
}

static bool put_secret(const struct one *o, char *to)
{
    struct secret secret = secret_of(o->value.text);

    if (!o->value.text.n && !o->value.unset)
        return refuse(o, field_wants(o->f));
    if (o->value.text.n && !o->value.from_env && !o->f->open)
        note_literal(o);
    memcpy(to, &secret, sizeof secret);
    return true;
}

static bool put_status(const struct one *o, char *to)
{
    int range[2];

    if (!scalar_status(o->value.text, &range[0], &range[1]))
        return refuse(o, field_wants(o->f));
    memcpy(to, range, sizeof range); /* status_low, status_high */
    return true;
}

static void put_key(const struct one *o, char *base, bool upper)
{
    char *word = arena_alloc(o->r->arena, strlen(o->f->key) + 1);

    for (size_t i = 0; o->f->key[i]; i++)
        word[i] = upper ? (char)toupper((unsigned char)o->f->key[i]) : o->f->key[i];
    put_str(base + o->f->n_offset, str_of(word));
}

static bool read_json(struct reader *r, const struct field *f, const struct node *n, struct str key, char *to)
{
    struct str json;

    if (!reader_json(r, f, n, key, &json))
        return false;
    put_str(to, json);
    return true;
}

static bool is_secret_word(struct str name)
{
    static const char *const words[] = {"password", "passwd", "secret", "token", "authorization", "api-key", "api_key"};

    for (size_t i = 0; i < N_OF(words); i++)
        if (str_has_nocase(name, str_of(words[i])))
            return true;
    return false;
}

static bool read_pairs(struct reader *r, const struct field *f, const struct node *n, struct str key, char *to)
{
    if (n->kind != NODE_MAP)
        return reader_refuse_kind(r, n, key, field_wants(f));
    struct launch_pairs pairs = {arena_array(r->arena, n->n / 2 + 1, sizeof *pairs.v), n->n / 2};
    for (size_t i = 0; i < pairs.n; i++) {
        const struct node *name = n->at[2 * i];
        struct one o = {r, f, n->at[2 * i + 1], STR_NONE, {STR_NONE, false, false}};
        if (!name->text.n || name->text.n > 256)
            return reader_refuse(r, name, key, "a name here has 1 to 256 characters");
        o.key = str_fmt(r->arena, "%.*s.%.*s", STR_ARG(key), STR_ARG(name->text));
        if (o.n->kind != NODE_TEXT)
            return reader_refuse_kind(r, o.n, o.key, "a text");
        if (!reader_fill(r, f, o.n, o.key, &o.value))
            return false;
        if (f->late && o.value.text.n && !o.value.from_env && !str_has(o.value.text, STR("{{")) &&
            is_secret_word(name->text))
            note_literal(&o);
        pairs.v[i] = (struct launch_pair){name->text, o.value.text, o.value.from_env};
    }
    memcpy(to, &pairs, sizeof pairs);
    return true;
}

static bool check_item(const struct one *o)
{
    struct ip ip;

    switch (o->f->kind) {
    case F_PATHS:
        return str_has(o->value.text, STR("://")) ? check_url(o, o->value.text) : check_path(o, o->value.text);
    case F_URLS: return check_url(o, o->value.text);
    case F_ADDRESSES:
        return ip_parse(o->value.text, &ip) || refuse(o, "an IP address such as 192.0.2.1 or 2001:db8::1");
    default: /* F_LIST: any text */ return o->value.text.n || refuse(o, "a text");
    }
}

static bool read_list(struct reader *r, const struct field *f, const struct node *n, struct str key, char *to)
{
    struct str_list list = {0};
    bool single = n->kind == NODE_TEXT;

    if (n->kind == NODE_MAP || node_is_nothing(n))
        return reader_refuse_kind(r, n, key, field_wants(f));
    for (size_t i = 0; i < (single ? 1 : n->n); i++) {
        struct one o = {r, f, single ? n : n->at[i], key, {STR_NONE, false, false}};
        if (!single)
            o.key = str_fmt(r->arena, "%.*s[%zu]", STR_ARG(key), i);
        if (o.n->kind != NODE_TEXT || node_is_nothing(o.n))
            return reader_refuse_kind(r, o.n, o.key, "a text");
        if (!reader_fill(r, f, o.n, o.key, &o.value) || !check_item(&o))
            return false;
        str_list_add(r->arena, &list, o.value.text);
    }
    memcpy(to, &list, sizeof list);
    return true;
}

bool reader_value(struct reader *r, const struct field *f, const struct node *n, struct str key, char *base)
{
    static const struct {
        bool (*put)(const struct one *o, char *to); /* of one text ... */
        bool (*read)(struct reader *r, const struct field *f, const struct node *n, struct str key,
                     char *to); /* other */
    } kinds[] = {
        [F_TEXT] = {.put = put_text},        [F_WORD] = {.put = put_word},
        [F_NAME] = {.put = put_name},        [F_URL] = {.put = put_url},
        [F_ORIGIN] = {.put = put_origin},    [F_PATH] = {.put = put_path},
        [F_FILE] = {.put = put_text},        [F_INT] = {.put = put_int},
        [F_BYTES] = {.put = put_bytes},      [F_DURATION] = {.put = put_duration},
        [F_SECONDS] = {.put = put_seconds},  [F_PERCENT] = {.put = put_percent},
        [F_BOOL] = {.put = put_bool},        [F_DATE] = {.put = put_date},
        [F_SECRET] = {.put = put_secret},    [F_STATUS] = {.put = put_status},
        [F_JSON] = {.read = read_json},      [F_LIST] = {.read = read_list},
        [F_PATHS] = {.read = read_list},     [F_URLS] = {.read = read_list},
        [F_ADDRESSES] = {.read = read_list}, [F_PAIRS] = {.read = read_pairs},
        [F_KEYED_URL] = {.put = put_url},    [F_KEYED_SECRET] = {.put = put_secret},
        [F_KEYED_TEXT] = {.put = put_text},
    };
    struct one o = {r, f, n, key, {STR_NONE, false, false}};

    if (kinds[f->kind].read)
        return kinds[f->kind].read(r, f, n, key, base + f->offset);
    if (!reader_fill(r, f, n, key, &o.value))
        return false;
    if (f->kind == F_KEYED_URL || f->kind == F_KEYED_SECRET || f->kind == F_KEYED_TEXT)
        put_key(&o, base, f->kind == F_KEYED_URL);
    return kinds[f->kind].put(&o, base + f->offset);
}
