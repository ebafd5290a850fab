/* spf_write_inside.h - the JSON of SPF, for spf_write.c. */
#ifndef REPORT_SPF_WRITE_INSIDE_H
#define REPORT_SPF_WRITE_INSIDE_H

struct arena;
struct buf;
struct spf_question;
struct spf_survey;
struct spf_verdict;

void spf_json_verdict(const struct spf_question *question, const struct spf_verdict *verdict, struct arena *arena,
                      struct buf *out);
void spf_json_survey(const struct spf_survey *survey, struct arena *arena, struct buf *out);

#endif
