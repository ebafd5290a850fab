/* Questions to DNS servers over UDP, and over TCP when the answer is cut. */
#include <arpa/inet.h>
#include <errno.h>
#include <ldns/ldns.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "facts/dns_inside.h"
#include "facts/observer.h"

#define ROUNDS 3

struct exchange {
    const struct observer *outside;
    struct arena *arena;
    struct dns_question question;
    const struct observer_server *server;
    struct mono deadline; /* of this try */
    uint8_t query[DNS_QUERY_BYTES];
    size_t query_n;
    uint8_t *reply; /* DNS_MOST_BYTES */
    bool over_tcp;
};

bool dns_server_read(struct str text, struct observer_server *ret)
{
    struct in6_addr any;
    uint64_t port = 53;
    struct str address = text;
    size_t colon;

    if (text.n && text.p[0] == '[') {
        size_t close = str_find_char(text, ']');
        if (close == SIZE_MAX)
            return false;
        struct str after = str_from(text, close + 1);
        address = str_n(text.p + 1, close - 1);
        if (after.n && (after.p[0] != ':' || !str_to_u64(str_from(after, 1), 65535, &port)))
            return false;
    } else if ((colon = str_find_char(text, ':')) != SIZE_MAX &&
               str_find_char(str_from(text, colon + 1), ':') == SIZE_MAX) {
        address = str_first(text, colon);
        if (!str_to_u64(str_from(text, colon + 1), 65535, &port))
            return false;
    }
    if (port == 0 || address.n == 0 || address.n >= sizeof ret->address)
        return false;
    struct observer_server s = {.port = (uint16_t)port};
    memcpy(s.address, address.p, address.n);
    if (inet_pton(AF_INET, s.address, &any) != 1 && inet_pton(AF_INET6, s.address, &any) != 1)
        return false;
    *ret = s;
    return true;
}

struct str dns_server_text(struct arena *arena, const struct observer_server *server)
{
    if (server->port == 53)
        return str_dup(arena, str_of(server->address));
    return str_fmt(arena, strchr(server->address, ':') ? "[%s]:%u" : "%s:%u", server->address, server->port);
}

/* What the system says about reaching a server, as an error. */
static bool explain(const struct exchange *x, int error, struct err *reterr)
{
    const char *ip = x->server->address, *who = x->question.recurse ? "resolver" : "name server";

    switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EACCES: /* a firewall on this machine */
    case EPERM: err_set(reterr, ERR_NO_ROUTE, "this machine has no route to the %s %s", who, ip); break;
    case ECONNREFUSED:
        err_set(reterr, ERR_REFUSED, "%s refuses DNS questions (port %u is closed)", ip, x->server->port);
        break;
    case ECONNRESET:
    case EPIPE: err_set(reterr, ERR_RESET, "%s broke off the connection", ip); break;
    case ETIMEDOUT: err_set(reterr, ERR_DNS_TIMEOUT, "the %s %s does not answer", who, ip); break;
    default: err_set(reterr, ERR_SYSTEM, "cannot ask the %s %s", who, ip); break;
    }
    return err_because(reterr, "%s", strerror(error));
}

static bool wait_for(const struct exchange *x, int fd, short events, struct err *reterr)
{
    struct pollfd fds[2] = {{.fd = fd, .events = events}, {.fd = observer_cancel_fd(x->outside), .events = POLLIN}};

    for (;;) {
        int n = poll(fds, 2, (int)clock_left_ms(x->deadline));

        if (n < 0 && errno != EINTR)
            return explain(x, errno, reterr);
        if (observer_cancelled(x->outside))
            return err_set(reterr, ERR_CANCELLED, "interrupted");
        if (n > 0 && fds[0].revents)
            return true;
        if (clock_left_ms(x->deadline) == 0)
            return explain(x, ETIMEDOUT, reterr);
    }
}

/* "2001:db8::53", "fe80::1%eth0" (RFC 4007 section 11, as routers hand it out). */
static bool read_v6(const char *text, struct sockaddr_in6 *ret)
{
    char bare[64];
    size_t n = strcspn(text, "%");

    if (n >= sizeof bare)
        return false;
    memcpy(bare, text, n);
    bare[n] = '\0';
    if (text[n] == '%')
        ret->sin6_scope_id = if_nametoindex(text + n + 1);
    return inet_pton(AF_INET6, bare, &ret->sin6_addr) == 1 && (text[n] != '%' || ret->sin6_scope_id);
}

/* A connected socket: only packets from that address and port come through, and ICMP errors are told. The system
 * chooses a random source port. */
static bool open_socket(const struct exchange *x, int type, int *ret, struct err *reterr)
{
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(x->server->port)};
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(x->server->port)};
    bool is_v6 = inet_pton(AF_INET, x->server->address, &to4.sin_addr) != 1;
    const struct sockaddr *to = is_v6 ? (const struct sockaddr *)&to6 : (const struct sockaddr *)&to4;
    socklen_t to_bytes = is_v6 ? sizeof to6 : sizeof to4, error_bytes = sizeof(int);
    int error = 0;

    if (is_v6 && !read_v6(x->server->address, &to6))
        return err_set(reterr, ERR_USAGE, "%s is not an address", x->server->address);
    int fd = socket(to->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return explain(x, errno, reterr);
    if (connect(fd, to, to_bytes) < 0)
        error = errno;
    if (error == EINPROGRESS) {
        if (!wait_for(x, fd, POLLOUT, reterr)) {
            close(fd);
            return false;
        }
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_bytes) < 0)
            error = errno;
    }
    if (error) {
        close(fd);
        return explain(x, error, reterr);
    }
    *ret = fd;
    return true;
}

static bool ask_udp(struct exchange *x, size_t *ret_n, struct err *reterr)
{
    int fd = -1;
    bool done = false, ok = false;

    if (!open_socket(x, SOCK_DGRAM, &fd, reterr))
        return false;
    if (send(fd, x->query, x->query_n, MSG_NOSIGNAL) < 0)
        done = !explain(x, errno, reterr);
    while (!done && wait_for(x, fd, POLLIN, reterr)) {
        ssize_t n = recv(fd, x->reply, DNS_MOST_BYTES, 0);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0) {
            explain(x, errno, reterr);
            break;
        }
        /* What does not answer this question is a stray or a lie: wait for the real one. */
        if (dns_wire_answers(x->query, x->query_n, x->reply, (size_t)n)) {
            *ret_n = (size_t)n;
            ok = done = true;
        }
    }
    close(fd);
    return ok;
}

static bool send_all(struct exchange *x, int fd, const uint8_t *p, size_t n, struct err *reterr)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return explain(x, errno, reterr);
        if (sent < 0 && !wait_for(x, fd, POLLOUT, reterr))
            return false;
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        }
    }
    return true;
}

static bool receive_all(struct exchange *x, int fd, uint8_t *p, size_t n, struct err *reterr)
{
    while (n) {
        if (!wait_for(x, fd, POLLIN, reterr))
            return false;
        ssize_t got = recv(fd, p, n, 0);

        if (got == 0)
            return explain(x, ECONNRESET, reterr);
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return explain(x, errno, reterr);
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
    return true;
}

/* RFC 1035 section 4.2.2: two bytes of length, then the message. */
static bool ask_tcp(struct exchange *x, size_t *ret_n, struct err *reterr)
{
    uint8_t framed[2 + DNS_QUERY_BYTES] = {(uint8_t)(x->query_n >> 8), (uint8_t)x->query_n}, head[2];
    struct str host = str_of(x->server->address);
    int fd = -1;
    bool ok = false;

    memcpy(framed + 2, x->query, x->query_n);
    if (!observer_enter(x->outside, host, reterr))
        return false;
    if (open_socket(x, SOCK_STREAM, &fd, reterr) && send_all(x, fd, framed, 2 + x->query_n, reterr) &&
        receive_all(x, fd, head, 2, reterr)) {
        size_t n = (size_t)head[0] << 8 | head[1];

        ok = receive_all(x, fd, x->reply, n, reterr);
        if (ok && !dns_wire_answers(x->query, x->query_n, x->reply, n))
            ok = err_set(reterr, ERR_DNS_FAILED, "%s answers another question than was asked", x->server->address);
        *ret_n = n;
    }
    if (fd >= 0)
        close(fd);
    observer_leave(x->outside, host);
    return ok;
}

static bool new_query(struct exchange *x, struct err *reterr)
{
    uint16_t id;

    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
        return err_set(reterr, ERR_SYSTEM, "no random numbers from the system");
    return dns_wire_query(&x->question, id, x->query, &x->query_n, reterr);
}

static bool is_cut(const struct exchange *x, size_t n)
{
    return n > 2 && (x->reply[2] & 0x02) != 0;
}

static bool ask_once(struct exchange *x, struct fact_dns *ret, struct err *reterr)
{
    size_t n = 0;
    bool ok;

    x->over_tcp = false;
    if (!new_query(x, reterr) || !ask_udp(x, &n, reterr))
        return false;
    if (is_cut(x, n)) {
        if (!new_query(x, reterr) || !ask_tcp(x, &n, reterr))
            return false;
        x->over_tcp = true;
    }
    ok = dns_wire_read(x->arena, &x->question, x->reply, n, ret, reterr);
    if (!ok && reterr && reterr->kind == ERR_PROTOCOL)
        reterr->kind = ERR_DNS_FAILED;
    return ok;
}

/* One server, with EDNS first; without it when the server does not know it (RFC 6891 section 6.2.2). */
static bool ask_server(struct exchange *x, struct fact_dns *ret, struct err *reterr)
{
    x->question.edns = true;
    if (!ask_once(x, ret, reterr))
        return false;
    if (ret->rcode == LDNS_RCODE_FORMERR || ret->rcode == LDNS_RCODE_NOTIMPL || ret->rcode == 16 /* BADVERS */) {
        x->question.edns = false;
        if (!ask_once(x, ret, reterr))
            return false;
    }
    return true;
}

/* Is it worth asking the next server, or the same one again? */
static bool is_final(const struct fact_dns *f, const struct dns_question *question)
{
    return !question->recurse || f->outcome == DNS_ANSWER || f->outcome == DNS_NODATA || f->outcome == DNS_NXDOMAIN ||
           f->outcome == DNS_REFERRAL;
}

bool dns_exchange(const struct observer *outside, struct arena *arena, const struct dns_question *question,
                  const struct observer_server *servers, size_t n_servers, int timeout_ms, struct fact_dns *ret,
                  struct err *reterr)
{
    struct exchange x = {.outside = outside, .arena = arena, .question = *question};
    struct err err = {.kind = ERR_NONE};
    struct mono start = clock_mono(), end = clock_in_ms(timeout_ms);
    bool have = false, stop = false;
    /* Patience doubles every round: 1, 2 and 4 parts of what there is. */
    int64_t part_ms = timeout_ms / (int)(((1u << ROUNDS) - 1) * n_servers);
    struct fact_dns f = {0};

    x.reply = malloc(DNS_MOST_BYTES);
    if (!x.reply)
        return err_set(reterr, ERR_SYSTEM, "out of memory for a DNS answer");
    for (unsigned round = 0; round < ROUNDS && !stop; round++) {
        for (size_t i = 0; i < n_servers && !stop; i++) {
            int64_t left_ms = clock_left_ms(end), patience_ms = part_ms << round;

            if (left_ms == 0)
                break;
            x.server = &servers[i];
            x.deadline = clock_in_ms(patience_ms < left_ms ? patience_ms : left_ms);
            struct fact_dns got;
            struct err why = {.kind = ERR_NONE};
            if (ask_server(&x, &got, &why)) {
                f = got;
                f.over_tcp = x.over_tcp;
                f.server = dns_server_text(arena, x.server);
                have = true;
                stop = is_final(&f, question);
            } else {
                err = why;
                stop = why.kind == ERR_CANCELLED || why.kind == ERR_NO_NAME || why.kind == ERR_SYSTEM ||
                       why.kind == ERR_LIMIT || (n_servers == 1 && why.kind == ERR_NO_ROUTE);
            }
        }
        stop = stop || (have && round > 0); /* a server that fails twice means it */
    }
    free(x.reply);
    if (!have || err.kind == ERR_CANCELLED) {
        *reterr = err;
        return err_at(reterr, "%.*s", STR_ARG(question->name));
    }
    f.at_s = clock_wall_s();
    f.took_us = clock_since_us(start);
    *ret = f;
    return true;
}
