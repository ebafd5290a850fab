/* Preloaded into servers that insist on several users, in a namespace that has one: changing the user succeeds and is
 * remembered, giving a file away succeeds and does nothing. What keeps these servers from the rest of the machine is
 * the namespace; they themselves run unmodified. */
#include <errno.h>
#include <grp.h>
#include <sys/types.h>
#include <unistd.h>

static struct {
    unsigned real, effective;
} user, group;

/* A process that gave root away for good does not get it back: Dovecot tries. */
static int change(unsigned *real, unsigned *effective, unsigned to_real, unsigned to_effective)
{
    if (user.real != 0 && user.effective != 0 && (to_real == 0 || to_effective == 0)) {
        errno = EPERM;
        return -1;
    }
    if (to_real != (unsigned)-1)
        *real = to_real;
    if (to_effective != (unsigned)-1)
        *effective = to_effective;
    return 0;
}

#define USER(real_, effective_)  change(&user.real, &user.effective, real_, effective_)
#define GROUP(real_, effective_) change(&group.real, &group.effective, real_, effective_)

uid_t getuid(void)
{
    return user.real;
}
uid_t geteuid(void)
{
    return user.effective;
}
gid_t getgid(void)
{
    return group.real;
}
gid_t getegid(void)
{
    return group.effective;
}
int setuid(uid_t id)
{
    return USER(id, id);
}
int seteuid(uid_t id)
{
    return USER((uid_t)-1, id);
}
int setreuid(uid_t real, uid_t effective)
{
    return USER(real, effective);
}
int setresuid(uid_t real, uid_t effective, uid_t saved)
{
    (void)saved;
    return USER(real, effective);
}
int setgid(gid_t id)
{
    return GROUP(id, id);
}
int setegid(gid_t id)
{
    return GROUP((gid_t)-1, id);
}
int setregid(gid_t real, gid_t effective)
{
    return GROUP(real, effective);
}
int setresgid(gid_t real, gid_t effective, gid_t saved)
{
    (void)saved;
    return GROUP(real, effective);
}
int setgroups(size_t n, const gid_t *groups)
{
    (void)n, (void)groups;
    return 0;
}
int initgroups(const char *name, gid_t id)
{
    (void)name, (void)id;
    return 0;
}

int chown(const char *path, uid_t owner, gid_t of_group)
{
    (void)owner, (void)of_group;
    return access(path, F_OK);
}
int lchown(const char *path, uid_t owner, gid_t of_group)
{
    (void)path, (void)owner, (void)of_group;
    return 0;
}
int fchown(int fd, uid_t owner, gid_t of_group)
{
    (void)fd, (void)owner, (void)of_group;
    return 0;
}
int fchownat(int folder, const char *path, uid_t owner, gid_t of_group, int flags)
{
    (void)folder, (void)path, (void)owner, (void)of_group, (void)flags;
    return 0;
}
