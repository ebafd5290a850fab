#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fail(const char *what)
{
    fprintf(stderr, "launchready-lab: %s: %s\n", what, strerror(errno));
    exit(2);
}

void *need(void *memory)
{
    if (!memory)
        fail("memory");
    return memory;
}

struct place place_parse(const char *text)
{
    struct place place = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&place.address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&place.address;
    const char *colon = strrchr(text, ':');
    char host[64];

    if (!colon || colon - text >= (long)sizeof host) {
        errno = EINVAL;
        fail(text);
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    snprintf(place.text, sizeof place.text, "%s", text);
    in_port_t port = htons((in_port_t)strtoul(colon + 1, NULL, 10));
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        place.n_address = sizeof *v4;
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        place.n_address = sizeof *v6;
    } else {
        errno = EINVAL;
        fail(text);
    }
    return place;
}

int place_listen(const struct place *place, int type)
{
    int on = 1;
    int fd = socket(place->address.ss_family, type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (place->address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&place->address, place->n_address) < 0)
        fail(place->text);
    if (type == SOCK_STREAM && listen(fd, 512) < 0)
        fail(place->text);
    return fd;
}

bool send_all(int fd, const void *bytes, size_t n_bytes)
{
    const char *at = bytes;

    while (n_bytes > 0) {
        ssize_t n = send(fd, at, n_bytes, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        at += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

void sleep_ms(unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

void start_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 512 * 1024);
    errno = pthread_create(&thread, &attributes, work, argument);
    if (errno)
        fail("thread");
    pthread_attr_destroy(&attributes);
}

static bool takes_connections(const struct place *place)
{
    int fd = socket(place->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        fail("socket");
    bool ok = connect(fd, (const struct sockaddr *)&place->address, place->n_address) == 0;
    close(fd);
    return ok;
}

int run_wait(int argc, char **argv)
{
    if (argc < 1)
        return 2;
    time_t until = time(NULL) + atol(argv[0]);
    for (int i = 1; i < argc; i++) {
        struct place place = place_parse(argv[i]);

        while (!takes_connections(&place)) {
            if (time(NULL) >= until) {
                fprintf(stderr, "launchready-lab: nobody takes connections at %s\n", argv[i]);
                return 1;
            }
            sleep_ms(5);
        }
    }
    return 0;
}
