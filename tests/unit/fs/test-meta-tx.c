/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/thread.h"
#include "unit/fs/meta-rig.h"

#define ROOT PAIL_INO_ROOT

/* A commit that fails takes rows back; what is left is not taken for fresh, and the next sync
 * tells. */
static void test_commit_fails(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t f = rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"1\"", 7);
    assert_ok(pail_meta_sync(m, false, &err), &err);
    mem_disk_fail(MEM_WRITE, "-wal", ENOSPC, 1, UINT32_MAX);
    rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"2\"", 8);
    uint64_t asked = pail_meta_stamp(m);
    assert_code(pail_meta_sync(m, false, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOSPC);
    assert_non_null(strstr(err.message, "meta.db-wal"));
    struct pail_row row = rig_get(m, f);
    assert_str(row.etag, "\"1\"");
    assert_int_equal(row.seen_ns, 0);
    struct pail_meta_usage u;
    assert_ok(pail_meta_usage(m, &u, NULL), NULL);
    assert_int_equal(u.bytes, 7);

    mem_disk_heal();
    /* An answer of before the loss is worth no more than the rows. */
    rig_put(m, PAIL_PUT_ANSWER, rig_row(ROOT, "f", PAIL_KIND_FILE, "\"2\"", 8, asked));
    assert_int_equal(rig_get(m, f).seen_ns, 0);
    rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"3\"", 9);
    assert_int_not_equal(rig_get(m, f).seen_ns, 0);
    assert_ok(pail_meta_sync(m, true, &err), &err);
    rig_close(m);
}

/* The committer meets the error; who syncs later hears of it, once. */
static void test_loss_behind_the_scenes(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_meta_sync(m, true, &err), &err);
    mem_disk_fail(MEM_WRITE, "-wal", ENOSPC, 1, UINT32_MAX);
    rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"1\"", 7);
    for (int i = 0; i < 5000 && *rig_show(m, ROOT, "f"); i++)
        pail_sleep_ns(1000000);
    assert_string_equal(rig_show(m, ROOT, "f"), "");
    mem_disk_heal();
    assert_code(pail_meta_sync(m, false, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOSPC);
    assert_ok(pail_meta_sync(m, false, &err), &err);
    rig_close(m);
}

/* In a few commits, which the disk may refuse; false: then the listing is to be made again. */
static bool fill_once(struct pail_meta *m, const char *etag)
{
    static struct pail_row rows[1000];
    static char names[1000][64];
    struct pail_meta_listing l;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_meta_list_begin(m, ROOT, 1, &l, &err), &err);
    for (int p = 0; p < 20; p++) {
        for (int i = 0; i < 1000; i++) {
            snprintf(names[i], sizeof(names[i]), "a rather long name, to fill pages quickly %05d",
                     p * 1000 + i);
            rows[i] = rig_row(ROOT, names[i], PAIL_KIND_FILE, etag, 1, 1);
        }
        int rc = pail_meta_list_page(m, &l, rows, 1000, NULL, NULL, &err);
        if (rc == PAIL_E_FS_STALE)
            return false;
        assert_ok(rc, &err);
        if (p % 4 == 3)
            (void)!pail_meta_sync(m, false, NULL);
    }
    assert_ok(pail_meta_list_end(m, &l, 0, 0, NULL, NULL, &err), &err);
    (void)!pail_meta_sync(m, false, NULL);
    return true;
}

static void fill(struct pail_meta *m, const char *etag)
{
    for (int i = 0; i < 10; i++)
        if (fill_once(m, etag))
            return;
    fail_msg("forgotten again and again");
}

static void fill_log(void *arg)
{
    struct pail_meta *m = arg;
    for (int k = 0; k < 7; k++)
        fill(m, k % 2 ? "\"odd\"" : "\"even\"");
}

static void await_small_log(struct pail_meta *m, unsigned syncs)
{
    for (int i = 0; i < 5000 && mem_disk_syncs("meta.db") == syncs; i++)
        pail_sleep_ns(1000000);
    assert_true(mem_disk_syncs("meta.db") > syncs);
}

/* The log is copied into the database now and then, and neither grows without end nor loses
 * anything. */
static void test_checkpoints(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t largest = 0;
    for (int i = 0; i < 3; i++) {
        unsigned syncs = mem_disk_syncs("meta.db");
        fill_log(m);
        await_small_log(m, syncs);
        uint64_t size = mem_disk_size("/d/meta.db-wal");
        largest = size > largest ? size : largest;
    }
    print_message("largest log: %llu bytes, database %llu\n", (unsigned long long)largest,
                  (unsigned long long)mem_disk_size(RIG_DB));
    assert_true(largest < 64 << 20);
    assert_ok(pail_meta_sync(m, true, NULL), NULL);
    mem_disk_power_cut(5);
    pail_meta_close(m);
    m = rig_reopen();
    struct pail_meta_usage u;
    assert_ok(pail_meta_usage(m, &u, NULL), NULL);
    assert_int_equal(u.files, 20000);
    rig_close(m);
}

/* A database whose sync failed is not made good by the next one alone. */
static void test_checkpoint_sync_fails(void **state)
{
    for (unsigned nth = 1; nth <= 2; nth++) {
        struct pail_meta *m = rig_open();
        unsigned syncs = mem_disk_syncs("meta.db");
        mem_disk_fail(MEM_SYNC, "meta.db", EIO, nth, 2);
        for (int i = 0; i < 8; i++)
            fill(m, i % 2 ? "\"odd\"" : "\"even\"");
        await_small_log(m, syncs);
        for (int i = 0; i < 5; i++) {
            /* The barrier may fail a commit; that is told and the rest goes on. */
            rig_answer(m, ROOT, "more", PAIL_KIND_FILE, "\"1\"", (uint64_t)i);
            (void)!pail_meta_sync(m, false, NULL);
        }
        fill(m, "\"last\"");
        assert_ok(pail_meta_sync(m, true, NULL), NULL);
        mem_disk_power_cut(nth);
        pail_meta_close(m);
        struct pail_meta_open_result r;
        m = rig_reopen_full(&r);
        assert_false(r.set_aside);
        struct pail_meta_usage u;
        assert_ok(pail_meta_usage(m, &u, NULL), NULL);
        assert_int_equal(u.files, 20000);
        assert_string_equal(rig_show(m, ROOT, "a rather long name, to fill pages quickly 19999"),
                            "FILE \"last\" 1");
        rig_close(m);
    }
}

/* ---- One sync for many ----------------------------------------------------------------------- */

struct crowd {
    struct pail_meta *m;
    int rc;
};

static void add_one(void *arg)
{
    struct crowd *c = arg;
    uint64_t id;
    c->rc = pail_meta_journal_add(c->m, (struct pail_bytes){"x", 1}, &id, NULL);
}

static int count_entry(void *ud, uint64_t id, struct pail_bytes payload)
{
    ++*(int *)ud;
    return 0;
}

static int entries(struct pail_meta *m)
{
    int n = 0;
    assert_ok(pail_meta_journal(m, count_entry, &n, NULL), NULL);
    return n;
}

static void await_entries(struct pail_meta *m, int n)
{
    for (int i = 0; i < 20000 && entries(m) < n; i++)
        pail_sleep_ns(1000000);
    assert_int_equal(entries(m), n);
}

/* While the disk works for the first, the others gather, rows are read and changed; the second sync
 * is for all of them. */
static void test_group_commit(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_thread *threads[9];
    struct crowd crowd[9];
    assert_ok(pail_meta_sync(m, true, NULL), NULL);
    unsigned syncs = mem_disk_syncs("-wal");
    mem_disk_close_gate("-wal");
    for (int i = 0; i < 9; i++) {
        crowd[i] = (struct crowd){m, -1};
        assert_ok(pail_thread_start(&threads[i], "adder", add_one, &crowd[i], NULL), NULL);
        if (i == 0)
            await_entries(m, 1);
    }
    await_entries(m, 9);
    rig_answer(m, ROOT, "meanwhile", PAIL_KIND_FILE, "\"1\"", 1);
    assert_string_equal(rig_children(m, ROOT), "meanwhile");
    mem_disk_open_gate();
    for (int i = 0; i < 9; i++) {
        pail_thread_join(threads[i]);
        assert_int_equal(crowd[i].rc, 0);
    }
    assert_in_range(mem_disk_syncs("-wal") - syncs, 1, 2);
    mem_disk_power_cut(0);
    pail_meta_close(m);
    m = rig_reopen();
    assert_int_equal(entries(m), 9);
    rig_close(m);
}

/* Nor does anybody wait for the database file at the end of a checkpoint. */
static void test_checkpoint_keeps_nobody(void **state)
{
    struct pail_meta *m = rig_open();
    unsigned syncs = mem_disk_syncs("meta.db");
    mem_disk_close_gate("meta.db");
    struct pail_thread *t = NULL;
    assert_ok(pail_thread_start(&t, "filler", fill_log, m, NULL), NULL);
    for (int i = 0; i < 20000 && !mem_disk_waiting(); i++)
        pail_sleep_ns(1000000);
    assert_true(mem_disk_waiting());
    /* The sync is under way, and this comes back. */
    rig_answer(m, ROOT, "meanwhile", PAIL_KIND_FILE, "\"1\"", 1);
    assert_string_equal(rig_show(m, ROOT, "meanwhile"), "FILE \"1\" 1");
    mem_disk_open_gate();
    pail_thread_join(t);
    assert_true(mem_disk_syncs("meta.db") > syncs);
    rig_close(m);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_commit_fails), cmocka_unit_test(test_loss_behind_the_scenes),
               cmocka_unit_test(test_checkpoints), cmocka_unit_test(test_checkpoint_sync_fails),
               cmocka_unit_test(test_group_commit), cmocka_unit_test(test_checkpoint_keeps_nobody))
