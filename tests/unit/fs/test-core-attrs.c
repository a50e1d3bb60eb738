/* SPDX-License-Identifier: Apache-2.0 */
/* Modes, owners, times and extended attributes, and what they cost. */
#include <errno.h>

#include "unit/fs/fixture.h"

static int set_time(struct world *w, const char *path, struct pail_fs_handle *h, int64_t ns)
{
    struct pail_fs_entry e;
    const struct pail_fs_setattr s = {.set = PAIL_FS_SET_MTIME, .mtime_ns = ns};
    return pail_fs_setattr(w->fs, &w->ctx, world_ino(w, path), h, &s, &e, &world_err);
}

static void test_defaults(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "d/f", "123");
    world_mount(&w);
    struct pail_fs_attr a = world_stat(&w, "d/f"), d = world_stat(&w, "d");
    assert_int_equal(a.mode, 0100644);
    assert_int_equal(a.uid, 500);
    assert_int_equal(a.gid, 501);
    assert_int_equal(a.blocks, 1);
    assert_int_equal(a.nlink, 1);
    assert_true(a.mtime_ns > 0);
    assert_int_equal(d.mode, 040755);
    world_stop(&w);
}

static void test_posix_seen(void **state)
{
    struct world w;
    world_start(&w);
    for (int i = 0; i < 300; i++) {
        char key[16];
        snprintf(key, sizeof(key), "d/%03d", i);
        world_put_mode(&w, key, "x", "33261"); /* 0100755 */
    }
    world_mount(&w);
    world_reset(&w);
    assert_int_equal(world_ls_count(&w, "d", true), 300);
    assert_count(&w, "ListObjectsV2", 1);
    assert_count(&w, "HeadObject", 300); /* once per version */
    assert_int_equal(world_stat(&w, "d/250").mode, 0100755);
    assert_int_equal(world_ls_count(&w, "d", true), 300);
    assert_count(&w, "HeadObject", 300);
    world_stop(&w);
}

static void test_posix_seen_by_lookups(void **state)
{
    struct world w;
    world_start(&w);
    for (int i = 0; i < 20; i++) {
        char key[16];
        snprintf(key, sizeof(key), "d/%03d", i);
        world_put_mode(&w, key, "x", "33261");
    }
    world_mount(&w);
    world_reset(&w);
    assert_int_equal(world_ls_count(&w, "d", false), 20);
    for (int i = 19; i >= 0; i--) {
        char path[16];
        snprintf(path, sizeof(path), "d/%03d", i);
        assert_int_equal(world_stat(&w, path).mode, 0100755);
    }
    assert_count(&w, "HeadObject", 20);
    world_stop(&w);
}

static void test_never(void **state)
{
    struct world w;
    world_start(&w);
    world_put_mode(&w, "d/f", "x", "33261");
    w.opt.posix = PAIL_POSIX_NEVER;
    world_mount(&w);
    world_reset(&w);
    assert_string_equal(world_ls(&w, "d", true), "f");
    assert_int_equal(world_stat(&w, "d/f").mode, 0100644);
    assert_count(&w, "HeadObject", 0);
    world_stop(&w);
}

static void test_folded(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    int64_t mtime = INT64_C(1500000000) * PAIL_NS_PER_S + 123456789;
    world_start(&w);
    world_mount(&w);
    world_reset(&w);
    assert_ok(world_create(&w, "f", O_WRONLY, &h), &world_err);
    assert_int_equal(world_stat(&w, "f").mode, 0100644); /* 0666 without the umask */
    assert_ok(world_write(&w, h, 0, "content"), &world_err);
    assert_ok(world_chmod(&w, "f", 0751), &world_err);
    assert_ok(pail_fs_setxattr(w.fs, &w.ctx, world_ino(&w, "f"), PAIL_STR("user.tag"),
                               PAIL_STR("v"), 0, &world_err),
              &world_err);
    assert_ok(set_time(&w, "f", h, mtime), &world_err);
    assert_requests(&w, 0);
    assert_ok(world_close(&w, h), &world_err);
    assert_requests(&w, 1);
    assert_string_equal(world_header(&w, "f", "x-amz-meta-mode"), "33257");
    assert_string_equal(world_header(&w, "f", "x-amz-meta-uid"), "1000");
    assert_string_equal(world_header(&w, "f", "x-amz-meta-gid"), "1001");
    assert_string_equal(world_header(&w, "f", "x-amz-meta-mtime"), "1500000000.123456789");
    struct pail_fs_attr a = world_stat(&w, "f");
    assert_int_equal(a.mtime_ns, mtime);
    assert_int_equal(a.mode, 0100751);
    /* a write after utimens has the last word */
    struct pail_fs_open_result o;
    assert_ok(world_open(&w, "f", O_WRONLY | O_APPEND, &o), &world_err);
    assert_ok(set_time(&w, "f", o.handle, 1), &world_err);
    assert_ok(world_write(&w, o.handle, 0, "!"), &world_err);
    assert_ok(world_close(&w, o.handle), &world_err);
    assert_true(world_stat(&w, "f").mtime_ns > mtime);
    assert_int_equal(world_stat(&w, "f").mode, 0100751);
    world_stop(&w);
}

static void test_self_copy(void **state)
{
    struct world w;
    struct pail_fs_entry e;
    world_start(&w);
    world_put(&w, "f", "content");
    world_mount(&w);
    int64_t before = world_stat(&w, "f").mtime_ns;
    world_reset(&w);
    assert_ok(world_chmod(&w, "f", 0644), &world_err); /* as it is: nothing to do but to know */
    assert_count(&w, "CopyObject", 0);
    assert_ok(world_chmod(&w, "f", 0600), &world_err);
    assert_count(&w, "CopyObject", 1);
    assert_int_equal(world_stat(&w, "f").mode, 0100600);
    assert_int_equal(world_stat(&w, "f").mtime_ns, before);
    const struct pail_fs_setattr own = {
        .set = PAIL_FS_SET_UID | PAIL_FS_SET_GID, .uid = 7, .gid = 8};
    assert_ok(pail_fs_setattr(w.fs, &w.ctx, world_ino(&w, "f"), NULL, &own, &e, &world_err),
              &world_err);
    assert_int_equal(e.attr.uid, 7);
    assert_int_equal(e.attr.gid, 8);
    assert_ok(set_time(&w, "f", NULL, INT64_C(1400000000000000001)), &world_err);
    assert_int_equal(world_stat(&w, "f").mtime_ns, INT64_C(1400000000000000001));
    assert_count(&w, "CopyObject", 3);
    assert_object(&w, "f", "content");
    assert_string_equal(world_header(&w, "f", "x-amz-meta-uid"), "7");
    /* of a version that somebody else replaced */
    world_put_mode(&w, "f", "newer", "33188");
    assert_ok(world_chmod(&w, "f", 0640), &world_err);
    assert_object(&w, "f", "newer");
    assert_string_equal(world_header(&w, "f", "x-amz-meta-mode"), "33184");
    world_stop(&w);
}

static void test_open_while_changed(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    world_start(&w);
    world_put(&w, "f", "abc");
    world_mount(&w);
    assert_ok(world_open(&w, "f", O_RDWR, &o), &world_err);
    assert_ok(world_write(&w, o.handle, 0, "X"), &world_err);
    assert_ok(world_flush(&w, o.handle), &world_err);
    assert_ok(world_chmod(&w, "f", 0600), &world_err); /* clean: at once */
    assert_string_equal(world_header(&w, "f", "x-amz-meta-mode"), "33152");
    assert_ok(world_write(&w, o.handle, 1, "Y"), &world_err); /* goes on from the new version */
    assert_ok(world_close(&w, o.handle), &world_err);
    assert_object(&w, "f", "XYc");
    assert_string_equal(world_header(&w, "f", "x-amz-meta-mode"), "33152");
    world_stop(&w);
}

static void test_directory(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "implicit/x", "1");
    world_mount(&w);
    assert_ok(world_mkdir(&w, "d"), &world_err);
    world_reset(&w);
    assert_ok(world_chmod(&w, "d", 0700), &world_err);
    assert_requests(&w, 1);
    assert_int_equal(world_stat(&w, "d").mode, 040700);
    assert_ok(world_chmod(&w, "implicit", 0711), &world_err);
    assert_true(world_has(&w, "implicit/"));
    assert_int_equal(world_stat(&w, "implicit").mode, 040711);
    assert_string_equal(world_ls(&w, "", true), "d/ implicit/");
    assert_int_equal(world_stat(&w, "implicit").mode, 040711);
    assert_code(world_chmod(&w, "", 0700), PAIL_E_FS_PERM); /* the bucket */
    world_stop(&w);
}

static void test_xattrs(void **state)
{
    struct world w;
    struct pail_buf b = PAIL_BUF_INIT(65536);
    world_start(&w);
    world_put(&w, "f", "x");
    world_mount(&w);
    uint64_t ino = world_ino(&w, "f");
    struct pail_fs *fs = w.fs;
    assert_code(pail_fs_getxattr(fs, ino, PAIL_STR("user.a"), &b, &world_err), PAIL_E_FS_NODATA);
    assert_code(pail_fs_getxattr(fs, ino, PAIL_STR("security.selinux"), &b, &world_err),
                PAIL_E_FS_NODATA);
    assert_ok(pail_fs_setxattr(fs, &w.ctx, ino, PAIL_STR("user.a"), PAIL_STR("1"), 0, &world_err),
              &world_err);
    assert_ok(pail_fs_setxattr(fs, &w.ctx, ino, PAIL_STR("user.b"), PAIL_STR(""), 0, &world_err),
              &world_err);
    assert_code(pail_fs_setxattr(fs, &w.ctx, ino, PAIL_STR("user.a"), PAIL_STR("2"), 1, &world_err),
                PAIL_E_FS_EXIST);
    assert_code(pail_fs_setxattr(fs, &w.ctx, ino, PAIL_STR("user.c"), PAIL_STR("2"), 2, &world_err),
                PAIL_E_FS_NODATA);
    assert_code(
        pail_fs_setxattr(fs, &w.ctx, ino, PAIL_STR("trusted.c"), PAIL_STR("2"), 0, &world_err),
        PAIL_E_FS_OPNOTSUPP);
    assert_code(
        pail_fs_setxattr(fs, &w.ctx, ino, PAIL_STR("user.pail.key"), PAIL_STR("2"), 0, &world_err),
        PAIL_E_FS_PERM);
    assert_ok(pail_fs_getxattr(fs, ino, PAIL_STR("user.a"), &b, &world_err), &world_err);
    assert_str(pail_buf_view(&b), "1");
    pail_buf_reset(&b);
    assert_ok(pail_fs_listxattr(fs, ino, &b, &world_err), &world_err);
    assert_int_equal(b.len, 14);
    assert_memory_equal(b.ptr, "user.a\0user.b", 14);
    assert_ok(
        pail_fs_setxattr(fs, &w.ctx, ino, PAIL_STR("user.a"), pail_strn(NULL, 0), 0, &world_err),
        &world_err);
    assert_code(
        pail_fs_setxattr(fs, &w.ctx, ino, PAIL_STR("user.a"), pail_strn(NULL, 0), 0, &world_err),
        PAIL_E_FS_NODATA);
    pail_buf_reset(&b);
    assert_ok(pail_fs_getxattr(fs, ino, PAIL_STR("user.pail.etag"), &b, &world_err), &world_err);
    assert_int_equal(b.ptr[0], '"');
    pail_buf_reset(&b);
    assert_code(pail_fs_getxattr(fs, ino, PAIL_STR("user.pail.error"), &b, &world_err),
                PAIL_E_FS_NODATA);
    pail_buf_done(&b);
    world_stop(&w);
}

/* A stream's attributes are sent when its upload begins: those set later follow. */
static void test_late_attributes(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    size_t n = 16 << 20;
    char *p = calloc(1, n);
    assert_non_null(p);
    world_start(&w);
    world_mount(&w);
    assert_ok(world_create(&w, "big", O_WRONLY, &h), &world_err);
    for (size_t at = 0; at < n; at += 1 << 20)
        assert_ok(fs_write_all(w.fs, h, at, p + at, 1 << 20, &world_err), &world_err);
    assert_ok(world_chmod(&w, "big", 0600), &world_err);
    assert_ok(set_time(&w, "big", h, INT64_C(1400000000000000000)), &world_err);
    assert_ok(world_close(&w, h), &world_err);
    assert_string_equal(world_header(&w, "big", "x-amz-meta-mode"), "33152");
    assert_string_equal(world_header(&w, "big", "x-amz-meta-mtime"), "1400000000.000000000");
    assert_int_equal(world_stat(&w, "big").mtime_ns, INT64_C(1400000000000000000));
    free(p);
    world_stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_defaults), cmocka_unit_test(test_posix_seen),
               cmocka_unit_test(test_posix_seen_by_lookups), cmocka_unit_test(test_never),
               cmocka_unit_test(test_folded), cmocka_unit_test(test_self_copy),
               cmocka_unit_test(test_open_while_changed), cmocka_unit_test(test_directory),
               cmocka_unit_test(test_xattrs), cmocka_unit_test(test_late_attributes))
