/* One HTTP exchange through libcurl: our address, our limits, our deadline, nothing followed. */
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "core/url.h"
#include "facts/http_inside.h"
#include "facts/observer.h"

#define USER_AGENT    "launchready/" LAUNCHREADY_VERSION " (+audit)"
#define BOMB_RATIO    100u /* decoded over transferred, once HTTP_MOST_BODY_BYTES are passed; text reaches about 20 */
#define RECEIVE_BYTES (16L * 1024)
#define SLICE_MS      1000

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready = CURLE_FAILED_INIT;

static void start_curl(void)
{
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t take_header(char *p, size_t size, size_t n, void *arg)
{
    struct http_transfer *t = arg;

    return http_reader_line(&t->head, str_n(p, size * n)) ? size * n : 0;
}

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    struct http_transfer *t = arg;
    size_t room = HTTP_MOST_BODY_BYTES - t->body.n, bytes = size * n;

    if (bytes > room) {
        t->cut = true;
        buf_add(&t->body, str_n(p, room));
        return 0;
    }
    return buf_add(&t->body, str_n(p, bytes)) ? bytes : 0;
}

void http_transfer_free(struct http_transfer *t)
{
    curl_easy_cleanup(t->curl);
    curl_multi_cleanup(t->multi);
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->connect_to);
    http_reader_free(&t->head);
    buf_free(&t->body);
}

static bool add_line(struct arena *arena, struct curl_slist **list, const char *name, struct str value)
{
    struct curl_slist *longer;

    if (value.n == 0)
        return true;
    longer = curl_slist_append(*list, str_fmt(arena, "%s%.*s", name, STR_ARG(value)).p);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static bool set_method(CURL *c, struct arena *arena, struct str method)
{
    if (str_eq(method, STR("HEAD")))
        return curl_easy_setopt(c, CURLOPT_NOBODY, 1L) == CURLE_OK;
    if (str_eq(method, STR("POST")))
        return curl_easy_setopt(c, CURLOPT_POSTFIELDS, "") == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, 0L) == CURLE_OK;
    if (str_eq(method, STR("GET")))
        return true;
    return curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, str_cstr(arena, method)) == CURLE_OK;
}

#define SET(option, value) (ok = ok && curl_easy_setopt(c, option, value) == CURLE_OK)

static bool set_request(struct http_transfer *t, struct arena *arena, const struct http_ask *ask, const struct ip *ip)
{
    CURL *c = t->curl;
    struct str address = ip_text(arena, ip);
    bool ok = set_method(c, arena, ask->method) && add_line(arena, &t->headers, "Origin: ", ask->origin) &&
              add_line(arena, &t->headers, "X-Request-ID: ", ask->request_id) &&
              add_line(arena, &t->headers, "If-None-Match: ", ask->if_none_match) &&
              add_line(arena, &t->connect_to, "::", str_fmt(arena, ip->is_v6 ? "[%.*s]:" : "%.*s:", STR_ARG(address)));

    SET(CURLOPT_URL, str_cstr(arena, ask->url));
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_HTTPHEADER, t->headers);
    SET(CURLOPT_CONNECT_TO, t->connect_to);
    SET(CURLOPT_ACCEPT_ENCODING, ask->encoding.n ? str_cstr(arena, ask->encoding) : "");
    SET(CURLOPT_USERAGENT, USER_AGENT);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    return ok;
}

static bool set_limits(struct http_transfer *t, const struct observer *outside)
{
    CURL *c = t->curl;
    bool ok = true;

    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)observer_timeout_ms(outside));
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)observer_timeout_ms(outside));
    SET(CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_ERRORBUFFER, t->error_text);
    return ok && http_trust_set(c, &t->trust);
}

static bool finished(CURLM *multi, CURLcode *ret)
{
    int left;
    CURLMsg *m;

    while ((m = curl_multi_info_read(multi, &left)))
        if (m->msg == CURLMSG_DONE) {
            *ret = m->data.result;
            return true;
        }
    return false;
}

/* Drives the transfer to its end, or to the user's. */
static bool drive(struct http_transfer *t, const struct observer *outside, CURLcode *ret, struct err *reterr)
{
    struct curl_waitfd cancel = {.fd = observer_cancel_fd(outside), .events = CURL_WAIT_POLLIN};
    int running = 1;

    for (;;) {
        CURLMcode m = curl_multi_perform(t->multi, &running);
        if (m != CURLM_OK)
            return err_set(reterr, ERR_SYSTEM, "libcurl: %s", curl_multi_strerror(m));
        if (finished(t->multi, ret))
            return true;
        if (!running)
            return err_set(reterr, ERR_SYSTEM, "libcurl ended without a result");
        if (curl_multi_poll(t->multi, &cancel, cancel.fd >= 0 ? 1 : 0, SLICE_MS, NULL) != CURLM_OK)
            return err_set(reterr, ERR_SYSTEM, "libcurl cannot wait");
        if (observer_cancelled(outside))
            return err_set(reterr, ERR_CANCELLED, "interrupted");
    }
}

static int64_t time_of(CURL *c, CURLINFO info)
{
    curl_off_t us = 0;

    return curl_easy_getinfo(c, info, &us) == CURLE_OK ? us : 0;
}

static long long_of(CURL *c, CURLINFO info)
{
    long v = 0;

    return curl_easy_getinfo(c, info, &v) == CURLE_OK ? v : 0;
}

static bool explain_connect(struct http_transfer *t, const char *where, struct err *reterr)
{
    long error = long_of(t->curl, CURLINFO_OS_ERRNO);

    switch (error) {
    case ECONNREFUSED: err_set(reterr, ERR_REFUSED, "%s refuses connections", where); break;
    case ETIMEDOUT: err_set(reterr, ERR_TIMEOUT, "%s: no connection in time", where); break;
    case ECONNRESET:
    case ECONNABORTED: err_set(reterr, ERR_RESET, "%s breaks the connection off", where); break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EACCES: /* a firewall on this machine */
    case EPERM: err_set(reterr, ERR_NO_ROUTE, "this machine has no route to %s", where); break;
    default: err_set(reterr, ERR_RESET, "no connection to %s", where);
    }
    return err_because(reterr, "%s", error ? strerror((int)error) : t->error_text);
}

static bool explain_timeout(struct http_transfer *t, const char *where, bool tls, int timeout_ms, struct err *reterr)
{
    double s = timeout_ms / 1000.0;

    if (long_of(t->curl, CURLINFO_LOCAL_PORT) == 0) /* the connect time is told only once TLS stands */
        return err_set(reterr, ERR_TIMEOUT, "%s does not accept a connection within %g s", where, s);
    if (tls && time_of(t->curl, CURLINFO_APPCONNECT_TIME_T) == 0)
        return err_set(reterr, ERR_TIMEOUT, "%s accepts the connection but does not finish the TLS handshake in %g s",
                       where, s);
    if (t->head.total_bytes == 0)
        return err_set(reterr, ERR_TIMEOUT, "%s accepts the connection but sends nothing for %g s", where, s);
    return err_set(reterr, ERR_TIMEOUT, "%s had not sent its whole header section after %g s", where, s);
}

static bool explain(struct http_transfer *t, CURLcode code, struct str host, const char *where, bool tls,
                    int timeout_ms, struct err *reterr)
{
    char said[CURL_ERROR_SIZE];

    text_make_safe(str_of(t->error_text[0] ? t->error_text : curl_easy_strerror(code)), said, sizeof said);
    if (t->head.over)
        return err_set(reterr, ERR_LIMIT, "%s sends more than %u KiB of headers", where, HTTP_MOST_HEADER_BYTES / 1024);
    switch (code) {
    case CURLE_COULDNT_CONNECT: return explain_connect(t, where, reterr);
    case CURLE_OPERATION_TIMEDOUT: return explain_timeout(t, where, tls, timeout_ms, reterr);
    case CURLE_GOT_NOTHING: return err_set(reterr, ERR_RESET, "%s closes the connection without a whole answer", where);
    case CURLE_PEER_FAILED_VERIFICATION: return http_trust_explain(&t->trust, host, said, reterr);
    case CURLE_SSL_CONNECT_ERROR:
        if (t->trust.error)
            return http_trust_explain(&t->trust, host, said, reterr);
        if (long_of(t->curl, CURLINFO_OS_ERRNO) == ECONNRESET || strstr(said, "SYSCALL") ||
            strstr(said, "eset by peer"))
            err_set(reterr, ERR_RESET, "%s breaks the connection off during the TLS handshake", where);
        else
            err_set(reterr, ERR_TLS, "%s: no TLS handshake for %.*s", where, STR_ARG(str_first(host, 200)));
        break;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
        err_set(reterr, ERR_TLS, "%s: no TLS handshake for %.*s", where, STR_ARG(str_first(host, 200)));
        break;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        err_set(reterr, ERR_RESET, "%s breaks the connection off without a whole answer", where);
        break;
    case CURLE_OUT_OF_MEMORY: err_set(reterr, ERR_LIMIT, "%s sends a header that is too long", where); break;
    case CURLE_URL_MALFORMAT: err_set(reterr, ERR_PARSE, "the URL cannot be asked for"); break;
    default: err_set(reterr, ERR_PROTOCOL, "%s does not answer in HTTP", where);
    }
    return err_because(reterr, "%s", said);
}

/* How the body ended, when the headers are whole. */
static void judge_body(const struct http_transfer *t, CURLcode code, struct fact_http *ret)
{
    ret->body_cut = t->cut;
    if (t->cut && ret->encoding.n && ret->wire_bytes * BOMB_RATIO < ret->body.n)
        ret->body_broken = true;
    if (code == CURLE_OK || t->cut)
        return;
    if (code == CURLE_BAD_CONTENT_ENCODING || code == CURLE_WRITE_ERROR)
        ret->body_broken = true;
    else
        ret->body_end = code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_RESET;
}

static int version_of(CURL *c)
{
    switch (long_of(c, CURLINFO_HTTP_VERSION)) {
    case CURL_HTTP_VERSION_1_0: return 10;
    case CURL_HTTP_VERSION_2_0: return 20;
    case CURL_HTTP_VERSION_3: return 30;
    default: return 11;
    }
}

static bool keep(struct http_transfer *t, struct arena *arena, CURLcode code, struct fact_http *ret, struct err *reterr)
{
    CURL *c = t->curl;
    curl_off_t wire = 0;

    if (!http_headers_read(arena, buf_str(&t->head.raw), &ret->headers, &ret->n_headers, reterr))
        return false;
    curl_easy_getinfo(c, CURLINFO_SIZE_DOWNLOAD_T, &wire);
    ret->status = t->head.status;
    ret->version = version_of(c);
    ret->body = str_dup(arena, buf_str(&t->body));
    ret->wire_bytes = wire > 0 ? (uint64_t)wire : 0;
    struct str encoding = http_header(ret, "content-encoding");
    ret->encoding = encoding.p ? str_lower(arena, encoding) : STR_NONE;
    ret->connect_us = time_of(c, CURLINFO_CONNECT_TIME_T);
    ret->tls_us = time_of(c, CURLINFO_APPCONNECT_TIME_T);
    ret->first_byte_us = time_of(c, CURLINFO_STARTTRANSFER_TIME_T);
    ret->total_us = time_of(c, CURLINFO_TOTAL_TIME_T);
    judge_body(t, code, ret);
    return true;
}

bool http_transfer_open(struct http_transfer *t, void *multi, const struct observer *outside, struct arena *arena,
                        const struct http_ask *ask, const struct ip *ip, struct err *reterr)
{
    *t = (struct http_transfer){.multi = multi, .trust = {.store = observer_trust(outside), .insecure = ask->insecure}};
    http_reader_init(&t->head);
    buf_init(&t->body, HTTP_MOST_BODY_BYTES + 1);
    pthread_once(&curl_once, start_curl);
    if (curl_ready != CURLE_OK)
        return err_set(reterr, ERR_SYSTEM, "libcurl does not start: %s", curl_easy_strerror(curl_ready));
    t->curl = curl_easy_init();
    if (!t->multi)
        t->multi = curl_multi_init();
    if (!t->curl || !t->multi || !set_request(t, arena, ask, ip) || !set_limits(t, outside))
        return err_set(reterr, ERR_SYSTEM, "libcurl cannot be set up for this request");
    return true;
}

bool http_transfer_run(struct http_transfer *t, const struct observer *outside, struct arena *arena,
                       const struct url *url, const struct ip *ip, struct fact_http *ret, struct err *reterr)
{
    const char *where = str_fmt(arena, "%.*s port %u", STR_ARG(ip_text(arena, ip)), url->port).p;
    bool tls = str_eq(url->scheme, STR("https"));
    CURLcode code = CURLE_OK;

    http_reader_free(&t->head);
    http_reader_init(&t->head);
    t->body.n = 0;
    t->cut = false;
    t->error_text[0] = '\0';
    if (curl_multi_add_handle(t->multi, t->curl) != CURLM_OK)
        return err_set(reterr, ERR_SYSTEM, "libcurl cannot be set up for this request");
    ret->at_s = clock_wall_s();
    ret->address = ip_text(arena, ip);
    bool ok = drive(t, outside, &code, reterr);
    if (ok)
        ok = t->head.complete ? keep(t, arena, code, ret, reterr)
                              : explain(t, code == CURLE_OK ? CURLE_GOT_NOTHING : code, url->host, where, tls,
                                        observer_timeout_ms(outside), reterr);
    curl_multi_remove_handle(t->multi, t->curl);
    t->broken = !ok || code != CURLE_OK;
    return ok;
}

bool http_exchange(const struct observer *outside, struct arena *arena, const struct http_ask *ask,
                   const struct url *url, const struct ip *ip, struct fact_http *ret, struct err *reterr)
{
    struct http_transfer t;
    struct str address = ip_text(arena, ip);
    const char *place = str_fmt(arena, "%.*s %.*s %u %.*s%s", STR_ARG(url->scheme), STR_ARG(url->host), url->port,
                                STR_ARG(address), ask->insecure ? " insecure" : "")
                            .p;

    if (!observer_enter(outside, address, reterr))
        return false;
    bool ok = http_transfer_open(&t, http_idle_take(outside, place), outside, arena, ask, ip, reterr) &&
              http_transfer_run(&t, outside, arena, url, ip, ret, reterr);
    if (ok && !t.broken) {
        http_idle_give(outside, place, t.multi);
        t.multi = NULL;
    }
    http_transfer_free(&t);
    observer_leave(outside, address);
    return ok;
}
