#include "report_fixture.h"

#include "audit/audit_inside.h"
#include "core/arena.h"
#include "test.h"

#define NOW_S 1795514400 /* 2026-11-24T10:00:00Z */

struct maker {
    struct audit *audit;
    struct findings out;
};

static struct maker start(struct arena *arena, const char *launch_path)
{
    struct audit *a = arena_alloc(arena, sizeof *a);

    *a = (struct audit){.arena = arena,
                        .target = STR("shop.example"),
                        .launch_path = str_of(launch_path),
                        .started_s = NOW_S,
                        .duration_ms = 1830,
                        .n_checks = 31,
                        .n_observed = 212,
                        .slowest = STR("http GET https://shop.example/"),
                        .slowest_us = 734000};
    return (struct maker){a, {.arena = arena}};
}

static struct finding *tell(struct maker *m, const char *id, enum status status, const char *subject, const char *title)
{
    m->out.check = check_by_id(str_of(id));
    return say(&m->out, status, str_of(subject), "%s", title);
}

static void unseen(struct maker *m, const char *id, enum err_kind kind, const char *place, const char *title)
{
    struct finding *f = tell(m, id, UNKNOWN, place, title);

    f->unseen_kind = kind;
    f->unseen_place = f->subject;
}

static void leave_out(struct maker *m, const char *id, const char *reason, bool by_user)
{
    struct audit *a = m->audit;

    if (!a->skipped)
        a->skipped = arena_array(a->arena, 8, sizeof *a->skipped);
    a->skipped[a->n_skipped++] = (struct skipped){check_by_id(str_of(id)), str_of(reason), by_user};
}

static struct audit *finish(struct maker *m)
{
    struct audit *a = m->audit;

    for (size_t i = 0; i < m->out.n; i++)
        finding_close(&m->out, m->out.v[i]);
    a->findings = m->out.v;
    a->n_findings = m->out.n;
    audit_fold(a);
    audit_rank(a, a->target);
    audit_judge(a);
    return a;
}

static void tell_routes(struct maker *m)
{
    struct finding *f = tell(m, "routes.chain-length", FAIL, "http://www.shop.example/", "Redirect chain of 3 hops");

    finding_evidence(&m->out, f, "hop 1", STR("203.0.113.80"), NOW_S + 1, "301 https://www.shop.example/");
    finding_evidence(&m->out, f, "hop 2", STR("203.0.113.80"), NOW_S + 1, "302 https://shop.example/");
    finding_evidence(&m->out, f, "hop 3", STR("203.0.113.80"), NOW_S + 2, "301 https://shop.example/home");
    finding_fix(&m->out, f, "In Cloudflare, Rules, Redirect Rules, replace the rules by one to the final address");
    finding_command(&m->out, f, "launchready edge apply");
    finding_observed(&m->out, f, "3 redirects");
    finding_expected(&m->out, f, "at most 1");
    f->section = STR("hosts");
    f = tell(m, "routes.chain-length", FAIL, "http://shop.example/a/deep/path?utm_source=launch",
             "Redirect chain of 2 hops");
    finding_evidence(&m->out, f, "hop 1", STR("203.0.113.80"), NOW_S + 1, "301 https://shop.example/a/deep/path");
    finding_fix(&m->out, f, "In Cloudflare, Rules, Redirect Rules, replace the rules by one to the final address");
    f = tell(m, "dns.www-resolves", FAIL, "app.shop.example", "app.shop.example does not resolve");
    finding_evidence(&m->out, f, "answer", STR("192.0.2.53"), NOW_S, "NXDOMAIN");
    finding_record(&m->out, f, "app.shop.example", "CNAME", 300, "shop.host.example");
    finding_remove_record(&m->out, f, "app.shop.example", "AAAA", "2001:db8::20");
    unseen(m, "tls.valid", ERR_NO_NAME, "app.shop.example", "app.shop.example: no such name");
    unseen(m, "tls.expiry", ERR_NO_NAME, "app.shop.example", "app.shop.example: no such name");
    tell(m, "routes.permanent", PASS, "shop.example", "Host and scheme moves use 301 or 308");
    tell(m, "routes.admin-exposed", NOT_APPLICABLE, "shop.example", "no admin host is declared");
}

static void tell_mail(struct maker *m)
{
    struct finding *f = tell(m, "email.dmarc", FAIL, "_dmarc.shop.example", "No DMARC record");

    finding_evidence(&m->out, f, "TXT _dmarc.shop.example", STR("192.0.2.53"), NOW_S, "no such name");
    finding_record(&m->out, f, "_dmarc.shop.example", "TXT", 3600,
                   "v=DMARC1; p=none; rua=mailto:dmarc-reports@shop.example; fo=1");
    f->on_money_path = true;
}

static void tell_edge(struct maker *m)
{
    struct finding *f = tell(m, "edge.headers", WARN, "https://shop.example/", "3 of 4 security headers are missing");

    finding_evidence(&m->out, f, "missing", STR("203.0.113.80"), 0, "content-security-policy, referrer-policy");
    finding_fix(&m->out, f,
                "Add to the server block of nginx:\nadd_header X-Content-Type-Options nosniff always;\n"
                "add_header Referrer-Policy strict-origin-when-cross-origin always;");
    f = tell(m, "perf.compression", FAIL, "https://shop.example/app.js", "412 KB of text is sent uncompressed");
    f->certainty = INFERRED;
    f = tell(m, "dns.caa", FAIL, "shop.example", "CAA does not allow the authority that issued the certificate");
    f->status = WAIVED;
    f->waiver_reason = STR("moving to the new authority in January");
    f->waiver_owner = STR("founder");
    f->waiver_until_s = NOW_S + 60 * 86400;
}

static struct maker shop(struct arena *arena)
{
    struct maker m = start(arena, "ops/launchready.yaml");

    tell_routes(&m);
    tell_mail(&m);
    tell_edge(&m);
    unseen(&m, "edge.private-cached", ERR_NEEDS, "paths.private", "needs paths.private in the launch file");
    finding_fix(&m.out, m.out.v[m.out.n - 1], "Add to launchready.yaml:\npaths:\n  private: [/account, /orders]");
    unseen(&m, "audit.domain-control", ERR_NEEDS, "shop.example", "control of the domain is not proven");
    finding_fix(&m.out, m.out.v[m.out.n - 1], "Add the record to the DNS:");
    finding_record(&m.out, m.out.v[m.out.n - 1], "_launchready.shop.example", "TXT", 300, "token-of-the-file");
    unseen(&m, "dns.registration-expiry", ERR_TIMEOUT, "rdap.example", "rdap.example: no answer in 5000 ms");
    unseen(&m, "dns.registrar-lock", ERR_TIMEOUT, "rdap.example", "rdap.example: no answer in 5000 ms");
    leave_out(&m, "email.spf", "not in this version", false);
    leave_out(&m, "secrets.repo", "not in this version", false);
    leave_out(&m, "edge.cache-deception", "needs --active", false);
    leave_out(&m, "perf.p95", "named by --skip", true);
    return m;
}

struct audit *fixture_shop(struct arena *arena)
{
    struct maker m = shop(arena);

    return finish(&m);
}

struct audit *fixture_hostile(struct arena *arena)
{
    static const char nasty[] = HOSTILE_MARKUP " \033[31mred\033]0;title\007 \x9b"
                                               "31m \xff\xfe \r\n::error::x%0A "
                                               "\xe2\x80\xae"
                                               "gpj \xd7\x90 %n%s \xf0\x9f\x92\xa9 \x01\x7f";
    struct maker m = shop(arena);
    struct finding *f = tell(&m, "seo.canonical", FAIL, nasty, nasty);

    finding_evidence(&m.out, f, nasty, str_of(nasty), NOW_S, "%s", nasty);
    finding_fix(&m.out, f, "%s\n%s", nasty, nasty);
    finding_command(&m.out, f, "%s", nasty);
    finding_record(&m.out, f, nasty, nasty, 1, "%s", nasty);
    finding_observed(&m.out, f, "%s", nasty);
    finding_expected(&m.out, f, "%s", nasty);
    f = tell(&m, "seo.indexable", FAIL, "https://shop.example/", "x");
    /* As if something had forgotten to make it safe. */
    f->title = f->subject = f->fix_text = f->waiver_reason = str_n(nasty, sizeof nasty); /* with its NUL */
    f = tell(&m, "seo.host-leaks", FAIL, "https://shop.example/", nasty);
    f->status = WAIVED;
    f->waiver_reason = f->waiver_owner = str_of(nasty);
    unseen(&m, "dns.caa", ERR_TLS, nasty, nasty);
    m.audit->target = str_of(nasty);
    m.audit->launch_path = str_of(nasty);
    return finish(&m);
}

struct audit *fixture_healthy(struct arena *arena)
{
    struct maker m = start(arena, "");

    tell(&m, "tls.valid", PASS, "shop.example", "The certificate is trusted, current and covers the name");
    tell(&m, "dns.apex-resolves", PASS, "shop.example", "Every name server gives an address");
    return finish(&m);
}

static struct audit *fail_at(struct arena *arena, size_t n)
{
    struct maker m = start(arena, "launchready.yaml");

    for (size_t i = 0; i < n; i++) {
        struct str url = str_fmt(arena, "https://shop.example/%zu", i);
        struct findings one = {.arena = arena, .check = check_by_id(STR("routes.legacy-urls"))};
        struct finding *f = say(&one, FAIL, url, "%.*s gives 404", STR_ARG(url));
        *ARENA_PUSH(arena, m.out.v, m.out.n, m.out.capacity) = f;
    }
    return finish(&m);
}

struct audit *fixture_thirty(struct arena *arena)
{
    return fail_at(arena, 30);
}

struct audit *fixture_thousands(struct arena *arena)
{
    return fail_at(arena, 6000);
}

struct audit *fixture_ruin(struct arena *arena)
{
    struct maker m = start(arena, "launchready.yaml");
    size_t n;
    const struct check *all = checks_all(&n);

    for (size_t i = 0; i < n; i++)
        (void)tell(&m, all[i].id, FAIL, "shop.example", "it fails");
    return finish(&m);
}

static int line_of(const void *arg, const char *section)
{
    assert_ptr_equal(arg, NULL);
    return str_eq(str_of(section), STR("hosts")) ? 7 : 0;
}

struct written written_as(fixture_fn make, const char *format, struct report_options options)
{
    struct written w = {.arena = arena_new(ARENA_MB(64))};
    const struct report *report = report_by_name(str_of(format));

    assert_non_null(report);
    options.line_of = line_of;
    w.audit = make(w.arena);
    buf_init(&w.out, ARENA_MB(16));
    assert_true(report->write(w.audit, &options, &w.out));
    w.text = buf_str(&w.out);
    return w;
}

struct written written_plain(fixture_fn make, const char *format)
{
    return written_as(make, format, (struct report_options){0});
}

void written_free(struct written *w)
{
    buf_free(&w->out);
    arena_free(w->arena);
}

size_t written_count(const struct written *w, const char *what)
{
    struct str needle = str_of(what);
    size_t n = 0;

    for (size_t at = 0; at + needle.n <= w->text.n; at++)
        n += memcmp(w->text.p + at, needle.p, needle.n) == 0;
    return n;
}
