/* dkim_opendkim.c - the same as dkim_ours.c of OpenDKIM's library: dkim_opendkim SECONDS FOLDER NAME... */
#include <sys/types.h>

#include <opendkim/dkim.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char record[8192];

static size_t slurp(const char *folder, const char *name, const char *ending, char *to, size_t size)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(to, 1, size - 1, f) : 0;
    if (!n)
        exit(1);
    (void)fclose(f);
    to[n] = '\0';
    return n;
}

static DKIM_CBSTAT look(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t size)
{
    (void)dkim, (void)sig;
    (void)snprintf((char *)buf, size, "%s", record);
    return DKIM_CBSTAT_CONTINUE;
}

static bool run(DKIM_LIB *lib, char *text, size_t n)
{
    DKIM_STAT s;
    DKIM *dkim = dkim_verify(lib, (const unsigned char *)"bench", NULL, &s);
    bool ok = dkim_chunk(dkim, (unsigned char *)text, n) == DKIM_STAT_OK && dkim_chunk(dkim, NULL, 0) == DKIM_STAT_OK &&
              dkim_eom(dkim, NULL) == DKIM_STAT_OK;

    dkim_free(dkim);
    return ok;
}

int main(int argc, char **argv)
{
    static char text[1u << 20u];
    DKIM_LIB *lib = dkim_init(NULL, NULL);

    (void)dkim_set_key_lookup(lib, look);
    for (int i = 3; i < argc; i++) {
        (void)slurp(argv[2], "record", "", record, sizeof record);
        size_t n = slurp(argv[2], argv[i], ".eml", text, sizeof text), done = 0;
        bool ok = run(lib, text, n);
        clock_t from = clock();
        double spent = 0, seconds = atof(argv[1]);
        while (spent < seconds) {
            for (int k = 0; k < 100; k++)
                (void)run(lib, text, n);
            done += 100;
            spent = (double)(clock() - from) / CLOCKS_PER_SEC;
        }
        printf("%.0f %s\n", (double)done / spent, ok ? "pass" : "fail");
    }
    dkim_close(lib);
    return 0;
}
