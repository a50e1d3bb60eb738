/* SPDX-License-Identifier: Apache-2.0 */
/* Other hosts: what they change is seen, and never mixed or overwritten unknowingly. Mounts of
 * prefixes and of all buckets. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "unit/fs/fixture.h"

static void test_close_to_open(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "f", "one");
    world_mount(&w);
    assert_file(&w, "f", "one");
    world_put(&w, "f", "two two");
    assert_file(&w, "f", "two two"); /* whatever the ttl */
    assert_int_equal(world_stat(&w, "f").size, 7);
    char text[64];
    snprintf(text, sizeof(text), "inode %llu data", (unsigned long long)world_ino(&w, "f"));
    world_wait_told(&w, text);
    world_delete(&w, "f");
    struct pail_fs_open_result o;
    assert_code(world_open(&w, "f", O_RDONLY, &o), PAIL_E_FS_NOENT);
    world_wait_told(&w, "entry 1 f");
    assert_code(world_lookup(&w, "f", NULL), PAIL_E_FS_NOENT);
    world_stop(&w);
}

static void test_changed_while_reading(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    size_t n = 30 << 20;
    char *p = calloc(1, n), text[16];
    assert_non_null(p);
    world_start(&w);
    world_put_bytes(&w, "f", p, n);
    world_mount(&w);
    assert_ok(world_open(&w, "f", O_RDONLY, &o), &world_err);
    assert_int_equal(world_read(&w, o.handle, 0, text, 16), 16);
    memset(p, 1, n);
    world_put_bytes(&w, "f", p, n);
    assert_code(world_read(&w, o.handle, n - 16, text, 16), PAIL_E_FS_STALE);
    assert_int_equal(pail_errno(&world_err), ESTALE);
    pail_fs_release(w.fs, o.handle);
    assert_ok(world_open(&w, "f", O_RDONLY, &o), &world_err);
    assert_int_equal(world_read(&w, o.handle, n - 16, text, 16), 16);
    assert_int_equal(text[0], 1);
    pail_fs_release(w.fs, o.handle);
    free(p);
    world_stop(&w);
}

/* After a chmod that nobody knows the end of, the first write asks for the attributes: it learns of
 * the other version with them, and must not begin on it. */
static void test_changed_before_the_first_write(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    world_start(&w);
    world_put(&w, "f", "ours");
    w.opt.posix = PAIL_POSIX_ALWAYS;
    w.opt.op_timeout_ms = 1500;
    world_mount(&w);
    assert_ok(world_open(&w, "f", O_WRONLY, &o), &world_err);
    world_faults(&w, "op=CopyObject count=0 lost\nop=HeadObject count=0 lost");
    assert_true(world_chmod(&w, "f", 0600) != 0);
    world_faults(&w, "");
    world_put(&w, "f", "another host's");
    world_reset(&w);
    assert_code(world_write(&w, o.handle, 0, "written"), PAIL_E_FS_STALE);
    assert_int_equal(pail_errno(&world_err), ESTALE);
    assert_count(&w, "HeadObject", 1);
    assert_ok(world_close(&w, o.handle), &world_err);
    assert_object(&w, "f", "another host's");
    world_stop(&w);
}

static int handle_truncate(struct world *w, struct pail_fs_handle *h, uint64_t size)
{
    struct pail_fs_entry e;
    const struct pail_fs_setattr set = {.set = PAIL_FS_SET_SIZE, .size = size};
    return pail_fs_setattr(w->fs, &w->ctx, world_ino(w, "f"), h, &set, &e, &world_err);
}

/* Whatever changes the content through a handle; by name it is what is there now that is cut. */
static void test_changed_while_open(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    world_start(&w);
    world_put(&w, "f", "ours");
    w.opt.metadata_ttl_ns = 0;
    world_mount(&w);
    assert_ok(world_open(&w, "f", O_RDWR, &o), &world_err);
    world_put(&w, "f", "another host's");
    assert_int_equal(world_stat(&w, "f").size, 14);
    assert_code(world_write(&w, o.handle, 0, "written"), PAIL_E_FS_STALE);
    assert_code(handle_truncate(&w, o.handle, 2), PAIL_E_FS_STALE);
    assert_code(handle_truncate(&w, o.handle, 0), PAIL_E_FS_STALE);
    assert_code(pail_fs_fallocate(w.fs, o.handle, PAIL_FS_FALLOC_ZERO, 0, 4, &world_err),
                PAIL_E_FS_STALE);
    assert_ok(world_close(&w, o.handle), &world_err);
    assert_object(&w, "f", "another host's");
    assert_ok(world_truncate(&w, "f", 7), &world_err);
    assert_object(&w, "f", "another");
    world_stop(&w);
}

static void test_ttl_zero_asks(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "f", "one");
    w.opt.metadata_ttl_ns = 0;
    world_mount(&w);
    assert_int_equal(world_stat(&w, "f").size, 3);
    world_put(&w, "f", "four");
    assert_int_equal(world_stat(&w, "f").size, 4);
    world_put(&w, "g", "x");
    assert_string_equal(world_ls(&w, "", true), "f g");
    world_delete(&w, "f");
    assert_code(world_lookup(&w, "f", NULL), PAIL_E_FS_NOENT);
    world_put(&w, "h/x", "x"); /* a new directory */
    assert_file(&w, "h/x", "x");
    assert_ok(world_write_file(&w, "h/y", "y"), &world_err);
    assert_ok(world_mkdir(&w, "h/d"), &world_err);
    assert_ok(world_rename(&w, "h/y", "h/d/z", 0), &world_err);
    assert_ok(world_unlink(&w, "h/x"), &world_err);
    assert_string_equal(world_keys(&w), "g h/d/ h/d/z");
    world_stop(&w);
}

static void test_kind_changes(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "x", "a file");
    w.opt.metadata_ttl_ns = 0;
    world_mount(&w);
    uint64_t ino = world_ino(&w, "x");
    world_delete(&w, "x");
    world_put(&w, "x/y", "now a directory");
    assert_int_equal(world_stat(&w, "x").kind, PAIL_KIND_DIR);
    assert_int_not_equal(world_ino(&w, "x"), ino);
    assert_file(&w, "x/y", "now a directory");
    world_stop(&w);
}

static void test_remount_knows(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "d/a", "1");
    world_put(&w, "d/sub/b", "2");
    world_mount(&w);
    uint64_t ino = world_ino(&w, "d/sub");
    assert_string_equal(world_ls(&w, "d", true), "a sub/");
    assert_string_equal(world_ls(&w, "d/sub", true), "b");
    assert_ok(world_write_file(&w, "d/sub/c", "33"), &world_err);
    assert_ok(world_chmod(&w, "d/sub/c", 0640), &world_err);
    world_unmount(&w);
    world_mount(&w);
    world_reset(&w);
    assert_string_equal(world_ls(&w, "d", true), "a sub/");
    assert_string_equal(world_ls(&w, "d/sub", true), "b c");
    assert_int_equal(world_stat(&w, "d/sub/c").size, 2);
    assert_int_equal(world_stat(&w, "d/sub/c").mode, 0100640);
    assert_int_equal(world_ino(&w, "d/sub"), ino);
    assert_requests(&w, 0);
    struct pail_fs_statfs s;
    assert_ok(pail_fs_statfs(w.fs, &s, &world_err), &world_err);
    assert_int_equal(s.bytes_used, 4);
    assert_true(s.bytes_total > s.bytes_used);
    world_stop(&w);
}

static void test_state_of_another_bucket(void **state)
{
    struct world w;
    struct pail_error err = PAIL_ERROR_INIT;
    world_start(&w);
    world_mount(&w);
    struct pail_fs *first = w.fs;
    assert_code(world_try_mount(&w, &err), PAIL_E_FS_BUSY); /* the same directory twice */
    w.fs = first;
    world_unmount(&w);
    w.opt.prefix = "elsewhere";
    assert_code(world_try_mount(&w, &err), PAIL_E_CONFIG);
    world_stop(&w);
}

static void test_no_such_bucket(void **state)
{
    struct world w;
    struct pail_error err = PAIL_ERROR_INIT;
    world_start(&w);
    w.opt.bucket = "nobody-made-this";
    assert_code(world_try_mount(&w, &err), PAIL_E_NO_BUCKET);
    assert_non_null(strstr(err.message, "nobody-made-this"));
    w.opt.bucket = WORLD_BUCKET;
    snprintf(w.state, sizeof(w.state), "%s/state2", w.dir);
    assert_int_equal(mkdir(w.state, 0700), 0);
    world_faults(&w, "op=ListObjectsV2 count=0 deny");
    assert_code(world_try_mount(&w, &err), PAIL_E_ACCESS);
    world_faults(&w, "");
    world_mount(&w);
    world_stop(&w);
}

static void test_prefix(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a/b/f", "below");
    world_put(&w, "a/b2", "beside");
    world_put(&w, "top", "above");
    w.opt.prefix = "/a/b";
    world_mount(&w);
    assert_string_equal(world_ls(&w, "", true), "f");
    assert_file(&w, "f", "below");
    assert_ok(world_mkdir(&w, "d"), &world_err);
    assert_ok(world_write_file(&w, "d/x", "x"), &world_err);
    assert_ok(world_rename(&w, "d", "e", 0), &world_err);
    assert_ok(world_unlink(&w, "f"), &world_err);
    assert_string_equal(world_keys(&w), "a/b/e/ a/b/e/x a/b2 top");
    struct pail_buf key = PAIL_BUF_INIT(1024);
    assert_ok(
        pail_fs_getxattr(w.fs, world_ino(&w, "e/x"), PAIL_STR("user.pail.key"), &key, &world_err),
        &world_err);
    assert_str(pail_buf_view(&key), "s3://bucket/a/b/e/x");
    pail_buf_done(&key);
    world_stop(&w);
}

static void test_all_buckets(void **state)
{
    struct world w;
    world_start(&w);
    fake_server_lock(w.server);
    assert_true(fake_s3_make_bucket(fake_server_s3(w.server), "other"));
    fake_server_unlock(w.server);
    world_put(&w, "d/f", "content");
    w.opt.bucket = NULL;
    world_mount(&w);
    assert_int_equal(world_count(&w, NULL), 1);
    assert_string_equal(world_ls(&w, "", true), "bucket/ other/");
    assert_file(&w, "bucket/d/f", "content");
    assert_ok(world_write_file(&w, "bucket/d/new", "x"), &world_err);
    assert_object(&w, "d/new", "x");
    assert_ok(world_rename(&w, "bucket/d/new", "bucket/moved", 0), &world_err);
    assert_object(&w, "moved", "x");
    assert_code(world_rename(&w, "bucket/moved", "other/moved", 0), PAIL_E_FS_XDEV);
    struct pail_fs_handle *h;
    assert_code(world_create(&w, "file", O_WRONLY, &h), PAIL_E_FS_PERM);
    assert_code(world_mkdir(&w, "third"), PAIL_E_FS_PERM);
    assert_code(world_rmdir(&w, "other"), PAIL_E_FS_PERM);
    assert_code(world_rename(&w, "other", "third", 0), PAIL_E_FS_PERM);
    assert_code(world_chmod(&w, "other", 0700), PAIL_E_FS_PERM);
    assert_ok(world_mkdir(&w, "other/d"), &world_err);
    world_unmount(&w);
    w.opt.bucket_ops = true;
    world_mount(&w);
    assert_ok(world_mkdir(&w, "third"), &world_err);
    assert_ok(world_write_file(&w, "third/f", "in a new bucket"), &world_err);
    assert_file(&w, "third/f", "in a new bucket");
    assert_code(world_rmdir(&w, "third"), PAIL_E_BUCKET_NOT_EMPTY);
    assert_ok(world_unlink(&w, "third/f"), &world_err);
    assert_ok(world_rmdir(&w, "third"), &world_err);
    assert_string_equal(world_ls(&w, "", false), "bucket/ other/");
    world_stop(&w);
}

static void test_read_only(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    struct pail_fs_open_result o;
    world_start(&w);
    world_put(&w, "f", "x");
    world_put(&w, "d/", "");
    w.opt.read_only = true;
    world_mount(&w);
    assert_code(world_create(&w, "n", O_WRONLY, &h), PAIL_E_FS_ROFS);
    assert_code(world_open(&w, "f", O_WRONLY, &o), PAIL_E_FS_ROFS);
    assert_code(world_open(&w, "f", O_RDONLY | O_TRUNC, &o), PAIL_E_FS_ROFS);
    assert_code(world_mkdir(&w, "n"), PAIL_E_FS_ROFS);
    assert_code(world_rmdir(&w, "d"), PAIL_E_FS_ROFS);
    assert_code(world_unlink(&w, "f"), PAIL_E_FS_ROFS);
    assert_code(world_rename(&w, "f", "g", 0), PAIL_E_FS_ROFS);
    assert_code(world_symlink(&w, "l", "x"), PAIL_E_FS_ROFS);
    assert_code(world_chmod(&w, "f", 0600), PAIL_E_FS_ROFS);
    assert_code(world_truncate(&w, "f", 0), PAIL_E_FS_ROFS);
    assert_code(pail_fs_setxattr(w.fs, &w.ctx, world_ino(&w, "f"), PAIL_STR("user.x"),
                                 PAIL_STR("1"), 0, &world_err),
                PAIL_E_FS_ROFS);
    assert_file(&w, "f", "x");
    world_stop(&w);
}

/* Conditions that an endpoint ignores are replaced by looking. */
static void test_weak_endpoint(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    const struct fake_s3_options weak = {.quirk_ignore_conditions = true, .quirk_bare_etags = true};
    world_start_with(&w, &weak);
    world_mount(&w);
    assert_ok(world_write_file(&w, "f", "one"), &world_err);
    assert_ok(world_write_file(&w, "f", "two"), &world_err);
    assert_ok(world_rename(&w, "f", "g", PAIL_FS_RENAME_NOREPLACE), &world_err);
    assert_ok(world_mkdir(&w, "d"), &world_err);
    assert_ok(world_create(&w, "lock", O_WRONLY | O_EXCL, &h), &world_err);
    world_put(&w, "lock", "theirs");
    assert_code(world_close(&w, h), PAIL_E_FS_EXIST);
    assert_ok(world_unlink(&w, "g"), &world_err);
    struct pail_buf status = PAIL_BUF_INIT(65536);
    pail_fs_status(w.fs, &status);
    assert_non_null(strstr(pail_buf_cstr(&status), "bucket: " WORLD_BUCKET));
    pail_buf_done(&status);
    world_stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_close_to_open), cmocka_unit_test(test_changed_while_reading),
               cmocka_unit_test(test_changed_before_the_first_write),
               cmocka_unit_test(test_changed_while_open), cmocka_unit_test(test_ttl_zero_asks),
               cmocka_unit_test(test_kind_changes), cmocka_unit_test(test_remount_knows),
               cmocka_unit_test(test_state_of_another_bucket),
               cmocka_unit_test(test_no_such_bucket), cmocka_unit_test(test_prefix),
               cmocka_unit_test(test_all_buckets), cmocka_unit_test(test_read_only),
               cmocka_unit_test(test_weak_endpoint))
