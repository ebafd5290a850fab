/* fact_senders.h - who sends mail for a domain, as its DNS shows and the launch file declares: DKIM keys found,
 * providers recognised, which of their records are there, and by which path the mail of each passes DMARC. */
#ifndef FACTS_FACT_SENDERS_H
#define FACTS_FACT_SENDERS_H

#include "facts/facts.h"
#include "mail/dkim.h"
#include "mail/dmarc.h"
#include "mail/provider.h"
#include "mail/spf.h"

enum key_state {
    KEY_PRESENT,  /* a TXT record, directly or through a CNAME */
    KEY_ABSENT,   /* neither; said only when the DNS answered so */
    KEY_DANGLING, /* a CNAME to a name that has no TXT: signing is not switched on at the provider */
    KEY_PROXIED,  /* the name answers with addresses of an edge instead of a key */
    KEY_UNSEEN    /* no answer: nothing is known, never "absent" */
};

struct found_key {
    struct str selector, name; /* name: SELECTOR._domainkey.DOMAIN */
    bool declared;             /* in email.selectors */
    enum key_state state;
    struct str_list cnames; /* the chain, first target first */
    struct str text;        /* the first record */
    size_t n_texts;
    struct dkim_key key;             /* of text; KEY_PRESENT only */
    struct str address;              /* KEY_PROXIED: what it answers instead */
    struct str edge;                 /* KEY_PROXIED: whose address that is */
    struct str why;                  /* KEY_UNSEEN */
    const struct provider *provider; /* whose key it is; NULL: not known */
    bool by_cname;                   /* known by the CNAME's target; otherwise by the selector's name */
};
/* It is there, whole and not revoked: signatures made with it can be verified. */
bool found_key_works(const struct found_key *k);

enum record_state {
    RECORD_PRESENT,
    RECORD_ABSENT,
    RECORD_PROXIED,
    RECORD_OTHER,  /* something else stands at the name */
    RECORD_HIDDEN, /* its name holds a blank that only the console knows: cannot be asked for */
    RECORD_UNSEEN
};

struct sender_record {
    const struct provider_record *wanted;
    struct str host, name, value; /* filled in; value may still hold {blanks} */
    enum record_state state;
    struct str seen; /* RECORD_OTHER, RECORD_PROXIED: what stands there */
};

/* Signs, the surest first. */
enum sender_sign {
    SIGN_DKIM_TARGET,
    SIGN_RETURN_PATH,
    SIGN_MX,
    SIGN_SPF,
    SIGN_SELECTOR,
    SIGN_DECLARED /* by the launch file alone: nothing of it is seen */
};

struct sender {
    const struct provider *provider; /* NULL: somebody that the table does not know */
    struct str id, name;             /* for people; without a provider the domain that was seen */
    bool declared;                   /* in email.senders */
    enum sender_sign sign;
    struct str evidence; /* "MX mx1.mail.example", "s1._domainkey is a CNAME to ..." */
    bool receives;       /* it is in the MX */
    bool own_host;       /* without a provider: the hosts that receive the domain's mail send it too */
    bool include;        /* its include is in the domain's SPF record */
    struct str include_target;
    unsigned include_look_ups; /* that the include spends */
    bool include_wasted;       /* it is there and cannot align: dropping it saves the look-ups */
    size_t n_keys;             /* working DKIM keys of it */
    bool return_path;          /* a return-path host of it is there */
    struct str return_host;
    struct sender_record *records;
    size_t n_records;
    size_t n_missing; /* records that are needed and are not there, proxied ones with them */
    bool unseen;      /* one that matters was not answered for */
    unsigned passes;  /* of enum provider_path: the ways by which its mail passes DMARC today, as far as is seen */
};

struct fact_senders {
    struct str domain;
    struct found_key *keys; /* those found, and every declared one whatever its state; proxied and dangling ones */
    size_t n_keys;
    struct sender *v;
    size_t n;
    struct str_list unknown_includes; /* in SPF, nobody's that is known */
    struct str_list mx;               /* targets, by preference as answered; "" for the null MX */
    bool null_mx;
    bool mx_unseen;
    bool wildcard;                   /* a random selector has a record: undeclared ones were compared with it */
    size_t n_asked;                  /* names asked for: selectors and return paths */
    size_t n_unseen;                 /* of them, without an answer */
    struct str unseen_why;           /* the first such */
    const struct spf_survey *spf;    /* the domain's own; NULL when not seen */
    const struct dmarc_found *dmarc; /* NULL when not seen */
};

extern const struct fact_kind senders_kind; /* key: the domain; rank 46 */
/* NULL when nothing of the domain's mail could be seen. */
const struct fact_senders *fact_senders(struct ask *q, struct str domain);

/* Its keys serve those who also send through it: who only forwards with it has none. */
bool sender_keys_are_optional(const struct sender *s);

/* May the DMARC policy be tightened now? */
enum tighten { TIGHTEN_NOW, TIGHTEN_NOT_YET, TIGHTEN_UNKNOWN };
struct tighten_verdict {
    enum tighten verdict;
    struct str_list against; /* what stands in the way, a sentence each */
    struct str_list favour;
};
void senders_may_tighten(struct arena *arena, const struct fact_senders *s, struct tighten_verdict *ret);

/* "DKIM (2 keys) and SPF by pm-bounces.shop.example": how its mail passes; "nothing yet". For people. */
struct str sender_path_text(struct arena *arena, const struct sender *s);

#endif
