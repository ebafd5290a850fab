/* Header lines as a server sends them, and a Location resolved against where it was found. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/url.h"
#include "facts/http_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_headers(struct arena *arena, const struct http_reader *r)
{
    struct http_header *v = NULL;
    size_t n = 0;
    struct err err = {.kind = ERR_NONE};

    if (!http_headers_read(arena, buf_str(&r->raw), &v, &n, &err)) {
        if (err.kind != ERR_LIMIT || v || n)
            abort();
        return;
    }
    struct fact_http x = {.headers = v, .n_headers = n};
    for (size_t i = 0; i < n; i++) {
        if (v[i].name.n == 0 || str_find_char(v[i].name, ':') != SIZE_MAX ||
            str_find_char(v[i].value, '\n') != SIZE_MAX)
            abort();
        if (v[i].value.n && (v[i].value.p[0] == ' ' || v[i].value.p[v[i].value.n - 1] == ' '))
            abort();
    }
    struct str location = http_header(&x, "location");
    struct url base, to;
    if (location.p && url_parse(arena, STR("https://shop.example/a/b?c"), &base, NULL) &&
        url_resolve(arena, &base, location, &to, NULL) && url_is_web(&to) && url_text(arena, &to).n == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64u * 1024 * 1024);
    struct http_reader r;
    struct str rest = str_n((const char *)data, size);

    http_reader_init(&r);
    while (rest.p && rest.n) {
        size_t end = str_find_char(rest, '\n');
        struct str line = end == SIZE_MAX ? rest : str_first(rest, end + 1);
        rest = str_from(rest, line.n);
        if (!http_reader_line(&r, line) && !r.over && !r.raw.full)
            abort();
    }
    check_headers(arena, &r);
    http_reader_free(&r);
    arena_free(arena);
    return 0;
}
