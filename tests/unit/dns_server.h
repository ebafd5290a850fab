/* dns_server.h - a name server on loopback that does what the first label of the question's name says. */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include <stdint.h>

struct dns_server;

struct dns_server *dns_server_start(void);
void dns_server_stop(struct dns_server *s);
uint16_t dns_server_port(const struct dns_server *s);
/* Questions that came over UDP so far. */
int dns_server_asked(const struct dns_server *s);

#endif
