#include "test.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "facts/fact_http.h"
#include "facts/facts.h"
#include "facts/observer.h"
#include "launch/launch.h"
#include "raw_server.h"

#define SHORT_MS 500 /* where the deadline is what is tested */
#define LONG_MS  20000

/* ---- what the server says, by path ---- */

struct script {
    const char *path;
    struct str bytes;
    bool repeat;  /* for ever */
    int pause_ms; /* after each byte */
};

static const struct script scripts[] = {
    {"/plain",
     STR("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Two: a\r\nx-two:  b \r\nContent-Length: 5\r\n\r\nhello")},
    {"/close", STR("HTTP/1.0 200 OK\r\n\r\nuntil the end")},
    {"/no-reason", STR("HTTP/1.1 204\r\n\r\n")},
    {"/interim",
     STR("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
    {"/folded", STR("HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\nContent-Length: 0\r\n\r\n")},
    {"/foreign",
     STR("HTTP/1.1 200 OK\r\nX-Escape: \x1b[31mred\r\nX-Bytes: \xff\xfe\r\nContent-Length: 3\r\n\r\na\x00\xff")},
    {"/nul", STR("HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 0\r\n\r\n")},
    {"/http09", STR("<html>hello</html>")},
    {"/garbage", STR("\x16\x03\x01 what?\r\n\r\n")},
    {"/nothing", STR("")},
    {"/half-headers", STR("HTTP/1.1 200 OK\r\nContent-Ty")},
    {"/half-body", STR("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")},
    {"/broken-gzip",
     STR("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nX-Kept: yes\r\nContent-Length: 9\r\n\r\nnot gzip!")},
    {"/strange-coding",
     STR("HTTP/1.1 200 OK\r\nContent-Encoding: zip9\r\nX-Kept: yes\r\nContent-Length: 3\r\n\r\nabc")},
    {"/self", STR("HTTP/1.1 301 Moved\r\nLocation: /self\r\nContent-Length: 0\r\n\r\n")},
    {"/file", STR("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")},
    {"/script", STR("HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\nContent-Length: 0\r\n\r\n")},
    {"/private", STR("HTTP/1.1 302 Found\r\nLocation: http://10.0.0.7/admin\r\nContent-Length: 0\r\n\r\n")},
    {"/localhost", STR("HTTP/1.1 302 Found\r\nLocation: http://localhost:3000/\r\nContent-Length: 0\r\n\r\n")},
    {"/nowhere", STR("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n")},
    {"/relative/a", STR("HTTP/1.1 308 Moved\r\nLocation: ../plain?x=1#top\r\nContent-Length: 0\r\n\r\n")},
    {"/plain?x=1", STR("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
    {"/drip", STR("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"), false, 40},
    {"/drip-body", STR("HTTP/1.1 200 OK\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), false, 30},
    {"/endless-headers", STR("X-More: 0123456789012345678901234567890123456789\r\n"), true},
    {"/endless-body", STR("0123456789012345678901234567890123456789"), true},
};

static void drip(int fd, struct str bytes, int pause_ms)
{
    size_t head = str_find(bytes, STR("\r\n\r\nx"));

    if (head != SIZE_MAX) { /* only the body drips */
        raw_send(fd, str_first(bytes, head + 4));
        bytes = str_from(bytes, head + 4);
    }
    for (size_t i = 0; i < bytes.n && raw_send(fd, str_n(bytes.p + i, 1)); i++)
        usleep((useconds_t)pause_ms * 1000);
}

struct bits {
    unsigned char bytes[64 * 1024];
    size_t n;
};

/* A Huffman code, its first bit first (RFC 1951 section 3.1.1). */
static void put_code(struct bits *b, unsigned code, int length)
{
    for (int i = length - 1; i >= 0; i--, b->n++)
        b->bytes[b->n / 8] |= (unsigned char)((code >> i & 1) << (b->n % 8));
}

/* 8 MiB of NULs in 53 KB: one NUL, then "258 bytes again from one byte back" over and over. */
static void send_bomb(int fd)
{
    struct bits *b = calloc(1, sizeof *b);
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03";

    assert_non_null(b);
    put_code(b, 1, 1);    /* the last block */
    put_code(b, 2, 2);    /* with fixed codes: 01, lowest bit first */
    put_code(b, 0x30, 8); /* literal 0 */
    for (int i = 0; i < 32513; i++) {
        put_code(b, 0xc5, 8); /* length 258 */
        put_code(b, 0, 5);    /* distance 1 */
    }
    raw_send(fd, str_n(head, sizeof head - 1));
    raw_send(fd, str_n((const char *)b->bytes, b->n / 8));
    free(b);
}

static void echo(int fd, struct str request)
{
    char head[128];

    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", request.n);
    raw_send(fd, str_of(head));
    raw_send(fd, request);
}

static void answer(int fd, struct str request, void *arg)
{
    struct str rest = request;

    (void)arg;
    (void)str_cut(&rest, ' ');
    struct str path = str_cut(&rest, ' ');
    if (str_eq(path, STR("/bomb"))) {
        send_bomb(fd);
        return;
    }
    if (str_starts(path, STR("/echo"))) {
        echo(fd, request);
        return;
    }
    if (str_eq(path, STR("/silent"))) {
        usleep(4 * SHORT_MS * 1000);
        return;
    }
    for (size_t i = 0; i < N_OF(scripts); i++) {
        const struct script *s = &scripts[i];
        if (!str_eq(path, str_of(s->path)))
            continue;
        if (s->pause_ms) {
            drip(fd, s->bytes, s->pause_ms);
        } else if (s->repeat) {
            raw_send(fd,
                     strcmp(s->path, "/endless-body") ? STR("HTTP/1.1 200 OK\r\n") : STR("HTTP/1.1 200 OK\r\n\r\n"));
            while (raw_send(fd, s->bytes))
                ;
        } else {
            raw_send(fd, s->bytes);
        }
        return;
    }
    raw_send(fd, STR("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
}

/* ---- asking it ---- */

struct world {
    struct raw_server *server;
    struct cancel *cancel;
    struct observer *outside;
    struct launch launch;
    struct facts *facts;
    struct arena *arena;
    struct ask q;
};

static void open_world_for(struct world *w, int timeout_ms)
{
    struct err err;

    memset(w, 0, sizeof *w);
    w->server = raw_server_start(answer, NULL);
    w->cancel = cancel_new();
    if (!observer_new(
            &(struct observer_options){.resolver = STR("127.0.0.1:9"), .timeout_ms = timeout_ms, .cancel = w->cancel},
            &w->outside, &err))
        fail_msg("%s", err.text);
    launch_empty(&w->launch, STR("shop.example"));
    w->facts = facts_new(&(struct facts_setup){
        .outside = w->outside, .launch = &w->launch, .domain = STR("shop.example"), .now_s = 1795514400});
    w->arena = arena_new(ARENA_MB(8));
    w->q = facts_ask(w->facts, w->arena);
}

static void open_world(struct world *w)
{
    open_world_for(w, LONG_MS);
}

static void close_world(struct world *w)
{
    raw_server_stop(w->server);
    facts_free(w->facts);
    arena_free(w->arena);
    observer_free(w->outside);
    cancel_free(w->cancel);
}

static struct str url_of(struct world *w, const char *path)
{
    return str_fmt(w->arena, "http://shop.example:%u%s", raw_server_port(w->server), path);
}

static const struct fact_http *get(struct world *w, const char *path)
{
    return fact_http(&w->q, &(struct http_ask){.url = url_of(w, path), .via = STR("127.0.0.1")});
}

static void answers_are_kept_whole(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    const struct fact_http *x = get(&w, "/plain");
    assert_non_null(x);
    assert_int_equal(x->status, 200);
    assert_int_equal(x->version, 11);
    assert_str(x->body, "hello");
    assert_str(x->address, "127.0.0.1");
    assert_str(http_header(x, "content-type"), "text/html");
    size_t at = 0;
    struct str value;
    assert_true(http_header_next(x, "x-two", &at, &value));
    assert_str(value, "a");
    assert_true(http_header_next(x, "x-two", &at, &value));
    assert_str(value, "b");
    assert_false(http_header_next(x, "x-two", &at, &value));
    assert_null(http_header(x, "x-three").p);
    assert_true(x->first_byte_us > 0 && x->total_us >= x->first_byte_us && x->connect_us > 0);
    assert_int_equal(x->tls_us, 0);
    x = get(&w, "/close");
    assert_non_null(x);
    assert_int_equal(x->version, 10);
    assert_str(x->body, "until the end");
    x = get(&w, "/no-reason");
    assert_non_null(x);
    assert_int_equal(x->status, 204);
    x = get(&w, "/interim");
    assert_non_null(x);
    assert_int_equal(x->status, 200);
    assert_false(http_has_header(x, "link"));
    assert_str(x->body, "ok");
    x = get(&w, "/folded");
    assert_non_null(x);
    assert_true(str_starts(http_header(x, "x-long"), STR("one")) && str_ends(http_header(x, "x-long"), STR("two")));
    x = get(&w, "/foreign");
    assert_non_null(x);
    assert_str(http_header(x, "x-bytes"), "\xff\xfe");
    assert_int_equal(x->body.n, 3);
    close_world(&w);
}

static void what_is_sent_is_what_was_asked(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    const struct fact_http *x = fact_http(&w.q, &(struct http_ask){.url = url_of(&w, "/echo?a=b%20c"),
                                                                   .via = STR("127.0.0.1"),
                                                                   .origin = STR("https://evil.example"),
                                                                   .request_id = STR("id-1"),
                                                                   .if_none_match = STR("W/\"x y%\""),
                                                                   .encoding = STR("identity"),
                                                                   .method = STR("OPTIONS")});
    assert_non_null(x);
    assert_true(str_starts(x->body, STR("OPTIONS /echo?a=b%20c HTTP/1.1\r\nHost: shop.example:")));
    assert_true(str_has(x->body, STR("Origin: https://evil.example\r\n")));
    assert_true(str_has(x->body, STR("X-Request-ID: id-1\r\n")));
    assert_true(str_has(x->body, STR("If-None-Match: W/\"x y%\"\r\n")));
    assert_true(str_has(x->body, STR("Accept-Encoding: identity\r\n")));
    assert_true(str_has(x->body, STR("User-Agent: launchready/")));
    x = fact_http(&w.q, &(struct http_ask){.url = url_of(&w, "/echo"), .via = STR("127.0.0.1"), .method = STR("POST")});
    assert_non_null(x);
    assert_true(str_starts(x->body, STR("POST /echo ")));
    assert_true(str_has(x->body, STR("Content-Length: 0\r\n")));
    assert_true(str_has(x->body, STR("gzip")));
    close_world(&w);
}

static void failures_have_their_kind(void **state)
{
    static const struct {
        const char *path;
        enum err_kind kind;
        const char *says;
    } rows[] = {
        {"/http09", ERR_PROTOCOL, "HTTP"},
        {"/garbage", ERR_PROTOCOL, "HTTP"},
        {"/nul", ERR_PROTOCOL, "HTTP"},
        {"/nothing", ERR_RESET, "without a whole answer"},
        {"/half-headers", ERR_RESET, "without a whole answer"},
        {"/silent", ERR_TIMEOUT, "sends nothing"},
        {"/drip", ERR_TIMEOUT, "0.5 s"},
        {"/endless-headers", ERR_LIMIT, "256 KiB"},
    };
    struct world w;

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        open_world_for(&w, rows[i].kind == ERR_TIMEOUT ? SHORT_MS : LONG_MS);
        struct mono start = clock_mono();
        const struct fact_http *x = get(&w, rows[i].path);
        if (x)
            fail_msg("%s: answered %d", rows[i].path, x->status);
        const struct err *why = ask_tolerate(&w.q);
        if (why->kind != rows[i].kind || !strstr(why->text, rows[i].says))
            fail_msg("%s: %s: %s (%s)", rows[i].path, err_word(why->kind), why->text, why->cause);
        assert_true(clock_since_us(start) < LONG_MS * 1000 / 2);
        close_world(&w);
    }
}

static void a_closed_port_refuses(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    struct raw_server *gone = raw_server_start(answer, NULL);
    struct str url = str_fmt(w.arena, "http://shop.example:%u/", raw_server_port(gone));
    raw_server_stop(gone);
    assert_null(fact_http(&w.q, &(struct http_ask){.url = url, .via = STR("127.0.0.1")}));
    assert_int_equal(ask_tolerate(&w.q)->kind, ERR_REFUSED);
    close_world(&w);
    open_world_for(&w, SHORT_MS);
    url = str_fmt(w.arena, "https://shop.example:%u/plain", raw_server_port(w.server));
    assert_null(fact_http(&w.q, &(struct http_ask){.url = url, .via = STR("127.0.0.1")}));
    const struct err *why = ask_tolerate(&w.q);
    if (why->kind != ERR_TIMEOUT || !strstr(why->text, "does not finish the TLS handshake"))
        fail_msg("%s: %s", err_word(why->kind), why->text);
    close_world(&w);
}

static void bodies_have_a_ceiling(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    const struct fact_http *x = get(&w, "/endless-body");
    assert_non_null(x);
    assert_true(x->body_cut);
    assert_false(x->body_broken);
    assert_int_equal(x->body.n, HTTP_MOST_BODY_BYTES);
    x = get(&w, "/bomb");
    assert_non_null(x);
    assert_true(x->body_broken);
    assert_str(x->encoding, "gzip");
    assert_true(x->body.n <= HTTP_MOST_BODY_BYTES);
    assert_true(x->wire_bytes < 128 * 1024);
    x = get(&w, "/broken-gzip");
    assert_non_null(x);
    assert_int_equal(x->status, 200);
    assert_true(x->body_broken);
    assert_str(http_header(x, "x-kept"), "yes");
    x = get(&w, "/strange-coding");
    assert_non_null(x);
    assert_true(x->body_broken);
    assert_str(http_header(x, "x-kept"), "yes");
    x = get(&w, "/half-body");
    assert_non_null(x);
    assert_int_equal(x->body_end, ERR_RESET);
    assert_str(x->body, "only this");
    close_world(&w);
    open_world_for(&w, SHORT_MS);
    x = get(&w, "/drip-body");
    assert_non_null(x);
    assert_int_equal(x->body_end, ERR_TIMEOUT);
    close_world(&w);
}

static void private_addresses_are_not_asked(void **state)
{
    struct launch_host own = {.name = STR("127.0.0.1")};
    struct world w;

    (void)state;
    open_world(&w);
    struct str url = str_fmt(w.arena, "http://127.0.0.1:%u/plain", raw_server_port(w.server));
    assert_null(fact_get(&w.q, url));
    assert_int_equal(ask_tolerate(&w.q)->kind, ERR_BLOCKED);
    assert_int_equal(raw_server_count(w.server), 0);
    assert_null(fact_get(&w.q, STR("file:///etc/passwd")));
    assert_int_equal(ask_tolerate(&w.q)->kind, ERR_BLOCKED);
    w.launch.hosts = &own;
    w.launch.n_hosts = 1;
    const struct fact_http *x = fact_http(&w.q, &(struct http_ask){.url = url, .sample = 1});
    assert_non_null(x);
    assert_int_equal(x->status, 200);
    close_world(&w);
}

static void *cancel_soon(void *arg)
{
    usleep(100 * 1000);
    cancel_now(arg);
    return NULL;
}

static void interruption_is_prompt(void **state)
{
    struct world w;
    pthread_t thread;

    (void)state;
    open_world(&w);
    struct mono start = clock_mono();
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, w.cancel), 0);
    assert_null(get(&w, "/silent"));
    assert_int_equal(ask_tolerate(&w.q)->kind, ERR_CANCELLED);
    assert_true(clock_since_us(start) < LONG_MS * 1000 / 4);
    pthread_join(thread, NULL);
    close_world(&w);
}

static void recorded_answers_come_back(void **state)
{
    struct world w;
    static const char *const paths[] = {"/plain", "/foreign", "/half-body", "/broken-gzip"};

    (void)state;
    open_world(&w);
    for (size_t i = 0; i < N_OF(paths); i++) {
        const struct fact_http *x = get(&w, paths[i]);
        struct fact_http back = {0};
        assert_non_null(x);
        struct json_t *saved = http_kind.save(x);
        char *text = json_dumps(saved, JSON_COMPACT);
        assert_non_null(text);
        json_t *read = json_loads(text, JSON_ALLOW_NUL, NULL);
        assert_true(http_kind.load(read, w.arena, &back));
        assert_true(str_eq(back.body, x->body));
        assert_true(str_eq(back.url, x->url));
        assert_int_equal(back.status, x->status);
        assert_int_equal(back.n_headers, x->n_headers);
        for (size_t h = 0; h < x->n_headers; h++)
            assert_true(str_eq(back.headers[h].value, x->headers[h].value));
        assert_int_equal(back.body_end, x->body_end);
        assert_int_equal(back.body_broken, x->body_broken);
        assert_int_equal(back.total_us, x->total_us);
        free(text);
        json_decref(read);
        json_decref(saved);
    }
    close_world(&w);
}

static void keys_say_what_is_not_default(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    assert_str(http_key(arena, &(struct http_ask){.url = STR("https://shop.example/")}), "GET https://shop.example/");
    assert_str(http_key(arena, &(struct http_ask){.method = STR("HEAD"),
                                                  .url = STR("https://shop.example/\xc3\xa9 x"),
                                                  .via = STR("4"),
                                                  .encoding = STR("identity"),
                                                  .sample = 2,
                                                  .insecure = true}),
               "HEAD https://shop.example/%C3%A9%20x via=4 encoding=identity sample=2 insecure");
    arena_free(arena);
}

/* A redirect needs names: here the declared host is an address. */
static void routes_end_where_they_should(void **state)
{
    static const struct {
        const char *path;
        enum route_end end;
        size_t n_hops, n_moves;
        const char *last;
    } rows[] = {
        {"/plain", ROUTE_PAGE, 1, 0, "/plain"},
        {"/relative/a", ROUTE_PAGE, 2, 1, "/plain?x=1"},
        {"/self", ROUTE_LOOP, 1, 1, "/self"},
        {"/file", ROUTE_BAD_SCHEME, 1, 1, "file:/etc/passwd"},
        {"/script", ROUTE_BAD_SCHEME, 1, 1, "javascript:alert(1)"},
        {"/private", ROUTE_PRIVATE, 1, 1, "http://10.0.0.7/admin"},
        {"/localhost", ROUTE_PRIVATE, 1, 1, "http://localhost:3000/"},
        {"/nowhere", ROUTE_NO_LOCATION, 1, 0, "/nowhere"},
        {"/nothing", ROUTE_FAILED, 1, 0, "/nothing"},
    };
    struct launch_host own = {.name = STR("127.0.0.1")};
    struct world w;

    (void)state;
    open_world(&w);
    w.launch.hosts = &own;
    w.launch.n_hosts = 1;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct str url = str_fmt(w.arena, "http://127.0.0.1:%u%s", raw_server_port(w.server), rows[i].path);
        const struct fact_route *r = fact_route(&w.q, url, STR_NONE);
        assert_non_null(r);
        if (r->end != rows[i].end || r->n_hops != rows[i].n_hops || r->n_moves != rows[i].n_moves ||
            !str_ends(r->final_url, str_of(rows[i].last)))
            fail_msg("%s: end %d, %zu hops, %zu moves, at %.*s", rows[i].path, (int)r->end, r->n_hops, r->n_moves,
                     STR_ARG(r->final_url));
    }
    assert_int_equal(w.q.n_unseen, 0);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_kept_whole),       cmocka_unit_test(what_is_sent_is_what_was_asked),
        cmocka_unit_test(failures_have_their_kind),     cmocka_unit_test(a_closed_port_refuses),
        cmocka_unit_test(bodies_have_a_ceiling),        cmocka_unit_test(private_addresses_are_not_asked),
        cmocka_unit_test(interruption_is_prompt),       cmocka_unit_test(recorded_answers_come_back),
        cmocka_unit_test(keys_say_what_is_not_default), cmocka_unit_test(routes_end_where_they_should),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
