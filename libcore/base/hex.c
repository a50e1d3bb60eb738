/* SPDX-License-Identifier: Apache-2.0 */
/* Table-free on the decoding side: the accepted alphabet is short enough to be read in the code. */
#include "base/hex.h"

void pail_hex_encode(const void *src, size_t n, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = src;

    for (size_t i = 0; i < n; i++) {
        ret[2 * i] = digits[p[i] >> 4];
        ret[2 * i + 1] = digits[p[i] & 15];
    }
    ret[2 * n] = '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool pail_hex_decode(struct pail_str s, void *ret, size_t n)
{
    uint8_t *out = ret;

    if (n > SIZE_MAX / 2 || s.len != 2 * n)
        return false;
    /* Checked first, so that a bad text leaves the output untouched. */
    for (size_t i = 0; i < s.len; i++)
        if (digit_value(s.ptr[i]) < 0)
            return false;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(digit_value(s.ptr[2 * i]) << 4 | digit_value(s.ptr[2 * i + 1]));
    return true;
}
