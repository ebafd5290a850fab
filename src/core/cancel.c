#include "core/cancel.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct cancel {
    atomic_bool asked;
    int fd;
};

struct cancel *cancel_new(void)
{
    struct cancel *c = calloc(1, sizeof *c);
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (!c || fd < 0) {
        perror("launchready: eventfd");
        abort();
    }
    atomic_init(&c->asked, false);
    c->fd = fd;
    return c;
}

void cancel_free(struct cancel *c)
{
    if (!c)
        return;
    close(c->fd);
    free(c);
}

void cancel_now(struct cancel *c)
{
    uint64_t one = 1;
    int keep = errno;

    atomic_store(&c->asked, true);
    if (write(c->fd, &one, sizeof one) < 0) {
        /* The counter is full only when it is readable already. */
    }
    errno = keep;
}

bool cancel_asked(const struct cancel *c)
{
    return c && atomic_load(&c->asked);
}

int cancel_fd(const struct cancel *c)
{
    return c->fd;
}
