/* The record of a test send: written, read again, refused when it is none; where it lies. */
#include "mail/proof.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "proof/proof_store.h"
#include "test.h"

static struct proof good(void)
{
    return (struct proof){.at_s = 1795550000,
                          .from = STR("hello@shop.example"),
                          .to = STR("probe@box.example"),
                          .mailbox_host = STR("box.example"),
                          .token = STR("lrabc"),
                          .server_said = STR("250 ok"),
                          .arrived_ms = 1234,
                          .folder = STR("INBOX"),
                          .spf = STR("pass"),
                          .spf_domain = STR("shop.example"),
                          .spf_reason = STR("inside"),
                          .client_ip = STR("203.0.113.25"),
                          .dkim = STR("pass"),
                          .dkim_domain = STR("shop.example"),
                          .dkim_selector = STR("s1"),
                          .dkim_reason = STR("verifies"),
                          .dmarc = STR("pass"),
                          .dmarc_policy = STR("reject"),
                          .dmarc_reason = STR("aligned"),
                          .spf_aligned = true,
                          .dkim_aligned = true,
                          .tls = true,
                          .failure = STR_NONE,
                          .fix = STR_NONE};
}

static void comes_back(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct proof p = good(), back;
    struct err err;

    (void)state;
    assert_true(proof_read(arena, proof_write(arena, &p), &back, &err));
    assert_str(proof_write(arena, &back), proof_write(arena, &p).p);
    assert_int_equal(back.at_s, p.at_s);
    assert_int_equal(back.arrived_ms, 1234);
    assert_true(back.spf_aligned && back.dkim_aligned && back.tls);
    assert_false(back.junk || back.by_hand || back.unsubscribe);
    assert_str(back.dkim_selector, "s1");
    assert_true(proof_arrived(&back));

    p = (struct proof){.arrived_ms = -1, .problem = PROOF_LOGIN, .failure = STR("the server refuses \x1b[31m\xff")};
    assert_true(proof_read(arena, proof_write(arena, &p), &back, &err));
    assert_int_equal(back.problem, PROOF_LOGIN);
    assert_str(back.failure, "the server refuses \\x1b[31m\\xff");
    assert_false(proof_arrived(&back));
    arena_free(arena);
}

/* Whatever a stranger's server says, the record can be read again. */
static void long_texts_are_cut(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct proof p = good(), back;
    struct err err;
    char *text = arena_alloc(arena, 100000);

    (void)state;
    memset(text, 1, 100000);
    p.server_said = p.spf_reason = p.dkim_reason = p.dmarc_reason = p.folder = str_n(text, 100000);
    struct str json = proof_write(arena, &p);
    assert_true(json.n < PROOF_MOST_BYTES);
    assert_true(proof_read(arena, json, &back, &err));
    assert_true(str_ends(back.server_said, STR("...")));
    arena_free(arena);
}

/* Replaced in a good record. */
static const struct {
    const char *from, *to, *words;
} broken[] = {
    {"email-proof/1", "email-proof/2", "schema must be"},
    {"\"arrived_ms\": 1234", "\"arrived_ms\": -1", "arrived_ms must be"},
    {"\"arrived_ms\": 1234", "\"arrived_ms\": 1e99", "arrived_ms must be"},
    {"\"arrived_ms\": 1234", "\"arrived_ms\": null", "says that all is well and that it is not"},
    {"\"junk\": false", "\"junk\": 0", "junk must be true or false"},
    {"\"junk\": false", "\"junk\": true", "says that all is well and that it is not"},
    {"\"problem\": \"none\"", "\"problem\": \"spf\"", "does not say what went wrong"},
    {"\"problem\": \"none\"", "\"problem\": \"fine\"", "problem must be one of"},
    {"\"result\": \"pass\"", "\"result\": 1", "dkim.result must be a text"},
    {"\"policy\": \"reject\",", "", "dmarc.policy must be a text"},
    {"2026-11-24", "2026-13-24", "at must be a date"},
    {"\"tls\": true", "\"tls\": true, \"tls\": true", "is not JSON"},
    {"{", "[", "is not JSON"},
};

static void others_are_refused(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    struct proof p = good(), back = {.token = STR("untouched")};
    struct str text = proof_write(arena, &p);
    struct err err;

    (void)state;
    for (size_t i = 0; i < N_OF(broken); i++) {
        size_t at = str_find(text, str_of(broken[i].from));
        assert_true(at != SIZE_MAX);
        struct str bad = str_fmt(arena, "%.*s%s%.*s", (int)at, text.p, broken[i].to,
                                 STR_ARG(str_from(text, at + strlen(broken[i].from))));
        if (proof_read(arena, bad, &back, &err))
            fail_msg("%s is taken", broken[i].to);
        assert_int_equal(err.kind, ERR_PARSE);
        if (!strstr(err.text, broken[i].words))
            fail_msg("\"%s\" lacks \"%s\"", err.text, broken[i].words);
    }
    char *large = arena_alloc(arena, PROOF_MOST_BYTES + 1);
    memset(large, ' ', PROOF_MOST_BYTES + 1);
    assert_false(proof_read(arena, str_n(large, PROOF_MOST_BYTES + 1), &back, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_str(back.token, "untouched");
    arena_free(arena);
}

static void lies_beside_the_launch_file(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));
    char folder[] = "/tmp/launchready-proof-XXXXXX";
    struct proof p = good(), back;
    struct str text;
    struct err err;

    (void)state;
    assert_non_null(mkdtemp(folder));
    const char *launch = str_fmt(arena, "%s/launchready.yaml", folder).p;
    const char *letter = str_fmt(arena, "%s/%s", folder, PROOF_MESSAGE_FILE).p;
    const char *record = str_fmt(arena, "%s/%s", folder, PROOF_FILE).p;
    assert_str(proof_path(arena, "launchready.yaml", PROOF_FILE), PROOF_FILE);
    assert_false(proof_load(arena, launch, &back, &err));
    assert_int_equal(err.kind, ERR_SYSTEM);

    assert_true(proof_store(arena, launch, &p, STR("From: a@b\r\n\r\nx\r\n"), &err));
    assert_true(proof_load(arena, launch, &back, &err));
    assert_str(back.token, "lrabc");
    assert_true(file_read(arena, letter, 100, &text, &err));
    assert_str(text, "From: a@b\r\n\r\nx\r\n");

    /* A send that brought no message leaves none of an earlier one. */
    p = (struct proof){.arrived_ms = -1, .problem = PROOF_NOT_ARRIVED, .failure = STR("lost")};
    assert_true(proof_store(arena, launch, &p, STR_NONE, &err));
    assert_false(file_exists(letter));
    assert_true(file_write(record, STR("{}"), &err));
    assert_false(proof_load(arena, launch, &back, &err));
    assert_int_equal(err.kind, ERR_PARSE);

    unlink(record);
    rmdir(str_fmt(arena, "%s/.launchready", folder).p);
    rmdir(folder);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(lies_beside_the_launch_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
