/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/str.c - helpers over views.
 *
 * Bytes, never the locale: S3 sorts keys by byte, headers fold ASCII case only. The empty view may
 * have a NULL pointer, which the functions of string.h must not see; hence the length tests.
 */
#include "base/str.h"

#include "base/utf8.h"

static unsigned char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : (unsigned char)c;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

int pail_str_cmp(struct pail_str a, struct pail_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

bool pail_str_eqz(struct pail_str a, const char *z)
{
    return pail_str_eq(a, pail_str(z));
}

bool pail_str_ieq(struct pail_str a, struct pail_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    }
    return true;
}

bool pail_str_starts(struct pail_str s, struct pail_str prefix)
{
    return s.len >= prefix.len && pail_str_eq(pail_strn(s.ptr, prefix.len), prefix);
}

bool pail_str_ends(struct pail_str s, struct pail_str suffix)
{
    return s.len >= suffix.len && pail_str_eq(pail_str_from(s, s.len - suffix.len), suffix);
}

size_t pail_str_find(struct pail_str s, char c)
{
    const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

size_t pail_str_rfind(struct pail_str s, char c)
{
    const char *hit = s.len ? memrchr(s.ptr, c, s.len) : NULL;
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

size_t pail_str_find_str(struct pail_str s, struct pail_str needle)
{
    if (needle.len == 0)
        return 0;
    const char *hit = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

struct pail_str pail_str_sub(struct pail_str s, size_t from, size_t len)
{
    s = pail_str_from(s, from);
    if (len < s.len)
        s.len = len;
    return s;
}

struct pail_str pail_str_from(struct pail_str s, size_t from)
{
    if (from > s.len)
        from = s.len;
    return from ? pail_strn(s.ptr + from, s.len - from) : s;
}

struct pail_str pail_str_trim(struct pail_str s)
{
    while (s.len && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool pail_str_split(struct pail_str *rest, char sep, struct pail_str *ret)
{
    if (!rest->ptr)
        return false;
    size_t at = pail_str_find(*rest, sep);
    if (at == SIZE_MAX) {
        *ret = *rest;
        *rest = pail_strn(NULL, 0);
    } else {
        struct pail_str whole = *rest;
        *rest = pail_str_from(whole, at + 1);
        *ret = pail_strn(whole.ptr, at);
    }
    return true;
}

bool pail_str_to_u64(struct pail_str s, uint64_t *ret)
{
    uint64_t v = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.ptr[i] - '0'), &v))
            return false;
    }
    *ret = v;
    return true;
}

bool pail_str_to_i64(struct pail_str s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t v;
    if (!pail_str_to_u64(pail_str_from(s, negative), &v))
        return false;
    if (v > (uint64_t)INT64_MAX + negative)
        return false;
    *ret = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool pail_str_is_utf8(struct pail_str s)
{
    uint32_t character;
    while (s.len > 0) {
        size_t n = pail_utf8_decode(s, &character);
        if (n == 0)
            return false;
        s = pail_str_from(s, n);
    }
    return true;
}
