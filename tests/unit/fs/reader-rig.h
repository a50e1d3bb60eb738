/* SPDX-License-Identifier: Apache-2.0 */
/* unit/fs/reader-rig.h - a cache over the fake S3, and reads that know what they must find. */
#ifndef PAIL_TESTS_UNIT_FS_READER_RIG_H
#define PAIL_TESTS_UNIT_FS_READER_RIG_H

#include "cache/cache.h"
#include "unit/fs/s3-fixture.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1) << 20)

enum { RIG_REVALIDATE = 1, RIG_READ = 3 };

struct rig {
    struct s3_fixture f;
    struct pail_cache *cache;
};

PAIL_UNUSED static void rig_cache(struct rig *r, uint64_t memory)
{
    struct pail_cache_options opt = {.memory_limit = memory};
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_cache_new(&opt, &r->cache, &err), &err);
}

/* memory 0: the default. */
PAIL_UNUSED static void rig_start(struct rig *r, uint64_t memory)
{
    s3_fixture_start(&r->f, NULL);
    rig_cache(r, memory);
}

PAIL_UNUSED static void rig_stop(struct rig *r)
{
    if (r->cache) {
        pail_mutex_lock(&r->cache->lock);
        pail_cache_free_blocks(r->cache);
        pail_mutex_unlock(&r->cache->lock);
        struct pail_cache_stats st;
        pail_cache_stats(r->cache, &st);
        /* Fetches nobody waits for may still be ending. */
        assert_true(st.used == 0 || r->cache->own.fetching);
    }
    pail_cache_free(r->cache);
    s3_fixture_stop(&r->f);
}

PAIL_UNUSED static struct pail_reader_args rig_args(struct rig *r, const char *key, unsigned flags)
{
    return (struct pail_reader_args){
        .cache = r->cache,
        .volume = &r->f.volume,
        .key = pail_str(key),
        .size = UINT64_MAX,
        .revalidate = (flags & RIG_REVALIDATE) != 0,
        .will_read = flags == RIG_READ,
    };
}

PAIL_UNUSED static struct pail_reader *rig_open_args(struct rig *r,
                                                     const struct pail_reader_args *a,
                                                     struct pail_s3_object *head,
                                                     bool *not_modified)
{
    struct pail_reader *rd = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_reader_open(a, &rd, head, not_modified, &err), &err);
    return rd;
}

PAIL_UNUSED static struct pail_reader *rig_open(struct rig *r, const char *key, unsigned flags,
                                                struct pail_s3_object *head, bool *not_modified)
{
    struct pail_reader_args a = rig_args(r, key, flags);
    return rig_open_args(r, &a, head, not_modified);
}

/* Reads n bytes; `there` of them exist and are of pattern `seed`. Returns the error. */
PAIL_UNUSED static int rig_try(struct pail_reader *rd, uint64_t offset, size_t n, size_t there,
                               uint64_t seed)
{
    struct pail_error err = PAIL_ERROR_INIT;
    size_t got = 0;
    char *p = malloc(n + 1), *expected = malloc(there + 1);
    assert_true(p && expected);
    int rc = pail_reader_pread(rd, offset, p, n, &got, &err);
    if (!rc) {
        s3_fixture_fill(expected, there, offset, seed);
        assert_int_equal(got, there);
        assert_memory_equal(p, expected, there);
    } else {
        assert_int_equal(err.code, rc);
        assert_true(err.message[0]);
    }
    free(p);
    free(expected);
    return rc;
}

#define rig_expect(rd, offset, n, there, seed)                                                     \
    assert_ok(rig_try((rd), (offset), (n), (there), (seed)), NULL)
#define rig_expect_code(rd, offset, code)                                                          \
    assert_code(rig_try((rd), (offset), 4096, 4096, 0), (code))

#endif
