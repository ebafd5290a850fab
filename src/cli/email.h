/* email.h - the parts of `launchready email`: each gets the options with its own name taken off the words, and returns
 * the exit status. */
#ifndef CLI_EMAIL_H
#define CLI_EMAIL_H

struct options;

int email_check(const struct options *o);
int email_spf(const struct options *o);
int email_verify(const struct options *o);
int email_test_send(const struct options *o);

#endif
