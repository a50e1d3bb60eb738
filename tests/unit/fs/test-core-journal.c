/* SPDX-License-Identifier: Apache-2.0 */
#include "core/journal.h"

#include "unit/test.h"

static const struct pail_journal_rename full = {
    .type = PAIL_JOURNAL_TREE,
    .phase = PAIL_JOURNAL_DELETING,
    .bucket = {"bucket", 6},
    .from = {"a/\0b/", 5},
    .to = {"n/", 2},
    .etag = {"\"e\"", 3},
    .version_id = {"v", 1},
    .replaced = {"\"r\"", 3},
    .cursor = {"a/\0b/x", 6},
};

static void encode(const struct pail_journal_rename *j, struct pail_buf *to)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_buf_init(to, 65536);
    assert_ok(pail_journal_encode(j, to, &err), &err);
}

static void test_round_trip(void **state)
{
    struct pail_buf b;
    struct pail_journal_rename j;
    struct pail_error err = PAIL_ERROR_INIT;
    encode(&full, &b);
    assert_ok(pail_journal_decode((struct pail_bytes){b.ptr, b.len}, &j, &err), &err);
    assert_int_equal(j.type, full.type);
    assert_int_equal(j.phase, full.phase);
    assert_true(pail_str_eq(j.bucket, full.bucket) && pail_str_eq(j.from, full.from) &&
                pail_str_eq(j.to, full.to));
    assert_true(pail_str_eq(j.etag, full.etag) && pail_str_eq(j.version_id, full.version_id));
    assert_true(pail_str_eq(j.replaced, full.replaced) && pail_str_eq(j.cursor, full.cursor));
    pail_buf_done(&b);
}

/* Cut anywhere, or with a byte changed: an error or a rename that makes sense, and nothing read
 * outside. */
static void test_damage(void **state)
{
    struct pail_buf b;
    struct pail_journal_rename j;
    encode(&full, &b);
    for (size_t n = 0; n < b.len; n++) {
        char *copy = pail_alloc(n + 1);
        assert_non_null(copy);
        memcpy(copy, b.ptr, n);
        assert_code(pail_journal_decode((struct pail_bytes){copy, n}, &j, NULL), PAIL_E_PARSE);
        pail_free(copy);
    }
    for (size_t i = 0; i < b.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            b.ptr[i] ^= (char)(1 << bit);
            int rc = pail_journal_decode((struct pail_bytes){b.ptr, b.len}, &j, NULL);
            assert_true(rc == 0 || rc == PAIL_E_PARSE);
            if (rc == 0)
                assert_true(j.from.len && j.to.len && j.bucket.len && !pail_str_eq(j.from, j.to));
            b.ptr[i] ^= (char)(1 << bit);
        }
    pail_buf_done(&b);
}

static void test_nonsense(void **state)
{
    const struct {
        const char *from, *to, *cursor;
        int type;
    } cases[] = {
        {"a/", "a/b/", "", PAIL_JOURNAL_TREE},
        {"a/b/", "a/", "", PAIL_JOURNAL_TREE},
        {"a", "b/", "", PAIL_JOURNAL_TREE},
        {"a", "a", "", PAIL_JOURNAL_FILE},
        {"", "b", "", PAIL_JOURNAL_FILE},
        {"a/", "b/", "c", PAIL_JOURNAL_TREE},
        {"a", "b", "", 99},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_buf b;
        struct pail_journal_rename j = {.type = cases[i].type,
                                        .phase = PAIL_JOURNAL_COPYING,
                                        .bucket = PAIL_STR("b"),
                                        .from = pail_str(cases[i].from),
                                        .to = pail_str(cases[i].to),
                                        .cursor = pail_str(cases[i].cursor)};
        encode(&j, &b);
        assert_code(pail_journal_decode((struct pail_bytes){b.ptr, b.len}, &j, NULL), PAIL_E_PARSE);
        pail_buf_done(&b);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_round_trip), cmocka_unit_test(test_damage),
               cmocka_unit_test(test_nonsense))
