/* peer.h - another implementation, run as a child and asked over pipes.
 *
 * Its argument is a folder with "private.pem", "record" (the key record that its resolver answers) and "private.raw".
 * A request is a line and then n bytes, the message:
 *     V n                                     verify: the answer begins with "pass" or does not
 *     S HEADER-CANON BODY-CANON LENGTH h1:h2 n   sign: the answer is the field with its CRLF, empty when it will not
 * An answer is a line with its length and then the bytes. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>

#include "core/str.h"

struct arena;
struct peer;

/* NULL when it does not start or does not answer (its packages are not here). */
struct peer *peer_start(const char *program, const char *folder);
void peer_stop(struct peer *peer);
/* False when the peer died. */
bool peer_verify(struct arena *arena, struct peer *peer, struct str text, struct str *ret);
bool peer_sign(struct arena *arena, struct peer *peer, const char *how, struct str text, struct str *ret);

#endif
