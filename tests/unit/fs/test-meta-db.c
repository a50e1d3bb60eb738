/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>

#include <sqlite3.h>
#include <unistd.h>

#include "unit/fs/meta-rig.h"

#define ROOT PAIL_INO_ROOT

static void test_created_and_reopened(void **state)
{
    struct pail_meta_open_result r;
    mem_disk_begin();
    struct pail_meta *m = rig_reopen_full(&r);
    assert_true(r.created);
    assert_false(r.set_aside);
    uint64_t d = rig_mkdir(m, ROOT, "d");
    struct pail_row row = rig_row(d, "f", PAIL_KIND_FILE, "\"1\"", 7, 0);
    row.version_id = PAIL_STR("v");
    row.mtime_ns = 42;
    row.attr_etag = row.etag;
    row.attrs = PAIL_STR("attrs");
    uint64_t f = rig_put(m, PAIL_PUT_CHANGE, row), stamp = pail_meta_stamp(m);
    pail_meta_close(m);
    assert_int_equal(mem_disk_size("/d/meta.db-wal"), UINT64_MAX);

    m = rig_reopen_full(&r);
    assert_false(r.created);
    assert_false(r.set_aside);
    row = rig_get(m, f);
    assert_int_equal(row.parent, d);
    assert_str(row.name, "f");
    assert_str(row.version_id, "v");
    assert_str(row.attr_etag, "\"1\"");
    assert_str(row.attrs, "attrs");
    assert_int_equal(row.mtime_ns, 42);
    assert_int_not_equal(row.seen_ns, 0);
    assert_true(pail_meta_stamp(m) > stamp);
    assert_true(rig_mkdir(m, ROOT, "new") > f);
    rig_close(m);
}

static void test_second_open_refused(void **state)
{
    struct pail_meta *m = rig_open(), *second = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_code(pail_meta_open(RIG_DIR, &second, NULL, &err), PAIL_E_FS_BUSY);
    assert_null(second);
    pail_meta_close(m);
    m = rig_reopen();
    rig_close(m);
}

/* After a crash rows can be missing that were acknowledged: none of the others is taken for fresh.
 */
static void test_distrust_after_a_crash(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t f = rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"1\"", 7);
    struct pail_row root = rig_row(0, "", PAIL_KIND_DIR, "", 0, 0);
    root.listed_ns = 99;
    rig_put(m, PAIL_PUT_CHANGE, root);
    assert_ok(pail_meta_sync(m, true, NULL), NULL);
    uint64_t lost = rig_answer(m, ROOT, "lost", PAIL_KIND_FILE, "\"1\"", 7),
             stamp = pail_meta_stamp(m);
    mem_disk_kill();
    pail_meta_close(m);

    m = rig_reopen();
    struct pail_row row = rig_get(m, f);
    assert_str(row.etag, "\"1\"");
    assert_int_equal(row.seen_ns, 0);
    assert_int_equal(rig_get(m, ROOT).listed_ns, 0);
    assert_string_equal(rig_show(m, ROOT, "lost"), "");
    assert_true(rig_mkdir(m, ROOT, "d") > lost);
    assert_true(pail_meta_stamp(m) > stamp);
    rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"1\"", 7);
    assert_int_not_equal(rig_get(m, f).seen_ns, 0);
    pail_meta_close(m);
    /* And that lasts. */
    m = rig_reopen();
    assert_int_not_equal(rig_get(m, f).seen_ns, 0);
    assert_int_equal(rig_get(m, ROOT).listed_ns, 0);
    rig_close(m);
}

static uint64_t fill(struct pail_meta *m)
{
    uint64_t d = rig_mkdir(m, ROOT, "dir"), id;
    for (int i = 0; i < 3000; i++) {
        char name[24];
        snprintf(name, sizeof(name), "file-%d", i);
        rig_answer(m, d, name, PAIL_KIND_FILE, "\"1\"", 7);
    }
    assert_ok(pail_meta_journal_add(m, (struct pail_bytes){"entry", 5}, &id, NULL), NULL);
    return d;
}

static void opens_anew(void)
{
    struct pail_meta_open_result r;
    struct pail_meta *m = rig_reopen_full(&r);
    assert_true(r.created);
    assert_true(r.set_aside);
    assert_true(pail_str_starts(pail_str(r.aside), PAIL_STR(RIG_DB ".aside-")));
    assert_int_not_equal(mem_disk_size(r.aside), UINT64_MAX);
    assert_string_equal(rig_children(m, ROOT), "");
    pail_meta_close(m);
    m = rig_reopen_full(&r);
    assert_false(r.created);
    assert_false(r.set_aside);
    pail_meta_close(m);
}

static void test_damaged_header(void **state)
{
    struct pail_meta *m = rig_open();
    fill(m);
    pail_meta_close(m);
    mem_disk_damage(RIG_DB, 3);
    opens_anew();
    mem_disk_end();
}

static void test_damaged_schema(void **state)
{
    struct pail_meta *m = rig_open();
    fill(m);
    pail_meta_close(m);
    for (uint64_t at = 100; at < 130; at++)
        mem_disk_damage(RIG_DB, at);
    opens_anew();
    mem_disk_end();
}

/* Damage in the middle shows when it is met: an error that names the file, and a new beginning at
 * the next open. */
static void test_damaged_rows(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t d = fill(m);
    pail_meta_close(m);
    uint64_t size = mem_disk_size(RIG_DB);
    for (uint64_t page = 4; page < size / 8192; page++) {
        for (uint64_t at = 0; at < 12; at++)
            mem_disk_damage(RIG_DB, page * 8192 + at);
    }
    m = rig_reopen();
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1 << 20);
    assert_code(pail_meta_children(m, d, PAIL_STR(""), 10000, rig_join_name, &b, &err),
                PAIL_E_GARBAGE);
    assert_non_null(strstr(err.message, RIG_DB));
    pail_meta_close(m);
    opens_anew();
    mem_disk_end();
}

static void test_truncated(void **state)
{
    struct pail_meta *m = rig_open();
    fill(m);
    pail_meta_close(m);
    struct pail_file *f = NULL;
    assert_ok(pail_file_open(RIG_DB, PAIL_FILE_WRITE, &f, NULL), NULL);
    assert_ok(pail_file_truncate(f, 5000, NULL), NULL);
    pail_file_close(f);
    opens_anew();
    mem_disk_end();
}

static void test_not_a_database(void **state)
{
    mem_disk_begin();
    assert_ok(pail_file_write_all(RIG_DB,
                                  (struct pail_bytes){"hello, this is a text and no database", 36},
                                  0600, NULL),
              NULL);
    opens_anew();
    mem_disk_end();
}

/* On a real directory, where SQLite itself can make databases. */
struct real {
    char dir[64], db[96];
};

static void real_begin(struct real *r)
{
    snprintf(r->dir, sizeof(r->dir), "%s/pail-meta-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(r->dir));
    snprintf(r->db, sizeof(r->db), "%s/meta.db", r->dir);
}

static int remove_file(const char *name, void *ud, struct pail_error *err)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", (const char *)ud, name);
    return pail_file_unlink(path, err);
}

static void real_end(struct real *r)
{
    assert_ok(pail_file_list(r->dir, remove_file, r->dir, NULL), NULL);
    assert_int_equal(rmdir(r->dir), 0);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void query_is(const char *path, const char *sql, const char *text)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(q, 0), text);
    sqlite3_finalize(q);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void real_opens(struct real *r, bool aside)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_meta_open_result result;
    struct pail_meta *m = NULL;
    assert_ok(pail_meta_open(r->dir, &m, &result, &err), &err);
    assert_int_equal(result.set_aside, aside);
    rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"1\"", 7);
    pail_meta_close(m);
}

static void test_other_versions(void **state)
{
    struct real r;
    real_begin(&r);
    real_opens(&r, false);
    real_opens(&r, false);
    run_sql(r.db, "PRAGMA user_version = 99");
    real_opens(&r, true);
    real_opens(&r, false);
    run_sql(r.db, "PRAGMA application_id = 1");
    real_opens(&r, true);
    /* The right numbers, the wrong tables. */
    run_sql(r.db, "DROP TABLE nodes");
    real_opens(&r, true);
    real_end(&r);
}

static void test_somebody_elses(void **state)
{
    struct real r;
    real_begin(&r);
    run_sql(r.db, "CREATE TABLE t(x)");
    real_opens(&r, true);
    real_end(&r);
}

/* What the file holds is a sound database to SQLite's own eyes. */
static void test_integrity(void **state)
{
    struct real r;
    real_begin(&r);
    struct pail_meta *m = NULL;
    assert_ok(pail_meta_open(r.dir, &m, NULL, NULL), NULL);
    fill(m);
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("dir"), pail_meta_stamp(m), NULL), NULL);
    pail_meta_close(m);
    query_is(r.db, "PRAGMA integrity_check", "ok");
    query_is(r.db, "SELECT count(*) FROM nodes", "2"); /* the root, and the name that is gone */
    real_end(&r);
}

static void test_disk_trouble_is_no_damage(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_error err = PAIL_ERROR_INIT;
    rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"1\"", 7);
    pail_meta_close(m);
    mem_disk_fail(MEM_READ, "meta.db", EIO, 2, UINT32_MAX);
    assert_code(pail_meta_open(RIG_DIR, &m, NULL, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, EIO);
    assert_non_null(strstr(err.message, RIG_DB));
    mem_disk_fail(MEM_WRITE, "-wal", ENOSPC, 1, UINT32_MAX);
    assert_code(pail_meta_open(RIG_DIR, &m, NULL, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOSPC);
    mem_disk_heal();
    m = rig_reopen();
    assert_string_equal(rig_show(m, ROOT, "f"), "FILE \"1\" 7");
    rig_close(m);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_created_and_reopened),
               cmocka_unit_test(test_second_open_refused),
               cmocka_unit_test(test_distrust_after_a_crash), cmocka_unit_test(test_damaged_header),
               cmocka_unit_test(test_damaged_schema), cmocka_unit_test(test_damaged_rows),
               cmocka_unit_test(test_truncated), cmocka_unit_test(test_not_a_database),
               cmocka_unit_test(test_other_versions), cmocka_unit_test(test_somebody_elses),
               cmocka_unit_test(test_integrity), cmocka_unit_test(test_disk_trouble_is_no_damage))
