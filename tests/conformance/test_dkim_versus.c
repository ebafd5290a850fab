/* Generated messages, signed by us and verified by others, and the reverse, whole and altered: the same verdict. */
#include "../unit/test.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/dkim_pair.h"
#include "../unit/mail_zone.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/text.h"
#include "mail/base64.h"
#include "mail/dkim.h"
#include "peer.h"

#define NOW_S 1795600000
#define SEED  20261124u

struct versus {
    const char *name, *program;
    bool is_ed25519;
    unsigned n_cases;
};

/* ---- numbers that are the same in every run ---- */

static uint64_t state_of_random;

static unsigned below(unsigned n)
{
    state_of_random = state_of_random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state_of_random >> 33u) % n;
}

/* ---- a message ---- */

static const char *const names[] = {"From", "To",           "Subject",      "Date",     "Message-ID", "Cc",
                                    "X-A",  "MIME-Version", "Content-Type", "Reply-To", "Received",   "List-Id"};

static void add_white(struct buf *b)
{
    static const char *const some[] = {" ", " ", " ", "  ", "\t", " \t ", "\r\n ", "\r\n\t", " \r\n  "};

    buf_add_cstr(b, some[below(N_OF(some))]);
}

static void add_words(struct buf *b, bool may_fold)
{
    static const char *const words[] = {
        "mugs", "cups", "a",   "=?utf-8?q?=C3=A4?=", "<x@shop.example>", ";", "b=1", "\"q\"",
        "2026", ":",    "(c)", "K\xc3\xa4se"};
    unsigned n = below(6);

    for (unsigned i = 0; i < n; i++) {
        if (may_fold)
            add_white(b);
        else
            buf_add_cstr(b, below(4) ? " " : below(2) ? "  " : "\t");
        buf_add_cstr(b, words[below(N_OF(words))]);
    }
}

static void add_field(struct buf *b, const char *name)
{
    for (const char *p = name; *p; p++)
        buf_add_char(b, !below(12) && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
    buf_add_cstr(b, below(8) ? ": " : below(2) ? ":" : ":  ");
    buf_add_cstr(b, below(16) ? "x" : "");
    add_words(b, true);
    buf_add_cstr(b, below(6) ? "\r\n" : " \r\n");
}

/* The last line has its CRLF: of one without, which SMTP cannot carry, RFC 6376 sections 3.4.3 and 3.4.4 say that it
 * gets one; each of the peers does something else there. The unit tests have that case. */
static void add_body(struct buf *b)
{
    static const char *const lines[] = {"",      "",  "",   " ",   "\t \t",     "hello",        "  hello", "x  y",
                                        "x\ty ", ".", "..", "--b", "From here", "\xc3\xa4\xff", "=20"};
    unsigned n = below(9);

    for (unsigned i = 0; i < n; i++) {
        buf_add_cstr(b, lines[below(N_OF(lines))]);
        if (!below(3))
            add_words(b, false);
        if (!below(60))
            for (int k = 0; k < 3000; k++)
                buf_add_char(b, (char)('a' + k % 26));
        buf_add_cstr(b, "\r\n");
    }
}

static struct str make_message(struct arena *arena)
{
    struct buf b;
    bool had_from = false;

    buf_init(&b, 1u << 20u);
    for (unsigned i = 0, n = 2 + below(9); i < n; i++) {
        const char *name = names[i == n - 1 && !had_from ? 0 : below(N_OF(names))];
        if (!strcmp(name, "From") && had_from)
            continue;
        had_from |= !strcmp(name, "From");
        if (!strcmp(name, "From"))
            buf_add_cstr(&b, below(3) ? "From: Ann <ann@shop.example>\r\n" : "From:\r\n ann@shop.example\r\n");
        else
            add_field(&b, name);
    }
    buf_add_cstr(&b, "\r\n");
    add_body(&b);
    struct str made = str_dup(arena, buf_str(&b));
    buf_free(&b);
    return made;
}

/* ---- what happens to it on the way ---- */

static struct str splice(struct arena *arena, struct str s, size_t at, size_t cut, const char *put)
{
    return str_fmt(arena, "%.*s%s%.*s", (int)at, s.p, put, STR_ARG(str_from(s, at + cut)));
}

/* Where a line begins, any line of the first n bytes. */
static size_t some_line(struct str s, size_t n)
{
    size_t at = n ? below((unsigned)n) : 0;

    while (at && s.p[at - 1] != '\n')
        at--;
    return at;
}

static struct str alter(struct arena *arena, struct str s, size_t signature_bytes)
{
    size_t body = str_find(s, STR("\r\n\r\n")) + 4, at;
    static const char *const ends[] = {"\r\n", "\r\n\r\n", " \r\n", "footer\r\n", "\t\r\n\r\n"};
    static const char *const fields[] = {"To: eve@trap.example\r\n", "From: eve@trap.example\r\n", "X-B: 1\r\n",
                                         "Subject:\r\n"};

    switch (below(10)) {
    case 0: return splice(arena, s, s.n, 0, ends[below(N_OF(ends))]);
    case 1: return splice(arena, s, signature_bytes, 0, fields[below(N_OF(fields))]);
    case 2: return splice(arena, s, body - 2, 0, fields[below(N_OF(fields))]);
    case 3: /* a space more in a field or the body */
        at = signature_bytes + below((unsigned)(s.n - signature_bytes));
        while (at < s.n && s.p[at] != ' ' && s.p[at] != '\t')
            at++;
        return splice(arena, s, at, 0, at < s.n ? " " : "");
    case 4: /* folded anew */
        at = signature_bytes + below((unsigned)(body - signature_bytes));
        while (at < body && s.p[at] != ' ')
            at++;
        return at < body && at > 1 && s.p[at - 1] > ' ' && s.p[at + 1] > ' ' ? splice(arena, s, at, 1, "\r\n ") : s;
    case 5: /* a letter of the signature, or a fold in it */
        at = below((unsigned)signature_bytes - 20) + 16;
        if (s.p[at] < 'b' || s.p[at] > 'y' || s.p[at - 1] < 'A' || s.p[at + 1] < 'A')
            return s;
        return below(2) ? splice(arena, s, at, 1, "a") : splice(arena, s, at, 0, "\r\n ");
    case 6: /* another letter in a value or the body */
    case 9:
        at = signature_bytes + below((unsigned)(s.n - signature_bytes));
        while (at + 1 < s.n && (s.p[at] < 'a' || s.p[at] > 'z' || s.p[at + 1] == ':'))
            at++;
        return at + 1 < s.n ? splice(arena, s, at, 1, s.p[at] == 'y' ? "z" : "y") : s;
    case 7: /* a line of the body goes */
        if (body >= s.n)
            return s;
        at = some_line(s, s.n);
        return at >= body ? splice(arena, s, at, str_find_char(str_from(s, at), '\n') + 1, "") : s;
    case 8: /* an empty line more in the body */
        return body < s.n ? splice(arena, s, some_line(s, s.n) >= body ? some_line(s, s.n) : s.n, 0, "\r\n") : s;
    default: return s;
    }
}

/* ---- both ways ---- */

struct scene {
    struct peer *peer;
    struct mail_zone *zone;
    struct dkim_pair pair;
    unsigned n_pass, n_fail;
    bool lines_only, picky; /* dkimpy does not sign Received, and refuses two From fields whatever was signed */
};

static void write_file(struct arena *arena, const char *folder, const char *name, struct str text)
{
    struct str path = str_fmt(arena, "%s/%s", folder, name);
    struct err e;

    if (!file_write(path.p, text, &e))
        fail_msg("%s", e.text);
}

static struct str raw_private(struct arena *arena, const struct dkim_pair *pair)
{
    unsigned char raw[32];
    size_t n = sizeof raw;

    if (!EVP_PKEY_is_a(pair->key, "ED25519") || !EVP_PKEY_get_raw_private_key(pair->key, raw, &n))
        return STR_NONE;
    return base64_encode(arena, str_n((const char *)raw, n));
}

static const char *const canons[] = {"simple", "relaxed"};

static struct str choose_names(struct arena *arena, const struct scene *s, struct dkim_signer *how)
{
    struct str all = STR("from");

    str_list_add(arena, &how->headers, STR("from"));
    for (unsigned i = 0, n = below(6); i < n; i++) {
        struct str name = str_lower(arena, str_of(names[below(N_OF(names))]));
        if (s->picky && str_eq(name, STR("received")))
            continue;
        str_list_add(arena, &how->headers, name);
        all = str_fmt(arena, "%.*s:%.*s", STR_ARG(all), STR_ARG(name));
    }
    return all;
}

static const char *our_verdict(struct arena *arena, struct scene *s, struct str text, struct str *ret_reason)
{
    struct mail_resolver dns = mail_zone_resolver(s->zone);
    struct dkim_verdict v;
    struct message m;
    struct err e;

    *ret_reason = STR_NONE;
    if (!message_parse(arena, text, &m, &e) || dkim_verify(arena, &dns, &m, NOW_S, &v, 1) != 1)
        return "none";
    *ret_reason = v.reason;
    return dkim_result_word(v.result);
}

/* The same verdict of both, or the seed's case is shown. */
static void compare(struct arena *arena, struct scene *s, unsigned number, struct str text, bool must_pass)
{
    struct str reason, theirs;
    const char *ours = our_verdict(arena, s, text, &reason);
    bool passes = !strcmp(ours, "pass");

    if (!peer_verify(arena, s->peer, text, &theirs))
        fail_msg("case %u: the peer died", number);
    s->n_pass += passes;
    s->n_fail += !passes;
    if (passes == str_starts(theirs, STR("pass")) && (passes || !must_pass))
        return;
    fprintf(stderr, "%.*s\n", STR_ARG(text_safe_lines(arena, text)));
    fail_msg("case %u, above: we say %s (%.*s), they %.*s", number, ours, STR_ARG(reason), STR_ARG(theirs));
}

static void one_case(struct scene *s, unsigned number)
{
    struct arena *arena = arena_new(ARENA_MB(16));
    struct str text = make_message(arena), field;
    struct dkim_signer how = {.domain = STR("shop.example"),
                              .selector = STR("s1"),
                              .private_key = s->pair.private_pem,
                              .header_canon = (enum dkim_canon)below(2),
                              .body_canon = (enum dkim_canon)below(2),
                              .signed_s = -1,
                              .expires_s = -1,
                              .body_length = -1};
    struct str list = choose_names(arena, s, &how);
    struct message m;
    struct err e;

    if (!message_parse(arena, text, &m, &e))
        fail_msg("case %u: %s", number, e.text);
    /* Mail::DKIM takes l=0 for the whole body, and does not count as RFC 6376 section 3.7 does when l= ends between CR
     * and LF or the body is empty (section 3.4.3 gives it two bytes). The others agree with us there. */
    struct str body = dkim_canon_body(arena, m.body, how.body_canon);
    if (below(5) == 0)
        how.body_length = (int64_t)below((unsigned)body.n + 1);
    if (how.body_length >= 0 && s->lines_only)
        how.body_length =
            body.n > 2 ? (int64_t)(some_line(body, body.n - 2) ? some_line(body, body.n - 2) : body.n) : -1;
    if (how.body_length == 0 && s->lines_only)
        how.body_length = -1;
    if (number % 2) {
        if (!dkim_sign(arena, &m, &how, &field, &e))
            fail_msg("case %u: %s", number, e.text);
    } else {
        struct str ask =
            str_fmt(arena, "%s %s -1 %.*s", canons[how.header_canon], canons[how.body_canon], STR_ARG(list));
        if (!peer_sign(arena, s->peer, ask.p, text, &field) || !field.n)
            fail_msg("case %u: the peer did not sign %s:\n%.*s", number, ask.p, STR_ARG(text));
    }
    text = str_fmt(arena, "%.*s%.*s", STR_ARG(field), STR_ARG(text));
    compare(arena, s, number, text, true);
    struct str altered = text;
    for (int i = 0; i < 8 && str_eq(altered, text); i++) /* some alterations find nothing to alter */
        altered = alter(arena, text, field.n);
    if (!s->picky || !str_has(altered, STR("From: eve")))
        compare(arena, s, number, altered, false);
    arena_free(arena);
}

static void versus(void **state)
{
    const struct versus *v = *state;
    struct scene s = {0};
    struct arena *arena = arena_new(ARENA_MB(4));
    char folder[] = "/tmp/launchready-dkim-XXXXXX";
    static const char *const files[] = {"private.pem", "private.raw", "record"};

    assert_non_null(mkdtemp(folder));
    dkim_pair_make(arena, v->is_ed25519 ? 0 : 2048, &s.pair);
    write_file(arena, folder, "private.pem", s.pair.private_pem);
    write_file(arena, folder, "private.raw", raw_private(arena, &s.pair));
    write_file(arena, folder, "record", s.pair.record);
    s.zone = mail_zone_new(arena);
    mail_zone_add(s.zone, "s1._domainkey.shop.example", "TXT", s.pair.record);
    state_of_random = SEED;
    s.lines_only = !strcmp(v->name, "Mail::DKIM");
    s.picky = strstr(v->name, "dkimpy") != NULL;
    s.peer = peer_start(v->program, folder);
    for (unsigned i = 0; s.peer && i < v->n_cases; i++)
        one_case(&s, i);
    peer_stop(s.peer);
    for (size_t i = 0; i < N_OF(files); i++)
        (void)unlink(str_fmt(arena, "%s/%s", folder, files[i]).p);
    (void)rmdir(folder);
    bool was_there = s.peer != NULL;
    dkim_pair_free(&s.pair);
    arena_free(arena);
    if (!was_there)
        skip();
    print_message("# %s: %u passes and %u failures agreed on\n", v->name, s.n_pass, s.n_fail);
    assert_true(s.n_pass > v->n_cases && s.n_fail > v->n_cases / 6); /* neither verdict is the only one */
}

int main(void)
{
    static struct versus rows[] = {
        {"Mail::DKIM", PEERS "/peer_mail_dkim.pl", false, 700},
#ifdef PEER_OPENDKIM
        {"OpenDKIM", PEER_OPENDKIM, false, 1500},
#endif
        {"dkimpy", PEERS "/peer_dkimpy.py", false, 200},
        {"dkimpy, Ed25519", PEERS "/peer_dkimpy.py", true, 150},
    };
    struct CMUnitTest tests[N_OF(rows)];

    for (size_t i = 0; i < N_OF(rows); i++)
        tests[i] = (struct CMUnitTest){rows[i].name, versus, NULL, NULL, &rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
