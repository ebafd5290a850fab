/* fact_repo.h - what a repository shows at first glance: framework, migrations, environment files, CI. */
#ifndef FACTS_FACT_REPO_H
#define FACTS_FACT_REPO_H

#include "facts/facts.h"

struct repo_migrations {
    struct str path;   /* relative to the top */
    struct str engine; /* "postgres" "mysql" "sqlite", or empty: not seen */
};

struct fact_repo {
    bool found;                /* the folder stands in a git repository */
    struct str top;            /* its top folder */
    struct str framework;      /* "Ruby on Rails", "Next.js" ... ; empty: not recognised */
    struct str framework_file; /* what told */
    struct repo_migrations *migrations;
    size_t n_migrations;
    struct str_list env_files; /* .env, .env.example ... at the top */
    struct str_list ci_files;
    struct str_list platform_files; /* vercel.json, fly.toml ... */
    struct str platform;            /* "vercel", "fly" ...: for deploy.target */
    struct str branch;              /* the one checked out */
};

extern const struct fact_kind repo_kind; /* key: the folder; rank 5 */
const struct fact_repo *fact_repo(struct ask *q, struct str folder);

#endif
