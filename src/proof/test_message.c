/* The test message, and what the launch file says about where it goes. */
#include <string.h>
#include <sys/random.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "facts/facts.h"
#include "launch/launch.h"
#include "launch/name.h"
#include "proof/test_send.h"

#define ADDRESS_MOST 254u /* RFC 5321 section 4.5.3.1.3, without its brackets */

static bool read_address(struct arena *arena, const char *field, struct str text, struct str *ret_domain,
                         struct err *reterr)
{
    size_t at = SIZE_MAX;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~' || strchr("<>()[],;:\\\"", text.p[i]))
            return err_set(reterr, ERR_USAGE, "%s must be a plain address such as hello@shop.example", field);
        if (text.p[i] == '@')
            at = at == SIZE_MAX ? i : text.n;
    }
    if (at == SIZE_MAX || at == 0 || at >= text.n || text.n > ADDRESS_MOST)
        return err_set(reterr, ERR_USAGE, "%s must be a plain address such as hello@shop.example", field);
    if (name_normalise(arena, str_from(text, at + 1), ret_domain, reterr))
        return true;
    return err_at(reterr, "%s", field);
}

bool test_setup_read(struct ask *q, struct test_setup *ret, struct err *reterr)
{
    const struct launch *l = q->launch;
    struct str to_domain;

    *ret = (struct test_setup){.from = l->email.from, .to = l->email.to};
    if (!l->email.smtp.n || !l->email.from.n || !l->email.to.n) {
        err_set(reterr, ERR_NEEDS, "the launch file does not say how to send a test message: email.test needs %s",
                !l->email.smtp.n   ? "smtp, from and to"
                : !l->email.from.n ? "from"
                                   : "to");
        return err_because(reterr, "see launchready help email");
    }
    if (!post_account_read(q->arena, "smtp", "email.test.smtp", l->email.smtp, &ret->smtp, reterr) ||
        !read_address(q->arena, "email.test.from", ret->from, &ret->from_domain, reterr) ||
        !read_address(q->arena, "email.test.to", ret->to, &to_domain, reterr))
        return false;
    ret->smtp.user = l->email.user;
    ret->smtp.password = l->email.password;
    ret->has_mailbox = l->email.mailbox.n > 0;
    if (ret->has_mailbox &&
        !post_account_read(q->arena, "imap", "email.test.mailbox", l->email.mailbox, &ret->mailbox, reterr))
        return false;
    ret->mailbox.user = ret->to;
    ret->mailbox.password = l->email.mailbox_password;
    return true;
}

struct str test_token_new(struct arena *arena)
{
    unsigned char random[10];
    char text[2 * sizeof random + 1];

    for (size_t got = 0; got < sizeof random;) {
        ssize_t n = getrandom(random + got, sizeof random - got, 0);
        got += n > 0 ? (size_t)n : 0;
    }
    for (size_t i = 0; i < sizeof random; i++) {
        text[2 * i] = (char)('a' + (random[i] >> 4));
        text[2 * i + 1] = (char)('a' + (random[i] & 15));
    }
    return str_fmt(arena, "lr%.*s", (int)(2 * sizeof random), text);
}

/* RFC 5322 section 3.3, from "2026-11-24T10:00:00Z". */
static struct str date_field(struct arena *arena, int64_t at_s)
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct str t = clock_rfc3339(arena, at_s);
    size_t month = (size_t)(t.p[5] - '0') * 10 + (size_t)(t.p[6] - '0');

    return str_fmt(arena, "%.3s, %.2s %.3s %.4s %.8s +0000", days + (at_s / 86400 % 7) * 3, t.p + 8,
                   months + (month - 1) % 12 * 3, t.p, t.p + 11);
}

struct str test_message(struct arena *arena, const struct test_setup *s, struct str token, int64_t at_s)
{
    return str_fmt(arena,
                   "From: %.*s\r\n"
                   "To: %.*s\r\n"
                   "Subject: launchready test message %.*s\r\n"
                   "Date: %.*s\r\n"
                   "Message-ID: <%.*s@%.*s>\r\n"
                   "Auto-Submitted: auto-generated\r\n"
                   "Launchready-Test: %.*s\r\n"
                   "MIME-Version: 1.0\r\n"
                   "Content-Type: text/plain; charset=us-ascii\r\n"
                   "\r\n"
                   "This message was sent by \"launchready email test-send\", to see that mail from\r\n"
                   "%.*s arrives and passes SPF, DKIM and DMARC.\r\n"
                   "\r\n"
                   "Nobody needs to answer it. It is deleted once it has been looked at.\r\n"
                   "\r\n"
                   "%.*s\r\n",
                   STR_ARG(s->from), STR_ARG(s->to), STR_ARG(token), STR_ARG(date_field(arena, at_s)), STR_ARG(token),
                   STR_ARG(s->from_domain), STR_ARG(token), STR_ARG(s->from_domain), STR_ARG(token));
}
