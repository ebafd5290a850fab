#include "smtp_server.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "certs.h"

#define MOST_CONNECTIONS 16
#define HEARD_BYTES      65536

struct smtp_server {
    struct smtp_script script;
    SSL_CTX *ctx;
    int fd;
    uint16_t port;
    pthread_t thread, workers[MOST_CONNECTIONS];
    size_t n_workers;
    pthread_mutex_t lock;
    char heard[HEARD_BYTES];
    size_t n_heard;
};

struct guest {
    struct smtp_server *server;
    int fd;
    SSL *ssl;
    char in[4096];
    size_t n_in;
};

static void must(int holds, const char *what)
{
    if (!holds) {
        perror(what);
        abort();
    }
}

static int put(struct guest *g, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = g->ssl ? SSL_write(g->ssl, p, (int)n) : send(g->fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return 0;
        p += sent;
        n -= (size_t)sent;
    }
    return 1;
}

static ssize_t get(struct guest *g, char *to, size_t n)
{
    return g->ssl ? SSL_read(g->ssl, to, (int)n) : recv(g->fd, to, n, 0);
}

static void hear(struct smtp_server *s, const char *line, size_t n)
{
    pthread_mutex_lock(&s->lock);
    if (s->n_heard + n + 2 < sizeof s->heard) {
        memcpy(s->heard + s->n_heard, line, n);
        s->n_heard += n;
        s->heard[s->n_heard++] = '\n';
    }
    pthread_mutex_unlock(&s->lock);
}

static void wait_until_gone(struct guest *g)
{
    char bytes[512];

    while (get(g, bytes, sizeof bytes) > 0)
        ;
}

/* False: the conversation is over. */
static int perform(struct guest *g, const struct smtp_step *step)
{
    size_t n = step->n ? step->n : strlen(step->reply);

    for (size_t i = 0; step->then == THEN_DRIP && i < n; i++) {
        if (!put(g, step->reply + i, 1))
            return 0;
        usleep(20 * 1000);
    }
    if (step->then != THEN_DRIP && !put(g, step->reply, n))
        return 0;
    switch (step->then) {
    case THEN_DRIP:
    case THEN_LISTEN: return 1;
    case THEN_TLS:
        g->ssl = SSL_new(g->server->ctx);
        must(g->ssl && SSL_set_fd(g->ssl, g->fd), "SSL");
        g->n_in = 0;
        return SSL_accept(g->ssl) == 1;
    case THEN_CLOSE: return 0;
    case THEN_HANG: wait_until_gone(g); return 0;
    case THEN_REPEAT:
        while (put(g, step->reply, n))
            ;
        return 0;
    }
    return 0;
}

static int answer(struct guest *g, const char *line)
{
    const struct smtp_script *script = &g->server->script;
    const struct smtp_step *steps = g->ssl && script->tls_steps ? script->tls_steps : script->steps;
    size_t n = g->ssl && script->tls_steps ? script->n_tls_steps : script->n_steps;
    static const struct smtp_step unknown = {.reply = "502 5.5.1 not known\r\n"};

    for (size_t i = 0; i < n; i++)
        if (!strncasecmp(line, steps[i].command, strlen(steps[i].command)))
            return perform(g, &steps[i]);
    return perform(g, &unknown);
}

static void *serve(void *arg)
{
    struct guest *g = arg;
    int open = perform(g, &g->server->script.banner);

    while (open) {
        char *end = memchr(g->in, '\n', g->n_in);
        if (end) {
            size_t n = (size_t)(end - g->in);
            char line[sizeof g->in];
            size_t text = n && g->in[n - 1] == '\r' ? n - 1 : n;
            memcpy(line, g->in, text);
            line[text] = '\0';
            g->n_in -= n + 1;
            memmove(g->in, end + 1, g->n_in);
            hear(g->server, line, text);
            open = answer(g, line);
            continue;
        }
        ssize_t got = g->n_in < sizeof g->in ? get(g, g->in + g->n_in, sizeof g->in - g->n_in) : -1;
        open = got > 0;
        g->n_in += got > 0 ? (size_t)got : 0;
    }
    shutdown(g->fd, SHUT_WR);
    SSL_free(g->ssl);
    ERR_clear_error();
    close(g->fd);
    free(g);
    return NULL;
}

static void *take(void *arg)
{
    struct smtp_server *s = arg;
    int fd;

    while (s->n_workers < MOST_CONNECTIONS && (fd = accept(s->fd, NULL, NULL)) >= 0) {
        struct guest *g = calloc(1, sizeof *g);
        struct timeval limit = {.tv_sec = 5};
        must(g != NULL, "memory");
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        g->server = s;
        g->fd = fd;
        must(pthread_create(&s->workers[s->n_workers], NULL, serve, g) == 0, "thread");
        s->n_workers++;
    }
    return NULL;
}

static SSL_CTX *make_context(const struct smtp_script *script)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    must(ctx && SSL_CTX_use_certificate(ctx, script->cert->x) == 1 &&
             SSL_CTX_use_PrivateKey(ctx, script->cert->key) == 1,
         "certificate");
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_cipher_list(ctx, "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(ctx, script->most_version);
    if (script->issuer)
        must(SSL_CTX_add1_chain_cert(ctx, script->issuer->x) == 1, "chain");
    return ctx;
}

struct smtp_server *smtp_server_start(const struct smtp_script *script)
{
    struct smtp_server *s = calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof at;

    must(s != NULL, "memory");
    (void)signal(SIGPIPE, SIG_IGN);
    s->script = *script;
    pthread_mutex_init(&s->lock, NULL);
    if (script->cert)
        s->ctx = make_context(script);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&at, bytes) == 0 && listen(s->fd, 16) == 0 &&
             getsockname(s->fd, (struct sockaddr *)&at, &bytes) == 0,
         "smtp server");
    s->port = ntohs(at.sin_port);
    must(pthread_create(&s->thread, NULL, take, s) == 0, "thread");
    return s;
}

uint16_t smtp_server_port(const struct smtp_server *s)
{
    return s->port;
}

char *smtp_server_heard(struct smtp_server *s)
{
    pthread_mutex_lock(&s->lock);
    char *copy = strndup(s->heard, s->n_heard);
    pthread_mutex_unlock(&s->lock);
    must(copy != NULL, "memory");
    return copy;
}

void smtp_server_stop(struct smtp_server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < s->n_workers; i++)
        pthread_join(s->workers[i], NULL);
    close(s->fd);
    SSL_CTX_free(s->ctx);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
