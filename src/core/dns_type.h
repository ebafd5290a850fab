/* dns_type.h - record types by their IANA numbers; the same as ldns's. */
#ifndef CORE_DNS_TYPE_H
#define CORE_DNS_TYPE_H

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_DNAME = 39,
    DNS_DS = 43,
    DNS_RRSIG = 46,
    DNS_NSEC = 47,
    DNS_DNSKEY = 48,
    DNS_NSEC3 = 50,
    DNS_TLSA = 52,
    DNS_SVCB = 64,
    DNS_HTTPS = 65,
    DNS_CAA = 257
};

#endif
