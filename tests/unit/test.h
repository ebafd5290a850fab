/* test.h - cmocka with what it needs included first. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

#define ARENA_MB(n) ((size_t)(n)*1024 * 1024)

/* Fails with both texts shown. */
#define assert_str(actual, expected)                                                                                   \
    do {                                                                                                               \
        struct str got_ = (actual), want_ = str_of(expected);                                                          \
        if (!str_eq(got_, want_))                                                                                      \
            fail_msg("got \"%.*s\", wanted \"%.*s\"", STR_ARG(got_), STR_ARG(want_));                                  \
    } while (0)

#endif
