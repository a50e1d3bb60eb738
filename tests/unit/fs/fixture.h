/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/fs/fixture.h - a mounted file system over the fake S3, and operations on it by path.
 *
 *     struct world w;
 *     world_start(&w);
 *     world_put(&w, "a/b", "content");
 *     world_mount(&w);
 *     assert_file(&w, "a/b", "content");
 *     world_stop(&w);
 *
 * Paths are from the root, "a/b". Every look-up is kept until the file system is unmounted, as a
 * kernel with a large cache would. Operations that end in the middle of a test end the test.
 */
#ifndef PAIL_TESTS_UNIT_FS_FIXTURE_H
#define PAIL_TESTS_UNIT_FS_FIXTURE_H

#include <fcntl.h>
#include <pail/s3.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "core/errno.h"
#include "core/fs.h"
#include "fake/server.h"
#include "unit/test.h"

#define WORLD_BUCKET "bucket"
#define WORLD_TTL (60 * PAIL_NS_PER_S)

struct world {
    struct fake_server *server;
    struct pail_session *session;
    struct pail_s3 *s3;
    char dir[64];
    char state[96], cache[96];
    struct pail_fs_options opt; /* what world_mount uses; filled by world_start */
    struct pail_fs *fs;         /* NULL: not mounted */
    struct pail_fs_ctx ctx;
    int64_t ahead_ms; /* what world_put writes is that much younger */
    struct pail_mutex lock;
    struct pail_cond told;
    size_t n_told;           /* under lock */
    char told_what[64][300]; /* "entry 1 name", "inode 5 data" */
};

/* A server with one empty bucket, nothing mounted. The endpoint's abilities are known, so that
 * nothing is asked for them. */
void world_start(struct world *w);
void world_start_with(struct world *w, const struct fake_s3_options *s3);
void world_stop(struct world *w);
void world_mount(struct world *w);
PAIL_CHECK int world_try_mount(struct world *w, struct pail_error *err);
void world_unmount(struct world *w);

/* ---- The service, behind the file system's back ---------------------------------------------- */

void world_put(struct world *w, const char *key, const char *data);
void world_put_bytes(struct world *w, const char *key, const void *data, size_t n);
/* With x-amz-meta-mode. */
void world_put_mode(struct world *w, const char *key, const char *data, const char *mode);
void world_delete(struct world *w, const char *key);
/* The content of an object; NULL: there is none. Freed with free. */
char *world_get(struct world *w, const char *key, size_t *ret_n);
bool world_has(struct world *w, const char *key);
/* Metadata header of an object, copied; "" when there is none. */
const char *world_header(struct world *w, const char *key, const char *name);
/* All keys, separated by blanks. */
const char *world_keys(struct world *w);
void world_faults(struct world *w, const char *script);
uint64_t world_count(struct world *w, const char *operation); /* NULL: all */
void world_reset(struct world *w);
void world_show_log(struct world *w);
/* The requests since the last reset are these; both are shown when not. */
#define assert_requests(w, n) world_assert_requests((w), NULL, (n), __FILE__, __LINE__)
#define assert_count(w, op, n) world_assert_requests((w), (op), (n), __FILE__, __LINE__)
void world_assert_requests(struct world *w, const char *operation, uint64_t n, const char *file,
                           int line);
#define assert_object(w, key, content)                                                             \
    world_assert_object((w), (key), (content), __FILE__, __LINE__)
void world_assert_object(struct world *w, const char *key, const char *content, const char *file,
                         int line);

/* ---- By path --------------------------------------------------------------------------------- */

/* 0, or why not; *ret (may be NULL). */
int world_lookup(struct world *w, const char *path, struct pail_fs_entry *ret);
uint64_t world_ino(struct world *w, const char *path);
struct pail_fs_attr world_stat(struct world *w, const char *path);
int world_create(struct world *w, const char *path, int flags, struct pail_fs_handle **ret);
int world_open(struct world *w, const char *path, int flags, struct pail_fs_open_result *ret);
/* All of it, or the error that came in between. */
int fs_write_all(struct pail_fs *fs, struct pail_fs_handle *h, uint64_t offset, const void *p,
                 size_t n, struct pail_error *err);
int world_write(struct world *w, struct pail_fs_handle *h, uint64_t offset, const char *data);
int world_flush(struct world *w, struct pail_fs_handle *h);
/* flush and release. */
int world_close(struct world *w, struct pail_fs_handle *h);
/* Up to n bytes; the error's code, or how many came. */
int world_read(struct world *w, struct pail_fs_handle *h, uint64_t offset, void *dst, size_t n);
/* create or truncate, write, close. */
int world_write_file(struct world *w, const char *path, const char *data);
#define assert_file(w, path, content) world_assert_file((w), (path), (content), __FILE__, __LINE__)
void world_assert_file(struct world *w, const char *path, const char *content, const char *file,
                       int line);
int world_mkdir(struct world *w, const char *path);
int world_rmdir(struct world *w, const char *path);
int world_unlink(struct world *w, const char *path);
int world_rename(struct world *w, const char *from, const char *to, unsigned flags);
int world_symlink(struct world *w, const char *path, const char *target);
int world_chmod(struct world *w, const char *path, uint32_t mode);
int world_truncate(struct world *w, const char *path, uint64_t size);
/* "a b/ c@", in the order given out; shared buffer. plus: with attributes. */
const char *world_ls(struct world *w, const char *path, bool plus);
/* How many entries there are, "." and ".." left out. */
size_t world_ls_count(struct world *w, const char *path, bool plus);
/* Waits until the kernel was told this. */
void world_wait_told(struct world *w, const char *what);

/* The message of the last error of the functions above. */
extern struct pail_error world_err;

#endif
