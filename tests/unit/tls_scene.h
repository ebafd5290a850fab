/* tls_scene.h - the authorities that the TLS tests trust, or not, and leaves of theirs. */
#ifndef TESTS_TLS_SCENE_H
#define TESTS_TLS_SCENE_H

#include "certs.h"

#define DAY 86400

extern int64_t now_s;
extern struct cert root, intermediate, stranger; /* stranger: a root that nobody trusts */
extern char ca_file[64];                         /* the root in PEM */

/* For cmocka_run_group_tests. */
int scene_make(void **state);
int scene_end(void **state);

/* What ask leaves out: for shop.example and what is below it, 90 days of which 30 have passed, by the intermediate. */
struct cert leaf_with(struct cert_ask ask);

#endif
