#include "facts/tls_hello.h"

#include <string.h>

#define VERSION_WORD(v)    (uint16_t)(0x0300 + (unsigned)(v)) /* SSL 3 is 0x0300, TLS 1.3 0x0304 */
#define MOST_RECORD_BYTES  (16384 + 2048)
#define MOST_HELLO_BYTES   4096 /* a ServerHello is far below */
#define MOST_HOST_BYTES    253
#define PADDED_BYTES       512    /* RFC 7685: old servers hang at 256 to 511 bytes */
#define SIGNALLING_SUITE   0x00ff /* RFC 5746 section 3.3 */
#define RECORD_ALERT       21
#define RECORD_HANDSHAKE   22
#define ALERT_WARNING      1
#define ALERT_CLOSE_NOTIFY 0

enum {
    EXT_SERVER_NAME = 0,
    EXT_GROUPS = 10,
    EXT_POINTS = 11,
    EXT_SIGNATURES = 13,
    EXT_PADDING = 21,
    EXT_VERSIONS = 43,
    EXT_KEY_SHARE = 51
};

/* ---- suites: https://www.iana.org/assignments/tls-parameters ---- */

#define NUL  (1u << TLS_CIPHER_NULL)
#define ANON (1u << TLS_CIPHER_ANON)
#define EXP  (1u << TLS_CIPHER_EXPORT)
#define RC4  (1u << TLS_CIPHER_RC4)
#define DES3 (1u << TLS_CIPHER_3DES) /* and the other ciphers with blocks of 64 bits: RFC 7457, SWEET32 */
#define NOFS (1u << TLS_CIPHER_NO_FS)

static const struct tls_suite suites[] = {
    /* ephemeral, with AEAD, then CBC */
    {0xc02b, 0},
    {0xc02f, 0},
    {0xc02c, 0},
    {0xc030, 0},
    {0xcca9, 0},
    {0xcca8, 0},
    {0x009e, 0},
    {0x009f, 0},
    {0xccaa, 0},
    {0x00a2, 0},
    {0x00a3, 0},
    {0xc0ac, 0},
    {0xc0ad, 0},
    {0xc09e, 0},
    {0xc09f, 0},
    {0xc023, 0},
    {0xc027, 0},
    {0xc024, 0},
    {0xc028, 0},
    {0xc009, 0},
    {0xc013, 0},
    {0xc00a, 0},
    {0xc014, 0},
    {0x0067, 0},
    {0x006b, 0},
    {0x0033, 0},
    {0x0039, 0},
    {0x0032, 0},
    {0x0038, 0},
    {0x0040, 0},
    {0x006a, 0},
    {0x0045, 0},
    {0x0088, 0},
    {0x009a, 0},
    /* RSA key exchange and fixed (EC)DH */
    {0x009c, NOFS},
    {0x009d, NOFS},
    {0x003c, NOFS},
    {0x003d, NOFS},
    {0x002f, NOFS},
    {0x0035, NOFS},
    {0x0041, NOFS},
    {0x0084, NOFS},
    {0x0096, NOFS},
    {0xc09c, NOFS},
    {0xc09d, NOFS},
    {0xc004, NOFS},
    {0xc005, NOFS},
    {0xc00e, NOFS},
    {0xc00f, NOFS},
    {0xc02d, NOFS},
    {0xc02e, NOFS},
    {0xc031, NOFS},
    {0xc032, NOFS},
    /* 64-bit blocks */
    {0xc008, DES3},
    {0xc012, DES3},
    {0x0016, DES3},
    {0x0013, DES3},
    {0x0015, DES3},
    {0x000a, DES3 | NOFS},
    {0x000d, DES3 | NOFS},
    {0x0010, DES3 | NOFS},
    {0xc003, DES3 | NOFS},
    {0xc00d, DES3 | NOFS},
    {0x0009, DES3 | NOFS},
    {0x0007, DES3 | NOFS},
    {0xc007, RC4},
    {0xc011, RC4},
    {0x0066, RC4},
    {0x0005, RC4 | NOFS},
    {0x0004, RC4 | NOFS},
    {0xc002, RC4 | NOFS},
    {0xc00c, RC4 | NOFS},
    {0x0003, EXP},
    {0x0006, EXP},
    {0x0008, EXP},
    {0x000b, EXP},
    {0x000e, EXP},
    {0x0011, EXP},
    {0x0014, EXP},
    {0x0060, EXP},
    {0x0061, EXP},
    {0x0062, EXP},
    {0x0063, EXP},
    {0x0064, EXP},
    {0x0065, EXP},
    {0x0017, EXP | ANON},
    {0x0019, EXP | ANON},
    {0x00a6, ANON},
    {0x00a7, ANON},
    {0x006c, ANON},
    {0x006d, ANON},
    {0x0034, ANON},
    {0x003a, ANON},
    {0x0046, ANON},
    {0x0089, ANON},
    {0xc018, ANON},
    {0xc019, ANON},
    {0xc017, ANON | DES3},
    {0x001b, ANON | DES3},
    {0x001a, ANON | DES3},
    {0xc016, ANON | RC4},
    {0x0018, ANON | RC4},
    {0xc006, NUL},
    {0xc010, NUL},
    {0x003b, NUL},
    {0x0002, NUL},
    {0x0001, NUL},
    {0xc001, NUL},
    {0xc00b, NUL},
    {0xc015, NUL | ANON},
};

static const uint16_t suites_1_3[] = {0x1301, 0x1302, 0x1303, 0x1304, 0x1305};

const struct tls_suite *tls_suites(size_t *ret_n)
{
    *ret_n = N_OF(suites);
    return suites;
}

uint16_t tls_suite_classes(uint16_t suite)
{
    for (size_t i = 0; i < N_OF(suites); i++)
        if (suites[i].code == suite)
            return suites[i].classes;
    return 0;
}

static bool is_wanted(const struct tls_offer *offer, const struct tls_suite *suite)
{
    return offer->wanted_classes == 0 || (suite->classes & offer->wanted_classes);
}

bool tls_hello_offers(const struct tls_offer *offer, uint16_t suite)
{
    if (offer->version == TLS_1_3) {
        for (size_t i = 0; i < N_OF(suites_1_3); i++)
            if (suites_1_3[i] == suite)
                return true;
        return false;
    }
    for (size_t i = 0; i < N_OF(suites); i++)
        if (suites[i].code == suite)
            return is_wanted(offer, &suites[i]);
    return false;
}

/* ---- writing ---- */

struct out {
    unsigned char *p;
    size_t n;
    bool full;
};

static void put(struct out *o, const void *p, size_t n)
{
    if (o->full || n > TLS_HELLO_MOST_BYTES - o->n) {
        o->full = true;
        return;
    }
    memcpy(o->p + o->n, p, n);
    o->n += n;
}

static void put8(struct out *o, unsigned v)
{
    unsigned char byte = (unsigned char)v;

    put(o, &byte, 1);
}

static void put16(struct out *o, unsigned v)
{
    put8(o, v >> 8);
    put8(o, v & 255);
}

/* Room for a 16-bit length, filled in by close16. */
static size_t open16(struct out *o)
{
    put16(o, 0);
    return o->n;
}

static void close16(struct out *o, size_t from)
{
    size_t n = o->n - from;

    if (o->full)
        return;
    o->p[from - 2] = (unsigned char)(n >> 8);
    o->p[from - 1] = (unsigned char)n;
}

static void put_suites(struct out *o, const struct tls_offer *offer)
{
    size_t at = open16(o);

    if (offer->version == TLS_1_3) {
        for (size_t i = 0; i < N_OF(suites_1_3); i++)
            put16(o, suites_1_3[i]);
    } else {
        for (size_t i = 0; i < N_OF(suites); i++)
            if (is_wanted(offer, &suites[i]))
                put16(o, suites[i].code);
        put16(o, SIGNALLING_SUITE);
    }
    close16(o, at);
}

static void put_name(struct out *o, struct str host)
{
    put16(o, EXT_SERVER_NAME);
    size_t extension = open16(o), list = open16(o);
    put8(o, 0); /* host_name */
    put16(o, (unsigned)host.n);
    put(o, host.p, host.n);
    close16(o, list);
    close16(o, extension);
}

/* An extension that is a list of 16-bit values behind a 16-bit length. */
static void put_list(struct out *o, unsigned extension, const uint16_t *v, size_t n)
{
    put16(o, extension);
    put16(o, (unsigned)(2 * n + 2));
    put16(o, (unsigned)(2 * n));
    for (size_t i = 0; i < n; i++)
        put16(o, v[i]);
}

static void put_extensions(struct out *o, const struct tls_offer *offer)
{
    static const uint16_t groups[] = {0x001d, 0x0017, 0x0018, 0x0019};
    static const uint16_t signatures[] = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
                                          0x0603, 0x0807, 0x0808, 0x0203, 0x0201, 0x0202, 0x0402};
    size_t at = open16(o);

    if (offer->host.n)
        put_name(o, offer->host);
    put_list(o, EXT_GROUPS, groups, N_OF(groups));
    put(o, "\0\x0b\0\x02\x01\0", 6); /* uncompressed points */
    if (offer->version >= TLS_1_2)
        put_list(o, EXT_SIGNATURES, signatures, N_OF(signatures));
    if (offer->version == TLS_1_3) {
        put(o, "\0\x2b\0\x03\x02\x03\x04", 7); /* TLS 1.3 alone */
        put16(o, EXT_KEY_SHARE);
        size_t extension = open16(o), list = open16(o);
        put16(o, 0x001d); /* any 32 bytes are a public key of X25519: RFC 7748 section 5 */
        put16(o, 32);
        put(o, offer->random + 32, 32);
        close16(o, list);
        close16(o, extension);
    }
    if (o->n < PADDED_BYTES) {
        static const unsigned char zeros[PADDED_BYTES];
        size_t room = PADDED_BYTES - o->n;
        size_t n = room > 4 ? room - 4 : 0;
        put16(o, EXT_PADDING);
        put16(o, (unsigned)n);
        put(o, zeros, n);
    }
    close16(o, at);
}

// NOLINTNEXTLINE(readability-non-const-parameter): written through the struct out
size_t tls_hello_write(const struct tls_offer *offer, unsigned char to[TLS_HELLO_MOST_BYTES])
{
    struct out o = {.p = to};
    unsigned legacy = VERSION_WORD(offer->version > TLS_1_2 ? TLS_1_2 : offer->version);

    if (offer->host.n > MOST_HOST_BYTES)
        return 0;
    put8(&o, RECORD_HANDSHAKE);
    put16(&o, offer->version == TLS_SSL3 ? 0x0300 : 0x0301);
    size_t record = open16(&o);
    put8(&o, 1); /* client_hello */
    put8(&o, 0);
    size_t message = open16(&o);
    put16(&o, legacy);
    put(&o, offer->random, 32);
    if (offer->version == TLS_1_3) { /* RFC 8446 appendix D.4: looks like a resumption to what stands between */
        put8(&o, 32);
        put(&o, offer->random + 32, 32);
    } else {
        put8(&o, 0);
    }
    put_suites(&o, offer);
    put(&o, "\x01\0", 2); /* no compression */
    if (offer->version != TLS_SSL3)
        put_extensions(&o, offer);
    close16(&o, message);
    close16(&o, record);
    return o.full ? 0 : o.n;
}

/* ---- reading ---- */

/* Remembers its first failure. */
struct in {
    const unsigned char *p;
    size_t n, at;
    bool failed;
};

static const unsigned char *take(struct in *in, size_t n)
{
    static const unsigned char nothing[64];

    if (in->failed || n > in->n - in->at) {
        in->failed = true;
        return nothing;
    }
    in->at += n;
    return in->p + in->at - n;
}

static unsigned take8(struct in *in)
{
    return take(in, 1)[0];
}

static unsigned take16(struct in *in)
{
    const unsigned char *p = take(in, 2);

    return (unsigned)p[0] << 8 | p[1];
}

static struct tls_reply read_server_hello(const unsigned char *p, size_t n)
{
    struct in in = {.p = p, .n = n};
    struct tls_reply reply = {.kind = TLS_REPLY_HELLO};
    unsigned version = take16(&in);

    take(&in, 32);
    unsigned id_bytes = take8(&in);
    if (id_bytes > 32)
        in.failed = true;
    else
        take(&in, id_bytes);
    reply.suite = (uint16_t)take16(&in);
    take8(&in); /* compression */
    if (!in.failed && in.at < in.n) {
        size_t end = take16(&in);
        end += in.at;
        while (!in.failed && in.at < end && in.at < in.n) {
            unsigned extension = take16(&in), bytes = take16(&in);
            if (extension == EXT_VERSIONS && bytes == 2) {
                version = take16(&in);
            } else if (bytes > in.n - in.at) {
                in.failed = true;
            } else {
                in.at += bytes;
            }
        }
    }
    if (in.failed || version < 0x0300 || version > 0x0304)
        return (struct tls_reply){.kind = TLS_REPLY_GARBAGE};
    reply.version = (enum tls_version)(version - 0x0300);
    return reply;
}

/* Handshake bytes gathered so far: a whole ServerHello, or not yet, or something else. */
static struct tls_reply read_message(const unsigned char *p, size_t n)
{
    if (n >= 1 && p[0] != 2)
        return (struct tls_reply){.kind = TLS_REPLY_GARBAGE};
    if (n < 4)
        return (struct tls_reply){.kind = TLS_REPLY_MORE};
    size_t bytes = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (bytes > MOST_HELLO_BYTES - 4)
        return (struct tls_reply){.kind = TLS_REPLY_GARBAGE};
    if (n - 4 < bytes)
        return (struct tls_reply){.kind = TLS_REPLY_MORE};
    return read_server_hello(p + 4, bytes);
}

struct tls_reply tls_reply_read(struct str bytes)
{
    const struct tls_reply garbage = {.kind = TLS_REPLY_GARBAGE}, more = {.kind = TLS_REPLY_MORE};
    const unsigned char *p = (const unsigned char *)bytes.p;
    unsigned char message[MOST_HELLO_BYTES];
    size_t n_message = 0, at = 0;

    while (bytes.n - at >= 1) {
        unsigned type = p[at];
        if ((type != RECORD_ALERT && type != RECORD_HANDSHAKE) || (bytes.n - at >= 2 && p[at + 1] != 3))
            return garbage;
        if (bytes.n - at < 5)
            break;
        size_t n = (size_t)p[at + 3] << 8 | p[at + 4], there = bytes.n - at - 5;
        const unsigned char *body = p + at + 5;
        if (n == 0 || n > MOST_RECORD_BYTES)
            return garbage;
        if (type == RECORD_ALERT) {
            if (n != 2)
                return garbage;
            if (there < 2)
                break;
            if (body[0] != ALERT_WARNING || body[1] == ALERT_CLOSE_NOTIFY)
                return (struct tls_reply){.kind = TLS_REPLY_ALERT, .alert = body[1]};
        } else { /* a ServerHello is read as soon as it is there, though its record holds more */
            size_t take_bytes = n < there ? n : there;
            if (take_bytes > sizeof message - n_message)
                take_bytes = sizeof message - n_message;
            memcpy(message + n_message, body, take_bytes);
            n_message += take_bytes;
            struct tls_reply reply = read_message(message, n_message);
            if (reply.kind != TLS_REPLY_MORE)
                return reply;
            if (n_message == sizeof message)
                return garbage;
        }
        if (there < n)
            break;
        at += 5 + n;
    }
    return bytes.n >= TLS_REPLY_MOST_BYTES ? garbage : more;
}
