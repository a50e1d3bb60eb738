/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fs/draft-rig.h"

#include <dirent.h>
#include <sys/stat.h>

void rig_start(struct rig *r, const struct rig_options *opt)
{
    static const struct rig_options none;
    struct pail_cache_options co = {.memory_limit = 64 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_meta_open_result opened;

    opt = opt ? opt : &none;
    memset(r, 0, sizeof(*r));
    s3_fixture_start(&r->f, &opt->s3);
    snprintf(r->staging, sizeof(r->staging), "%s/staging", r->f.dir);
    assert_int_equal(mkdir(r->staging, 0700), 0);
    assert_ok(pail_meta_open(r->f.dir, &r->meta, &opened, &err), &err);
    assert_ok(pail_cache_new(&co, &r->cache, &err), &err);
    struct pail_writer_options wo = {
        .staging_dir = r->staging,
        .staging_limit = opt->staging_limit,
        .staging_reserve = 1,
        .part_size = opt->part_size ? opt->part_size : PART,
        .parallel = opt->parallel,
        .memory_limit = opt->memory_limit,
        .meta = r->meta,
        .cache = r->cache,
    };
    assert_ok(pail_writer_new(&wo, &r->writer, &err), &err);
}

struct pail_writer_stats rig_stats(struct rig *r)
{
    struct pail_writer_stats st;
    pail_writer_stats(r->writer, &st);
    return st;
}

void rig_sweep(struct rig *r)
{
    struct pail_s3_mpu_list_args list = {.bucket = PAIL_STR(S3_BUCKET)};
    struct pail_s3_uploads found;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_s3_mpu_list(r->f.s3, &list, &found, &err), &err);
    for (size_t i = 0; i < found.n; i++) {
        struct pail_s3_mpu_abort_args abort = {.bucket = list.bucket,
                                               .key = found.uploads[i].key,
                                               .upload_id = found.uploads[i].upload_id};
        assert_ok(pail_s3_mpu_abort(r->f.s3, &abort, &err), &err);
    }
    pail_s3_uploads_done(&found);
}

static int count_row(void *ud, struct pail_str bucket, struct pail_str key, struct pail_str id)
{
    ++*(unsigned *)ud;
    return 0;
}

unsigned rig_upload_rows(struct rig *r)
{
    unsigned n = 0;
    assert_ok(pail_meta_uploads(r->meta, count_row, &n, NULL), NULL);
    return n;
}

static unsigned staging_files(struct rig *r)
{
    unsigned n = 0;
    DIR *d = opendir(r->staging);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

void rig_stop(struct rig *r)
{
    struct pail_writer_stats st = rig_stats(r);
    assert_int_equal(st.memory_used, 0);
    assert_int_equal(st.staged_bytes, 0);
    assert_int_equal(st.drafts, 0);
    assert_int_equal(staging_files(r), 0);
    assert_int_equal(rig_upload_rows(r), 0);
    assert_int_equal(s3_fixture_uploads(&r->f), 0);
    pail_writer_free(r->writer);
    pail_cache_free(r->cache);
    pail_meta_close(r->meta);
    s3_fixture_stop(&r->f);
}

/* ---- Files ---- */

static struct file *file_make(struct rig *r, const char *key)
{
    struct file *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->r = r;
    f->key = key;
    return f;
}

static void model_room(struct file *f, size_t size)
{
    if (size > f->room) {
        f->room = size * 3 / 2 + 4096;
        f->model = realloc(f->model, f->room);
        assert_non_null(f->model);
    }
    if (size > f->size) {
        memset(f->model + f->size, 0, size - f->size);
        f->size = size;
    }
}

struct file *file_new(struct rig *r, const char *key)
{
    struct file *f = file_make(r, key);
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_draft_new(r->writer, &r->f.volume, pail_str(key), NULL, &f->d, &err), &err);
    file_target(f);
    return f;
}

struct file *file_over(struct rig *r, const char *key, size_t n, uint64_t seed)
{
    struct file *f = file_make(r, key);
    struct pail_error err = PAIL_ERROR_INIT;
    char etag[64];

    model_room(f, n);
    s3_fixture_fill(f->model, n, 0, seed);
    s3_fixture_store(&r->f, key, f->model, n);
    snprintf(f->etag, sizeof(f->etag), "%s", s3_fixture_etag(&r->f, key, etag));
    struct pail_base base = {.etag = pail_str(f->etag), .size = n};
    assert_ok(pail_draft_new(r->writer, &r->f.volume, pail_str(key), &base, &f->d, &err), &err);
    file_target(f);
    return f;
}

void file_free(struct file *f)
{
    pail_draft_free(f->d);
    free(f->model);
    free(f);
}

int draft_write_all(struct pail_draft *d, uint64_t offset, const void *p, size_t n,
                    struct pail_error *err)
{
    const char *from = p;
    int rc = 0;
    for (size_t done = 0, some = 0; done < n && !rc; done += some)
        rc = pail_draft_write(d, offset + done, from + done, n - done, &some, err);
    return rc;
}

int file_try_write(struct file *f, uint64_t offset, size_t n, struct pail_error *err)
{
    char *p = malloc(n ? n : 1);
    assert_non_null(p);
    s3_fixture_fill(p, n, 0, rng_next(&f->r->rng));
    int rc = draft_write_all(f->d, offset, p, n, err);
    if (!rc && n) {
        model_room(f, offset + n);
        memcpy(f->model + offset, p, n);
    }
    free(p);
    return rc;
}

void file_write(struct file *f, uint64_t offset, size_t n)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(file_try_write(f, offset, n, &err), &err);
    assert_int_equal(pail_draft_size(f->d), f->size);
}

void file_grow(struct file *f, uint64_t size, size_t piece)
{
    while (f->size < size)
        file_write(f, f->size, (size_t)pail_min_u64(piece, size - f->size));
}

void file_read(struct file *f, uint64_t offset, size_t n)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char *p = malloc(n ? n : 1);
    size_t got = SIZE_MAX, there = offset < f->size ? pail_min_u64(n, f->size - offset) : 0;
    assert_non_null(p);
    assert_ok(pail_draft_read(f->d, offset, p, n, &got, &err), &err);
    assert_int_equal(got, there);
    if (there && memcmp(p, f->model + offset, there) != 0) {
        size_t i = 0;
        while (p[i] == f->model[offset + i])
            i++;
        fail_msg("%s: differs at %zu of %zu", f->key, (size_t)offset + i, f->size);
    }
    free(p);
}

void file_read_all(struct file *f)
{
    for (uint64_t at = 0; at <= f->size; at += MIB)
        file_read(f, at, MIB);
}

void file_truncate(struct file *f, uint64_t size)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_draft_truncate(f->d, size, &err), &err);
    if (size < f->size)
        f->size = size;
    model_room(f, size);
    assert_int_equal(pail_draft_size(f->d), f->size);
}

void file_zero(struct file *f, uint64_t offset, uint64_t n, bool keep_size)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_draft_zero(f->d, offset, n, keep_size, &err), &err);
    uint64_t end = keep_size ? pail_min_u64(offset + n, f->size) : offset + n;
    if (offset >= end)
        return;
    model_room(f, end);
    memset(f->model + offset, 0, end - offset);
    assert_int_equal(pail_draft_size(f->d), f->size);
}

/* ---- Commits ---- */

struct pail_commit_args file_args(struct file *f)
{
    return (struct pail_commit_args){
        .key = pail_str(f->key),
        .if_match = pail_str(f->etag),
        .if_absent = !f->etag[0],
        .attributes = f->attributes,
    };
}

void file_target(struct file *f)
{
    struct pail_commit_args args = file_args(f);
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_draft_set_target(f->d, &args, &err), &err);
}

bool file_rebased(struct file *f)
{
    if (!pail_draft_rebased(f->d, &f->last))
        return false;
    snprintf(f->etag, sizeof(f->etag), "%s", f->last.put.etag);
    return true;
}

int file_try_commit(struct file *f, struct pail_error *err)
{
    struct pail_commit_args args = file_args(f);
    struct pail_error own = PAIL_ERROR_INIT;
    err = err ? err : &own;
    int rc = pail_draft_commit(f->d, &args, &f->last, err);
    if (rc) {
        assert_int_equal(err->code, rc);
        assert_true(err->message[0]);
        return rc;
    }
    snprintf(f->etag, sizeof(f->etag), "%s", f->last.put.etag);
    assert_int_equal(f->last.size, f->size);
    assert_false(pail_draft_dirty(f->d));
    file_target(f);
    return 0;
}

void file_check(struct file *f)
{
    char etag[64];
    s3_fixture_expect(&f->r->f, f->key, f->model ? f->model : "", f->size);
    assert_string_equal(f->etag, s3_fixture_etag(&f->r->f, f->key, etag));
}

void file_commit(struct file *f)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(file_try_commit(f, &err), &err);
    file_check(f);
}
