#include "lab.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
} verbs[] = {
    {"shop", run_shop, "ADDRESS:PORT CONFIGURATION SITE-FOLDER"},
    {"mail", run_mail, "CONFIGURATION"},
    {"bad", run_bad, "KIND ADDRESS:PORT [KIND ADDRESS:PORT]..."},
    {"delay", run_delay, "LISTEN RESOLVER MILLISECONDS [DROP-EVERY]"},
    {"wait", run_wait, "SECONDS ADDRESS:PORT...   until all of them take connections"},
};

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(argv[1], verbs[i].name))
            return verbs[i].run(argc - 2, argv + 2);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        fprintf(stderr, "usage: launchready-lab %s %s\n", verbs[i].name, verbs[i].usage);
    return 2;
}
