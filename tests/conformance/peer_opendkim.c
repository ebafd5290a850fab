/* OpenDKIM's library as a peer: see peer.h for what it is asked. A program of its own, since its functions have the
 * names of ours. */
#include <sys/types.h>

#include <opendkim/dkim.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char record[8192], private_key[8192];

static void slurp(const char *folder, const char *file, char *to, size_t size)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "rb");
    if (!f || fread(to, 1, size - 1, f) == 0)
        exit(1);
    (void)fclose(f);
}

static DKIM_CBSTAT look(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t size)
{
    (void)dkim, (void)sig;
    (void)snprintf((char *)buf, size, "%s", record);
    return DKIM_CBSTAT_CONTINUE;
}

static void answer(const char *text)
{
    printf("%zu\n%s", strlen(text), text);
    (void)fflush(stdout);
}

static void verify(DKIM_LIB *lib, unsigned char *text, size_t n)
{
    DKIM_STAT s;
    DKIM *dkim = dkim_verify(lib, (const unsigned char *)"peer", NULL, &s);
    DKIM_SIGINFO **sigs = NULL;
    int n_sigs = 0;
    char said[200] = "none";

    if (dkim_chunk(dkim, text, n) == DKIM_STAT_OK && dkim_chunk(dkim, NULL, 0) == DKIM_STAT_OK)
        (void)dkim_eom(dkim, NULL);
    if (dkim_getsiglist(dkim, &sigs, &n_sigs) == DKIM_STAT_OK && n_sigs > 0) {
        bool passed = (dkim_sig_getflags(sigs[0]) & DKIM_SIGFLAG_PASSED) && dkim_sig_getbh(sigs[0]) == DKIM_SIGBH_MATCH;
        const char *why = dkim_sig_geterrorstr(dkim_sig_geterror(sigs[0]));
        (void)snprintf(said, sizeof said, "%s %s", passed ? "pass" : "fail", why ? why : "");
    }
    dkim_free(dkim);
    answer(said);
}

static void sign(DKIM_LIB *lib, const char *header, const char *body, long length, char *names, unsigned char *text,
                 size_t n)
{
    const u_char *chosen[64] = {NULL}, *over[64] = {NULL};
    unsigned char field[16384];
    size_t k = 0, n_over = 0, n_field = 0;
    DKIM_STAT s;
    char out[20000];

    for (char *name = strtok(names, ":"); name && k < 62; name = strtok(NULL, ":")) {
        bool again = false;
        for (size_t i = 0; i < k; i++)
            again |= !strcasecmp((const char *)chosen[i], name);
        if (again && n_over < 62)
            over[n_over++] = (const u_char *)name;
        else if (!again)
            chosen[k++] = (const u_char *)name;
    }
    (void)dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_SIGNHDRS, chosen, sizeof(const u_char **));
    (void)dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS, over, sizeof(const u_char **));
    DKIM *dkim =
        dkim_sign(lib, (const unsigned char *)"peer", NULL, (dkim_sigkey_t)private_key, (const unsigned char *)"s1",
                  (const unsigned char *)"shop.example", *header == 'r' ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
                  *body == 'r' ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE, DKIM_SIGN_RSASHA256, length, &s);
    if (dkim && dkim_chunk(dkim, text, n) == DKIM_STAT_OK && dkim_chunk(dkim, NULL, 0) == DKIM_STAT_OK &&
        dkim_eom(dkim, NULL) == DKIM_STAT_OK && dkim_getsighdr(dkim, field, sizeof field, 16) == DKIM_STAT_OK) {
        /* Its line ends are LF. */
        n_field = (size_t)snprintf(out, sizeof out, "DKIM-Signature: ");
        for (const unsigned char *p = field; *p; p++) {
            if (*p == '\n' && out[n_field - 1] != '\r')
                out[n_field++] = '\r';
            out[n_field++] = (char)*p;
        }
        memcpy(out + n_field, "\r\n", 3);
        answer(out);
    } else {
        answer("");
    }
    if (dkim)
        dkim_free(dkim);
}

int main(int argc, char **argv)
{
    DKIM_LIB *lib = dkim_init(NULL, NULL);
    uint64_t t = 1795000000;
    char line[2048], header[16], body[16], names[1024];
    size_t n;
    long length;

    if (argc != 2 || !lib)
        return 1;
    slurp(argv[1], "record", record, sizeof record);
    slurp(argv[1], "private.pem", private_key, sizeof private_key);
    (void)dkim_set_key_lookup(lib, look);
    (void)dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &t, sizeof t);
    while (fgets(line, sizeof line, stdin)) {
        bool signs = sscanf(line, "S %15s %15s %ld %1023s %zu", header, body, &length, names, &n) == 5;
        if (!signs && sscanf(line, "V %zu", &n) != 1)
            return 1;
        unsigned char *text = malloc(n + 1);
        if (!text || fread(text, 1, n, stdin) != n)
            return 1;
        text[n] = '\0';
        if (signs)
            sign(lib, header, body, length, names, text, n);
        else
            verify(lib, text, n);
        free(text);
    }
    dkim_close(lib);
    return 0;
}
