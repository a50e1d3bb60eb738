/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "unit/fs/meta-rig.h"

static uint64_t add(struct pail_meta *m, const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t id = 0;
    assert_ok(pail_meta_journal_add(m, (struct pail_bytes){text, strlen(text)}, &id, &err), &err);
    return id;
}

static int join_entry(void *ud, uint64_t id, struct pail_bytes payload)
{
    struct pail_buf *b = ud;
    if (b->len)
        pail_buf_char(b, ' ');
    pail_buf_append(b, payload.ptr, payload.len);
    return 0;
}

static const char *journal(struct pail_meta *m)
{
    static char text[4096];
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_buf b = PAIL_BUF_INIT(4095);
    assert_ok(pail_meta_journal(m, join_entry, &b, &err), &err);
    snprintf(text, sizeof(text), "%s", pail_buf_cstr(&b));
    pail_buf_done(&b);
    return text;
}

static int join_upload(void *ud, struct pail_str bucket, struct pail_str key, struct pail_str id)
{
    struct pail_buf *b = ud;
    pail_buf_fmt(b, "%s%.*s/%.*s#%.*s", b->len ? " " : "", PAIL_STR_ARG(bucket), PAIL_STR_ARG(key),
                 PAIL_STR_ARG(id));
    return 0;
}

static const char *uploads(struct pail_meta *m)
{
    static char text[4096];
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_buf b = PAIL_BUF_INIT(4095);
    assert_ok(pail_meta_uploads(m, join_upload, &b, &err), &err);
    snprintf(text, sizeof(text), "%s", pail_buf_cstr(&b));
    pail_buf_done(&b);
    return text;
}

static void test_order_and_ids(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t a = add(m, "a"), b = add(m, "b"), c = add(m, "c");
    assert_true(a < b && b < c);
    assert_ok(pail_meta_journal_update(m, b, (struct pail_bytes){"B\0!", 3}, NULL), NULL);
    assert_ok(pail_meta_journal_remove(m, c, NULL), NULL);
    assert_code(pail_meta_journal_update(m, c, (struct pail_bytes){"x", 1}, NULL), PAIL_E_FS_NOENT);
    assert_true(add(m, "d") > c); /* not the number of a removed one */
    assert_string_equal(journal(m), "a B");
    rig_close(m);
}

/* Replay removes entries while it reads them. */
static int remove_entry(void *ud, uint64_t id, struct pail_bytes payload)
{
    return pail_meta_journal_remove(ud, id, NULL);
}

static int stop_entry(void *ud, uint64_t id, struct pail_bytes payload)
{
    return *(int *)ud;
}

static void test_changed_while_read(void **state)
{
    struct pail_meta *m = rig_open();
    add(m, "a");
    add(m, "b");
    int stop = 1, bad = PAIL_E_CANCELLED;
    assert_ok(pail_meta_journal(m, stop_entry, &stop, NULL), NULL);
    assert_code(pail_meta_journal(m, stop_entry, &bad, NULL), PAIL_E_CANCELLED);
    assert_ok(pail_meta_journal(m, remove_entry, m, NULL), NULL);
    assert_string_equal(journal(m), "");
    rig_close(m);
}

static void test_survives_a_power_cut(void **state)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct pail_meta *m = rig_open();
        struct pail_error err = PAIL_ERROR_INIT;
        add(m, "one");
        uint64_t two = add(m, "two");
        assert_ok(pail_meta_upload_add(m, PAIL_STR("b"), PAIL_STR("k"), PAIL_STR("id"), &err),
                  &err);
        assert_ok(pail_meta_upload_add(m, PAIL_STR("b"), PAIL_STR("k2"), PAIL_STR("id2"), &err),
                  &err);
        assert_ok(pail_meta_upload_remove(m, PAIL_STR("id"), &err), &err);
        assert_ok(pail_meta_journal_remove(m, two, &err), &err);
        assert_ok(pail_meta_sync(m, true, &err), &err);
        for (int i = 0; i < 50; i++)
            rig_answer(m, PAIL_INO_ROOT, i % 2 ? "x" : "y", PAIL_KIND_FILE, "1", (uint64_t)i);
        add(m, "three");
        mem_disk_power_cut(seed);
        pail_meta_close(m); /* of a life that is over */
        m = rig_reopen();
        assert_string_equal(journal(m), "one three");
        assert_string_equal(uploads(m), "b/k2#id2");
        rig_close(m);
    }
}

static void test_kill_loses_nothing_committed(void **state)
{
    struct pail_meta *m = rig_open();
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(100);
    assert_code(pail_meta_kv_get(m, PAIL_STR("k"), &b, NULL), PAIL_E_FS_NOENT);
    assert_ok(pail_meta_kv_set(m, PAIL_STR("k"), PAIL_STR("v1"), NULL), NULL);
    assert_ok(pail_meta_kv_set(m, PAIL_STR("k"), PAIL_STR("v2"), NULL), NULL);
    unsigned syncs = mem_disk_syncs("");
    assert_ok(pail_meta_sync(m, false, NULL), NULL);
    assert_int_equal(mem_disk_syncs(""), syncs);
    mem_disk_kill();
    pail_meta_close(m);
    m = rig_reopen();
    assert_ok(pail_meta_kv_get(m, PAIL_STR("k"), &b, NULL), NULL);
    assert_string_equal(pail_buf_cstr(&b), "v2");
    rig_close(m);
}

/* Nothing is there of an entry that was refused. */
static void test_no_room(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t id = 99;
    add(m, "old");
    mem_disk_fail(MEM_WRITE, "-wal", ENOSPC, 1, UINT32_MAX);
    assert_code(pail_meta_journal_add(m, (struct pail_bytes){"new", 3}, &id, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOSPC);
    assert_non_null(strstr(err.message, "meta.db-wal"));
    assert_int_equal(id, 99);
    mem_disk_heal();
    assert_string_equal(journal(m), "old");
    add(m, "newer");
    mem_disk_power_cut(0);
    pail_meta_close(m);
    m = rig_reopen();
    assert_string_equal(journal(m), "old newer");
    rig_close(m);
}

/* A sync that failed is not made good by one that succeeds because the pages count as clean. */
static void test_failed_sync(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t id = 0;
    add(m, "old");
    mem_disk_fail(MEM_SYNC, "-wal", EIO, 1, 1);
    assert_code(pail_meta_journal_add(m, (struct pail_bytes){"refused", 7}, &id, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, EIO);
    add(m, "new");
    mem_disk_power_cut(0);
    pail_meta_close(m);
    m = rig_reopen();
    assert_string_equal(journal(m), "old new");
    rig_close(m);
}

/* Names mean something else as soon as it is removed: it must not come back. */
static void test_removed_for_good(void **state)
{
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct pail_meta *m = rig_open();
        struct pail_error err = PAIL_ERROR_INIT;
        uint64_t id = add(m, "done");
        assert_ok(pail_meta_journal_remove(m, id, &err), &err);
        mem_disk_power_cut(seed);
        pail_meta_close(m);
        m = rig_reopen();
        assert_string_equal(journal(m), "");
        rig_close(m);
    }
}

/* A disk that refuses to remove an entry: nothing new begins until it is gone. */
static void test_lingers(void **state)
{
    static const enum mem_disk_call calls[] = {MEM_WRITE, MEM_SYNC};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(calls); i++) {
        struct pail_meta *m = rig_open();
        struct pail_error err = PAIL_ERROR_INIT;
        uint64_t id = add(m, "done"), other = 0;
        mem_disk_fail(calls[i], "-wal", EIO, 1, UINT32_MAX);
        assert_code(pail_meta_journal_remove(m, id, &err), PAIL_E_OS);
        assert_code(pail_meta_journal_clear(m, &err), PAIL_E_OS);
        assert_code(pail_meta_journal_add(m, (struct pail_bytes){"next", 4}, &other, &err),
                    PAIL_E_OS);
        mem_disk_heal();
        assert_ok(pail_meta_journal_clear(m, &err), &err);
        mem_disk_power_cut(0);
        pail_meta_close(m);
        m = rig_reopen();
        assert_string_equal(journal(m), "");
        assert_ok(pail_meta_journal_clear(m, &err), &err);
        add(m, "next");
        assert_string_equal(journal(m), "next");
        rig_close(m);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_order_and_ids), cmocka_unit_test(test_changed_while_read),
               cmocka_unit_test(test_survives_a_power_cut),
               cmocka_unit_test(test_kill_loses_nothing_committed), cmocka_unit_test(test_no_room),
               cmocka_unit_test(test_failed_sync), cmocka_unit_test(test_removed_for_good),
               cmocka_unit_test(test_lingers))
