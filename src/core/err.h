/* err.h - an error as a value: a kind for code, a sentence for people, a place and a cause. */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include <stdbool.h>

#include "core/attr.h"

/* kind, and the word for it in JSON and logs */
#define ERR_KINDS(X)                                                                                                   \
    X(ERR_NONE, "none")                                                                                                \
    X(ERR_USAGE, "usage")                   /* what the user typed or wrote is wrong: exit 2 */                        \
    X(ERR_SYSTEM, "system")                 /* a file, memory, a system call on this machine */                        \
    X(ERR_LIMIT, "limit")                   /* input from outside passed a ceiling of ours */                          \
    X(ERR_PARSE, "parse")                   /* input from outside is not in its format */                              \
    X(ERR_CANCELLED, "cancelled")           /* the user interrupted */                                                 \
    X(ERR_OFFLINE, "offline")               /* --offline, or a replay without this fact */                             \
    X(ERR_NO_ROUTE, "no-route")             /* this machine cannot reach that network (or has no IPv6) */              \
    X(ERR_NO_NAME, "name-does-not-resolve") /* NXDOMAIN or NODATA where an address was needed */                       \
    X(ERR_DNS_TIMEOUT, "dns-timeout")       /* no name server answered in time */                                      \
    X(ERR_DNS_FAILED, "dns-failed")         /* SERVFAIL, REFUSED or a broken answer */                                 \
    X(ERR_REFUSED, "refused")               /* connection refused */                                                   \
    X(ERR_TIMEOUT, "timeout")               /* connected or not: no full answer in time */                             \
    X(ERR_RESET, "reset")                   /* closed or broken before a full answer */                                \
    X(ERR_TLS, "tls")                       /* the TLS handshake failed */                                             \
    X(ERR_PROTOCOL, "protocol")             /* the answer breaks its protocol */                                       \
    X(ERR_BLOCKED, "blocked")               /* we decline: a private address, a forbidden scheme */                    \
    X(ERR_NEEDS, "needs")                   /* a launch-file section, a flag or a proof is missing */

enum err_kind {
#define ERR_ENUM(kind, word) kind,
    ERR_KINDS(ERR_ENUM)
#undef ERR_ENUM
};

struct err {
    enum err_kind kind;
    char text[400];  /* one sentence without a full stop, safe for a terminal */
    char place[160]; /* the file:line:column, host or URL it is about; may be empty */
    char cause[200]; /* what lies beneath, as the library or system put it; may be empty */
};

/* Sets *reterr (which may be NULL) and returns false, so that a function ends with `return err_set(...)`. */
bool err_set(struct err *reterr, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Adds the place or the cause to an error that is set; returns false. */
bool err_at(struct err *reterr, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool err_because(struct err *reterr, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The compiler looks at one file at a time; this tells it that they return false, so that it knows what is set after
 * `if (!look(..., &ret, reterr)) return false;`. */
static inline bool err_false(void)
{
    return false;
}
#define err_set(...)     ((void)(err_set)(__VA_ARGS__), err_false())
#define err_at(...)      ((void)(err_at)(__VA_ARGS__), err_false())
#define err_because(...) ((void)(err_because)(__VA_ARGS__), err_false())

const char *err_word(enum err_kind kind);
/* The kind with that word, or ERR_NONE. */
enum err_kind err_from_word(const char *word);

#endif
