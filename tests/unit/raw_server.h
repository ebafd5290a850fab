/* raw_server.h - a server on loopback that answers byte for byte what a test wants; for tests of what reads from it. */
#ifndef RAW_SERVER_H
#define RAW_SERVER_H

#include <stdint.h>

#include "core/str.h"

struct raw_server;

/* Answers one request on fd, whose head is request; the connection is closed afterwards. May block. */
typedef void (*raw_answer_fn)(int fd, struct str request, void *arg);

/* Listens on 127.0.0.1; a thread a connection. */
struct raw_server *raw_server_start(raw_answer_fn answer, void *arg);
uint16_t raw_server_port(const struct raw_server *s);
/* Connections taken so far. */
unsigned raw_server_count(const struct raw_server *s);
void raw_server_stop(struct raw_server *s);

/* Writes all of it; false once the other side is gone. */
bool raw_send(int fd, struct str bytes);

#endif
