/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both alphabets share one encoder and one decoder. The decoder accepts exactly what the encoder
 * writes (base64url: with or without padding): no white space, no missing padding, and the unused
 * bits of the last digit must be zero, so that one value has one text and texts can be compared.
 */
#include "base/base64.h"

static const char alphabet_std[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode(struct pail_buf *to, const uint8_t *p, size_t n, const char *alphabet, bool pad)
{
    if (n > SIZE_MAX / 4 * 3 - 3) {
        to->failed = PAIL_BUF_TOO_BIG;
        return;
    }
    size_t rest = n % 3;
    size_t len = n / 3 * 4 + (rest == 0 ? 0 : pad ? 4 : rest + 1);
    char *out = pail_buf_reserve(to, len);

    if (!out)
        return;
    for (; n >= 3; p += 3, n -= 3, out += 4) {
        uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        out[0] = alphabet[v >> 18];
        out[1] = alphabet[v >> 12 & 63];
        out[2] = alphabet[v >> 6 & 63];
        out[3] = alphabet[v & 63];
    }
    if (rest) {
        uint32_t v = (uint32_t)p[0] << 16 | (rest == 2 ? (uint32_t)p[1] << 8 : 0);
        out[0] = alphabet[v >> 18];
        out[1] = alphabet[v >> 12 & 63];
        if (rest == 2)
            out[2] = alphabet[v >> 6 & 63];
        else if (pad)
            out[2] = '=';
        if (pad)
            out[3] = '=';
    }
    pail_buf_added(to, len);
}

void pail_base64_encode(struct pail_buf *to, const void *src, size_t n)
{
    encode(to, src, n, alphabet_std, true);
}

void pail_base64url_encode(struct pail_buf *to, const void *src, size_t n)
{
    encode(to, src, n, alphabet_url, false);
}

/* 0-63, or 64 for a byte outside of the alphabet. */
static uint32_t digit_value(char c, bool url)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    if (c == (url ? '-' : '+'))
        return 62;
    if (c == (url ? '_' : '/'))
        return 63;
    return 64;
}

/* The last group of 2 to 4 digits or any group before it: n digits give n - 1 bytes. False: not
 * base64. */
static bool decode_group(const char *s, size_t n, bool url, uint8_t *out)
{
    uint32_t v = 0;

    for (size_t i = 0; i < 4; i++) {
        uint32_t d = i < n ? digit_value(s[i], url) : 0;
        if (d == 64)
            return false;
        v = v << 6 | d;
    }
    if ((n == 2 && (v & 0xffff)) || (n == 3 && (v & 0xff)))
        return false;
    out[0] = (uint8_t)(v >> 16);
    if (n > 2)
        out[1] = (uint8_t)(v >> 8);
    if (n > 3)
        out[2] = (uint8_t)v;
    return true;
}

static int decode(struct pail_buf *to, struct pail_str s, bool url, struct pail_error *err)
{
    const char *what = url ? "base64url" : "base64";
    size_t n = s.len;

    if (n % 4 == 0 && n && s.ptr[n - 1] == '=')
        n -= s.ptr[n - 2] == '=' ? 2 : 1;
    else if (n % 4 && !url)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: length %zu is no multiple of 4",
                              what, s.len);
    if (n % 4 == 1)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: cut short at %zu digits", what,
                              n);

    size_t len = n / 4 * 3 + (n % 4 ? n % 4 - 1 : 0);
    uint8_t *out = pail_buf_reserve(to, len);
    if (!out)
        return pail_buf_check(to, what, err);
    for (size_t i = 0, o = 0; i < n; i += 4, o += 3)
        if (!decode_group(s.ptr + i, n - i < 4 ? n - i : 4, url, out + o))
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE,
                                  "%s: bad digit in the group at byte %zu", what, i);
    pail_buf_added(to, len);
    return 0;
}

int pail_base64_decode(struct pail_buf *to, struct pail_str s, struct pail_error *err)
{
    return decode(to, s, false, err);
}

int pail_base64url_decode(struct pail_buf *to, struct pail_str s, struct pail_error *err)
{
    return decode(to, s, true, err);
}
