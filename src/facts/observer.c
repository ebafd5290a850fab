#include "facts/observer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#include "core/arena.h"
#include "core/cancel.h"
#include "core/file.h"

#define DEFAULT_TIMEOUT_MS 10000
#define MOST_PER_HOST      4
#define GATE_WAIT_S        60
#define RESOLVERS_MOST     3
#define RESOLV_CONF        "/etc/resolv.conf"
#define SYSTEM_BUNDLE      "/etc/ssl/certs/ca-certificates.crt"

struct gate {
    char *host;
    int n_inside;
    UT_hash_handle hh;
};

struct kept {
    void *what;
    void (*drop)(void *);
};

struct observer {
    bool offline;
    int timeout_ms;
    struct cancel *cancel;
    struct observer_server resolvers[RESOLVERS_MOST];
    size_t n_resolvers;
    X509_STORE *trust;
    pthread_mutex_t *lock; /* behind a pointer: an observer is const to those who look */
    pthread_cond_t *left;
    struct gate **gates;
    struct kept *kept;
};

/* "ADDR", "ADDR:PORT", "[V6]", "[V6]:PORT", bare V6. */
static bool read_server(struct str text, struct observer_server *ret)
{
    struct in6_addr any;
    uint64_t port = 53;
    struct str address = text;
    size_t colon;

    if (text.n && text.p[0] == '[') {
        size_t close = str_find_char(text, ']');
        if (close == SIZE_MAX)
            return false;
        address = str_n(text.p + 1, close - 1);
        struct str after = str_from(text, close + 1);
        if (after.n && (after.p[0] != ':' || !str_to_u64(str_from(after, 1), 65535, &port)))
            return false;
    } else if ((colon = str_find_char(text, ':')) != SIZE_MAX && !str_has(str_from(text, colon + 1), STR(":"))) {
        address = str_first(text, colon);
        if (!str_to_u64(str_from(text, colon + 1), 65535, &port))
            return false;
    }
    if (port == 0 || address.n == 0 || address.n >= sizeof ret->address)
        return false;
    memcpy(ret->address, address.p, address.n);
    ret->address[address.n] = '\0';
    ret->port = (uint16_t)port;
    /* A scope ("fe80::1%eth0") is for the system to judge. */
    char bare[64];
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(ret->address, "%"), ret->address);
    return inet_pton(AF_INET, bare, &any) == 1 || inet_pton(AF_INET6, bare, &any) == 1;
}

/* The "nameserver" lines of resolv.conf(5); none means the local host. */
static void read_resolv_conf(struct observer *o)
{
    struct arena *arena = arena_new(256 * 1024);
    struct str rest;

    if (file_read(arena, RESOLV_CONF, 64 * 1024, &rest, NULL))
        while (rest.p && o->n_resolvers < RESOLVERS_MOST) {
            struct str line = str_trim(str_cut(&rest, '\n'));
            if (str_starts(line, STR("nameserver")) && line.n > 10 && (line.p[10] == ' ' || line.p[10] == '\t') &&
                read_server(str_trim(str_from(line, 10)), &o->resolvers[o->n_resolvers]))
                o->n_resolvers++;
        }
    if (o->n_resolvers == 0)
        o->n_resolvers = read_server(STR("127.0.0.1"), &o->resolvers[0]);
    arena_free(arena);
}

static bool read_trust(struct observer *o, const char *ca_file, struct err *reterr)
{
    const char *path = ca_file ? ca_file : getenv("SSL_CERT_FILE");

    o->trust = X509_STORE_new();
    if (!o->trust)
        return err_set(reterr, ERR_SYSTEM, "out of memory for the trust store");
    if (!path && file_exists(SYSTEM_BUNDLE))
        path = SYSTEM_BUNDLE;
    if (path && !file_exists(path))
        return err_set(reterr, ERR_USAGE, "the CA file %s does not exist", path);
    int ok = path ? X509_STORE_load_file(o->trust, path) : X509_STORE_set_default_paths(o->trust);
    if (!ok) {
        err_set(reterr, ERR_USAGE, "%s holds no certificates in PEM form", path ? path : "the system's trust store");
        err_because(reterr, "%s", ERR_reason_error_string(ERR_peek_last_error()));
        ERR_clear_error();
        return false;
    }
    return true;
}

bool observer_new(const struct observer_options *options, struct observer **ret, struct err *reterr)
{
    struct observer *o = calloc(1, sizeof *o);

    if (!o)
        return err_set(reterr, ERR_SYSTEM, "out of memory");
    o->lock = calloc(1, sizeof *o->lock);
    o->left = calloc(1, sizeof *o->left);
    o->gates = calloc(1, sizeof(struct gate *));
    o->kept = calloc(1, sizeof *o->kept);
    if (!o->lock || !o->left || !o->gates || !o->kept) {
        observer_free(o);
        return err_set(reterr, ERR_SYSTEM, "out of memory");
    }
    pthread_mutex_init(o->lock, NULL);
    pthread_cond_init(o->left, NULL);
    o->offline = options->offline;
    o->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    o->cancel = options->cancel;
    bool ok = true;
    if (options->resolver.n) {
        ok = read_server(options->resolver, &o->resolvers[0]);
        o->n_resolvers = 1;
        if (!ok)
            err_set(reterr, ERR_USAGE, "--resolver %.*s: expected an address, as in 192.0.2.53 or [2001:db8::53]:5353",
                    STR_ARG(options->resolver));
    } else {
        read_resolv_conf(o);
    }
    if (!ok || !read_trust(o, options->ca_file, reterr)) {
        observer_free(o);
        return false;
    }
    *ret = o;
    return true;
}

void observer_free(struct observer *o)
{
    struct gate *g, *next;

    if (!o)
        return;
    if (o->kept && o->kept->what)
        o->kept->drop(o->kept->what);
    free(o->kept);
    if (o->gates)
        HASH_ITER(hh, *o->gates, g, next)
        {
            HASH_DEL(*o->gates, g); // NOLINT(clang-analyzer-unix.Malloc): it loses track in uthash's rings
            free(g->host);
            free(g);
        }
    X509_STORE_free(o->trust);
    free(o->gates);
    free(o->left);
    free(o->lock);
    free(o);
}

bool observer_offline(const struct observer *o)
{
    return o->offline;
}

int observer_timeout_ms(const struct observer *o)
{
    return o->timeout_ms;
}

bool observer_cancelled(const struct observer *o)
{
    return cancel_asked(o->cancel);
}

int observer_cancel_fd(const struct observer *o)
{
    return o->cancel ? cancel_fd(o->cancel) : -1;
}

const struct observer_server *observer_resolvers(const struct observer *o, size_t *ret_n)
{
    *ret_n = o->n_resolvers;
    return o->resolvers;
}

void *observer_trust(const struct observer *o)
{
    return o->trust;
}

void *observer_keep(const struct observer *o, void *(*make)(void), void (*drop)(void *))
{
    pthread_mutex_lock(o->lock);
    if (!o->kept->what) {
        o->kept->what = make();
        o->kept->drop = drop;
    }
    void *what = o->kept->what;
    pthread_mutex_unlock(o->lock);
    return what;
}

/* With the lock held. */
static struct gate *gate_of(const struct observer *o, struct str host)
{
    struct gate *g;

    HASH_FIND(hh, *o->gates, host.p, host.n, g);
    if (g)
        return g;
    g = calloc(1, sizeof *g);
    char *name = malloc(host.n + 1);
    if (!g || !name) {
        fprintf(stderr, "launchready: out of memory\n");
        abort();
    }
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    g->host = name;
    HASH_ADD_KEYPTR(hh, *o->gates, g->host, host.n, g);
    return g;
}

bool observer_enter(const struct observer *o, struct str host, struct err *reterr)
{
    struct timespec until;
    bool in = true;

    clock_gettime(CLOCK_REALTIME, &until);
    time_t last_s = until.tv_sec + GATE_WAIT_S;
    pthread_mutex_lock(o->lock);
    struct gate *g = gate_of(o, host);
    while (in && g->n_inside >= MOST_PER_HOST) {
        clock_gettime(CLOCK_REALTIME, &until);
        if (cancel_asked(o->cancel))
            in = err_set(reterr, ERR_CANCELLED, "interrupted");
        else if (until.tv_sec >= last_s)
            in = err_set(reterr, ERR_TIMEOUT, "%.*s kept 4 connections busy for a minute", STR_ARG(host));
        until.tv_nsec += 100 * 1000 * 1000; /* cancellation does not signal the condition */
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        if (in)
            pthread_cond_timedwait(o->left, o->lock, &until);
    }
    if (in)
        g->n_inside++;
    pthread_mutex_unlock(o->lock);
    return in;
}

void observer_leave(const struct observer *o, struct str host)
{
    pthread_mutex_lock(o->lock);
    gate_of(o, host)->n_inside--;
    pthread_cond_broadcast(o->left);
    pthread_mutex_unlock(o->lock);
}
