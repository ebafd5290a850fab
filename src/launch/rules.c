/* rules.c - what holds between the parts of a launch file, once each part is well formed. */
#include "core/arena.h"
#include "core/url.h"
#include "launch/fields.h"
#include "launch/launch.h"
#include "launch/name.h"
#include "launch/node.h"
#include "launch/reader.h"

static const struct node *value_of(const struct node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->n; i += 2)
        if (str_eq(map->at[i]->text, str_of(key)))
            return map->at[i + 1];
    return NULL;
}

static const struct node *item(const struct node *list, size_t i)
{
    return list->kind == NODE_LIST ? list->at[i] : list; /* one value stands for a list of one */
}

static bool check_site(struct reader *r, const struct node *root)
{
    const struct launch *l = r->launch;
    struct str host = url_host(r->arena, l->canonical);

    if (!name_registrable(r->arena, l->site).n)
        return reader_refuse(r, value_of(root, "site"), STR("site"),
                             "%.*s is a public suffix, under which others register: give your own domain",
                             STR_ARG(l->site));
    if (l->canonical.n && !name_is_within(host, l->site))
        return reader_refuse(r, value_of(root, "canonical"), STR("canonical"),
                             "%.*s is neither the site %.*s nor a host below it", STR_ARG(host), STR_ARG(l->site));
    return true;
}

static bool check_hosts(struct reader *r, const struct node *root)
{
    const struct launch *l = r->launch;
    const struct node *list = value_of(root, "hosts");

    for (size_t i = 0; i < l->n_hosts; i++)
        for (size_t j = 0; j < i; j++)
            if (str_eq(l->hosts[i].name, l->hosts[j].name))
                return reader_refuse(r, value_of(list->at[i], "name"), str_fmt(r->arena, "hosts[%zu].name", i),
                                     "%.*s stands here a second time; the first is in line %d",
                                     STR_ARG(l->hosts[i].name), l->hosts[j].line);
    return true;
}

/* A name that nearly fits is a typo; one that fits nothing is work not yet done, and is said where it matters. */
static bool check_refers(struct reader *r, const struct node *n, struct str key, struct str name,
                         const struct str_list *known, const char *what)
{
    if (str_list_has(known, name))
        return true;
    struct str near = str_nearest(name, known->v, known->n);
    if (near.n)
        return reader_refuse(r, n, key, "there is no %s \"%.*s\"; did you mean \"%.*s\"?", what,
                             STR_ARG(str_first(name, 60)), STR_ARG(near));
    reader_note(r, key, n->line, str_fmt(r->arena, "the %s \"%.*s\" is not defined", what, STR_ARG(name)));
    return true;
}

static bool check_smoke(struct reader *r, const struct node *root)
{
    const struct launch *l = r->launch;
    const struct node *list = value_of(value_of(root, "deploy"), "smoke");
    struct str_list flows = {0};

    for (size_t i = 0; i < l->n_flows; i++)
        str_list_add(r->arena, &flows, l->flows[i].name);
    for (size_t i = 0; i < l->deploy.smoke.n; i++)
        if (!check_refers(r, item(list, i), str_fmt(r->arena, "deploy.smoke[%zu]", i), l->deploy.smoke.v[i], &flows,
                          "flow"))
            return false;
    return true;
}

static bool check_targets(struct reader *r, const struct node *root)
{
    const struct launch *l = r->launch;
    struct str_list names = {0};

    for (size_t i = 0; i < l->n_targets; i++)
        str_list_add(r->arena, &names, l->targets[i].name);
    for (size_t i = 0; i < l->n_targets; i++) {
        const struct launch_target *t = &l->targets[i];
        const struct node *target = value_of(value_of(root, "targets"), str_cstr(r->arena, t->name));
        for (size_t j = 0; j < t->needs.n; j++)
            if (!check_refers(r, item(value_of(target, "needs"), j),
                              str_fmt(r->arena, "targets.%.*s.needs[%zu]", STR_ARG(t->name), j), t->needs.v[j], &names,
                              "target"))
                return false;
    }
    return true;
}

static bool check_alerts(struct reader *r, const struct node *root)
{
    const struct launch *l = r->launch;
    struct str_list people = {0};

    for (size_t i = 0; i < l->n_contacts; i++)
        str_list_add(r->arena, &people, l->contacts[i].name);
    for (size_t i = 0; i < l->monitor.n_alerts; i++) {
        const struct node *alert = value_of(value_of(root, "monitor"), "alerts")->at[i];
        if (l->monitor.alerts[i].contact.n &&
            !check_refers(r, value_of(alert, "contact"), str_fmt(r->arena, "monitor.alerts[%zu].contact", i),
                          l->monitor.alerts[i].contact, &people, "contact"))
            return false;
    }
    return true;
}

/* "area.name", either of which may be a pattern; or "*". */
static bool is_check_pattern(struct str s)
{
    size_t n_dots = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '*' || c == '?' || c == '.'))
            return false;
        n_dots += c == '.';
    }
    return s.n && s.p[0] != '.' && s.p[s.n - 1] != '.' && (n_dots == 1 || (!n_dots && str_has(s, STR("*"))));
}

static bool check_waivers(struct reader *r, const struct node *root)
{
    const struct launch *l = r->launch;
    const struct node *list = value_of(root, "waivers");

    for (size_t i = 0; i < l->n_waivers; i++)
        if (!is_check_pattern(l->waivers[i].check))
            return reader_refuse(r, value_of(list->at[i], "check"), str_fmt(r->arena, "waivers[%zu].check", i),
                                 "expected a check's id such as dns.wildcard, or a pattern such as dns.*, not \"%.*s\"",
                                 STR_ARG(str_first(l->waivers[i].check, 60)));
    return true;
}

static bool check_steps(struct reader *r, const struct launch_flow *flow, const struct node *node)
{
    const struct node *steps = value_of(node, "steps");
    struct str key = str_fmt(r->arena, "flows.%.*s.steps", STR_ARG(flow->name));

    if (!flow->n_steps)
        return reader_refuse(r, steps, key, "a flow needs at least one step");
    for (size_t i = 0; i < flow->n_steps; i++) {
        const struct launch_step *s = &flow->steps[i];
        bool body = s->form.n || s->multipart.n || s->json.n;
        if (body && (str_eq(s->method, STR("GET")) || str_eq(s->method, STR("HEAD"))))
            return reader_refuse(r, steps->at[i], str_fmt(r->arena, "%.*s[%zu]", STR_ARG(key), i),
                                 "a %.*s request has no body: use post, or write the values into the URL",
                                 STR_ARG(s->method));
        if (value_of(steps->at[i], "basic") && value_of(steps->at[i], "bearer"))
            return reader_refuse(r, value_of(steps->at[i], "bearer"),
                                 str_fmt(r->arena, "%.*s[%zu].bearer", STR_ARG(key), i),
                                 "\"bearer\" stands beside \"basic\": only one of them can be");
        const struct launch_expect *e = &s->expect;
        if (e->body_least >= 0 && e->body_most >= 0 && e->body_least > e->body_most)
            return reader_refuse(r, value_of(value_of(steps->at[i], "expect"), "body_least"),
                                 str_fmt(r->arena, "%.*s[%zu].expect.body_least", STR_ARG(key), i),
                                 "the smallest body is larger than the largest, body_most");
    }
    return true;
}

static bool check_flows(struct reader *r, const struct node *root)
{
    const struct launch *l = r->launch;

    for (size_t i = 0; i < l->n_flows; i++)
        if (!check_steps(r, &l->flows[i], value_of(value_of(root, "flows"), str_cstr(r->arena, l->flows[i].name))))
            return false;
    return true;
}

static bool check_times(struct reader *r, const struct node *root)
{
    const struct launch *l = r->launch;

    if (l->window.until_s < l->window.from_s)
        return reader_refuse(r, value_of(value_of(root, "window"), "until"), STR("window.until"),
                             "it lies before window.from");
    for (size_t i = 0; i < l->monitor.n_maintenance; i++) {
        const struct launch_maintenance *m = &l->monitor.maintenance[i];
        const struct node *n = value_of(value_of(root, "monitor"), "maintenance")->at[i];
        struct str key = str_fmt(r->arena, "monitor.maintenance[%zu]", i);
        if (m->cron.n ? !m->lasts_ms : m->until_s <= m->from_s)
            return reader_refuse(r, n, key,
                                 m->cron.n ? "with cron goes lasts, a duration such as 1h"
                                           : "with from goes until, a later time");
    }
    return true;
}

bool reader_rules(struct reader *r, const struct node *root)
{
    return check_site(r, root) && check_hosts(r, root) && check_smoke(r, root) && check_targets(r, root) &&
           check_alerts(r, root) && check_waivers(r, root) && check_flows(r, root) && check_times(r, root);
}
