/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/fs/draft-rig.h - drafts over the fake S3, each beside a byte array that says what it must
 * contain.
 *
 *     struct rig r;
 *     rig_start(&r, NULL);
 *     struct file *f = file_new(&r, "key");
 *     file_write(f, 0, 100);
 *     file_commit(f);          content and ETag in S3 are compared
 *     file_free(f);
 *     rig_stop(&r);            nothing may be left: memory, staging, uploads
 */
#ifndef PAIL_TESTS_UNIT_FS_DRAFT_RIG_H
#define PAIL_TESTS_UNIT_FS_DRAFT_RIG_H

#include "unit/fs/rng.h"
#include "unit/fs/s3-fixture.h"
#include "write/draft.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1) << 20)
#define PART (5 * MIB) /* the rig's */

struct rig {
    struct s3_fixture f;
    struct pail_meta *meta;
    struct pail_cache *cache;
    struct pail_writer *writer;
    struct rng rng;
    char staging[96];
};

struct rig_options {
    struct fake_s3_options s3;
    uint64_t staging_limit, memory_limit, part_size;
    unsigned parallel;
};
/* opt NULL: defaults, parts of 5 MiB. */
void rig_start(struct rig *r, const struct rig_options *opt);
void rig_stop(struct rig *r);
/* Ends all uploads, as a clean-up tool would. */
void rig_sweep(struct rig *r);
struct pail_writer_stats rig_stats(struct rig *r);
/* Uploads that the database knows of. */
unsigned rig_upload_rows(struct rig *r);

struct file {
    struct rig *r;
    struct pail_draft *d;
    const char *key;
    char *model;
    size_t size, room;
    char etag[128]; /* of what S3 has; "": nothing */
    struct pail_commit_result last;
    struct pail_s3_attributes attributes;
};
/* Nothing there yet. */
struct file *file_new(struct rig *r, const char *key);
/* Over an object of n bytes of pattern `seed`, stored first. */
struct file *file_over(struct rig *r, const char *key, size_t n, uint64_t seed);
/* The draft with it. */
void file_free(struct file *f);

/* All of it, or the error that came in between. */
int draft_write_all(struct pail_draft *d, uint64_t offset, const void *p, size_t n,
                    struct pail_error *err);
/* Bytes at random. */
void file_write(struct file *f, uint64_t offset, size_t n);
/* The model is changed when it works. */
int file_try_write(struct file *f, uint64_t offset, size_t n, struct pail_error *err);
/* Pieces of `piece` bytes at the end, until the file has `size`. */
void file_grow(struct file *f, uint64_t size, size_t piece);
void file_read(struct file *f, uint64_t offset, size_t n);
void file_read_all(struct file *f);
void file_truncate(struct file *f, uint64_t size);
void file_zero(struct file *f, uint64_t offset, uint64_t n, bool keep_size);
/* With the condition that belongs to etag: If-None-Match or If-Match. */
struct pail_commit_args file_args(struct file *f);
int file_try_commit(struct file *f, struct pail_error *err);
void file_commit(struct file *f);
/* What S3 has is what the model says. */
void file_check(struct file *f);
/* A commit that the draft made by itself is taken over; was there one? */
bool file_rebased(struct file *f);
/* Sets the target of rebases. */
void file_target(struct file *f);

#endif
