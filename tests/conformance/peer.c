#include "peer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"

struct peer {
    pid_t pid;
    FILE *to, *from;
};

struct peer *peer_start(const char *program, const char *folder)
{
    int down[2], up[2];

    (void)signal(SIGPIPE, SIG_IGN);
    if (pipe(down) || pipe(up))
        return NULL;
    struct peer *p = calloc(1, sizeof *p);
    p->pid = fork();
    if (p->pid == 0) {
        (void)dup2(down[0], 0);
        (void)dup2(up[1], 1);
        for (int i = 3; i < 64; i++)
            (void)close(i);
        (void)execl(program, program, folder, (char *)NULL);
        _exit(127);
    }
    (void)close(down[0]);
    (void)close(up[1]);
    p->to = fdopen(down[1], "wb");
    p->from = fdopen(up[0], "rb");
    struct arena *arena = arena_new(1u << 20u);
    struct str said;
    bool ok = peer_verify(arena, p, STR("From: a@shop.example\r\n\r\nx\r\n"), &said);
    arena_free(arena);
    if (!ok) {
        peer_stop(p);
        return NULL;
    }
    return p;
}

void peer_stop(struct peer *p)
{
    int status;

    if (!p)
        return;
    (void)fclose(p->to);
    (void)fclose(p->from);
    (void)waitpid(p->pid, &status, 0);
    free(p);
}

static bool ask(struct arena *arena, struct peer *p, struct str line, struct str text, struct str *ret)
{
    char head[64];
    size_t n;

    if (fwrite(line.p, 1, line.n, p->to) != line.n || fwrite(text.p, 1, text.n, p->to) != text.n || fflush(p->to) ||
        !fgets(head, sizeof head, p->from) || sscanf(head, "%zu", &n) != 1 || n > (1u << 20u))
        return false;
    char *answer = arena_alloc(arena, n + 1);
    *ret = str_n(answer, n);
    return fread(answer, 1, n, p->from) == n;
}

bool peer_verify(struct arena *arena, struct peer *p, struct str text, struct str *ret)
{
    return ask(arena, p, str_fmt(arena, "V %zu\n", text.n), text, ret);
}

bool peer_sign(struct arena *arena, struct peer *p, const char *how, struct str text, struct str *ret)
{
    return ask(arena, p, str_fmt(arena, "S %s %zu\n", how, text.n), text, ret);
}
