/* dkim_ours.c - DKIM verifications per CPU second of our engine: dkim_ours SECONDS FOLDER NAME..., messages NAME.eml
 * signed with the key whose record is FOLDER/record. Each begins with an empty arena, the bytes of the message and a
 * resolver that has the record in memory. Prints a line a message: verifications per CPU second, and how it ended.
 * dkim_ours --make FOLDER writes the messages, with a key made for them. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/file.h"
#include "dkim_pair.h"
#include "mail/dkim.h"

#define NOW_S      1764000000
#define MOST_ARENA ((size_t)64 * 1024 * 1024)

static struct mail_record record = {.n_strings = 1};

static void look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    (void)context, (void)arena, (void)name, (void)type;
    *ret = (struct mail_answer){.outcome = MAIL_ANSWER, .v = &record, .n = 1};
}

static NORETURN void give_up(const struct err *e)
{
    fprintf(stderr, "dkim_ours: %s\n", e->text);
    exit(1);
}

static struct str slurp(struct arena *arena, const char *folder, const char *name, const char *ending)
{
    struct str text;
    struct err e;

    if (!file_read(arena, str_fmt(arena, "%s/%s%s", folder, name, ending).p, 8u << 20u, &text, &e))
        give_up(&e);
    return text;
}

static enum dkim_result run(struct str text)
{
    static const struct mail_resolver dns = {.look = look};
    struct arena *arena = arena_new(MOST_ARENA);
    enum dkim_result result = DKIM_NEUTRAL;
    struct dkim_verdict v;
    struct message m;
    struct err e;

    if (message_parse(arena, text, &m, &e) && dkim_verify(arena, &dns, &m, NOW_S, &v, 1) == 1)
        result = v.result;
    arena_free(arena);
    return result;
}

static void measure(struct str text, double seconds)
{
    enum dkim_result result = run(text);
    size_t done = 0;
    clock_t from = clock();
    double spent = 0;

    while (spent < seconds) {
        for (int i = 0; i < 200; i++)
            (void)run(text);
        done += 200;
        spent = (double)(clock() - from) / CLOCKS_PER_SEC;
    }
    printf("%.0f %s\n", (double)done / spent, dkim_result_word(result));
}

/* ---- the messages ---- */

static void write_message(struct arena *arena, const char *folder, const char *name, const struct dkim_pair *pair,
                          size_t n_lines)
{
    struct dkim_signer how = {.domain = STR("shop.example"),
                              .selector = STR("s1"),
                              .private_key = pair->private_pem,
                              .header_canon = DKIM_RELAXED,
                              .body_canon = DKIM_RELAXED,
                              .signed_s = NOW_S - 60,
                              .expires_s = -1,
                              .body_length = -1};
    struct str head =
        STR("Received: from mx.shop.example (mx.shop.example [192.0.2.25])\r\n"
            "\tby mx.box.example with ESMTPS id 4CkXyZ for <bo@box.example>;\r\n"
            "\tTue, 24 Nov 2026 10:00:00 +0000 (UTC)\r\n"
            "From: The Shop <hello@shop.example>\r\nTo: Bo <bo@box.example>\r\n"
            "Subject: Your order of two blue mugs is on its way\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
            "Message-ID: <20261124100000.1@shop.example>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
    char *body = arena_alloc(arena, n_lines * 80 + 1);
    size_t n = 0;
    struct message m;
    struct str field, text;
    struct err e;

    for (size_t i = 0; i < n_lines; i++)
        n += (size_t)snprintf(body + n, 80,
                              "    <td class=\"item\">Line %zu of  the order: a blue mug, 12.00</td> \r\n", i);
    text = str_fmt(arena, "%.*s%.*s", STR_ARG(head), (int)n, body);
    if (!message_parse(arena, text, &m, &e) || !dkim_sign(arena, &m, &how, &field, &e) ||
        !file_write(str_fmt(arena, "%s/%s.eml", folder, name).p,
                    str_fmt(arena, "%.*s%.*s", STR_ARG(field), STR_ARG(text)), &e))
        give_up(&e);
}

static void make(const char *folder)
{
    struct arena *arena = arena_new(MOST_ARENA);
    struct dkim_pair pair;
    struct err e;

    dkim_pair_make(arena, 2048, &pair);
    if (!file_write(str_fmt(arena, "%s/record", folder).p, pair.record, &e))
        give_up(&e);
    write_message(arena, folder, "receipt", &pair, 40);
    write_message(arena, folder, "newsletter", &pair, 900);
    dkim_pair_free(&pair);
    arena_free(arena);
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new(MOST_ARENA);

    if (argc == 3 && !strcmp(argv[1], "--make"))
        make(argv[2]);
    for (int i = 3; i < argc; i++) {
        record.value = slurp(arena, argv[2], "record", "");
        measure(slurp(arena, argv[2], argv[i], ".eml"), atof(argv[1]));
    }
    arena_free(arena);
    return 0;
}
