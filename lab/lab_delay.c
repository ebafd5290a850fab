/* A resolver far away: every answer comes later than it does from the real one, or, every so many, not at all. Prints
 * a line a question. UDP only. */
#include "lab.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAITING_MOST 512

/* One question on its way: a socket of its own towards the real resolver, so that answers cannot be mixed up. */
struct waiting {
    int fd;
    struct sockaddr_storage from;
    socklen_t n_from;
    long long due_us; /* when the answer may go back */
    unsigned char answer[4096];
    ssize_t n_answer; /* 0: not here yet */
};

static struct waiting waiting[WAITING_MOST];
static size_t n_waiting;

static long long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Name and type of the question, for the log. */
static void show_question(const unsigned char *m, size_t n, bool dropped)
{
    char name[260];
    size_t at = 12, to = 0;

    while (at < n && m[at] && to + m[at] + 2 < sizeof name && at + m[at] < n) {
        for (size_t i = 1; i <= m[at]; i++)
            name[to++] = m[at + i] > ' ' && m[at + i] < 127 ? (char)m[at + i] : '?';
        name[to++] = '.';
        at += (size_t)m[at] + 1;
    }
    name[to] = '\0';
    printf("%d %s%s\n", at + 2 < n ? m[at + 1] << 8 | m[at + 2] : -1, to ? name : ".", dropped ? " dropped" : "");
}

static void take_question(int door, const struct place *real, long long delay_us, unsigned drop_every)
{
    static unsigned n_asked;
    unsigned char question[4096];
    struct waiting *w = &waiting[n_waiting];

    w->n_from = sizeof w->from;
    ssize_t n = recvfrom(door, question, sizeof question, 0, (struct sockaddr *)&w->from, &w->n_from);
    if (n < 12 || n_waiting == WAITING_MOST - 1)
        return;
    bool dropped = drop_every && ++n_asked % drop_every == 0;
    show_question(question, (size_t)n, dropped);
    if (dropped)
        return;
    w->fd = socket(real->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (w->fd < 0 || connect(w->fd, (const struct sockaddr *)&real->address, real->n_address) ||
        send(w->fd, question, (size_t)n, 0) != n)
        fail("delay: the real resolver");
    w->due_us = now_us() + delay_us;
    w->n_answer = 0;
    n_waiting++;
}

/* Sends what is due. Returns how long until the next, in ms; -1: nothing waits with an answer. */
static int send_due(int door)
{
    long long now = now_us(), next = -1;

    for (size_t i = 0; i < n_waiting; i++) {
        struct waiting *w = &waiting[i];
        if (!w->n_answer)
            continue;
        if (w->due_us > now) {
            if (next < 0 || w->due_us < next)
                next = w->due_us;
            continue;
        }
        sendto(door, w->answer, (size_t)w->n_answer, 0, (struct sockaddr *)&w->from, w->n_from);
        close(w->fd);
        *w = waiting[--n_waiting];
        i--;
    }
    return next < 0 ? -1 : (int)((next - now) / 1000) + 1;
}

int run_delay(int argc, char **argv)
{
    static struct pollfd fds[WAITING_MOST + 1];

    if (argc < 3 || argc > 4)
        return fprintf(stderr, "usage: launchready-lab delay LISTEN RESOLVER MILLISECONDS [DROP-EVERY]\n"), 2;
    struct place here = place_parse(argv[0]), real = place_parse(argv[1]);
    long long delay_us = atoll(argv[2]) * 1000;
    unsigned drop_every = argc == 4 ? (unsigned)atoi(argv[3]) : 0;
    int door = place_listen(&here, SOCK_DGRAM);

    for (;;) {
        int wait_ms = send_due(door);
        size_t n = n_waiting;
        fds[0] = (struct pollfd){.fd = door, .events = POLLIN};
        for (size_t i = 0; i < n; i++)
            fds[i + 1] = (struct pollfd){.fd = waiting[i].n_answer ? -1 : waiting[i].fd, .events = POLLIN};
        if (poll(fds, (nfds_t)n + 1, wait_ms) < 0 && errno != EINTR)
            fail("delay: poll");
        for (size_t i = 0; i < n; i++)
            if (fds[i + 1].revents &&
                (waiting[i].n_answer = recv(waiting[i].fd, waiting[i].answer, sizeof waiting[i].answer, 0)) < 0)
                fail("delay: an answer");
        if (fds[0].revents)
            take_question(door, &real, delay_us, drop_every);
    }
}
