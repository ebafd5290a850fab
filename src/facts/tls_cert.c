/* A certificate in the words of fact_tls.h. Everything in it is foreign: texts are cut and made safe. */
#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "facts/tls_inside.h"

#define MOST_NAME_TEXT_BYTES 400
#define MOST_URL_BYTES       1000
#define MOST_DNS_NAME_BYTES  255
#define TLS_FEATURE_STATUS   5 /* status_request: RFC 7633 section 4.2.2 */

static struct str read_bio(struct arena *arena, BIO *bio, size_t most_bytes)
{
    char *p = NULL;
    long n = BIO_get_mem_data(bio, &p);

    return n <= 0 ? STR_NONE : text_shorten(arena, text_safe(arena, str_n(p, (size_t)n)), most_bytes);
}

static struct str name_text(struct arena *arena, const X509_NAME *name)
{
    struct str text = STR_NONE;
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio && name && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
        text = read_bio(arena, bio, MOST_NAME_TEXT_BYTES);
    BIO_free(bio);
    return text;
}

static struct str asn1_text(struct arena *arena, const ASN1_STRING *s, size_t most_bytes)
{
    const unsigned char *p = s ? ASN1_STRING_get0_data(s) : NULL;
    int n = s ? ASN1_STRING_length(s) : 0;

    if (!p || n <= 0)
        return STR_NONE;
    struct str raw = str_first(str_n((const char *)p, (size_t)n), most_bytes);
    return text_shorten(arena, text_safe(arena, raw), most_bytes);
}

static struct str organization(struct arena *arena, const X509_NAME *name)
{
    int at = name ? X509_NAME_get_index_by_NID(name, NID_organizationName, -1) : -1;

    return at < 0 ? STR_NONE : asn1_text(arena, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)), 200);
}

static struct str hex(struct arena *arena, const unsigned char *p, size_t n)
{
    char *out = arena_alloc(arena, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = "0123456789abcdef"[p[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
    }
    return str_n(out, 2 * n);
}

static int64_t time_s(const ASN1_TIME *t)
{
    struct tm tm;

    return t && ASN1_TIME_to_tm(t, &tm) ? (int64_t)timegm(&tm) : 0;
}

static void add_name(struct arena *arena, const GENERAL_NAME *name, struct tls_cert *ret)
{
    struct str text;

    if (name->type == GEN_DNS) {
        text = str_lower(arena, asn1_text(arena, name->d.dNSName, MOST_DNS_NAME_BYTES));
    } else if (name->type == GEN_IPADD) {
        int n = ASN1_STRING_length(name->d.iPAddress);
        char ip[INET6_ADDRSTRLEN] = "";
        if (n != 4 && n != 16)
            return;
        inet_ntop(n == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name->d.iPAddress), ip, sizeof ip);
        text = str_dup(arena, str_of(ip));
    } else {
        return;
    }
    ret->n_names++;
    if (ret->names.n < TLS_MOST_NAMES)
        str_list_add(arena, &ret->names, text);
}

static void read_names(struct arena *arena, const X509 *x, struct tls_cert *ret)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        add_name(arena, sk_GENERAL_NAME_value(names, i), ret);
    GENERAL_NAMES_free(names);
}

static const char *curve_name(const char *group)
{
    static const struct {
        const char *openssl, *known;
    } curves[] = {{"prime256v1", "P-256"}, {"secp384r1", "P-384"}, {"secp521r1", "P-521"}};

    for (size_t i = 0; i < N_OF(curves); i++)
        if (strcmp(group, curves[i].openssl) == 0)
            return curves[i].known;
    return group;
}

static void read_key(struct arena *arena, X509 *x, struct tls_cert *ret)
{
    EVP_PKEY *key = X509_get0_pubkey(x);
    char group[64] = "";
    size_t n = 0;

    ret->key = STR("unreadable");
    if (!key)
        return;
    ret->key_bits = (unsigned)EVP_PKEY_get_bits(key);
    int kind = EVP_PKEY_get_base_id(key);
    ret->key_is_rsa = kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS;
    if (ret->key_is_rsa)
        ret->key = str_fmt(arena, "RSA %u", ret->key_bits);
    else if (kind == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, group, sizeof group, &n))
        ret->key = str_fmt(arena, "EC %s", curve_name(group));
    else if (kind == EVP_PKEY_ED25519)
        ret->key = STR("Ed25519");
    else if (kind == EVP_PKEY_ED448)
        ret->key = STR("Ed448");
    else
        ret->key = str_fmt(arena, "%s %u", OBJ_nid2sn(kind), ret->key_bits);
}

static void read_signature(struct arena *arena, X509 *x, struct tls_cert *ret)
{
    int digest = NID_undef, nid = X509_get_signature_nid(x);

    if (nid == NID_undef)
        ret->signature = STR("unknown");
    else
        ret->signature = str_dup(arena, str_of(OBJ_nid2ln(nid)));
    if (X509_get_signature_info(x, &digest, NULL, NULL, NULL) || digest != NID_undef ||
        OBJ_find_sigid_algs(nid, &digest, NULL))
        ret->signature_weak =
            digest == NID_md2 || digest == NID_md4 || digest == NID_md5 || digest == NID_sha1 || digest == NID_mdc2;
}

static bool has_must_staple(const X509 *x)
{
    TLS_FEATURE *features = X509_get_ext_d2i(x, NID_tlsfeature, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        found = found || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == TLS_FEATURE_STATUS;
    TLS_FEATURE_free(features);
    return found;
}

static struct str http_url(struct arena *arena, const GENERAL_NAME *name)
{
    if (!name || name->type != GEN_URI)
        return STR_NONE;
    struct str url = asn1_text(arena, name->d.uniformResourceIdentifier, MOST_URL_BYTES);
    return str_starts_nocase(url, STR("http://")) ? url : STR_NONE;
}

static void read_access(struct arena *arena, const X509 *x, struct tls_cert *ret)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);

    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(access, i);
        int method = OBJ_obj2nid(d->method);
        if (method == NID_ad_ca_issuers && !ret->ca_issuers.n)
            ret->ca_issuers = http_url(arena, d->location);
        else if (method == NID_ad_OCSP && !ret->ocsp_url.n)
            ret->ocsp_url = http_url(arena, d->location);
    }
    AUTHORITY_INFO_ACCESS_free(access);
}

static void read_crl_url(struct arena *arena, const X509 *x, struct tls_cert *ret)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);

    for (int i = 0; i < sk_DIST_POINT_num(points) && !ret->crl_url.n; i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        if (!point->distpoint || point->distpoint->type != 0)
            continue;
        const GENERAL_NAMES *names = point->distpoint->name.fullname;
        for (int j = 0; j < sk_GENERAL_NAME_num(names) && !ret->crl_url.n; j++)
            ret->crl_url = http_url(arena, sk_GENERAL_NAME_value(names, j));
    }
    CRL_DIST_POINTS_free(points);
}

void tls_cert_fill(struct arena *arena, X509 *x, struct tls_cert *ret)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_bytes = 0;

    memset(ret, 0, sizeof *ret);
    ret->subject = name_text(arena, X509_get_subject_name(x));
    ret->issuer = name_text(arena, X509_get_issuer_name(x));
    ret->issuer_org = organization(arena, X509_get_issuer_name(x));
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
    int serial_bytes = serial ? ASN1_STRING_length(serial) : 0;
    ret->serial = hex(arena, serial_bytes ? ASN1_STRING_get0_data(serial) : digest,
                      serial_bytes > 64 ? 64 : (size_t)serial_bytes);
    if (X509_digest(x, EVP_sha256(), digest, &digest_bytes))
        ret->sha256 = hex(arena, digest, digest_bytes);
    ret->from_s = time_s(X509_get0_notBefore(x));
    ret->until_s = time_s(X509_get0_notAfter(x));
    read_names(arena, x, ret);
    read_key(arena, x, ret);
    read_signature(arena, x, ret);
    ret->self_issued = X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
    ret->is_ca = X509_check_ca(x) > 0;
    ret->must_staple = has_must_staple(x);
    read_access(arena, x, ret);
    read_crl_url(arena, x, ret);
    ERR_clear_error(); /* of extensions that did not parse: they stay empty */
}

bool tls_cert_read(struct arena *arena, struct str der, struct tls_cert *ret)
{
    const unsigned char *p = (const unsigned char *)der.p;

    if (der.n == 0 || der.n > TLS_MOST_CERTS_BYTES)
        return false;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    if (!x) {
        ERR_clear_error();
        return false;
    }
    tls_cert_fill(arena, x, ret);
    X509_free(x);
    return true;
}
