#include "core/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/arena.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool ip_parse(struct str text, struct ip *ret)
{
    char cstr[INET6_ADDRSTRLEN];
    struct ip ip = {{0}, false};

    if (text.n == 0 || text.n >= sizeof cstr || memchr(text.p, '\0', text.n))
        return false;
    memcpy(cstr, text.p, text.n);
    cstr[text.n] = '\0';
    if (inet_pton(AF_INET, cstr, ip.bytes) == 1) {
        *ret = ip;
        return true;
    }
    if (inet_pton(AF_INET6, cstr, ip.bytes) != 1)
        return false;
    ip.is_v6 = true;
    if (memcmp(ip.bytes, mapped, sizeof mapped) == 0) {
        memmove(ip.bytes, ip.bytes + 12, 4);
        memset(ip.bytes + 4, 0, 12);
        ip.is_v6 = false;
    }
    *ret = ip;
    return true;
}

struct str ip_text(struct arena *arena, const struct ip *ip)
{
    char text[INET6_ADDRSTRLEN] = "";

    inet_ntop(ip->is_v6 ? AF_INET6 : AF_INET, ip->bytes, text, sizeof text);
    return str_dup(arena, str_of(text));
}

/* IANA's special-purpose registries; the first row that fits counts. */
static const struct {
    const char *range;
    enum ip_class class;
} special[] = {
    {"0.0.0.0/8", IP_RESERVED},
    {"10.0.0.0/8", IP_PRIVATE},
    {"100.64.0.0/10", IP_PRIVATE},
    {"127.0.0.0/8", IP_LOOPBACK},
    {"169.254.0.0/16", IP_LINK_LOCAL},
    {"172.16.0.0/12", IP_PRIVATE},
    {"192.0.0.0/24", IP_RESERVED},
    {"192.0.2.0/24", IP_DOCUMENTATION},
    {"192.88.99.0/24", IP_RESERVED},
    {"192.168.0.0/16", IP_PRIVATE},
    {"198.18.0.0/15", IP_RESERVED},
    {"198.51.100.0/24", IP_DOCUMENTATION},
    {"203.0.113.0/24", IP_DOCUMENTATION},
    {"224.0.0.0/3", IP_RESERVED},
    {"::/128", IP_RESERVED},
    {"::1/128", IP_LOOPBACK},
    {"64:ff9b:1::/48", IP_PRIVATE},
    {"100::/64", IP_RESERVED},
    {"2001:2::/48", IP_RESERVED},
    {"2001:db8::/32", IP_DOCUMENTATION},
    {"3fff::/20", IP_DOCUMENTATION},
    {"fc00::/7", IP_PRIVATE},
    {"fe80::/10", IP_LINK_LOCAL},
    {"ff00::/8", IP_RESERVED},
};

enum ip_class ip_classify(const struct ip *ip)
{
    for (size_t i = 0; i < N_OF(special); i++)
        if (ip_in(ip, str_of(special[i].range)))
            return special[i].class;
    return IP_PUBLIC;
}

const char *ip_class_word(enum ip_class c)
{
    static const char *const words[] = {"public", "documentation", "private", "loopback", "link-local", "reserved"};

    return words[c];
}

bool ip_is_unreachable(const struct ip *ip)
{
    enum ip_class c = ip_classify(ip);

    return c != IP_PUBLIC && c != IP_DOCUMENTATION;
}

struct str ip_reverse_name(struct arena *arena, const struct ip *ip)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *b = ip->bytes;

    if (!ip->is_v6)
        return str_fmt(arena, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
    char *name = arena_alloc(arena, 16 * 4 + 1);
    for (size_t i = 0; i < 16; i++) {
        name[i * 4] = hex[b[15 - i] & 15u];
        name[i * 4 + 2] = hex[b[15 - i] >> 4];
        name[i * 4 + 1] = name[i * 4 + 3] = '.';
    }
    return str_fmt(arena, "%.*sip6.arpa", 64, name);
}

bool ip_in(const struct ip *ip, struct str range)
{
    struct str rest = range, network = str_cut(&rest, '/');
    struct ip base;
    uint64_t bits;

    if (!rest.p || !ip_parse(network, &base) || !str_to_u64(rest, base.is_v6 ? 128 : 32, &bits) ||
        base.is_v6 != ip->is_v6)
        return false;
    size_t whole = (size_t)bits / 8;
    unsigned left = (unsigned)bits % 8;
    if (memcmp(ip->bytes, base.bytes, whole) != 0)
        return false;
    return left == 0 || ((ip->bytes[whole] ^ base.bytes[whole]) >> (8 - left)) == 0;
}
