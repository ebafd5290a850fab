/* test_send.h - proves with a real message that the shop's mail arrives and is believed. */
#ifndef PROOF_TEST_SEND_H
#define PROOF_TEST_SEND_H

#include "core/attr.h"
#include "mail/proof.h"
#include "mail/verify.h"
#include "proof/post_link.h"

struct ask;
struct err;
struct observer;

#define TEST_SEND_WAIT_MS  (300 * (int64_t)1000)
#define TEST_MOST_PROBLEMS 16u

/* What the launch file's email.test says. */
struct test_setup {
    struct post_account smtp, mailbox;
    bool has_mailbox;
    struct str from, to, from_domain;
};
/* ERR_NEEDS with the lines to add when there is no such section, ERR_USAGE when it is wrong. */
MUST_CHECK bool test_setup_read(struct ask *q, struct test_setup *ret, struct err *reterr);

struct test_problem {
    enum proof_problem kind;
    struct str text, fix; /* safe */
};

enum test_outcome { TEST_PROVEN, TEST_FAILING, TEST_UNPROVEN };

/* Everything lives in the arena of the ask. */
struct test_report {
    enum test_outcome outcome;
    struct proof proof;
    struct str smtp_place;
    bool handed_over;
    struct verify_report *verified; /* NULL: no message was seen */
    struct str message;             /* raw; empty: none */
    struct test_problem problems[TEST_MOST_PROBLEMS];
    size_t n_problems;
    struct str_list notes; /* what is good to know, safe: delays, a message left behind */
    bool cancelled;
};

struct test_options {
    int64_t wait_ms; /* 0: TEST_SEND_WAIT_MS */
    bool keep;
    void (*tell)(void *context, const char *line); /* progress; may be NULL */
    void *context;
};

/* Sends, waits, fetches, verifies and cleans up. What goes wrong is in the report. */
void test_send(struct ask *q, const struct observer *outside, const struct test_setup *setup,
               const struct test_options *options, struct test_report *ret);

/* A message that a person saved as it arrived. pending, which may be NULL: the record of the send that it should
 * answer. ERR_USAGE when it is no message of the site's, or older than a month. */
MUST_CHECK bool test_of_file(struct ask *q, const struct test_setup *setup, struct str text,
                             const struct proof *pending, struct test_report *ret, struct err *reterr);

/* ---- for the files of this room ---- */

struct str test_token_new(struct arena *arena);
struct str test_message(struct arena *arena, const struct test_setup *setup, struct str token, int64_t at_s);
void test_problem_add(struct arena *arena, struct test_report *r, enum proof_problem kind, struct str text,
                      const char *fix, ...) PRINTF_LIKE(5, 6);
/* Verifies raw, fills the report's proof and problems with what it shows. False: it is no message. */
MUST_CHECK bool test_judge(struct ask *q, const struct test_setup *setup, struct str raw, struct test_report *r,
                           struct err *reterr);
/* Sets the outcome, and the proof's problem, failure and fix. */
void test_conclude(struct test_report *r);

#endif
