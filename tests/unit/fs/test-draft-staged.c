/* SPDX-License-Identifier: Apache-2.0 */
/* write/staged.c, and commits that copy what has not changed. */
#include "base/thread.h"
#include "unit/fs/draft-rig.h"

static unsigned count(struct rig *r, const char *operation)
{
    return s3_fixture_count(&r->f, operation);
}

static void delete_key(struct rig *r, const char *key)
{
    struct pail_s3_delete_args del = {.bucket = PAIL_STR(S3_BUCKET), .key = pail_str(key)};
    assert_ok(pail_s3_delete(r->f.s3, &del, NULL), NULL);
}

/* ---- What it costs ---- */

static void test_append(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 100 * MIB, 1);
    s3_fixture_reset(&r.f);
    file_write(f, 100 * MIB, KIB);
    file_commit(f);
    assert_int_equal(count(&r, "CreateMultipartUpload"), 1);
    assert_int_equal(count(&r, "UploadPartCopy"), 1);
    assert_int_equal(count(&r, "UploadPart"), 1);
    assert_int_equal(count(&r, "CompleteMultipartUpload"), 1);
    assert_int_equal(count(&r, NULL), 4);
    /* And again. */
    file_write(f, f->size, KIB);
    file_commit(f);
    assert_int_equal(count(&r, NULL), 8);
    file_free(f);
    rig_stop(&r);
}

/* A change in the middle: two copies, one part, and the bytes that the part lacks. */
static void test_change_in_the_middle(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 60 * MIB, 1);
    s3_fixture_reset(&r.f);
    file_write(f, 30 * MIB, 10);
    assert_int_equal(count(&r, NULL), 0);
    file_commit(f);
    assert_int_equal(count(&r, "UploadPartCopy"), 2);
    assert_int_equal(count(&r, "UploadPart"), 1);
    struct pail_cache_stats st;
    pail_cache_stats(r.cache, &st);
    assert_true(st.bytes_fetched <= 5 * MIB + 64 * KIB);
    file_read_all(f);
    file_free(f);
    rig_stop(&r);
}

static void test_truncate_large(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 60 * MIB, 1);
    s3_fixture_reset(&r.f);
    file_truncate(f, 50 * MIB);
    file_commit(f);
    assert_int_equal(count(&r, "UploadPartCopy"), 1);
    assert_int_equal(count(&r, "GetObject"), 0);
    file_truncate(f, 60 * MIB);
    file_read(f, 49 * MIB, 3 * MIB);
    file_commit(f);
    file_truncate(f, 4 * MIB);
    s3_fixture_reset(&r.f);
    file_commit(f);
    assert_int_equal(count(&r, "PutObject"), 1);
    file_free(f);
    rig_stop(&r);
}

/* What was cut off reads as zeros when the file grows again. */
static void test_cut_and_grow(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 20 * MIB, 1);
    file_write(f, 10 * MIB, 2 * MIB);
    file_truncate(f, 11 * MIB);
    assert_int_equal(rig_stats(&r).staged_bytes, MIB);
    file_truncate(f, 12 * MIB);
    file_zero(f, 10 * MIB + 100, 100, true);
    assert_int_equal(rig_stats(&r).staged_bytes, MIB - 100);
    file_read_all(f);
    file_write(f, 10 * MIB + 150, 10);
    file_write(f, 10 * MIB + 150, 20);
    assert_int_equal(rig_stats(&r).staged_bytes, MIB - 80);
    file_commit(f);
    assert_int_equal(rig_stats(&r).staged_bytes, 0);
    file_free(f);
    rig_stop(&r);
}

/* Large files that are mostly holes. */
static void test_holes(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_truncate(f, 40 * MIB);
    file_write(f, 20 * MIB, 10);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* Parts of more than 32 MiB are sent out of the staging file, which may hold nothing yet. */
static void test_parts_from_the_file(void **state)
{
    struct rig r;
    struct rig_options opt = {.part_size = 34 * MIB};
    rig_start(&r, &opt);
    for (int how = 0; how < 3; how++) {
        struct file *f = how == 2 ? file_over(&r, "k", 50 * MIB, 1) : file_new(&r, "k");
        file_truncate(f, 90 * MIB);
        if (how == 1) {
            file_write(f, 50 * MIB, MIB);
            file_zero(f, 50 * MIB, 100, true);
        } else if (how == 2) {
            file_write(f, 0, 10);
            file_write(f, 40 * MIB, 10);
        }
        file_commit(f);
        file_free(f);
        delete_key(&r, "k");
    }
    rig_stop(&r);
}

/* ---- Space ---- */

static void test_no_space(void **state)
{
    struct rig r;
    struct rig_options opt = {.staging_limit = 3 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, &opt);
    struct file *f = file_over(&r, "k", 20 * MIB, 1);
    file_write(f, 10 * MIB, 2 * MIB);
    file_write(f, 10 * MIB, 2 * MIB); /* in place */
    assert_code(file_try_write(f, 15 * MIB, 2 * MIB, &err), PAIL_E_FS_NOSPC);
    assert_int_equal(pail_draft_size(f->d), 20 * MIB);
    file_write(f, 15 * MIB, MIB);
    assert_code(file_try_write(f, 0, 1, &err), PAIL_E_FS_NOSPC);
    assert_code(pail_draft_detach(f->d, &err), PAIL_E_FS_NOSPC);
    file_zero(f, 15 * MIB, MIB, true);
    file_write(f, 0, 1);
    file_read_all(f);
    file_commit(f); /* needs none */
    assert_int_equal(rig_stats(&r).staged_bytes, 0);
    file_write(f, 0, 3 * MIB);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* ---- Without its object ---- */

static void test_detach(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    for (size_t size = MIB; size <= 21 * MIB; size += 20 * MIB) {
        struct file *f = file_over(&r, "k", size, 1);
        file_read(f, 0, 100);
        if (size > PART)
            file_write(f, 10 * MIB, 100);
        assert_ok(pail_draft_detach(f->d, NULL), NULL);
        delete_key(&r, "k");
        s3_fixture_reset(&r.f);
        file_read_all(f);
        file_write(f, 7, 7);
        file_write(f, size, 7);
        file_truncate(f, size + 10 * MIB);
        file_read_all(f);
        assert_int_equal(count(&r, NULL), 0);
        file_free(f);
    }
    rig_stop(&r);
}

/* ---- Failures ---- */

static void test_replaced_meanwhile(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 60 * MIB, 1);
    file_write(f, 30 * MIB, 10);
    s3_fixture_store(&r.f, "k", "theirs", 6);
    assert_code(file_try_commit(f, &err), PAIL_E_FS_STALE);
    assert_int_equal(s3_fixture_uploads(&r.f), 0);
    assert_true(pail_draft_dirty(f->d));
    s3_fixture_expect(&r.f, "k", "theirs", 6);
    char p[10];
    size_t got;
    assert_ok(pail_draft_read(f->d, 30 * MIB, p, 10, &got, &err), &err); /* ours is here */
    assert_memory_equal(p, f->model + 30 * MIB, 10);
    assert_code(pail_draft_read(f->d, 0, p, 10, &got, &err), PAIL_E_FS_STALE);
    file_free(f);
    rig_stop(&r);
}

/* Each request of a commit fails once; the next commit makes it good. */
static void test_every_request_fails(void **state)
{
    static const char *const operations[] = {"CreateMultipartUpload", "UploadPartCopy",
                                             "UploadPart", "CompleteMultipartUpload"};
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", 60 * MIB, 1);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(operations); i++)
        for (int nth = 1; nth <= (i == 1 || i == 2 ? 2 : 1); nth++) {
            char script[100];
            file_write(f, 30 * MIB, 10);
            file_write(f, 50 * MIB, 10);
            file_write(f, f->size, 10);
            snprintf(script, sizeof(script), "op=%s nth=%d deny", operations[i], nth);
            s3_fixture_faults(&r.f, script);
            assert_code(file_try_commit(f, &err), PAIL_E_ACCESS);
            assert_int_equal(s3_fixture_uploads(&r.f), 0);
            assert_int_equal(rig_upload_rows(&r), 0);
            file_commit(f);
        }
    file_free(f);
    rig_stop(&r);
}

/* After a part has failed the rest is not sent. */
static void test_first_failure_ends_it(void **state)
{
    struct rig r;
    struct rig_options opt = {.parallel = 2};
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, &opt);
    struct file *f = file_new(&r, "k");
    file_truncate(f, 100 * MIB);
    s3_fixture_faults(&r.f, "op=UploadPart count=0 deny");
    assert_code(file_try_commit(f, &err), PAIL_E_ACCESS);
    assert_true(count(&r, "UploadPart") < 10);
    file_free(f);
    s3_fixture_faults(&r.f, "");
    rig_stop(&r);
}

/* ---- Against the model ---- */

static void step(struct file *f, struct rng *rng, size_t most)
{
    uint64_t at = rng_below(rng, f->size + MIB);
    size_t n = rng_below(rng, rng_below(rng, 4) ? 100 * KIB : 3 * MIB);
    switch (rng_below(rng, 10)) {
    case 0:
        file_truncate(f, rng_below(rng, most));
        break;
    case 1:
        file_zero(f, at, n, rng_below(rng, 2));
        break;
    case 2:
    case 3:
        file_read(f, at, n);
        break;
    case 4:
        file_rebased(f);
        file_commit(f);
        break;
    case 5:
    case 6:
        if (f->size < most)
            file_write(f, f->size, n);
        break;
    default:
        if (at + n < most)
            file_write(f, at, n);
        break;
    }
}

static void test_model(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    for (uint64_t seed = 0; seed < 6; seed++) {
        r.rng.state = seed;
        struct file *f = seed % 3 ? file_over(&r, "k", rng_below(&r.rng, 30 * MIB), seed)
                                  : file_new(&r, "k");
        for (int i = 0; i < 50; i++)
            step(f, &r.rng, 32 * MIB);
        file_rebased(f);
        file_commit(f);
        file_read_all(f);
        file_free(f);
        delete_key(&r, "k");
    }
    rig_stop(&r);
}

/* Several threads on one draft: each in its own stripe, so that the end is known. */
#define STRIPES 4
struct stripe {
    struct file *f;
    unsigned number;
    _Atomic bool *stop;
};
static void stripe_thread(void *arg)
{
    struct stripe *s = arg;
    struct rng rng = {s->number};
    char *p = malloc(64 * KIB);
    for (int i = 0; i < 40; i++) {
        uint64_t base = s->number * 5 * MIB, at = base + rng_below(&rng, 5 * MIB - 64 * KIB);
        size_t got = 0;
        s3_fixture_fill(p, 64 * KIB, 0, rng_next(&rng));
        assert_ok(draft_write_all(s->f->d, at, p, 64 * KIB, NULL), NULL);
        memcpy(s->f->model + at, p, 64 * KIB);
        at = base + rng_below(&rng, 5 * MIB - 64 * KIB);
        assert_ok(pail_draft_read(s->f->d, at, p, 64 * KIB, &got, NULL), NULL);
        assert_int_equal(got, 64 * KIB);
        assert_memory_equal(p, s->f->model + at, 64 * KIB);
        (void)pail_draft_size(s->f->d);
        (void)pail_draft_dirty(s->f->d);
    }
    free(p);
}
static void commit_thread(void *arg)
{
    struct stripe *s = arg;
    struct pail_commit_result result;
    while (!*s->stop) {
        struct pail_commit_args args = {.key = pail_str(s->f->key)};
        assert_ok(pail_draft_commit(s->f->d, &args, &result, NULL), NULL);
        pail_sleep_ns(1000 * 1000);
    }
}

static void test_threads(void **state)
{
    struct rig r;
    struct pail_thread *threads[STRIPES + 1];
    struct stripe stripes[STRIPES + 1];
    _Atomic bool stop = false;
    rig_start(&r, NULL);
    struct file *f = file_over(&r, "k", STRIPES * 5 * MIB, 1);
    for (unsigned i = 0; i <= STRIPES; i++) {
        stripes[i] = (struct stripe){f, i, &stop};
        assert_ok(pail_thread_start(&threads[i], "stripe",
                                    i < STRIPES ? stripe_thread : commit_thread, &stripes[i], NULL),
                  NULL);
    }
    for (unsigned i = 0; i < STRIPES; i++)
        pail_thread_join(threads[i]);
    stop = true;
    pail_thread_join(threads[STRIPES]);
    struct pail_commit_args args = {.key = PAIL_STR("k")};
    assert_ok(pail_draft_commit(f->d, &args, &f->last, NULL), NULL);
    s3_fixture_expect(&r.f, "k", f->model, f->size);
    file_free(f);
    rig_stop(&r);
}

/* ---- Out of memory ---- */

static int life(struct rig *r, struct pail_error *err)
{
    struct pail_draft *d = NULL;
    char etag[64];
    struct pail_base base = {.etag = pail_str(s3_fixture_etag(&r->f, "k", etag)), .size = 6 * MIB};
    struct pail_commit_args args = {.key = PAIL_STR("k")};
    struct pail_commit_result result;
    int rc = pail_draft_new(r->writer, &r->f.volume, PAIL_STR("k"), &base, &d, err);
    if (rc)
        return rc;
    rc = pail_draft_set_target(d, &args, err);
    if (!rc)
        rc = draft_write_all(d, 6 * MIB, "abc", 3, err);
    if (!rc)
        rc = draft_write_all(d, 100, "abc", 3, err);
    if (!rc)
        rc = pail_draft_commit(d, &args, &result, err);
    pail_draft_free(d);
    return rc;
}

static void test_no_memory(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    s3_fixture_store_fill(&r.f, "k", 6 * MIB, 1);
    assert_ok(life(&r, &err), &err);
    /* Every one of the first, then a sample: a life moves 6 MiB. */
    for (uint64_t n = 1; n < 500; n += n < 60 ? 1 : 9) {
        s3_fixture_store_fill(&r.f, "k", 6 * MIB, 1);
        err = (struct pail_error)PAIL_ERROR_INIT;
        pail_alloc_fail_at(n);
        int rc = life(&r, &err);
        pail_alloc_fail_at(0);
        if (rc && rc != PAIL_E_NOMEM)
            fail_msg("allocation %u: %s: %s", (unsigned)n, pail_code_name(rc), err.message);
        uint64_t size = s3_fixture_size(&r.f, "k");
        assert_true(size == 6 * MIB || size == 6 * MIB + 3);
        assert_true(rc || size == 6 * MIB + 3);
    }
    /* Uploads whose end could not be told to S3 are left to the next mount, those whose beginning
     * was not understood to the bucket's owner. */
    assert_ok(pail_writer_recover(r.writer, r.f.s3, &err), &err);
    assert_int_equal(rig_upload_rows(&r), 0);
    rig_sweep(&r);
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_append), cmocka_unit_test(test_change_in_the_middle),
               cmocka_unit_test(test_truncate_large), cmocka_unit_test(test_cut_and_grow),
               cmocka_unit_test(test_holes), cmocka_unit_test(test_parts_from_the_file),
               cmocka_unit_test(test_no_space), cmocka_unit_test(test_detach),
               cmocka_unit_test(test_replaced_meanwhile),
               cmocka_unit_test(test_every_request_fails),
               cmocka_unit_test(test_first_failure_ends_it), cmocka_unit_test(test_model),
               cmocka_unit_test(test_threads), cmocka_unit_test(test_no_memory))
