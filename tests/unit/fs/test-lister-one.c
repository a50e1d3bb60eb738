/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/lister.h"

#include "unit/fs/sync-rig.h"

#define ROOT PAIL_INO_ROOT

/* ---- One name ------------------------------------------------------------------------------- */

/* Kind of `component` in dir, and how many requests it took. */
static enum pail_kind probe_as(struct rig *r, uint64_t dir, const char *prefix, const char *name,
                               const char *component, uint64_t requests)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row_copy c;

    rig_reset(r);
    pail_row_copy_init(&c);
    assert_ok(pail_lister_probe(&r->l, &r->v, dir, pail_str(prefix), pail_str(name),
                                pail_str(component), &c, &err),
              &err);
    assert_int_equal(rig_count(r, NULL), requests);
    assert_str(c.row.name, name);
    enum pail_kind kind = c.row.kind;
    pail_row_copy_done(&c);
    return kind;
}

static enum pail_kind probe(struct rig *r, const char *name, uint64_t requests)
{
    return probe_as(r, ROOT, "", name, name, requests);
}

static void test_probe(void **state)
{
    struct rig r;
    struct pail_row_copy c;

    rig_start(&r, NULL);
    rig_put(&r, "file", "12345", "33188");
    rig_put(&r, "link", "file", "41471");
    rig_put(&r, "marked/", "", NULL);
    rig_put(&r, "prefix/x", "", NULL);
    rig_put(&r, "//x", "", NULL);
    assert_int_equal(probe(&r, "file", 1), PAIL_KIND_FILE);
    assert_true(rig_attrs_known(&r, ROOT, "file"));
    assert_int_equal(probe(&r, "link", 1), PAIL_KIND_SYMLINK);
    assert_int_equal(probe(&r, "marked", 2), PAIL_KIND_DIR);
    assert_int_equal(probe(&r, "prefix", 2), PAIL_KIND_DIR);
    assert_int_equal(probe(&r, "absent", 2), PAIL_KIND_NONE);
    assert_int_equal(probe(&r, "pref", 2), PAIL_KIND_NONE);
    assert_int_equal(probe_as(&r, ROOT, "", ".pail%", "", 1), PAIL_KIND_DIR);
    rig_find(&r, ROOT, "marked", &c);
    assert_true((c.row.flags & PAIL_ROW_MARKER) && c.row.etag.len);
    pail_row_copy_done(&c);
    assert_false(rig_flags(&r, rig_ino(&r, ROOT, "prefix")) & PAIL_ROW_MARKER);
    rig_assert_is(&r, "absent", PAIL_KIND_NONE, NULL);
    rig_assert_is(&r, ".pail%", PAIL_KIND_DIR, "");
    uint64_t empty = rig_ino(&r, ROOT, ".pail%");
    assert_int_equal(probe_as(&r, empty, "/", ".pail%", "", 1), PAIL_KIND_DIR);

    /* Where a directory is known, its question comes first. */
    assert_int_equal(probe(&r, "prefix", 1), PAIL_KIND_DIR);
    rig_delete(&r, "prefix/x");
    rig_put(&r, "prefix", "1", NULL);
    assert_int_equal(probe(&r, "prefix", 2), PAIL_KIND_FILE);
    assert_int_equal(r.n_changes, 1);
    assert_string_equal(r.changes[0], "prefix: dir to file");
    rig_delete(&r, "file");
    assert_int_equal(probe(&r, "file", 2), PAIL_KIND_NONE);
    assert_string_equal(r.changes[0], "file: file to none");
    rig_stop(&r);
}

static void test_probe_shadow(void **state)
{
    struct rig r;

    rig_start(&r, NULL);
    rig_put(&r, "both", "1", NULL);
    rig_put(&r, "both/x", "1", NULL);
    rig_put(&r, "file", "1", NULL);
    rig_put(&r, "dir/x", "1", NULL);
    assert_int_equal(probe_as(&r, ROOT, "", ".pail%=both", "both", 2), PAIL_KIND_FILE);
    rig_assert_is(&r, ".pail%=both", PAIL_KIND_FILE, "both");
    assert_int_equal(probe_as(&r, ROOT, "", ".pail%=file", "file", 2), PAIL_KIND_NONE);
    assert_int_equal(probe_as(&r, ROOT, "", ".pail%=dir", "dir", 1), PAIL_KIND_NONE);
    /* Once the listing has shown a directory, its shadow does not take its place. */
    r.l.posix = PAIL_POSIX_NEVER;
    rig_list(&r, ROOT, "");
    uint64_t ino = rig_ino(&r, ROOT, "both");
    assert_int_equal(probe(&r, "both", 1), PAIL_KIND_DIR);
    assert_int_equal(rig_ino(&r, ROOT, "both"), ino);
    rig_stop(&r);
}

static void test_probe_errors(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row_copy c;
    char component[1100];

    rig_start(&r, NULL);
    pail_row_copy_init(&c);
    rig_faults(&r, "op=HeadObject count=0 deny");
    assert_code(
        pail_lister_probe(&r.l, &r.v, ROOT, PAIL_STR(""), PAIL_STR("a"), PAIL_STR("a"), &c, &err),
        PAIL_E_ACCESS);
    assert_non_null(strstr(err.message, RIG_BUCKET "/a"));
    assert_code(pail_meta_find(r.meta, ROOT, PAIL_STR("a"), &c, &err), PAIL_E_FS_NOENT);
    rig_faults(&r, "op=ListObjectsV2 count=0 deny");
    assert_code(
        pail_lister_probe(&r.l, &r.v, ROOT, PAIL_STR(""), PAIL_STR("a"), PAIL_STR("a"), &c, &err),
        PAIL_E_ACCESS);
    rig_faults(&r, "");
    r.v.bucket = "no-such-bucket";
    assert_code(
        pail_lister_probe(&r.l, &r.v, ROOT, PAIL_STR(""), PAIL_STR("a"), PAIL_STR("a"), &c, &err),
        PAIL_E_NO_BUCKET);
    memset(component, 'x', sizeof(component));
    r.v.bucket = RIG_BUCKET;
    assert_true(pail_lister_probe(&r.l, &r.v, ROOT, PAIL_STR(""), PAIL_STR("a"),
                                  pail_strn(component, sizeof(component)), &c, &err) < 0);
    pail_row_copy_done(&c);
    rig_stop(&r);
}

/* An answer that was asked for before a change does not undo it. */
static void test_learn(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row_copy c;
    const struct pail_s3_meta mode = {PAIL_STR("mode"), PAIL_STR("33261")};
    struct pail_s3_object o = {
        .etag = PAIL_STR("\"one\""), .size = 3, .mtime_ns = 5, .meta = &mode, .n_meta = 1};

    rig_start(&r, NULL);
    pail_row_copy_init(&c);
    uint64_t early = pail_meta_stamp(r.meta);
    assert_ok(pail_lister_learn(&r.l, ROOT, PAIL_STR("f"), &o, pail_meta_stamp(r.meta), &c, &err),
              &err);
    assert_int_equal(c.row.size, 3);
    assert_true(c.row.seen_ns > 0);
    assert_true(rig_attrs_known(&r, ROOT, "f"));
    o.etag = PAIL_STR("\"zero\"");
    assert_ok(pail_lister_learn(&r.l, ROOT, PAIL_STR("f"), &o, early, &c, &err), &err);
    assert_str(c.row.etag, "\"one\"");
    assert_int_equal(r.n_changes, 0);
    o.etag = PAIL_STR("\"two\"");
    assert_ok(pail_lister_learn(&r.l, ROOT, PAIL_STR("f"), &o, pail_meta_stamp(r.meta), &c, &err),
              &err);
    assert_str(c.row.etag, "\"two\"");
    assert_int_equal(r.n_changes, 1);

    /* The component of an escaped name is found. */
    assert_ok(
        pail_lister_learn(&r.l, ROOT, PAIL_STR(".pail%=g"), &o, pail_meta_stamp(r.meta), &c, &err),
        &err);
    assert_str(c.row.raw, "g");
    o.size = UINT64_MAX;
    assert_code(pail_lister_learn(&r.l, ROOT, PAIL_STR("f"), &o, pail_meta_stamp(r.meta), &c, &err),
                PAIL_E_GARBAGE);
    pail_row_copy_done(&c);
    rig_stop(&r);
}

static enum pail_kind refresh(struct rig *r, uint64_t ino, const char *key, uint64_t requests)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row_copy c;

    rig_reset(r);
    pail_row_copy_init(&c);
    assert_ok(pail_lister_refresh(&r->l, &r->v, ino, pail_str(key), &c, &err), &err);
    assert_int_equal(rig_count(r, NULL), requests);
    enum pail_kind kind = c.row.kind;
    pail_row_copy_done(&c);
    return kind;
}

static void test_refresh(void **state)
{
    struct rig r;
    struct pail_row_copy c;
    struct pail_error err = PAIL_ERROR_INIT;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    rig_put(&r, "f", "1", NULL);
    rig_put(&r, "d/", "", "16832");
    rig_put(&r, "e/x", "", NULL);
    rig_list(&r, ROOT, "");
    uint64_t f = rig_ino(&r, ROOT, "f"), d = rig_ino(&r, ROOT, "d"), e = rig_ino(&r, ROOT, "e");
    assert_int_equal(refresh(&r, f, "f", 1), PAIL_KIND_FILE);
    assert_int_equal(r.n_changes, 0); /* attributes are known now, and they are the defaults */
    assert_true(rig_attrs_known(&r, ROOT, "f"));
    rig_put(&r, "f", "1", "33261"); /* a chmod elsewhere: the same content */
    assert_int_equal(refresh(&r, f, "f", 1), PAIL_KIND_FILE);
    assert_int_equal(r.n_changes, 1);
    rig_put(&r, "f", "22", NULL);
    assert_int_equal(refresh(&r, f, "f", 1), PAIL_KIND_FILE);
    assert_int_equal(r.n_changes, 1);
    assert_int_equal(rig_ino(&r, ROOT, "f"), f);
    rig_put(&r, "f", "target", "41471");
    assert_int_equal(refresh(&r, f, "f", 1), PAIL_KIND_SYMLINK);
    rig_delete(&r, "f");
    assert_int_equal(refresh(&r, f, "f", 1), PAIL_KIND_NONE);
    assert_string_equal(r.changes[0], "f: symlink to none");

    assert_int_equal(refresh(&r, d, "d/", 1), PAIL_KIND_DIR);
    assert_int_equal(refresh(&r, d, "d", 1), PAIL_KIND_DIR);
    assert_true(rig_attrs_known(&r, ROOT, "d"));
    assert_true(rig_flags(&r, d) & PAIL_ROW_MARKER);
    assert_int_equal(refresh(&r, e, "e/", 1), PAIL_KIND_DIR);
    assert_false(rig_attrs_known(&r, ROOT, "e"));
    rig_put(&r, "e/x", "", NULL);
    rig_delete(&r, "d/");
    assert_int_equal(refresh(&r, d, "d/", 1), PAIL_KIND_DIR); /* only a listing knows more */
    assert_false(rig_attrs_known(&r, ROOT, "d"));
    assert_false(rig_flags(&r, d) & PAIL_ROW_MARKER);
    assert_int_equal(refresh(&r, ROOT, "", 0), PAIL_KIND_DIR);
    pail_row_copy_init(&c);
    assert_code(pail_lister_refresh(&r.l, &r.v, f, PAIL_STR("f"), &c, &err), PAIL_E_FS_NOENT);
    pail_row_copy_done(&c);
    rig_stop(&r);
}

/* ---- Buckets -------------------------------------------------------------------------------- */

static void test_buckets(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_call_options call = {0};

    rig_start(&r, NULL);
    assert_ok(pail_s3_bucket_create(r.s3, &call, PAIL_STR("another"), &err), &err);
    assert_ok(pail_lister_buckets(&r.l, r.s3, &err), &err);
    assert_children(&r, ROOT, "d:another d:" RIG_BUCKET);
    uint64_t ino = rig_ino(&r, ROOT, RIG_BUCKET);
    assert_ok(pail_s3_bucket_delete(r.s3, &call, PAIL_STR("another"), &err), &err);
    assert_ok(pail_lister_buckets(&r.l, r.s3, &err), &err);
    assert_children(&r, ROOT, "d:" RIG_BUCKET);
    assert_int_equal(rig_ino(&r, ROOT, RIG_BUCKET), ino);
    assert_int_equal(r.n_changes, 1);
    assert_string_equal(r.changes[0], "another: dir to none");
    rig_faults(&r, "op=ListBuckets count=0 deny");
    assert_code(pail_lister_buckets(&r.l, r.s3, &err), PAIL_E_ACCESS);
    assert_children(&r, ROOT, "d:" RIG_BUCKET);
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_probe), cmocka_unit_test(test_probe_shadow),
               cmocka_unit_test(test_probe_errors), cmocka_unit_test(test_learn),
               cmocka_unit_test(test_refresh), cmocka_unit_test(test_buckets))
