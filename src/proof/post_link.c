#include "proof/post_link.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "core/arena.h"
#include "core/ip.h"
#include "core/text.h"
#include "core/url.h"
#include "facts/fact_dns.h"
#include "facts/observer.h"
#include "launch/name.h"

#define WORDS_MOST_BYTES 300u
#define ADDRESSES_MOST   8u
#define SLICE_MS         1000

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready = CURLE_FAILED_INIT;

static void start_curl(void)
{
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- where ---- */

bool post_account_read(struct arena *arena, const char *protocol, const char *field, struct str text,
                       struct post_account *ret, struct err *reterr)
{
    bool is_smtp = strcmp(protocol, "smtp") == 0;
    struct url url;
    struct ip ip;

    if (!url_parse(arena, text, &url, NULL) || !str_starts(url.scheme, str_of(protocol)) || !url.host.n)
        return err_set(reterr, ERR_USAGE, "%s must be %ss://HOST or %s://HOST", field, protocol, protocol);
    struct str tail = str_from(url.scheme, strlen(protocol));
    if (tail.n && !str_eq(tail, STR("s")))
        return err_set(reterr, ERR_USAGE, "%s must be %ss://HOST or %s://HOST", field, protocol, protocol);
    if (url.userinfo.n)
        return err_set(reterr, ERR_USAGE, "%s must not hold a user or password: they have keys of their own", field);
    if (!ip_parse(url.host, &ip) && !name_normalise(arena, url.host, &url.host, reterr))
        return err_at(reterr, "%s", field);
    ret->scheme = url.scheme;
    ret->host = url.host;
    ret->implicit_tls = tail.n > 0;
    ret->port = url.port ? url.port : is_smtp ? (tail.n ? 465 : 587) : (tail.n ? 993 : 143);
    return true;
}

const char *post_account_place(struct arena *arena, const struct post_account *account)
{
    return str_fmt(arena, "%.*s port %u", STR_ARG(account->host), account->port).p;
}

/* ---- what is said ---- */

static int hear(CURL *curl, curl_infotype type, char *data, size_t n, void *arg)
{
    struct post_words *words = arg;

    (void)curl;
    if (type == CURLINFO_HEADER_OUT)
        post_words_said(words, str_n(data, n));
    else if (type == CURLINFO_HEADER_IN)
        post_words_heard(words, str_n(data, n));
    return 0;
}

struct str post_link_words(struct post_link *link)
{
    struct str safe = text_safe(link->arena, buf_str(&link->words.reply));

    return text_shorten(link->arena, safe, WORDS_MOST_BYTES);
}

/* ---- the connection ---- */

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    struct post_link *link = arg;

    return buf_add(&link->body, str_n(p, size * n)) ? size * n : 0;
}

/* curl asks no resolver of its own: ours is the one that --resolver names. */
static bool find_addresses(struct post_link *link, struct ask *q, struct err *reterr)
{
    struct ip ip;
    struct str host = link->account->host;

    if (ip_parse(host, &ip))
        return true;
    const struct fact_addresses *a = fact_addresses(q, host);
    if (!a)
        return ask_failed(q, reterr);
    if (!a->n_v)
        return err_set(reterr, ERR_NO_NAME, "%.*s does not exist, or has no address", STR_ARG(host));
    struct buf line;
    buf_init(&line, 4096);
    buf_fmt(&line, "%.*s:%u:", STR_ARG(host), link->account->port);
    for (size_t i = 0; i < a->n_v && i < ADDRESSES_MOST; i++)
        buf_fmt(&line, a->v[i].is_v6 ? "%s[%.*s]" : "%s%.*s", i ? "," : "", STR_ARG(a->v[i].ip));
    link->resolve = curl_slist_append(NULL, str_cstr(link->arena, buf_str(&line)));
    buf_free(&line);
    return link->resolve || err_set(reterr, ERR_SYSTEM, "no memory for an address");
}

/* A server may look at the whole message before it answers (RFC 5321 section 4.5.3.2.6 allows it ten minutes). */
static long answer_ms(const struct post_link *link)
{
    long timeout_ms = observer_timeout_ms(link->outside);

    return str_starts(link->account->scheme, STR("smtp")) ? 3 * timeout_ms : timeout_ms;
}

static bool set_up(struct post_link *link)
{
    CURL *c = link->curl;
    const struct post_account *a = link->account;
    long timeout_ms = observer_timeout_ms(link->outside);
    bool ok = true;

#define SET(option, value) (ok = ok && curl_easy_setopt(c, option, value) == CURLE_OK)
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps,imap,imaps");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_RESOLVE, link->resolve);
    SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL); /* no TLS, no password */
    SET(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (answer_ms(link) + 999) / 1000);
    SET(CURLOPT_TIMEOUT_MS, 4 * answer_ms(link)); /* greeting, TLS, log-in and message are answers of their own */
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, link);
    SET(CURLOPT_ERRORBUFFER, link->error_text);
    SET(CURLOPT_VERBOSE, 1L);
    SET(CURLOPT_DEBUGFUNCTION, hear);
    SET(CURLOPT_DEBUGDATA, &link->words);
    if (a->user.n) {
        SET(CURLOPT_USERNAME, str_cstr(link->arena, a->user));
        SET(CURLOPT_PASSWORD, str_cstr(link->arena, secret_reveal(&a->password)));
    }
#undef SET
    return ok && http_trust_set(c, &link->trust);
}

bool post_link_open(struct post_link *link, struct ask *q, const struct observer *outside,
                    const struct post_account *account, struct err *reterr)
{
    *link = (struct post_link){
        .outside = outside, .arena = q->arena, .account = account, .trust = {.store = observer_trust(outside)}};
    buf_init(&link->body, POST_MOST_BYTES);
    post_words_init(&link->words, str_starts(account->scheme, STR("smtp")));
    if (observer_offline(outside))
        return err_set(reterr, ERR_OFFLINE, "a test send needs the network, and --offline forbids it");
    pthread_once(&curl_once, start_curl);
    if (curl_ready != CURLE_OK)
        return err_set(reterr, ERR_SYSTEM, "libcurl does not start: %s", curl_easy_strerror(curl_ready));
    link->curl = curl_easy_init();
    link->multi = curl_multi_init();
    if (!find_addresses(link, q, reterr))
        return false;
    if (!link->curl || !link->multi || !set_up(link))
        return err_set(reterr, ERR_SYSTEM, "libcurl cannot be set up for %s", post_account_place(link->arena, account));
    return true;
}

void post_link_close(struct post_link *link)
{
    curl_easy_cleanup(link->curl);
    curl_multi_cleanup(link->multi);
    curl_slist_free_all(link->resolve);
    buf_free(&link->body);
    post_words_free(&link->words);
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

static bool drive(struct post_link *link, CURLcode *ret, struct err *reterr)
{
    struct curl_waitfd cancel = {.fd = observer_cancel_fd(link->outside), .events = CURL_WAIT_POLLIN};
    int running = 1;

    for (;;) {
        if (curl_multi_perform(link->multi, &running) != CURLM_OK)
            return err_set(reterr, ERR_SYSTEM, "libcurl cannot go on");
        if (finished(link->multi, ret))
            return true;
        if (!running)
            return err_set(reterr, ERR_SYSTEM, "libcurl ended without a result");
        if (curl_multi_poll(link->multi, &cancel, cancel.fd >= 0 ? 1 : 0, SLICE_MS, NULL) != CURLM_OK)
            return err_set(reterr, ERR_SYSTEM, "libcurl cannot wait");
        if (observer_cancelled(link->outside))
            return err_set(reterr, ERR_CANCELLED, "interrupted");
    }
}

bool post_link_run(struct post_link *link, const char *url, int *ret_curl_code, struct err *reterr)
{
    CURLcode code = CURLE_OK;

    link->body.n = 0;
    link->body.full = false;
    post_words_begin(&link->words);
    link->error_text[0] = '\0';
    if (curl_easy_setopt(link->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_multi_add_handle(link->multi, link->curl) != CURLM_OK)
        return err_set(reterr, ERR_SYSTEM, "libcurl cannot be set up for this transfer");
    bool ok = drive(link, &code, reterr);
    curl_multi_remove_handle(link->multi, link->curl);
    *ret_curl_code = (int)code;
    return ok;
}

/* ---- what went wrong ---- */

static bool explain_connect(struct post_link *link, const char *place, struct err *reterr)
{
    long error = 0;

    curl_easy_getinfo(link->curl, CURLINFO_OS_ERRNO, &error);
    switch (error) {
    case ECONNREFUSED: return err_set(reterr, ERR_REFUSED, "%s refuses connections", place);
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
    case EPERM: return err_set(reterr, ERR_NO_ROUTE, "this machine has no route to %s", place);
    default:
        err_set(reterr, ERR_RESET, "no connection to %s", place);
        return err_because(reterr, "%s", error ? strerror((int)error) : link->error_text);
    }
}

static bool explain_timeout(struct post_link *link, const char *place, struct err *reterr)
{
    double s = observer_timeout_ms(link->outside) / 1000.0; /* up to and with the log-in */
    long port = 0;

    curl_easy_getinfo(link->curl, CURLINFO_LOCAL_PORT, &port); /* the connect time is told only once TLS stands */
    if (strcmp(link->words.command, "DATA") == 0)
        return err_set(reterr, ERR_TIMEOUT,
                       "%s does not say within %g s whether it took the message: it may come all the same", place,
                       (double)answer_ms(link) / 1000);
    if (port == 0)
        err_set(reterr, ERR_TIMEOUT, "%s does not accept a connection within %g s", place, s);
    else if (!link->words.command[0])
        err_set(reterr, ERR_TIMEOUT, "%s accepts the connection but does not greet within %g s", place, s);
    else
        err_set(reterr, ERR_TIMEOUT, "%s does not answer %s in time", place, link->words.command);
    return err_because(reterr, "many networks block mail ports; try from another one, or a longer --timeout");
}

static bool explain_login(struct post_link *link, const char *place, struct err *reterr)
{
    struct str words = post_link_words(link);

    if (strcmp(link->words.command, "EHLO") == 0 || strcmp(link->words.command, "CAPABILITY") == 0)
        return err_set(reterr, ERR_REFUSED, "%s offers no way to log in that is known here", place);
    return err_set(reterr, ERR_REFUSED, "%s refuses to log in %.*s: \"%.*s\"", place,
                   STR_ARG(text_safe(link->arena, str_first(link->account->user, 80))),
                   STR_ARG(str_first(words, words.n < 160 ? words.n : 160)));
}

bool post_link_explain(struct post_link *link, int curl_code, const char **ret_problem, struct err *reterr)
{
    const char *place = post_account_place(link->arena, link->account);
    char said[CURL_ERROR_SIZE];

    text_make_safe(str_of(link->error_text[0] ? link->error_text : curl_easy_strerror((CURLcode)curl_code)), said,
                   sizeof said);
    if (link->trust.error || curl_code == CURLE_PEER_FAILED_VERIFICATION) {
        *ret_problem = "certificate";
        return http_trust_explain(&link->trust, link->account->host, said, reterr);
    }
    *ret_problem = "connection";
    switch ((CURLcode)curl_code) {
    case CURLE_COULDNT_CONNECT: return explain_connect(link, place, reterr);
    case CURLE_OPERATION_TIMEDOUT: return explain_timeout(link, place, reterr);
    case CURLE_LOGIN_DENIED: *ret_problem = "login"; return explain_login(link, place, reterr);
    case CURLE_USE_SSL_FAILED:
        *ret_problem = "no-tls";
        return err_set(reterr, ERR_TLS, "%s offers no TLS (no STARTTLS): no password was sent to it", place);
    case CURLE_SSL_CONNECT_ERROR:
        *ret_problem = "no-tls";
        err_set(reterr, ERR_TLS, "%s: no TLS handshake", place);
        return err_because(reterr, "%s", said);
    default: return true;
    }
}
