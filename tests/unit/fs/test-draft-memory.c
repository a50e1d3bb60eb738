/* SPDX-License-Identifier: Apache-2.0 */
/* write/draft.c: files of at most one part. */
#include "unit/fs/draft-rig.h"

static unsigned puts_of(struct rig *r)
{
    return s3_fixture_count(&r->f, "PutObject");
}

static void test_create(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    s3_fixture_reset(&r.f);
    struct file *f = file_new(&r, "k");
    assert_true(pail_draft_dirty(f->d));
    assert_int_equal(pail_draft_size(f->d), 0);
    file_write(f, 0, 1000);
    file_write(f, 1000, 3 * MIB);
    file_write(f, 500, 1000);
    file_write(f, 4 * MIB, 1);
    file_read_all(f);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 0);
    file_commit(f);
    assert_int_equal(puts_of(&r), 1);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 1);
    /* Its content stays in memory: the next change downloads nothing. */
    file_write(f, 0, 10);
    assert_true(pail_draft_dirty(f->d));
    file_commit(f);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 2);
    file_read_all(f);
    file_free(f);
    rig_stop(&r);
}

static void test_empty(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_read(f, 0, 10);
    s3_fixture_reset(&r.f);
    file_commit(f);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 1);
    assert_int_equal(puts_of(&r), 1);
    /* Nothing has changed: nothing is sent. */
    file_commit(f);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 1);
    file_free(f);
    f = file_over(&r, "empty", 0, 0);
    assert_false(pail_draft_dirty(f->d));
    file_read(f, 0, 10);
    file_write(f, 0, 3);
    file_commit(f);
    file_truncate(f, 0);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* A small object that is changed: one GET, one PUT. */
static void test_change(void **state)
{
    static const size_t sizes[] = {1, 4096, MIB, MIB + 1, 5 * MIB};
    struct rig r;
    rig_start(&r, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        struct file *f = file_over(&r, "k", sizes[i], i);
        s3_fixture_reset(&r.f);
        assert_false(pail_draft_dirty(f->d));
        file_write(f, sizes[i] - 1, 1);
        file_read_all(f);
        file_commit(f);
        assert_int_equal(s3_fixture_count(&r.f, "GetObject"), 1);
        assert_int_equal(s3_fixture_count(&r.f, NULL), 2);
        file_free(f);
    }
    rig_stop(&r);
}

static void test_append_small(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 100, 1);
    file_write(f, 100, 100);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* O_TRUNC: the old content is never asked for. */
static void test_overwrite(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 3 * MIB, 1);
    s3_fixture_reset(&r.f);
    file_truncate(f, 0);
    assert_true(pail_draft_dirty(f->d));
    file_write(f, 0, 10);
    file_commit(f);
    assert_int_equal(s3_fixture_count(&r.f, NULL), 1);
    file_free(f);
    rig_stop(&r);
}

static void test_truncate(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 3 * MIB, 1);
    file_truncate(f, 3 * MIB);
    assert_false(pail_draft_dirty(f->d));
    file_truncate(f, MIB + 1);
    file_truncate(f, 2 * MIB);
    file_read_all(f);
    file_write(f, 3 * MIB, 5);
    file_truncate(f, 3 * MIB + 2);
    file_commit(f);
    file_truncate(f, 5 * MIB);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

static void test_zero(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 3 * MIB, 1);
    file_zero(f, MIB - 10, 20, false);
    file_zero(f, 3 * MIB - 5, 100, true);
    file_zero(f, 4 * MIB, 100, true);
    file_zero(f, 4 * MIB, 100, false);
    file_zero(f, 0, 0, false);
    file_read_all(f);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* Past the memory of a part by truncate, zero and writes elsewhere. */
static void test_outgrown(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    for (int how = 0; how < 4; how++) {
        struct file *f = file_new(&r, "k");
        file_write(f, 0, 3 * MIB);
        if (how == 0)
            file_truncate(f, 20 * MIB + 1);
        else if (how == 1)
            file_zero(f, 6 * MIB, 10 * MIB, false);
        else if (how == 2)
            file_write(f, 12 * MIB, 100);
        else
            file_write(f, 2 * MIB, 5 * MIB);
        file_read_all(f);
        file_commit(f);
        file_read_all(f);
        file_free(f);
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_s3_delete_args del = {.bucket = PAIL_STR(S3_BUCKET), .key = PAIL_STR("k")};
        assert_ok(pail_s3_delete(r.f.s3, &del, &err), &err);
    }
    rig_stop(&r);
}

static void test_reserve(void **state)
{
    struct rig r;
    struct rig_options opt = {.staging_limit = 20 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, &opt);
    struct file *f = file_new(&r, "k");
    file_write(f, 0, 10);
    assert_ok(pail_draft_reserve(f->d, 0, 100, true, &err), &err);
    assert_int_equal(pail_draft_size(f->d), 10);
    assert_ok(pail_draft_reserve(f->d, 0, 100, false, &err), &err);
    assert_int_equal(pail_draft_size(f->d), 100);
    file_truncate(f, 100);
    assert_ok(pail_draft_reserve(f->d, 0, 50, false, &err), &err);
    assert_int_equal(pail_draft_size(f->d), 100);
    assert_ok(pail_draft_reserve(f->d, 0, 19 * MIB, true, &err), &err);
    assert_code(pail_draft_reserve(f->d, 0, 40 * MIB, true, &err), PAIL_E_FS_NOSPC);
    assert_code(pail_draft_reserve(f->d, 0, 40 * MIB, false, &err), PAIL_E_FS_NOSPC);
    assert_code(pail_draft_reserve(f->d, UINT64_MAX - 5, 40, false, &err), PAIL_E_FS_FBIG);
    assert_int_equal(pail_draft_size(f->d), 100);
    file_read_all(f);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

static void seek(struct file *f, uint64_t from, bool hole, uint64_t expected)
{
    uint64_t at = 0;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_draft_seek(f->d, from, hole, &at, &err), &err);
    assert_int_equal(at, expected);
}

static void test_seek(void **state)
{
    struct rig r;
    uint64_t at;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    assert_code(pail_draft_seek(f->d, 0, false, &at, NULL), PAIL_E_FS_NXIO);
    file_write(f, 0, 100);
    seek(f, 10, false, 10);
    seek(f, 10, true, 100);
    assert_code(pail_draft_seek(f->d, 100, true, &at, NULL), PAIL_E_FS_NXIO);
    file_truncate(f, 20 * MIB);
    file_write(f, 10 * MIB, 100);
    seek(f, 0, false, 0);
    seek(f, 0, true, 100);
    seek(f, 100, false, 10 * MIB);
    seek(f, 10 * MIB, true, 10 * MIB + 100);
    seek(f, 11 * MIB, true, 11 * MIB);
    assert_code(pail_draft_seek(f->d, 11 * MIB, false, &at, NULL), PAIL_E_FS_NXIO);
    file_free(f);
    rig_stop(&r);
}

static void test_too_big(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    assert_code(draft_write_all(f->d, UINT64_MAX - 1, "abc", 3, NULL), PAIL_E_FS_FBIG);
    assert_code(draft_write_all(f->d, UINT64_C(49) << 40, "abc", 3, NULL), PAIL_E_FS_FBIG);
    assert_code(pail_draft_truncate(f->d, UINT64_C(49) << 40, NULL), PAIL_E_FS_FBIG);
    assert_code(pail_draft_zero(f->d, UINT64_MAX - 1, 3, false, NULL), PAIL_E_FS_FBIG);
    assert_ok(pail_draft_zero(f->d, UINT64_MAX - 1, 3, true, NULL), NULL);
    assert_int_equal(pail_draft_size(f->d), 0);
    file_free(f);
    rig_stop(&r);
}

static void test_attributes(void **state)
{
    struct pail_s3_meta meta[] = {{PAIL_STR("mode"), PAIL_STR("33188")},
                                  {PAIL_STR("mtime"), PAIL_STR("1700000000.123456789")}};
    struct rig r;
    char text[256];
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    f->attributes.content_type = PAIL_STR("text/plain");
    f->attributes.meta = meta;
    f->attributes.n_meta = 2;
    file_write(f, 0, 10);
    file_commit(f);
    assert_string_equal(s3_fixture_header(&r.f, "k", "x-amz-meta-mode", text), "33188");
    assert_string_equal(s3_fixture_header(&r.f, "k", "content-type", text), "text/plain");
    file_free(f);
    rig_stop(&r);
}

/* The object was copied to another key, and the old one deleted. */
static void test_rekey(void **state)
{
    struct rig r;
    char etag[64];
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "old", 20 * MIB, 1);
    file_write(f, 10 * MIB, 100);
    s3_fixture_store_fill(&r.f, "new", 20 * MIB, 1);
    struct pail_s3_delete_args del = {.bucket = PAIL_STR(S3_BUCKET), .key = PAIL_STR("old")};
    assert_ok(pail_s3_delete(r.f.s3, &del, NULL), NULL);
    f->key = "new";
    assert_ok(pail_draft_rekey(f->d, PAIL_STR("new"), NULL), NULL);
    snprintf(f->etag, sizeof(f->etag), "%s", s3_fixture_etag(&r.f, "new", etag));
    assert_ok(pail_draft_reversion(f->d, pail_str(f->etag), PAIL_STR(""), NULL), NULL);
    file_target(f);
    file_read_all(f);
    file_commit(f);
    s3_fixture_expect(&r.f, "old", NULL, 0);
    file_free(f);
    rig_stop(&r);
}

/* Commit to another key than the draft's. */
static void test_commit_elsewhere(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "old", 20 * MIB, 1);
    file_write(f, 10 * MIB, 100);
    f->key = "new";
    f->etag[0] = '\0';
    file_commit(f);
    assert_true(s3_fixture_exists(&r.f, "old"));
    file_read_all(f);
    file_write(f, 0, 1);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

static void test_somebody_was_faster(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_write(f, 0, 100);
    s3_fixture_store(&r.f, "k", "theirs", 6);
    assert_code(file_try_commit(f, &err), PAIL_E_FS_EXIST);
    assert_true(pail_draft_dirty(f->d));
    file_read_all(f);
    s3_fixture_expect(&r.f, "k", "theirs", 6);
    file_free(f);
    f = file_over(&r, "k", 100, 1);
    file_write(f, 0, 10);
    s3_fixture_store(&r.f, "k", "theirs", 6);
    assert_code(file_try_commit(f, &err), PAIL_E_FS_STALE);
    s3_fixture_expect(&r.f, "k", "theirs", 6);
    file_read_all(f);
    /* Whatever is there may be replaced. */
    struct pail_commit_args args = {.key = PAIL_STR("k")};
    assert_ok(pail_draft_commit(f->d, &args, &f->last, &err), &err);
    s3_fixture_expect(&r.f, "k", f->model, f->size);
    file_free(f);
    rig_stop(&r);
}

/* The base is not there any more when it is needed. */
static void test_base_is_gone(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 100, 1);
    s3_fixture_store(&r.f, "k", "theirs", 6);
    assert_code(draft_write_all(f->d, 0, "x", 1, &err), PAIL_E_FS_STALE);
    assert_int_equal(pail_draft_size(f->d), 100);
    assert_false(pail_draft_dirty(f->d));
    file_free(f);
    rig_stop(&r);
}

static void test_failures(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_write(f, 0, MIB);
    s3_fixture_faults(&r.f, "op=PutObject deny");
    assert_code(file_try_commit(f, &err), PAIL_E_ACCESS);
    assert_true(pail_draft_dirty(f->d));
    file_write(f, MIB, MIB);
    s3_fixture_faults(&r.f, "op=PutObject count=3 status=503 code=SlowDown");
    file_commit(f);
    assert_int_equal(puts_of(&r), 4);
    file_free(f);
    rig_stop(&r);
}

/* Random changes to a file that stays about as large as a part. */
static void test_model(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    for (uint64_t seed = 0; seed < 12; seed++) {
        r.rng.state = seed;
        struct file *f = seed % 2 ? file_over(&r, "k", rng_below(&r.rng, 6 * MIB), seed)
                                  : file_new(&r, "n");
        for (int i = 0; i < 60; i++) {
            uint64_t at = rng_below(&r.rng, f->size + MIB);
            switch (rng_below(&r.rng, 8)) {
            case 0:
                file_truncate(f, rng_below(&r.rng, 4) ? rng_below(&r.rng, 6 * MIB) : 0);
                break;
            case 1:
                file_zero(f, at, rng_below(&r.rng, MIB), rng_below(&r.rng, 2));
                break;
            case 2:
                file_read(f, at, rng_below(&r.rng, 2 * MIB));
                break;
            case 3:
                file_rebased(f);
                file_commit(f);
                break;
            case 4:
                file_write(f, f->size, rng_below(&r.rng, MIB));
                break;
            default:
                file_write(f, at, rng_below(&r.rng, 300 * KIB));
                break;
            }
        }
        file_rebased(f);
        file_commit(f);
        file_read_all(f);
        file_free(f);
        struct pail_s3_delete_args del = {.bucket = PAIL_STR(S3_BUCKET), .key = PAIL_STR("n")};
        assert_ok(pail_s3_delete(r.f.s3, &del, NULL), NULL);
    }
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_create), cmocka_unit_test(test_empty),
               cmocka_unit_test(test_change), cmocka_unit_test(test_append_small),
               cmocka_unit_test(test_overwrite), cmocka_unit_test(test_truncate),
               cmocka_unit_test(test_zero), cmocka_unit_test(test_outgrown),
               cmocka_unit_test(test_reserve), cmocka_unit_test(test_seek),
               cmocka_unit_test(test_too_big), cmocka_unit_test(test_attributes),
               cmocka_unit_test(test_rekey), cmocka_unit_test(test_commit_elsewhere),
               cmocka_unit_test(test_somebody_was_faster), cmocka_unit_test(test_base_is_gone),
               cmocka_unit_test(test_failures), cmocka_unit_test(test_model))
