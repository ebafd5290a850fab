/* mail_policy.h - the smaller records about mail: MTA-STS (RFC 8461), TLS-RPT (RFC 8460), BIMI, TLSA for SMTP
 * (RFC 7672). Each parser fills what it can and says in flaw what is wrong, with the place; it is true, and flaw empty,
 * when nothing is. The x_is_record functions tell which texts at the name count at all: of those there must be one. */
#ifndef MAIL_MAIL_POLICY_H
#define MAIL_MAIL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

struct arena;

/* "_mta-sts.DOMAIN": "v=STSv1; id=...". */
struct mta_sts_record {
    struct str id, flaw;
};
bool mta_sts_is_record(struct str text);
bool mta_sts_record_parse(struct arena *arena, struct str text, struct mta_sts_record *ret);

enum mta_sts_mode { MTA_STS_NONE, MTA_STS_TESTING, MTA_STS_ENFORCE };
const char *mta_sts_mode_word(enum mta_sts_mode m);

#define MTA_STS_POLICY_MOST_BYTES 65536u
struct mta_sts_policy {
    enum mta_sts_mode mode;
    struct str_list mx; /* patterns */
    int64_t max_age_s;
    struct str flaw; /* with its line */
};
bool mta_sts_policy_parse(struct arena *arena, struct str text, struct mta_sts_policy *ret);
/* A pattern of the policy against an MX name: one left-most label for "*." (section 4.1). */
bool mta_sts_matches(struct str pattern, struct str mx);

/* "_smtp._tls.DOMAIN": "v=TLSRPTv1; rua=...". */
struct tls_rpt_record {
    struct str_list rua;
    struct str flaw;
};
bool tls_rpt_is_record(struct str text);
bool tls_rpt_parse(struct arena *arena, struct str text, struct tls_rpt_record *ret);

/* "default._bimi.DOMAIN": "v=BIMI1; l=...; a=...". */
struct bimi_record {
    struct str logo, evidence; /* URLs; logo empty: the owner declines */
    struct str flaw;
};
bool bimi_is_record(struct str text);
bool bimi_parse(struct arena *arena, struct str text, struct bimi_record *ret);

#define BIMI_SVG_MOST_BYTES 32768u
/* The basics of SVG Tiny PS: well-formed, version, baseProfile, title, square view box, no script, image, animation or
 * link outside. False with what is wrong and its line. */
bool bimi_svg_check(struct arena *arena, struct str svg, struct str *ret_flaw);

/* "_25._tcp.MX": "3 1 1 HEX". */
struct tlsa {
    unsigned usage, selector, matching;
    struct str data; /* bytes */
    struct str flaw;
};
bool tlsa_parse(struct arena *arena, struct str text, struct tlsa *ret);
/* Whether a certificate (DER, its SubjectPublicKeyInfo DER) is the one meant. Usages 2 and 3 only (RFC 7672 section
 * 3.1); the caller tries each certificate of the chain for usage 2. */
bool tlsa_matches(const struct tlsa *t, struct str cert_der, struct str spki_der);

#endif
