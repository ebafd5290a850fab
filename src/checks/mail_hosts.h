/* mail_hosts.h - the servers that take a domain's mail, as its MX records name them, and what each says on port 25. */
#ifndef CHECKS_MAIL_HOSTS_H
#define CHECKS_MAIL_HOSTS_H

#include "checks/check.h"
#include "facts/fact_dns.h"
#include "facts/fact_smtp.h"

#define MAIL_HOSTS_MOST     10u
#define MAIL_ADDRESSES_MOST 3u /* of one host that are visited */

struct mail_host {
    struct str name;
    uint16_t preference;
    bool own;                               /* under the audited domain */
    const struct fact_addresses *addresses; /* NULL: not seen (noted), or an address stands where a name should */
};

struct mail_seen {
    const struct mail_host *host;
    struct str address;
    bool is_v6;
    const struct fact_smtp *smtp; /* NULL: err says why */
    struct err err;
};

struct mail_hosts {
    const struct fact_dns *mx;
    bool null_mx;            /* "." is among them (RFC 7505) */
    struct mail_host *hosts; /* by preference; without the null MX */
    size_t n_hosts;
    struct str_list recipients; /* whom the best server was asked to take mail for */
    struct mail_seen *seen;     /* in the order of hosts, IPv4 first */
    size_t n_seen, n_answered;
    bool blocked; /* every address was silent, refused or without a way to it: most likely this network's doing */
};

/* The hosts and their addresses. False when the MX records were not seen, or the domain does not exist (both noted). */
bool mail_hosts_find(struct ask *q, struct mail_hosts *ret);
/* Talks to them. What was not seen is in seen[].err and not noted. */
void mail_hosts_visit(struct ask *q, struct mail_hosts *h);
/* Says that port 25 is blocked when it is; otherwise notes everything that was not seen, but for an IPv6 address that
 * this machine has no way to while the host answered over IPv4. */
void mail_hosts_note(struct ask *q, struct findings *out, const struct mail_hosts *h);
/* Notes one of them as unseen. */
void mail_seen_note(struct ask *q, const struct mail_seen *s);
bool mail_hosts_answer_v4(const struct mail_hosts *h, const struct mail_host *host);

/* "mx.shop.example (203.0.113.25)". */
struct str mail_seen_name(struct arena *arena, const struct mail_seen *s);
/* The finding with that subject and key said before by this check, or NULL. */
struct finding *mail_said(const struct findings *out, struct str subject, const char *key);
/* True when name is at or below domain. */
bool mail_is_below(struct str name, struct str domain);

#endif
