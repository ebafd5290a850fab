/* check.h - a check's row in the catalogue, and what checks say: findings. */
#ifndef CHECKS_CHECK_H
#define CHECKS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

struct ask;
struct arena;
struct findings;

enum risk { RISK_LAUNCH_BLOCKER, RISK_DELIVERABILITY, RISK_SECURITY, RISK_PERFORMANCE, RISK_N }; /* in order of rank */
enum severity { SEV_INFO, SEV_LOW, SEV_MEDIUM, SEV_HIGH, SEV_CRITICAL };
enum status { PASS, WARN, FAIL, UNKNOWN, NOT_APPLICABLE, WAIVED, STATUS_N };
enum fix_by { BY_EDGE, BY_DNS, BY_REPO, BY_HOST, BY_PERSON };
enum wave { CORE, SECOND };

/* What a check needs before it can look. */
enum need {
    NEED_NETWORK = 1u << 0,
    NEED_REPO = 1u << 1,
    NEED_ACTIVE = 1u << 2 /* sends traffic that an owner must want: --active and proven control */
};

typedef void (*check_fn)(struct ask *q, struct findings *out);

struct check {
    check_fn run; /* NULL: a row whose method is not in this version; never run, never passed */
    const char *id;
    int stage; /* 1 to 7 */
    enum risk risk;
    enum severity severity;
    enum wave wave;
    enum fix_by fix_by;
    int effort_minutes;
    unsigned needs;      /* of enum need */
    const char *section; /* launch-file section without which it cannot look; NULL: none */
    const char *rule;    /* pass criteria */
    const char *why;     /* why it matters */
    const char *breaks;  /* what breaks if it fails */
    const char *fix;     /* in general; a finding's own fix is exact */
};

/* The catalogue in its order, and a row by id (NULL: none). */
const struct check *checks_all(size_t *ret_n);
const struct check *check_by_id(struct str id);
/* True when id matches the pattern: "dns.*", "dns", "*.origin", an id; case folded. */
bool check_matches(const struct check *check, struct str pattern);

const char *risk_word(enum risk r);         /* "launch-blocker" */
const char *risk_title(enum risk r);        /* "Launch blockers" */
const char *severity_word(enum severity s); /* "critical" */
bool severity_from_word(struct str word, enum severity *ret) MUST_CHECK;
const char *status_word(enum status s); /* "pass", "n/a" ... */
const char *fix_by_word(enum fix_by f); /* "edge", "dns", "repository", "host", "person" */
const char *stage_name(int stage);      /* "Domain and routing" */

struct evidence {
    struct str label, value, source; /* source: the server, address or file; may be empty */
    int64_t at_s;                    /* 0: the audit's start */
};

/* A DNS record to paste. */
struct dns_fix {
    struct str name, type, value;
    uint32_t ttl_s;
    bool remove; /* take it away instead */
};

enum certainty { OBSERVED, INFERRED, TOLD };

struct finding {
    const struct check *check;
    enum status status;
    enum severity severity;
    struct str subject;            /* URL, host, record or path it is about; foreign bytes made safe */
    struct str title;              /* what was found, one line */
    struct str observed, expected; /* may be empty */
    struct evidence *evidence;
    size_t n_evidence, evidence_capacity;
    struct str fix_text, fix_command; /* empty: the row's fix */
    struct dns_fix *records;
    size_t n_records, records_capacity;
    struct str key;         /* tells findings of one check about one subject apart; never values or line numbers */
    struct str fingerprint; /* 16 hex digits of SHA-256 over id, subject and key; set by findings_close */
    enum certainty certainty;
    bool on_money_path;        /* login, checkout, mail: counts more */
    struct str section;        /* launch-file section it points to, for line anchors; may be empty */
    enum err_kind unseen_kind; /* UNKNOWN: why it could not look */
    struct str unseen_place;   /* UNKNOWN: the host or URL that could not be seen */
    /* set by the audit */
    int impact;
    const struct finding *cause; /* folded under that one */
    size_t n_folded;
    struct str waiver_reason, waiver_owner;
    int64_t waiver_until_s;
};

struct findings {
    struct arena *arena;
    const struct check *check;
    struct finding **v;
    size_t n, capacity;
};

/* Says something about subject; the text is the title. The finding lives in out's arena; add to it at once. All
 * texts are made safe here. Severity is the row's; a WARN is at most medium. A check that says nothing passes if it
 * saw all that it asked for. */
struct finding *say(struct findings *out, enum status status, struct str subject, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void finding_evidence(struct findings *out, struct finding *f, const char *label, struct str source, int64_t at_s,
                      const char *fmt, ...) PRINTF_LIKE(6, 7);
void finding_fix(struct findings *out, struct finding *f, const char *fmt, ...) PRINTF_LIKE(3, 4);
void finding_command(struct findings *out, struct finding *f, const char *fmt, ...) PRINTF_LIKE(3, 4);
void finding_record(struct findings *out, struct finding *f, const char *name, const char *type, uint32_t ttl_s,
                    const char *fmt, ...) PRINTF_LIKE(6, 7);
void finding_remove_record(struct findings *out, struct finding *f, const char *name, const char *type, const char *fmt,
                           ...) PRINTF_LIKE(5, 6);
void finding_observed(struct findings *out, struct finding *f, const char *fmt, ...) PRINTF_LIKE(3, 4);
void finding_expected(struct findings *out, struct finding *f, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* For rows that the audit itself judges once the others are done (audit.waivers): says nothing. */
void check_of_audit(struct ask *q, struct findings *out);
/* Gives f its fingerprint: once subject and key are final. check_run does it for what its check said. */
void finding_close(struct findings *out, struct finding *f);

/* Runs one check to its end: its findings, or pass, or unknown with the reason; each with its fingerprint.
 * "A failure that was seen stands; a pass with something unseen does not." */
void check_run(const struct check *check, struct ask *q, struct findings *out);

#endif
