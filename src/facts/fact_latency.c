#include "facts/fact_latency.h"

#include <curl/curl.h>
#include <jansson.h>

#include "core/clock.h"
#include "core/url.h"
#include "facts/http_inside.h"
#include "facts/observer.h"

static struct str latency_key(struct arena *arena, struct str url, unsigned n)
{
    return str_fmt(arena, "%.*s n=%u", STR_ARG(url), n);
}

static bool read_key(struct str key, struct str *ret_url, size_t *ret_n)
{
    struct str rest = key;
    uint64_t n;

    *ret_url = str_cut(&rest, ' ');
    if (!rest.p || !str_starts(rest, STR("n=")) || !str_to_u64(str_from(rest, 2), LATENCY_MOST_SAMPLES, &n) || n == 0)
        return false;
    *ret_n = (size_t)n;
    return true;
}

static int64_t info(void *curl, CURLINFO what)
{
    curl_off_t us = 0;

    return curl_easy_getinfo(curl, what, &us) == CURLE_OK ? us : 0;
}

/* One exchange, timed from the request on. Its bytes go to a scratch arena. */
static bool sample(struct http_transfer *t, const struct observer *outside, const struct url *url, const struct ip *ip,
                   struct latency_sample *ret, struct fact_latency *l, struct err *reterr)
{
    struct arena *scratch = arena_new(8u * 1024 * 1024);
    struct fact_http x = {0};
    long fresh = 0;
    bool ok = http_transfer_run(t, outside, scratch, url, ip, &x, reterr);

    if (ok) {
        int64_t sent_us = info(t->curl, CURLINFO_PRETRANSFER_TIME_T);
        curl_easy_getinfo(t->curl, CURLINFO_NUM_CONNECTS, &fresh);
        *ret = (struct latency_sample){x.status, x.first_byte_us - sent_us, x.total_us - sent_us, fresh == 0};
        l->n_connections += fresh > 0;
        l->version = x.version;
        if (fresh > 0 && l->connect_us == 0) {
            l->connect_us = x.connect_us;
            l->tls_us = x.tls_us > x.connect_us ? x.tls_us - x.connect_us : 0;
        }
    }
    arena_free(scratch);
    return ok;
}

static bool take_samples(struct http_transfer *t, const struct observer *outside, const struct url *url,
                         const struct ip *ip, size_t n, struct fact_latency *ret, struct err *reterr)
{
    struct mono deadline = clock_in_ms(observer_timeout_ms(outside));
    struct latency_sample s;

    for (size_t i = 0; i <= n && !ret->told_to_stop; i++) {
        if (i > 1 && clock_left_ms(deadline) == 0)
            break;
        if (!sample(t, outside, url, ip, &s, ret, reterr))
            return i > 1 && reterr->kind != ERR_CANCELLED; /* what was measured stays measured */
        ret->n_asked++;
        ret->told_to_stop = s.status == 429 || s.status == 503;
        if (i > 0) /* the first one warms up */
            ret->v[ret->n++] = s;
    }
    return true;
}

static bool look_latency(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_latency *l = ret;
    struct http_places places = {.n = 0};
    struct http_transfer t;
    struct http_ask ask = {.method = STR("GET")};
    struct url url;
    size_t n = 0;

    if (!read_key(key, &ask.url, &n))
        return err_set(reterr, ERR_USAGE, "samples are not asked for like this");
    if (!url_parse(q->arena, ask.url, &url, reterr) || !http_places_find(q, &ask, &url, &places, reterr))
        return false;
    l->url = ask.url = url_text(q->arena, &url);
    l->address = ip_text(q->arena, &places.v[0]);
    l->at_s = clock_wall_s();
    l->v = arena_array(q->arena, n + 1, sizeof *l->v);
    if (!observer_enter(outside, l->address, reterr))
        return false;
    bool ok = http_transfer_open(&t, NULL, outside, q->arena, &ask, &places.v[0], reterr) &&
              take_samples(&t, outside, &url, &places.v[0], n, l, reterr);
    http_transfer_free(&t);
    observer_leave(outside, l->address);
    return ok;
}

static json_t *save_latency(const void *fact)
{
    const struct fact_latency *l = fact;
    json_t *samples = json_array();

    for (size_t i = 0; i < l->n; i++)
        json_array_append_new(samples, json_pack("[i, I, I, b]", l->v[i].status, (json_int_t)l->v[i].wait_us,
                                                 (json_int_t)l->v[i].total_us, (int)l->v[i].reused));
    return json_pack("{s:s%, s:s%, s:I, s:I, s:i, s:o, s:I, s:I, s:b, s:I}", "url", l->url.p, l->url.n, "address",
                     l->address.p, l->address.n, "connect_us", (json_int_t)l->connect_us, "tls_us",
                     (json_int_t)l->tls_us, "version", l->version, "samples", samples, "n_asked",
                     (json_int_t)l->n_asked, "n_connections", (json_int_t)l->n_connections, "told_to_stop",
                     (int)l->told_to_stop, "at_s", (json_int_t)l->at_s);
}

static bool load_latency(const json_t *json, struct arena *arena, void *ret)
{
    struct fact_latency *l = ret;
    json_t *from = (json_t *)(uintptr_t)json, *samples = NULL;
    json_int_t connect, tls, asked, connections, at;
    const char *url, *address;
    int stop;

    if (json_unpack(from, "{s:s, s:s, s:I, s:I, s:i, s:o, s:I, s:I, s:b, s:I}", "url", &url, "address", &address,
                    "connect_us", &connect, "tls_us", &tls, "version", &l->version, "samples", &samples, "n_asked",
                    &asked, "n_connections", &connections, "told_to_stop", &stop, "at_s", &at) != 0 ||
        !json_is_array(samples) || json_array_size(samples) > LATENCY_MOST_SAMPLES || asked < 0 || connections < 0)
        return false;
    l->url = str_dup(arena, str_of(url));
    l->address = str_dup(arena, str_of(address));
    l->connect_us = connect;
    l->tls_us = tls;
    l->n_asked = (size_t)asked;
    l->n_connections = (size_t)connections;
    l->told_to_stop = stop;
    l->at_s = at;
    l->n = json_array_size(samples);
    l->v = arena_array(arena, l->n + 1, sizeof *l->v);
    for (size_t i = 0; i < l->n; i++) {
        json_int_t wait, total;
        int reused;
        if (json_unpack(json_array_get(samples, i), "[i, I, I, b]", &l->v[i].status, &wait, &total, &reused) != 0)
            return false;
        l->v[i] = (struct latency_sample){l->v[i].status, wait, total, reused != 0};
    }
    return true;
}

const struct fact_kind latency_kind = {.name = "latency",
                                       .rank = 21,
                                       .size = sizeof(struct fact_latency),
                                       .look = look_latency,
                                       .save = save_latency,
                                       .load = load_latency};

const struct fact_latency *fact_latency(struct ask *q, struct str url, unsigned n)
{
    return facts_get(q, &latency_kind, latency_key(q->arena, url, n));
}

void fact_latency_want(struct ask *q, struct str url, unsigned n)
{
    facts_want(q, &latency_kind, latency_key(q->arena, url, n));
}
