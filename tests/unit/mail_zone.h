/* mail_zone.h - a DNS in memory for the engines of src/mail. */
#ifndef MAIL_ZONE_H
#define MAIL_ZONE_H

#include "mail/resolver.h"

struct json_t;
struct mail_zone;

struct mail_zone *mail_zone_new(struct arena *arena);
struct mail_resolver mail_zone_resolver(struct mail_zone *zone);
/* "TXT", "A"... A value "TIMEOUT" makes that type fail; type "TIMEOUT" every other type at that name. Names not added
 * do not exist; a name with something below it does. MX values: "10 mx.example". */
void mail_zone_add(struct mail_zone *zone, const char *name, const char *type, struct str value);
/* Lines "name TYPE value": value to the end of the line, not quoted. */
void mail_zone_add_lines(struct mail_zone *zone, const char *lines);
/* A scenario's zonedata of the SPF suites, by the rules of tests/conformance/data/spf/ORIGIN.md. */
void mail_zone_add_suite(struct mail_zone *zone, struct json_t *zonedata);
/* From now on the nth look-up fails (1: the next; 0: none). */
void mail_zone_fail_nth(struct mail_zone *zone, size_t n);
size_t mail_zone_count(const struct mail_zone *zone); /* look-ups so far */

#endif
