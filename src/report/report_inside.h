/* report_inside.h - what the formats share: safe texts, rows of findings, words for people. */
#ifndef REPORT_REPORT_INSIDE_H
#define REPORT_REPORT_INSIDE_H

#include "audit/audit.h"
#include "core/buf.h"
#include "report/report.h"

struct arena;

/* Each writes an audit whose texts are safe to show: valid UTF-8 without control characters (fixes keep line ends). */
#define REPORT(name, help)                                                                                             \
    bool report_##name##_write(const struct audit *audit, const struct report_options *options, struct buf *out);
#include "report/reports.def"
#undef REPORT

/* A copy in the arena with every text made safe, so that no format needs to remember to. */
struct audit *report_safe_audit(struct arena *arena, const struct audit *audit);

/* Findings of one check with one status: they print as one row with a count. In the audit's order. */
struct report_row {
    const struct check *check;
    enum status status;
    const struct finding **v;
    size_t n, capacity;
    size_t n_folded; /* that could not look because of these */
};
struct report_rows {
    struct report_row *v;
    size_t n, capacity;
};
/* Of the findings with a status of the set (1u << FAIL | ...) that are not folded under another. */
struct report_rows report_rows_of(struct arena *arena, const struct audit *audit, unsigned statuses);

/* What could not be looked at for one reason. */
struct report_unseen {
    struct str reason; /* "shop.example did not answer in time" */
    const struct finding **v;
    size_t n, capacity;
};
struct report_unseens {
    struct report_unseen *v;
    size_t n, capacity;
};
struct report_unseens report_unseens_of(struct arena *arena, const struct audit *audit);

/* "12 more checks could not look because shop.example does not resolve"; empty when nothing is folded under the row. */
struct str report_folded(struct arena *arena, const struct audit *audit, const struct report_row *row);

size_t report_count(const struct audit *audit, enum status status); /* of checks, over the stages */
const char *report_verdict_title(enum verdict v);                   /* "NOT READY" */
const char *report_status_title(enum status s);                     /* "failed" */
const char *report_certainty(enum certainty c);                     /* "observed" */
/* "you, in the Cloudflare dashboard" */
const char *report_who(const struct finding *f);
const char *report_who_fixes(enum fix_by by, struct str fix);
struct str report_fix(const struct finding *f); /* its own, else its check's */
/* True when an earlier finding of the row has the same fix, or command, as its i-th. */
bool report_fix_said(const struct report_row *row, size_t i);
bool report_command_said(const struct report_row *row, size_t i);
/* "_dmarc.shop.example. 3600 IN TXT \"v=DMARC1; p=none\"": a line of a zone file. */
struct str report_record_line(struct arena *arena, const struct dns_fix *r);
struct str report_minutes(struct arena *arena, int minutes); /* "15 minutes" */
struct str report_seconds(struct arena *arena, int64_t ms);  /* "1.8 s" */
/* "75 checks: not in this version" and so on, one for each reason. */
struct str_list report_skipped(struct arena *arena, const struct audit *audit);
int64_t report_when_s(const struct audit *audit, const struct evidence *e);
/* What the launch file is called in places of findings: relative, "launchready.yaml" without one. */
struct str report_launch_file(const struct audit *audit);
int report_line(const struct report_options *options, struct arena *arena, const struct finding *f); /* at least 1 */

/* The style sheet of the HTML page. */
extern const char report_html_style[];

#endif
