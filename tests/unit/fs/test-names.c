/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/names.h"

#include "unit/test.h"

/* Shown, found again, and both as expected. */
static void check(struct pail_str component, bool shadowed)
{
    struct pail_buf name = PAIL_BUF_INIT(4096), back = PAIL_BUF_INIT(4096);
    bool is_shadowed = !shadowed;

    bool escaped = pail_name_escape(component, shadowed, &name);
    assert_int_equal(name.failed, PAIL_BUF_OK);
    struct pail_str shown = escaped ? pail_buf_view(&name) : component;
    assert_true(shown.len >= 1 && shown.len <= 255);
    assert_true(pail_str_find(shown, '/') == SIZE_MAX && pail_str_find(shown, '\0') == SIZE_MAX);
    assert_false(pail_str_eqz(shown, ".") || pail_str_eqz(shown, ".."));
    if (shadowed)
        assert_true(escaped);

    enum pail_name_form form = pail_name_unescape(shown, &back, &is_shadowed);
    if (!escaped) {
        assert_int_equal(form, PAIL_NAME_PLAIN);
        assert_int_equal(back.len, 0);
        assert_false(is_shadowed);
    } else if (form == PAIL_NAME_HASHED) {
        assert_true(component.len > 255 - 3 * 6 || component.len > 80);
        assert_false(is_shadowed);
    } else {
        assert_int_equal(form, PAIL_NAME_ESCAPED);
        assert_int_equal(is_shadowed, shadowed);
        assert_int_equal(back.len, component.len);
        if (back.len)
            assert_memory_equal(back.ptr, component.ptr, back.len);
    }
    pail_buf_done(&name);
    pail_buf_done(&back);
}

static void test_spelling(void **state)
{
    static const struct {
        const char *component;
        bool shadowed;
        const char *name; /* NULL: as it is */
    } rows[] = {
        {"a", false, NULL},
        {".hidden", false, NULL},
        {"...", false, NULL},
        {"\xff\xfe", false, NULL},
        {"100%", false, NULL},
        {"=", false, NULL},
        {".pail", false, NULL},
        {"", false, ".pail%"},
        {".", false, ".pail%%2E"},
        {"..", false, ".pail%%2E%2E"},
        {".pail%", false, ".pail%.pail%25"},
        {".pail%=a", false, ".pail%.pail%25=a"},
        {"a", true, ".pail%=a"},
        {"50%", true, ".pail%=50%25"},
        {"=", true, ".pail%=%3D"},
        {"~", true, ".pail%=%7E"},
        {".", true, ".pail%=%2E"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        struct pail_buf name = PAIL_BUF_INIT(4096);
        struct pail_str component = pail_str(rows[i].component);
        bool escaped = pail_name_escape(component, rows[i].shadowed, &name);
        assert_int_equal(escaped, rows[i].name != NULL);
        if (rows[i].name)
            assert_str(pail_buf_view(&name), rows[i].name);
        pail_buf_done(&name);
        check(component, rows[i].shadowed);
    }
}

static void test_nul(void **state)
{
    struct pail_buf name = PAIL_BUF_INIT(4096);

    assert_true(pail_name_escape(pail_strn("=\0", 2), false, &name));
    assert_str(pail_buf_view(&name), ".pail%%3D%00");
    pail_buf_done(&name);
}

static void test_round_trip_short(void **state)
{
    static const char alphabet[] = {'a', '.', '%', '=',  '~',    '/',   '\0',
                                    '2', 'E', ' ', '\n', '\x80', '\xff'};
    const size_t n = sizeof(alphabet);
    char text[3];

    for (size_t len = 0; len <= 3; len++) {
        size_t total = 1;
        for (size_t i = 0; i < len; i++)
            total *= n;
        for (size_t k = 0; k < total; k++) {
            for (size_t i = 0, rest = k; i < len; i++, rest /= n)
                text[i] = alphabet[rest % n];
            check(pail_strn(text, len), false);
            check(pail_strn(text, len), true);
        }
    }
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void test_round_trip_random(void **state)
{
    uint64_t seed = 1;
    char text[1024];

    for (int round = 0; round < 3000; round++) {
        size_t len = next_random(&seed) % (round % 3 ? 40 : sizeof(text) + 1);
        bool letters = next_random(&seed) % 2;
        for (size_t i = 0; i < len; i++)
            text[i] = letters ? (char)('a' + next_random(&seed) % 26) : (char)next_random(&seed);
        if (round % 5 == 0 && len > 6)
            memcpy(text, ".pail%", 6);
        check(pail_strn(text, len), round % 2);
    }
}

static void test_long(void **state)
{
    char text[1024];
    struct pail_buf a = PAIL_BUF_INIT(4096), b = PAIL_BUF_INIT(4096), c = PAIL_BUF_INIT(4096);

    memset(text, 'x', sizeof(text));
    assert_false(pail_name_escape(pail_strn(text, 255), false, &a));
    assert_true(pail_name_escape(pail_strn(text, 256), false, &a));
    assert_int_equal(a.len, 7 + 64 + 1 + 32);
    assert_true(pail_str_starts(pail_buf_view(&a), PAIL_STR(".pail%~xxx")));
    /* Another component, and the same one shadowed, are other names. */
    assert_true(pail_name_escape(pail_strn(text, 257), false, &b));
    assert_true(pail_name_escape(pail_strn(text, 256), true, &c));
    assert_false(pail_str_eq(pail_buf_view(&a), pail_buf_view(&b)));
    assert_false(pail_str_eq(pail_buf_view(&a), pail_buf_view(&c)));
    pail_buf_done(&a);
    pail_buf_done(&b);
    pail_buf_done(&c);
    for (size_t len = 230; len < 260; len++) {
        check(pail_strn(text, len), false);
        check(pail_strn(text, len), true);
    }
    /* No safe byte at all. */
    memset(text, '%', sizeof(text));
    check(pail_strn(text, 300), false);
}

static void test_invalid(void **state)
{
    static const char *const names[] = {
        "",
        ".",
        "..",
        "a/b",
        ".pail%a",    /* is shown as it is */
        ".pail%2E",   /* no percent sign: "2E" is plain */
        ".pail%%2e",  /* lower case */
        ".pail%%2E.", /* half encoded */
        ".pail%%41",  /* needs no encoding */
        ".pail%%2",   /* cut off */
        ".pail%=%41",
        ".pail%=%",
        ".pail%~",
        ".pail%~abc~0123456789abcdef0123456789abcde",  /* 31 digits */
        ".pail%~a*c~0123456789abcdef0123456789abcdef", /* not a safe byte */
        ".pail%~abc~0123456789ABCDEF0123456789abcdef", /* upper case */
        ".pail%~abc-0123456789abcdef0123456789abcdef",
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(names); i++) {
        struct pail_buf back = PAIL_BUF_INIT(4096);
        bool shadowed;
        enum pail_name_form form = pail_name_unescape(pail_str(names[i]), &back, &shadowed);
        if (form != PAIL_NAME_INVALID)
            print_error("\"%s\"\n", names[i]);
        assert_int_equal(form, PAIL_NAME_INVALID);
        assert_int_equal(back.len, 0);
        pail_buf_done(&back);
    }
}

static void test_no_memory(void **state)
{
    char text[300];
    memset(text, 'x', sizeof(text));
    for (uint64_t n = 1;; n++) {
        struct pail_buf name = PAIL_BUF_INIT(4096);
        uint64_t before = pail_alloc_count();
        pail_alloc_fail_at(n);
        assert_true(pail_name_escape(pail_strn(text, sizeof(text)), true, &name));
        bool failed = name.failed;
        pail_alloc_fail_at(0);
        bool reached = pail_alloc_count() - before >= n;
        assert_int_equal(failed, reached);
        pail_buf_done(&name);
        if (!reached)
            break;
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_spelling), cmocka_unit_test(test_nul),
               cmocka_unit_test(test_round_trip_short), cmocka_unit_test(test_round_trip_random),
               cmocka_unit_test(test_long), cmocka_unit_test(test_invalid),
               cmocka_unit_test(test_no_memory))
