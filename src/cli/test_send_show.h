/* test_send_show.h - the result of a test send, for people and for scripts. */
#ifndef CLI_TEST_SEND_SHOW_H
#define CLI_TEST_SEND_SHOW_H

#include <stdbool.h>

struct arena;
struct buf;
struct test_report;

/* path: where the record was written; NULL: it was not. */
void test_send_text(const struct test_report *r, struct arena *arena, bool color, const char *path, struct buf *out);
/* One object of the schema launchready.test-send/1. */
void test_send_json(const struct test_report *r, struct arena *arena, const char *path, struct buf *out);

#endif
