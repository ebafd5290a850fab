/* Which versions and weak ciphers a server accepts, in few connections: one for TLS 1.3, one for 1.2, one for
 * everything older, and one that offers all weak suites at once; each goes on only from what was accepted. */
#include <errno.h>
#include <openssl/rand.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/pool.h"
#include "facts/observer.h"
#include "facts/tls_hello.h"
#include "facts/tls_inside.h"

#define MOST_PROBE_MS 5000
#define N_WALKS       4
#define ALL_CLASSES   ((1u << TLS_N_CIPHER_CLASSES) - 1)

enum {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INSUFFICIENT_SECURITY = 71,
    ALERT_UNRECOGNIZED_NAME = 112
};

enum heard {
    HEARD_NOTHING, /* silence, garbage, or no connection: err */
    HEARD_CLOSED,  /* the connection ended, or an alert that may mean anything */
    HEARD_NO,      /* an alert that says no to what was offered */
    HEARD_HELLO
};

/* One way down from an offer; each in a thread of its own. */
struct walk {
    const struct observer *outside;
    const struct tls_place *place;
    enum tls_version from;
    bool ciphers;
    /* results */
    enum heard versions[TLS_N_VERSIONS];
    bool version_heard[TLS_N_VERSIONS];
    uint16_t accepted_classes;
    enum heard last; /* what ended the walk */
    struct err err;
};

static bool send_all(const struct observer *outside, int fd, const unsigned char *p, size_t n, struct mono deadline,
                     struct err *reterr)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        } else if (errno != EAGAIN && errno != EINTR) {
            return err_set(reterr, ERR_RESET, "closed before anything was said");
        } else if (!tls_socket_wait(outside, fd, POLLOUT, deadline, reterr)) {
            return false;
        }
    }
    return true;
}

static enum heard judge_reply(const struct tls_offer *offer, const struct tls_reply *reply)
{
    if (reply->kind == TLS_REPLY_HELLO)
        return reply->version <= offer->version && tls_hello_offers(offer, reply->suite) ? HEARD_HELLO : HEARD_NOTHING;
    if (reply->kind != TLS_REPLY_ALERT || reply->alert == ALERT_UNRECOGNIZED_NAME)
        return HEARD_NOTHING;
    if (reply->alert == ALERT_HANDSHAKE_FAILURE || reply->alert == ALERT_PROTOCOL_VERSION ||
        reply->alert == ALERT_INSUFFICIENT_SECURITY)
        return HEARD_NO;
    return HEARD_CLOSED;
}

static enum heard listen_for(const struct observer *outside, int fd, const struct tls_offer *offer,
                             struct mono deadline, struct tls_reply *ret, struct err *reterr)
{
    char bytes[TLS_REPLY_MOST_BYTES];
    size_t n = 0;

    for (;;) {
        ssize_t got = recv(fd, bytes + n, sizeof bytes - n, 0);
        if (got > 0) {
            n += (size_t)got;
            *ret = tls_reply_read(str_n(bytes, n));
            if (ret->kind == TLS_REPLY_MORE)
                continue;
            enum heard heard = judge_reply(offer, ret);
            if (heard == HEARD_NOTHING)
                err_set(reterr, ERR_PROTOCOL, "the answer to a TLS greeting is no TLS");
            return heard;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 || errno != EAGAIN) {
            err_set(reterr, ERR_RESET, "the connection is closed at the TLS greeting");
            return HEARD_CLOSED;
        }
        if (!tls_socket_wait(outside, fd, POLLIN, deadline, reterr))
            return HEARD_NOTHING;
    }
}

static enum heard ask_once(const struct walk *w, struct tls_offer *offer, struct tls_reply *ret, struct err *reterr)
{
    unsigned char hello[TLS_HELLO_MOST_BYTES];
    enum heard heard = HEARD_NOTHING;
    int limit_ms = observer_timeout_ms(w->outside), fd = -1;

    if (RAND_bytes(offer->random, sizeof offer->random) != 1) {
        err_set(reterr, ERR_SYSTEM, "no random numbers");
        return HEARD_NOTHING;
    }
    size_t n = tls_hello_write(offer, hello);
    if (n == 0) {
        err_set(reterr, ERR_LIMIT, "the host name is too long for TLS");
        return HEARD_NOTHING;
    }
    if (!observer_enter(w->outside, w->place->host, reterr))
        return HEARD_NOTHING;
    struct mono deadline = clock_in_ms(limit_ms < MOST_PROBE_MS ? limit_ms : MOST_PROBE_MS);
    if (tls_socket_connect(w->outside, w->place, deadline, &fd, reterr)) {
        if (send_all(w->outside, fd, hello, n, deadline, reterr))
            heard = listen_for(w->outside, fd, offer, deadline, ret, reterr);
        close(fd);
    }
    observer_leave(w->outside, w->place->host);
    return heard;
}

/* An address is never sent as a server name (RFC 6066 section 3). */
static struct str name_to_send(const struct walk *w)
{
    return tls_is_address(w->place->host) ? STR_NONE : w->place->host;
}

static void note_version(struct walk *w, int from, int to, enum heard heard)
{
    for (int v = from; v >= to; v--) {
        w->versions[v] = heard;
        w->version_heard[v] = true;
    }
}

/* A server answers with the highest version that it shares: those between are refused. */
static void walk_versions(struct walk *w)
{
    int v = (int)w->from, lowest = v >= TLS_1_2 ? v : TLS_SSL3;

    while (v >= lowest) {
        struct tls_offer offer = {.version = (enum tls_version)v};
        struct tls_reply reply = {0};
        offer.host = name_to_send(w);
        w->last = ask_once(w, &offer, &reply, &w->err);
        if (w->last != HEARD_HELLO) {
            note_version(w, v, lowest, w->last);
            return;
        }
        note_version(w, v, (int)reply.version + 1, HEARD_NO);
        note_version(w, (int)reply.version, (int)reply.version, HEARD_HELLO);
        v = (int)reply.version - 1;
    }
}

/* All weak suites at once; each answer strikes out what the chosen suite has shown. */
static void walk_ciphers(struct walk *w)
{
    while (w->accepted_classes != ALL_CLASSES) {
        struct tls_offer offer = {.version = TLS_1_2,
                                  .host = name_to_send(w),
                                  .wanted_classes = (uint16_t)(ALL_CLASSES & ~w->accepted_classes)};
        struct tls_reply reply = {0};
        w->last = ask_once(w, &offer, &reply, &w->err);
        if (w->last != HEARD_HELLO)
            return;
        note_version(w, (int)reply.version, (int)reply.version, HEARD_HELLO);
        w->accepted_classes |= tls_suite_classes(reply.suite);
    }
}

static void run_walk(void *arg)
{
    struct walk *w = arg;

    if (w->ciphers)
        walk_ciphers(w);
    else
        walk_versions(w);
}

/* A closed connection is a refusal only from a server that at the same time accepts something. */
static enum tls_answer answer_of(enum heard heard, bool accepts_something)
{
    switch (heard) {
    case HEARD_HELLO: return TLS_ACCEPTED;
    case HEARD_NO: return TLS_REFUSED;
    case HEARD_CLOSED: return accepts_something ? TLS_REFUSED : TLS_NOT_SEEN;
    case HEARD_NOTHING: break;
    }
    return TLS_NOT_SEEN;
}

static bool conclude(const struct walk *walks, struct fact_tls *ret, struct err *reterr)
{
    enum heard versions[TLS_N_VERSIONS] = {HEARD_NOTHING};
    bool any = false, said_no = false;

    for (size_t i = 0; i < N_WALKS; i++) {
        for (size_t v = 0; v < TLS_N_VERSIONS; v++)
            if (walks[i].version_heard[v] && walks[i].versions[v] > versions[v])
                versions[v] = walks[i].versions[v];
        said_no = said_no || walks[i].last == HEARD_NO;
    }
    for (size_t v = 0; v < TLS_N_VERSIONS; v++)
        any = any || versions[v] == HEARD_HELLO;
    if (!any && !said_no) {
        *reterr = walks[1].err;
        if (reterr->kind == ERR_NONE)
            err_set(reterr, ERR_TLS, "no TLS version is accepted");
        return false;
    }
    for (size_t v = 0; v < TLS_N_VERSIONS; v++)
        ret->versions[v] = answer_of(versions[v], any);
    const struct walk *weak = &walks[N_WALKS - 1];
    for (size_t c = 0; c < TLS_N_CIPHER_CLASSES; c++)
        ret->ciphers[c] = weak->accepted_classes & (1u << c) ? TLS_ACCEPTED : answer_of(weak->last, any);
    return true;
}

static bool look_accepts(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct walk walks[N_WALKS] = {{.from = TLS_1_3}, {.from = TLS_1_2}, {.from = TLS_1_1}, {.ciphers = true}};
    struct fact_tls *t = ret;
    struct tls_place place;

    if (!tls_place_read(key, TLS_DEFAULT_PORT, &place, reterr))
        return false;
    struct pool *pool = pool_new(N_WALKS, NULL); /* each walk notices a cancellation by itself */
    for (size_t i = 0; i < N_WALKS; i++) {
        walks[i].outside = outside;
        walks[i].place = &place;
        pool_submit(pool, run_walk, NULL, &walks[i]);
    }
    pool_wait(pool);
    pool_free(pool);
    if (observer_cancelled(outside))
        return err_set(reterr, ERR_CANCELLED, "interrupted");
    if (!conclude(walks, t, reterr))
        return false;
    t->host = str_dup(q->arena, place.host);
    t->address = str_dup(q->arena, str_from(key, place.host.n + 1));
    t->at_s = clock_wall_s();
    return true;
}

const struct fact_kind tls_accepts_kind = {
    .name = "tls_accepts",
    .rank = 15,
    .size = sizeof(struct fact_tls),
    .look = look_accepts,
    .save = tls_save,
    .load = tls_load,
};
