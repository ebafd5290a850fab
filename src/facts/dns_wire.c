/* DNS messages between bytes and facts, through ldns. */
#include <arpa/inet.h>
#include <ctype.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "facts/dns_inside.h"

#define HEADER_BYTES 12u

static const struct {
    uint16_t type;
    const char *name;
} type_names[] = {
    {DNS_A, "A"},       {DNS_NS, "NS"},       {DNS_CNAME, "CNAME"}, {DNS_SOA, "SOA"},       {DNS_PTR, "PTR"},
    {DNS_MX, "MX"},     {DNS_TXT, "TXT"},     {DNS_AAAA, "AAAA"},   {DNS_SRV, "SRV"},       {DNS_DNAME, "DNAME"},
    {DNS_DS, "DS"},     {DNS_RRSIG, "RRSIG"}, {DNS_NSEC, "NSEC"},   {DNS_DNSKEY, "DNSKEY"}, {DNS_NSEC3, "NSEC3"},
    {DNS_TLSA, "TLSA"}, {DNS_SVCB, "SVCB"},   {DNS_HTTPS, "HTTPS"}, {DNS_CAA, "CAA"},
};

struct str dns_type_name(struct arena *arena, uint16_t type)
{
    for (size_t i = 0; i < N_OF(type_names); i++)
        if (type_names[i].type == type)
            return str_of(type_names[i].name);
    return str_fmt(arena, "TYPE%u", type);
}

uint16_t dns_type_of(struct str name)
{
    uint64_t number;

    for (size_t i = 0; i < N_OF(type_names); i++)
        if (str_eq_nocase(str_of(type_names[i].name), name))
            return type_names[i].type;
    if (str_starts_nocase(name, STR("TYPE")) && str_to_u64(str_from(name, 4), UINT16_MAX, &number))
        return (uint16_t)number;
    return 0;
}

struct str dns_name_plain(struct arena *arena, struct str name)
{
    if (name.n && name.p[name.n - 1] == '.' && !(name.n > 1 && name.p[name.n - 2] == '\\'))
        name.n--;
    return str_lower(arena, name);
}

bool dns_wire_query(const struct dns_question *question, uint16_t id, uint8_t *to, size_t *ret_n, struct err *reterr)
{
    char text[1100];
    uint8_t *wire = NULL;
    size_t n = 0;
    ldns_rdf *name = NULL;

    if (question->name.n < sizeof text - 1 && !memchr(question->name.p, '\0', question->name.n)) {
        memcpy(text, question->name.p, question->name.n);
        memcpy(text + question->name.n, question->name.n ? "" : ".", question->name.n ? 1 : 2);
        name = ldns_dname_new_frm_str(text);
    }
    if (!name) {
        err_set(reterr, ERR_NO_NAME, "\"%.*s\" is not a name that DNS can hold (labels of 1 to 63, 253 in all)",
                STR_ARG(str_first(question->name, 100)));
        return err_at(reterr, "%.*s", STR_ARG(str_first(question->name, 100)));
    }
    ldns_pkt *packet =
        ldns_pkt_query_new(name, (ldns_rr_type)question->type, LDNS_RR_CLASS_IN, question->recurse ? LDNS_RD : 0);
    if (!packet) {
        ldns_rdf_deep_free(name);
        return err_set(reterr, ERR_SYSTEM, "out of memory for a DNS question");
    }
    ldns_pkt_set_id(packet, id);
    ldns_pkt_set_cd(packet, question->unchecked);
    if (question->edns) {
        ldns_pkt_set_edns_udp_size(packet, DNS_EDNS_BYTES);
        ldns_pkt_set_edns_do(packet, true);
    }
    bool ok = ldns_pkt2wire(&wire, packet, &n) == LDNS_STATUS_OK && n <= DNS_QUERY_BYTES;
    if (ok) {
        memcpy(to, wire, n);
        *ret_n = n;
    }
    free(wire);
    ldns_pkt_free(packet);
    return ok || err_set(reterr, ERR_SYSTEM, "the DNS question does not fit");
}

/* Length of the question section's only entry, or 0. */
static size_t question_bytes(const uint8_t *message, size_t n)
{
    size_t at = HEADER_BYTES;

    while (at < n && message[at] != 0) {
        if (message[at] > 63)
            return 0;
        at += 1u + message[at];
    }
    return at + 5 <= n ? at + 5 - HEADER_BYTES : 0;
}

bool dns_wire_answers(const uint8_t *query, size_t query_n, const uint8_t *reply, size_t reply_n)
{
    size_t want = question_bytes(query, query_n);

    if (reply_n < HEADER_BYTES || memcmp(reply, query, 2) != 0)
        return false;
    if ((reply[2] & 0x80) == 0 || (reply[2] & 0x78) != 0) /* QR, opcode */
        return false;
    unsigned n_questions = (unsigned)reply[4] << 8 | reply[5], rcode = reply[3] & 0x0fu;
    if (n_questions == 0)
        return rcode == LDNS_RCODE_FORMERR || rcode == LDNS_RCODE_SERVFAIL || rcode == LDNS_RCODE_NOTIMPL ||
               rcode == LDNS_RCODE_REFUSED;
    if (n_questions != 1 || question_bytes(reply, reply_n) != want)
        return false;
    /* Lengths of labels lie below the letters, so folding case does not touch them. Type and class are exact. */
    for (size_t i = HEADER_BYTES; i < HEADER_BYTES + want - 4; i++)
        if (tolower(reply[i]) != tolower(query[i]))
            return false;
    return memcmp(reply + HEADER_BYTES + want - 4, query + HEADER_BYTES + want - 4, 4) == 0;
}

static struct str rdf_text(struct arena *arena, const ldns_rdf *rdf)
{
    char *text = ldns_rdf2str(rdf);
    struct str s = str_dup(arena, str_of(text));

    free(text);
    return s;
}

static struct str rdf_name(struct arena *arena, const ldns_rdf *rdf)
{
    return rdf && ldns_rdf_get_type(rdf) == LDNS_RDF_TYPE_DNAME ? dns_name_plain(arena, rdf_text(arena, rdf))
                                                                : STR_NONE;
}

static struct str rdf_bytes(const ldns_rdf *rdf)
{
    return rdf ? str_n((const char *)ldns_rdf_data(rdf), ldns_rdf_size(rdf)) : STR_NONE;
}

/* A character-string: a length, then that many bytes. */
static struct str rdf_string(const ldns_rdf *rdf)
{
    struct str s = rdf_bytes(rdf);

    return s.n && (uint8_t)s.p[0] < s.n ? str_n(s.p + 1, (uint8_t)s.p[0]) : STR_NONE;
}

static uint32_t rdf_number(const ldns_rdf *rdf)
{
    struct str s = rdf_bytes(rdf);
    uint32_t v = 0;

    for (size_t i = 0; i < s.n && i < 4; i++)
        v = v << 8 | (uint8_t)s.p[i];
    return v;
}

/* ldns escapes what is not printable in most types, but not in all. */
static struct str escaped(struct arena *arena, struct str s)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < s.n; i++)
        n += (unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e;
    char *to = arena_alloc(arena, s.n + 3 * n + 1);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c > 0x7e) {
            to[at++] = '\\';
            to[at++] = (char)('0' + c / 100);
            to[at++] = (char)('0' + c / 10 % 10);
            to[at++] = (char)('0' + c % 10);
        } else {
            to[at++] = (char)c;
        }
    }
    return str_n(to, at);
}

static struct str rdata_text(struct arena *arena, const ldns_rr *rr)
{
    ldns_buffer *b = ldns_buffer_new(512);
    size_t n = ldns_rr_rd_count(rr);
    struct str s = STR_NONE;

    if (!b)
        return s;
    for (size_t i = 0; i < n; i++) {
        if (i)
            ldns_buffer_printf(b, " ");
        (void)ldns_rdf2buffer_str(b, ldns_rr_rdf(rr, i));
    }
    if (ldns_buffer_status_ok(b))
        s = escaped(arena, str_n((const char *)ldns_buffer_begin(b), ldns_buffer_position(b)));
    ldns_buffer_free(b);
    return s;
}

static void read_address(struct arena *arena, const ldns_rr *rr, struct dns_rr *to)
{
    struct str bytes = rdf_bytes(ldns_rr_rdf(rr, 0));
    char text[INET6_ADDRSTRLEN];
    bool is_v6 = to->type == DNS_AAAA;

    if (bytes.n == (is_v6 ? 16u : 4u) && inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.p, text, sizeof text))
        to->value = str_dup(arena, str_of(text));
}

static void read_txt(struct arena *arena, const ldns_rr *rr, struct dns_rr *to)
{
    size_t n = 0, at = 0;

    to->n_strings = ldns_rr_rd_count(rr);
    for (size_t i = 0; i < to->n_strings; i++)
        n += rdf_string(ldns_rr_rdf(rr, i)).n;
    char *joined = arena_alloc(arena, n + 1);
    for (size_t i = 0; i < to->n_strings; i++) {
        struct str s = rdf_string(ldns_rr_rdf(rr, i));
        if (s.n)
            memcpy(joined + at, s.p, s.n);
        at += s.n;
    }
    to->value = str_n(joined, n);
}

/* SVCB and HTTPS (RFC 9460 section 2.2), from the raw bytes when this ldns does not know the type. */
static void read_service(struct arena *arena, const ldns_rr *rr, struct dns_rr *to)
{
    struct str raw = rdf_bytes(ldns_rr_rdf(rr, 0));
    ldns_rdf *name = NULL;

    to->number = (uint16_t)rdf_number(ldns_rr_rd_count(rr) > 1 ? ldns_rr_rdf(rr, 0) : NULL);
    if (ldns_rr_rd_count(rr) > 1) {
        to->target = rdf_name(arena, ldns_rr_rdf(rr, 1));
    } else if (raw.n > 2) {
        size_t at = 2;
        to->number = (uint16_t)((uint8_t)raw.p[0] << 8 | (uint8_t)raw.p[1]);
        if (ldns_wire2dname(&name, (const uint8_t *)raw.p, raw.n, &at) == LDNS_STATUS_OK)
            to->target = rdf_name(arena, name);
        ldns_rdf_deep_free(name);
    }
}

static void read_signature(const ldns_rr *rr, struct dns_rr *to)
{
    to->covered = (uint16_t)rdf_number(ldns_rr_rdf(rr, 0));
    to->algorithm = (uint8_t)rdf_number(ldns_rr_rdf(rr, 1));
    to->until_s = rdf_number(ldns_rr_rdf(rr, 4));
    to->from_s = rdf_number(ldns_rr_rdf(rr, 5));
    to->number = (uint16_t)rdf_number(ldns_rr_rdf(rr, 6));
}

void dns_record_read(struct arena *arena, const ldns_rr *rr, struct dns_rr *to)
{
    *to = (struct dns_rr){
        .owner = rdf_name(arena, ldns_rr_owner(rr)),
        .type = (uint16_t)ldns_rr_get_type(rr),
        .ttl_s = ldns_rr_ttl(rr) > INT32_MAX ? 0 : ldns_rr_ttl(rr), /* RFC 2181 section 8 */
        .text = rdata_text(arena, rr),
        .target = STR_NONE,
        .value = STR_NONE,
        .tag = STR_NONE,
    };
    switch (to->type) {
    case DNS_A:
    case DNS_AAAA: read_address(arena, rr, to); break;
    case DNS_CNAME:
    case DNS_NS:
    case DNS_PTR:
    case DNS_DNAME: to->target = rdf_name(arena, ldns_rr_rdf(rr, 0)); break;
    case DNS_MX:
        to->number = (uint16_t)rdf_number(ldns_rr_rdf(rr, 0));
        to->target = rdf_name(arena, ldns_rr_rdf(rr, 1));
        break;
    case DNS_SRV:
        to->number = (uint16_t)rdf_number(ldns_rr_rdf(rr, 0));
        to->target = rdf_name(arena, ldns_rr_rdf(rr, 3));
        break;
    case DNS_TXT: read_txt(arena, rr, to); break;
    case DNS_CAA:
        to->number = (uint16_t)rdf_number(ldns_rr_rdf(rr, 0));
        to->tag = str_lower(arena, rdf_string(ldns_rr_rdf(rr, 1)));
        to->value = str_dup(arena, rdf_bytes(ldns_rr_rdf(rr, 2)));
        break;
    case DNS_SOA:
        to->target = rdf_name(arena, ldns_rr_rdf(rr, 0));
        to->serial = rdf_number(ldns_rr_rdf(rr, 2));
        break;
    case DNS_DS:
        to->number = (uint16_t)rdf_number(ldns_rr_rdf(rr, 0));
        to->algorithm = (uint8_t)rdf_number(ldns_rr_rdf(rr, 1));
        to->digest_type = (uint8_t)rdf_number(ldns_rr_rdf(rr, 2));
        break;
    case DNS_DNSKEY:
        to->number = ldns_calc_keytag(rr);
        to->algorithm = (uint8_t)rdf_number(ldns_rr_rdf(rr, 2));
        break;
    case DNS_RRSIG: read_signature(rr, to); break;
    case DNS_SVCB:
    case DNS_HTTPS: read_service(arena, rr, to); break;
    }
}

static struct dns_rr *read_section(struct arena *arena, const ldns_rr_list *list, size_t *ret_n)
{
    size_t n = list ? ldns_rr_list_rr_count(list) : 0;
    struct dns_rr *v = arena_array(arena, n ? n : 1, sizeof *v);

    for (size_t i = 0; i < n; i++)
        dns_record_read(arena, ldns_rr_list_rr(list, i), &v[i]);
    *ret_n = n;
    return v;
}

static const struct dns_rr *find_rr(const struct dns_rr *v, size_t n, struct str owner, uint16_t type)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].type == type && str_eq(v[i].owner, owner))
            return &v[i];
    return NULL;
}

/* Is the type there, after the CNAMEs that the answer holds? A loop of them breaks the protocol. */
static enum dns_outcome judge_answer(const struct fact_dns *f)
{
    struct str name = f->name;

    for (unsigned hops = 0; hops <= DNS_MOST_ALIASES; hops++) {
        if (find_rr(f->answer, f->n_answer, name, f->type))
            return DNS_ANSWER;
        const struct dns_rr *alias = find_rr(f->answer, f->n_answer, name, DNS_CNAME);
        if (!alias)
            return DNS_NODATA;
        name = alias->target;
    }
    return DNS_OTHER;
}

static enum dns_outcome judge(const struct fact_dns *f, bool recursive)
{
    bool has_ns = false, has_soa = false;

    switch (f->rcode) {
    case LDNS_RCODE_NOERROR: break;
    case LDNS_RCODE_NXDOMAIN: return DNS_NXDOMAIN;
    case LDNS_RCODE_SERVFAIL: return DNS_SERVFAIL;
    case LDNS_RCODE_REFUSED: return DNS_REFUSED;
    default: return DNS_OTHER;
    }
    for (size_t i = 0; i < f->n_authority; i++) {
        has_ns = has_ns || f->authority[i].type == DNS_NS;
        has_soa = has_soa || f->authority[i].type == DNS_SOA;
    }
    if (f->n_answer == 0 && !recursive && !f->authoritative && has_ns && !has_soa)
        return DNS_REFERRAL;
    return judge_answer(f);
}

bool dns_wire_read(struct arena *arena, const struct dns_question *question, const uint8_t *reply, size_t reply_n,
                   struct fact_dns *ret, struct err *reterr)
{
    ldns_pkt *packet = NULL;
    unsigned n_records = 0;

    if (reply_n < HEADER_BYTES || reply_n > DNS_MOST_BYTES)
        return err_set(reterr, ERR_PROTOCOL, "a DNS answer of %zu bytes", reply_n);
    for (size_t at = 6; at < HEADER_BYTES; at += 2)
        n_records += (unsigned)reply[at] << 8 | reply[at + 1];
    if (n_records > DNS_MOST_RECORDS)
        return err_set(reterr, ERR_LIMIT, "a DNS answer that claims %u records (at most %u are read)", n_records,
                       DNS_MOST_RECORDS);
    ldns_status status = ldns_wire2pkt(&packet, reply, reply_n);
    if (status != LDNS_STATUS_OK) {
        err_set(reterr, ERR_PROTOCOL, "a DNS answer that cannot be read");
        return err_because(reterr, "%s", ldns_get_errorstr_by_id(status));
    }
    struct fact_dns f = {
        .name = str_dup(arena, question->name),
        .type = question->type,
        .rcode = (unsigned)ldns_pkt_get_rcode(packet) | (unsigned)ldns_pkt_edns_extended_rcode(packet) << 4,
        .authoritative = ldns_pkt_aa(packet),
        .authenticated = ldns_pkt_ad(packet),
        .truncated = ldns_pkt_tc(packet),
        .recursion_available = ldns_pkt_ra(packet),
        .server = STR_NONE,
    };
    f.answer = read_section(arena, ldns_pkt_answer(packet), &f.n_answer);
    f.authority = read_section(arena, ldns_pkt_authority(packet), &f.n_authority);
    f.additional = read_section(arena, ldns_pkt_additional(packet), &f.n_additional);
    f.outcome = judge(&f, question->recurse);
    ldns_pkt_free(packet);
    *ret = f;
    return true;
}
