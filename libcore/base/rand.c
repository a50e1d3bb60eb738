/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/rand.c - random numbers from the kernel, or from a test's seed.
 *
 * No generator of our own: the callers (hash seeds, jitter, UUIDs, upload names) need few numbers,
 * and a user-space generator would have to survive fork. Where getrandom gives nothing, the call
 * waits for it: blocking is visible, predictable names and seeds are not.
 */
#include "base/rand.h"

#include <errno.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/thread.h"

/* Rejections in pail_rand_below; each has a chance below 1/2, so the bias left is under 2^-100. The
 * bound exists for sources that repeat themselves. */
#define BELOW_TRIES 100

static void system_bytes(void *dst, size_t n)
{
    char *p = dst;
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        } else {
            pail_sleep_ns(10 * PAIL_NS_PER_MS);
        }
    }
}

static void (*rand_source)(void *dst, size_t n) = system_bytes;

void pail_rand_bytes(void *dst, size_t n)
{
    rand_source(dst, n);
}

uint64_t pail_rand_u64(void)
{
    uint64_t v;
    pail_rand_bytes(&v, sizeof(v));
    return v;
}

uint64_t pail_rand_below(uint64_t bound)
{
    /* The high half of a 64x64 product is uniform once the low half's first 2^64 % bound values are
     * rejected. */
    uint64_t reject = (0 - bound) % bound;
    unsigned __int128 product = 0;
    for (int i = 0; i < BELOW_TRIES; i++) {
        product = (unsigned __int128)pail_rand_u64() * bound;
        if ((uint64_t)product >= reject)
            break;
    }
    return (uint64_t)(product >> 64);
}

double pail_rand_unit(void)
{
    return (double)(pail_rand_u64() >> 11) * 0x1p-53;
}

void pail_rand_uuid(char ret[37])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[16];
    pail_rand_bytes(raw, sizeof(raw));
    raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40); /* version 4 */
    raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80); /* RFC 4122 variant */

    char *out = ret;
    for (size_t i = 0; i < sizeof(raw); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[raw[i] >> 4];
        *out++ = digits[raw[i] & 15];
    }
    *out = '\0';
}

void pail_rand_set_source(void (*bytes)(void *dst, size_t n))
{
    rand_source = bytes ? bytes : system_bytes;
}
