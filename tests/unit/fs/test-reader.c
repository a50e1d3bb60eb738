/* SPDX-License-Identifier: Apache-2.0 */
/* cache/: one reader at a time, against the fake S3. Several at once: test-cache.c. */
#include "base/clock.h"
#include "unit/fs/reader-rig.h"
#include "unit/fs/rng.h"

static void rig_upload(struct rig *r, const char *key, size_t n, uint64_t seed)
{
    char *p = malloc(n);
    assert_non_null(p);
    s3_fixture_fill(p, n, 0, seed);
    struct pail_bytes segment = {p, n};
    struct pail_s3_body body = {.segments = &segment, .n_segments = 1};
    struct pail_s3_put_args args = {.bucket = PAIL_STR(S3_BUCKET), .key = pail_str(key)};
    struct pail_s3_put_result result;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_s3_put(r->f.s3, &args, &body, &result, &err), &err);
    free(p);
}

/* ---- Opening ---- */

static void test_small_file_is_one_request(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 100 * KIB, 1);
    s3_fixture_reset(&r.f);
    struct pail_s3_object head;
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, &head, NULL);
    assert_int_equal(head.size, 100 * KIB);
    assert_true(head.etag.len > 2);
    assert_true(pail_str_eq(head.etag, pail_reader_etag(rd)));
    assert_int_equal(pail_reader_size(rd), 100 * KIB);
    pail_s3_object_done(&head);
    rig_expect(rd, 0, 200 * KIB, 100 * KIB, 1);
    rig_expect(rd, 99 * KIB, 4 * KIB, KIB, 1);
    rig_expect(rd, 100 * KIB, 4 * KIB, 0, 1);
    rig_expect(rd, UINT64_MAX - 5, 4 * KIB, 0, 1);
    pail_reader_close(rd);
    assert_int_equal(s3_fixture_count(&r.f, "GetObject"), 1);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 1);
    rig_stop(&r);
}

/* The size is believed: then the object is asked for whole, and its checksum is looked at. */
static void test_believed_size(void **state)
{
    static const uint64_t sizes[] = {1, 16 * KIB, 100 * KIB + 1, MIB, 2 * MIB};
    struct rig r;
    rig_start(&r, 0);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        rig_upload(&r, "k", sizes[i], i); /* with a checksum */
        s3_fixture_faults(&r.f, "op=GetObject flip");
        struct pail_reader_args a = rig_args(&r, "k", RIG_READ);
        a.size = sizes[i];
        struct pail_reader *rd = rig_open_args(&r, &a, NULL, NULL);
        rig_expect(rd, 0, sizes[i] + 10, sizes[i], i);
        pail_reader_close(rd);
        /* The first answer had a wrong byte. */
        assert_int_equal(s3_fixture_count(&r.f, "GetObject"), 2);
    }
    rig_stop(&r);
}

static void test_not_modified(void **state)
{
    struct rig r;
    char etag[64];
    bool not_modified = false;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 3 * MIB, 1);
    struct pail_reader_args a = rig_args(&r, "k", RIG_READ);
    a.etag = pail_str(s3_fixture_etag(&r.f, "k", etag));
    a.size = 3 * MIB;
    a.have_pages = true;
    s3_fixture_reset(&r.f);
    struct pail_s3_object head;
    struct pail_reader *rd = rig_open_args(&r, &a, &head, &not_modified);
    assert_true(not_modified);
    assert_int_equal(head.etag.len, 0);
    struct pail_cache_stats st;
    pail_cache_stats(r.cache, &st);
    assert_int_equal(st.bytes_fetched, 0);
    assert_int_equal(st.used, 0);
    rig_expect(rd, MIB, 4 * KIB, 4 * KIB, 1);
    pail_reader_close(rd);
    assert_int_equal(s3_fixture_count(&r.f, "GetObject"), 2);
    s3_fixture_store_fill(&r.f, "k", 3 * MIB, 2);
    rd = rig_open_args(&r, &a, &head, &not_modified);
    assert_false(not_modified);
    assert_false(pail_str_eqz(head.etag, etag));
    pail_s3_object_done(&head);
    rig_expect(rd, 0, 4 * KIB, 4 * KIB, 2);
    pail_reader_close(rd);
    rig_stop(&r);
}

/* What is in memory already is not sent again. */
static void test_open_again(void **state)
{
    struct rig r;
    char etag[64];
    bool not_modified = false;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 300 * KIB, 1);
    struct pail_reader_args a = rig_args(&r, "k", RIG_READ);
    a.etag = pail_str(s3_fixture_etag(&r.f, "k", etag));
    a.size = 300 * KIB;
    struct pail_reader *rd = rig_open_args(&r, &a, NULL, &not_modified);
    assert_false(not_modified);
    rig_expect(rd, 0, MIB, 300 * KIB, 1);
    pail_reader_close(rd);
    rd = rig_open_args(&r, &a, NULL, &not_modified);
    assert_true(not_modified);
    rig_expect(rd, 0, MIB, 300 * KIB, 1);
    pail_reader_close(rd);
    struct pail_cache_stats st;
    pail_cache_stats(r.cache, &st);
    assert_int_equal(st.bytes_fetched, 300 * KIB);
    rig_stop(&r);
}

static void test_without_asking(void **state)
{
    struct rig r;
    char etag[64];
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", MIB, 1);
    struct pail_reader_args a = rig_args(&r, "k", 0);
    a.etag = pail_str(s3_fixture_etag(&r.f, "k", etag));
    a.size = MIB;
    s3_fixture_reset(&r.f);
    struct pail_reader *rd = rig_open_args(&r, &a, NULL, NULL);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 0);
    rig_expect(rd, 500 * KIB, 10 * KIB, 10 * KIB, 1);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 1);
    pail_reader_close(rd);
    rig_stop(&r);
}

static void test_open_by_head(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", MIB, 1);
    s3_fixture_reset(&r.f);
    struct pail_s3_object head;
    struct pail_reader *rd = rig_open(&r, "k", RIG_REVALIDATE, &head, NULL);
    assert_int_equal(head.size, MIB);
    pail_s3_object_done(&head);
    assert_int_equal(s3_fixture_count(&r.f, "HeadObject"), 1);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 1);
    rig_expect(rd, 0, 10, 10, 1);
    pail_reader_close(rd);
    rig_stop(&r);
}

static void test_empty(void **state)
{
    static const uint64_t believed[] = {UINT64_MAX, 0, 100, 100 * MIB};
    static const unsigned requests[] = {2, 1, 1, 2}; /* a range of nothing is refused: HEAD */
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store(&r.f, "k", "", 0);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(believed); i++) {
        s3_fixture_reset(&r.f);
        struct pail_reader_args a = rig_args(&r, "k", RIG_READ);
        a.size = believed[i];
        struct pail_s3_object head;
        struct pail_reader *rd = rig_open_args(&r, &a, &head, NULL);
        assert_int_equal(head.size, 0);
        pail_s3_object_done(&head);
        rig_expect(rd, 0, 100, 0, 0);
        rig_expect(rd, 50, 100, 0, 0);
        pail_reader_close(rd);
        assert_int_equal(s3_fixture_count(&r.f, NULL), requests[i]);
    }
    rig_stop(&r);
}

/* Believed and real sizes on either side of every limit. */
static void test_other_size(void **state)
{
    static const uint64_t sizes[] = {0,       1,       15 * KIB,    16 * KIB, 100 * KIB,     MIB,
                                     MIB + 1, 2 * MIB, 2 * MIB + 1, 3 * MIB,  9 * MIB + 7777};
    struct rig r;
    rig_start(&r, 0);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        s3_fixture_store_fill(&r.f, "k", sizes[i], i);
        for (size_t k = 0; k < PAIL_ARRAY_LEN(sizes); k++) {
            struct pail_reader_args a = rig_args(&r, "k", RIG_READ);
            struct pail_s3_object head;
            a.size = sizes[k];
            struct pail_reader *rd = rig_open_args(&r, &a, &head, NULL);
            assert_int_equal(head.size, sizes[i]);
            pail_s3_object_done(&head);
            rig_expect(rd, 0, sizes[i] + 1, sizes[i], i);
            pail_reader_close(rd);
        }
    }
    rig_stop(&r);
}

/* An answer that is longer than believed serves the first reads all the same. */
static void test_grown_is_used(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 20 * MIB, 1);
    s3_fixture_reset(&r.f);
    struct pail_reader_args a = rig_args(&r, "k", RIG_READ);
    a.size = 300 * KIB;
    struct pail_reader *rd = rig_open_args(&r, &a, NULL, NULL);
    rig_expect(rd, 0, 256 * KIB, 256 * KIB, 1);
    struct pail_cache_stats st;
    pail_cache_stats(r.cache, &st);
    assert_int_equal(st.hits + st.misses, 1);
    pail_reader_close(rd);
    rig_stop(&r);
}

static void test_refused(void **state)
{
    struct rig r;
    struct pail_reader *rd = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, 0);
    struct pail_reader_args a = rig_args(&r, "none", RIG_READ);
    assert_code(pail_reader_open(&a, &rd, NULL, NULL, &err), PAIL_E_NOT_FOUND);
    a.will_read = false;
    assert_code(pail_reader_open(&a, &rd, NULL, NULL, &err), PAIL_E_NOT_FOUND);
    s3_fixture_store_fill(&r.f, "k", 10, 1);
    s3_fixture_faults(&r.f, "op=GetObject count=0 deny");
    a = rig_args(&r, "k", RIG_READ);
    assert_code(pail_reader_open(&a, &rd, NULL, NULL, &err), PAIL_E_ACCESS);
    rig_stop(&r);
}

/* ---- One version ---- */

static void test_replaced_after_open(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 20 * MIB, 1);
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
    rig_expect(rd, 0, 128 * KIB, 128 * KIB, 1);
    s3_fixture_store_fill(&r.f, "k", 20 * MIB, 2);
    rig_expect_code(rd, 12 * MIB, PAIL_E_FS_STALE);
    rig_expect(rd, 0, 128 * KIB, 128 * KIB, 1);
    struct pail_reader *second = rig_open(&r, "k", RIG_READ, NULL, NULL);
    rig_expect(second, 0, 128 * KIB, 128 * KIB, 2);
    rig_expect(second, 12 * MIB, 128 * KIB, 128 * KIB, 2);
    rig_expect_code(rd, 12 * MIB, PAIL_E_FS_STALE);
    pail_reader_close(rd);
    pail_reader_close(second);
    rig_stop(&r);
}

static void test_deleted_after_open(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 20 * MIB, 1);
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
    struct pail_s3_delete_args del = {.bucket = PAIL_STR(S3_BUCKET), .key = PAIL_STR("k")};
    assert_ok(pail_s3_delete(r.f.s3, &del, &err), &err);
    rig_expect_code(rd, 12 * MIB, PAIL_E_FS_STALE);
    pail_reader_close(rd);
    rig_stop(&r);
}

/* Replaced while a sequence is read: every byte that comes is of the first version. */
static void test_replaced_while_read(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    for (uint64_t when = 0; when < 24 * MIB; when += 5 * MIB) {
        s3_fixture_store_fill(&r.f, "k", 24 * MIB, 1);
        struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
        uint64_t at = 0;
        int rc = 0;
        for (; at < 24 * MIB && !rc; at += 512 * KIB) {
            if (at / (512 * KIB) == when / (512 * KIB))
                s3_fixture_store_fill(&r.f, "k", 24 * MIB, 2);
            rc = rig_try(rd, at, 512 * KIB, 512 * KIB, 1);
        }
        assert_true(rc == PAIL_E_FS_STALE || (rc == 0 && at == 24 * MIB));
        pail_reader_close(rd);
    }
    rig_stop(&r);
}

/* A service that ignores If-Match is caught by the ETag of its answer. */
static void test_other_version_sent(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 20 * MIB, 1);
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
    rig_expect(rd, 0, KIB, KIB, 1);
    s3_fixture_faults(&r.f, "op=GetObject count=0 late-etag");
    rig_expect_code(rd, 12 * MIB, PAIL_E_FS_STALE);
    s3_fixture_faults(&r.f, "");
    rig_expect(rd, 12 * MIB, KIB, KIB, 1);
    pail_reader_close(rd);
    rig_stop(&r);
}

/* The first answer breaks off; the repetition meets another version, and so does a request of the
 * read's own, where that comes too late to wait for the repetition. */
static void test_replaced_between_attempts(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", MIB, 1);
    s3_fixture_faults(&r.f, "op=GetObject cut=200000; op=GetObject nth=2 count=0 late-etag");
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
    rig_expect_code(rd, 900 * KIB, PAIL_E_FS_STALE);
    pail_reader_close(rd);
    rig_stop(&r);
}

/* ---- Faults ---- */

static void test_cut_bodies(void **state)
{
    static const char *const faults[] = {
        "op=GetObject cut=0",
        "op=GetObject cut=1",
        "op=GetObject cut=300000",
        "op=GetObject count=5 cut=300000",
        "op=GetObject nth=2 count=2 cut=100000",
        "op=GetObject reset; op=GetObject nth=3 reset",
        "op=GetObject status=503 code=SlowDown; op=GetObject nth=2 status=500 code=InternalError",
        "op=GetObject nth=2 count=3 lost",
        "op=GetObject garbage",
    };
    struct rig r;
    rig_start(&r, 0);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(faults); i++)
        for (uint64_t size = MIB; size <= 4 * MIB; size *= 4) {
            s3_fixture_store_fill(&r.f, "k", size, i);
            s3_fixture_faults(&r.f, faults[i]);
            struct pail_reader_args a = rig_args(&r, "k", RIG_READ);
            a.size = size;
            struct pail_reader *rd = rig_open_args(&r, &a, NULL, NULL);
            rig_expect(rd, 0, size, size, i);
            pail_reader_close(rd);
        }
    rig_stop(&r);
}

static void test_failed_read_is_tried_anew(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 20 * MIB, 1);
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
    rig_expect(rd, 0, KIB, KIB, 1);
    s3_fixture_faults(&r.f, "op=GetObject count=0 deny");
    rig_expect_code(rd, 12 * MIB, PAIL_E_ACCESS);
    s3_fixture_faults(&r.f, "");
    rig_expect(rd, 12 * MIB, KIB, KIB, 1);
    pail_reader_close(rd);
    rig_stop(&r);
}

/* ---- How much ---- */

static void sequential(uint64_t at_once, const char *faults, unsigned most_requests,
                       int64_t delay_ns)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 64 * MIB, 1);
    s3_fixture_faults(&r.f, faults);
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
    unsigned most = 0;
    for (uint64_t at = 0; at < 64 * MIB; at += 128 * KIB) {
        rig_expect(rd, at, 128 * KIB, 128 * KIB, 1);
        pail_mutex_lock(&r.cache->lock);
        if (r.cache->own.fetching > most)
            most = r.cache->own.fetching;
        pail_mutex_unlock(&r.cache->lock);
    }
    pail_reader_close(rd);
    struct pail_cache_stats st;
    pail_cache_stats(r.cache, &st);
    print_message("64 MiB: %u requests, up to %u at once, %llu of 512 reads waited\n",
                  s3_fixture_count(&r.f, "GetObject"), most, (unsigned long long)st.misses);
    assert_true(s3_fixture_count(&r.f, "GetObject") <= most_requests);
    assert_true(most >= at_once);
    assert_int_equal(st.bytes_read, 64 * MIB);
    assert_int_equal(st.bytes_fetched, 64 * MIB);
    /* What the window is bounded by. */
    assert_true(r.cache->own.fetch_ns > delay_ns);
    rig_stop(&r);
}

static void test_sequential(void **state)
{
    sequential(1, "", 48, 0);
}

/* A service that is far away: more at once, and few reads wait. */
static void test_sequential_with_delay(void **state)
{
    sequential(3, "op=GetObject count=0 stall=20", 40, 20 * PAIL_NS_PER_MS);
}

/* Reads at random fetch what is asked for and its rounding. */
static void test_random(void **state)
{
    static const uint64_t lengths[] = {4 * KIB, 16 * KIB, 128 * KIB};
    static const uint64_t grains[] = {16 * KIB, 64 * KIB, 64 * KIB};
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 128 * MIB, 1);
    for (size_t k = 0; k < PAIL_ARRAY_LEN(lengths); k++) {
        struct rng rng = {k};
        struct pail_cache_stats before, after;
        uint64_t n = lengths[k];
        char etag[64];
        struct pail_reader_args a = rig_args(&r, "k", 0);
        a.etag = pail_str(s3_fixture_etag(&r.f, "k", etag));
        a.size = 128 * MIB;
        struct pail_reader *rd = rig_open_args(&r, &a, NULL, NULL);
        pail_cache_stats(r.cache, &before);
        for (int i = 0; i < 100; i++)
            rig_expect(rd, rng_below(&rng, 128 * MIB - n) / (4 * KIB) * (4 * KIB), n, n, 1);
        pail_cache_stats(r.cache, &after);
        uint64_t fetched = after.bytes_fetched - before.bytes_fetched;
        print_message("%llu KiB at random: %.2f times as much fetched\n",
                      (unsigned long long)n / KIB, (double)fetched / (double)(100 * n));
        assert_true(fetched <= 100 * (n + grains[k]));
        pail_reader_close(rd);
        pail_cache_free(r.cache);
        rig_cache(&r, 0);
    }
    rig_stop(&r);
}

/* Whatever is read, it is right, and at most twice as much is fetched plus rounding. */
static void test_any_pattern(void **state)
{
    struct rig r;
    rig_start(&r, 8 * MIB);
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct rng rng = {seed};
        uint64_t size = 1 + rng_below(&rng, 40 * MIB), at = 0;
        s3_fixture_store_fill(&r.f, "k", size, seed);
        struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
        struct pail_cache_stats before, after;
        pail_cache_stats(r.cache, &before);
        for (int i = 0; i < 60; i++) {
            uint64_t n = 1 + rng_below(&rng, rng_below(&rng, 3) ? 200 * KIB : 3 * MIB);
            uint64_t there = at < size ? pail_min_u64(n, size - at) : 0;
            rig_expect(rd, at, n, there, seed);
            at = rng_below(&rng, 3) ? at + n : rng_below(&rng, size + 1000);
        }
        pail_cache_stats(r.cache, &after);
        assert_true(after.bytes_fetched - before.bytes_fetched <=
                    2 * (after.bytes_read - before.bytes_read) + 60 * 2 * 64 * KIB + 4 * MIB);
        pail_reader_close(rd);
    }
    rig_stop(&r);
}

/* Closing ends what nobody waits for. */
static void test_close_cancels(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 64 * MIB, 1);
    struct pail_reader *rd = rig_open(&r, "k", RIG_READ, NULL, NULL);
    s3_fixture_faults(&r.f, "op=GetObject count=0 stall=20000");
    rig_expect(rd, 0, 128 * KIB, 128 * KIB, 1);
    pail_mutex_lock(&r.cache->lock);
    assert_true(r.cache->own.fetching > 0);
    pail_mutex_unlock(&r.cache->lock);
    pail_reader_close(rd);
    pail_cache_free(r.cache); /* waits for its fetches: the test would time out */
    r.cache = NULL;
    s3_fixture_faults(&r.f, "");
    rig_stop(&r);
}

/* ---- Out of memory ---- */

static int torture(void *ud, struct pail_error *err)
{
    struct rig *r = ud;
    struct pail_reader *rd = NULL;
    struct pail_s3_object head = {0};
    static char text[600 * KIB];
    size_t n = 0;
    struct pail_cache_options opt = {.memory_limit = 0};
    struct pail_cache *cache = NULL;
    int rc = pail_cache_new(&opt, &cache, err);
    if (rc)
        return rc;
    struct pail_reader_args a = rig_args(r, "k", RIG_READ);
    a.cache = cache;
    rc = pail_reader_open(&a, &rd, &head, NULL, err);
    if (!rc) {
        rc = pail_reader_pread(rd, 900 * KIB, text, sizeof(text), &n, err);
        pail_s3_object_done(&head);
        pail_reader_close(rd);
    }
    pail_cache_free(cache);
    return rc;
}

static void test_no_memory(void **state)
{
    struct rig r;
    rig_start(&r, 0);
    s3_fixture_store_fill(&r.f, "k", 3 * MIB, 1);
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(torture(&r, &err), &err); /* connections and the like are made */
    for (uint64_t n = 1; n < 400; n++) {
        err = (struct pail_error)PAIL_ERROR_INIT;
        pail_alloc_fail_at(n);
        int rc = torture(&r, &err);
        pail_alloc_fail_at(0);
        assert_true(rc == 0 || rc == PAIL_E_NOMEM);
    }
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_small_file_is_one_request),
               cmocka_unit_test(test_believed_size), cmocka_unit_test(test_not_modified),
               cmocka_unit_test(test_open_again), cmocka_unit_test(test_without_asking),
               cmocka_unit_test(test_open_by_head), cmocka_unit_test(test_empty),
               cmocka_unit_test(test_other_size), cmocka_unit_test(test_grown_is_used),
               cmocka_unit_test(test_refused), cmocka_unit_test(test_replaced_after_open),
               cmocka_unit_test(test_deleted_after_open),
               cmocka_unit_test(test_replaced_while_read),
               cmocka_unit_test(test_other_version_sent),
               cmocka_unit_test(test_replaced_between_attempts), cmocka_unit_test(test_cut_bodies),
               cmocka_unit_test(test_failed_read_is_tried_anew), cmocka_unit_test(test_sequential),
               cmocka_unit_test(test_sequential_with_delay), cmocka_unit_test(test_random),
               cmocka_unit_test(test_any_pattern), cmocka_unit_test(test_close_cancels),
               cmocka_unit_test(test_no_memory))
