/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fs/meta-rig.h"
#include "unit/torture.h"

#define ROOT PAIL_INO_ROOT

static void test_root(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_row r = rig_get(m, ROOT);
    assert_int_equal(r.kind, PAIL_KIND_DIR);
    assert_int_equal(r.parent, 0);
    assert_int_equal(r.listed_ns, 0);
    assert_string_equal(rig_show(m, ROOT, "x"), "");
    assert_string_equal(rig_children(m, ROOT), "");

    /* Its own marker is an answer like any other. */
    struct pail_row own = rig_row(0, "", PAIL_KIND_DIR, "\"m\"", 0, pail_meta_stamp(m));
    assert_int_equal(rig_put(m, PAIL_PUT_ANSWER, own), ROOT);
    assert_str(rig_get(m, ROOT).etag, "\"m\"");
    assert_int_equal(rig_get(m, ROOT).flags, PAIL_ROW_MARKER);
    own.kind = PAIL_KIND_FILE;
    assert_code(pail_meta_put(m, &own, PAIL_PUT_ANSWER, NULL, NULL), PAIL_E_INVALID);
    assert_code(pail_meta_remove(m, 0, PAIL_STR(""), 99, NULL), PAIL_E_INVALID);
    rig_close(m);
}

static void test_answers_in_order(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t early = pail_meta_stamp(m), late = pail_meta_stamp(m);
    assert_true(late > early);
    uint64_t ino = rig_put(m, PAIL_PUT_ANSWER,
                           rig_row(ROOT, "f", PAIL_KIND_FILE, "\"2\"", 20, late));
    /* The older answer changes nothing and gives the row as it is. */
    assert_int_equal(
        rig_put(m, PAIL_PUT_ANSWER, rig_row(ROOT, "f", PAIL_KIND_FILE, "\"1\"", 10, early)), ino);
    assert_string_equal(rig_show(m, ROOT, "f"), "FILE \"2\" 20");
    assert_int_equal(rig_get(m, ino).seen_ns, (int64_t)late * 1000);
    assert_int_equal(rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"3\"", 30), ino);
    assert_string_equal(rig_show(m, ROOT, "f"), "FILE \"3\" 30");
    rig_close(m);
}

static void test_changes_win(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t asked = pail_meta_stamp(m);
    uint64_t ino = rig_put(m, PAIL_PUT_CHANGE,
                           rig_row(ROOT, "f", PAIL_KIND_FILE, "\"mine\"", 5, 0));
    rig_put(m, PAIL_PUT_ANSWER, rig_row(ROOT, "f", PAIL_KIND_NONE, "", 0, asked));
    assert_string_equal(rig_show(m, ROOT, "f"), "FILE \"mine\" 5");
    /* Absence is a row too. */
    asked = pail_meta_stamp(m);
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("f"), pail_meta_stamp(m), NULL), NULL);
    assert_int_equal(
        rig_put(m, PAIL_PUT_ANSWER, rig_row(ROOT, "f", PAIL_KIND_FILE, "\"mine\"", 5, asked)), 0);
    assert_string_equal(rig_show(m, ROOT, "f"), "NONE");
    /* Coming back is another inode. */
    uint64_t again = rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"mine\"", 5);
    assert_int_not_equal(again, ino);
    assert_code(pail_meta_get(m, ino, NULL, NULL), PAIL_E_FS_NOENT);
    rig_close(m);
}

static void test_kinds(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t file = rig_answer(m, ROOT, "x", PAIL_KIND_FILE, "\"1\"", 1);
    uint64_t dir = rig_answer(m, ROOT, "x", PAIL_KIND_DIR, "", 0);
    assert_int_not_equal(file, dir);
    uint64_t kid = rig_answer(m, dir, "kid", PAIL_KIND_FILE, "\"k\"", 1);
    uint64_t sub = rig_mkdir(m, dir, "sub");
    uint64_t deep = rig_answer(m, sub, "deep", PAIL_KIND_FILE, "\"k\"", 1);
    uint64_t back = rig_answer(m, ROOT, "x", PAIL_KIND_FILE, "\"1\"", 1);
    assert_int_not_equal(back, file);
    assert_int_not_equal(back, dir);
    /* What was below is forgotten, and nothing can be put there. */
    assert_code(pail_meta_get(m, kid, NULL, NULL), PAIL_E_FS_NOENT);
    assert_code(pail_meta_get(m, deep, NULL, NULL), PAIL_E_FS_NOENT);
    struct pail_row r = rig_row(dir, "late", PAIL_KIND_FILE, "\"l\"", 1, pail_meta_stamp(m));
    assert_code(pail_meta_put(m, &r, PAIL_PUT_ANSWER, NULL, NULL), PAIL_E_FS_NOENT);
    rig_close(m);
}

static void test_symlink_is_remembered(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_row r = rig_row(ROOT, "l", PAIL_KIND_SYMLINK, "\"1\"", 4, 0);
    r.attr_etag = r.etag;
    r.attrs = PAIL_STR("target");
    uint64_t ino = rig_put(m, PAIL_PUT_ANSWER, r);
    /* A listing cannot tell a link from a file. */
    assert_int_equal(rig_answer(m, ROOT, "l", PAIL_KIND_FILE, "\"1\"", 4), ino);
    assert_string_equal(rig_show(m, ROOT, "l"), "SYMLINK \"1\" 4");
    assert_str(rig_get(m, ino).attrs, "target");
    assert_int_equal(rig_answer(m, ROOT, "l", PAIL_KIND_FILE, "\"2\"", 4), ino);
    assert_string_equal(rig_show(m, ROOT, "l"), "FILE \"2\" 4");
    assert_str(rig_get(m, ino).attr_etag, "");
    rig_close(m);
}

static void test_attributes_belong_to_a_version(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_row r = rig_row(ROOT, "f", PAIL_KIND_FILE, "\"1\"", 1, 0);
    r.mtime_ns = INT64_C(5000000000);
    uint64_t ino = rig_put(m, PAIL_PUT_ANSWER, r);
    assert_str(rig_get(m, ino).attr_etag, "");
    assert_ok(pail_meta_set_attrs(m, ino, PAIL_STR("\"other\""), PAIL_STR("no"), NULL), NULL);
    assert_str(rig_get(m, ino).attrs, "");
    assert_ok(pail_meta_set_attrs(m, ino, PAIL_STR("\"1\""), PAIL_STR("mode"), NULL), NULL);
    assert_str(rig_get(m, ino).attrs, "mode");
    assert_str(rig_get(m, ino).attr_etag, "\"1\"");
    assert_ok(pail_meta_set_attrs(m, 4711, PAIL_STR("\"1\""), PAIL_STR("gone meanwhile"), NULL),
              NULL);

    /* The same version, told with a finer time; then the finer time stays. */
    r.mtime_ns = INT64_C(5250000000);
    rig_put(m, PAIL_PUT_ANSWER, r);
    assert_str(rig_get(m, ino).attrs, "mode");
    r.mtime_ns = INT64_C(5000000000);
    rig_put(m, PAIL_PUT_ANSWER, r);
    assert_int_equal(rig_get(m, ino).mtime_ns, INT64_C(5250000000));
    /* The same content at another time: somebody changed the attributes. */
    r.mtime_ns = INT64_C(9000000000);
    rig_put(m, PAIL_PUT_ANSWER, r);
    assert_str(rig_get(m, ino).attr_etag, "");
    assert_str(rig_get(m, ino).attrs, "");
    rig_close(m);
}

static void test_own_write_keeps_attributes(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_row r = rig_row(ROOT, "f", PAIL_KIND_FILE, "\"1\"", 1, 0);
    r.attr_etag = r.etag;
    r.attrs = PAIL_STR("mode");
    r.mtime_ns = 7; /* our clock's idea */
    uint64_t ino = rig_put(m, PAIL_PUT_CHANGE, r);
    r = rig_row(ROOT, "f", PAIL_KIND_FILE, "\"1\"", 1, 0);
    r.mtime_ns = INT64_C(77000000000);
    rig_put(m, PAIL_PUT_ANSWER, r);
    assert_str(rig_get(m, ino).attrs, "mode");
    assert_int_equal(rig_get(m, ino).mtime_ns, r.mtime_ns);
    /* From now on the time is S3's own, and compared. */
    r.mtime_ns = INT64_C(78000000000);
    rig_put(m, PAIL_PUT_ANSWER, r);
    assert_str(rig_get(m, ino).attr_etag, "");
    rig_close(m);
}

static void test_directories(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_row r = rig_row(ROOT, "d", PAIL_KIND_DIR, "\"m\"", 0, 0);
    r.listed_ns = 123;
    r.flags = PAIL_ROW_MARKER | PAIL_ROW_DEFAULTS_OK;
    uint64_t ino = rig_put(m, PAIL_PUT_CHANGE, r);
    assert_int_equal(rig_get(m, ino).listed_ns, 123);
    /* An answer about the marker leaves the listing alone; that there is none any more is an answer
     * too. */
    assert_int_equal(rig_answer(m, ROOT, "d", PAIL_KIND_DIR, "", 0), ino);
    assert_int_equal(rig_get(m, ino).listed_ns, 123);
    assert_int_equal(rig_get(m, ino).flags, PAIL_ROW_DEFAULTS_OK);
    assert_str(rig_get(m, ino).etag, "");
    assert_ok(pail_meta_set_flags(m, ino, PAIL_ROW_POSIX_SEEN, PAIL_ROW_DEFAULTS_OK, NULL), NULL);
    assert_int_equal(rig_get(m, ino).flags, PAIL_ROW_POSIX_SEEN);
    assert_code(pail_meta_set_flags(m, 4711, 1, 0, NULL), PAIL_E_FS_NOENT);
    rig_close(m);
}

static void test_strange_names(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    struct pail_row r = rig_row(ROOT, "", PAIL_KIND_FILE, "\"1\"", 1, pail_meta_stamp(m));
    r.name = PAIL_STR("a\0b\xff");
    r.raw = PAIL_STR("..");
    uint64_t ino = rig_put(m, PAIL_PUT_ANSWER, r);
    assert_ok(pail_meta_find(m, ROOT, r.name, &c, &err), &err);
    assert_int_equal(c.row.ino, ino);
    assert_true(pail_str_eq(c.row.name, r.name));
    assert_ok(pail_meta_find_raw(m, ROOT, PAIL_STR(".."), &c, &err), &err);
    assert_int_equal(c.row.ino, ino);
    assert_code(pail_meta_find_raw(m, ROOT, PAIL_STR("."), &c, &err), PAIL_E_FS_NOENT);
    assert_int_equal(c.row.ino, ino); /* untouched */
    /* The empty component, and no component of its own, are two things. */
    r.name = PAIL_STR("e");
    r.raw = PAIL_STR("");
    rig_put(m, PAIL_PUT_ANSWER, r);
    assert_ok(pail_meta_find_raw(m, ROOT, PAIL_STR(""), &c, &err), &err);
    assert_str(c.row.name, "e");
    assert_non_null(c.row.raw.ptr);
    r.name = PAIL_STR("plain");
    r.raw = pail_strn(NULL, 0);
    rig_put(m, PAIL_PUT_ANSWER, r);
    assert_ok(pail_meta_find(m, ROOT, r.name, &c, &err), &err);
    assert_null(c.row.raw.ptr);
    r.name = PAIL_STR("");
    assert_code(pail_meta_put(m, &r, PAIL_PUT_ANSWER, NULL, &err), PAIL_E_INVALID);
    rig_close(m);
}

static void test_chosen_inodes(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t a = rig_answer(m, ROOT, "a", PAIL_KIND_FILE, "\"1\"", 1);
    struct pail_row r = rig_row(ROOT, "b", PAIL_KIND_FILE, "\"1\"", 1, pail_meta_stamp(m));
    r.ino = a;
    assert_code(pail_meta_put(m, &r, PAIL_PUT_CHANGE, NULL, NULL), PAIL_E_INVALID);
    assert_string_equal(rig_show(m, ROOT, "b"), "");
    r.ino = 1000;
    assert_int_equal(rig_put(m, PAIL_PUT_CHANGE, r), 1000);
    assert_int_equal(rig_answer(m, ROOT, "c", PAIL_KIND_FILE, "\"1\"", 1), 1001);
    rig_close(m);
}

static void usage_is(struct pail_meta *m, uint64_t files, uint64_t dirs, uint64_t bytes,
                     bool complete)
{
    struct pail_meta_usage u;
    assert_ok(pail_meta_usage(m, &u, NULL), NULL);
    assert_int_equal(u.files, files);
    assert_int_equal(u.dirs, dirs);
    assert_int_equal(u.bytes, bytes);
    assert_int_equal(u.complete, complete);
}

static void test_usage(void **state)
{
    struct pail_meta *m = rig_open();
    usage_is(m, 0, 1, 0, false);
    rig_answer(m, ROOT, "a", PAIL_KIND_FILE, "\"1\"", 100);
    rig_answer(m, ROOT, "b", PAIL_KIND_SYMLINK, "\"1\"", 10);
    uint64_t d = rig_mkdir(m, ROOT, "d");
    rig_answer(m, d, "e", PAIL_KIND_FILE, "\"1\"", 1);
    usage_is(m, 3, 2, 111, false);
    rig_answer(m, ROOT, "a", PAIL_KIND_FILE, "\"2\"", 50);
    usage_is(m, 3, 2, 61, false);
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("d"), pail_meta_stamp(m), NULL), NULL);
    usage_is(m, 2, 1, 60, false);
    struct pail_row r = rig_row(0, "", PAIL_KIND_DIR, "", 0, 0);
    r.listed_ns = 5;
    rig_put(m, PAIL_PUT_CHANGE, r);
    usage_is(m, 2, 1, 60, true);
    pail_meta_close(m);
    m = rig_reopen();
    usage_is(m, 2, 1, 60, true);
    rig_close(m);
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_meta *m = ud;
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    struct pail_row r = rig_row(ROOT, "t", PAIL_KIND_FILE, "\"1\"", 1, pail_meta_stamp(m));
    int rc = pail_meta_put(m, &r, PAIL_PUT_ANSWER, &c, err);
    if (rc == 0)
        rc = pail_meta_set_attrs(m, c.row.ino, r.etag, PAIL_STR("attrs"), err);
    r.kind = PAIL_KIND_DIR;
    r.stamp = pail_meta_stamp(m);
    if (rc == 0)
        rc = pail_meta_put(m, &r, PAIL_PUT_CHANGE, &c, err);
    r = rig_row(c.row.ino, "kid", PAIL_KIND_FILE, "\"1\"", 1, pail_meta_stamp(m));
    if (rc == 0)
        rc = pail_meta_put(m, &r, PAIL_PUT_CHANGE, NULL, err);
    if (rc == 0)
        rc = pail_meta_remove(m, ROOT, PAIL_STR("t"), pail_meta_stamp(m), err);
    return rc;
}

static int count_row(void *ud, const struct pail_row *row)
{
    struct pail_meta_usage *u = ud;
    if (row->kind == PAIL_KIND_DIR) {
        u->dirs++;
        u->bytes = row->ino;
    } else {
        u->files++;
    }
    return 0;
}

/* SQLite keeps pages and statements' memory as it likes: only failures are looked at here, not what
 * stays allocated. */
static void test_torture(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_error err = PAIL_ERROR_INIT;
    bool fired = true;
    for (uint64_t n = 1; fired; n++) {
        uint64_t count = pail_alloc_count();
        pail_alloc_fail_at(n);
        int rc = torture_body(m, &err);
        fired = pail_alloc_count() - count >= n;
        pail_alloc_fail_at(0);
        if (rc != 0)
            assert_code(rc, PAIL_E_NOMEM);
        assert_true(n < 5000);
        /* Whatever was undone, the counters are those of the rows. */
        struct pail_meta_usage u, rows = {.dirs = 1};
        assert_ok(pail_meta_usage(m, &u, NULL), NULL);
        assert_ok(pail_meta_children(m, ROOT, PAIL_STR(""), 10, count_row, &rows, NULL), NULL);
        uint64_t dir = rows.dirs > 1 ? rows.bytes : 0; /* its number */
        rows.bytes = 0;
        if (dir)
            assert_ok(pail_meta_children(m, dir, PAIL_STR(""), 10, count_row, &rows, NULL), NULL);
        assert_int_equal(u.files, rows.files);
        assert_int_equal(u.dirs, rows.dirs);
    }
    assert_string_equal(rig_show(m, ROOT, "t"), "NONE");
    usage_is(m, 0, 1, 0, false);
    rig_close(m);
}

static int torture_open(void *ud, struct pail_error *err)
{
    struct pail_meta *m = NULL;
    int rc = pail_meta_open(RIG_DIR, &m, NULL, err);
    pail_meta_close(m);
    return rc;
}

static void test_torture_open(void **state)
{
    rig_close(rig_open()); /* what SQLite keeps for good */
    mem_disk_begin();
    pail_torture("open and close", torture_open, NULL);
    mem_disk_end();
}

PAIL_TEST_MAIN(cmocka_unit_test(test_root), cmocka_unit_test(test_answers_in_order),
               cmocka_unit_test(test_changes_win), cmocka_unit_test(test_kinds),
               cmocka_unit_test(test_symlink_is_remembered),
               cmocka_unit_test(test_attributes_belong_to_a_version),
               cmocka_unit_test(test_own_write_keeps_attributes),
               cmocka_unit_test(test_directories), cmocka_unit_test(test_strange_names),
               cmocka_unit_test(test_chosen_inodes), cmocka_unit_test(test_usage),
               cmocka_unit_test(test_torture), cmocka_unit_test(test_torture_open))
