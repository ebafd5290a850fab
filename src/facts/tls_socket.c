#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "facts/observer.h"
#include "facts/tls_inside.h"

static bool read_port(struct str s, uint16_t *ret)
{
    uint64_t port;

    if (!str_to_u64(s, 65535, &port) || port == 0)
        return false;
    *ret = (uint16_t)port;
    return true;
}

bool tls_is_address(struct str host)
{
    unsigned char binary[16];
    char text[64] = "";

    if (host.n == 0 || host.n >= sizeof text)
        return false;
    memcpy(text, host.p, host.n);
    return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

bool tls_place_read(struct str key, uint16_t port, struct tls_place *ret, struct err *reterr)
{
    struct tls_place p = {.port = port};
    struct str rest = key, ip;
    unsigned char binary[16];
    bool ok = true;

    p.host = str_cut(&rest, ' ');
    ip = rest.p ? rest : STR_NONE;
    if (ip.n && ip.p[0] == '[') {
        size_t close = str_find_char(ip, ']');
        if (close != SIZE_MAX) {
            struct str after = str_from(ip, close + 1);
            ok = after.n == 0 || (after.p[0] == ':' && read_port(str_from(after, 1), &p.port));
            ip = str_n(ip.p + 1, close - 1);
        }
    } else {
        size_t colon = str_find_char(ip, ':');
        if (colon != SIZE_MAX && str_find_char(str_from(ip, colon + 1), ':') == SIZE_MAX) {
            ok = read_port(str_from(ip, colon + 1), &p.port);
            ip = str_first(ip, colon);
        }
    }
    if (ok && p.host.n && ip.n && ip.n < sizeof p.ip) {
        memcpy(p.ip, ip.p, ip.n);
        p.is_v6 = inet_pton(AF_INET6, p.ip, binary) == 1;
        if (p.is_v6 || inet_pton(AF_INET, p.ip, binary) == 1) {
            *ret = p;
            return true;
        }
    }
    return err_set(reterr, ERR_USAGE, "\"%.*s\" is not a host and an address", STR_ARG(str_first(key, 200)));
}

bool tls_socket_wait(const struct observer *outside, int fd, short events, struct mono deadline, struct err *reterr)
{
    struct pollfd fds[2] = {{.fd = fd, .events = events}, {.fd = observer_cancel_fd(outside), .events = POLLIN}};

    for (;;) {
        int n = poll(fds, 2, (int)clock_left_ms(deadline));

        if (n < 0 && errno != EINTR)
            return err_set(reterr, ERR_SYSTEM, "poll: %s", strerror(errno));
        if (observer_cancelled(outside))
            return err_set(reterr, ERR_CANCELLED, "interrupted");
        if (n > 0 && fds[0].revents)
            return true;
        if (clock_left_ms(deadline) == 0)
            return err_set(reterr, ERR_TIMEOUT, "no answer in time");
    }
}

static bool explain_connect(const struct tls_place *place, int error, struct err *reterr)
{
    enum err_kind kind = ERR_SYSTEM;

    switch (error) {
    case ECONNREFUSED: kind = ERR_REFUSED; break;
    case ETIMEDOUT: kind = ERR_TIMEOUT; break;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: kind = ERR_RESET; break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EINVAL: /* a blackhole route */ kind = ERR_NO_ROUTE; break;
    case EACCES: /* a firewall on this machine */
    case EPERM: kind = ERR_NO_ROUTE; break;
    }
    if (kind == ERR_REFUSED)
        err_set(reterr, kind, "%s refuses connections to port %u", place->ip, place->port);
    else
        err_set(reterr, kind, "no connection to %s port %u", place->ip, place->port);
    return err_because(reterr, "%s", strerror(error));
}

bool tls_socket_connect(const struct observer *outside, const struct tls_place *place, struct mono deadline, int *ret,
                        struct err *reterr)
{
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(place->port)};
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(place->port)};
    const struct sockaddr *to = place->is_v6 ? (const struct sockaddr *)&to6 : (const struct sockaddr *)&to4;
    socklen_t to_bytes = place->is_v6 ? sizeof to6 : sizeof to4, error_bytes = sizeof(int);
    int error = 0, on = 1;

    inet_pton(place->is_v6 ? AF_INET6 : AF_INET, place->ip,
              place->is_v6 ? (void *)&to6.sin6_addr : (void *)&to4.sin_addr);
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return explain_connect(place, errno, reterr);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, to, to_bytes) < 0)
        error = errno;
    if (error == EINPROGRESS) {
        if (!tls_socket_wait(outside, fd, POLLOUT, deadline, reterr)) {
            if (reterr && reterr->kind == ERR_TIMEOUT)
                err_set(reterr, ERR_TIMEOUT, "%s port %u: no connection in time", place->ip, place->port);
            close(fd);
            return false;
        }
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_bytes) < 0)
            error = errno;
    }
    if (error) {
        close(fd);
        return explain_connect(place, error, reterr);
    }
    *ret = fd;
    return true;
}
