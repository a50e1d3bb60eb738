/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/merge.h"

#include "unit/test.h"

#define S INT64_C(1000000000)

static struct pail_node file(const char *etag, int64_t mtime_ns, const char *version)
{
    struct pail_node n = {0};
    n.row.ino = 7;
    n.row.kind = PAIL_KIND_FILE;
    n.row.etag = pail_str(etag);
    n.row.mtime_ns = mtime_ns;
    n.row.version_id = pail_str(version);
    n.row.attr_etag = n.row.etag;
    n.row.attrs = PAIL_STR("a");
    return n;
}

static struct pail_row told(const char *etag, int64_t mtime_ns, const char *version)
{
    struct pail_row r = file(etag, mtime_ns, version).row;
    r.ino = 0;
    r.attr_etag = r.attrs = pail_strn(NULL, 0);
    return r;
}

static void test_same_version(void **state)
{
    static const struct {
        const char *etag, *version;
        int64_t mtime_ns;
        bool same;
    } cases[] = {
        {"1", "v", 5 * S, true},    {"1", "", 5 * S, true},   {"1", "", 5 * S + 999, true},
        {"1", "", 6 * S - 1, true}, {"1", "", 0, true},       {"2", "v", 5 * S, false},
        {"1", "w", 5 * S, false},   {"1", "v", 6 * S, false}, {"1", "v", 5 * S - 1, false},
        {"", "v", 5 * S, false},
    };
    struct pail_node known = file("1", 5 * S, "v");
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_row r = told(cases[i].etag, cases[i].mtime_ns, cases[i].version);
        assert_int_equal(pail_merge_same_version(&known, &r, PAIL_MERGE_OBJECT), cases[i].same);
        struct pail_node n = pail_merge_answer(&known, &r, PAIL_MERGE_OBJECT);
        assert_int_equal(n.row.ino, 7);
        assert_str(n.row.attrs, cases[i].same ? "a" : "");
        assert_str(n.row.version_id, cases[i].same ? "v" : cases[i].version);
        if (pail_merge_is_unchanged(&known, &r, PAIL_MERGE_LISTED))
            assert_true(cases[i].same);
    }
    /* Before 1970 seconds round down as well. */
    known = file("1", -S / 2, "");
    struct pail_row r = told("1", -S, "");
    assert_true(pail_merge_same_version(&known, &r, PAIL_MERGE_OBJECT));
    r.mtime_ns = 1;
    assert_false(pail_merge_same_version(&known, &r, PAIL_MERGE_OBJECT));
    r.size = 1;
    r.mtime_ns = -S;
    assert_false(pail_merge_same_version(&known, &r, PAIL_MERGE_OBJECT));
}

/* "Unchanged" means that writing the merged row would write what is there. */
static void test_unchanged_is_what_it_says(void **state)
{
    static const enum pail_kind kinds[] = {PAIL_KIND_NONE, PAIL_KIND_FILE, PAIL_KIND_DIR,
                                           PAIL_KIND_SYMLINK};
    static const char *const etags[] = {"", "1", "2"}, *const versions[] = {"", "v", "w"},
                             *const raws[] = {NULL, "r"};
    static const int64_t times[] = {0, 5 * S, 5 * S + 1, 6 * S};
    unsigned unchanged = 0;
    for (unsigned i = 0; i < 4 * 3 * 3 * 2 * 4 * 2; i++) {
        for (unsigned k = 0; k < 4 * 3 * 3 * 2 * 4; k++) {
            struct pail_node n = file(etags[i / 4 % 3], times[i / 72 % 4], versions[i / 12 % 3]);
            n.row.kind = kinds[i % 4];
            n.row.raw = pail_str(raws[i / 36 % 2]);
            n.mtime_guessed = i / 288;
            struct pail_row r = told(etags[k / 4 % 3], times[k / 72 % 4], versions[k / 12 % 3]);
            r.kind = kinds[k % 4];
            r.raw = pail_str(raws[k / 36 % 2]);
            if (r.kind == PAIL_KIND_NONE || !pail_merge_is_unchanged(&n, &r, PAIL_MERGE_LISTED))
                continue;
            unchanged++;
            struct pail_node to = pail_merge_answer(&n, &r, PAIL_MERGE_LISTED);
            assert_int_equal(to.row.ino, n.row.ino);
            assert_int_equal(to.row.kind, n.row.kind);
            assert_int_equal(to.row.mtime_ns, n.row.mtime_ns);
            assert_int_equal(to.row.flags, n.row.flags);
            assert_int_equal(to.mtime_guessed, n.mtime_guessed);
            assert_true(pail_str_eq(to.row.etag, n.row.etag));
            assert_true(pail_str_eq(to.row.version_id, n.row.version_id));
            assert_true(pail_str_eq(to.row.attr_etag, n.row.attr_etag));
            assert_true(pail_str_eq(to.row.attrs, n.row.attrs));
            assert_true(pail_str_eq(to.row.raw, n.row.raw));
        }
    }
    assert_true(unchanged > 100);
}

static void test_change(void **state)
{
    struct pail_node known = file("1", 5 * S, "v");
    struct pail_row r = told("2", 9, "");
    r.stamp = 3;
    known.row.stamp = 8;
    struct pail_node n = pail_merge_change(&known, &r);
    assert_int_equal(n.row.ino, 7);
    assert_int_equal(n.row.stamp, 8); /* stamps never go back */
    assert_str(n.row.attr_etag, "");
    assert_true(n.mtime_guessed);
    r.etag = PAIL_STR("1");
    assert_str(pail_merge_change(&known, &r).row.attrs, "a");
    r.attr_etag = PAIL_STR("1");
    r.attrs = PAIL_STR("b");
    assert_str(pail_merge_change(&known, &r).row.attrs, "b");
    r.kind = PAIL_KIND_DIR;
    assert_int_equal(pail_merge_change(&known, &r).row.ino, 0);
    r.kind = PAIL_KIND_NONE;
    n = pail_merge_change(&known, &r);
    assert_int_equal(n.row.kind, PAIL_KIND_NONE);
    assert_int_equal(n.row.ino, 0);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_same_version),
               cmocka_unit_test(test_unchanged_is_what_it_says), cmocka_unit_test(test_change))
