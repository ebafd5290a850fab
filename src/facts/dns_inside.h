/* dns_inside.h - the parts of DNS facts: wire format and sockets; for the dns files of this folder and their tests. */
#ifndef FACTS_DNS_INSIDE_H
#define FACTS_DNS_INSIDE_H

#include "facts/fact_dns.h"

struct observer;
struct observer_server;
struct json_t;
struct ldns_struct_rr;

#define DNS_MOST_BYTES   65535u /* of one message: what TCP can carry (RFC 1035 section 4.2.2) */
#define DNS_MOST_RECORDS 4096u
#define DNS_MOST_ALIASES 16u   /* CNAMEs followed inside one answer */
#define DNS_EDNS_BYTES   1232u /* UDP answers that need no fragments */
#define DNS_QUERY_BYTES  512u

struct dns_question {
    struct str name; /* lower case, no final dot; empty: the root */
    uint16_t type;
    bool recurse, unchecked;
    bool edns;
};

/* The question in wire format into to (DNS_QUERY_BYTES). ERR_NO_NAME for a name that DNS cannot hold. */
MUST_CHECK bool dns_wire_query(const struct dns_question *question, uint16_t id, uint8_t *to, size_t *ret_n,
                               struct err *reterr);
/* Is this a reply to that query: id, QR, opcode and question? A reply that reports an error may lack the question. */
bool dns_wire_answers(const uint8_t *query, size_t query_n, const uint8_t *reply, size_t reply_n);
/* Reads a whole message, allocating in arena; server, at_s and took_us are left alone. ERR_PROTOCOL when it is
 * broken, ERR_LIMIT when it holds more than DNS_MOST_RECORDS; ret is then untouched. */
MUST_CHECK bool dns_wire_read(struct arena *arena, const struct dns_question *question, const uint8_t *reply,
                              size_t reply_n, struct fact_dns *ret, struct err *reterr);

/* One record as a fact holds it. */
void dns_record_read(struct arena *arena, const struct ldns_struct_rr *rr, struct dns_rr *ret);

/* Asks one of the servers after the other, with retries and growing patience, until timeout_ms have passed in all.
 * ERR_DNS_TIMEOUT, ERR_DNS_FAILED (only broken answers), ERR_REFUSED (port closed), ERR_NO_ROUTE, ERR_CANCELLED. */
MUST_CHECK bool dns_exchange(const struct observer *outside, struct arena *arena, const struct dns_question *question,
                             const struct observer_server *servers, size_t n_servers, int timeout_ms,
                             struct fact_dns *ret, struct err *reterr);

/* "ADDR", "ADDR:PORT", "[V6]:PORT". */
MUST_CHECK bool dns_server_read(struct str text, struct observer_server *ret);
struct str dns_server_text(struct arena *arena, const struct observer_server *server);

struct json_t *dns_save(const void *fact);
bool dns_load(const struct json_t *json, struct arena *arena, void *ret);

/* The type of that name ("AAAA", "TYPE65"); 0 when it is none. */
uint16_t dns_type_of(struct str name);
/* Lower case, without the final dot. */
struct str dns_name_plain(struct arena *arena, struct str name);

#endif
