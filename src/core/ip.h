/* ip.h - addresses as text and bits: which kind one is, and whether it lies in a range. */
#ifndef CORE_IP_H
#define CORE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/str.h"

struct ip {
    uint8_t bytes[16]; /* network order; an IPv4 address in the first four */
    bool is_v6;
};

enum ip_class {
    IP_PUBLIC,
    IP_DOCUMENTATION, /* RFC 5737, RFC 3849, RFC 9637: never routed, used in examples and test networks */
    IP_PRIVATE,       /* RFC 1918, RFC 4193, RFC 6598 (carrier NAT) */
    IP_LOOPBACK,
    IP_LINK_LOCAL,
    IP_RESERVED /* unspecified, multicast, benchmark, "this network", future use (RFC 6890) */
};

/* A dotted quad or an IPv6 address, without brackets, port or scope. An IPv4-mapped address becomes IPv4. */
MUST_CHECK bool ip_parse(struct str text, struct ip *ret);
struct str ip_text(struct arena *arena, const struct ip *ip);
/* Where its PTR record stands: "7.2.0.192.in-addr.arpa", or nibbles under ip6.arpa (RFC 3596 section 2.5). */
struct str ip_reverse_name(struct arena *arena, const struct ip *ip);
enum ip_class ip_classify(const struct ip *ip);
const char *ip_class_word(enum ip_class c); /* "private" */
/* Neither public nor for documentation: nobody on the internet can reach it. */
bool ip_is_unreachable(const struct ip *ip);
/* True when ip lies in "192.0.2.0/24" or "2001:db8::/32"; false for a bad range too. */
bool ip_in(const struct ip *ip, struct str range);

#endif
