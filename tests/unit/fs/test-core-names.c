/* SPDX-License-Identifier: Apache-2.0 */
/* Names: made, removed, renamed, also while files are open. */
#include <errno.h>

#include "unit/fs/fixture.h"

static void test_mkdir_rmdir(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "there/x", "1");
    world_mount(&w);
    assert_ok(world_mkdir(&w, "d"), &world_err);
    assert_true(world_has(&w, "d/"));
    assert_string_equal(world_header(&w, "d/", "content-type"), "application/x-directory");
    assert_int_equal(world_stat(&w, "d").mode, 040755);
    assert_int_equal(world_stat(&w, "d").uid, 1000);
    assert_code(world_mkdir(&w, "d"), PAIL_E_FS_EXIST);
    assert_code(world_mkdir(&w, "there"), PAIL_E_FS_EXIST); /* a prefix is a directory, too */
    assert_code(world_mkdir(&w, "nothing/x"), PAIL_E_FS_NOENT);
    assert_ok(world_mkdir(&w, "d/e"), &world_err);
    assert_code(world_rmdir(&w, "d"), PAIL_E_FS_NOTEMPTY);
    assert_code(world_unlink(&w, "d"), PAIL_E_FS_ISDIR);
    assert_ok(world_rmdir(&w, "d/e"), &world_err);
    assert_ok(world_rmdir(&w, "d"), &world_err);
    assert_code(world_lookup(&w, "d", NULL), PAIL_E_FS_NOENT);
    assert_string_equal(world_keys(&w), "there/x");
    assert_code(world_rmdir(&w, "there"), PAIL_E_FS_NOTEMPTY);
    assert_code(world_rmdir(&w, "there/x"), PAIL_E_FS_NOTDIR);
    world_stop(&w);
}

static void test_rmdir_asks(void **state)
{
    struct world w;
    world_start(&w);
    world_mount(&w);
    assert_ok(world_mkdir(&w, "d"), &world_err);
    world_put(&w, "d/theirs", "x"); /* not known here */
    assert_code(world_rmdir(&w, "d"), PAIL_E_FS_NOTEMPTY);
    assert_true(world_has(&w, "d/"));
    struct pail_fs_handle *h;
    assert_ok(world_mkdir(&w, "e"), &world_err);
    assert_ok(world_create(&w, "e/new", O_WRONLY, &h), &world_err);
    assert_code(world_rmdir(&w, "e"), PAIL_E_FS_NOTEMPTY); /* not in S3, but there */
    assert_ok(world_close(&w, h), &world_err);
    world_stop(&w);
}

static void test_directory_stays(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "d/x", "1");
    world_put(&w, "d/y", "1");
    world_put(&w, "u/only", "1");
    world_mount(&w);
    assert_string_equal(world_ls(&w, "d", false), "x y");
    world_reset(&w);
    assert_ok(world_unlink(&w, "d/x"), &world_err);
    assert_requests(&w, 1);
    assert_ok(world_unlink(&w, "d/y"), &world_err);
    assert_true(world_has(&w, "d/"));
    assert_string_equal(world_ls(&w, "", false), "d/ u/");
    assert_ok(world_unlink(&w, "u/only"), &world_err); /* never listed */
    assert_true(world_has(&w, "u/"));
    assert_ok(world_rmdir(&w, "u"), &world_err);
    assert_string_equal(world_keys(&w), "d/");
    world_stop(&w);
}

static void test_unlink_while_open(void **state)
{
    struct world w;
    struct pail_fs_open_result r;
    struct pail_fs_handle *h;
    char text[32];
    world_start(&w);
    world_put(&w, "f", "still readable");
    world_mount(&w);
    assert_ok(world_open(&w, "f", O_RDONLY, &r), &world_err);
    uint64_t ino = world_ino(&w, "f");
    assert_ok(world_unlink(&w, "f"), &world_err);
    assert_false(world_has(&w, "f"));
    assert_code(world_lookup(&w, "f", NULL), PAIL_E_FS_NOENT);
    assert_int_equal(world_read(&w, r.handle, 0, text, sizeof(text)), 14);
    assert_memory_equal(text, "still readable", 14);
    struct pail_fs_entry e;
    assert_ok(pail_fs_getattr(w.fs, ino, r.handle, &e, &world_err), &world_err);
    assert_int_equal(e.attr.nlink, 0);
    assert_int_equal(e.attr.size, 14);
    /* a new file of the name is another file */
    assert_ok(world_write_file(&w, "f", "new"), &world_err);
    assert_int_not_equal(world_ino(&w, "f"), ino);
    assert_int_equal(world_read(&w, r.handle, 0, text, 5), 5);
    assert_memory_equal(text, "still", 5);
    pail_fs_release(w.fs, r.handle);
    assert_object(&w, "f", "new");
    /* never committed */
    world_reset(&w);
    assert_ok(world_create(&w, "tmp", O_RDWR, &h), &world_err);
    assert_ok(world_write(&w, h, 0, "scratch"), &world_err);
    assert_ok(world_unlink(&w, "tmp"), &world_err);
    assert_ok(world_write(&w, h, 7, "!"), &world_err);
    assert_int_equal(world_read(&w, h, 0, text, sizeof(text)), 8);
    assert_ok(world_close(&w, h), &world_err);
    assert_requests(&w, 0);
    assert_string_equal(world_keys(&w), "f");
    world_stop(&w);
}

static void test_unlink_changed_by_others(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "f", "old");
    world_mount(&w);
    assert_int_equal(world_lookup(&w, "f", NULL), 0);
    world_put(&w, "f", "newer");
    assert_code(world_unlink(&w, "f"), PAIL_E_FS_STALE); /* not destroyed unknowingly */
    assert_object(&w, "f", "newer");
    assert_ok(world_unlink(&w, "f"), &world_err); /* now it is known */
    assert_false(world_has(&w, "f"));
    world_put(&w, "g", "x");
    world_stop(&w);
}

static void test_rename_file(void **state)
{
    struct world w;
    world_start(&w);
    world_put_mode(&w, "a", "content", "33261");
    world_put(&w, "b", "other");
    world_put(&w, "d/x", "x");
    world_mount(&w);
    uint64_t ino = world_ino(&w, "a");
    assert_ok(world_rename(&w, "a", "d/moved", 0), &world_err);
    assert_int_equal(world_ino(&w, "d/moved"), ino);
    assert_int_equal(world_stat(&w, "d/moved").mode, 0100755); /* metadata goes along */
    assert_file(&w, "d/moved", "content");
    assert_code(world_lookup(&w, "a", NULL), PAIL_E_FS_NOENT);
    assert_code(world_rename(&w, "a", "c", 0), PAIL_E_FS_NOENT);
    assert_code(world_rename(&w, "b", "d/moved", PAIL_FS_RENAME_NOREPLACE), PAIL_E_FS_EXIST);
    assert_code(world_rename(&w, "b", "d", 0), PAIL_E_FS_ISDIR);
    assert_code(world_rename(&w, "d", "b", 0), PAIL_E_FS_NOTDIR);
    assert_code(world_rename(&w, "b", "c", 2), PAIL_E_FS_INVAL);
    assert_ok(world_rename(&w, "b", "d/moved", 0), &world_err);
    assert_object(&w, "d/moved", "other");
    assert_ok(world_rename(&w, "d/moved", "d/moved", 0), &world_err);
    assert_ok(world_rename(&w, "d/moved", "free", PAIL_FS_RENAME_NOREPLACE), &world_err);
    assert_string_equal(world_keys(&w), "d/x free");
    world_put(&w, "taken", "theirs"); /* not known here */
    assert_code(world_rename(&w, "free", "taken", PAIL_FS_RENAME_NOREPLACE), PAIL_E_FS_EXIST);
    assert_object(&w, "taken", "theirs");
    world_stop(&w);
}

static void test_rename_open(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    struct pail_fs_open_result r, t;
    char text[32];
    world_start(&w);
    world_put(&w, "old", "0123456789");
    world_put(&w, "target", "replaced");
    world_mount(&w);
    /* new, uncommitted: one PUT under the new name */
    assert_ok(world_create(&w, "tmp", O_WRONLY, &h), &world_err);
    assert_ok(world_write(&w, h, 0, "new"), &world_err);
    world_reset(&w);
    assert_ok(world_rename(&w, "tmp", "final", 0), &world_err);
    assert_requests(&w, 1);
    assert_object(&w, "final", "new");
    assert_ok(world_write(&w, h, 3, "er"), &world_err);
    assert_ok(world_close(&w, h), &world_err);
    assert_object(&w, "final", "newer");
    assert_false(world_has(&w, "tmp"));
    /* open for reading, over an open target */
    assert_ok(world_open(&w, "old", O_RDONLY, &r), &world_err);
    assert_ok(world_open(&w, "target", O_RDONLY, &t), &world_err);
    assert_ok(world_rename(&w, "old", "target", 0), &world_err);
    assert_int_equal(world_read(&w, r.handle, 3, text, 4), 4);
    assert_memory_equal(text, "3456", 4);
    assert_int_equal(world_read(&w, t.handle, 0, text, 20), 8);
    assert_memory_equal(text, "replaced", 8);
    pail_fs_release(w.fs, r.handle);
    pail_fs_release(w.fs, t.handle);
    /* changed and not committed */
    assert_ok(world_open(&w, "target", O_RDWR, &r), &world_err);
    assert_ok(world_write(&w, r.handle, 0, "X"), &world_err);
    assert_ok(world_rename(&w, "target", "again", 0), &world_err);
    assert_object(&w, "again", "X123456789");
    assert_ok(world_write(&w, r.handle, 1, "Y"), &world_err);
    assert_ok(world_close(&w, r.handle), &world_err);
    assert_object(&w, "again", "XY23456789");
    assert_string_equal(world_keys(&w), "again final");
    world_stop(&w);
}

static void test_rename_fails(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "1");
    world_mount(&w);
    world_faults(&w, "op=CopyObject count=0 deny");
    assert_code(world_rename(&w, "a", "b", 0), PAIL_E_ACCESS);
    world_faults(&w, "op=DeleteObject key=a count=0 deny");
    assert_code(world_rename(&w, "a", "b", 0), PAIL_E_ACCESS); /* the copy is taken back */
    world_faults(&w, "");
    assert_string_equal(world_keys(&w), "a");
    assert_file(&w, "a", "1");
    assert_code(world_lookup(&w, "b", NULL), PAIL_E_FS_NOENT);
    assert_ok(world_rename(&w, "a", "b", 0), &world_err);
    assert_file(&w, "b", "1");
    world_stop(&w);
}

static void test_rename_of_another_version(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "old");
    world_mount(&w);
    assert_int_equal(world_lookup(&w, "a", NULL), 0);
    world_put(&w, "a", "newer"); /* by another host */
    assert_ok(world_rename(&w, "a", "b", 0), &world_err);
    assert_object(&w, "b", "newer");
    assert_false(world_has(&w, "a"));
    assert_int_equal(world_stat(&w, "b").size, 5);
    world_stop(&w);
}

static void test_rename_tree(void **state)
{
    struct world w;
    struct pail_fs_open_result r;
    struct pail_fs_handle *h;
    char text[16];
    world_start(&w);
    world_put(&w, "t/a", "1");
    world_put(&w, "t/sub/b", "22");
    world_put(&w, "t/sub/deep/c", "333");
    world_put(&w, "empty/", "");
    world_put(&w, "full/x", "x");
    world_put(&w, "tx", "not below");
    world_mount(&w);
    uint64_t ino = world_ino(&w, "t/sub/b");
    assert_ok(world_open(&w, "t/a", O_RDONLY, &r), &world_err);
    assert_ok(world_create(&w, "t/sub/new", O_WRONLY, &h), &world_err);
    assert_ok(world_write(&w, h, 0, "open"), &world_err);
    assert_code(world_rename(&w, "t", "t/sub/x", 0), PAIL_E_FS_LOOP);
    assert_int_equal(pail_errno(&world_err), EINVAL);
    assert_code(world_rename(&w, "t", "full", 0), PAIL_E_FS_NOTEMPTY);
    assert_ok(world_rename(&w, "t", "n", 0), &world_err);
    assert_string_equal(world_keys(&w), "empty/ full/x n/a n/sub/b n/sub/deep/c tx");
    assert_int_equal(world_ino(&w, "n/sub/b"), ino);
    assert_int_equal(world_read(&w, r.handle, 0, text, 16), 1);
    pail_fs_release(w.fs, r.handle);
    assert_ok(world_close(&w, h), &world_err);
    assert_object(&w, "n/sub/new", "open");
    assert_file(&w, "n/sub/deep/c", "333");
    assert_code(world_lookup(&w, "t", NULL), PAIL_E_FS_NOENT);
    assert_ok(world_rename(&w, "n", "empty", 0), &world_err);
    assert_string_equal(world_ls(&w, "empty", false), "a sub/");
    assert_string_equal(world_ls(&w, "", false), "empty/ full/ tx");
    world_stop(&w);
}

static void test_rename_tree_fails(void **state)
{
    struct world w;
    world_start(&w);
    for (int i = 0; i < 50; i++) {
        char key[16];
        snprintf(key, sizeof(key), "t/%02d", i);
        world_put(&w, key, key);
    }
    world_mount(&w);
    world_faults(&w, "op=CopyObject key=n/33 count=0 deny");
    assert_code(world_rename(&w, "t", "n", 0), PAIL_E_ACCESS);
    world_faults(&w, "");
    assert_int_equal(world_ls_count(&w, "t", false), 50);
    assert_code(world_lookup(&w, "n", NULL), PAIL_E_FS_NOENT);
    assert_null(strstr(world_keys(&w), "n/"));
    assert_file(&w, "t/33", "t/33");
    world_reset(&w);
    assert_ok(world_rename(&w, "t", "n", 0), &world_err);
    assert_count(&w, "CopyObject", 50);
    assert_count(&w, "DeleteObjects", 1);
    assert_int_equal(world_ls_count(&w, "n", false), 50);
    world_stop(&w);
}

static void test_escaped_names(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    world_start(&w);
    world_put(&w, "a//b", "empty component");
    world_put(&w, "x", "file");
    world_put(&w, "x/y", "beside a directory");
    world_put(&w, "..", "dots");
    world_mount(&w);
    assert_string_equal(world_ls(&w, "", true), ".pail%%2E%2E .pail%=x a/ x/");
    assert_file(&w, ".pail%%2E%2E", "dots");
    assert_file(&w, ".pail%=x", "file");
    assert_file(&w, "x/y", "beside a directory");
    assert_string_equal(world_ls(&w, "a", true), ".pail%/");
    assert_file(&w, "a/.pail%/b", "empty component");
    assert_ok(world_write_file(&w, "a/.pail%/c", "new"), &world_err);
    assert_object(&w, "a//c", "new");
    assert_ok(world_write_file(&w, ".pail%=x", "changed"), &world_err);
    assert_object(&w, "x", "changed");
    assert_code(world_create(&w, ".pail%zz", O_WRONLY, &h), PAIL_E_FS_INVAL);
    assert_code(world_lookup(&w, ".pail%zz", NULL), PAIL_E_FS_NOENT);
    assert_code(world_mkdir(&w, ".pail%=new"), PAIL_E_FS_INVAL);
    assert_ok(world_rename(&w, ".pail%%2E%2E", "plain", 0), &world_err);
    assert_object(&w, "plain", "dots");
    assert_ok(world_rename(&w, "plain", ".pail%%2E", 0), &world_err);
    assert_object(&w, ".", "dots");
    assert_file(&w, ".pail%%2E", "dots");
    assert_ok(world_unlink(&w, ".pail%%2E"), &world_err);
    assert_ok(world_rename(&w, "a/.pail%", "a/d", 0), &world_err);
    assert_ok(world_rename(&w, "a/d", "a/.pail%%2E%2E", 0), &world_err);
    assert_object(&w, "a/../c", "new");
    assert_file(&w, "a/.pail%%2E%2E/c", "new");
    char longer[300];
    memset(longer, 'n', sizeof(longer));
    longer[256] = '\0';
    assert_code(world_create(&w, longer, O_WRONLY, &h), PAIL_E_FS_NAMETOOLONG);
    world_stop(&w);
}

static void test_symlink(void **state)
{
    struct world w;
    world_start(&w);
    world_put_mode(&w, "theirs", "some/where", "41471");
    world_mount(&w);
    assert_ok(world_symlink(&w, "l", "target/x"), &world_err);
    assert_object(&w, "l", "target/x");
    assert_string_equal(world_header(&w, "l", "x-amz-meta-mode"), "41471");
    assert_code(world_symlink(&w, "l", "y"), PAIL_E_FS_EXIST);
    const char *names[] = {"l", "theirs"}, *targets[] = {"target/x", "some/where"};
    for (int i = 0; i < 2; i++) {
        struct pail_buf to = PAIL_BUF_INIT(4096);
        assert_int_equal(world_stat(&w, names[i]).kind, PAIL_KIND_SYMLINK);
        assert_ok(pail_fs_readlink(w.fs, world_ino(&w, names[i]), &to, &world_err), &world_err);
        assert_str(pail_buf_view(&to), targets[i]);
        world_reset(&w);
        pail_buf_reset(&to);
        assert_ok(pail_fs_readlink(w.fs, world_ino(&w, names[i]), &to, &world_err), &world_err);
        assert_requests(&w, 0);
        pail_buf_done(&to);
    }
    assert_string_equal(world_ls(&w, "", true), "l@ theirs@");
    assert_ok(world_rename(&w, "l", "m", 0), &world_err);
    assert_int_equal(world_stat(&w, "m").kind, PAIL_KIND_SYMLINK);
    assert_ok(world_unlink(&w, "m"), &world_err);
    struct pail_buf to = PAIL_BUF_INIT(4096);
    assert_code(pail_fs_readlink(w.fs, PAIL_INO_ROOT, &to, &world_err), PAIL_E_FS_INVAL);
    pail_buf_done(&to);
    world_stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_mkdir_rmdir), cmocka_unit_test(test_rmdir_asks),
               cmocka_unit_test(test_directory_stays), cmocka_unit_test(test_unlink_while_open),
               cmocka_unit_test(test_unlink_changed_by_others), cmocka_unit_test(test_rename_file),
               cmocka_unit_test(test_rename_open), cmocka_unit_test(test_rename_fails),
               cmocka_unit_test(test_rename_of_another_version), cmocka_unit_test(test_rename_tree),
               cmocka_unit_test(test_rename_tree_fails), cmocka_unit_test(test_escaped_names),
               cmocka_unit_test(test_symlink))
