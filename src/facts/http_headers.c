/* Header lines of an HTTP answer: gathered with a ceiling, then split. */
#include "facts/http_inside.h"

#include <string.h>

void http_reader_init(struct http_reader *r)
{
    memset(r, 0, sizeof *r);
    buf_init(&r->raw, HTTP_MOST_HEADER_BYTES);
}

void http_reader_free(struct http_reader *r)
{
    buf_free(&r->raw);
}

static struct str without_end(struct str line)
{
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200", also without a reason or with letters for it. */
static int read_status(struct str line)
{
    size_t space = str_find_char(line, ' ');
    uint64_t status;

    if (space == SIZE_MAX)
        return 0;
    struct str rest = str_trim(str_from(line, space));
    return str_to_u64(str_first(rest, rest.n < 3 ? rest.n : 3), 999, &status) ? (int)status : 0;
}

bool http_reader_line(struct http_reader *r, struct str line)
{
    r->total_bytes += line.n;
    if (r->total_bytes > HTTP_MOST_HEADER_BYTES) {
        r->over = true;
        return false;
    }
    if (r->complete)
        return true;
    struct str bare = without_end(line);
    if (str_starts(line, STR("HTTP/"))) {
        r->raw.n = 0;
        r->status = read_status(bare);
        return true;
    }
    if (bare.n == 0) {
        r->complete = r->status >= 200;
        return true;
    }
    return buf_add(&r->raw, bare) && buf_add_char(&r->raw, '\n');
}

static struct str trim_blanks(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = str_from(s, 1);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

/* A copy with each line end before a blank turned into a space (RFC 9112 section 5.2). */
static struct str unfold(struct arena *arena, struct str raw)
{
    char *p = arena_alloc(arena, raw.n + 1);

    for (size_t i = 0; i < raw.n; i++) {
        bool folded = raw.p[i] == '\n' && i + 1 < raw.n && (raw.p[i + 1] == ' ' || raw.p[i + 1] == '\t');
        p[i] = folded ? ' ' : raw.p[i];
    }
    return str_n(p, raw.n);
}

bool http_headers_read(struct arena *arena, struct str raw, struct http_header **ret, size_t *ret_n, struct err *reterr)
{
    struct http_header *v = NULL;
    size_t n = 0, capacity = 0;
    struct str rest = unfold(arena, raw);

    while (rest.p && rest.n) {
        struct str line = str_cut(&rest, '\n');
        size_t colon = str_find_char(line, ':');
        struct str name = colon == SIZE_MAX ? STR_NONE : trim_blanks(str_first(line, colon));
        if (name.n == 0)
            continue;
        if (n == HTTP_MOST_HEADERS)
            return err_set(reterr, ERR_LIMIT, "the answer has more than %u headers", HTTP_MOST_HEADERS);
        struct http_header *h = ARENA_PUSH(arena, v, n, capacity);
        h->name = str_lower(arena, name);
        h->value = str_dup(arena, trim_blanks(str_from(line, colon + 1)));
    }
    *ret = v;
    *ret_n = n;
    return true;
}
