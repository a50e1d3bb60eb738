/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fs/meta-rig.h"

#include "base/thread.h"

#define ROOT PAIL_INO_ROOT

static int move(struct pail_meta *m, uint64_t ino, uint64_t parent, const char *name)
{
    return pail_meta_move(m, ino, parent, pail_str(name), pail_meta_stamp(m), NULL);
}

static void test_move_file(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t a = rig_answer(m, ROOT, "a", PAIL_KIND_FILE, "\"1\"", 1);
    uint64_t b = rig_answer(m, ROOT, "b", PAIL_KIND_FILE, "\"2\"", 2);
    uint64_t asked = pail_meta_stamp(m);
    assert_ok(move(m, a, ROOT, "b"), NULL);
    assert_string_equal(rig_show(m, ROOT, "a"), "NONE");
    assert_string_equal(rig_show(m, ROOT, "b"), "FILE \"1\" 1");
    assert_str(rig_get(m, a).name, "b");
    assert_code(pail_meta_get(m, b, NULL, NULL), PAIL_E_FS_NOENT);
    /* Answers of before know neither. */
    rig_put(m, PAIL_PUT_ANSWER, rig_row(ROOT, "a", PAIL_KIND_FILE, "\"1\"", 1, asked));
    rig_put(m, PAIL_PUT_ANSWER, rig_row(ROOT, "b", PAIL_KIND_FILE, "\"2\"", 2, asked));
    assert_string_equal(rig_show(m, ROOT, "a"), "NONE");
    assert_string_equal(rig_show(m, ROOT, "b"), "FILE \"1\" 1");
    assert_ok(move(m, a, ROOT, "b"), NULL); /* onto itself */
    assert_string_equal(rig_show(m, ROOT, "b"), "FILE \"1\" 1");
    rig_close(m);
}

static void test_move_directory(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t d = rig_mkdir(m, ROOT, "d"), e = rig_mkdir(m, ROOT, "e"), sub = rig_mkdir(m, d, "sub");
    uint64_t f = rig_answer(m, sub, "f", PAIL_KIND_FILE, "\"1\"", 1);
    uint64_t asked = pail_meta_stamp(m);
    assert_ok(move(m, d, e, "moved"), NULL);
    assert_string_equal(rig_children(m, ROOT), "e");
    assert_string_equal(rig_children(m, e), "moved");
    assert_string_equal(rig_children(m, d), "sub");
    assert_int_equal(rig_get(m, f).parent, sub);
    /* "There is no sub/f" was about the old key. */
    rig_put(m, PAIL_PUT_ANSWER, rig_row(sub, "f", PAIL_KIND_NONE, "", 0, asked));
    assert_string_equal(rig_show(m, sub, "f"), "FILE \"1\" 1");
    struct pail_row r = rig_row(sub, "g", PAIL_KIND_FILE, "\"g\"", 1, asked);
    assert_code(pail_meta_put(m, &r, PAIL_PUT_ANSWER, NULL, NULL), PAIL_E_FS_STALE);
    assert_string_equal(rig_show(m, sub, "g"), "");
    /* Asked for after the move, it counts. */
    rig_answer(m, sub, "f", PAIL_KIND_NONE, "", 0);
    assert_string_equal(rig_show(m, sub, "f"), "NONE");
    rig_close(m);
}

static void test_move_refused(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t d = rig_mkdir(m, ROOT, "d"), sub = rig_mkdir(m, d, "sub");
    uint64_t f = rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "\"1\"", 1);
    assert_code(move(m, d, sub, "x"), PAIL_E_FS_LOOP);
    assert_code(move(m, d, d, "x"), PAIL_E_FS_LOOP);
    assert_code(move(m, d, f, "x"), PAIL_E_FS_NOTDIR);
    assert_code(move(m, d, 4711, "x"), PAIL_E_FS_NOENT);
    assert_code(move(m, 4711, ROOT, "x"), PAIL_E_FS_NOENT);
    assert_code(move(m, ROOT, d, "x"), PAIL_E_INVALID);
    assert_string_equal(rig_children(m, ROOT), "d f");
    rig_close(m);
}

static void test_move_out_of_the_target(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t a = rig_mkdir(m, ROOT, "a"), x = rig_mkdir(m, a, "x");
    rig_answer(m, a, "other", PAIL_KIND_FILE, "\"1\"", 1);
    rig_answer(m, x, "kept", PAIL_KIND_FILE, "\"1\"", 1);
    assert_ok(move(m, x, ROOT, "a"), NULL);
    assert_string_equal(rig_children(m, ROOT), "a");
    assert_string_equal(rig_children(m, x), "kept");
    assert_string_equal(rig_children(m, a), "");
    struct pail_meta_usage u;
    assert_ok(pail_meta_usage(m, &u, NULL), NULL);
    assert_int_equal(u.files, 1);
    assert_int_equal(u.dirs, 2);
    rig_close(m);
}

static void test_remove(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t d = rig_mkdir(m, ROOT, "d");
    uint64_t f = rig_answer(m, d, "f", PAIL_KIND_FILE, "\"1\"", 1);
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("d"), pail_meta_stamp(m), NULL), NULL);
    assert_string_equal(rig_show(m, ROOT, "d"), "NONE");
    assert_code(pail_meta_get(m, d, NULL, NULL), PAIL_E_FS_NOENT);
    assert_code(pail_meta_get(m, f, NULL, NULL), PAIL_E_FS_NOENT);
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("never"), pail_meta_stamp(m), NULL), NULL);
    assert_string_equal(rig_show(m, ROOT, "never"), "NONE");
    /* Below what is forgotten there is nothing to say. */
    assert_ok(pail_meta_remove(m, d, PAIL_STR("f"), pail_meta_stamp(m), NULL), NULL);
    assert_string_equal(rig_show(m, d, "f"), "");
    assert_int_not_equal(rig_mkdir(m, ROOT, "d"), d);
    rig_close(m);
}

/* More rows than are removed at once: the rest goes behind the scenes, also after a restart. */
static void test_remove_big(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t d = rig_mkdir(m, ROOT, "d"), sub = rig_mkdir(m, d, "sub");
    for (int i = 0; i < 9000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d", i);
        rig_answer(m, i % 2 ? d : sub, name, PAIL_KIND_FILE, "\"1\"", 1);
    }
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("d"), pail_meta_stamp(m), NULL), NULL);
    pail_meta_close(m);
    m = rig_reopen();
    struct pail_meta_usage u = {.files = 1};
    for (int i = 0; i < 2000 && u.files; i++) {
        assert_ok(pail_meta_sync(m, true, NULL), NULL); /* gives the other thread its turn */
        assert_ok(pail_meta_usage(m, &u, NULL), NULL);
        rig_put(m, PAIL_PUT_ANSWER, rig_row(ROOT, "busy", PAIL_KIND_NONE, "", 0, 0));
        pail_sleep_ns(1000000);
    }
    assert_int_equal(u.files, 0);
    assert_int_equal(u.dirs, 1);
    rig_close(m);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_move_file), cmocka_unit_test(test_move_directory),
               cmocka_unit_test(test_move_refused), cmocka_unit_test(test_move_out_of_the_target),
               cmocka_unit_test(test_remove), cmocka_unit_test(test_remove_big))
