/* SPDX-License-Identifier: Apache-2.0 */
/* What each operation costs: requests are part of the contract. */
#include "unit/fs/fixture.h"

static void test_mount(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "1");
    world_put(&w, "d/b", "2");
    world_mount(&w);
    assert_true(world_count(&w, NULL) <= 2);
    world_unmount(&w);
    world_reset(&w);
    world_mount(&w); /* the listing is remembered */
    assert_requests(&w, 1);
    world_reset(&w);
    assert_int_equal(world_lookup(&w, "a", NULL), 0);
    assert_int_equal(world_lookup(&w, "d", NULL), 0);
    assert_code(world_lookup(&w, "nothing", NULL), PAIL_E_FS_NOENT);
    assert_string_equal(world_ls(&w, "", true), "a d/");
    assert_requests(&w, 0);
    world_stop(&w);
}

static void test_stat_in_listed_directory(void **state)
{
    struct world w;
    struct pail_fs_entry e;
    world_start(&w);
    world_put(&w, "d/a", "123");
    world_mount(&w);
    assert_string_equal(world_ls(&w, "d", false), "a");
    world_reset(&w);
    assert_int_equal(world_stat(&w, "d/a").size, 3);
    assert_code(world_lookup(&w, "d/absent", &e), PAIL_E_FS_NOENT);
    assert_int_equal(e.attr.ino, 0);
    assert_true(e.entry_ttl_ns > 0 && e.entry_ttl_ns <= WORLD_TTL);
    assert_requests(&w, 0);
    world_stop(&w);
}

static void test_stat_in_unlisted_directory(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "d/file", "123");
    world_put(&w, "d/sub/x", "123");
    world_put(&w, "e/1", "1");
    for (int i = 0; i < 5; i++) {
        char key[32];
        snprintf(key, sizeof(key), "f/%d", i);
        world_put(&w, key, "x");
    }
    world_mount(&w);
    world_reset(&w);
    assert_int_equal(world_lookup(&w, "d/file", NULL), 0);
    assert_requests(&w, 1);
    world_reset(&w);
    assert_int_equal(world_lookup(&w, "d/sub", NULL), 0);
    assert_requests(&w, 2);
    world_reset(&w);
    assert_code(world_lookup(&w, "e/absent", NULL), PAIL_E_FS_NOENT);
    assert_requests(&w, 2);
    world_reset(&w);
    assert_code(world_lookup(&w, "e/absent", NULL), PAIL_E_FS_NOENT);
    assert_requests(&w, 0);
    for (int i = 0; i < 5; i++) { /* the third lists */
        char path[32];
        snprintf(path, sizeof(path), "f/%d", i);
        assert_int_equal(world_lookup(&w, path, NULL), 0);
    }
    assert_count(&w, "ListObjectsV2", 1);
    world_stop(&w);
}

static void test_create(void **state)
{
    struct world w;
    world_start(&w);
    world_mount(&w);
    world_reset(&w);
    assert_ok(world_write_file(&w, "new", "content"), &world_err);
    assert_requests(&w, 1);
    assert_object(&w, "new", "content");
    world_reset(&w);
    assert_ok(world_write_file(&w, "new", "other"), &world_err); /* overwritten */
    assert_requests(&w, 1);
    assert_object(&w, "new", "other");
    world_reset(&w);
    assert_file(&w, "new", "other");
    assert_requests(&w, 1);
    world_stop(&w);
}

static void test_open_and_read(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    char text[64];
    world_start(&w);
    world_put(&w, "a", "abcdef");
    world_mount(&w);
    world_reset(&w);
    assert_ok(world_open(&w, "a", O_RDONLY, &o), &world_err);
    assert_false(o.keep_cache);
    assert_int_equal(world_read(&w, o.handle, 2, text, 3), 3);
    assert_memory_equal(text, "cde", 3);
    assert_int_equal(world_read(&w, o.handle, 0, text, sizeof(text)), 6);
    assert_int_equal(world_read(&w, o.handle, 6, text, sizeof(text)), 0);
    pail_fs_release(w.fs, o.handle);
    assert_requests(&w, 1);
    world_reset(&w);
    assert_ok(world_open(&w, "a", O_RDONLY, &o), &world_err); /* the kernel has its pages */
    assert_true(o.keep_cache);
    pail_fs_release(w.fs, o.handle);
    assert_requests(&w, 1);
    world_stop(&w);
}

static void test_long_listing(void **state)
{
    struct world w;
    world_start(&w);
    for (int i = 0; i < 2500; i++) {
        char key[32];
        snprintf(key, sizeof(key), "d/%05d", i);
        world_put(&w, key, "x");
    }
    world_mount(&w);
    world_reset(&w);
    assert_int_equal(world_ls_count(&w, "d", true), 2500);
    assert_requests(&w, 3 + 1);
    world_reset(&w);
    assert_int_equal(world_ls_count(&w, "d", true), 2500);
    assert_requests(&w, 0);
    world_stop(&w);
}

static void test_names(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "1");
    world_put(&w, "b", "2");
    world_mount(&w);
    world_reset(&w);
    assert_ok(world_rename(&w, "a", "c", 0), &world_err);
    assert_requests(&w, 2);
    world_reset(&w);
    assert_ok(world_unlink(&w, "b"), &world_err);
    assert_requests(&w, 1);
    world_reset(&w);
    assert_ok(world_mkdir(&w, "d"), &world_err);
    assert_requests(&w, 1);
    world_reset(&w);
    assert_ok(world_write_file(&w, "d/x", "in a new directory"), &world_err);
    assert_requests(&w, 1);
    world_reset(&w);
    assert_ok(world_symlink(&w, "l", "c"), &world_err);
    assert_requests(&w, 1);
    world_reset(&w);
    assert_ok(world_chmod(&w, "d/x", 0600), &world_err);
    assert_requests(&w, 1);
    assert_string_equal(world_keys(&w), "c d/ d/x l");
    world_stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_mount), cmocka_unit_test(test_stat_in_listed_directory),
               cmocka_unit_test(test_stat_in_unlisted_directory), cmocka_unit_test(test_create),
               cmocka_unit_test(test_open_and_read), cmocka_unit_test(test_long_listing),
               cmocka_unit_test(test_names))
