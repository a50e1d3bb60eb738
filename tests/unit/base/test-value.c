/* SPDX-License-Identifier: Apache-2.0 */
#include <pail/value.h>

#include "unit/torture.h"

static struct pail_values *new_values(void)
{
    struct pail_values *vs = NULL;
    assert_int_equal(pail_values_new(&vs, NULL), 0);
    return vs;
}

static void test_scalars(void **state)
{
    struct pail_values *vs = new_values();
    int64_t i = 0;
    double d = 0;
    bool b = false;
    struct pail_time t = {0};
    assert_int_equal(pail_value_type(pail_value_null(vs)), PAIL_VAL_NULL);
    assert_true(pail_value_as_bool(pail_value_bool(vs, true), &b) && b);
    assert_true(pail_value_as_int(pail_value_int(vs, INT64_MIN), &i) && i == INT64_MIN);
    assert_true(pail_value_as_real(pail_value_real(vs, 0.5), &d) && d == 0.5);
    assert_true(pail_value_as_real(pail_value_int(vs, -3), &d) && d == -3);
    assert_false(pail_value_as_int(pail_value_real(vs, 1), &i));
    assert_true(pail_value_as_time(pail_value_time(vs, (struct pail_time){-1, 5}), &t));
    assert_true(t.seconds == -1 && t.nanos == 5);
    struct pail_str s = pail_value_as_str(pail_value_str(vs, PAIL_STR("a\0b")));
    assert_true(pail_str_eq(s, PAIL_STR("a\0b")) && s.ptr[3] == '\0');
    assert_true(pail_str_eq(pail_value_as_str(pail_value_number(vs, PAIL_STR("1e400"))),
                            PAIL_STR("1e400")));
    struct pail_bytes blob = pail_value_as_blob(
        pail_value_blob(vs, (struct pail_bytes){"\xff", 1}));
    assert_true(blob.len == 1 && *(const unsigned char *)blob.ptr == 0xff);
    assert_null(pail_value_as_str(pail_value_blob(vs, blob)).ptr);
    assert_non_null(pail_value_as_str(pail_value_str(vs, PAIL_STR(""))).ptr);
    assert_int_equal(pail_values_check(vs, NULL), 0);
    pail_values_free(vs);
}

/* Nobody needs to look whether there is something. */
static void test_reading_nothing(void **state)
{
    int64_t i;
    assert_int_equal(pail_value_type(NULL), PAIL_VAL_NONE);
    assert_null(pail_value_get(pail_value_at(NULL, 0), PAIL_STR("x")));
    assert_int_equal(pail_value_len(NULL), 0);
    assert_null(pail_value_key_at(NULL, 0).ptr);
    assert_false(pail_value_as_int(NULL, &i));
    assert_false(pail_value_remove(NULL, PAIL_STR("x")));
    struct pail_values *vs = new_values();
    struct pail_value *text = pail_value_str(vs, PAIL_STR("text"));
    assert_null(pail_value_at(text, 0));
    assert_int_equal(pail_value_len(text), 0);
    assert_null(pail_value_get(text, PAIL_STR("x")));
    assert_null(pail_value_at(pail_value_list(vs), 0));
    pail_values_free(pail_values_free(vs));
}

static struct pail_value *numbers(struct pail_values *vs, unsigned n)
{
    struct pail_value *map = pail_value_map(vs);
    for (unsigned i = 0; i < n; i++) {
        char key[16];
        snprintf(key, sizeof(key), "k%u", i);
        pail_value_set(vs, map, pail_str(key), pail_value_int(vs, i));
    }
    return map;
}

static void test_maps(void **state)
{
    struct pail_values *vs = new_values();
    struct pail_value *map = numbers(vs, 100);
    int64_t i = 0;
    assert_int_equal(pail_value_len(map), 100);
    for (unsigned n = 0; n < 100; n++) {
        char key[16];
        snprintf(key, sizeof(key), "k%u", n);
        assert_true(pail_str_eq(pail_value_key_at(map, n), pail_str(key)));
        assert_true(pail_value_as_int(pail_value_get(map, pail_str(key)), &i) && i == n);
    }
    pail_value_set(vs, map, PAIL_STR("k7"), pail_value_int(vs, -7));
    assert_int_equal(pail_value_len(map), 100);
    assert_true(pail_value_as_int(pail_value_at(map, 7), &i) && i == -7);
    assert_true(pail_value_remove(map, PAIL_STR("k7")));
    assert_false(pail_value_remove(map, PAIL_STR("k7")));
    assert_int_equal(pail_value_len(map), 99);
    assert_true(pail_str_eq(pail_value_key_at(map, 7), PAIL_STR("k8")));
    assert_true(pail_value_as_int(pail_value_at(map, 98), &i) && i == 99);
    pail_values_free(vs);
}

static void test_eq_and_copy(void **state)
{
    struct pail_values *vs = new_values(), *other = new_values();
    struct pail_value *a = numbers(vs, 10);
    struct pail_value *list = pail_value_set(vs, a, PAIL_STR("list"), pail_value_list(vs));
    pail_value_append(vs, list, pail_value_real(vs, 1.5));
    pail_value_append(vs, list, pail_value_str(vs, PAIL_STR("x")));
    pail_value_append(vs, list, pail_value_null(vs));
    struct pail_value *b = pail_value_copy(other, a);
    assert_true(pail_value_eq(a, b));
    /* entries in another order */
    struct pail_value *k0 = pail_value_copy(other, pail_value_get(b, PAIL_STR("k0")));
    pail_value_remove(b, PAIL_STR("k0"));
    assert_false(pail_value_eq(a, b));
    pail_value_set(other, b, PAIL_STR("k0"), k0);
    assert_true(pail_value_eq(a, b));
    pail_value_append(other, pail_value_get(b, PAIL_STR("list")), pail_value_bool(other, false));
    assert_false(pail_value_eq(a, b));
    assert_false(pail_value_eq(pail_value_int(vs, 1), pail_value_real(vs, 1)));
    assert_true(pail_value_eq(NULL, NULL));
    assert_false(pail_value_eq(NULL, a));
    assert_null(pail_value_copy(vs, NULL));
    pail_values_free(other);
    assert_int_equal(pail_value_len(list), 3);
    pail_values_free(vs);
}

/* Larger than any block, and many blocks. */
static void test_large(void **state)
{
    struct pail_values *vs = new_values();
    static char text[1 << 20];
    memset(text, 'x', sizeof(text));
    struct pail_value *list = pail_value_list(vs);
    for (unsigned i = 0; i < 3000; i++)
        pail_value_append(vs, list,
                          pail_value_str(vs, pail_strn(text, i % 1000 ? i : sizeof(text))));
    for (unsigned i = 0; i < 3000; i++) {
        struct pail_str s = pail_value_as_str(pail_value_at(list, i));
        assert_int_equal(s.len, i % 1000 ? i : sizeof(text));
        assert_true(!s.len || (s.ptr[0] == 'x' && s.ptr[s.len - 1] == 'x' && !s.ptr[s.len]));
    }
    pail_values_free(vs);
}

static int tree(void *ud, struct pail_error *err)
{
    struct pail_values *vs = NULL;
    int rc = pail_values_new(&vs, err);
    if (rc)
        return rc;
    struct pail_value *list = pail_value_list(vs);
    for (unsigned i = 0; i < 20; i++)
        pail_value_append(vs, list, numbers(vs, 50));
    pail_value_append(vs, list, pail_value_copy(vs, pail_value_at(list, 3)));
    rc = pail_values_check(vs, err);
    if (!rc)
        assert_int_equal(pail_value_len(list), 21);
    pail_values_free(vs);
    return rc;
}

static void test_no_memory(void **state)
{
    pail_torture("tree", tree, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_scalars), cmocka_unit_test(test_reading_nothing),
               cmocka_unit_test(test_maps), cmocka_unit_test(test_eq_and_copy),
               cmocka_unit_test(test_large), cmocka_unit_test(test_no_memory))
