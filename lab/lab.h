/* lab.h - the parts of launchready-lab, the program that plays everything in the lab that is no off-the-shelf server.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* ---- lab_net.c ---- */
struct place {
    struct sockaddr_storage address;
    socklen_t n_address;
    char text[64];
};
/* "192.0.2.1:80" or "2001:db8::1:80": the port is behind the last colon. Ends the program when it is neither. */
struct place place_parse(const char *text);
/* A bound socket, listening when it is a stream. Ends the program when that is not possible. */
int place_listen(const struct place *place, int type);
/* All of it or false. */
bool send_all(int fd, const void *bytes, size_t n_bytes);
void sleep_ms(unsigned ms);
/* Runs work(argument) in a thread of its own that nobody waits for. */
void start_thread(void *(*work)(void *), void *argument);
/* Prints what and the reason in errno, and ends the program. */
_Noreturn void fail(const char *what) __attribute__((nonnull));
/* malloc and friends that end the program when there is no memory. */
void *need(void *memory);

/* ---- what main chooses among ---- */
int run_shop(int argc, char **argv);
int run_mail(int argc, char **argv);
int run_bad(int argc, char **argv);
int run_delay(int argc, char **argv);
int run_wait(int argc, char **argv);

/* ---- lab_bad.c, lab_bad_dns.c ---- */
struct bad_kind {
    const char *name;
    void (*serve)(int fd);                                                      /* one TCP connection */
    size_t (*answer)(const unsigned char *asked, size_t n, unsigned char *ret); /* one DNS message; 0: silence */
};
#define BAD_DNS_MOST_BYTES 65535
extern const struct bad_kind bad_dns_kinds[];
void bad_dns_serve(const struct place *place, const struct bad_kind *kind);

#endif
