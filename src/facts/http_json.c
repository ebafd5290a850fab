/* HTTP facts to and from what --record writes. */
#include <jansson.h>
#include <openssl/evp.h>

#include "core/text.h"
#include "facts/http_inside.h"

/* Text as it is; other bytes as {"base64": ...}. */
static json_t *save_bytes(struct str s)
{
    if (text_is_utf8(s))
        return json_stringn(s.p ? s.p : "", s.n);
    struct arena *arena = arena_new(4 * s.n + 65536);
    char *coded = arena_alloc(arena, 4 * ((s.n + 2) / 3) + 1);
    int n = EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)s.p, (int)s.n);
    json_t *o = json_pack("{s:s%}", "base64", coded, (size_t)n);
    arena_free(arena);
    return o;
}

static bool load_bytes(const json_t *from, struct arena *arena, struct str *ret)
{
    const json_t *coded = json_object_get(from, "base64");

    if (json_is_string(from)) {
        *ret = str_dup(arena, str_n(json_string_value(from), json_string_length(from)));
        return true;
    }
    if (!json_is_string(coded) || json_string_length(coded) % 4 || json_string_length(coded) > 16u * 1024 * 1024)
        return false;
    struct str text = str_n(json_string_value(coded), json_string_length(coded));
    unsigned char *bytes = arena_alloc(arena, text.n / 4 * 3 + 1);
    int n = EVP_DecodeBlock(bytes, (const unsigned char *)text.p, (int)text.n);
    if (n < 0)
        return false;
    for (size_t i = text.n; i > 0 && text.p[i - 1] == '=' && text.n - i < 2; i--)
        n--;
    *ret = str_n((const char *)bytes, (size_t)n);
    return true;
}

static void put(json_t *to, const char *name, struct str s)
{
    json_object_set_new(to, name, save_bytes(s));
}

static void put_number(json_t *to, const char *name, int64_t v)
{
    json_object_set_new(to, name, json_integer(v));
}

json_t *http_save(const void *fact)
{
    const struct fact_http *x = fact;
    json_t *to = json_object(), *headers = json_array();

    put(to, "method", x->method);
    put(to, "url", x->url);
    put(to, "address", x->address);
    put_number(to, "status", x->status);
    put_number(to, "version", x->version);
    for (size_t i = 0; i < x->n_headers; i++)
        json_array_append_new(headers,
                              json_pack("[o, o]", save_bytes(x->headers[i].name), save_bytes(x->headers[i].value)));
    json_object_set_new(to, "headers", headers);
    put(to, "body", x->body);
    put_number(to, "wire_bytes", (int64_t)x->wire_bytes);
    json_object_set_new(to, "body_cut", json_boolean(x->body_cut));
    json_object_set_new(to, "body_broken", json_boolean(x->body_broken));
    json_object_set_new(to, "body_end", json_string(err_word(x->body_end)));
    put(to, "encoding", x->encoding);
    put_number(to, "connect_us", x->connect_us);
    put_number(to, "tls_us", x->tls_us);
    put_number(to, "first_byte_us", x->first_byte_us);
    put_number(to, "total_us", x->total_us);
    put_number(to, "at_s", x->at_s);
    return to;
}

static bool load_headers(const json_t *from, struct arena *arena, struct fact_http *ret)
{
    size_t n = json_array_size(from);

    if (!json_is_array(from) || n > HTTP_MOST_HEADERS)
        return false;
    ret->headers = arena_array(arena, n, sizeof *ret->headers);
    ret->n_headers = n;
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(from, i);
        if (!load_bytes(json_array_get(pair, 0), arena, &ret->headers[i].name) ||
            !load_bytes(json_array_get(pair, 1), arena, &ret->headers[i].value))
            return false;
    }
    return true;
}

static int64_t number(const json_t *from, const char *name)
{
    return json_integer_value(json_object_get(from, name));
}

bool http_load(const json_t *json, struct arena *arena, void *ret)
{
    struct fact_http *x = ret;
    const json_t *status = json_object_get(json, "status");

    if (!json_is_integer(status) || !load_bytes(json_object_get(json, "method"), arena, &x->method) ||
        !load_bytes(json_object_get(json, "url"), arena, &x->url) ||
        !load_bytes(json_object_get(json, "address"), arena, &x->address) ||
        !load_bytes(json_object_get(json, "body"), arena, &x->body) ||
        !load_bytes(json_object_get(json, "encoding"), arena, &x->encoding) ||
        !load_headers(json_object_get(json, "headers"), arena, x) || x->body.n > HTTP_MOST_BODY_BYTES)
        return false;
    x->status = (int)json_integer_value(status);
    x->version = (int)number(json, "version");
    x->wire_bytes = (uint64_t)number(json, "wire_bytes");
    x->body_cut = json_is_true(json_object_get(json, "body_cut"));
    x->body_broken = json_is_true(json_object_get(json, "body_broken"));
    const char *end = json_string_value(json_object_get(json, "body_end"));
    x->body_end = end ? err_from_word(end) : ERR_NONE;
    x->connect_us = number(json, "connect_us");
    x->tls_us = number(json, "tls_us");
    x->first_byte_us = number(json, "first_byte_us");
    x->total_us = number(json, "total_us");
    x->at_s = number(json, "at_s");
    return x->status >= 100 && x->status <= 999;
}
