/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing is strict where laxness is a way to talk to the wrong host: a byte that RFC 3986 allows
 * nowhere (controls, blanks, backslash, anything beyond ASCII) refuses the whole text, as does a
 * second '@' or a host that is not a registered name or an address. Percent sequences are not
 * decoded here: components keep their encoding.
 *
 * Error texts carry neither user information nor query, because both are credentials often enough.
 */
#include "base/uri.h"

#include <arpa/inet.h>

#include "base/str.h"

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_unreserved(char c)
{
    return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

static bool is_sub_delim(char c)
{
    return c && strchr("!$&'()*+,;=", c);
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void pail_uri_encode(struct pail_buf *to, struct pail_str s, enum pail_uri_safe safe)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t from = 0;

    /* Runs that stay as they are go over in one piece: keys are mostly that. */
    for (size_t i = 0; i <= s.len; i++) {
        if (i < s.len && (is_unreserved(s.ptr[i]) || (s.ptr[i] == '/' && safe == PAIL_URI_PATH)))
            continue;
        pail_buf_str(to, pail_str_sub(s, from, i - from));
        from = i + 1;
        if (i == s.len)
            break;
        uint8_t c = (uint8_t)s.ptr[i];
        pail_buf_append(to, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
    }
}

void pail_uri_decode(struct pail_buf *to, struct pail_str s, bool plus_is_space)
{
    for (size_t i = 0; i < s.len; i++) {
        int high, low;
        if (s.ptr[i] == '%' && s.len - i > 2 && (high = hex_value(s.ptr[i + 1])) >= 0 &&
            (low = hex_value(s.ptr[i + 2])) >= 0) {
            pail_buf_char(to, (char)(high << 4 | low));
            i += 2;
        } else if (s.ptr[i] == '+' && plus_is_space) {
            pail_buf_char(to, ' ');
        } else {
            pail_buf_char(to, s.ptr[i]);
        }
    }
}

unsigned pail_uri_default_port(struct pail_str scheme)
{
    if (pail_str_ieq(scheme, PAIL_STR("https")))
        return 443;
    if (pail_str_ieq(scheme, PAIL_STR("http")))
        return 80;
    return 0;
}

/* "arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME" or "...:outpost/ID/accesspoint/NAME" at the start,
 * in place of a bucket's name: its length; 0: none. The slashes may be colons. */
static size_t arn_length(struct pail_str s)
{
    size_t at = 0, parts;

    if (!pail_str_starts(s, PAIL_STR("arn:")))
        return 0;
    for (unsigned i = 0; i < 5; i++) {
        size_t colon = pail_str_find(pail_str_from(s, at), ':');
        if (colon == SIZE_MAX)
            return 0;
        at += colon + 1;
    }
    if (pail_str_starts(pail_str_from(s, at), PAIL_STR("accesspoint")))
        parts = 2;
    else if (pail_str_starts(pail_str_from(s, at), PAIL_STR("outpost")))
        parts = 4;
    else
        return 0;
    for (; at < s.len; at++) {
        if ((s.ptr[at] == '/' || s.ptr[at] == ':') && --parts == 0)
            return at;
    }
    return parts == 1 ? at : 0;
}

bool pail_uri_parse_s3(struct pail_str text, struct pail_str *ret_bucket, struct pail_str *ret_key)
{
    if (!pail_str_starts(text, PAIL_STR("s3://")))
        return false;
    struct pail_str rest = pail_str_from(text, 5);
    size_t arn = arn_length(rest), slash = arn ? arn : pail_str_find(rest, '/');
    if (slash == 0 || rest.len == 0)
        return false;
    if (slash == SIZE_MAX)
        slash = rest.len;
    *ret_bucket = pail_strn(rest.ptr, slash);
    *ret_key = slash < rest.len ? pail_strn(rest.ptr + slash + 1, rest.len - slash - 1)
                                : pail_strn(rest.ptr + slash, 0);
    return true;
}

static bool is_address(struct pail_str host, int family)
{
    char z[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (host.len == 0 || host.len >= sizeof(z) || memchr(host.ptr, '\0', host.len))
        return false;
    memcpy(z, host.ptr, host.len);
    z[host.len] = '\0';
    return inet_pton(family, z, &address) == 1;
}

bool pail_uri_is_ip(struct pail_str host)
{
    return is_address(host, AF_INET) || is_address(host, AF_INET6);
}

bool pail_uri_is_host_label(struct pail_str s)
{
    if (s.len < 1 || s.len > 63 || s.ptr[0] == '-' || s.ptr[s.len - 1] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_alpha(s.ptr[i]) && !is_digit(s.ptr[i]) && s.ptr[i] != '-')
            return false;
    return true;
}

/* ---- Parsing: each step takes its part off the front of the rest, or says why it cannot. ---- */

static const char *take_scheme(struct pail_str *rest, struct pail_uri *u)
{
    size_t n = pail_str_find_str(*rest, PAIL_STR("://"));

    if (n == SIZE_MAX || n == 0 || !is_alpha(rest->ptr[0]))
        return "no scheme";
    for (size_t i = 0; i < n; i++) {
        char c = rest->ptr[i];
        if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
            return "no scheme";
    }
    u->scheme = pail_strn(rest->ptr, n);
    *rest = pail_str_from(*rest, n + 3);
    return NULL;
}

/* From the back: fragment, then query, so that a '?' in a fragment is the fragment's. */
static void cut_tail(struct pail_str *rest, struct pail_uri *u)
{
    size_t n = pail_str_find(*rest, '#');
    if (n != SIZE_MAX) {
        u->fragment = pail_strn(rest->ptr + n + 1, rest->len - n - 1);
        rest->len = n;
    }
    n = pail_str_find(*rest, '?');
    if (n != SIZE_MAX) {
        u->query = pail_strn(rest->ptr + n + 1, rest->len - n - 1);
        rest->len = n;
    }
    n = pail_str_find(*rest, '/');
    if (n == SIZE_MAX)
        n = rest->len;
    u->path = pail_strn(rest->ptr + n, rest->len - n);
    rest->len = n;
}

static const char *parse_port(struct pail_str s, struct pail_uri *u)
{
    uint64_t port;

    if (s.len == 0) /* "http://h:/" is allowed and means none */
        return NULL;
    if (!pail_str_to_u64(s, &port) || port < 1 || port > 65535)
        return "bad port";
    u->port = (unsigned)port;
    return NULL;
}

static const char *parse_host(struct pail_str s, struct pail_uri *u)
{
    if (s.len && s.ptr[0] == '[') {
        size_t end = pail_str_find(s, ']');
        if (end == SIZE_MAX || !is_address(pail_str_sub(s, 1, end - 1), AF_INET6))
            return "bad IPv6 address";
        u->host = pail_str_sub(s, 1, end - 1);
        u->host_is_ipv6 = true;
        s = pail_str_from(s, end + 1);
        if (s.len && s.ptr[0] != ':')
            return "text after the IPv6 address";
        return s.len ? parse_port(pail_str_from(s, 1), u) : NULL;
    }

    size_t colon = pail_str_find(s, ':');
    u->host = pail_str_sub(s, 0, colon == SIZE_MAX ? s.len : colon);
    if (u->host.len == 0)
        return "no host";
    for (size_t i = 0; i < u->host.len; i++) {
        char c = u->host.ptr[i];
        if (!is_unreserved(c) && !is_sub_delim(c) && c != '%')
            return "bad character in the host";
    }
    return colon == SIZE_MAX ? NULL : parse_port(pail_str_from(s, colon + 1), u);
}

static const char *check_bytes(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c <= ' ' || c > '~' || strchr("\"<>\\^`{|}", c))
            return "contains a character that must be percent-encoded";
    }
    return NULL;
}

static const char *parse(struct pail_str text, struct pail_uri *u)
{
    struct pail_str rest = text;
    const char *why = check_bytes(text);

    if (!why)
        why = take_scheme(&rest, u);
    if (why)
        return why;
    cut_tail(&rest, u);
    size_t at = pail_str_find(rest, '@');
    if (at != SIZE_MAX) {
        u->userinfo = pail_strn(rest.ptr, at);
        rest = pail_str_from(rest, at + 1);
    }
    return parse_host(rest, u);
}

/* The part of the text that may be shown: neither what stands before the last '@' nor the query. */
static struct pail_str showable(struct pail_str text)
{
    size_t n = pail_str_find(text, '?');
    if (n != SIZE_MAX)
        text.len = n;
    n = pail_str_rfind(text, '@');
    if (n != SIZE_MAX)
        text = pail_str_from(text, n + 1);
    return pail_str_sub(text, 0, 200);
}

int pail_uri_parse(struct pail_str text, struct pail_uri *ret, struct pail_error *err)
{
    struct pail_uri u = {0};
    const char *why = parse(text, &u);

    if (why) {
        struct pail_str shown = showable(text);
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_PARSE, "URL \"%.*s\": %s",
                              PAIL_STR_ARG(shown), why);
    }
    *ret = u;
    return 0;
}
