/* mail_map.h - a domain's mail at a glance: who receives, who sends and by which path each passes DMARC, the keys, the
 * policies, and whether the policy may be tightened. What `launchready email check` shows above its findings. */
#ifndef REPORT_MAIL_MAP_H
#define REPORT_MAIL_MAP_H

#include <stdbool.h>

#include "core/str.h"

struct ask;
struct buf;
struct json_t;
struct report_options;

/* Looks (at what the checks looked at already) and writes for people. False only when out is full. */
bool mail_map_write(struct ask *q, const struct report_options *options, struct buf *out);
/* The same as an object: docs/json.md, launchready.email/1. NULL without memory. */
struct json_t *mail_map_json(struct ask *q);

#endif
