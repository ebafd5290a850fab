#include "launch/fields.h"

#include <string.h>

#include "core/arena.h"
#include "launch/launch.h"

#define AT(type, member)    .offset = offsetof(struct type, member)
#define IN(section, member) offsetof(struct launch, section.member) - offsetof(struct launch, section)
#define END                                                                                                            \
    {                                                                                                                  \
        .key = NULL                                                                                                    \
    }

static const struct field host_rows[] = {
    {"name", F_NAME, AT(launch_host, name), "the host name", .required = true, .example = "app.shop.example"},
    {"role", F_WORD, AT(launch_host, role), "what it is for", .words = "app|api|admin|help|redirect|staging|mail|other",
     .example = "app"},
    {"private", F_PATHS, AT(launch_host, private_paths), "pages that belong to one visitor alone",
     .example = "[/account, /orders]"},
    {"health", F_PATH, AT(launch_host, health), "a path that answers 200 when all is well", .example = "/healthz"},
    {"status", F_INT, AT(launch_host, status), "the status that / answers with", .low = 100, .high = 599,
     .example = "200"},
    {"owner", F_TEXT, AT(launch_host, owner), "who decides about it", .example = "founder"},
    {"purpose", F_TEXT, AT(launch_host, purpose), "one line for the handover", .example = "the customers' area"},
    {"absent", F_BOOL, AT(launch_host, absent), "it is meant not to exist"},
    {"http_only", F_BOOL, AT(launch_host, http_only), "it is meant to have no https", .example = "false"},
    {"direct", F_BOOL, AT(launch_host, direct), "it is meant not to stand behind the edge", .example = "false"},
    END};

static const struct field dns_rows[] = {
    {"zone", F_FILE, IN(dns, zone), "the documented records, in master-file format",
     .example = "ops/shop.example.zone"},
    {"resolvers", F_ADDRESSES, IN(dns, resolvers), "resolvers whose answers must agree", .example = "[192.0.2.53]"},
    {"wildcard", F_TEXT, IN(dns, wildcard), "why every name under the site resolves", .example = "tenant subdomains"},
    END};

static const struct field origin_rows[] = {
    {"addresses", F_ADDRESSES, IN(origin, addresses),
     "where the application really runs; they must not answer except through the edge", .example = "[203.0.113.20]"},
    END};

static const struct field path_rows[] = {
    {"public", F_PATHS, IN(paths, public_paths), "pages that may be cached", .example = "[/, /products]"},
    {"private", F_PATHS, IN(paths, private_paths), "pages that belong to one visitor alone",
     .example = "[/account, /orders]"},
    {"api", F_PATHS, IN(paths, api), "read paths that anybody may call", .example = "[/v1/products]"},
    {"legacy", F_PATHS, IN(paths, legacy), "old paths that must lead somewhere; [] when there are none",
     .example = "[/old-shop]"},
    {"pages", F_PATHS, IN(paths, pages), "sample pages to look at", .example = "[/, /pricing]"},
    {"deep", F_PATH, IN(paths, deep), "a real deep path, for redirects", .example = "/products/blue-mug"},
    {"source_maps", F_PATHS, IN(paths, source_maps), "source maps that are meant to be public",
     .example = "[/assets/app.js.map]"},
    {"temporary_redirects", F_PATHS, IN(paths, temporary_redirects), "redirects that are meant to be temporary",
     .example = "[/sale]"},
    END};

static const struct field email_test_rows[] = {
    {"smtp", F_TEXT, IN(email, smtp), "where to hand the test message in", .example = "\"smtps://smtp.example:465\""},
    {"user", F_TEXT, IN(email, user), "the account there", .late = true, .example = "\"${SMTP_USER}\""},
    {"password", F_SECRET, IN(email, password), "its password", .example = "\"${SMTP_PASSWORD}\""},
    {"from", F_TEXT, IN(email, from), "the sender that customers see", .example = "hello@shop.example"},
    {"to", F_TEXT, IN(email, to), "a mailbox of yours at another provider", .example = "probe@box.example"},
    {"mailbox", F_TEXT, IN(email, mailbox), "how to read that mailbox", .example = "\"imaps://box.example\""},
    {"mailbox_password", F_SECRET, IN(email, mailbox_password), "its password", .example = "\"${BOX_PASSWORD}\""},
    END};

static const struct field email_rows[] = {
    {"senders", F_LIST, IN(email, senders), "who sends mail for the site", .example = "[google-workspace, postmark]"},
    {"selectors", F_LIST, IN(email, selectors), "DKIM selectors in use", .example = "[google, 20260101pm]"},
    {"none", F_BOOL, IN(email, none), "the site sends no mail at all", .example = "false"},
    {"bulk", F_BOOL, IN(email, bulk), "it sends newsletters too", .example = "false"},
    {"addresses", F_LIST, IN(email, addresses), "addresses that people write to", .example = "[support@shop.example]"},
    {"test", F_STRUCT, 0, "a real message to prove it", .rows = email_test_rows},
    END};

static const struct field hsts_rows[] = {
    {"max_age", F_SECONDS, IN(edge, hsts_max_age_s), "seconds, or a duration", .example = "31536000"},
    {"include_subdomains", F_BOOL, IN(edge, hsts_subdomains), "also for every subdomain", .example = "false"},
    {"preload", F_BOOL, IN(edge, hsts_preload), "ask browsers to build it in; hard to undo", .example = "false"},
    END};

static const struct field edge_rows[] = {
    {"provider", F_WORD, IN(edge, provider), "who stands in front",
     .words = "cloudflare|fastly|cloudfront|bunny|other|none", .example = "cloudflare"},
    {"zone", F_NAME, IN(edge, zone), "the zone's name there", .example = "shop.example"},
    {"token", F_SECRET, IN(edge, token), "an API token for that zone alone", .example = "\"${CLOUDFLARE_API_TOKEN}\""},
    {"ssl", F_WORD, IN(edge, ssl), "encryption mode", .words = "off|flexible|full|strict", .example = "strict"},
    {"hsts", F_STRUCT, 0, "Strict-Transport-Security as intended", .rows = hsts_rows},
    END};

static const struct field migration_rows[] = {
    {"path", F_FILE, AT(launch_migration, path), "the folder", .required = true, .example = "db/migrate"},
    {"engine", F_WORD, AT(launch_migration, engine), "the database", .words = "postgres|mysql|sqlite|other",
     .example = "postgres"},
    END};

static const struct field env_rows[] = {
    {"example", F_FILE, IN(repo, env_example), "names without values", .example = ".env.example"},
    {"development", F_FILE, IN(repo, env_development), "development's", .example = ".env"},
    {"staging", F_FILE, IN(repo, env_staging), "staging's", .example = ".env.staging"},
    {"production", F_FILE, IN(repo, env_production), "production's", .example = ".env.production"},
    {"names", F_TEXT, IN(repo, env_names), "a command that lists the names of production's variables, never the values",
     .example = "./ops/env-names.sh"},
    END};

static const struct field repo_rows[] = {
    {"path", F_FILE, IN(repo, path), "the repository, relative to this file", .example = "."},
    {"migrations", F_STRUCTS, IN(repo, migrations), "folders with database migrations", .rows = migration_rows,
     .size = sizeof(struct launch_migration), .n_offset = IN(repo, n_migrations)},
    {"env", F_STRUCT, 0, "environment files", .rows = env_rows},
    END};

static const struct field expect_rows[] = {
    {"status", F_STATUS, AT(launch_expect, status_low), "200, 2xx or 200-204", .example = "200"},
    {"contains", F_LIST, AT(launch_expect, contains), "texts that the body holds", .example = "Sign in"},
    {"not_contains", F_LIST, AT(launch_expect, not_contains), "texts that it must not hold", .example = "error"},
    {"matches", F_LIST, AT(launch_expect, matches), "regular expressions that the body fits", .example = "'id=[0-9]+'"},
    {"header", F_PAIRS, AT(launch_expect, headers), "headers by name", .example = "{content-type: text/html}"},
    {"json", F_PAIRS, AT(launch_expect, json), "values by JSON path", .example = "{$.status: ok}"},
    {"location", F_TEXT, AT(launch_expect, location), "where it redirects to", .example = "/account"},
    {"body_least", F_BYTES, AT(launch_expect, body_least), "smallest body", .example = "200"},
    {"body_most", F_BYTES, AT(launch_expect, body_most), "largest body", .example = "100KiB"},
    {"within", F_DURATION, AT(launch_expect, within_ms), "the most it may take", .example = "800ms"},
    {"cert_days", F_INT, AT(launch_expect, cert_days), "days that the certificate still lasts", .low = 1, .high = 825,
     .example = "14"},
    {"protocol", F_WORD, AT(launch_expect, protocol), "HTTP version", .words = "h1|h2|h3", .example = "h2"},
    {"family", F_WORD, AT(launch_expect, family), "address family", .words = "4|6", .example = "\"6\""},
    END};

static const struct field capture_rows[] = {
    {"css", F_TEXT, AT(launch_capture, css), "a CSS selector", .example = "\"input[name=csrf]\""},
    {"attribute", F_TEXT, AT(launch_capture, attribute), "the element's attribute; without it, its text",
     .example = "value"},
    {"regex", F_TEXT, AT(launch_capture, regex), "a regular expression; its first group is kept",
     .example = "'order=([0-9]+)'"},
    {"json", F_TEXT, AT(launch_capture, json), "a JSON path", .example = "$.id"},
    {"header", F_TEXT, AT(launch_capture, header), "a header's name", .example = "location"},
    {"cookie", F_TEXT, AT(launch_capture, cookie), "a cookie's name", .example = "session"},
    END};

static const struct field basic_rows[] = {
    {"user", F_TEXT, AT(launch_step, basic_user), "the user", .late = true, .example = "\"${SMOKE_USER}\""},
    {"password", F_SECRET, AT(launch_step, basic_password), "the password", .example = "\"${SMOKE_PASSWORD}\""},
    END};

#define METHOD(key, what, sample)                                                                                      \
    {                                                                                                                  \
        key, F_KEYED_URL, AT(launch_step, url), what, .n_offset = offsetof(struct launch_step, method),                \
                                                      .example = (sample)                                              \
    }

static const struct field step_rows[] = {
    METHOD("get", "GET this URL", NULL),
    METHOD("head", "HEAD this URL", NULL),
    METHOD("post", "POST to this URL", "https://app.shop.example/login"),
    METHOD("put", "PUT to this URL", NULL),
    METHOD("patch", "PATCH this URL", NULL),
    METHOD("delete", "DELETE this URL", NULL),
    {"name", F_TEXT, AT(launch_step, name), "what it is called in reports", .example = "open the login page"},
    {"headers", F_PAIRS, AT(launch_step, headers), .late = true, .help = "request headers",
     .example = "{accept: application/json}"},
    {"form", F_PAIRS, AT(launch_step, form), .late = true, .help = "form fields",
     .example = "{email: \"${SMOKE_USER}\"}"},
    {"multipart", F_PAIRS, AT(launch_step, multipart), .late = true, .help = "multipart form fields",
     .example = "{title: test}"},
    {"json", F_JSON, AT(launch_step, json), .late = true, .help = "a JSON body", .example = "{quantity: 1}"},
    {"basic", F_STRUCT, 0, "basic authentication", .rows = basic_rows},
    {"bearer", F_SECRET, AT(launch_step, bearer), "a bearer token, instead of basic"},
    {"follow", F_BOOL, AT(launch_step, follow), "follow redirects", .example = "true"},
    {"cleanup", F_BOOL, AT(launch_step, cleanup), "run it at the end in any case", .example = "true"},
    {"timeout", F_DURATION, AT(launch_step, timeout_ms), "the most this step may take", .example = "5s"},
    {"expect", F_STRUCT, AT(launch_step, expect), "what must come back", .rows = expect_rows},
    {"capture", F_NAMED, AT(launch_step, captures), "values to keep, by name", .example = "csrf", .rows = capture_rows,
     .size = sizeof(struct launch_capture), .n_offset = offsetof(struct launch_step, n_captures),
     .one_of = "css|regex|json|header|cookie"},
    END};

static const struct launch_step step_defaults = {.expect = {.body_least = -1, .body_most = -1}};

static const struct field flow_rows[] = {
    {"critical", F_BOOL, AT(launch_flow, critical), "a failure is an outage", .example = "true"},
    {"timeout", F_DURATION, AT(launch_flow, timeout_ms), "the most the whole flow may take", .example = "30s"},
    {"steps", F_STRUCTS, AT(launch_flow, steps), "one after another", .rows = step_rows,
     .size = sizeof(struct launch_step), .n_offset = offsetof(struct launch_flow, n_steps),
     .line_offset = offsetof(struct launch_step, line), .required = true, .defaults = &step_defaults,
     .one_of = "get|head|post|put|patch|delete", .at_most = "form|multipart|json"},
    END};

static const struct field deploy_rows[] = {
    {"command", F_TEXT, IN(deploy, command), "deploys a version", .example = "./ops/deploy.sh"},
    {"rollback", F_TEXT, IN(deploy, rollback), "goes back to the version before", .example = "./ops/rollback.sh"},
    {"branch", F_TEXT, IN(deploy, branch), "the only branch that reaches production", .example = "main"},
    {"target", F_TEXT, IN(deploy, target), "the platform that serves production", .example = "fly"},
    {"version", F_URL, IN(deploy, version_url), "a URL that says which version is live",
     .example = "https://shop.example/version"},
    {"health", F_URL, IN(deploy, health), "a URL that answers 200 when all is well",
     .example = "https://api.shop.example/healthz"},
    {"migrate", F_TEXT, IN(deploy, migrate), "runs the migrations", .example = "./ops/migrate.sh"},
    {"pending", F_TEXT, IN(deploy, pending), "lists migrations that have not run", .example = "./ops/pending.sh"},
    {"down", F_TEXT, IN(deploy, down), "undoes the last migration", .example = "./ops/migrate-down.sh"},
    {"purge", F_TEXT, IN(deploy, purge), "clears the edge's cache", .example = "./ops/purge.sh"},
    {"smoke", F_LIST, IN(deploy, smoke), "flows that prove a deployment", .example = "[login, checkout]"},
    {"timeout", F_DURATION, IN(deploy, timeout_ms), "the most a deployment may take", .example = "10m"},
    END};

static const struct field database_rows[] = {
    {"url", F_SECRET, IN(database, url), "how to reach it, read only if possible", .example = "\"${DATABASE_URL}\""},
    {"slow_ms", F_INT, IN(database, slow_ms), "a query is slow from here on", .low = 1, .high = 600000,
     .example = "200"},
    END};

static const struct field log_rows[] = {
    {"access", F_LIST, IN(logs, access), "access logs", .example = "[/var/log/nginx/access.log]"},
    {"app", F_LIST, IN(logs, app), "the application's logs", .example = "[/var/log/shop/app.log]"},
    {"build", F_LIST, IN(logs, build), "build and deployment logs", .example = "[build.log]"},
    END};

#define ALERT(key, what, sample, literal)                                                                              \
    {                                                                                                                  \
        key, F_KEYED_SECRET, AT(launch_alert, target), what, .n_offset = offsetof(struct launch_alert, kind),          \
                                                             .open = (literal), .example = sample                      \
    }

static const struct field alert_rows[] = {
    ALERT("slack", "a Slack webhook", "\"${SLACK_WEBHOOK}\"", false),
    ALERT("discord", "a Discord webhook", "\"${DISCORD_WEBHOOK}\"", false),
    ALERT("teams", "a Microsoft Teams webhook", "\"${TEAMS_WEBHOOK}\"", false),
    ALERT("telegram", "a Telegram bot and chat: TOKEN@CHAT", "\"${TELEGRAM_TARGET}\"", false),
    ALERT("email", "a mailbox that somebody reads", "ops@shop.example", true),
    ALERT("webhook", "any URL that takes JSON", "\"${ALERT_WEBHOOK}\"", false),
    ALERT("ntfy", "an ntfy topic's URL", "\"${NTFY_TOPIC}\"", false),
    ALERT("pushover", "a Pushover application and user: TOKEN@USER", "\"${PUSHOVER_TARGET}\"", false),
    ALERT("pagerduty", "a PagerDuty routing key", "\"${PAGERDUTY_KEY}\"", false),
    ALERT("opsgenie", "an Opsgenie API key", "\"${OPSGENIE_KEY}\"", false),
    ALERT("sms", "a phone number through the SMS gateway", "\"${ON_CALL_PHONE}\"", true),
    ALERT("command", "a program to run", "./ops/alert.sh", true),
    {"severity", F_WORD, AT(launch_alert, min_severity), "only from this severity on",
     .words = "info|low|medium|high|critical", .example = "high"},
    {"contact", F_TEXT, AT(launch_alert, contact), "whose route it is: a name of contacts", .example = "Founder"},
    {"after", F_DURATION, AT(launch_alert, after_ms), "only when nobody acknowledged for so long", .example = "10m"},
    {"quiet", F_TEXT, AT(launch_alert, quiet), "hours in UTC with critical alerts only", .example = "\"22:00-07:00\""},
    {"sign", F_SECRET, AT(launch_alert, sign), "key that signs a webhook's body (HMAC-SHA-256)",
     .example = "\"${ALERT_KEY}\""},
    END};

static const struct field maintenance_rows[] = {
    {"what", F_TEXT, AT(launch_maintenance, what), "for the status page", .required = true, .example = "new database"},
    {"from", F_DATE, AT(launch_maintenance, from_s), "when it starts", .example = "2027-01-31T22:00:00Z"},
    {"until", F_DATE, AT(launch_maintenance, until_s), "when it ends", .example = "2027-01-31T23:00:00Z"},
    {"cron", F_TEXT, AT(launch_maintenance, cron), "or: when it starts, again and again (UTC)"},
    {"lasts", F_DURATION, AT(launch_maintenance, lasts_ms), "with cron: how long"},
    END};

#define ALERT_KINDS "slack|discord|teams|telegram|email|webhook|ntfy|pushover|pagerduty|opsgenie|sms|command"

static const struct field monitor_rows[] = {
    {"every", F_DURATION, IN(monitor, every_ms), "how often to look", .low = 1000, .example = "30s"},
    {"confirm", F_DURATION, IN(monitor, confirm_ms), "a failure counts after a second look so much later",
     .example = "5s"},
    {"alerts", F_STRUCTS, IN(monitor, alerts), "whom to tell", .rows = alert_rows, .size = sizeof(struct launch_alert),
     .n_offset = IN(monitor, n_alerts), .line_offset = offsetof(struct launch_alert, line), .one_of = ALERT_KINDS},
    {"maintenance", F_STRUCTS, IN(monitor, maintenance), "times without alerts", .rows = maintenance_rows,
     .size = sizeof(struct launch_maintenance), .n_offset = IN(monitor, n_maintenance),
     .line_offset = offsetof(struct launch_maintenance, line), .one_of = "from|cron"},
    {"alive", F_SECRET, IN(monitor, alive), "a URL to call while the monitor itself is well",
     .example = "\"${ALIVE_URL}\""},
    {"region", F_TEXT, IN(monitor, region), "this monitor's name among several", .example = "eu"},
    {"quorum", F_INT, IN(monitor, quorum), "regions that must agree on an outage", .low = 1, .high = 100,
     .example = "2"},
    END};

static const struct field slo_rows[] = {
    {"uptime", F_PERCENT, IN(slo, uptime), "per cent of the time", .example = "99.9"},
    {"p95", F_DURATION, IN(slo, p95_ms), "95 of 100 requests are faster", .example = "300ms"},
    {"error_rate", F_PERCENT, IN(slo, error_rate), "per cent of the requests", .example = "1%"},
    {"recovery", F_DURATION, IN(slo, recovery_ms), "the most a recovery may take", .example = "15m"},
    {"samples", F_INT, IN(slo, samples), "requests that an audit may spend on measuring", .low = 10, .high = 1000,
     .example = "100"},
    END};

static const struct field contact_rows[] = {
    {"name", F_TEXT, AT(launch_contact, name), "who", .required = true, .example = "Founder"},
    {"role", F_TEXT, AT(launch_contact, role), "for what", .example = "owner"},
    {"email", F_TEXT, AT(launch_contact, email), "mail address", .example = "founder@shop.example"},
    {"phone", F_TEXT, AT(launch_contact, phone), "phone number", .example = "\"+44 20 7946 0000\""},
    {"on_call", F_BOOL, AT(launch_contact, on_call), "is called when production is down", .example = "true"},
    END};

static const struct field renewal_rows[] = {
    {"what", F_TEXT, AT(launch_renewal, what), "what runs out", .required = true, .example = "domain"},
    {"on", F_DATE, AT(launch_renewal, on_s), "the day", .required = true, .example = "2027-03-01"},
    {"payer", F_TEXT, AT(launch_renewal, payer), "whose card", .example = "founder"},
    {"owner", F_TEXT, AT(launch_renewal, owner), "who sees to it", .example = "founder"},
    {"url", F_URL, AT(launch_renewal, url), "where", .example = "https://registrar.example/"},
    {"auto", F_BOOL, AT(launch_renewal, auto_renew), "renews by itself", .example = "true"},
    END};

static const struct field backup_rows[] = {
    {"command", F_TEXT, IN(backup, command), "makes one", .example = "./ops/backup.sh"},
    {"list", F_TEXT, IN(backup, list), "lists those there are", .example = "./ops/backups.sh"},
    {"restore", F_TEXT, IN(backup, restore), "restores one into an empty database", .example = "./ops/restore.sh"},
    END};

static const struct field waiver_rows[] = {
    {"check", F_TEXT, AT(launch_waiver, check), "a check's id, or a pattern", .required = true,
     .example = "dns.wildcard"},
    {"subject", F_TEXT, AT(launch_waiver, subject), "only for this host or URL", .example = "old.shop.example"},
    {"reason", F_TEXT, AT(launch_waiver, reason), "why it is accepted", .required = true,
     .example = "tenant subdomains"},
    {"owner", F_TEXT, AT(launch_waiver, owner), "who accepted it", .example = "founder"},
    {"until", F_DATE, AT(launch_waiver, until_s), "the last day that it counts", .required = true,
     .example = "2027-01-31"},
    END};

static const struct field limit_rows[] = {
    {"path", F_PATH, AT(launch_limit, path), "where", .example = "/login"},
    {"requests", F_INT, AT(launch_limit, requests), "how many", .low = 1, .high = 1000000, .required = true,
     .example = "10"},
    {"per", F_DURATION, AT(launch_limit, per_ms), "in how long", .required = true, .example = "1m"},
    END};

static const struct field account_rows[] = {
    {"user", F_TEXT, AT(launch_account, user), "a test account", .required = true, .late = true,
     .example = "\"${TEST_USER}\""},
    {"password", F_SECRET, AT(launch_account, password), "its password", .example = "\"${TEST_PASSWORD}\""},
    END};

static const struct field freshness_rows[] = {
    {"path", F_PATH, AT(launch_freshness, path), "a public page", .required = true, .example = "/products/blue-mug"},
    {"within", F_DURATION, AT(launch_freshness, within_ms), "a change is visible after", .required = true,
     .example = "1m"},
    END};

static const struct field heartbeat_rows[] = {
    {"every", F_DURATION, AT(launch_heartbeat, every_ms), "the job reports this often", .example = "1d"},
    {"cron", F_TEXT, AT(launch_heartbeat, cron), "or at these times", .example = "\"0 3 * * *\""},
    {"grace", F_DURATION, AT(launch_heartbeat, grace_ms), "how late it may be", .example = "30m"},
    END};

#define WATCH(key, what, sample)                                                                                       \
    {                                                                                                                  \
        key, F_KEYED_TEXT, AT(launch_target, subject), what, .n_offset = offsetof(struct launch_target, kind),         \
                                                             .example = sample                                         \
    }

static const struct field target_rows[] = {
    WATCH("url", "an http(s) URL that answers 200", "https://help.shop.example/"),
    WATCH("tcp", "HOST:PORT that takes connections", "shop.example:5222"),
    WATCH("tls", "HOST:PORT whose certificate must last", "shop.example:443"),
    WATCH("smtp", "a mail server", "mx.shop.example"),
    WATCH("dns", "a name whose records must be as documented", "shop.example"),
    WATCH("domain", "a domain whose registration must last", "shop.example"),
    WATCH("check", "a check of the catalogue, on a schedule", "edge.exposed-files"),
    {"every", F_DURATION, AT(launch_target, every_ms), "how often", .low = 1000, .example = "5m"},
    {"critical", F_BOOL, AT(launch_target, critical), "a failure is an outage", .example = "true"},
    {"runbook", F_TEXT, AT(launch_target, runbook), "where to read on when it fails", .example = "docs/runbook.md"},
    {"needs", F_LIST, AT(launch_target, needs), "targets whose failure explains this one's"},
    END};

static const struct field queue_rows[] = {
    {"depth", F_TEXT, IN(queue, depth), "a command that prints how many jobs wait", .example = "./ops/queue-depth.sh"},
    {"worker", F_TEXT, IN(queue, worker), "a command that succeeds when a worker runs",
     .example = "./ops/worker-alive.sh"},
    {"most", F_INT, IN(queue, most), "jobs that may wait", .low = 0, .high = 1000000000, .example = "100"},
    {"oldest", F_DURATION, IN(queue, oldest_ms), "the most that a job may wait", .example = "5m"},
    END};

static const struct field window_rows[] = {
    {"from", F_DATE, IN(window, from_s), "its start", .required = true, .example = "2027-01-31T08:00:00Z"},
    {"until", F_DATE, IN(window, until_s), "its end", .required = true, .example = "2027-02-02T20:00:00Z"},
    END};

const struct field launch_fields[] = {
    {"version", F_INT, AT(launch, version), "the version of this format", .low = 1, .high = 1, .example = "1"},
    {"site", F_NAME, AT(launch, site), "the domain", .required = true, .example = "shop.example"},
    {"canonical", F_ORIGIN, AT(launch, canonical), "the one address that visitors end at",
     .example = "https://shop.example"},
    {"token", F_SECRET, AT(launch, token), "proves that the domain is yours: publish it as TXT at _launchready",
     .open = true, .example = "\"${LAUNCHREADY_TOKEN}\""},
    {"hosts", F_STRUCTS, AT(launch, hosts), "every other host", .rows = host_rows, .size = sizeof(struct launch_host),
     .n_offset = offsetof(struct launch, n_hosts), .line_offset = offsetof(struct launch_host, line)},
    {"dns", F_STRUCT, AT(launch, dns), "DNS as intended", .rows = dns_rows},
    {"origin", F_STRUCT, AT(launch, origin), "the servers behind the edge", .rows = origin_rows},
    {"paths", F_STRUCT, AT(launch, paths), "paths worth looking at", .rows = path_rows},
    {"webhooks", F_URLS, AT(launch, webhooks), "URLs that others call",
     .example = "[https://api.shop.example/stripe/webhook]"},
    {"email", F_STRUCT, AT(launch, email), "who may send mail", .rows = email_rows},
    {"edge", F_STRUCT, AT(launch, edge), "the CDN in front", .rows = edge_rows},
    {"repo", F_STRUCT, AT(launch, repo), "the source", .rows = repo_rows},
    {"flows", F_NAMED, AT(launch, flows), "what customers do, step by step", .example = "login", .rows = flow_rows,
     .size = sizeof(struct launch_flow), .n_offset = offsetof(struct launch, n_flows),
     .line_offset = offsetof(struct launch_flow, line)},
    {"deploy", F_STRUCT, AT(launch, deploy), "how a version reaches production", .rows = deploy_rows},
    {"database", F_STRUCT, AT(launch, database), "the database", .rows = database_rows},
    {"logs", F_STRUCT, AT(launch, logs), "log files", .rows = log_rows},
    {"monitor", F_STRUCT, AT(launch, monitor), "watching production", .rows = monitor_rows},
    {"slo", F_STRUCT, AT(launch, slo), "what is promised", .rows = slo_rows},
    {"contacts", F_STRUCTS, AT(launch, contacts), "people", .rows = contact_rows, .size = sizeof(struct launch_contact),
     .n_offset = offsetof(struct launch, n_contacts)},
    {"renewals", F_STRUCTS, AT(launch, renewals), "what runs out when", .rows = renewal_rows,
     .size = sizeof(struct launch_renewal), .n_offset = offsetof(struct launch, n_renewals)},
    {"backup", F_STRUCT, AT(launch, backup), "backups", .rows = backup_rows},
    {"waivers", F_STRUCTS, AT(launch, waivers), "findings that are accepted", .rows = waiver_rows,
     .size = sizeof(struct launch_waiver), .n_offset = offsetof(struct launch, n_waivers),
     .line_offset = offsetof(struct launch_waiver, line)},
    {"limits", F_NAMED, AT(launch, limits), "rate limits as intended: login, signup, checkout, api", .example = "login",
     .rows = limit_rows, .size = sizeof(struct launch_limit), .n_offset = offsetof(struct launch, n_limits)},
    {"accounts", F_NAMED, AT(launch, accounts), "test accounts", .example = "first", .rows = account_rows,
     .size = sizeof(struct launch_account), .n_offset = offsetof(struct launch, n_accounts)},
    {"freshness", F_STRUCTS, AT(launch, freshness), "how soon a change is visible", .rows = freshness_rows,
     .size = sizeof(struct launch_freshness), .n_offset = offsetof(struct launch, n_freshness)},
    {"heartbeats", F_NAMED, AT(launch, heartbeats), "jobs that report", .example = "nightly-report",
     .rows = heartbeat_rows, .size = sizeof(struct launch_heartbeat), .n_offset = offsetof(struct launch, n_heartbeats),
     .one_of = "every|cron"},
    {"targets", F_NAMED, AT(launch, targets), "what to watch besides hosts and flows", .example = "help-centre",
     .rows = target_rows, .size = sizeof(struct launch_target), .n_offset = offsetof(struct launch, n_targets),
     .line_offset = offsetof(struct launch_target, line), .one_of = "url|tcp|tls|smtp|dns|domain|check"},
    {"queue", F_STRUCT, AT(launch, queue), "work that waits", .rows = queue_rows},
    {"window", F_STRUCT, AT(launch, window), "when the launch is", .rows = window_rows},
    {"mailboxes", F_LIST, AT(launch, mailboxes), "test mailboxes", .example = "[probe@box.example]"},
    {"ai", F_JSON, AT(launch, ai), "the AI features: what text reaches them, what they may do",
     .example = "{summary: {endpoint: /api/summary}}"},
    END};

const char *field_wants(const struct field *f)
{
    static const char *const wants[] = {
        [F_TEXT] = "a text",
        [F_WORD] = "a word",
        [F_NAME] = "a host name such as shop.example",
        [F_URL] = "a URL that starts with https:// or http://",
        [F_ORIGIN] = "an address such as https://shop.example, without a path",
        [F_PATH] = "a path that starts with /",
        [F_FILE] = "a file's path",
        [F_INT] = "a whole number",
        [F_BYTES] = "a size such as 200, 10KiB or 2MiB",
        [F_DURATION] = "a duration such as 800ms, 30s, 10m, 1h30m or 7d",
        [F_SECONDS] = "a number of seconds, or a duration such as 30d",
        [F_PERCENT] = "a percentage such as 99.9 or 1%",
        [F_BOOL] = "true or false",
        [F_DATE] = "a date such as 2027-01-31 or 2027-01-31T22:00:00Z",
        [F_SECRET] = "a secret from the environment, as in \"${NAME}\"",
        [F_JSON] = "any value",
        [F_STATUS] = "a status such as 200, 2xx or 200-204",
        [F_LIST] = "a text or a list of texts",
        [F_PATHS] = "a list of paths that start with / (or of URLs)",
        [F_URLS] = "a list of URLs that start with https:// or http://",
        [F_ADDRESSES] = "a list of IP addresses",
        [F_PAIRS] = "a mapping from names to texts",
        [F_STRUCT] = "a mapping",
        [F_STRUCTS] = "a list of mappings",
        [F_NAMED] = "a mapping from names to mappings",
        [F_KEYED_URL] = "a URL that starts with https:// or http://",
        [F_KEYED_SECRET] = "a text, best from the environment, as in \"${NAME}\"",
        [F_KEYED_TEXT] = "a text",
    };

    return wants[f->kind];
}

bool field_is_str(const struct field *f)
{
    return f->kind <= F_FILE || f->kind == F_JSON || f->kind == F_KEYED_URL || f->kind == F_KEYED_TEXT;
}

const struct field *field_by_key(const struct field *rows, struct str key)
{
    for (const struct field *f = rows; f->key; f++)
        if (str_eq(str_of(f->key), key))
            return f;
    return NULL;
}

bool field_word_in(const char *words, struct str key)
{
    struct str rest = str_of(words);

    while (rest.p)
        if (str_eq(str_cut(&rest, '|'), key))
            return true;
    return false;
}

struct str field_words(struct arena *arena, const char *words)
{
    struct str rest = str_of(words), all = str_cut(&rest, '|');

    while (rest.p) {
        struct str word = str_cut(&rest, '|');
        all = str_fmt(arena, "%.*s%s%.*s", STR_ARG(all), rest.p ? ", " : " or ", STR_ARG(word));
    }
    return all;
}

void field_fill_absent(const struct field *rows, char *base)
{
    static const struct str none = {"", 0};

    for (const struct field *f = rows; f->key; f++) {
        struct str s;
        if (f->kind == F_STRUCT) {
            field_fill_absent(f->rows, base + f->offset);
        } else if (f->kind == F_STRUCTS || f->kind == F_NAMED) {
            char *elements;
            size_t n;
            memcpy(&elements, base + f->offset, sizeof elements);
            memcpy(&n, base + f->n_offset, sizeof n);
            for (size_t i = 0; i < n; i++)
                field_fill_absent(f->rows, elements + i * f->size);
        } else if (field_is_str(f)) {
            memcpy(&s, base + f->offset, sizeof s);
            if (!s.p)
                memcpy(base + f->offset, &none, sizeof none);
        }
    }
}
