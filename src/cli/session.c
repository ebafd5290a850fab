#include "cli/session.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/pool.h"
#include "facts/fact_dns.h"
#include "facts/observer.h"
#include "launch/name.h"
#include "mail/provider.h"
#include "mail/spf.h"

#define SESSION_BYTES  ((size_t)256 * 1024 * 1024)
#define FACTS_THREADS  40
#define CHECKS_THREADS 24

static struct cancel *interrupted; /* for the signal handler alone */

static void on_signal(int sig)
{
    (void)sig;
    if (cancel_asked(interrupted))
        _exit(EXIT_INTERRUPTED); /* twice: the user does not want to wait */
    cancel_now(interrupted);
}

static void catch_signals(struct cancel *cancel)
{
    struct sigaction action = {.sa_handler = on_signal};

    interrupted = cancel;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void restore_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    interrupted = NULL;
}

/* A file that is about another site is not for this audit: naming it would be a mistake, finding it is chance. */
static bool load_launch(struct session *s, const struct options *o, struct str domain, struct err *reterr)
{
    const char *path = o->config ? o->config : launch_find(s->arena, ".");

    if (!path)
        return true;
    struct launch loaded;
    if (!launch_load(s->arena, path, NULL, &loaded, reterr))
        return false;
    if (domain.n && !str_eq(loaded.site, domain) && !name_is_within(domain, loaded.site)) {
        if (o->config)
            return err_set(reterr, ERR_USAGE, "%s is about %.*s, not %.*s", path, STR_ARG(loaded.site),
                           STR_ARG(domain));
        log_line(LOG_INFO, "launch", "%s is about %.*s: not used", path, STR_ARG(loaded.site));
        return true;
    }
    if (domain.n && !str_eq(loaded.site, domain)) /* a host below the site: the site is audited */
        log_line(LOG_INFO, "launch", "auditing %.*s, the site of %s", STR_ARG(loaded.site), path);
    for (size_t i = 0; i < loaded.n_notes; i++)
        log_line(LOG_WARN, "launch", "%s:%d: %.*s", path, loaded.notes[i].line, STR_ARG(loaded.notes[i].text));
    s->launch = loaded;
    return true;
}

/* "www.shop.example" is a host of the site shop.example. */
static struct str site_of(struct session *s, struct str host)
{
    struct str registrable = name_registrable(s->arena, host);

    if (str_starts(host, STR("www.")) && str_eq(str_from(host, 4), registrable))
        return registrable;
    return host;
}

static bool choose_target(struct session *s, const struct options *o, bool with_file, struct str replayed,
                          struct err *reterr)
{
    struct target target = {STR_NONE, STR_NONE};

    if (o->n_args) {
        if (!target_parse(s->arena, str_of(o->args[0]), &target, reterr))
            return false;
        if (target.ignored.n)
            log_line(LOG_WARN, "audit", "the whole site is audited; \"%.*s\" is not looked at apart",
                     STR_ARG(target.ignored));
        target.host = site_of(s, target.host);
    }
    if (!target.host.n)
        target.host = replayed;
    launch_empty(&s->launch, target.host);
    if (with_file && !load_launch(s, o, target.host, reterr))
        return false;
    s->domain = s->launch.site.n ? s->launch.site : target.host;
    if (!s->domain.n)
        return err_set(reterr, ERR_USAGE, "nothing to look at: give a domain, as in launchready %s shop.example%s",
                       o->command->name, with_file ? ", or write a launch file with launchready init" : "");
    return true;
}

/* Any name that a query can be made of; labels may begin with "_". */
static bool choose_name(struct session *s, const char *name, struct err *reterr)
{
    struct str domain = strpbrk(name, "/:@") ? STR_NONE /* an address of a page or of a person */
                                             : str_lower(s->arena, spf_domain_name(s->arena, str_of(name)));

    if (*name && !domain.n)
        return err_set(reterr, ERR_USAGE, "\"%s\" is not a domain, as in shop.example", name);
    s->domain = domain;
    launch_empty(&s->launch, domain);
    return true;
}

#define PROVIDERS_FILE "/etc/launchready/mail-providers.yaml"

static bool load_providers(struct session *s, const char *path, struct providers **ret, struct err *reterr)
{
    struct str text;

    *ret = arena_alloc(s->arena, sizeof **ret);
    if (file_read(s->arena, path, PROVIDERS_MOST_BYTES, &text, reterr) &&
        providers_parse(s->arena, text, path, *ret, reterr))
        return true;
    if (reterr) /* somebody wrote the file: that is what to mend */
        reterr->kind = ERR_USAGE;
    return false;
}

/* The table of mail providers that --providers names, else the machine's own when it is newer than the one built in. */
static bool choose_providers(struct session *s, const struct options *o, struct err *reterr)
{
    struct providers *own = NULL;

    providers_use(NULL);
    if (!o->providers && !file_exists(PROVIDERS_FILE))
        return true;
    if (!load_providers(s, o->providers ? o->providers : PROVIDERS_FILE, &own, reterr))
        return false;
    if (o->providers || str_compare(own->date, providers_builtin()->date) > 0)
        providers_use(own);
    return true;
}

static bool open_outside(struct session *s, const struct options *o, struct err *reterr)
{
    struct observer_options options = {
        .offline = o->offline,
        .resolver = str_of(o->resolver),
        .ca_file = o->ca_file,
        .timeout_ms = (int)o->timeout_ms,
        .cancel = s->cancel,
    };

    return observer_new(&options, &s->observer, reterr);
}

/* name: NULL for the target that the options give. */
static bool open_session(const struct options *o, bool with_file, const char *name, struct session **ret,
                         struct err *reterr)
{
    struct arena *arena = arena_new(SESSION_BYTES);
    struct session *s = arena_alloc(arena, sizeof *s);
    struct replay replay = {STR_NONE, 0};

    s->arena = arena;
    s->cancel = cancel_new();
    bool ok = (!o->replay || facts_replay_head(arena, o->replay, &replay, reterr)) &&
              (name ? choose_name(s, name, reterr) : choose_target(s, o, with_file, replay.domain, reterr)) &&
              choose_providers(s, o, reterr) && open_outside(s, o, reterr);
    if (ok) {
        size_t threads = o->jobs ? (size_t)o->jobs : FACTS_THREADS;
        s->facts_pool = pool_new(threads, s->cancel);
        s->checks_pool = pool_new(CHECKS_THREADS, s->cancel);
        s->facts = facts_new(&(struct facts_setup){
            .outside = s->observer,
            .pool = s->facts_pool,
            .launch = &s->launch,
            .domain = s->domain,
            .now_s = replay.now_s ? replay.now_s : clock_wall_s(),
        });
        ok = !o->replay || facts_replay(s->facts, o->replay, reterr);
    }
    if (!ok) {
        session_close(s);
        return false;
    }
    catch_signals(s->cancel);
    *ret = s;
    return true;
}

bool session_open(const struct options *o, struct session **ret, struct err *reterr)
{
    return open_session(o, true, NULL, ret, reterr);
}

bool session_open_without_file(const struct options *o, struct session **ret, struct err *reterr)
{
    return open_session(o, false, NULL, ret, reterr);
}

bool session_open_name(const struct options *o, const char *name, struct session **ret, struct err *reterr)
{
    return open_session(o, false, name, ret, reterr);
}

bool session_target_exists(struct session *s, struct err *reterr)
{
    struct ask q = facts_ask(s->facts, s->arena);
    const struct fact_dns *soa = fact_dns(&q, s->domain, DNS_SOA);
    const struct err *why = soa ? NULL : ask_tolerate(&q);

    if (soa && soa->outcome == DNS_NXDOMAIN) {
        err_set(reterr, ERR_USAGE, "the domain %.*s does not exist: check the spelling, or register it",
                STR_ARG(s->domain));
        return err_because(reterr, "NXDOMAIN from %.*s", STR_ARG(soa->server));
    }
    if (!why || (why->kind != ERR_DNS_TIMEOUT && why->kind != ERR_NO_ROUTE && why->kind != ERR_REFUSED))
        return true;
    if (fact_dns(&q, STR("."), DNS_NS)) /* the resolver lives: the silence is the domain's */
        return true;
    size_t n;
    const struct observer_server *resolvers = observer_resolvers(s->observer, &n);
    err_set(reterr, why->kind, "no name server answers (asked %s): is this machine online? --resolver names another",
            resolvers[0].address);
    return err_because(reterr, "%s", why->text);
}

void session_close(struct session *s)
{
    struct arena *arena = s->arena;

    restore_signals();
    pool_free(s->checks_pool);
    pool_free(s->facts_pool);
    facts_free(s->facts);
    observer_free(s->observer);
    providers_use(NULL); /* what was read lives in the arena */
    cancel_free(s->cancel);
    arena_free(arena);
}
