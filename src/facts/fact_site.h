/* fact_site.h - the shape of the site: its hosts, its canonical address, pages worth looking at.
 *
 * From the launch file where it says so, otherwise from what can be seen. Every check that goes over "the hosts" or
 * "the pages" takes them from here, so that all speak of the same things. */
#ifndef FACTS_FACT_SITE_H
#define FACTS_FACT_SITE_H

#include "facts/facts.h"

enum host_role {
    HOST_SITE, HOST_WWW, HOST_REDIRECT, HOST_APP, HOST_API, HOST_ADMIN, HOST_HELP, HOST_STAGING, HOST_OTHER
};

struct site_host {
    struct str name;
    enum host_role role;
    bool declared; /* in the launch file */
    bool exists;   /* has an address */
    bool guessed;  /* a common name that resolved */
    bool wildcard; /* resolves only because every name does */
    struct str health; /* path, may be empty */
    struct str_list private_paths;
    int expected_status; /* 0: not declared */
};

struct fact_site {
    struct str apex;         /* registrable domain or the name audited */
    struct str www;          /* "www." + apex; empty when the name audited is a deeper one */
    struct site_host *hosts; /* apex first, www second, then declared, then found */
    size_t n_hosts;
    struct str canonical; /* "https://shop.example": declared, or where https://apex/ ends; empty: not found */
    bool canonical_declared;
    struct str home;               /* canonical + "/" */
    struct str_list pages;         /* up to 5 public HTML pages on the canonical host, home first, absolute */
    struct str_list private_pages; /* declared private paths, or found ones (/account, /cart, ...), absolute */
    bool private_declared;
    struct str_list api_urls; /* declared api paths, absolute */
    struct str deep_path;     /* a real deep path of the site for redirect tests: "/products/blue-mug" */
};

extern const struct fact_kind site_kind; /* key: the domain; rank 40 */
/* NULL when not even the apex could be looked up. */
const struct fact_site *fact_site(struct ask *q);
const char *host_role_name(enum host_role role);

#endif
