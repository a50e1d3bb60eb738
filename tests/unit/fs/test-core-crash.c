/* SPDX-License-Identifier: Apache-2.0 */
/* Renames that a crash interrupted, from journal rows written by hand; uploads left behind; rows
 * that are garbage. */
#include "core/journal.h"
#include "unit/fs/fixture.h"

static void write_row(struct world *w, const void *p, size_t n)
{
    struct pail_meta *m;
    struct pail_meta_open_result r;
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t id;
    assert_ok(pail_meta_open(w->state, &m, &r, &err), &err);
    assert_ok(pail_meta_journal_add(m, (struct pail_bytes){p, n}, &id, &err), &err);
    pail_meta_close(m);
}

static void interrupted(struct world *w, struct pail_journal_rename j)
{
    struct pail_buf b = PAIL_BUF_INIT(65536);
    struct pail_error err = PAIL_ERROR_INIT;
    j.bucket = PAIL_STR(WORLD_BUCKET);
    assert_ok(pail_journal_encode(&j, &b, &err), &err);
    write_row(w, b.ptr, b.len);
    pail_buf_done(&b);
}

static int count_row(void *ud, uint64_t id, struct pail_bytes payload)
{
    ++*(int *)ud;
    return 0;
}

/* Mounts, lets the executor finish, unmounts; the rows that are left. */
static int replay(struct world *w)
{
    struct pail_meta *m;
    struct pail_meta_open_result r;
    struct pail_error err = PAIL_ERROR_INIT;
    int n = 0;
    world_mount(w);
    world_unmount(w);
    assert_ok(pail_meta_open(w->state, &m, &r, &err), &err);
    assert_ok(pail_meta_journal(m, count_row, &n, &err), &err);
    pail_meta_close(m);
    return n;
}

static struct pail_str etag_of(struct world *w, const char *key)
{
    static char text[2][80];
    static int at;
    const char *etag = NULL;
    size_t n;
    at = !at;
    fake_server_lock(w->server);
    assert_non_null(fake_s3_get(fake_server_s3(w->server), WORLD_BUCKET, key, &n, &etag));
    snprintf(text[at], sizeof(text[at]), "%s%s%s", etag[0] == '"' ? "" : "\"", etag,
             etag[0] == '"' ? "" : "\"");
    fake_server_unlock(w->server);
    return pail_str(text[at]);
}

static void test_file_before_copy(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "content");
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_FILE, PAIL_JOURNAL_COPYING,
                                                 .from = PAIL_STR("a"), .to = PAIL_STR("b"),
                                                 .etag = etag_of(&w, "a")});
    assert_int_equal(replay(&w), 0);
    assert_string_equal(world_keys(&w), "a");
    world_stop(&w);
}

static void test_file_between(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "content");
    world_put(&w, "b", "content");
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_FILE, PAIL_JOURNAL_COPYING,
                                                 .from = PAIL_STR("a"), .to = PAIL_STR("b"),
                                                 .etag = etag_of(&w, "a")});
    assert_int_equal(replay(&w), 0);
    assert_string_equal(world_keys(&w), "b");
    world_mount(&w);
    assert_file(&w, "b", "content");
    assert_code(world_lookup(&w, "a", NULL), PAIL_E_FS_NOENT);
    world_stop(&w);
}

static void test_file_other_content(void **state)
{
    struct world w;
    world_start(&w);
    /* the source was written since */
    world_put(&w, "a", "old");
    struct pail_str etag = etag_of(&w, "a");
    world_put(&w, "b", "old");
    world_put(&w, "a", "newer");
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_FILE, PAIL_JOURNAL_COPYING,
                                                 .from = PAIL_STR("a"), .to = PAIL_STR("b"),
                                                 .etag = etag});
    /* the target is what it was before: the copy has not happened */
    world_put(&w, "c", "mine");
    world_put(&w, "d", "1234");
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_FILE, PAIL_JOURNAL_COPYING,
                                                 .from = PAIL_STR("c"), .to = PAIL_STR("d"),
                                                 .etag = etag_of(&w, "c"),
                                                 .replaced = etag_of(&w, "d")});
    assert_int_equal(replay(&w), 0);
    assert_string_equal(world_keys(&w), "a b c d");
    assert_object(&w, "d", "1234");
    world_stop(&w);
}

static void test_tree(void **state)
{
    struct world w;
    world_start(&w);
    for (int i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof(key), "t/%d", i);
        world_put(&w, key, key);
        if (i > 4)
            continue;
        char copy[16];
        snprintf(copy, sizeof(copy), "n/%d", i);
        world_put(&w, copy, key);
    }
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_TREE, PAIL_JOURNAL_COPYING,
                                                 .from = PAIL_STR("t/"), .to = PAIL_STR("n/"),
                                                 .cursor = PAIL_STR("t/2")});
    world_reset(&w);
    assert_int_equal(replay(&w), 0);
    assert_count(&w, "CopyObject", 5);
    assert_string_equal(world_keys(&w), "n/0 n/1 n/2 n/3 n/4 n/5 n/6 n/7 n/8 n/9");
    assert_object(&w, "n/7", "t/7");
    world_stop(&w);
}

static void test_tree_deleting(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "t/b", "b");
    world_put(&w, "t/new", "somebody wrote it since");
    world_put(&w, "n/a", "a");
    world_put(&w, "n/b", "b");
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_TREE, PAIL_JOURNAL_DELETING,
                                                 .from = PAIL_STR("t/"), .to = PAIL_STR("n/")});
    assert_int_equal(replay(&w), 0);
    assert_string_equal(world_keys(&w), "n/a n/b t/new");
    world_stop(&w);
}

/* A rename that was finished, and its row came back with a power cut: what has the old name by now
 * is younger than its supposed copy, and stays, also where it has the same content. */
static void test_names_made_again(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "b", "content");
    world_put(&w, "n/x", "x");
    w.ahead_ms = 5000;
    world_put(&w, "a", "content");
    world_put(&w, "t/x", "x");
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_FILE, PAIL_JOURNAL_COPYING,
                                                 .from = PAIL_STR("a"), .to = PAIL_STR("b"),
                                                 .etag = etag_of(&w, "a")});
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_TREE, PAIL_JOURNAL_DELETING,
                                                 .from = PAIL_STR("t/"), .to = PAIL_STR("n/")});
    assert_int_equal(replay(&w), 0);
    assert_string_equal(world_keys(&w), "a b n/x t/x");
    world_stop(&w);
}

static void test_network_error_keeps_the_row(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "content");
    world_put(&w, "b", "content");
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_FILE, PAIL_JOURNAL_COPYING,
                                                 .from = PAIL_STR("a"), .to = PAIL_STR("b")});
    world_faults(&w, "op=DeleteObject count=0 deny");
    assert_int_equal(replay(&w), 1);
    world_faults(&w, "");
    assert_int_equal(replay(&w), 0);
    assert_string_equal(world_keys(&w), "b");
    world_stop(&w);
}

static void test_garbage(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "x");
    write_row(&w, "", 0);
    write_row(&w, "PAILJ9xx", 8);
    write_row(&w, "PAILJ1\x01\x01\xff\xff\xff\xff", 12);
    assert_int_equal(replay(&w), 3); /* left alone: another version may know them */
    assert_string_equal(world_keys(&w), "a");
    world_stop(&w);
}

static void test_uploads(void **state)
{
    struct world w;
    struct pail_meta *m;
    struct pail_meta_open_result r;
    struct pail_s3_upload_id id;
    struct pail_error err = PAIL_ERROR_INIT;
    world_start(&w);
    const struct pail_s3_mpu_create_args args = {.bucket = PAIL_STR(WORLD_BUCKET),
                                                 .key = PAIL_STR("big")};
    assert_ok(pail_s3_mpu_create(w.s3, &args, &id, &err), &err);
    assert_ok(pail_meta_open(w.state, &m, &r, &err), &err);
    assert_ok(pail_meta_upload_add(m, args.bucket, args.key, pail_str(id.id), &err), &err);
    pail_meta_close(m);
    assert_int_equal(replay(&w), 0);
    fake_server_lock(w.server);
    assert_int_equal(fake_s3_uploads(fake_server_s3(w.server), WORLD_BUCKET), 0);
    fake_server_unlock(w.server);
    world_stop(&w);
}

/* Whoever wants the name waits until it is settled. */
static void test_names_are_claimed(void **state)
{
    struct world w;
    world_start(&w);
    world_put(&w, "a", "content");
    world_put(&w, "b", "content");
    interrupted(&w, (struct pail_journal_rename){PAIL_JOURNAL_FILE, PAIL_JOURNAL_COPYING,
                                                 .from = PAIL_STR("a"), .to = PAIL_STR("b")});
    world_mount(&w);
    assert_ok(world_mkdir(&w, "x"), &world_err);
    int rc = world_rename(&w, "b", "c", 0);
    assert_ok(rc, &world_err);
    world_unmount(&w);
    assert_string_equal(world_keys(&w), "c x/");
    world_stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_file_before_copy), cmocka_unit_test(test_file_between),
               cmocka_unit_test(test_file_other_content), cmocka_unit_test(test_tree),
               cmocka_unit_test(test_tree_deleting), cmocka_unit_test(test_names_made_again),
               cmocka_unit_test(test_network_error_keeps_the_row), cmocka_unit_test(test_garbage),
               cmocka_unit_test(test_uploads), cmocka_unit_test(test_names_are_claimed))
