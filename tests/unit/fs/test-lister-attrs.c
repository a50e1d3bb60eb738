/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/lister.h"

#include "unit/fs/sync-rig.h"

#define ROOT PAIL_INO_ROOT

static void test_sample(void **state)
{
    struct rig r;

    rig_start(&r, NULL);
    rig_put(&r, "p/a", "", "33188");
    rig_put(&r, "p/b", "", "33261");
    rig_put(&r, "q/a", "", NULL);
    rig_list(&r, ROOT, "");
    assert_int_equal(rig_count(&r, "HeadObject"), 0); /* no file, nothing to sample */
    uint64_t p = rig_ino(&r, ROOT, "p"), q = rig_ino(&r, ROOT, "q");
    rig_list(&r, p, "p/");
    rig_list(&r, q, "q/");
    assert_int_equal(rig_count(&r, "HeadObject"), 2);
    assert_int_equal(rig_flags(&r, p) & (PAIL_ROW_POSIX_SEEN | PAIL_ROW_DEFAULTS_OK),
                     PAIL_ROW_POSIX_SEEN);
    assert_int_equal(rig_flags(&r, q) & (PAIL_ROW_POSIX_SEEN | PAIL_ROW_DEFAULTS_OK),
                     PAIL_ROW_DEFAULTS_OK);
    assert_true(rig_attrs_known(&r, p, "a"));
    assert_false(rig_attrs_known(&r, p, "b"));

    /* What is known now is not asked again; the answer follows the objects. */
    rig_reset(&r);
    rig_put(&r, "q/a", "1", "33188");
    rig_list(&r, q, "q/");
    assert_int_equal(rig_count(&r, "HeadObject"), 1);
    assert_int_equal(rig_flags(&r, q) & (PAIL_ROW_POSIX_SEEN | PAIL_ROW_DEFAULTS_OK),
                     PAIL_ROW_POSIX_SEEN);
    rig_list(&r, q, "q/");
    assert_int_equal(rig_count(&r, "HeadObject"), 1);
    assert_true(rig_flags(&r, q) & PAIL_ROW_POSIX_SEEN);
    rig_stop(&r);
}

/* The sample is one of those that this listing has shown. */
static void test_sample_of_what_is_there(void **state)
{
    struct rig r;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    rig_put(&r, "a", "", NULL);
    rig_put(&r, "b", "", "33188");
    rig_list(&r, ROOT, "");
    rig_delete(&r, "a");
    rig_reset(&r);
    r.l.posix = PAIL_POSIX_AUTO;
    rig_list(&r, ROOT, "");
    assert_int_equal(rig_count(&r, "HeadObject"), 1);
    assert_true(rig_flags(&r, ROOT) & PAIL_ROW_POSIX_SEEN);
    rig_stop(&r);
}

static void test_modes(void **state)
{
    struct rig r;

    rig_start(&r, NULL);
    rig_put(&r, "a", "", "33188");
    r.l.posix = PAIL_POSIX_NEVER;
    rig_list(&r, ROOT, "");
    assert_true(rig_flags(&r, ROOT) & PAIL_ROW_DEFAULTS_OK);
    r.l.posix = PAIL_POSIX_ALWAYS;
    rig_list(&r, ROOT, "");
    assert_int_equal(rig_flags(&r, ROOT) & (PAIL_ROW_POSIX_SEEN | PAIL_ROW_DEFAULTS_OK),
                     PAIL_ROW_POSIX_SEEN);
    assert_int_equal(rig_count(&r, "HeadObject"), 0);
    rig_stop(&r);
}

static void test_complete_attrs(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row_copy c;
    struct pail_attrs a;
    char key[32];

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_ALWAYS;
    r.l.parallel_heads = 8;
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof(key), "f%02d", i);
        rig_put(&r, key, "", i == 50 ? "41471" : "33261");
    }
    rig_put(&r, "f70/x", "", NULL); /* its file is shown under another name */
    rig_list(&r, ROOT, "");
    rig_delete(&r, "f10");
    rig_faults(
        &r, "op=HeadObject key=f20 count=0 deny; op=HeadObject key=f30 status=503 code=SlowDown");
    rig_reset(&r);
    assert_ok(pail_lister_complete_attrs(&r.l, &r.v, ROOT, PAIL_STR(""), PAIL_STR(""), 1000, &err),
              &err);
    assert_int_equal(rig_count(&r, "HeadObject"), 100 + 1); /* one was repeated */
    assert_true(rig_attrs_known(&r, ROOT, "f99"));
    assert_true(rig_attrs_known(&r, ROOT, "f30"));
    assert_true(rig_attrs_known(&r, ROOT, ".pail%=f70"));
    assert_false(rig_attrs_known(&r, ROOT, "f20"));
    rig_find(&r, ROOT, "f10", &c);
    assert_int_equal(c.row.kind, PAIL_KIND_NONE);
    pail_row_copy_done(&c);
    rig_find(&r, ROOT, "f50", &c);
    assert_int_equal(c.row.kind, PAIL_KIND_SYMLINK);
    pail_row_copy_done(&c);
    rig_find(&r, ROOT, "f00", &c);
    pail_attrs_init(&a);
    assert_ok(pail_attrs_unpack(&a, c.row.attrs, &err), &err);
    assert_int_equal(a.mode, 0100755);
    pail_attrs_done(&a);
    pail_row_copy_done(&c);

    /* Once per version, ever; a link stays one when it is listed. */
    rig_faults(&r, "");
    rig_reset(&r);
    rig_list(&r, ROOT, "");
    assert_ok(pail_lister_complete_attrs(&r.l, &r.v, ROOT, PAIL_STR(""), PAIL_STR(""), 1000, &err),
              &err);
    assert_int_equal(rig_count(&r, "HeadObject"), 1); /* the one that was denied */
    rig_assert_is(&r, "f50", PAIL_KIND_SYMLINK, NULL);
    assert_true(rig_attrs_known(&r, ROOT, "f20"));
    assert_int_equal(r.n_changes, 0); /* nobody was given what was unknown */
    rig_stop(&r);
}

static void test_complete_attrs_bounds(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_ALWAYS;
    rig_put_filler(&r, 10);
    rig_list(&r, ROOT, "");
    rig_reset(&r);
    assert_ok(
        pail_lister_complete_attrs(&r.l, &r.v, ROOT, PAIL_STR(""), PAIL_STR("!0003"), 4, &err),
        &err);
    assert_int_equal(rig_count(&r, "HeadObject"), 4);
    assert_false(rig_attrs_known(&r, ROOT, "!0003"));
    assert_true(rig_attrs_known(&r, ROOT, "!0004"));
    assert_true(rig_attrs_known(&r, ROOT, "!0007"));
    assert_false(rig_attrs_known(&r, ROOT, "!0008"));
    rig_faults(&r, "op=HeadObject nth=2 count=0 expired");
    r.v.op_timeout_ms = 2000;
    assert_true(
        pail_lister_complete_attrs(&r.l, &r.v, ROOT, PAIL_STR(""), PAIL_STR(""), 100, &err) < 0);
    assert_non_null(strstr(err.message, RIG_BUCKET "/!000"));
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_sample), cmocka_unit_test(test_sample_of_what_is_there),
               cmocka_unit_test(test_modes), cmocka_unit_test(test_complete_attrs),
               cmocka_unit_test(test_complete_attrs_bounds))
