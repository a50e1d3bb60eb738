/* SPDX-License-Identifier: Apache-2.0 */
/* cache/: many readers at once. */
#include <stdatomic.h>

#include "base/thread.h"
#include "cache/open.h"
#include "unit/fs/reader-rig.h"
#include "unit/fs/rng.h"

#define THREADS 8

struct crew {
    struct rig *r;
    void (*run)(struct crew *c, unsigned number, struct rng *rng);
    _Atomic unsigned next;
    _Atomic uint64_t stale;
    _Atomic bool stop;
    uint64_t size;
};

static void crew_thread(void *arg)
{
    struct crew *c = arg;
    unsigned number = c->next++;
    struct rng rng = {number * 7919};
    c->run(c, number, &rng);
}

static void crew_work(struct crew *c, unsigned n)
{
    struct pail_thread *threads[THREADS];
    for (unsigned i = 0; i < n; i++)
        assert_ok(pail_thread_start(&threads[i], "crew", crew_thread, c, NULL), NULL);
    for (unsigned i = 0; i < n; i++)
        pail_thread_join(threads[i]);
}

/* ---- One version, many readers ---- */

static void read_all(struct crew *c, unsigned number, struct rng *rng)
{
    char etag[64];
    struct pail_reader_args a = rig_args(c->r, "k", 0);
    a.etag = pail_str(s3_fixture_etag(&c->r->f, "k", etag));
    a.size = c->size;
    struct pail_reader *rd = rig_open_args(c->r, &a, NULL, NULL);
    for (uint64_t at = 0; at < c->size; at += 128 * KIB)
        rig_expect(rd, at, 128 * KIB, pail_min_u64(128 * KIB, c->size - at), 1);
    pail_reader_close(rd);
}

static void test_shared(void **state)
{
    struct rig r;
    struct crew c = {.r = &r, .run = read_all, .size = 12 * MIB + 5};
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", c.size, 1);
    crew_work(&c, THREADS);
    struct pail_cache_stats st;
    pail_cache_stats(r.cache, &st);
    /* Closing cancels what was fetched ahead, so a little may come twice. */
    assert_true(st.bytes_fetched <= c.size + 4 * MIB);
    assert_int_equal(st.bytes_read, THREADS * c.size);
    rig_stop(&r);
}

/* One reader, used by many threads. */
static struct pail_reader *common;
static void read_common(struct crew *c, unsigned number, struct rng *rng)
{
    for (int i = 0; i < 60; i++) {
        uint64_t at = rng_below(rng, c->size), n = 1 + rng_below(rng, 200 * KIB);
        rig_expect(common, at, n, pail_min_u64(n, c->size - at), 1);
    }
}

static void test_one_reader_many_threads(void **state)
{
    struct rig r;
    struct crew c = {.r = &r, .run = read_common, .size = 30 * MIB};
    rig_start(&r, 8 * MIB);
    s3_fixture_store_fill(&r.f, "k", c.size, 1);
    common = rig_open(&r, "k", RIG_READ, NULL, NULL);
    crew_work(&c, THREADS);
    pail_reader_close(common);
    rig_stop(&r);
}

/* Opened, read a little, closed while the rest is on its way; others open it that moment. */
static void open_and_close(struct crew *c, unsigned number, struct rng *rng)
{
    char etag[64];
    s3_fixture_etag(&c->r->f, "k", etag);
    for (int i = 0; i < 25; i++) {
        struct pail_reader_args a = rig_args(c->r, "k", rng_below(rng, 2) ? RIG_READ : 0);
        a.etag = pail_str(etag);
        a.size = c->size;
        struct pail_reader *rd = rig_open_args(c->r, &a, NULL, NULL);
        for (uint64_t k = rng_below(rng, 4), at = 0; k; k--, at += 100 * KIB)
            rig_expect(rd, at, 100 * KIB, 100 * KIB, 1);
        if (rng_below(rng, 2))
            rig_expect(rd, rng_below(rng, c->size - KIB), KIB, KIB, 1);
        pail_reader_close(rd);
    }
}

static void test_coming_and_going(void **state)
{
    struct rig r;
    struct crew c = {.r = &r, .run = open_and_close, .size = 10 * MIB};
    rig_start(&r, 8 * MIB);
    s3_fixture_store_fill(&r.f, "k", c.size, 1);
    crew_work(&c, THREADS);
    rig_stop(&r);
}

/* ---- Versions under way ---- */

#define SEEDS 3
static char etags[SEEDS][64];

static void read_one_version(struct crew *c, unsigned number, struct rng *rng)
{
    if (number == 0) { /* the other host */
        for (int i = 0; i < 60; i++) {
            s3_fixture_store_fill(&c->r->f, "k", c->size, rng_below(rng, SEEDS));
            pail_sleep_ns(3 * 1000 * 1000);
        }
        c->stop = true;
        return;
    }
    while (!c->stop) {
        struct pail_reader *rd = rig_open(c->r, "k", RIG_READ, NULL, NULL);
        uint64_t seed = 0;
        while (seed < SEEDS && !pail_str_eqz(pail_reader_etag(rd), etags[seed]))
            seed++;
        assert_true(seed < SEEDS);
        int rc = 0;
        for (uint64_t at = 0; at < c->size && !rc; at += 300 * KIB) {
            rc = rig_try(rd, at, 300 * KIB, pail_min_u64(300 * KIB, c->size - at), seed);
            assert_true(rc == 0 || rc == PAIL_E_FS_STALE);
        }
        c->stale += rc != 0;
        pail_reader_close(rd);
    }
}

static void test_never_a_mixture(void **state)
{
    struct rig r;
    struct crew c = {.r = &r, .run = read_one_version, .size = 4 * MIB};
    rig_start(&r, 0);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        s3_fixture_store_fill(&r.f, "k", c.size, seed);
        s3_fixture_etag(&r.f, "k", etags[seed]);
    }
    crew_work(&c, 5);
    print_message("%llu readers lost their version\n", (unsigned long long)c.stale);
    rig_stop(&r);
}

/* ---- The budget ---- */

static void read_own_file(struct crew *c, unsigned number, struct rng *rng)
{
    char key[16];
    snprintf(key, sizeof(key), "k%u", number);
    struct pail_reader *rd = rig_open(c->r, key, RIG_READ, NULL, NULL);
    for (uint64_t at = 0; at < c->size; at += 128 * KIB)
        rig_expect(rd, at, 128 * KIB, 128 * KIB, number);
    pail_reader_close(rd);
}

/* Sequential readers in too little memory: the budget holds, and they do not throw out what the
 * others fetched ahead. */
static void test_budget(void **state)
{
    struct rig r;
    struct crew c = {.r = &r, .run = read_own_file, .size = 16 * MIB};
    rig_start(&r, 8 * MIB);
    for (unsigned i = 0; i < THREADS; i++) {
        char key[16];
        snprintf(key, sizeof(key), "k%u", i);
        s3_fixture_store_fill(&r.f, key, c.size, i);
    }
    crew_work(&c, THREADS);
    struct pail_cache_stats st;
    pail_cache_stats(r.cache, &st);
    print_message("peak %llu KiB of %llu, fetched %.2f times\n",
                  (unsigned long long)(st.peak / KIB), (unsigned long long)(st.limit / KIB),
                  (double)st.bytes_fetched / (double)st.bytes_read);
    /* By force: what one open and one read of each need. */
    assert_true(st.peak <= st.limit + THREADS * (MIB + 256 * KIB));
    assert_true(st.bytes_fetched <= st.bytes_read * 21 / 20);
    rig_stop(&r);
}

/* A long sequence leaves the memory to others: it goes through its window and what is behind it. */
static void test_long_sequence(void **state)
{
    struct rig r;
    uint64_t size = 160 * MIB;
    struct pail_cache_stats st;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", size, 1);
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
    for (uint64_t at = 0; at < size; at += MIB)
        rig_expect(rd, at, MIB, MIB, 1);
    pail_cache_stats(r.cache, &st);
    print_message("peak %llu MiB of %llu\n", (unsigned long long)(st.peak / MIB),
                  (unsigned long long)(st.limit / MIB));
    assert_int_equal(st.bytes_fetched, size);
    /* Slow machines may have what answers that take long need. */
    uint64_t window = pail_max_u64(rd->window.runs[0].window, PAIL_WINDOW_STEADY);
    assert_int_equal(rd->window.runs[0].length, size);
    assert_true(st.peak <= window + 48 * MIB);
    /* What was read last is there. */
    rig_expect(rd, size - 4 * MIB, MIB, MIB, 1);
    pail_cache_stats(r.cache, &st);
    assert_int_equal(st.bytes_fetched, size);
    pail_reader_close(rd);
    rig_stop(&r);
}

static void read_at_random(struct crew *c, unsigned number, struct rng *rng)
{
    struct pail_reader *rd = rig_open(c->r, "k", RIG_READ, NULL, NULL);
    for (int i = 0; i < 60; i++)
        rig_expect(rd, rng_below(rng, c->size - 64 * KIB), 64 * KIB, 64 * KIB, 1);
    pail_reader_close(rd);
}

static void test_random_in_little_memory(void **state)
{
    struct rig r;
    struct crew c = {.r = &r, .run = read_at_random, .size = 60 * MIB};
    rig_start(&r, 8 * MIB);
    s3_fixture_store_fill(&r.f, "k", c.size, 1);
    crew_work(&c, THREADS);
    struct pail_cache_stats st;
    pail_cache_stats(r.cache, &st);
    assert_true(st.peak <= st.limit + THREADS * (MIB + 256 * KIB));
    rig_stop(&r);
}

/* ---- A read whose first half is there ---- */

struct late {
    struct pail_mutex lock;
    struct pail_cond cond;
    bool finished;
    size_t n;
    char *data;
    int code;
};

static void late_done(void *ud, const struct pail_bytes *segments, size_t n,
                      const struct pail_error *err)
{
    struct late *l = ud;
    for (size_t i = 0; i < n; i++) {
        memcpy(l->data + l->n, segments[i].ptr, segments[i].len);
        l->n += segments[i].len;
    }
    pail_mutex_lock(&l->lock);
    l->code = err ? err->code : 0;
    l->finished = true;
    pail_cond_signal(&l->cond);
    pail_mutex_unlock(&l->lock);
}

/* While it waits for the other half, nothing of the first may be evicted. */
static void test_half_is_there(void **state)
{
    struct rig r;
    struct late l = {.finished = false};
    char etag[64], *expected = malloc(MIB);
    rig_start(&r, 8 * MIB);
    pail_mutex_init(&l.lock, "late", PAIL_RANK_LEAF);
    pail_cond_init(&l.cond);
    l.data = malloc(MIB);
    s3_fixture_store_fill(&r.f, "k", 40 * MIB, 1);
    s3_fixture_store_fill(&r.f, "other", 40 * MIB, 2);
    struct pail_reader_args a = rig_args(&r, "k", 0);
    a.etag = pail_str(s3_fixture_etag(&r.f, "k", etag));
    a.size = 40 * MIB;
    struct pail_reader *rd = rig_open_args(&r, &a, NULL, NULL);
    rig_expect(rd, 20 * MIB, 512 * KIB, 512 * KIB, 1);
    s3_fixture_faults(&r.f, "op=GetObject key=k count=0 stall=700");
    pail_reader_read(rd, 20 * MIB, MIB, late_done, &l);
    struct pail_reader *other = rig_open(&r, "other", RIG_READ, NULL, NULL);
    for (uint64_t at = 0; at < 40 * MIB; at += 512 * KIB)
        rig_expect(other, at, 512 * KIB, 512 * KIB, 2);
    pail_reader_close(other);
    pail_mutex_lock(&l.lock);
    while (!l.finished)
        pail_cond_wait(&l.cond, &l.lock);
    pail_mutex_unlock(&l.lock);
    assert_int_equal(l.code, 0);
    assert_int_equal(l.n, MIB);
    s3_fixture_fill(expected, MIB, 20 * MIB, 1);
    assert_memory_equal(l.data, expected, MIB);
    pail_reader_close(rd);
    pail_cond_done(&l.cond);
    pail_mutex_done(&l.lock);
    free(l.data);
    free(expected);
    rig_stop(&r);
}

/* ---- Thousands of extents ---- */

static void test_many_extents(void **state)
{
    struct rig r;
    struct pail_version *v = NULL;
    struct pail_extent *x = NULL;
    rig_start(&r, 256 * MIB);
    pail_mutex_lock(&r.cache->lock);
    assert_ok(pail_version_get_locked(r.cache, &r.f.volume, PAIL_STR("k"), PAIL_STR("\"e\""),
                                      PAIL_STR(""), UINT64_C(1) << 33, &v, NULL),
              NULL);
    v->readers = 1;
    struct rng rng = {1};
    unsigned n = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t offset = rng_below(&rng, UINT64_C(1) << 17) * 64 * KIB;
        size_t at = pail_version_find_locked(v, offset);
        bool free_place = at == v->n_extents || v->extents[at]->offset >= offset + 64 * KIB;
        assert_ok(
            pail_extent_new_locked(r.cache, offset, 64 * KIB, PAIL_BLOCK_SMALL, true, &x, NULL),
            NULL);
        at = pail_version_find_locked(v, offset); /* some may have been evicted */
        free_place = at == v->n_extents || v->extents[at]->offset >= offset + 64 * KIB;
        int rc = pail_version_add_locked(v, x, NULL);
        assert_int_equal(rc, free_place ? 0 : PAIL_E_FS_EXIST);
        if (rc)
            pail_extent_kill_locked(x);
        else
            x->state = PAIL_EXTENT_READY;
        pail_extent_unref_locked(x);
        n += !rc;
    }
    assert_int_equal(v->n_extents, 4096);
    assert_true(n > 15000);
    for (size_t i = 1; i < v->n_extents; i++)
        assert_true(v->extents[i - 1]->offset < v->extents[i]->offset);
    assert_true(r.cache->own.used <= r.cache->fixed.limit);
    v->readers = 0;
    pail_mutex_unlock(&r.cache->lock);
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_shared), cmocka_unit_test(test_one_reader_many_threads),
               cmocka_unit_test(test_coming_and_going), cmocka_unit_test(test_never_a_mixture),
               cmocka_unit_test(test_budget), cmocka_unit_test(test_long_sequence),
               cmocka_unit_test(test_random_in_little_memory), cmocka_unit_test(test_half_is_there),
               cmocka_unit_test(test_many_extents))
