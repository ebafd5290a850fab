/* fact_zone_file.h - the documented zone: a file in master-file format (RFC 1035 section 5). */
#ifndef FACTS_FACT_ZONE_FILE_H
#define FACTS_FACT_ZONE_FILE_H

#include "facts/fact_dns.h"

#define ZONE_FILE_MOST_BYTES   (1024u * 1024u)
#define ZONE_FILE_MOST_RECORDS 5000u

struct fact_zone_file {
    struct str path;
    struct str origin; /* that relative names stand below until the file says $ORIGIN */
    struct str text;   /* the file itself */
    struct dns_rr *records;
    size_t n_records;
};

extern const struct fact_kind zone_file_kind; /* key: "ORIGIN PATH"; rank 5 */
/* The launch file's dns.zone, relative to the launch file, with the audited domain as its first origin. NULL: there is
 * none (ERR_NEEDS), it cannot be read (ERR_SYSTEM, ERR_LIMIT), or it is no zone file (ERR_USAGE with FILE:LINE). */
const struct fact_zone_file *fact_zone_file(struct ask *q);

/* The parser. $INCLUDE is refused: only the file itself is read. path is for messages; ret is filled on success only.
 */
MUST_CHECK bool zone_file_read(struct arena *arena, struct str text, struct str origin, const char *path,
                               struct fact_zone_file *ret, struct err *reterr);

#endif
