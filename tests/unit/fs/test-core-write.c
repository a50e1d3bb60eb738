/* SPDX-License-Identifier: Apache-2.0 */
/* Files being written: when S3 has them, what goes along, and what happens when S3 refuses. */
#include <dirent.h>
#include <errno.h>

#include "unit/fs/fixture.h"

#define PART ((size_t)5 << 20)

static char *pattern(size_t n, unsigned seed)
{
    char *p = malloc(n + 1);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)((i * 31 + i / 1000 * 7 + seed) & 0xff);
    return p;
}

static void write_all(struct world *w, struct pail_fs_handle *h, const char *p, size_t n)
{
    for (size_t at = 0; at < n; at += 128 << 10) {
        size_t piece = n - at < 128 << 10 ? n - at : 128 << 10;
        assert_ok(fs_write_all(w->fs, h, at, p + at, piece, &world_err), &world_err);
    }
}

static void assert_bytes(struct world *w, const char *key, const char *p, size_t n)
{
    size_t got = 0;
    char *o = world_get(w, key, &got);
    assert_non_null(o);
    assert_int_equal(got, n);
    assert_memory_equal(o, p, n);
    free(o);
}

static void test_visible_before_close(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    char text[16];
    world_start(&w);
    world_mount(&w);
    world_reset(&w);
    assert_ok(world_create(&w, "new", O_RDWR | O_EXCL, &h), &world_err);
    assert_ok(world_write(&w, h, 0, "abc"), &world_err);
    assert_int_equal(world_stat(&w, "new").size, 3);
    assert_string_equal(world_ls(&w, "", true), "new");
    assert_int_equal(world_read(&w, h, 1, text, 10), 2);
    assert_memory_equal(text, "bc", 2);
    assert_requests(&w, 0);
    assert_false(world_has(&w, "new"));
    assert_ok(pail_fs_fsync(w.fs, h, &world_err), &world_err);
    assert_object(&w, "new", "abc");
    assert_ok(world_write(&w, h, 3, "def"), &world_err);
    assert_object(&w, "new", "abc");
    assert_ok(world_close(&w, h), &world_err);
    assert_object(&w, "new", "abcdef");
    assert_requests(&w, 2);
    assert_int_equal(world_stat(&w, "new").size, 6);
    world_stop(&w);
}

static bool yes_open(void *ud, int32_t pid, uint64_t ino)
{
    return *(bool *)ud;
}

static void test_first_flush_waits(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    bool open = true;
    world_start(&w);
    w.opt.still_open = yes_open;
    w.opt.still_open_ud = &open;
    world_mount(&w);
    world_reset(&w);
    assert_ok(world_create(&w, "f", O_WRONLY | O_TRUNC, &h), &world_err);
    assert_ok(world_flush(&w, h), &world_err); /* echo x > f: the shell's duplicate */
    assert_requests(&w, 0);
    assert_ok(world_write(&w, h, 0, "x"), &world_err);
    assert_ok(world_flush(&w, h), &world_err);
    assert_requests(&w, 1);
    pail_fs_release(w.fs, h);
    assert_requests(&w, 1);
    assert_object(&w, "f", "x");

    assert_ok(world_create(&w, "empty", O_WRONLY, &h), &world_err);
    assert_ok(world_flush(&w, h), &world_err);
    assert_false(world_has(&w, "empty"));
    open = false;
    assert_ok(world_flush(&w, h), &world_err);
    assert_object(&w, "empty", "");
    pail_fs_release(w.fs, h);

    open = true; /* no flush but one that waited: the release sees to it */
    assert_ok(world_create(&w, "late", O_WRONLY, &h), &world_err);
    assert_ok(world_flush(&w, h), &world_err);
    pail_fs_release(w.fs, h);
    assert_object(&w, "late", "");
    world_stop(&w);
}

static void test_stream(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    size_t n = 3 * PART + 12345;
    char *p = pattern(n, 1), *back = malloc(n);
    world_start(&w);
    world_mount(&w);
    assert_ok(world_create(&w, "big", O_WRONLY | O_TRUNC, &h), &world_err);
    write_all(&w, h, p, n);
    assert_ok(world_close(&w, h), &world_err);
    assert_bytes(&w, "big", p, n);
    assert_int_equal(world_stat(&w, "big").size, n);
    struct pail_fs_open_result o;
    assert_ok(world_open(&w, "big", O_RDONLY, &o), &world_err);
    for (size_t at = 0; at < n; at += 1 << 20) {
        int got = world_read(&w, o.handle, at, back + at, 1 << 20);
        assert_int_equal(got, n - at < 1 << 20 ? n - at : 1 << 20);
    }
    assert_memory_equal(p, back, n);
    pail_fs_release(w.fs, o.handle);
    free(p);
    free(back);
    world_stop(&w);
}

static void test_change_in_the_middle(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    size_t n = 3 * PART;
    char *p = pattern(n, 2);
    world_start(&w);
    world_put_bytes(&w, "big", p, n);
    world_mount(&w);
    assert_ok(world_open(&w, "big", O_RDWR, &o), &world_err);
    memcpy(p + PART + 100, "changed", 7);
    assert_ok(fs_write_all(w.fs, o.handle, PART + 100, "changed", 7, &world_err), &world_err);
    char text[16];
    assert_int_equal(world_read(&w, o.handle, PART + 99, text, 9), 9);
    assert_memory_equal(text, p + PART + 99, 9);
    assert_ok(world_close(&w, o.handle), &world_err);
    assert_bytes(&w, "big", p, n);
    free(p);
    world_stop(&w);
}

static void test_append(void **state)
{
    struct world w;
    struct pail_fs_open_result a, b;
    world_start(&w);
    world_put(&w, "log", "one\n");
    world_mount(&w);
    assert_ok(world_open(&w, "log", O_WRONLY | O_APPEND, &a), &world_err);
    assert_false(a.direct_io);
    assert_ok(world_open(&w, "log", O_WRONLY | O_APPEND, &b), &world_err);
    assert_ok(world_write(&w, a.handle, 0, "two\n"), &world_err);
    assert_ok(world_write(&w, b.handle, 0, "three\n"), &world_err);
    assert_ok(world_close(&w, a.handle), &world_err);
    assert_ok(world_write(&w, b.handle, 0, "four\n"), &world_err);
    assert_ok(world_close(&w, b.handle), &world_err);
    assert_object(&w, "log", "one\ntwo\nthree\nfour\n");
    world_stop(&w);
}

static void test_truncate(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    struct pail_fs_entry e;
    world_start(&w);
    world_put(&w, "f", "abcdef");
    world_mount(&w);
    world_reset(&w);
    assert_ok(world_truncate(&w, "f", 0), &world_err);
    assert_object(&w, "f", "");
    assert_requests(&w, 1);
    assert_ok(world_write_file(&w, "f", "abcdef"), &world_err);
    assert_ok(world_truncate(&w, "f", 3), &world_err);
    assert_object(&w, "f", "abc");
    assert_ok(world_truncate(&w, "f", 3), &world_err);
    struct pail_fs_stats s;
    pail_fs_stats(w.fs, &s);
    assert_int_equal(s.drafts, 0);

    assert_ok(world_open(&w, "f", O_RDWR, &o), &world_err);
    const struct pail_fs_setattr set = {.set = PAIL_FS_SET_SIZE, .size = 5};
    assert_ok(pail_fs_setattr(w.fs, &w.ctx, world_ino(&w, "f"), o.handle, &set, &e, &world_err),
              &world_err);
    assert_int_equal(e.attr.size, 5);
    assert_object(&w, "f", "abc");
    assert_ok(world_close(&w, o.handle), &world_err);
    size_t n;
    char *p = world_get(&w, "f", &n);
    assert_int_equal(n, 5);
    assert_memory_equal(p, "abc\0\0", 5);
    free(p);
    world_stop(&w);
}

static void test_truncating_open(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    char text[8];
    world_start(&w);
    world_put(&w, "f", "long content");
    world_mount(&w);
    world_reset(&w);
    assert_ok(world_open(&w, "f", O_RDWR | O_TRUNC, &o), &world_err);
    assert_int_equal(world_stat(&w, "f").size, 0);
    assert_int_equal(world_read(&w, o.handle, 0, text, 8), 0);
    assert_ok(world_write(&w, o.handle, 0, "s"), &world_err);
    assert_requests(&w, 0);
    assert_ok(world_close(&w, o.handle), &world_err);
    assert_object(&w, "f", "s");
    assert_requests(&w, 1);
    assert_ok(world_open(&w, "f", O_WRONLY | O_TRUNC, &o), &world_err);
    assert_true(o.direct_io);
    assert_ok(world_close(&w, o.handle), &world_err); /* nothing written is content, too */
    assert_object(&w, "f", "");
    world_stop(&w);
}

static void test_two_handles(void **state)
{
    struct world w;
    struct pail_fs_open_result r, x;
    char text[32];
    world_start(&w);
    world_put(&w, "f", "0123456789");
    world_mount(&w);
    assert_ok(world_open(&w, "f", O_RDONLY, &r), &world_err);
    assert_int_equal(world_read(&w, r.handle, 0, text, 4), 4);
    assert_ok(world_open(&w, "f", O_RDWR, &x), &world_err);
    assert_ok(world_write(&w, x.handle, 2, "XX"), &world_err);
    assert_int_equal(world_read(&w, r.handle, 0, text, 4), 4);
    assert_memory_equal(text, "01XX", 4); /* what this mount has written */
    assert_ok(world_close(&w, x.handle), &world_err);
    assert_int_equal(world_read(&w, r.handle, 0, text, 4), 4);
    assert_memory_equal(text, "01XX", 4);
    pail_fs_release(w.fs, r.handle);
    assert_object(&w, "f", "01XX456789");
    world_stop(&w);
}

static void test_fallocate_and_seek(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    uint64_t at;
    world_start(&w);
    world_mount(&w);
    assert_ok(world_create(&w, "f", O_RDWR, &h), &world_err);
    assert_ok(pail_fs_fallocate(w.fs, h, 0, 0, 10, &world_err), &world_err);
    assert_int_equal(world_stat(&w, "f").size, 10);
    assert_ok(pail_fs_fallocate(w.fs, h, PAIL_FS_FALLOC_KEEP_SIZE, 0, 100, &world_err), &world_err);
    assert_int_equal(world_stat(&w, "f").size, 10);
    assert_ok(world_write(&w, h, 0, "abcdefghij"), &world_err);
    assert_ok(pail_fs_fallocate(w.fs, h, PAIL_FS_FALLOC_PUNCH | PAIL_FS_FALLOC_KEEP_SIZE, 2, 3,
                                &world_err),
              &world_err);
    assert_code(pail_fs_fallocate(w.fs, h, 64, 0, 1, &world_err), PAIL_E_FS_OPNOTSUPP);
    assert_ok(pail_fs_seek(w.fs, h, 0, true, &at, &world_err), &world_err);
    assert_true(at <= 10);
    assert_code(pail_fs_seek(w.fs, h, 10, false, &at, &world_err), PAIL_E_FS_NXIO);
    assert_ok(world_close(&w, h), &world_err);
    size_t n;
    char *p = world_get(&w, "f", &n);
    assert_int_equal(n, 10);
    assert_memory_equal(p, "ab\0\0\0fghij", 10);
    free(p);
    struct pail_fs_open_result o;
    assert_ok(world_open(&w, "f", O_RDONLY, &o), &world_err);
    assert_ok(pail_fs_seek(w.fs, o.handle, 3, true, &at, &world_err), &world_err);
    assert_int_equal(at, 10);
    assert_code(world_write(&w, o.handle, 0, "x"), PAIL_E_FS_BADF);
    pail_fs_release(w.fs, o.handle);
    world_stop(&w);
}

/* ---- Refusals ------------------------------------------------------------------------------- */

static size_t saved_files(struct world *w, char *name, size_t size)
{
    char path[160];
    size_t n = 0;
    snprintf(path, sizeof(path), "%s/lost+found", w->state);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.') {
            n++;
            if (!strstr(e->d_name, ".json"))
                snprintf(name, size, "%s/%s", path, e->d_name);
        }
    if (d)
        closedir(d);
    return n;
}

static void test_refused(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    char name[600] = "";
    world_start(&w);
    world_mount(&w);
    world_faults(&w, "op=PutObject count=0 deny");
    assert_ok(world_create(&w, "f", O_WRONLY, &h), &world_err);
    uint64_t ino = world_ino(&w, "f");
    assert_ok(world_write(&w, h, 0, "kept"), &world_err);
    assert_code(world_flush(&w, h), PAIL_E_ACCESS);
    assert_int_equal(pail_errno(&world_err), EACCES);
    struct pail_buf why = PAIL_BUF_INIT(4096);
    assert_ok(pail_fs_getxattr(w.fs, ino, PAIL_STR("user.pail.error"), &why, &world_err),
              &world_err);
    assert_non_null(strstr(pail_buf_cstr(&why), "EACCES"));
    assert_non_null(strstr(pail_buf_cstr(&why), "AccessDenied"));
    assert_non_null(strstr(pail_buf_cstr(&why), "flush"));
    pail_buf_done(&why);
    world_faults(&w, "");
    assert_ok(world_flush(&w, h), &world_err); /* the content was kept */
    assert_object(&w, "f", "kept");
    assert_ok(world_write(&w, h, 4, "+"), &world_err);
    world_faults(&w, "op=PutObject count=0 deny");
    assert_code(world_close(&w, h), PAIL_E_ACCESS);
    assert_int_equal(saved_files(&w, name, sizeof(name)), 2);
    FILE *f = fopen(name, "r");
    assert_non_null(f);
    char text[16] = "";
    assert_int_equal(fread(text, 1, sizeof(text), f), 5);
    fclose(f);
    assert_memory_equal(text, "kept+", 5);
    struct pail_buf status = PAIL_BUF_INIT(65536);
    pail_fs_status(w.fs, &status);
    assert_non_null(strstr(pail_buf_cstr(&status), "lost+found"));
    pail_buf_done(&status);
    assert_int_equal(world_stat(&w, "f").size, 4); /* what S3 has */
    world_faults(&w, "");
    world_stop(&w);
}

static void test_exclusive(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    world_start(&w);
    world_put(&w, "there", "x");
    world_mount(&w);
    assert_code(world_create(&w, "there", O_WRONLY | O_EXCL, &h), PAIL_E_FS_EXIST);
    assert_ok(world_create(&w, "lock", O_WRONLY | O_EXCL, &h), &world_err);
    world_put(&w, "lock", "theirs"); /* another host was faster */
    assert_ok(world_write(&w, h, 0, "mine"), &world_err);
    assert_code(world_flush(&w, h), PAIL_E_FS_EXIST);
    assert_int_equal(pail_errno(&world_err), EEXIST);
    pail_fs_release(w.fs, h);
    assert_object(&w, "lock", "theirs");
    world_stop(&w);
}

static void test_overwritten_by_others(void **state)
{
    struct world w;
    struct pail_fs_open_result o;
    struct pail_fs_handle *h;
    char name[600];
    world_start(&w);
    world_put(&w, "f", "old");
    world_mount(&w);
    assert_ok(world_open(&w, "f", O_RDWR, &o), &world_err);
    assert_ok(world_write(&w, o.handle, 0, "mine"), &world_err);
    world_put(&w, "f", "theirs");
    assert_code(world_flush(&w, o.handle), PAIL_E_FS_STALE);
    assert_int_equal(pail_errno(&world_err), ESTALE);
    assert_object(&w, "f", "theirs");
    pail_fs_release(w.fs, o.handle);
    assert_int_equal(saved_files(&w, name, sizeof(name)), 2);
    /* a new name that somebody else made meanwhile */
    assert_ok(world_create(&w, "n", O_WRONLY, &h), &world_err);
    assert_ok(world_write(&w, h, 0, "mine"), &world_err);
    world_put(&w, "n", "theirs");
    assert_code(world_flush(&w, h), PAIL_E_FS_STALE);
    pail_fs_release(w.fs, h);
    assert_object(&w, "n", "theirs");
    world_stop(&w);
}

static void test_lost_replies(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "1");
    world_mount(&w);
    world_faults(&w, "op=PutObject lost");
    assert_ok(world_write_file(&w, "new", "content"), &world_err);
    assert_object(&w, "new", "content");
    world_faults(&w, "op=PutObject lost");
    assert_ok(world_write_file(&w, "new", "content again"), &world_err);
    assert_object(&w, "new", "content again");
    world_faults(&w, "op=PutObject lost");
    assert_ok(world_mkdir(&w, "d"), &world_err);
    world_faults(&w, "op=CopyObject lost");
    assert_ok(world_rename(&w, "a", "d/a", 0), &world_err);
    world_faults(&w, "op=DeleteObject lost");
    assert_ok(world_unlink(&w, "d/a"), &world_err);
    world_faults(&w, "op=PutObject status=503 code=SlowDown count=2");
    assert_ok(world_write_file(&w, "new", "third"), &world_err);
    assert_string_equal(world_keys(&w), "d/ new");
    world_stop(&w);
}

static void test_forgotten_handles(void **state)
{
    struct world w;
    struct pail_fs_handle *h;
    world_start(&w);
    world_mount(&w);
    assert_ok(world_create(&w, "f", O_WRONLY, &h), &world_err);
    assert_ok(world_write(&w, h, 0, "abc"), &world_err);
    world_unmount(&w); /* never released */
    assert_object(&w, "f", "abc");
    world_mount(&w);
    assert_file(&w, "f", "abc");
    world_stop(&w);
}

static void test_syncfs(void **state)
{
    struct world w;
    struct pail_fs_handle *h[3];
    world_start(&w);
    world_mount(&w);
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof(name), "f%d", i);
        assert_ok(world_create(&w, name, O_WRONLY, &h[i]), &world_err);
        assert_ok(world_write(&w, h[i], 0, name), &world_err);
    }
    assert_ok(pail_fs_syncfs(w.fs, &world_err), &world_err);
    assert_string_equal(world_keys(&w), "f0 f1 f2");
    assert_ok(pail_fs_fsyncdir(w.fs, PAIL_INO_ROOT, &world_err), &world_err);
    for (int i = 0; i < 3; i++)
        assert_ok(world_close(&w, h[i]), &world_err);
    world_stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_visible_before_close),
               cmocka_unit_test(test_first_flush_waits), cmocka_unit_test(test_stream),
               cmocka_unit_test(test_change_in_the_middle), cmocka_unit_test(test_append),
               cmocka_unit_test(test_truncate), cmocka_unit_test(test_truncating_open),
               cmocka_unit_test(test_two_handles), cmocka_unit_test(test_fallocate_and_seek),
               cmocka_unit_test(test_refused), cmocka_unit_test(test_exclusive),
               cmocka_unit_test(test_overwritten_by_others), cmocka_unit_test(test_lost_replies),
               cmocka_unit_test(test_forgotten_handles), cmocka_unit_test(test_syncfs))
