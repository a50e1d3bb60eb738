/* SPDX-License-Identifier: Apache-2.0 */
/* A state directory whose disk refuses a commit: rows that are forgotten are put back for whoever
 * holds their numbers. */
#include <errno.h>
#include <sys/stat.h>

#include "unit/fs/bad-disk.h"
#include "unit/fs/fixture.h"

static void start(struct world *w)
{
    bad_disk_begin("-wal");
    world_start(w);
    world_mount(w);
    assert_string_equal(world_ls(w, "", false), "");
    assert_ok(pail_fs_syncfs(w->fs, &world_err), &world_err);
    bad_disk_fail(ENOSPC);
}

/* What was changed since start is forgotten. */
static void forget(struct world *w)
{
    assert_code(pail_fs_syncfs(w->fs, &world_err), PAIL_E_OS);
    assert_int_equal(world_err.os_errno, ENOSPC);
    bad_disk_fail(0);
}

static void stop(struct world *w)
{
    world_stop(w);
    bad_disk_end();
}

static void test_directory_stays_known(void **state)
{
    struct world w;
    start(&w);
    assert_ok(world_mkdir(&w, "d"), &world_err);
    assert_ok(world_mkdir(&w, "d/below"), &world_err);
    assert_ok(world_write_file(&w, "d/f", "one"), &world_err);
    uint64_t d = world_ino(&w, "d"), below = world_ino(&w, "d/below"), f = world_ino(&w, "d/f");
    forget(&w);
    struct pail_fs_entry deep; /* by number, as the kernel asks: nobody looks at d again */
    assert_ok(pail_fs_mkdir(w.fs, &w.ctx, below, PAIL_STR("deep"), 0755, &deep, &world_err),
              &world_err);
    assert_ok(world_write_file(&w, "d/g", "two"), &world_err);
    assert_ok(world_write_file(&w, "d/below/h", "three"), &world_err);
    assert_file(&w, "d/f", "one");
    assert_string_equal(world_ls(&w, "d", true), "below/ f g");
    assert_string_equal(world_ls(&w, "d/below", true), "deep/ h");
    assert_int_equal(world_ino(&w, "d"), d);
    assert_int_equal(world_ino(&w, "d/below"), below);
    assert_int_equal(world_ino(&w, "d/f"), f);
    stop(&w);
}

/* A rename that was forgotten: the row is at the old name, and the number belongs to the new. */
static void test_renamed_stays_renamed(void **state)
{
    struct world w;
    bad_disk_begin("-wal");
    world_start(&w);
    world_mount(&w);
    assert_ok(world_mkdir(&w, "old"), &world_err);
    assert_ok(world_write_file(&w, "old/f", "one"), &world_err);
    assert_ok(pail_fs_syncfs(w.fs, &world_err), &world_err);
    uint64_t ino = world_ino(&w, "old"), f = world_ino(&w, "old/f");
    assert_ok(world_rename(&w, "old", "new", 0), &world_err); /* its journal is synced, */
    assert_ok(world_write_file(&w, "new/g", "two"), &world_err);
    assert_ok(world_unlink(&w, "new/f"), &world_err);
    assert_ok(world_write_file(&w, "new/f", "again"), &world_err);
    bad_disk_fail(EIO);
    assert_ok(world_unlink(&w, "new/g"), &world_err);
    assert_code(pail_fs_syncfs(w.fs, &world_err), PAIL_E_OS);
    bad_disk_fail(0);
    assert_string_equal(world_ls(&w, "", false), "new/");
    assert_string_equal(world_ls(&w, "new", true), "f");
    assert_int_equal(world_ino(&w, "new"), ino);
    assert_int_not_equal(world_ino(&w, "new/f"), f);
    assert_file(&w, "new/f", "again");
    stop(&w);
}

/* An open file is still the one of that name, also in another host's version: which what was opened
 * does not replace. Taken for removed, its writes would go nowhere. */
static void test_open_file_keeps_its_name(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    start(&w);
    assert_ok(world_write_file(&w, "f", "ours"), &world_err);
    assert_ok(world_open(&w, "f", O_RDWR, &o), &world_err);
    forget(&w);
    world_put(&w, "f", "another host's");
    assert_string_equal(world_ls(&w, "", true), "f");
    assert_int_equal(world_write(&w, o.handle, 0, "written"), PAIL_E_FS_STALE);
    assert_ok(world_flush(&w, o.handle), &world_err);
    pail_fs_release(w.fs, o.handle);
    assert_object(&w, "f", "another host's");
    assert_ok(world_open(&w, "f", O_RDWR, &o), &world_err);
    assert_ok(world_write(&w, o.handle, 0, "written"), &world_err);
    assert_ok(world_flush(&w, o.handle), &world_err);
    pail_fs_release(w.fs, o.handle);
    assert_object(&w, "f", "written host's");
    stop(&w);
}

/* The marker had been asked for its attributes; they are forgotten, and asked for again. */
static void test_forgotten_attributes(void **state)
{
    struct world w;
    char other[128];
    bad_disk_begin("-wal");
    world_start(&w);
    world_mount(&w);
    assert_ok(world_mkdir(&w, "c"), &world_err); /* the sample of the directory */
    assert_ok(world_mkdir(&w, "d"), &world_err);
    assert_ok(world_chmod(&w, "d", 0700), &world_err);
    world_unmount(&w);
    snprintf(other, sizeof(other), "%s/other", w.dir); /* where nothing is known */
    assert_int_equal(mkdir(other, 0700), 0);
    w.opt.state_dir = other;
    world_mount(&w);
    assert_string_equal(world_ls(&w, "", true), "c/ d/");
    assert_int_equal(world_stat(&w, "d").mode & 07777, 0700);
    bad_disk_fail(ENOSPC);
    assert_ok(world_write_file(&w, "f", "x"), &world_err);
    forget(&w);
    assert_string_equal(world_ls(&w, "", true), "c/ d/ f");
    assert_int_equal(world_stat(&w, "d").mode & 07777, 0700);
    stop(&w);
}

/* The disk stays full: what S3 can do goes on, and is told when it cannot be remembered. */
static void test_full_for_long(void **state)
{
    struct world w;
    start(&w);
    for (int i = 0; i < 3; i++) {
        char name[16], text[32];
        snprintf(name, sizeof(name), "f%d", i);
        snprintf(text, sizeof(text), "content %d", i);
        assert_ok(world_write_file(&w, name, text), &world_err);
        assert_code(pail_fs_syncfs(w.fs, &world_err), PAIL_E_OS);
        assert_file(&w, name, text);
    }
    assert_string_equal(world_ls(&w, "", true), "f0 f1 f2");
    bad_disk_fail(0);
    assert_ok(pail_fs_syncfs(w.fs, &world_err), &world_err);
    world_unmount(&w);
    world_mount(&w);
    assert_string_equal(world_ls(&w, "", true), "f0 f1 f2");
    stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_directory_stays_known),
               cmocka_unit_test(test_renamed_stays_renamed),
               cmocka_unit_test(test_open_file_keeps_its_name),
               cmocka_unit_test(test_forgotten_attributes), cmocka_unit_test(test_full_for_long))
