/* smtp_server.h - a mail server on loopback that says what a test wrote down, word for word. */
#ifndef SMTP_SERVER_H
#define SMTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct cert;

enum smtp_then {
    THEN_LISTEN,
    THEN_TLS, /* a handshake with the script's certificate */
    THEN_CLOSE,
    THEN_HANG,   /* silence until the client leaves */
    THEN_REPEAT, /* the same again and again until the client leaves */
    THEN_DRIP    /* the reply came a byte at a time, 20 ms apart */
};

struct smtp_step {
    const char *command; /* how the client's line begins; "" is any */
    const char *reply;
    size_t n; /* of reply when it holds NUL bytes; 0: up to its end */
    enum smtp_then then;
};

struct smtp_script {
    struct smtp_step banner; /* command is not looked at */
    const struct smtp_step *steps;
    size_t n_steps;
    const struct smtp_step *tls_steps; /* once encrypted; NULL: the same */
    size_t n_tls_steps;
    const struct cert *cert;
    const struct cert *issuer; /* sent after it; may be NULL */
    int most_version;          /* TLS1_1_VERSION ...; 0: what there is */
};

struct smtp_server;
struct smtp_server *smtp_server_start(const struct smtp_script *script);
uint16_t smtp_server_port(const struct smtp_server *s);
/* What clients said so far, a line each; the caller frees it. */
char *smtp_server_heard(struct smtp_server *s);
void smtp_server_stop(struct smtp_server *s);

#endif
