/* web_by_hand.h - a small shop's web written as rules, and checks run against it. Nothing reaches a network. */
#ifndef WEB_BY_HAND_H
#define WEB_BY_HAND_H

#include "test.h"

#include "checks/check.h"
#include "facts/fact_http.h"
#include "facts/fact_site.h"
#include "facts/facts.h"
#include "launch/launch.h"

#define NOW ((int64_t)1795000000) /* 2026-11-18 */

/* How URLs that begin with at are answered; of several rules the last one counts. */
struct rule {
    const char *at;
    int status;
    const char *to;     /* Location; a "*" at its end stands for path and query */
    const char *header; /* "name: value" to send besides; "-" sends no HSTS */
    enum err_kind err;  /* instead of an answer */
    const char *via;    /* only over that address or family */
    const char *body;
    int version; /* 0: 20 */
};

#define MOST_RULES 4

struct row {
    const char *why, *check;
    enum status want;
    enum severity severity;
    const char *title; /* a part of it; NULL: any */
    struct rule rules[MOST_RULES];
    const char *edge;      /* NULL: nginx */
    const char *fix;       /* a part of it; NULL: any */
    const char *temporary; /* declared */
    int app_status;        /* declared for app.shop.example */
    const char *gone;      /* a host that does not resolve */
};

struct world {
    struct arena *arena;
    struct launch launch;
    struct launch_host declared[4];
    struct facts *facts;
    struct fact_site site;
    struct site_host hosts[6];
    struct findings out;
    struct ask q;
};

/* The healthy shop with the row's rules on top. */
void web_open(struct world *w, const struct row *row);
void web_close(struct world *w);
/* Runs that check; its findings are in w->out. */
void web_run(struct world *w, const char *id);
/* Compares the worst finding with what the row wants; prints and counts what is not so. */
void web_expect(struct world *w, const struct row *row);
const struct finding *web_worst(const struct findings *out);

/* Each row in a world of its own; fails at the end when one was wrong. */
void web_try_rows(const struct row *rows, size_t n);
/* With nothing to see at all none of the rows' checks passes. */
void web_try_blind(const struct row *rows, size_t n);
/* Fails when something was counted since the last time. */
void web_settle(void);

#endif
