/* provider.h - the mail providers that founders use: how each is recognised and what it needs. Data, in
 * data/mail-providers.yaml: built in, and replaceable by a newer file without a new release. */
#ifndef MAIL_PROVIDER_H
#define MAIL_PROVIDER_H

#include "core/attr.h"
#include "mail/resolver.h"

struct err;

/* How mail of this provider comes to pass DMARC. */
enum provider_path {
    PATH_DKIM = 1u << 0,            /* it signs with the founder's domain */
    PATH_SPF_APEX = 1u << 1,        /* its envelope sender is the founder's address: an apex include counts */
    PATH_SPF_RETURN_PATH = 1u << 2, /* its envelope sender can be a host of the founder's (bounces.shop.example) */
};

struct provider_record {
    struct str host;     /* relative to the domain, "@" for itself; "{selector}", "{region}"... for what only the
                            founder's console knows */
    struct str type;     /* "TXT" "CNAME" "MX" */
    struct str value;    /* with the same blanks, and {domain}, {domain-with-dashes} */
    uint16_t preference; /* MX */
    bool needed;         /* mail fails without it; otherwise good to have */
};

struct provider {
    struct str id, name;             /* "google-workspace", "Google Workspace" */
    struct str_list mx;              /* endings of MX targets */
    struct str_list spf;             /* include targets that mean it, the first is today's */
    struct str_list selectors;       /* well-known ones; per-account ones cannot be guessed */
    struct str_list telling;         /* patterns ("*" any text, "#" digits) of selectors that name it by themselves */
    struct str_list dkim_targets;    /* endings of the CNAME targets of its selectors: the strongest sign */
    struct str_list return_targets;  /* endings of return-path CNAME or MX targets */
    struct str_list return_hosts;    /* usual names of return-path hosts: "pm-bounces" */
    struct str_list return_patterns; /* the same for those with a part of their own: "em#" */
    struct str_list txt;             /* beginnings of verification texts at the apex */
    bool receives, sends, bulk;      /* mailbox host; sends on behalf; newsletters */
    unsigned paths;                  /* of enum provider_path */
    unsigned spf_look_ups;           /* that its include costs, as last seen */
    bool include_wasted;             /* an include at the domain itself can never align */
    bool empty_slots;                /* some of its selectors hold empty keys on purpose */
    bool cannot_proxy;               /* Cloudflare itself refuses to proxy its records */
    struct provider_record *records; /* what to publish */
    size_t n_records;
    struct str console;      /* where in its console the values are */
    struct str note;         /* what to know; may be empty */
    struct str source, date; /* where this was found, and when (YYYY-MM-DD) */
    int line;                /* in the file */
};

struct providers {
    struct provider *v;
    size_t n;
    struct str date; /* of the table */
    struct str_list ids;
};

#define PROVIDERS_MOST_BYTES (512u * 1024u)
#define PROVIDERS_MOST       500u

/* The built-in table. Parsed once, lives as long as the program. */
const struct providers *providers_builtin(void);
/* The table that everybody uses: the built-in one, until providers_use names another, which must live as long as the
 * program looks at anything. Set before the first thread starts. */
const struct providers *providers_now(void);
void providers_use(const struct providers *all);
/* From the text of such a file; path is for messages (file:line:column). */
MUST_CHECK bool providers_parse(struct arena *arena, struct str text, const char *path, struct providers *ret,
                                struct err *reterr);
const struct provider *provider_by_id(const struct providers *all, struct str id);
/* By the end of a name on a label boundary; the longest pattern wins. NULL: nobody known. */
const struct provider *provider_by_mx(const struct providers *all, struct str target);
const struct provider *provider_by_spf(const struct providers *all, struct str include);
const struct provider *provider_by_dkim_target(const struct providers *all, struct str target);
const struct provider *provider_by_return_target(const struct providers *all, struct str target);
/* By the selector's name alone: the weakest sign, for a key that no CNAME leads to. */
const struct provider *provider_by_selector(const struct providers *all, struct str selector);
/* Whether a host below the domain is one of the provider's usual return-path hosts. */
bool provider_is_return_host(const struct provider *p, struct str host);

/* A record's text with {domain} and {domain-with-dashes} filled in. */
struct str provider_fill(struct arena *arena, struct str text, struct str domain);
/* Does it still hold a {blank} that only the console knows? */
bool provider_has_blank(struct str text);
/* The include: targets of an SPF record, in order. */
struct str_list provider_includes(struct arena *arena, struct str spf);

#endif
