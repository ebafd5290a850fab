#include "tls_scene.h"

#include <unistd.h>

#include "core/clock.h"

int64_t now_s;
struct cert root, intermediate, stranger;
char ca_file[64];

int scene_make(void **state)
{
    (void)state;
    now_s = clock_wall_s();
    root = cert_make(&(struct cert_ask){.common_name = "Lab Root",
                                        .organization = "Lab",
                                        .from_s = now_s - 999 * DAY,
                                        .until_s = now_s + 999 * DAY,
                                        .ca = true});
    intermediate = cert_make(&(struct cert_ask){.common_name = "Lab Issuing",
                                                .organization = "Lab Issuing Ltd",
                                                .from_s = now_s - 900 * DAY,
                                                .until_s = now_s + 900 * DAY,
                                                .ca = true,
                                                .issuer = &root});
    stranger = cert_make(&(struct cert_ask){
        .common_name = "Stranger", .from_s = now_s - 99 * DAY, .until_s = now_s + 99 * DAY, .ca = true});
    cert_write_pem(&root, ca_file);
    return 0;
}

int scene_end(void **state)
{
    (void)state;
    unlink(ca_file);
    cert_free(&root);
    cert_free(&intermediate);
    cert_free(&stranger);
    return 0;
}

struct cert leaf_with(struct cert_ask ask)
{
    if (!ask.names && !ask.n_more_names)
        ask.names = "DNS:shop.example,DNS:*.shop.example,IP:127.0.0.1";
    if (!ask.from_s)
        ask.from_s = now_s - 30 * DAY;
    if (!ask.until_s)
        ask.until_s = now_s + 60 * DAY;
    if (!ask.issuer)
        ask.issuer = &intermediate;
    return cert_make(&ask);
}
