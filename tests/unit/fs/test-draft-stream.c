/* SPDX-License-Identifier: Apache-2.0 */
/* write/stream.c: files written from front to back that outgrow a part. */
#include "unit/fs/draft-rig.h"

#include <errno.h>

#include "base/file_posix.h"
#include "base/thread.h"

static unsigned count(struct rig *r, const char *operation)
{
    return s3_fixture_count(&r->f, operation);
}

static void delete_key(struct rig *r, const char *key)
{
    struct pail_s3_delete_args del = {.bucket = PAIL_STR(S3_BUCKET), .key = pail_str(key)};
    assert_ok(pail_s3_delete(r->f.s3, &del, NULL), NULL);
}

/* ---- How it is sent ---- */

/* Two parts: one request. More: begin, parts, end. */
static void test_requests(void **state)
{
    static const uint64_t sizes[] = {5 * MIB + 1,  10 * MIB - 1, 10 * MIB,
                                     10 * MIB + 1, 15 * MIB,     27 * MIB + 3};
    static const unsigned parts[] = {0, 0, 0, 3, 3, 6};
    struct rig r;
    rig_start(&r, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        for (size_t piece = 128 * KIB; piece <= 13 * MIB; piece *= 100) {
            struct file *f = file_new(&r, "k");
            s3_fixture_reset(&r.f);
            file_grow(f, sizes[i], piece);
            file_commit(f);
            assert_int_equal(count(&r, "PutObject"), parts[i] == 0);
            assert_int_equal(count(&r, "CreateMultipartUpload"), parts[i] > 0);
            assert_int_equal(count(&r, "UploadPart"), parts[i]);
            assert_int_equal(count(&r, NULL), parts[i] ? parts[i] + 2 : 1);
            file_read_all(f);
            file_free(f);
            delete_key(&r, "k");
        }
    }
    rig_stop(&r);
}

/* What stands in the way of a part behind the beginning of a write: the beginning is taken, and
 * told so, as write(2) does; the rest meets the error. Nothing is there twice or missing
 * afterwards. */
static void test_taken_in_part(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    size_t n = 9 * MIB, done = 0;
    char *p = malloc(n);
    rig_start(&r, NULL);
    assert_non_null(p);
    struct file *f = file_new(&r, "k");
    file_target(f);
    file_grow(f, 3 * MIB, MIB);
    s3_fixture_fill(p, n, 0, 7);
    s3_fixture_faults(&r.f, "op=CreateMultipartUpload count=0 status=403 code=AccessDenied");
    assert_ok(pail_draft_write(f->d, 3 * MIB, p, n, &done, &err), &err);
    assert_int_equal(done, 7 * MIB); /* up to the end of part 2 */
    assert_int_equal(pail_draft_size(f->d), 10 * MIB);
    size_t none = 0;
    int rc = pail_draft_write(f->d, 10 * MIB, p + done, n - done, &none, &err);
    assert_int_not_equal(rc, 0);
    assert_int_equal(pail_draft_size(f->d), 10 * MIB);
    s3_fixture_faults(&r.f, "");
    assert_ok(draft_write_all(f->d, 10 * MIB, p + done, n - done, &err), &err);
    assert_ok(draft_write_all(f->d, 0, p, 3 * MIB, &err), &err);
    assert_int_equal(pail_draft_size(f->d), 12 * MIB);
    file_free(f);
    free(p);
    rig_stop(&r);
}

/* Part 1 leaves last, with what was written into it meanwhile. */
static void test_header_rewritten(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    s3_fixture_reset(&r.f);
    file_grow(f, 22 * MIB, MIB);
    file_write(f, 0, 100);
    file_write(f, 5 * MIB - 10, 10);
    file_write(f, 21 * MIB, 100); /* the tail */
    file_read(f, 0, 200);
    file_read(f, 21 * MIB, 200);
    assert_false(file_rebased(f));
    file_commit(f);
    assert_int_equal(count(&r, "CreateMultipartUpload"), 1);
    assert_int_equal(count(&r, "UploadPart"), 5);
    file_free(f);
    rig_stop(&r);
}

/* A write over the end changes and appends. */
static void test_over_the_end(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    s3_fixture_reset(&r.f);
    file_grow(f, 12 * MIB, MIB);
    file_write(f, 12 * MIB - 100, 10 * MIB);
    file_write(f, f->size - 1, 2);
    assert_false(file_rebased(f));
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* Before the first part has left, everything can still be changed and read in place. */
static void test_two_parts_in_memory(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    s3_fixture_reset(&r.f);
    file_grow(f, 9 * MIB, MIB);
    file_write(f, 4 * MIB, 2 * MIB);
    file_read(f, 3 * MIB, 4 * MIB);
    file_read_all(f);
    file_commit(f);
    assert_int_equal(count(&r, NULL), 1);
    file_free(f);
    rig_stop(&r);
}

/* ---- Rebase ---- */

static void test_rebase(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    for (int how = 0; how < 5; how++) {
        struct file *f = file_new(&r, "k");
        file_grow(f, 22 * MIB, MIB);
        s3_fixture_reset(&r.f);
        assert_false(file_rebased(f));
        if (how == 0)
            file_write(f, 7 * MIB, 100);
        else if (how == 1)
            file_read(f, 7 * MIB, 100);
        else if (how == 2)
            file_truncate(f, 21 * MIB);
        else if (how == 3)
            file_truncate(f, 30 * MIB);
        else
            file_zero(f, 7 * MIB, 10, true);
        assert_int_equal(count(&r, "CompleteMultipartUpload"), 1);
        assert_true(file_rebased(f));
        assert_false(file_rebased(f));
        assert_int_equal(f->last.size, 22 * MIB);
        assert_true(f->last.early_attributes);
        assert_int_equal(pail_draft_dirty(f->d), how != 1);
        file_write(f, f->size, 10);
        file_read_all(f);
        file_commit(f);
        file_free(f);
        delete_key(&r, "k");
    }
    rig_stop(&r);
}

/* Without asking for what the rebase has done, the condition is right all the same. */
static void test_commit_after_rebase(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_grow(f, 22 * MIB, MIB);
    file_write(f, 7 * MIB, 100);
    assert_string_equal(f->etag, "");
    file_commit(f);
    file_free(f);
    /* Somebody else in between. */
    f = file_new(&r, "l");
    file_grow(f, 22 * MIB, MIB);
    file_write(f, 7 * MIB, 100);
    s3_fixture_store(&r.f, "l", "theirs", 6);
    assert_code(file_try_commit(f, &err), PAIL_E_FS_STALE);
    s3_fixture_expect(&r.f, "l", "theirs", 6);
    file_free(f);
    rig_stop(&r);
}

static void test_rebase_refused(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_grow(f, 22 * MIB, MIB);
    s3_fixture_store(&r.f, "k", "theirs", 6);
    assert_code(file_try_write(f, 7 * MIB, 10, &err), PAIL_E_FS_EXIST);
    assert_int_equal(pail_draft_size(f->d), 22 * MIB);
    delete_key(&r, "k");
    file_write(f, 7 * MIB, 10);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

static void test_truncated_to_nothing(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_grow(f, 22 * MIB, MIB);
    file_truncate(f, 0);
    assert_int_equal(s3_fixture_uploads(&r.f), 0);
    file_write(f, 0, 10);
    file_commit(f);
    file_grow(f, 30 * MIB, MIB);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* Not committed: the upload goes. */
static void test_thrown_away(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_grow(f, 22 * MIB, MIB);
    assert_int_equal(s3_fixture_uploads(&r.f), 1);
    assert_int_equal(rig_upload_rows(&r), 1);
    assert_code(pail_draft_rekey(f->d, PAIL_STR("other"), NULL), PAIL_E_FS_BUSY);
    file_free(f);
    s3_fixture_expect(&r.f, "k", NULL, 0);
    rig_stop(&r);
}

/* ---- Failures ---- */

/* A part that fails keeps its bytes; the next commit sends it again. */
static void test_part_fails(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    for (int nth = 1; nth <= 5; nth++) {
        char script[100];
        struct file *f = file_new(&r, "k");
        snprintf(script, sizeof(script), "op=UploadPart nth=%d count=1 deny", nth);
        s3_fixture_faults(&r.f, script);
        int rc = 0;
        while (f->size < 22 * MIB && !rc)
            rc = file_try_write(f, f->size, 512 * KIB, &err);
        if (!rc)
            rc = file_try_commit(f, &err);
        assert_code(rc, PAIL_E_ACCESS);
        s3_fixture_expect(&r.f, "k", NULL, 0);
        file_commit(f);
        file_grow(f, f->size + 12 * MIB, MIB);
        file_rebased(f);
        file_commit(f);
        file_free(f);
        delete_key(&r, "k");
    }
    rig_stop(&r);
}

/* The parts are there, the last request fails; then the file goes on. */
static void test_complete_fails(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    /* The tail that was sent is too short, or long enough, to have parts behind it. */
    for (uint64_t size = 11 * MIB; size <= 16 * MIB; size += 3 * MIB / 2 + 1) {
        struct file *f = file_new(&r, "k");
        file_grow(f, size, MIB);
        s3_fixture_faults(&r.f, "op=CompleteMultipartUpload count=1 deny");
        assert_code(file_try_commit(f, &err), PAIL_E_ACCESS);
        file_write(f, f->size, 100);
        file_grow(f, f->size + 8 * MIB, MIB);
        file_rebased(f);
        file_write(f, 0, 10);
        file_rebased(f);
        file_commit(f);
        file_read_all(f);
        file_free(f);
        delete_key(&r, "k");
    }
    rig_stop(&r);
}

static void test_create_fails(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    s3_fixture_faults(&r.f, "op=CreateMultipartUpload count=2 deny");
    int rc = 0;
    while (f->size < 22 * MIB && !rc)
        rc = file_try_write(f, f->size, 512 * KIB, &err);
    assert_code(rc, PAIL_E_ACCESS);
    assert_int_equal(pail_draft_size(f->d), 10 * MIB);
    assert_code(file_try_write(f, f->size, 512 * KIB, &err), PAIL_E_ACCESS);
    file_grow(f, 22 * MIB, MIB);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* Somebody ended the upload. */
static void test_upload_is_gone(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_grow(f, 22 * MIB, MIB);
    assert_ok(pail_writer_recover(r.writer, r.f.s3, &err), &err);
    assert_int_equal(s3_fixture_uploads(&r.f), 1); /* it is of this life */
    s3_fixture_faults(&r.f, "op=UploadPart count=0 status=404 code=NoSuchUpload; "
                            "op=CompleteMultipartUpload count=0 status=404 code=NoSuchUpload");
    assert_code(file_try_commit(f, &err), PAIL_E_SERVICE);
    s3_fixture_faults(&r.f, "");
    file_free(f);
    rig_stop(&r);
}

/* Uploads of an earlier life are ended, others stay. */
static void test_recover(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_upload_id old, strange;
    struct pail_s3_mpu_create_args create = {.bucket = PAIL_STR(S3_BUCKET), .key = PAIL_STR("o")};
    rig_start(&r, NULL);
    assert_ok(pail_s3_mpu_create(r.f.s3, &create, &old, &err), &err);
    assert_ok(pail_s3_mpu_create(r.f.s3, &create, &strange, &err), &err);
    assert_ok(pail_meta_upload_add(r.meta, create.bucket, create.key, pail_str(old.id), &err),
              &err);
    assert_ok(pail_meta_upload_add(r.meta, create.bucket, create.key, PAIL_STR("gone"), &err),
              &err);
    assert_ok(pail_meta_upload_add(r.meta, PAIL_STR("no-such-bucket"), create.key,
                                   PAIL_STR("gone2"), &err),
              &err);
    s3_fixture_faults(&r.f, "op=AbortMultipartUpload deny");
    assert_code(pail_writer_recover(r.writer, r.f.s3, &err), PAIL_E_ACCESS);
    assert_ok(pail_writer_recover(r.writer, r.f.s3, &err), &err);
    assert_int_equal(rig_upload_rows(&r), 0);
    assert_int_equal(s3_fixture_uploads(&r.f), 1);
    struct pail_s3_mpu_abort_args abort = {
        .bucket = create.bucket, .key = create.key, .upload_id = pail_str(strange.id)};
    assert_ok(pail_s3_mpu_abort(r.f.s3, &abort, &err), &err);
    rig_stop(&r);
}

/* The database cannot remember the upload: it is not used. */
static _Atomic int failing;
static int failing_sync(struct pail_file *file, struct pail_error *err)
{
    if (failing)
        return pail_error_os(err, EIO, "sync");
    return pail_file_posix_ops.sync(file, err);
}
static struct pail_file_ops failing_ops;
static int failing_open(const char *path, unsigned flags, struct pail_file **ret,
                        struct pail_error *err)
{
    int rc = pail_file_posix_ops.open(path, flags, ret, err);
    if (!rc)
        (*ret)->ops = &failing_ops;
    return rc;
}

static void test_no_durability(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    failing_ops = pail_file_posix_ops;
    failing_ops.sync = failing_sync;
    failing_ops.open = failing_open;
    pail_file_set_ops(&failing_ops);
    rig_start(&r, NULL);
    struct file *f = file_new(&r, "k");
    file_grow(f, 10 * MIB, MIB);
    failing = 1;
    s3_fixture_reset(&r.f);
    int rc = file_try_write(f, f->size, MIB, &err);
    assert_true(rc != 0);
    assert_int_equal(count(&r, "UploadPart"), 0);
    assert_int_equal(s3_fixture_uploads(&r.f), 0);
    failing = 0;
    assert_int_equal(pail_draft_size(f->d), 10 * MIB);
    /* Small enough for one request still. */
    file_commit(f);
    assert_int_equal(count(&r, "PutObject"), 1);
    file_free(f);
    rig_stop(&r);
    pail_file_set_ops(NULL);
}

/* ---- Memory and disk ---- */

/* More streams than the budget has room for: each goes on, none waits for ever. */
static struct rig *shared;
static void write_one(void *arg)
{
    char key[16];
    snprintf(key, sizeof(key), "k%d", (int)(intptr_t)arg);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_draft *d = NULL;
    struct pail_commit_args args = {.key = pail_str(key), .if_absent = true};
    struct pail_commit_result result;
    char *p = malloc(MIB);
    assert_ok(pail_draft_new(shared->writer, &shared->f.volume, pail_str(key), NULL, &d, &err),
              &err);
    assert_ok(pail_draft_set_target(d, &args, &err), &err);
    for (uint64_t at = 0; at < 24 * MIB; at += MIB) {
        s3_fixture_fill(p, MIB, at, (uint64_t)(intptr_t)arg);
        assert_ok(draft_write_all(d, at, p, MIB, &err), &err);
    }
    assert_ok(pail_draft_commit(d, &args, &result, &err), &err);
    pail_draft_free(d);
    free(p);
}

static void test_many_streams(void **state)
{
    enum { STREAMS = 6 };
    struct rig r;
    struct rig_options opt = {.memory_limit = 16 * MIB, .parallel = 3};
    struct pail_thread *threads[STREAMS];
    rig_start(&r, &opt);
    shared = &r;
    s3_fixture_faults(&r.f, "op=UploadPart count=0 stall=20");
    for (int i = 0; i < STREAMS; i++)
        assert_ok(pail_thread_start(&threads[i], "stream", write_one, (void *)(intptr_t)i, NULL),
                  NULL);
    for (int i = 0; i < STREAMS; i++)
        pail_thread_join(threads[i]);
    char *p = malloc(24 * MIB);
    for (int i = 0; i < STREAMS; i++) {
        char key[16];
        snprintf(key, sizeof(key), "k%d", i);
        s3_fixture_fill(p, 24 * MIB, 0, (uint64_t)i);
        s3_fixture_expect(&r.f, key, p, 24 * MIB);
    }
    free(p);
    struct pail_writer_stats st = rig_stats(&r);
    print_message("peak %llu MiB\n", (unsigned long long)(st.memory_peak / MIB));
    assert_true(st.memory_peak <= 16 * MIB + STREAMS * 2 * PART);
    rig_stop(&r);
}

static void test_one_stream_stays_in_budget(void **state)
{
    struct rig r;
    struct rig_options opt = {.memory_limit = 32 * MIB};
    rig_start(&r, &opt);
    s3_fixture_faults(&r.f, "op=UploadPart count=0 stall=10");
    struct file *f = file_new(&r, "k");
    file_grow(f, 60 * MIB, MIB);
    file_commit(f);
    assert_true(rig_stats(&r).memory_peak <= 32 * MIB);
    file_free(f);
    rig_stop(&r);
}

/* Parts too large for memory lie in the staging file while they are sent. */
static void test_large_parts(void **state)
{
    struct rig r;
    struct rig_options opt = {.part_size = 33 * MIB};
    rig_start(&r, &opt);
    /* 50 MiB: part 2 is not full, there is no upload yet. */
    for (uint64_t size = 50 * MIB; size <= 110 * MIB; size += 60 * MIB) {
        struct file *f = file_new(&r, "k");
        file_grow(f, size, MIB);
        file_write(f, size - 100, 50);
        assert_true(rig_stats(&r).staged_bytes > 0);
        file_commit(f);
        assert_int_equal(rig_stats(&r).staged_bytes, 0);
        file_free(f);
        delete_key(&r, "k");
    }
    rig_stop(&r);
}

static void test_large_parts_need_disk(void **state)
{
    struct rig r;
    struct rig_options opt = {.part_size = 33 * MIB, .staging_limit = 10 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, &opt);
    struct file *f = file_new(&r, "k");
    int rc = 0;
    while (f->size < 60 * MIB && !rc)
        rc = file_try_write(f, f->size, MIB, &err);
    assert_code(rc, PAIL_E_FS_NOSPC);
    assert_int_equal(pail_draft_size(f->d), 43 * MIB);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_requests), cmocka_unit_test(test_taken_in_part),
               cmocka_unit_test(test_header_rewritten), cmocka_unit_test(test_over_the_end),
               cmocka_unit_test(test_two_parts_in_memory), cmocka_unit_test(test_rebase),
               cmocka_unit_test(test_commit_after_rebase), cmocka_unit_test(test_rebase_refused),
               cmocka_unit_test(test_truncated_to_nothing), cmocka_unit_test(test_thrown_away),
               cmocka_unit_test(test_part_fails), cmocka_unit_test(test_complete_fails),
               cmocka_unit_test(test_create_fails), cmocka_unit_test(test_upload_is_gone),
               cmocka_unit_test(test_recover), cmocka_unit_test(test_no_durability),
               cmocka_unit_test(test_many_streams),
               cmocka_unit_test(test_one_stream_stays_in_budget),
               cmocka_unit_test(test_large_parts), cmocka_unit_test(test_large_parts_need_disk))
