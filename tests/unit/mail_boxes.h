/* mail_boxes.h - mail servers that behave as a test says, put as facts into a dns_world. */
#ifndef MAIL_BOXES_H
#define MAIL_BOXES_H

#include "dns_world.h"
#include "facts/fact_smtp.h"

#define MAIL_BOXES 3 /* mx.shop.example 203.0.113.25, mx2.shop.example 203.0.113.26, mx.shop.example 2001:db8::25 */

/* How a server behaves; zero is well. */
struct mail_box {
    enum err_kind err; /* nothing but that */
    int banner;        /* 0: 220 */
    const char *banner_text;
    enum smtp_tls tls; /* 0: done */
    enum tls_trust trust;
    bool misnamed, injected;
    const char *protocol;          /* NULL: TLSv1.3 */
    int mail, postmaster, support; /* codes; 0: 250 */
    const char *enhanced, *text;   /* of what is not 250 */
    enum err_kind end;
};

/* writes: support@ is asked for beside postmaster@. */
void mail_boxes_put(struct dns_world *w, const struct mail_box boxes[MAIL_BOXES], bool writes);

#endif
