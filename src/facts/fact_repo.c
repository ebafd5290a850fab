#include "facts/fact_repo.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/text.h"

#define MANIFEST_MOST_BYTES (1024u * 1024u)
#define CI_FILES_MOST       50u

/* A framework is a name in a manifest; the more special ones stand first. */
static const struct {
    const char *file, *needle, *framework;
} frameworks[] = {
    {"Gemfile", "rails", "Ruby on Rails"},
    {"Gemfile", "sinatra", "Sinatra"},
    {"composer.json", "laravel/framework", "Laravel"},
    {"composer.json", "symfony/", "Symfony"},
    {"wp-config.php", "", "WordPress"},
    {"package.json", "\"next\"", "Next.js"},
    {"package.json", "\"nuxt\"", "Nuxt"},
    {"package.json", "\"@remix-run/", "Remix"},
    {"package.json", "\"@sveltejs/kit\"", "SvelteKit"},
    {"package.json", "\"astro\"", "Astro"},
    {"package.json", "\"gatsby\"", "Gatsby"},
    {"package.json", "\"@nestjs/core\"", "NestJS"},
    {"package.json", "\"express\"", "Express"},
    {"package.json", "\"fastify\"", "Fastify"},
    {"package.json", "\"vite\"", "Vite"},
    {"package.json", "\"react-scripts\"", "Create React App"},
    {"manage.py", "django", "Django"},
    {"requirements.txt", "django", "Django"},
    {"pyproject.toml", "django", "Django"},
    {"requirements.txt", "flask", "Flask"},
    {"pyproject.toml", "flask", "Flask"},
    {"requirements.txt", "fastapi", "FastAPI"},
    {"pyproject.toml", "fastapi", "FastAPI"},
    {"mix.exs", "phoenix", "Phoenix"},
    {"go.mod", "", "Go"},
    {"Cargo.toml", "", "Rust"},
    {"hugo.toml", "", "Hugo"},
    {"_config.yml", "", "Jekyll"},
};

static const char *const migration_folders[] = {
    "db/migrate",          "database/migrations", "migrations",       "prisma/migrations",    "drizzle",
    "supabase/migrations", "db/migrations",       "alembic/versions", "priv/repo/migrations", "src/migrations",
};

/* Which manifests tell the engine, and by which word. */
static const struct {
    const char *file, *needle, *engine;
} engines[] = {
    {"prisma/schema.prisma", "postgresql", "postgres"},
    {"prisma/schema.prisma", "mysql", "mysql"},
    {"prisma/schema.prisma", "sqlite", "sqlite"},
    {"Gemfile", "'pg'", "postgres"},
    {"Gemfile", "\"pg\"", "postgres"},
    {"Gemfile", "mysql2", "mysql"},
    {"Gemfile", "sqlite3", "sqlite"},
    {"package.json", "\"pg\"", "postgres"},
    {"package.json", "\"postgres\"", "postgres"},
    {"package.json", "\"mysql2\"", "mysql"},
    {"package.json", "\"better-sqlite3\"", "sqlite"},
    {"requirements.txt", "psycopg", "postgres"},
    {"pyproject.toml", "psycopg", "postgres"},
    {"requirements.txt", "mysqlclient", "mysql"},
    {"mix.exs", ":postgrex", "postgres"},
    {"docker-compose.yml", "postgres", "postgres"},
    {"compose.yaml", "postgres", "postgres"},
    {"docker-compose.yml", "mysql", "mysql"},
    {"supabase/config.toml", "", "postgres"},
};

static const char *const env_names[] = {".env",          ".env.example", ".env.sample",
                                        ".env.template", ".env.local",   ".env.development",
                                        ".env.test",     ".env.staging", ".env.production"};

static const char *const ci_names[] = {".gitlab-ci.yml",          ".circleci/config.yml", "azure-pipelines.yml",
                                       "bitbucket-pipelines.yml", "Jenkinsfile",          ".drone.yml"};

static const struct {
    const char *file, *platform;
} platforms[] = {
    {"vercel.json", "vercel"},
    {"netlify.toml", "netlify"},
    {"fly.toml", "fly"},
    {"render.yaml", "render"},
    {"railway.json", "railway"},
    {"railway.toml", "railway"},
    {"Procfile", "heroku"},
    {"app.yaml", "google-app-engine"},
    {"wrangler.toml", "cloudflare-workers"},
    {"firebase.json", "firebase"},
    {"amplify.yml", "aws-amplify"},
    {".do/app.yaml", "digitalocean"},
    {"config/deploy.yml", "kamal"},
    {"Dockerfile", ""},
};

static bool has_file(struct arena *arena, struct str top, const char *name)
{
    return file_exists(str_fmt(arena, "%.*s/%s", STR_ARG(top), name).p);
}

static bool is_folder(struct arena *arena, struct str top, const char *name)
{
    struct stat st;

    return stat(str_fmt(arena, "%.*s/%s", STR_ARG(top), name).p, &st) == 0 && S_ISDIR(st.st_mode);
}

/* True when the file is there and holds the word (any word, for an empty one). */
static bool holds(struct arena *arena, struct str top, const char *file, const char *needle)
{
    struct str text;

    if (!has_file(arena, top, file))
        return false;
    return !*needle ||
           (file_read(arena, str_fmt(arena, "%.*s/%s", STR_ARG(top), file).p, MANIFEST_MOST_BYTES, &text, NULL) &&
            str_has_nocase(text, str_of(needle)));
}

static bool find_top(struct arena *arena, struct str folder, struct str *ret)
{
    char path[PATH_MAX];

    if (!realpath(str_cstr(arena, folder), path))
        return false;
    for (;;) {
        if (file_exists(str_fmt(arena, "%s/.git", path).p)) {
            *ret = str_dup(arena, str_of(path));
            return true;
        }
        char *slash = strrchr(path, '/');
        if (!slash || slash == path)
            return false;
        *slash = '\0';
    }
}

static void look_migrations(struct arena *arena, struct fact_repo *r)
{
    struct str engine = STR_NONE;

    for (size_t i = 0; i < N_OF(engines) && !engine.n; i++)
        if (holds(arena, r->top, engines[i].file, engines[i].needle))
            engine = str_of(engines[i].engine);
    r->migrations = arena_array(arena, N_OF(migration_folders), sizeof *r->migrations);
    for (size_t i = 0; i < N_OF(migration_folders); i++)
        if (is_folder(arena, r->top, migration_folders[i]))
            r->migrations[r->n_migrations++] = (struct repo_migrations){str_of(migration_folders[i]), engine};
}

static void look_ci(struct arena *arena, struct fact_repo *r)
{
    DIR *folder = opendir(str_fmt(arena, "%.*s/.github/workflows", STR_ARG(r->top)).p);
    struct dirent *e;

    while (folder && r->ci_files.n < CI_FILES_MOST && (e = readdir(folder)))
        if (str_ends(str_of(e->d_name), STR(".yml")) || str_ends(str_of(e->d_name), STR(".yaml")))
            str_list_add(arena, &r->ci_files, str_fmt(arena, ".github/workflows/%s", e->d_name));
    if (folder)
        closedir(folder);
    for (size_t i = 0; i < N_OF(ci_names); i++)
        if (has_file(arena, r->top, ci_names[i]))
            str_list_add(arena, &r->ci_files, str_of(ci_names[i]));
}

static void look_branch(struct arena *arena, struct fact_repo *r)
{
    struct str head;

    if (!file_read(arena, str_fmt(arena, "%.*s/.git/HEAD", STR_ARG(r->top)).p, 4096, &head, NULL))
        return;
    head = str_trim(head);
    if (str_starts(head, STR("ref: refs/heads/")))
        r->branch = text_safe(arena, str_from(head, 16));
}

static bool look_repo(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_repo *r = ret;
    struct arena *arena = q->arena;

    (void)outside;
    (void)reterr;
    r->found = find_top(arena, key, &r->top);
    if (!r->found)
        return true;
    for (size_t i = 0; i < N_OF(frameworks) && !r->framework.n; i++)
        if (holds(arena, r->top, frameworks[i].file, frameworks[i].needle)) {
            r->framework = str_of(frameworks[i].framework);
            r->framework_file = str_of(frameworks[i].file);
        }
    look_migrations(arena, r);
    for (size_t i = 0; i < N_OF(env_names); i++)
        if (has_file(arena, r->top, env_names[i]))
            str_list_add(arena, &r->env_files, str_of(env_names[i]));
    look_ci(arena, r);
    for (size_t i = 0; i < N_OF(platforms); i++)
        if (has_file(arena, r->top, platforms[i].file)) {
            str_list_add(arena, &r->platform_files, str_of(platforms[i].file));
            if (!r->platform.n)
                r->platform = str_of(platforms[i].platform);
        }
    look_branch(arena, r);
    return true;
}

const struct fact_kind repo_kind = {"repo", 5, sizeof(struct fact_repo), 32u * 1024 * 1024, look_repo, NULL, NULL};

const struct fact_repo *fact_repo(struct ask *q, struct str folder)
{
    return facts_get(q, &repo_kind, folder);
}
