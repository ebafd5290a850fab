/* dmarc_inside.h - what the files of the DMARC engine share among themselves. */
#ifndef MAIL_DMARC_INSIDE_H
#define MAIL_DMARC_INSIDE_H

#include "mail/dmarc.h"

#define DMARC_RECORD_MOST_BYTES 4096u
#define DMARC_URIS_MOST         50u

void dmarc_remark(struct arena *arena, struct dmarc_record *r, bool fatal, size_t at, struct str text);
/* A foreign value for use within a sentence: short and safe. */
struct str dmarc_shown(struct arena *arena, struct str s);

/* The value of rua or ruf, which lies within r->text: its URIs, with remarks about those that are none. True when at
 * least one is valid. */
bool dmarc_uris_read(struct arena *arena, struct dmarc_record *r, const char *tag, struct str value,
                     struct dmarc_uri **ret, size_t *ret_n);

#endif
