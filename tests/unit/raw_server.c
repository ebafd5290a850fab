#include "raw_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MOST_CONNECTIONS 64

struct raw_server {
    int fd;
    uint16_t port;
    raw_answer_fn answer;
    void *arg;
    pthread_t thread;
    pthread_t workers[MOST_CONNECTIONS];
    atomic_uint n;
};

struct work {
    struct raw_server *server;
    int fd;
};

bool raw_send(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return true;
}

static void *serve(void *arg)
{
    struct work *w = arg;
    char head[8192];
    size_t n = 0;

    while (n < sizeof head && !str_has(str_n(head, n), STR("\r\n\r\n"))) {
        ssize_t got = recv(w->fd, head + n, sizeof head - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    if (n)
        w->server->answer(w->fd, str_n(head, n), w->server->arg);
    struct timeval soon = {.tv_usec = 100 * 1000}; /* a client may keep its side open */
    setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    shutdown(w->fd, SHUT_WR);
    while (n && recv(w->fd, head, sizeof head, 0) > 0)
        ;
    close(w->fd);
    free(w);
    return NULL;
}

static void *take(void *arg)
{
    struct raw_server *s = arg;
    int fd;

    while (s->n < MOST_CONNECTIONS && (fd = accept(s->fd, NULL, NULL)) >= 0) {
        struct work *w = malloc(sizeof *w);
        if (!w)
            abort();
        *w = (struct work){s, fd};
        if (pthread_create(&s->workers[s->n], NULL, serve, w) != 0)
            abort();
        s->n++;
    }
    return NULL;
}

struct raw_server *raw_server_start(raw_answer_fn answer, void *arg)
{
    struct raw_server *s = calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof at;

    if (!s)
        abort();
    s->answer = answer;
    s->arg = arg;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&at, bytes) != 0 || listen(s->fd, 64) != 0 ||
        getsockname(s->fd, (struct sockaddr *)&at, &bytes) != 0 || pthread_create(&s->thread, NULL, take, s) != 0) {
        perror("raw server");
        abort();
    }
    s->port = ntohs(at.sin_port);
    return s;
}

uint16_t raw_server_port(const struct raw_server *s)
{
    return s->port;
}

unsigned raw_server_count(const struct raw_server *s)
{
    return s->n;
}

void raw_server_stop(struct raw_server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < s->n; i++)
        pthread_join(s->workers[i], NULL);
    close(s->fd);
    free(s);
}
