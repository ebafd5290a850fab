/* Connections that are open and idle, kept for the next question to the same host at the same address: a handshake
 * costs more than most answers. */
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "facts/http_inside.h"
#include "facts/observer.h"

#define MOST_IDLE 16u

struct idle {
    char *place;
    CURLM *multi;
};

struct idles {
    pthread_mutex_t lock;
    struct idle v[MOST_IDLE];
    size_t n; /* the newest last */
};

static void *make_idles(void)
{
    struct idles *all = calloc(1, sizeof *all);

    if (all)
        pthread_mutex_init(&all->lock, NULL);
    return all;
}

static void drop_idles(void *arg)
{
    struct idles *all = arg;

    for (size_t i = 0; i < all->n; i++) {
        free(all->v[i].place);
        curl_multi_cleanup(all->v[i].multi);
    }
    pthread_mutex_destroy(&all->lock);
    free(all);
}

/* Takes the i-th out. With the lock held. */
static struct idle take(struct idles *all, size_t i)
{
    struct idle one = all->v[i];

    memmove(&all->v[i], &all->v[i + 1], (all->n - i - 1) * sizeof one);
    all->n--;
    return one;
}

void *http_idle_take(const struct observer *outside, const char *place)
{
    struct idles *all = observer_keep(outside, make_idles, drop_idles);
    struct idle found = {NULL, NULL};

    if (!all)
        return NULL;
    pthread_mutex_lock(&all->lock);
    for (size_t i = all->n; i > 0 && !found.multi; i--)
        if (strcmp(all->v[i - 1].place, place) == 0)
            found = take(all, i - 1);
    pthread_mutex_unlock(&all->lock);
    free(found.place);
    return found.multi;
}

void http_idle_give(const struct observer *outside, const char *place, void *multi)
{
    struct idles *all = observer_keep(outside, make_idles, drop_idles);
    struct idle oldest = {strdup(place), multi};

    if (all && oldest.place) {
        struct idle fresh = oldest;
        oldest = (struct idle){NULL, NULL};
        pthread_mutex_lock(&all->lock);
        if (all->n == MOST_IDLE)
            oldest = take(all, 0);
        all->v[all->n++] = fresh;
        pthread_mutex_unlock(&all->lock);
    }
    free(oldest.place);
    curl_multi_cleanup(oldest.multi);
}
