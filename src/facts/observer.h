/* observer.h - the single door to the outside: who looks, how, and with which limits. */
#ifndef FACTS_OBSERVER_H
#define FACTS_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

struct cancel;

struct observer_options {
    bool offline;
    struct str resolver;   /* "ADDR", "ADDR:PORT" or "[V6]:PORT"; empty: the system's, from /etc/resolv.conf */
    const char *ca_file;   /* PEM; NULL: the system's store */
    int timeout_ms;        /* for one observation; 0: 10 s */
    struct cancel *cancel; /* borrowed; may be NULL */
};

struct observer;

/* Reads the trust store once; ERR_SYSTEM when it cannot be read, ERR_USAGE for a bad resolver address. */
MUST_CHECK bool observer_new(const struct observer_options *options, struct observer **ret, struct err *reterr);
void observer_free(struct observer *o);

bool observer_offline(const struct observer *o);
int observer_timeout_ms(const struct observer *o);
bool observer_cancelled(const struct observer *o);
/* Readable once cancelled, or -1: for poll. */
int observer_cancel_fd(const struct observer *o);

/* The resolvers to ask, in order (at most 3). */
struct observer_server {
    char address[64];
    uint16_t port;
};
const struct observer_server *observer_resolvers(const struct observer *o, size_t *ret_n);

/* X509_STORE * with the trusted roots, shared and read only; whoever keeps it takes a reference of its own. */
void *observer_trust(const struct observer *o);

/* The one thing that HTTP keeps between looks (idle connections): made at the first call, dropped with the observer.
 * NULL without memory. */
void *observer_keep(const struct observer *o, void *(*make)(void), void (*drop)(void *));

/* At most 4 connections to one host at a time. Enter blocks until there is room, cancellation, or a minute has
 * passed (false: ERR_TIMEOUT or ERR_CANCELLED in reterr). Each true enter needs one leave. */
MUST_CHECK bool observer_enter(const struct observer *o, struct str host, struct err *reterr);
void observer_leave(const struct observer *o, struct str host);

#endif
