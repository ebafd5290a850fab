/* fact_site.h - the shape of the site: its hosts, its canonical address, pages worth looking at.
 *
 * From the launch file where it says so, otherwise from what can be seen. Every check that goes over "the hosts" or
 * "the pages" takes them from here, so that all speak of the same things. */
#ifndef FACTS_FACT_SITE_H
#define FACTS_FACT_SITE_H

#include "facts/facts.h"

enum host_role {
    HOST_SITE,
    HOST_WWW,
    HOST_REDIRECT,
    HOST_APP,
    HOST_API,
    HOST_ADMIN,
    HOST_HELP,
    HOST_STAGING,
    HOST_OTHER
};

struct site_host {
    struct str name;
    enum host_role role;
    bool declared;     /* in the launch file */
    bool exists;       /* has an address */
    bool guessed;      /* a common name that resolved */
    bool wildcard;     /* resolves only because every name does */
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
    struct err no_canonical;       /* canonical is empty: why nothing answered */
    struct str home;               /* canonical + "/" */
    struct str_list pages;         /* up to 5 public HTML pages on the canonical host, home first, absolute */
    struct str_list private_pages; /* declared private paths, or found ones (/account, /cart, ...), absolute */
    bool private_declared;
    struct str_list api_urls; /* declared api paths, absolute */
    bool private_probed;      /* found by asking for usual paths too, not only by links */
    struct str login_page; /* a log-in page that the home page links, absolute, may be on another host; empty: none */
    struct str deep_path;  /* a real deep path of the site for redirect tests: "/products/blue-mug" */
};

extern const struct fact_kind site_kind; /* key: the domain; rank 40 */
/* NULL when not even the apex could be looked up. */
const struct fact_site *fact_site(struct ask *q);
const char *host_role_name(enum host_role role);
/* First labels of hosts that many sites have: "app", "blog" ... */
const char *const *site_common_labels(size_t *ret_n);

/* The home page. NULL, with the reason kept in q, when it was not seen or there is none. */
struct fact_page;
const struct fact_page *site_home(struct ask *q, const struct fact_site *site);
/* The host of that name, or NULL. */
const struct site_host *site_host(const struct fact_site *site, struct str name);
/* True for the apex and every name below it. */
bool site_owns(const struct fact_site *site, struct str host);
/* By its first label: "app" is HOST_APP, "staging-2" HOST_STAGING. */
enum host_role host_role_of(struct str name, struct str apex);

#endif
