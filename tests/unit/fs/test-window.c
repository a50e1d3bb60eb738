/* SPDX-License-Identifier: Apache-2.0 */
/* cache/window.c: what it promises for any pattern of reads, and that sequences get far ahead. */
#include "unit/fs/rng.h"
#include "unit/test.h"

#include "cache/window.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1) << 20)
#define MAX_WINDOW (64 * MIB)

/* A reader whose every byte arrives at once or never: what is in memory, by 4 KiB. */
struct sim {
    struct pail_window w;
    uint64_t size, read, fetched, pieces;
    unsigned char *have;
    bool slow;       /* nothing fetched ahead is there in time */
    uint64_t enough; /* for pail_window_waited */
};

static void sim_init(struct sim *s, uint64_t size)
{
    memset(s, 0, sizeof(*s));
    pail_window_init(&s->w, MAX_WINDOW);
    s->size = size;
    s->enough = UINT64_MAX;
    s->have = calloc(1, (size_t)(size / (4 * KIB)) + 1);
    assert_non_null(s->have);
}

/* Returns whether something of it was missing. */
static bool sim_fetch(struct sim *s, uint64_t start, uint64_t end)
{
    bool missing = false;
    for (uint64_t at = start / (4 * KIB); at * 4 * KIB < end; at++) {
        if (s->have[at])
            continue;
        s->have[at] = 1;
        s->fetched += 4 * KIB;
        missing = true;
    }
    return missing;
}

static struct pail_run *sim_read(struct sim *s, uint64_t offset, uint64_t n)
{
    uint64_t piece_offset, piece_length;
    struct pail_run *r = pail_window_read(&s->w, offset, n, s->size);
    s->read += n;
    if ((sim_fetch(s, offset, offset + n) || s->slow) && r->length > n)
        pail_window_waited(&s->w, r, s->enough);
    while (pail_window_next(r, s->size, MIB, 64 * KIB, &piece_offset, &piece_length)) {
        assert_true(piece_length > 0);
        assert_true(piece_offset + piece_length <= s->size);
        assert_true(piece_length <= MIB);
        sim_fetch(s, piece_offset, piece_offset + piece_length);
        s->pieces++;
    }
    assert_true(r->window <= MAX_WINDOW);
    return r;
}

static void test_sequential(void **state)
{
    struct sim s;
    sim_init(&s, 256 * MIB);
    s.slow = true;
    struct pail_run *r = NULL;
    for (uint64_t at = 0; at < 128 * MIB; at += 128 * KIB) {
        struct pail_run *now = sim_read(&s, at, 128 * KIB);
        assert_true(!r || now == r);
        r = now;
        /* What was never asked for is never missing. */
        assert_true(r->ahead >= at + 128 * KIB);
    }
    assert_int_equal(r->window, MAX_WINDOW);
    assert_int_equal(r->wasted, 0);
    assert_true(s.fetched <= s.read + MAX_WINDOW);
    free(s.have);
}

/* Who never waits gets the first window, and slowly more in a long sequence. */
static void test_fast_enough(void **state)
{
    struct sim s;
    sim_init(&s, 256 * MIB);
    for (uint64_t at = 0; at < 128 * MIB; at += 128 * KIB) {
        uint64_t steady = pail_min_u64((at + 128 * KIB) / 4, PAIL_WINDOW_STEADY);
        assert_int_equal(sim_read(&s, at, 128 * KIB)->window,
                         pail_max_u64(PAIL_WINDOW_FIRST, steady));
    }
    free(s.have);
}

static void test_first_read_of_a_small_file(void **state)
{
    struct sim s;
    sim_init(&s, 300 * KIB);
    sim_read(&s, 0, 128 * KIB);
    assert_int_equal(s.fetched, 300 * KIB);
    free(s.have);
}

static void test_random_fetches_nothing_ahead(void **state)
{
    struct rng rng = {1};
    struct sim s;
    sim_init(&s, 1024 * MIB);
    for (int i = 0; i < 1000; i++)
        sim_read(&s, 8 * MIB + rng_below(&rng, 1000) * MIB, 4 * KIB);
    assert_true(s.fetched <= s.read + 100 * KIB);
    free(s.have);
}

static void test_two_streams(void **state)
{
    struct sim s;
    sim_init(&s, 512 * MIB);
    s.slow = true;
    struct pail_run *a = NULL, *b = NULL;
    for (uint64_t at = 0; at < 32 * MIB; at += 128 * KIB) {
        a = sim_read(&s, at, 128 * KIB);
        b = sim_read(&s, 256 * MIB + at, 128 * KIB);
    }
    assert_true(a != b);
    assert_true(a->window >= 16 * MIB && b->window >= 16 * MIB);
    free(s.have);
}

/* Where a window arrives as fast as it is read, waiting makes it no larger than a long sequence has
 * it. */
static void test_enough(void **state)
{
    struct sim s;
    sim_init(&s, 512 * MIB);
    s.slow = true;
    s.enough = 0;
    uint64_t at = 0, window = 0;
    for (; at < 256 * MIB; at += 128 * KIB)
        window = sim_read(&s, at, 128 * KIB)->window;
    assert_int_equal(window, PAIL_WINDOW_STEADY);
    s.enough = 40 * MIB;
    for (; at < 300 * MIB; at += 128 * KIB)
        window = sim_read(&s, at, 128 * KIB)->window;
    assert_int_equal(window, 40 * MIB);
    s.enough = 0; /* what was needed once is kept */
    assert_int_equal(sim_read(&s, at, 128 * KIB)->window, 40 * MIB);
    free(s.have);
}

/* As the kernel's read-ahead delivers a sequence: by twos, the second first. */
static void reordered(uint64_t n)
{
    struct sim s;
    sim_init(&s, 256 * MIB);
    s.slow = true;
    struct pail_run *r = NULL;
    for (uint64_t at = 0; at < 64 * MIB; at += 2 * n) {
        struct pail_run *now = sim_read(&s, at + n, n);
        assert_true(!r || now == r);
        r = now;
        assert_ptr_equal(sim_read(&s, at, n), r);
    }
    assert_int_equal(r->length, 64 * MIB);
    assert_true(r->window >= 16 * MIB);
    free(s.have);
}

static void test_reordered(void **state)
{
    reordered(128 * KIB);
    reordered(MIB);
}

/* A pattern out of a few habits: sequences, strides, jumps, steps back. */
static void pattern(struct sim *s, uint64_t seed)
{
    struct rng rng = {seed};
    uint64_t at = rng_below(&rng, 3) ? rng_below(&rng, s->size / 2) : 0, starts = 0;
    s->slow = rng_below(&rng, 2);
    uint64_t stride = rng_below(&rng, 600 * KIB), n = 4 * KIB << rng_below(&rng, 9);
    for (int i = 0; i < 400; i++) {
        at = at / (4 * KIB) * (4 * KIB);
        if (at + n > s->size)
            at = 0;
        starts += at == 0;
        sim_read(s, at, n);
        switch (rng_below(&rng, 12)) {
        case 0:
            at = rng_below(&rng, s->size - n);
            break;
        case 1:
            at -= pail_min_u64(at, rng_below(&rng, 2 * MIB));
            break;
        case 2:
            stride = rng_below(&rng, 600 * KIB);
            break;
        case 3:
            n = 4 * KIB << rng_below(&rng, 9);
            break;
        default:
            at += n + (seed % 2 ? stride : 0);
            break;
        }
    }
    assert_true(s->fetched <= 2 * s->read + starts * PAIL_WINDOW_FIRST);
}

static void test_bound(void **state)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct sim s;
        sim_init(&s, 200 * MIB);
        pattern(&s, seed);
        free(s.have);
    }
}

/* The worst for a window: regular steps that skip most of what lies between. */
static void test_strides(void **state)
{
    for (uint64_t stride = 8 * KIB; stride <= MIB; stride *= 2) {
        struct sim s;
        sim_init(&s, 1024 * MIB);
        s.slow = true;
        for (uint64_t at = 0; at + 4 * KIB < s.size; at += stride)
            sim_read(&s, at, 4 * KIB);
        assert_true(s.fetched <= 2 * s.read + PAIL_WINDOW_FIRST);
        free(s.have);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_sequential), cmocka_unit_test(test_fast_enough),
               cmocka_unit_test(test_first_read_of_a_small_file),
               cmocka_unit_test(test_random_fetches_nothing_ahead),
               cmocka_unit_test(test_two_streams), cmocka_unit_test(test_enough),
               cmocka_unit_test(test_reordered), cmocka_unit_test(test_bound),
               cmocka_unit_test(test_strides))
