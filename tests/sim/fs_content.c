/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents as ranges of writes. A version costs a few dozen bytes however large the file is, and a
 * byte that is wrong tells which write it came from or that it came from none.
 */
#include "sim/fs_content.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/report.h"
#include "sim/rng.h"

static struct fsc *make(uint64_t size, unsigned room)
{
    struct fsc *c = calloc(1, sizeof *c + room * sizeof c->ranges[0]);
    if (!c)
        sim_fail("out of memory");
    c->size = size;
    return c;
}

static void add(struct fsc *c, uint64_t at, uint64_t end, uint64_t token)
{
    if (at < end && token)
        c->ranges[c->n++] = (struct fsc_range){.at = at, .end = end, .token = token};
}

const struct fsc *fsc_empty(void)
{
    static const struct fsc empty;
    return &empty;
}

/* [at, end) gets another token; the rest stays. */
static const struct fsc *paint(const struct fsc *c, uint64_t at, uint64_t end, uint64_t token,
                               uint64_t size)
{
    struct fsc *r = make(size, c->n + 2);
    unsigned i = 0;
    for (; i < c->n && c->ranges[i].at < at; i++)
        add(r, c->ranges[i].at, pail_min_u64(c->ranges[i].end, at), c->ranges[i].token);
    add(r, at, end, token);
    for (i = i ? i - 1 : 0; i < c->n; i++)
        add(r, pail_max_u64(c->ranges[i].at, end), c->ranges[i].end, c->ranges[i].token);
    return r;
}

const struct fsc *fsc_write(const struct fsc *c, uint64_t at, uint64_t n, uint64_t token)
{
    return n ? paint(c, at, at + n, token, pail_max_u64(c->size, at + n)) : c;
}

const struct fsc *fsc_truncate(const struct fsc *c, uint64_t size)
{
    struct fsc *r = make(size, c->n);
    for (unsigned i = 0; i < c->n; i++)
        add(r, c->ranges[i].at, pail_min_u64(c->ranges[i].end, size), c->ranges[i].token);
    return r;
}

const struct fsc *fsc_zero(const struct fsc *c, uint64_t at, uint64_t n, bool keep_size)
{
    uint64_t size = keep_size ? c->size : pail_max_u64(c->size, at + n);
    return paint(c, at, at + n, 0, size);
}

static unsigned char byte_at(uint64_t token, uint64_t at)
{
    uint64_t word = sim_mix(token * UINT64_C(0x9e3779b97f4a7c15) + at / 8);
    return token ? (unsigned char)(word >> (at % 8 * 8)) : 0;
}

void fsc_fill(uint64_t token, uint64_t at, void *dst, size_t n)
{
    unsigned char *p = dst;
    size_t i = 0;
    for (; i < n && (at + i) % 8; i++)
        p[i] = byte_at(token, at + i);
    for (; i + 8 <= n; i += 8) {
        uint64_t word = token ? sim_mix(token * UINT64_C(0x9e3779b97f4a7c15) + (at + i) / 8) : 0;
        memcpy(p + i, &word, 8);
    }
    for (; i < n; i++)
        p[i] = byte_at(token, at + i);
}

static bool same_run(uint64_t token, uint64_t at, const unsigned char *p, uint64_t n,
                     uint64_t *ret_bad)
{
    unsigned char expected[4096];
    while (n) {
        size_t len = (size_t)pail_min_u64(n, sizeof expected);
        fsc_fill(token, at, expected, len);
        if (memcmp(p, expected, len) != 0) {
            size_t i = 0;
            while (p[i] == expected[i])
                i++;
            *ret_bad = at + i;
            return false;
        }
        at += len;
        p += len;
        n -= len;
    }
    return true;
}

bool fsc_same(const struct fsc *c, uint64_t at, const void *bytes, size_t n, uint64_t *ret_bad)
{
    const unsigned char *p = bytes;
    uint64_t bad, end = at + n, pos = at;
    if (!ret_bad)
        ret_bad = &bad;
    for (unsigned i = 0; i < c->n && pos < end; i++) {
        const struct fsc_range *r = &c->ranges[i];
        if (r->end <= pos)
            continue;
        uint64_t gap = pail_min_u64(pail_max_u64(r->at, pos), end);
        if (!same_run(0, pos, p + (pos - at), gap - pos, ret_bad))
            return false;
        pos = gap;
        uint64_t stop = pail_min_u64(r->end, end);
        if (pos < stop && !same_run(r->token, pos, p + (pos - at), stop - pos, ret_bad))
            return false;
        pos = pail_max_u64(pos, stop);
    }
    return pos >= end || same_run(0, pos, p + (pos - at), end - pos, ret_bad);
}

/* The next range from *i on, together with those that continue it. */
static bool next_range(const struct fsc *c, unsigned *i, struct fsc_range *ret)
{
    if (*i == c->n)
        return false;
    *ret = c->ranges[(*i)++];
    while (*i < c->n && c->ranges[*i].at == ret->end && c->ranges[*i].token == ret->token)
        ret->end = c->ranges[(*i)++].end;
    return true;
}

bool fsc_equal(const struct fsc *a, const struct fsc *b)
{
    if (a == b)
        return true;
    if (a->size != b->size)
        return false;
    struct fsc_range ra, rb;
    unsigned i = 0, k = 0;
    while (next_range(a, &i, &ra))
        if (!next_range(b, &k, &rb) || ra.at != rb.at || ra.end != rb.end || ra.token != rb.token)
            return false;
    return !next_range(b, &k, &rb);
}

void fsc_describe(const struct fsc *c, char *to, size_t cap)
{
    size_t n = (size_t)snprintf(to, cap, "%llu bytes", (unsigned long long)c->size);
    for (unsigned i = 0; i < c->n && n < cap; i++)
        n += (size_t)snprintf(to + n, cap - n, "%s %llu-%llu w%llu", i ? "," : ":",
                              (unsigned long long)c->ranges[i].at,
                              (unsigned long long)c->ranges[i].end - 1,
                              (unsigned long long)c->ranges[i].token);
}
