/* SPDX-License-Identifier: Apache-2.0 */
/* Reading directories: order, positions that stay valid, and what has changed in between. */
#include "unit/fs/fixture.h"

struct seen {
    char names[64][32];
    uint64_t cookies[64], inos[64];
    size_t n, room;
};

static bool add(void *ud, struct pail_str name, const struct pail_fs_entry *e, uint64_t next)
{
    struct seen *s = ud;
    if (s->n == s->room)
        return false;
    snprintf(s->names[s->n], sizeof(s->names[0]), "%.*s", PAIL_STR_ARG(name));
    s->cookies[s->n] = next;
    s->inos[s->n++] = e->attr.ino;
    return true;
}

static void test_positions(void **state)
{
    struct world w;
    struct pail_fs_dir_handle *d;
    world_start(&w);
    for (int i = 0; i < 20; i++) {
        char key[16];
        snprintf(key, sizeof(key), "d/%02d", i);
        world_put(&w, key, "x");
    }
    world_mount(&w);
    assert_ok(pail_fs_opendir(w.fs, &w.ctx, world_ino(&w, "d"), &d, &world_err), &world_err);
    struct seen a = {.room = 12}, b = {.room = 64}, c = {.room = 64}, again = {.room = 64};
    assert_ok(pail_fs_readdir(w.fs, d, 0, true, add, &a, &world_err), &world_err);
    assert_int_equal(a.n, 12);
    assert_string_equal(a.names[0], ".");
    assert_string_equal(a.names[1], "..");
    assert_int_equal(a.inos[1], PAIL_INO_ROOT);
    assert_string_equal(a.names[11], "09");
    /* names before and after the position come and go */
    assert_ok(world_unlink(&w, "d/03"), &world_err);
    assert_ok(world_unlink(&w, "d/09"), &world_err);
    assert_ok(world_unlink(&w, "d/10"), &world_err);
    assert_ok(world_write_file(&w, "d/00a", "x"), &world_err);
    struct pail_fs_handle *h;
    assert_ok(world_create(&w, "d/11a", O_WRONLY, &h), &world_err); /* not in S3 yet */
    assert_ok(pail_fs_readdir(w.fs, d, a.cookies[11], true, add, &b, &world_err), &world_err);
    assert_string_equal(b.names[0], "11");
    assert_string_equal(b.names[1], "11a");
    assert_string_equal(b.names[2], "12");
    assert_int_equal(b.n, 10);
    assert_ok(world_close(&w, h), &world_err);
    /* back to an old position, and from the start */
    assert_ok(pail_fs_readdir(w.fs, d, a.cookies[4], false, add, &c, &world_err), &world_err);
    assert_string_equal(c.names[0], "04");
    assert_ok(pail_fs_readdir(w.fs, d, 0, false, add, &again, &world_err), &world_err);
    assert_int_equal(again.n, 2 + 20 - 3 + 2);
    assert_string_equal(again.names[3], "00a");
    assert_ok(pail_fs_readdir(w.fs, d, a.cookies[4], false, add, &c, &world_err), &world_err);
    assert_code(pail_fs_readdir(w.fs, d, 99999, false, add, &c, &world_err), PAIL_E_FS_INVAL);
    /* the end stays the end */
    struct seen end = {.room = 64};
    assert_ok(pail_fs_readdir(w.fs, d, b.cookies[b.n - 1], true, add, &end, &world_err),
              &world_err);
    assert_int_equal(end.n, 0);
    pail_fs_releasedir(w.fs, d);
    world_stop(&w);
}

static void test_many_new_files(void **state)
{
    struct world w;
    struct pail_fs_handle *h[200];
    world_start(&w);
    for (int i = 0; i < 100; i++) {
        char key[16];
        snprintf(key, sizeof(key), "d/m%03d", i * 2);
        world_put(&w, key, "x");
    }
    world_mount(&w);
    assert_int_equal(world_ls_count(&w, "d", true), 100);
    for (int i = 0; i < 200; i++) {
        char path[16];
        snprintf(path, sizeof(path), "d/%c%03d", i < 150 ? 'm' : 'z', i < 150 ? 2 * i + 1 : i);
        assert_ok(world_create(&w, path, O_WRONLY, &h[i]), &world_err);
    }
    assert_int_equal(world_ls_count(&w, "d", true), 300);
    assert_int_equal(world_ls_count(&w, "d", false), 300);
    for (int i = 0; i < 200; i++)
        assert_ok(world_close(&w, h[i]), &world_err);
    assert_int_equal(world_ls_count(&w, "d", true), 300);
    world_stop(&w);
}

static void test_removed_while_open(void **state)
{
    struct world w;
    struct pail_fs_dir_handle *d;
    world_start(&w);
    world_mount(&w);
    assert_ok(world_mkdir(&w, "d"), &world_err);
    assert_ok(pail_fs_opendir(w.fs, &w.ctx, world_ino(&w, "d"), &d, &world_err), &world_err);
    assert_ok(world_rmdir(&w, "d"), &world_err);
    struct seen s = {.room = 64};
    assert_ok(pail_fs_readdir(w.fs, d, 0, true, add, &s, &world_err), &world_err);
    assert_int_equal(s.n, 2);
    pail_fs_releasedir(w.fs, d);
    world_stop(&w);
}

static void test_lookups_are_counted(void **state)
{
    struct world w;
    struct pail_fs_stats before, after;
    struct pail_fs_dir_handle *d;
    struct seen s = {.room = 64};
    world_start(&w);
    for (int i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof(key), "d/%02d", i);
        world_put(&w, key, "x");
    }
    world_mount(&w);
    pail_fs_stats(w.fs, &before);
    uint64_t dir = world_ino(&w, "d");
    assert_ok(pail_fs_opendir(w.fs, &w.ctx, dir, &d, &world_err), &world_err);
    assert_ok(pail_fs_readdir(w.fs, d, 0, true, add, &s, &world_err), &world_err);
    pail_fs_releasedir(w.fs, d);
    pail_fs_stats(w.fs, &after);
    assert_int_equal(after.nodes, before.nodes + 11);
    for (size_t i = 2; i < s.n; i++)
        pail_fs_forget(w.fs, s.inos[i], 1);
    pail_fs_forget(w.fs, dir, 1);
    pail_fs_stats(w.fs, &after);
    assert_int_equal(after.nodes, before.nodes);
    assert_int_equal(after.handles, 0);
    world_stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_positions), cmocka_unit_test(test_many_new_files),
               cmocka_unit_test(test_removed_while_open),
               cmocka_unit_test(test_lookups_are_counted))
