/* One dialogue with a mail server: banner, EHLO, STARTTLS, EHLO, and perhaps MAIL and RCPT. Never DATA. */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/text.h"
#include "facts/observer.h"
#include "facts/smtp_inside.h"

/* Nobody who listens takes longer to be reached; a network that drops port 25 shall not hold up an audit for long. */
#define CONNECT_MOST_MS 5000
#define GOODBYE_MS      500

struct line {
    const struct observer *outside;
    const struct tls_place *place;
    struct arena *arena;
    struct mono deadline;
    int fd;
    SSL *ssl; /* NULL: in clear */
    char *in;
    size_t n_in;
};

/* ---- bytes ---- */

static bool lost(const struct line *l, struct err *reterr)
{
    return err_set(reterr, ERR_RESET, "%s port %u closed the connection in the middle of the dialogue", l->place->ip,
                   l->place->port);
}

static bool wait_for(struct line *l, short events, struct err *reterr)
{
    if (tls_socket_wait(l->outside, l->fd, events, l->deadline, reterr))
        return true;
    if (reterr && reterr->kind == ERR_TIMEOUT)
        err_set(reterr, ERR_TIMEOUT, "%s port %u takes the connection but does not answer in time", l->place->ip,
                l->place->port);
    return false;
}

/* Some bytes into to; 0: would block, and *ret_events says for what; less: the connection is gone. */
static ssize_t take(struct line *l, char *to, size_t n, short *ret_events)
{
    *ret_events = POLLIN;
    if (!l->ssl) {
        ssize_t got = recv(l->fd, to, n, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return 0;
        return got > 0 ? got : -1;
    }
    ERR_clear_error();
    int got = SSL_read(l->ssl, to, (int)n);
    int why = got > 0 ? SSL_ERROR_NONE : SSL_get_error(l->ssl, got);
    if (got > 0)
        return got;
    if (why == SSL_ERROR_WANT_WRITE)
        *ret_events = POLLOUT;
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static ssize_t give(struct line *l, struct str bytes, short *ret_events)
{
    *ret_events = POLLOUT;
    if (!l->ssl) {
        ssize_t n = send(l->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return 0;
        return n > 0 ? n : -1;
    }
    ERR_clear_error();
    int n = SSL_write(l->ssl, bytes.p, (int)bytes.n);
    int why = n > 0 ? SSL_ERROR_NONE : SSL_get_error(l->ssl, n);
    if (n > 0)
        return n;
    if (why == SSL_ERROR_WANT_READ)
        *ret_events = POLLIN;
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static bool say_line(struct line *l, struct str command, struct err *reterr)
{
    struct str rest = str_fmt(l->arena, "%.*s\r\n", STR_ARG(command));

    while (rest.n) {
        short events;
        ssize_t n = give(l, rest, &events);
        if (n < 0)
            return lost(l, reterr);
        if (n == 0 && !wait_for(l, events, reterr))
            return false;
        rest = str_from(rest, (size_t)n);
    }
    return true;
}

/* A server that drips a byte a packet is read again only when a line may have ended. */
static bool hear(struct line *l, struct smtp_reply *ret, struct err *reterr)
{
    bool news = l->n_in > 0;

    for (;;) {
        size_t used = 0;
        short events;
        if (news || l->n_in > SMTP_MOST_LINE_BYTES) {
            enum smtp_read read = smtp_reply_read(l->arena, str_n(l->in, l->n_in), ret, &used, reterr);
            if (read == SMTP_BROKEN)
                return false;
            if (read == SMTP_WHOLE) {
                l->n_in -= used;
                memmove(l->in, l->in + used, l->n_in);
                return true;
            }
        }
        ssize_t n = take(l, l->in + l->n_in, SMTP_MOST_REPLY_BYTES - l->n_in, &events);
        if (n < 0)
            return lost(l, reterr);
        if (n == 0 && !wait_for(l, events, reterr))
            return false;
        news = n > 0 && memchr(l->in + l->n_in, '\n', (size_t)n) != NULL;
        l->n_in += (size_t)n;
        if (clock_left_ms(l->deadline) == 0)
            return err_set(reterr, ERR_TIMEOUT, "%s port %u does not come to the end of its reply in time",
                           l->place->ip, l->place->port);
    }
}

static bool ask_for(struct line *l, struct str command, struct smtp_reply *ret, struct err *reterr)
{
    return say_line(l, command, reterr) && hear(l, ret, reterr);
}

/* ---- the dialogue ---- */

static bool is_good(const struct smtp_reply *r)
{
    return r->code / 100 == 2;
}

/* An address literal: this machine need not have a name (RFC 5321 section 4.1.4). */
static struct str own_name(const struct line *l)
{
    struct sockaddr_storage own = {0};
    socklen_t n = sizeof own;
    char text[INET6_ADDRSTRLEN] = "127.0.0.1";

    if (getsockname(l->fd, (struct sockaddr *)&own, &n) == 0) {
        const void *at = own.ss_family == AF_INET6 ? (const void *)&((struct sockaddr_in6 *)&own)->sin6_addr
                                                   : (const void *)&((struct sockaddr_in *)&own)->sin_addr;
        inet_ntop(own.ss_family, at, text, sizeof text);
    }
    return str_fmt(l->arena, "[%s%s]", strchr(text, ':') ? "IPv6:" : "", text);
}

static bool greet(struct line *l, struct smtp_reply *ret, bool *ret_helo, struct err *reterr)
{
    struct str name = own_name(l);

    if (!ask_for(l, str_fmt(l->arena, "EHLO %.*s", STR_ARG(name)), ret, reterr))
        return false;
    if (ret->code / 100 != 5 || !ret_helo)
        return true;
    *ret_helo = true;
    return ask_for(l, str_fmt(l->arena, "HELO %.*s", STR_ARG(name)), ret, reterr);
}

static void keep_certs(struct arena *arena, const struct tls_shake *shake, struct fact_smtp *s)
{
    int n = sk_X509_num(shake->sent);

    s->certs = arena_array(arena, n > 0 ? (size_t)n : 1, sizeof *s->certs);
    s->tls.chain = arena_array(arena, n > 0 ? (size_t)n : 1, sizeof *s->tls.chain);
    for (int i = 0; i < n; i++) {
        unsigned char *der = NULL;
        int bytes = i2d_X509(sk_X509_value(shake->sent, i), &der);
        tls_cert_fill(arena, sk_X509_value(shake->sent, i), &s->tls.chain[s->tls.n_chain++]);
        if (bytes > 0 && smtp_cert_read(arena, str_n((char *)der, (size_t)bytes), &s->certs[s->n_certs]))
            s->n_certs++;
        OPENSSL_free(der);
    }
}

static void keep_shake(struct line *l, struct ask *q, const struct tls_shake *shake, struct fact_smtp *s)
{
    s->tls_state = SMTP_TLS_DONE;
    s->tls.host = s->host;
    s->tls.address = s->address;
    s->tls.at_s = s->at_s;
    s->tls.handshake_us = shake->took_us;
    s->tls.protocol = str_dup(l->arena, str_of(shake->protocol));
    s->tls.cipher = str_dup(l->arena, str_of(shake->cipher));
    s->tls.stapled = shake->staple != NULL;
    keep_certs(l->arena, shake, s);
    tls_trust_judge(l->arena, observer_trust(l->outside), shake->sent, l->place->host, q->now_s, &s->tls, NULL);
}

/* False when the dialogue cannot go on: with reterr, or with tls_state SMTP_TLS_FAILED. */
static bool start_tls(struct line *l, struct ask *q, struct fact_smtp *s, struct err *reterr)
{
    struct tls_shake shake;

    if (!smtp_reply_offers(&s->ehlo, STR("STARTTLS"))) {
        s->tls_state = SMTP_TLS_NOT_OFFERED;
        return true;
    }
    if (!ask_for(l, STR("STARTTLS"), &s->starttls, reterr))
        return false;
    if (s->starttls.code != 220) {
        s->tls_state = SMTP_TLS_REFUSED;
        return true;
    }
    s->injected = l->n_in > 0; /* RFC 3207 section 4.2: what was not encrypted is not believed */
    l->n_in = 0;
    if (!tls_shake_over(l->outside, l->place, l->fd, l->deadline, TLS_TALK_MAIL, &shake, &l->ssl, &s->tls_error)) {
        s->tls_state = SMTP_TLS_FAILED;
        if (s->tls_error.kind == ERR_CANCELLED)
            *reterr = s->tls_error;
        return false;
    }
    keep_shake(l, q, &shake, s);
    tls_shake_clear(&shake);
    return greet(l, &s->ehlo_tls, NULL, reterr);
}

static bool has_8bit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return true;
    return false;
}

/* With the empty sender, as every bounce has it; no message follows (RFC 5321 section 4.5.1: postmaster). */
static bool ask_recipients(struct line *l, struct fact_smtp *s, struct err *reterr)
{
    bool utf8 = smtp_offers(s, "SMTPUTF8");
    struct smtp_reply reset;

    if (!s->n_recipients)
        return true;
    if (!ask_for(l, utf8 ? STR("MAIL FROM:<> SMTPUTF8") : STR("MAIL FROM:<>"), &s->mail_from, reterr))
        return false;
    if (!is_good(&s->mail_from))
        return true;
    for (size_t i = 0; i < s->n_recipients; i++) {
        struct smtp_recipient *r = &s->recipients[i];
        if (has_8bit(r->address) && !utf8)
            continue;
        if (!ask_for(l, str_fmt(l->arena, "RCPT TO:<%.*s>", STR_ARG(r->address)), &r->reply, reterr))
            return false;
        if (r->reply.code == 421) /* it hangs up */
            return true;
    }
    return ask_for(l, STR("RSET"), &reset, reterr);
}

static void say_goodbye(struct line *l)
{
    struct smtp_reply bye;
    struct mono soon = clock_in_ms(GOODBYE_MS);

    if (soon.us < l->deadline.us)
        l->deadline = soon;
    if (ask_for(l, STR("QUIT"), &bye, NULL) && l->ssl)
        SSL_shutdown(l->ssl);
}

static bool converse(struct line *l, struct ask *q, bool use_tls, struct fact_smtp *s, struct err *reterr)
{
    struct err end = {.kind = ERR_NONE};

    if (!hear(l, &s->banner, reterr))
        return false;
    bool open = s->banner.code == 220 && greet(l, &s->ehlo, &s->used_helo, &end) && is_good(&s->ehlo);
    if (open && use_tls)
        open = start_tls(l, q, s, &end);
    if (open)
        (void)ask_recipients(l, s, &end);
    if (end.kind == ERR_CANCELLED) {
        *reterr = end;
        return false;
    }
    s->end = end;
    if (end.kind == ERR_NONE && s->tls_state != SMTP_TLS_FAILED)
        say_goodbye(l);
    return true;
}

bool smtp_session(const struct observer *outside, struct ask *q, const struct tls_place *place, bool use_tls,
                  struct fact_smtp *ret, struct err *reterr)
{
    int timeout_ms = observer_timeout_ms(outside);
    struct line l = {.outside = outside, .place = place, .arena = q->arena, .fd = -1};

    if (!observer_enter(outside, place->host, reterr))
        return false;
    l.in = arena_alloc(q->arena, SMTP_MOST_REPLY_BYTES);
    struct mono reach = clock_in_ms(timeout_ms < CONNECT_MOST_MS ? timeout_ms : CONNECT_MOST_MS);
    bool ok = tls_socket_connect(outside, place, reach, &l.fd, reterr);
    l.deadline = clock_in_ms(timeout_ms);
    ok = ok && converse(&l, q, use_tls, ret, reterr);
    SSL_free(l.ssl);
    ERR_clear_error();
    if (l.fd >= 0)
        close(l.fd);
    observer_leave(outside, place->host);
    if (!ok && reterr)
        err_at(reterr, "%.*s", STR_ARG(str_first(place->host, 150)));
    return ok;
}
