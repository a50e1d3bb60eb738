/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/lister.h"

#include "unit/fs/sync-rig.h"

#define ROOT PAIL_INO_ROOT

/* ---- Listings
 * ------------------------------------------------------------------------------------ */

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

/* ---- Names
 * --------------------------------------------------------------------------------------- */

/* n keys that sort before everything else. */
static void put_filler(struct rig *r, int n)
{
    char key[32];
    for (int i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "!%04d", i);
        rig_put(r, key, "", NULL);
    }
}

static void assert_is(struct rig *r, const char *name, enum pail_kind kind, const char *raw)
{
    struct pail_row_copy c;
    rig_find(r, ROOT, name, &c);
    assert_int_equal(c.row.kind, kind);
    if (raw)
        assert_str(c.row.raw, raw);
    else
        assert_null(c.row.raw.ptr);
    pail_row_copy_done(&c);
}

/* With `filler` keys in front a page ends at different places between a file and what shadows it.
 */
static void check_shadows(int filler)
{
    static const char *const keys[] = {"n", "n-",  "n--", "n--/x", "n-/x",   "n.", "n/x",
                                       "s", "s-t", "s/y", "plain", "plain-", "zz"};
    struct rig r;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    put_filler(&r, filler);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(keys); i++)
        rig_put(&r, keys[i], "data", NULL);
    uint64_t inos[3];
    for (int round = 0; round < 3; round++) {
        rig_list(&r, ROOT, "");
        assert_is(&r, "n", PAIL_KIND_DIR, NULL);
        assert_is(&r, "n-", PAIL_KIND_DIR, NULL);
        assert_is(&r, "n--", PAIL_KIND_DIR, NULL);
        assert_is(&r, ".pail%=n", PAIL_KIND_FILE, "n");
        assert_is(&r, ".pail%=n-", PAIL_KIND_FILE, "n-");
        assert_is(&r, ".pail%=n--", PAIL_KIND_FILE, "n--");
        assert_is(&r, "n.", PAIL_KIND_FILE, NULL);
        assert_is(&r, "s", PAIL_KIND_DIR, NULL);
        assert_is(&r, ".pail%=s", PAIL_KIND_FILE, "s");
        assert_is(&r, "s-t", PAIL_KIND_FILE, NULL);
        assert_is(&r, "plain", PAIL_KIND_FILE, NULL);
        assert_is(&r, "plain-", PAIL_KIND_FILE, NULL);
        assert_is(&r, "zz", PAIL_KIND_FILE, NULL);
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

/* ---- Changes
 * ------------------------------------------------------------------------------------- */

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
    put_filler(&r, 1000);
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

/* ---- Errors
 * -------------------------------------------------------------------------------------- */

static void test_errors(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row_copy c;

    rig_start(&r, NULL);
    r.l.posix = PAIL_POSIX_NEVER;
    put_filler(&r, 1500);
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

/* ---- POSIX attributes
 * ---------------------------------------------------------------------------- */

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
    assert_is(&r, "f50", PAIL_KIND_SYMLINK, NULL);
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
    put_filler(&r, 10);
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

/* ---- One name
 * ------------------------------------------------------------------------------------ */

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
    assert_is(&r, "absent", PAIL_KIND_NONE, NULL);
    assert_is(&r, ".pail%", PAIL_KIND_DIR, "");
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
    assert_is(&r, ".pail%=both", PAIL_KIND_FILE, "both");
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

/* ---- Buckets
 * ------------------------------------------------------------------------------------- */

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

PAIL_TEST_MAIN(cmocka_unit_test(test_empty), cmocka_unit_test(test_simple),
               cmocka_unit_test(test_marker), cmocka_unit_test(test_pages),
               cmocka_unit_test(test_shadows), cmocka_unit_test(test_shadows_across_pages),
               cmocka_unit_test(test_shadow_comes_and_goes), cmocka_unit_test(test_escapes),
               cmocka_unit_test(test_changed), cmocka_unit_test(test_changes_between_pages),
               cmocka_unit_test(test_errors), cmocka_unit_test(test_sample),
               cmocka_unit_test(test_sample_of_what_is_there), cmocka_unit_test(test_modes),
               cmocka_unit_test(test_complete_attrs), cmocka_unit_test(test_complete_attrs_bounds),
               cmocka_unit_test(test_probe), cmocka_unit_test(test_probe_shadow),
               cmocka_unit_test(test_probe_errors), cmocka_unit_test(test_learn),
               cmocka_unit_test(test_refresh), cmocka_unit_test(test_buckets))
