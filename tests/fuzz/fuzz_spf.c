/* SPF: the input is a client and a hostile DNS. Whatever that answers, the work is bounded, nothing that failed is
 * called absent, and the survey and the evaluation agree on what is broken.
 *
 * Lines: address, sender, HELO, then answers: "T" and a TXT record, "A", "6", "M" or "P" and a value, "!" a failure,
 * "-" no such name. Which of them a name gets depends on the name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/attr.h"
#include "mail/spf_inside.h"

#define LINES_MOST   400
#define RECORDS_MOST 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct hostile {
    struct str lines[LINES_MOST];
    size_t n, n_looks, n_failed;
};

static uint32_t hash_of(struct str name, unsigned seed)
{
    uint32_t h = 2166136261u ^ seed;

    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 16777619u;
    }
    return h ^ (h >> 13);
}

static char letter_of(enum dns_type type)
{
    return type == DNS_TXT    ? 'T'
           : type == DNS_A    ? 'A'
           : type == DNS_AAAA ? '6'
           : type == DNS_MX   ? 'M'
           : type == DNS_PTR  ? 'P'
                              : '?';
}

static void look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    struct hostile *h = context;
    uint32_t hash = hash_of(name, (unsigned)type);
    size_t want = 1 + (type == DNS_TXT ? (hash >> 8) % 16 == 0 : (hash >> 8) % 12);

    h->n_looks++;
    if (!spf_name_fits(name))
        abort(); /* no query can be made of it */
    *ret = (struct mail_answer){.outcome = MAIL_NXDOMAIN};
    for (size_t i = 0; i < h->n && want; i++) {
        struct str line = h->lines[(hash + i) % h->n];
        if (i == 0 && (line.p[0] == '!' || line.p[0] == '-')) {
            h->n_failed += line.p[0] == '!';
            ret->outcome = line.p[0] == '!' ? MAIL_FAILED : MAIL_NODATA;
            ret->why = STR("failed");
            return;
        }
        if (line.p[0] != letter_of(type))
            continue;
        if (!ret->v)
            ret->v = arena_array(arena, RECORDS_MOST, sizeof *ret->v);
        ret->outcome = MAIL_ANSWER;
        ret->v[ret->n++] = (struct mail_record){.value = str_from(line, 1), .n_strings = 1 + line.n % 3};
        want--;
    }
}

static void want(void *context, struct str name, enum dns_type type)
{
    (void)context;
    (void)type;
    if (!spf_name_fits(name))
        abort();
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void judge_verdict(const struct spf_verdict *v, const struct hostile *h)
{
    must(v->result <= SPF_PERMERROR && v->reason.n > 0);
    must(v->look_ups <= SPF_LOOK_UPS_MOST + 1 && v->void_look_ups <= SPF_VOID_MOST + 1);
    must(h->n_looks <= 2 + (SPF_LOOK_UPS_MOST + 1) * (SPF_NAMES_MOST + 1));
    must(v->result != SPF_TEMPERROR || h->n_failed);
    must(v->result == SPF_FAIL || !v->explanation.n);
    must(!v->tree || v->tree->look_ups == v->look_ups);
    for (size_t i = 0; i < v->explanation.n; i++)
        must(v->explanation.p[i] >= ' ' && v->explanation.p[i] <= '~');
}

static void judge_survey(const struct spf_survey *s, const struct hostile *h)
{
    must(h->n_looks <= 1 + SPF_SURVEY_RECORDS_MOST + 2 * SPF_SURVEY_TARGETS_MOST);
    must(s->n_flaws <= SPF_FLAWS_MOST && (s->tree != NULL) == (s->record.p != NULL && s->records.n == 1));
    must(!s->tree || (s->tree->look_ups == s->look_ups && s->tree->void_look_ups == s->void_look_ups));
    must(!h->n_failed || s->unseen.n);
    for (size_t i = 0; i < s->n_flaws; i++) {
        const struct spf_flaw *f = &s->flaws[i];
        must(f->text.n > 0 && f->kind < SPF_FLAW_N && f->domain.n > 0);
        if (f->term.n && s->tree && f->domain.p == s->domain.p && f->at < s->record.n)
            must(s->record.p + f->at == f->term.p || f->term.p < s->record.p || f->term.p > s->record.p + s->record.n);
    }
}

static bool has_syntax_flaw(const struct spf_survey *s)
{
    for (size_t i = 0; i < s->n_flaws; i++)
        if (s->flaws[i].kind == SPF_FLAW_SYNTAX && s->flaws[i].domain.p == s->domain.p)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(7u * 1024 * 1024); /* less than a fact may have */
    struct hostile h = {.n = 0};
    struct mail_resolver dns = {.look = look, .want = size % 2 ? want : NULL, .context = &h};
    struct str rest = str_n((const char *)data, size), head[3] = {STR_NONE, STR_NONE, STR_NONE};
    struct spf_verdict verdict;
    struct spf_survey survey;

    for (size_t i = 0; i < 3 && rest.p; i++)
        head[i] = str_cut(&rest, '\n');
    while (rest.p && h.n < LINES_MOST) {
        struct str line = str_cut(&rest, '\n');
        if (line.n)
            h.lines[h.n++] = line;
    }
    struct spf_question question = {.ip = head[0], .mail_from = head[1], .helo = head[2], .now_s = 1};
    spf_check(arena, &dns, &question, &verdict);
    judge_verdict(&verdict, &h);
    if (verdict.domain.n) {
        h.n_looks = h.n_failed = 0;
        spf_survey(arena, &dns, verdict.domain, STR_NONE, &survey);
        judge_survey(&survey, &h);
        if (verdict.tree) {
            must(survey.tree != NULL);
            must(!has_syntax_flaw(&survey) || (verdict.result == SPF_PERMERROR && spf_survey_is_permerror(&survey)));
        }
    }
    arena_free(arena);
    return 0;
}
