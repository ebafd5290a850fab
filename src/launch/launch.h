/* launch.h - the launch file: the production that its owner intends. Section 6 of the design; docs/launch-file.md.
 *
 * Read once into plain structs that live in one arena. Every section may be absent; `launch_has` tells. Host names
 * are A-labels in lower case, durations milliseconds, dates seconds since 1970 UTC. Text is never NULL: an absent
 * one is empty. */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/secret.h"
#include "core/str.h"

struct arena;
struct err;

struct launch_host {
    struct str name;
    struct str role; /* "app" "api" "admin" "help" "redirect" "staging" "other"; empty: not said */
    struct str_list private_paths;
    struct str health; /* path */
    struct str owner, purpose;
    int status;     /* expected at /; 0: not said */
    bool absent;    /* declared not to exist */
    bool http_only; /* declared to have no https */
    bool direct;    /* declared not to stand behind the edge */
    int line;
};

struct launch_pair {
    struct str name, value;
    bool from_env; /* holds a variable's value: mask it wherever it is shown */
};
struct launch_pairs {
    struct launch_pair *v;
    size_t n;
};

struct launch_capture {
    struct str name, css, attribute, regex, json, header, cookie;
};

struct launch_json_is {
    struct str path, value;
};

struct launch_expect {
    int status_low, status_high; /* 0: not said */
    struct str_list contains, not_contains, matches;
    struct launch_pairs headers;
    struct launch_pairs json;
    int64_t body_least, body_most; /* -1: not said */
    int64_t within_ms;             /* 0: not said */
    int cert_days;                 /* 0: not said */
    struct str protocol, family;   /* "h2"; "4" or "6" */
    struct str location;
};

struct launch_step {
    struct str method, url, name;
    struct launch_pairs headers, form, multipart;
    struct str json; /* a JSON text, templates and all */
    struct str basic_user;
    struct secret basic_password, bearer;
    bool follow;        /* redirects */
    bool cleanup;       /* runs always, last */
    int64_t timeout_ms; /* 0: the flow's */
    struct launch_expect expect;
    struct launch_capture *captures;
    size_t n_captures;
    int line;
};

struct launch_flow {
    struct str name;
    bool critical;
    int64_t timeout_ms;
    struct launch_step *steps;
    size_t n_steps;
    int line;
};

struct launch_alert {
    struct str kind; /* "slack" "email" "webhook" "discord" "telegram" "sms" "command" ... */
    struct secret target;
    struct str min_severity;
    struct str contact; /* whose route it is: a name of contacts */
    struct secret sign; /* key of the HMAC over a webhook's body */
    struct str quiet;   /* "22:00-07:00" UTC: only critical alerts then */
    int64_t after_ms;   /* told only when nobody acknowledged for so long */
    int line;
};

struct launch_contact {
    struct str name, role, email, phone;
    bool on_call;
};

struct launch_renewal {
    struct str what, payer, owner, url;
    int64_t on_s;
    bool auto_renew;
};

struct launch_waiver {
    struct str check, subject, reason, owner;
    int64_t until_s;
    int line;
};

struct launch_migration {
    struct str path, engine;
};

struct launch_limit {
    struct str name, path; /* name: "login" "signup" "checkout" "api" */
    int requests;
    int64_t per_ms;
};

struct launch_account {
    struct str name, user;
    struct secret password;
};

struct launch_freshness {
    struct str path;
    int64_t within_ms;
};

/* What the monitor watches besides flows and hosts. Exactly one of url, tcp, tls, smtp, dns, domain, check. */
struct launch_target {
    struct str name;
    struct str kind;       /* "url" "tcp" "tls" "smtp" "dns" "domain" "check" */
    struct str subject;    /* the URL, "host:port", name or check id */
    struct str runbook;    /* where to read on when it fails */
    struct str_list needs; /* targets whose failure explains this one's */
    int64_t every_ms;      /* 0: the monitor's */
    bool critical;
    int line;
};

struct launch_maintenance {
    struct str what;         /* for people */
    int64_t from_s, until_s; /* once; 0: by cron */
    struct str cron;         /* starts, in UTC */
    int64_t lasts_ms;        /* with cron */
    int line;
};

/* Something in the file that does not hold together, though each part is well formed. */
struct launch_note {
    struct str key;
    int line;
    struct str text;
};

struct launch_heartbeat {
    struct str name, cron;
    int64_t every_ms, grace_ms;
};

struct launch {
    const char *path; /* of the file; "" when there is none */
    int version;
    struct str site;
    struct str canonical; /* "https://shop.example": an origin; empty: not said */
    struct secret token;  /* that proves control of the domain */
    struct launch_host *hosts;
    size_t n_hosts;

    struct {
        struct str zone;           /* file in master-file format, relative to the launch file */
        struct str_list resolvers; /* public resolvers to compare */
        struct str wildcard;       /* why a wildcard is wanted; empty: it is not */
    } dns;
    struct {
        struct str_list addresses;
    } origin;
    struct {
        struct str_list public_paths, private_paths, api, legacy, pages;
        struct str deep;                     /* a real deep path for redirect tests */
        struct str_list source_maps;         /* allowed to be public */
        struct str_list temporary_redirects; /* URLs whose 302 is meant */
    } paths;
    struct str_list webhooks;
    struct {
        struct str_list senders, selectors;
        bool none;                 /* the domain sends no mail */
        bool bulk;                 /* it sends newsletters */
        struct str_list addresses; /* that people write to: support@shop.example */
        struct str smtp, user, from, to, mailbox;
        struct secret password, mailbox_password;
    } email;
    struct {
        struct str provider, zone, ssl;
        struct secret token;
        int64_t hsts_max_age_s; /* -1: not said */
        bool hsts_subdomains, hsts_preload;
    } edge;
    struct {
        struct str path;
        struct launch_migration *migrations;
        size_t n_migrations;
        struct str env_example, env_development, env_staging, env_production;
        struct str env_names; /* a command that lists the names, never the values, of production's variables */
    } repo;
    struct launch_flow *flows;
    size_t n_flows;
    struct {
        struct str command, rollback, branch, target, version_url;
        struct str health;                        /* URL that answers 200 when all is well */
        struct str migrate, pending, down, purge; /* commands around migrations; what clears the edge's cache */
        struct str_list smoke;
        int64_t timeout_ms;
    } deploy;
    struct {
        struct secret url;
        int slow_ms;
    } database;
    struct {
        struct str_list access, app, build;
    } logs;
    struct {
        int64_t every_ms;
        int64_t confirm_ms; /* until the second look that makes an outage; 0: default */
        struct launch_alert *alerts;
        size_t n_alerts;
        struct launch_maintenance *maintenance;
        size_t n_maintenance;
        struct secret alive; /* URL that is called while the monitor itself is well */
        struct str region;   /* this monitor's */
        int quorum;          /* regions that must agree; 0: default */
    } monitor;
    struct {
        double uptime, error_rate; /* per cent; 0: not said */
        int64_t p95_ms, recovery_ms;
        int samples; /* for perf.p95; 0: default */
    } slo;
    struct launch_contact *contacts;
    size_t n_contacts;
    struct launch_renewal *renewals;
    size_t n_renewals;
    struct {
        struct str command, list, restore;
    } backup;
    struct launch_waiver *waivers;
    size_t n_waivers;
    struct launch_limit *limits;
    size_t n_limits;
    struct launch_account *accounts;
    size_t n_accounts;
    struct launch_freshness *freshness;
    size_t n_freshness;
    struct launch_heartbeat *heartbeats;
    size_t n_heartbeats;
    struct launch_target *targets;
    size_t n_targets;
    struct {
        struct str depth, worker; /* commands: print the number that wait; exit 0 when a worker runs */
        int most;                 /* that may wait */
        int64_t oldest_ms;
    } queue;
    struct {
        int64_t from_s, until_s;
    } window; /* of the launch */
    struct str_list mailboxes;
    struct str ai; /* what the AI features are, as JSON text */

    /* Which keys the file holds ("origin", "paths.legacy", ...), with their lines. */
    struct launch_present {
        struct str key;
        int line;
    } * present;
    size_t n_present;
    struct launch_secret_fault {
        struct str key;
        int line;
        struct str variable; /* of unset_secrets */
    } * literal_secrets;     /* secrets written in the file itself: a finding */
    size_t n_literal_secrets;
    struct launch_secret_fault *unset_secrets; /* "${NAME}" of a secret whose variable is not set */
    size_t n_unset_secrets;
    struct launch_note *notes;
    size_t n_notes;
};

/* True when the file says something at this key, also an empty list: "origin", "paths.legacy". */
bool launch_has(const struct launch *launch, const char *key);
/* Its line, or that of the nearest key above it; 1 without any. Entries of lists are "hosts[0]", those of named ones
 * "flows.login". */
int launch_line(const struct launch *launch, const char *key);

/* Value of an environment variable, or NULL. For tests; NULL stands for getenv. */
typedef const char *(*launch_env_fn)(const char *name);

/* The first variable missing that this key, or one below it, needs: a command that needs the section says so and stops.
 * NULL when all are set. */
const struct launch_secret_fault *launch_unset(const struct launch *launch, const char *key);

/* Reads and validates the file. ERR_USAGE with place "FILE:LINE:COLUMN" for anything wrong in it: what, where, and
 * what was expected. A variable that is not set is an error too, except where it stands for a secret or an account:
 * those are left empty and listed in unset_secrets. */
MUST_CHECK bool launch_load(struct arena *arena, const char *path, launch_env_fn env, struct launch *ret,
                            struct err *reterr);
/* The same from memory; path is for messages. */
MUST_CHECK bool launch_parse(struct arena *arena, struct str text, const char *path, launch_env_fn env,
                             struct launch *ret, struct err *reterr);

/* A launch file with nothing in it but the site (may be empty). */
void launch_empty(struct launch *ret, struct str site);

/* launchready.yaml here or in a folder above, up to the root or a repository's top; NULL when there is none. */
const char *launch_find(struct arena *arena, const char *from_folder);

#endif
