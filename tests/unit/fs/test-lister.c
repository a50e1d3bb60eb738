/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/lister.h"

#include "unit/fs/sync-rig.h"

#define ROOT PAIL_INO_ROOT

/* ---- Listings ------------------------------------------------------------------------------- */

static void test_empty(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    rig_list(&r, ROOT, "");
    assert_children(&r, ROOT, "");
    assert_int_equal(rig_count(&r, NULL), 1);
    rig_stop(&r);
}

static void test_simple(void **state)
{
    struct rig r;
    struct pail_row_copy c;

    rig_start(&r, NULL);
    rig_put(&r, "b", "12345", NULL);
    rig_put(&r, "a/x", "", NULL);
    rig_put(&r, "c/", "", NULL);
    rig_list(&r, ROOT, "");
    assert_children(&r, ROOT, "d:a f:b d:c");
    assert_int_equal(rig_count(&r, "ListObjectsV2"), 1);
    assert_int_equal(rig_count(&r, "HeadObject"), 1); /* the sample */
    rig_find(&r, ROOT, "b", &c);
    assert_int_equal(c.row.size, 5);
    assert_true(c.row.etag.len > 2 && c.row.mtime_ns > 0);
    assert_true(rig_flags(&r, ROOT) & PAIL_ROW_DEFAULTS_OK);
    pail_row_copy_done(&c);
    assert_int_equal(r.n_changes, 0);

    /* Again: nothing unknown, nothing changed. */
    uint64_t a = rig_ino(&r, ROOT, "a");
    rig_reset(&r);
    rig_list(&r, ROOT, "");
    assert_int_equal(rig_count(&r, NULL), 1);
    assert_int_equal(r.n_changes, 0);
    assert_int_equal(rig_ino(&r, ROOT, "a"), a);
    rig_stop(&r);
}

/* A directory's own marker goes to its row, and leaves it when it goes. */
static void test_marker(void **state)
{
    struct rig r;
    struct pail_row_copy c;

    rig_start(&r, NULL);
    rig_put(&r, "d/", "", NULL);
    rig_put(&r, "d/f", "1", NULL);
    rig_list(&r, ROOT, "");
    uint64_t d = rig_ino(&r, ROOT, "d");
    assert_false(rig_flags(&r, d) & PAIL_ROW_MARKER);
    rig_list(&r, d, "d/");
    assert_children(&r, d, "f:f");
    rig_find(&r, ROOT, "d", &c);
    assert_true(c.row.flags & PAIL_ROW_MARKER);
    assert_true(c.row.etag.len > 2 && c.row.listed_ns > 0 && c.row.ino == d);
    pail_row_copy_done(&c);
    rig_list(&r, ROOT, ""); /* the parent's listing does not know, and takes nothing away */
    assert_true(rig_flags(&r, d) & PAIL_ROW_MARKER);

    rig_delete(&r, "d/");
    rig_list(&r, d, "d/");
    rig_find(&r, ROOT, "d", &c);
    assert_false(c.row.flags & PAIL_ROW_MARKER);
    assert_int_equal(c.row.etag.len, 0);
    assert_int_equal(c.row.ino, d);
    pail_row_copy_done(&c);
    assert_int_equal(r.n_changes, 0);
    rig_stop(&r);
}

static void count_up(void *ud)
{
    ++*(unsigned *)ud;
}

static int count_row(void *ud, const struct pail_row *row)
{
    ++*(size_t *)ud;
    return 0;
}

static void test_pages(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    char key[32];
    unsigned pages = 0;
    size_t n = 0;

    rig_start(&r, NULL);
    for (int i = 0; i < 2500; i++) {
        snprintf(key, sizeof(key), i % 10 ? "p/%05d" : "p/%05d/x", i);
        rig_put(&r, key, "", NULL);
    }
    rig_list(&r, ROOT, "");
    uint64_t p = rig_ino(&r, ROOT, "p");
    rig_reset(&r);
    assert_ok(pail_lister_list(&r.l, &r.v, p, PAIL_STR("p/"), count_up, &pages, &err), &err);
    assert_int_equal(rig_count(&r, "ListObjectsV2"), 3);
    assert_int_equal(rig_count(&r, NULL), 3 + 1);
    assert_int_equal(pages, 3);
    assert_ok(pail_meta_children(r.meta, p, PAIL_STR(""), SIZE_MAX, count_row, &n, &err), &err);
    assert_int_equal(n, 2500);
    rig_stop(&r);
}

/* Cut after a page: what it showed is known, what it left open is not, and the directory is not
 * listed. */
static void test_max_pages(void **state)
{
    struct rig r;
    struct pail_row_copy c;
    size_t n = 0;

    rig_start(&r, NULL);
    r.l.max_pages = 1;
    rig_put_filler(&r, 999);
    rig_put(&r, "held", "", NULL);
    rig_put(&r, "held/x", "", NULL);
    rig_list(&r, ROOT, "");
    assert_int_equal(rig_count(&r, "ListObjectsV2"), 1);
    assert_int_equal(rig_count(&r, NULL), 1 + 1);
    assert_ok(pail_meta_children(r.meta, ROOT, PAIL_STR(""), SIZE_MAX, count_row, &n, NULL), NULL);
    assert_int_equal(n, 999);
    pail_row_copy_init(&c);
    assert_ok(pail_meta_get(r.meta, ROOT, &c, NULL), NULL);
    assert_int_equal(c.row.listed_ns, 0);
    assert_true(c.row.flags & PAIL_ROW_DEFAULTS_OK);
    assert_code(pail_meta_find(r.meta, ROOT, PAIL_STR("held"), &c, NULL), PAIL_E_FS_NOENT);

    /* Exactly as many pages as there are: complete. */
    r.l.max_pages = 2;
    rig_list(&r, ROOT, "");
    assert_ok(pail_meta_get(r.meta, ROOT, &c, NULL), NULL);
    assert_true(c.row.listed_ns > 0);
    pail_row_copy_done(&c);
    rig_assert_is(&r, "held", PAIL_KIND_DIR, NULL);
    rig_stop(&r);
}

/* ---- Names ---------------------------------------------------------------------------------- */

/* With `filler` keys in front a page ends at different places between a file and what shadows it.
 */
static void check_shadows(int filler)
{
    static const char *const keys[] = {"n", "n-",  "n--", "n--/x", "n-/x",   "n.", "n/x",
                                       "s", "s-t", "s/y", "plain", "plain-", "zz"};
    struct rig r;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    rig_put_filler(&r, filler);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(keys); i++)
        rig_put(&r, keys[i], "data", NULL);
    uint64_t inos[3];
    for (int round = 0; round < 3; round++) {
        rig_list(&r, ROOT, "");
        rig_assert_is(&r, "n", PAIL_KIND_DIR, NULL);
        rig_assert_is(&r, "n-", PAIL_KIND_DIR, NULL);
        rig_assert_is(&r, "n--", PAIL_KIND_DIR, NULL);
        rig_assert_is(&r, ".pail%=n", PAIL_KIND_FILE, "n");
        rig_assert_is(&r, ".pail%=n-", PAIL_KIND_FILE, "n-");
        rig_assert_is(&r, ".pail%=n--", PAIL_KIND_FILE, "n--");
        rig_assert_is(&r, "n.", PAIL_KIND_FILE, NULL);
        rig_assert_is(&r, "s", PAIL_KIND_DIR, NULL);
        rig_assert_is(&r, ".pail%=s", PAIL_KIND_FILE, "s");
        rig_assert_is(&r, "s-t", PAIL_KIND_FILE, NULL);
        rig_assert_is(&r, "plain", PAIL_KIND_FILE, NULL);
        rig_assert_is(&r, "plain-", PAIL_KIND_FILE, NULL);
        rig_assert_is(&r, "zz", PAIL_KIND_FILE, NULL);
        size_t n = 0;
        assert_ok(pail_meta_children(r.meta, ROOT, PAIL_STR(""), SIZE_MAX, count_row, &n, NULL),
                  NULL);
        assert_int_equal(n, filler + 13);
        uint64_t now[3] = {rig_ino(&r, ROOT, "n"), rig_ino(&r, ROOT, "n-"), rig_ino(&r, ROOT, "s")};
        if (round)
            assert_memory_equal(inos, now, sizeof(now));
        memcpy(inos, now, sizeof(now));
        assert_int_equal(r.n_changes, 0);
    }
    rig_stop(&r);
}

static void test_shadows(void **state)
{
    check_shadows(0);
}

static void test_shadows_across_pages(void **state)
{
    for (int before = 1; before <= 10; before++) /* keys of ours on the first page */
        check_shadows(1000 - before);
}

/* A file and the directory that comes to shadow it are told about, and told apart again. */
static void test_shadow_comes_and_goes(void **state)
{
    struct rig r;
    struct pail_row_copy c;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    rig_put(&r, "a", "data", NULL);
    rig_list(&r, ROOT, "");
    assert_children(&r, ROOT, "f:a");
    rig_put(&r, "a/x", "", NULL);
    rig_list(&r, ROOT, "");
    assert_children(&r, ROOT, "f:.pail%=a(a) d:a");
    assert_int_equal(r.n_changes, 1);
    assert_string_equal(r.changes[0], "a: file to dir");
    rig_find(&r, ROOT, ".pail%=a", &c);
    assert_int_equal(c.row.size, 4);
    pail_row_copy_done(&c);
    rig_delete(&r, "a/x");
    rig_list(&r, ROOT, "");
    assert_children(&r, ROOT, "f:a");
    rig_stop(&r);
}

static void test_escapes(void **state)
{
    struct rig r;
    char longest[300 + 2];
    struct pail_row_copy c;
    struct pail_error err = PAIL_ERROR_INIT;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    rig_put(&r, "d/../x", "", NULL);
    rig_put(&r, "d/./x", "", NULL);
    rig_put(&r, "d//x", "", NULL);
    rig_put(&r, "d/.pail%x", "", NULL);
    rig_put(&r, "d/back\\slash\n", "", NULL);
    rig_list(&r, ROOT, "");
    uint64_t d = rig_ino(&r, ROOT, "d");
    rig_list(&r, d, "d/");
    assert_children(&r, d,
                    "d:.pail%() d:.pail%%2E(.) d:.pail%%2E%2E(..) f:.pail%.pail%25x(.pail%x) "
                    "f:back\\slash\n");
    uint64_t empty = rig_ino(&r, d, ".pail%");
    rig_list(&r, empty, "d//");
    assert_children(&r, empty, "f:x");

    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "l/", 2);
    longest[301] = '\0';
    rig_put(&r, longest, "", NULL);
    rig_list(&r, ROOT, "");
    uint64_t l = rig_ino(&r, ROOT, "l");
    rig_list(&r, l, "l/");
    pail_row_copy_init(&c);
    assert_ok(pail_meta_find_raw(r.meta, l, pail_str(longest + 2), &c, &err), &err);
    assert_true(pail_str_starts(c.row.name, PAIL_STR(".pail%~xxx")));
    pail_row_copy_done(&c);
    rig_stop(&r);
}

/* ---- Changes -------------------------------------------------------------------------------- */

static void test_changed(void **state)
{
    struct rig r;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    rig_put(&r, "same", "1", NULL);
    rig_put(&r, "grows", "1", NULL);
    rig_put(&r, "goes", "1", NULL);
    rig_put(&r, "turns", "1", NULL);
    rig_put(&r, "dir/x", "1", NULL);
    rig_list(&r, ROOT, "");
    rig_put(&r, "grows", "12", NULL);
    rig_put(&r, "comes", "1", NULL);
    rig_delete(&r, "goes");
    rig_delete(&r, "dir/x");
    rig_delete(&r, "turns");
    rig_put(&r, "turns/x", "", NULL);
    rig_list(&r, ROOT, "");
    assert_children(&r, ROOT, "f:comes f:grows f:same d:turns");
    assert_int_equal(r.n_changes, 4);
    assert_string_equal(r.changes[0], "grows: file to file");
    assert_string_equal(r.changes[1], "turns: file to dir");
    assert_string_equal(r.changes[2], "dir: dir to none");
    assert_string_equal(r.changes[3], "goes: file to none");
    rig_stop(&r);
}

struct race {
    struct rig *r;
    bool done;
};

/* After the first page: a name of the second goes, one comes that S3's answer does not show, one
 * changes. */
static void change_between(void *ud)
{
    struct race *race = ud;
    struct pail_meta *m = race->r->meta;
    struct pail_error err = PAIL_ERROR_INIT;

    if (race->done)
        return;
    race->done = true;
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("x-gone"), pail_meta_stamp(m), &err), &err);
    struct pail_row row = {
        .parent = ROOT,
        .name = PAIL_STR("x-new"),
        .kind = PAIL_KIND_FILE,
        .etag = PAIL_STR("\"new\""),
        .size = 7,
        .stamp = pail_meta_stamp(m),
    };
    assert_ok(pail_meta_put(m, &row, PAIL_PUT_CHANGE, NULL, &err), &err);
    row.name = PAIL_STR("x-ours");
    row.stamp = pail_meta_stamp(m);
    assert_ok(pail_meta_put(m, &row, PAIL_PUT_CHANGE, NULL, &err), &err);
    row.name = PAIL_STR("!0001"); /* of the page that is there already */
    row.stamp = pail_meta_stamp(m);
    assert_ok(pail_meta_put(m, &row, PAIL_PUT_CHANGE, NULL, &err), &err);
}

static void test_changes_between_pages(void **state)
{
    struct rig r;
    struct race race = {&r, false};
    struct pail_row_copy c;
    struct pail_error err = PAIL_ERROR_INIT;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    rig_put_filler(&r, 1000);
    rig_put(&r, "x-gone", "1", NULL);
    rig_put(&r, "x-ours", "1", NULL);
    rig_put(&r, "x-theirs", "1", NULL);
    rig_list(&r, ROOT, "");
    assert_ok(pail_lister_list(&r.l, &r.v, ROOT, PAIL_STR(""), change_between, &race, &err), &err);
    assert_true(race.done);
    rig_find(&r, ROOT, "x-gone", &c);
    assert_int_equal(c.row.kind, PAIL_KIND_NONE);
    pail_row_copy_done(&c);
    static const char *const ours[] = {"x-new", "x-ours", "!0001"};
    for (size_t i = 0; i < 3; i++) {
        rig_find(&r, ROOT, ours[i], &c);
        assert_int_equal(c.row.kind, PAIL_KIND_FILE);
        assert_str(c.row.etag, "\"new\"");
        pail_row_copy_done(&c);
    }
    assert_int_equal(r.n_changes, 0);
    rig_list(&r, ROOT, ""); /* a listing asked for later knows better */
    rig_find(&r, ROOT, "x-ours", &c);
    assert_int_equal(c.row.size, 1);
    pail_row_copy_done(&c);
    rig_stop(&r);
}

/* ---- Errors --------------------------------------------------------------------------------- */

static void test_errors(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row_copy c;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    rig_put_filler(&r, 1500);
    rig_faults(&r, "op=ListObjectsV2 nth=2 count=1 deny");
    assert_code(pail_lister_list(&r.l, &r.v, ROOT, PAIL_STR(""), NULL, NULL, &err), PAIL_E_ACCESS);
    assert_non_null(strstr(err.message, RIG_BUCKET));
    pail_row_copy_init(&c);
    assert_ok(pail_meta_get(r.meta, ROOT, &c, &err), &err);
    assert_int_equal(c.row.listed_ns, 0); /* it does not count as listed */
    rig_faults(&r, "");
    rig_list(&r, ROOT, "");
    assert_ok(pail_meta_get(r.meta, ROOT, &c, &err), &err);
    assert_true(c.row.listed_ns > 0);
    pail_row_copy_done(&c);

    r.v.bucket = "no-such-bucket";
    assert_code(pail_lister_list(&r.l, &r.v, ROOT, PAIL_STR(""), NULL, NULL, &err),
                PAIL_E_NO_BUCKET);
    assert_non_null(strstr(err.message, "no-such-bucket"));
    assert_code(pail_lister_list(&r.l, &r.v, 4711, PAIL_STR("x/"), NULL, NULL, &err),
                PAIL_E_FS_NOENT);
    rig_stop(&r);
}

static void put_keys(struct rig *r)
{
    rig_put(r, "a", "1", NULL);
    rig_put(r, "a-b", "1", "33188");
    rig_put(r, "a/x", "1", NULL);
}

/* Whichever allocation fails, on whichever thread: an error or none, and the next listing is right.
 */
static void test_no_memory(void **state)
{
    struct rig r;
    int failures = 0;

    rig_start(&r, NULL);
    r.v.op_timeout_ms = 2000;
    put_keys(&r);
    for (uint64_t n = 1; n < 600; n++) {
        struct pail_error err = PAIL_ERROR_INIT;
        assert_ok(pail_meta_expire(r.meta, ROOT, &err), &err);
        rig_put(&r, "new", n % 2 ? "1" : "22", NULL); /* something to learn each time */
        r.n_changes = 0;
        pail_alloc_fail_at(n);
        int rc = pail_lister_list(&r.l, &r.v, ROOT, PAIL_STR(""), NULL, NULL, &err);
        pail_alloc_fail_at(0);
        if (rc < 0) {
            assert_int_equal(rc, err.code);
            failures++;
        }
        r.n_changes = 0;
        rig_list(&r, ROOT, "");
        assert_children(&r, ROOT, "f:.pail%=a(a) d:a f:a-b f:new");
    }
    assert_true(failures > 50);
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_empty), cmocka_unit_test(test_simple),
               cmocka_unit_test(test_marker), cmocka_unit_test(test_pages),
               cmocka_unit_test(test_max_pages), cmocka_unit_test(test_shadows),
               cmocka_unit_test(test_shadows_across_pages),
               cmocka_unit_test(test_shadow_comes_and_goes), cmocka_unit_test(test_escapes),
               cmocka_unit_test(test_changed), cmocka_unit_test(test_changes_between_pages),
               cmocka_unit_test(test_errors), cmocka_unit_test(test_no_memory))
