/* spf_write.h - an SPF evaluation and an SPF survey, for people and for programs. */
#ifndef REPORT_SPF_WRITE_H
#define REPORT_SPF_WRITE_H

#include <stdbool.h>

#include "core/str.h"

struct arena;
struct buf;
struct spf_question;
struct spf_survey;
struct spf_verdict;

/* format: "json" (docs/json.md), or anything else for text. False when out is full. */
bool spf_write_verdict(const struct spf_question *question, const struct spf_verdict *verdict, struct arena *arena,
                       struct str format, bool color, struct buf *out);
bool spf_write_survey(const struct spf_survey *survey, struct arena *arena, struct str format, bool color,
                      struct buf *out);

#endif
