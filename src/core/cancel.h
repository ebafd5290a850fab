/* cancel.h - one flag that asks everything under way to stop, and a descriptor to sleep on beside it. */
#ifndef CORE_CANCEL_H
#define CORE_CANCEL_H

#include <stdbool.h>

struct cancel;

struct cancel *cancel_new(void);
void cancel_free(struct cancel *c);

/* Safe from a signal handler and from any thread. */
void cancel_now(struct cancel *c);
bool cancel_asked(const struct cancel *c);
/* Readable once cancelled; for poll. Borrowed. */
int cancel_fd(const struct cancel *c);

#endif
