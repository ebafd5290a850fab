/* secret.h - a password or token. There is no way to print one: only to mask it, or to hand it to a protocol. */
#ifndef CORE_SECRET_H
#define CORE_SECRET_H

#include "core/str.h"

struct arena;

struct secret {
    struct str hidden; /* only for secret_reveal */
};

struct secret secret_of(struct str value);
bool secret_is_set(const struct secret *s);
/* For the call that needs the value itself (a header, a log-in). Never into an output, log or store. */
struct str secret_reveal(const struct secret *s);
/* First 4 and last 2 characters when there are 20 or more, otherwise only the length: "sk_l…9x (32)". */
struct str secret_mask(struct arena *arena, struct str value);

#endif
