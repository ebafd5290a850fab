/* mail_scene.h - a shop that sends mail: its DNS in memory, messages of it signed with a key that lives as long as the
 * test, and what is judged of them. */
#ifndef MAIL_SCENE_H
#define MAIL_SCENE_H

#include "mail/verify.h"

struct mail_zone;

/* Group set-up and tear-down: the key. */
int scene_open(void **state);
int scene_close(void **state);

/* shop.example sends from 203.0.113.5 and publishes everything; the service esp.example sends from 203.0.113.77;
 * bare.example has no policy, strict.example a strict one. more: further lines, or NULL. */
struct mail_zone *scene_zone(struct arena *arena, const char *more);

#define FROM_SHOP "From: Shop <hello@shop.example>\r\n"
#define USUAL_HEAD                                                                                                     \
    "To: anna@box.example\r\nSubject: Your order\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"                         \
    "Message-ID: <1@shop.example>\r\n"
#define OWN "mail.shop.example (mail.shop.example [203.0.113.5])"
#define ESP "out.esp.example (out.esp.example [203.0.113.77])"

struct sent {
    const char *client;      /* as Received names it; NULL: no such field */
    const char *return_path; /* NULL: no such field */
    const char *head;        /* From and the like */
    const char *signer;      /* d=; NULL: not signed */
    const char *added;       /* to the body, after signing */
};

struct str scene_message(struct arena *arena, const struct sent *sent);
/* options may be NULL; the time is a minute after the message was sent. */
void scene_judge(struct arena *arena, struct mail_zone *zone, struct str text, const struct verify_options *options,
                 struct verify_report *ret);

#endif
