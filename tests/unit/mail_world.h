/* mail_world.h - a domain's mail as DNS facts: a zone text, and for every name that is asked about mail an answer. */
#ifndef MAIL_WORLD_H
#define MAIL_WORLD_H

#include "checks/check.h"
#include "facts/fact_senders.h"
#include "launch/launch.h"

#define MAIL_WORLD_NOW ((int64_t)1795000000) /* 2026-11-18 */

struct mail_world {
    struct arena *arena;
    struct facts *facts;
    struct launch launch;
    struct str zone;        /* master-file text, relative to shop.example */
    const char *silent[8];  /* keys of DNS facts that were not answered: "TXT google._domainkey.shop.example" */
    size_t fail_nth, n_put; /* among answers that differ from "no such name" */
    struct findings out;
};

void mail_world_begin(struct mail_world *w, struct str zone);
void mail_world_sender(struct mail_world *w, struct str id);
void mail_world_selector(struct mail_world *w, struct str selector);
/* Puts the facts; afterwards may be asked. */
void mail_world_put(struct mail_world *w);
void mail_world_end(struct mail_world *w);
const struct fact_senders *mail_world_senders(struct mail_world *w);
/* As dns_world_run: the worst status, the finding it is of in *ret. */
enum status mail_world_run(struct mail_world *w, const char *id, const struct finding **ret);

/* base64 of a fresh public key. */
struct str mail_world_key(struct arena *arena, unsigned bits);

#endif
