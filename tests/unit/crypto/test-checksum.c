/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/checksum.h"

#include "unit/test.h"

#define SIZE 4096

static uint8_t data[SIZE];

/* Small, repeatable, and good enough to differ in every byte. */
static uint32_t next_random(void)
{
    static uint32_t x = 2463534242;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}

static void fill(void)
{
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (uint8_t)next_random();
}

/* Bit by bit, straight from the definition: the oracle of the oracle. */
static uint64_t slow_crc(uint64_t poly, uint64_t ones, uint64_t crc, const uint8_t *p, size_t n)
{
    crc ^= ones;
    for (; n; n--, p++) {
        crc ^= *p;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? poly : 0);
    }
    return crc ^ ones;
}

static uint64_t slow_crc32(const uint8_t *p, size_t n)
{
    return slow_crc(0xedb88320, UINT32_MAX, 0, p, n);
}

static uint64_t slow_crc32c(const uint8_t *p, size_t n)
{
    return slow_crc(0x82f63b78, UINT32_MAX, 0, p, n);
}

static uint64_t slow_crc64nvme(const uint8_t *p, size_t n)
{
    return slow_crc(UINT64_C(0x9a6c9329ac4bc9b5), UINT64_MAX, 0, p, n);
}

static void test_check_values(void **state)
{
    assert_true(pail_crc32(0, "123456789", 9) == 0xcbf43926);
    assert_true(pail_crc32c(0, "123456789", 9) == 0xe3069283);
    assert_true(pail_crc32c_portable(0, "123456789", 9) == 0xe3069283);
    assert_true(pail_crc64nvme(0, "123456789", 9) == UINT64_C(0xae8b14860a799888));
    assert_true(pail_crc64nvme_portable(0, "123456789", 9) == UINT64_C(0xae8b14860a799888));
    assert_true(pail_crc32(7, NULL, 0) == 7);
    assert_true(pail_crc32c(7, NULL, 0) == 7);
    assert_true(pail_crc64nvme(7, NULL, 0) == 7);
    assert_true(pail_crc64nvme_portable(7, NULL, 0) == 7);
}

static void test_lengths_and_alignments(void **state)
{
    fill();
    for (int i = 0; i < 2000; i++) {
        size_t at = next_random() % 64, n = next_random() % (i < 1000 ? 100 : SIZE - 64);
        const uint8_t *p = data + at;
        assert_true(pail_crc32(0, p, n) == slow_crc32(p, n));
        assert_true(pail_crc32c(0, p, n) == slow_crc32c(p, n));
        assert_true(pail_crc32c_portable(0, p, n) == slow_crc32c(p, n));
        assert_true(pail_crc64nvme(0, p, n) == slow_crc64nvme(p, n));
        assert_true(pail_crc64nvme_portable(0, p, n) == slow_crc64nvme(p, n));
    }
}

static void test_pieces(void **state)
{
    fill();
    for (int round = 0; round < 200; round++) {
        uint32_t c32 = 0, c32c = 0, portable = 0;
        uint64_t c64 = 0;
        for (size_t at = 0, n; at < SIZE; at += n) {
            n = pail_min_u64(next_random() % 700, SIZE - at);
            c32 = pail_crc32(c32, data + at, n);
            c32c = pail_crc32c(c32c, data + at, n);
            portable = pail_crc32c_portable(portable, data + at, n);
            c64 = pail_crc64nvme(c64, data + at, n);
        }
        assert_true(c32 == pail_crc32(0, data, SIZE));
        assert_true(c32c == pail_crc32c(0, data, SIZE) && portable == c32c);
        assert_true(c64 == pail_crc64nvme(0, data, SIZE));
    }
}

static void test_combine(void **state)
{
    fill();
    for (int i = 0; i < 2000; i++) {
        size_t whole = next_random() % SIZE, cut = whole ? next_random() % (whole + 1) : 0;
        const uint8_t *b = data + cut;
        size_t n = whole - cut;
        assert_true(pail_crc32_combine(pail_crc32(0, data, cut), pail_crc32(0, b, n), n) ==
                    pail_crc32(0, data, whole));
        assert_true(pail_crc32c_combine(pail_crc32c(0, data, cut), pail_crc32c(0, b, n), n) ==
                    pail_crc32c(0, data, whole));
        assert_true(pail_crc64nvme_combine(pail_crc64nvme(0, data, cut), pail_crc64nvme(0, b, n),
                                           n) == pail_crc64nvme(0, data, whole));
    }
}

/* Lengths that no buffer has: n zero bytes made by doubling, against the same made in one step. */
static void test_combine_long(void **state)
{
    uint32_t z32 = pail_crc32(0, "\0", 1), z32c = pail_crc32c(0, "\0", 1);
    uint64_t z64 = pail_crc64nvme(0, "\0", 1), len = 1;
    uint64_t a = UINT64_C(0x0123456789abcdef);

    for (; len <= UINT64_C(1) << 61; len *= 2) {
        /* (a + zeros) + zeros is a + (zeros + zeros) */
        uint32_t twice32 = pail_crc32_combine(z32, z32, len);
        uint32_t twice32c = pail_crc32c_combine(z32c, z32c, len);
        uint64_t twice64 = pail_crc64nvme_combine(z64, z64, len);
        uint32_t a32 = (uint32_t)a;
        assert_true(pail_crc32_combine(a32, twice32, 2 * len) ==
                    pail_crc32_combine(pail_crc32_combine(a32, z32, len), z32, len));
        assert_true(pail_crc32c_combine(a32, twice32c, 2 * len) ==
                    pail_crc32c_combine(pail_crc32c_combine(a32, z32c, len), z32c, len));
        assert_true(pail_crc64nvme_combine(a, twice64, 2 * len) ==
                    pail_crc64nvme_combine(pail_crc64nvme_combine(a, z64, len), z64, len));
        z32 = twice32;
        z32c = twice32c;
        z64 = twice64;
        if (2 * len <= SIZE) {
            memset(data, 0, SIZE);
            assert_true(z64 == pail_crc64nvme(0, data, 2 * len));
            assert_true(z32 == pail_crc32(0, data, 2 * len));
        }
    }
}

static void test_table(void **state)
{
    assert_null(pail_checksum_info(PAIL_CK_NONE));
    assert_null(pail_checksum_info(PAIL_CK_COUNT));
    for (int alg = PAIL_CK_NONE + 1; alg < PAIL_CK_COUNT; alg++) {
        const struct pail_checksum_info *info = pail_checksum_info((enum pail_checksum_alg)alg);
        assert_non_null(info);
        assert_int_equal(pail_checksum_from_name(pail_str(info->name)), alg);
        assert_true(pail_str_starts(pail_str(info->header), PAIL_STR("x-amz-checksum-")));
        assert_true(pail_str_ieq(pail_str_from(pail_str(info->header), 15), pail_str(info->name)));
        assert_int_equal(info->combines, alg <= PAIL_CK_CRC64NVME);
    }
    assert_int_equal(pail_checksum_from_name(PAIL_STR("crc64nvme")), PAIL_CK_CRC64NVME);
    assert_int_equal(pail_checksum_from_name(PAIL_STR("MD5")), PAIL_CK_NONE);
    assert_int_equal(pail_checksum_from_name(PAIL_STR("")), PAIL_CK_NONE);
}

static void test_base64(void **state)
{
    static const char *const text[PAIL_CK_COUNT] = {
        [PAIL_CK_CRC32] = "y/Q5Jg==",
        [PAIL_CK_CRC32C] = "4waSgw==",
        [PAIL_CK_CRC64NVME] = "rosUhgp5mIg=",
        [PAIL_CK_SHA1] = "98O8HYCOBHMq32eZZczDTKeuNEE=",
        [PAIL_CK_SHA256] = "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
    };
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bytes digits = {"123456789", 9};

    for (int alg = PAIL_CK_NONE + 1; alg < PAIL_CK_COUNT; alg++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(100);
        assert_ok(pail_checksum_base64((enum pail_checksum_alg)alg, digits, &b, &err), &err);
        assert_str(pail_buf_view(&b), text[alg]);
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(3);
    assert_code(pail_checksum_base64(PAIL_CK_NONE, digits, &b, &err), PAIL_E_INVALID);
    assert_code(pail_checksum_base64(PAIL_CK_CRC32, digits, &b, &err), PAIL_E_TOO_BIG);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_check_values), cmocka_unit_test(test_lengths_and_alignments),
               cmocka_unit_test(test_pieces), cmocka_unit_test(test_combine),
               cmocka_unit_test(test_combine_long), cmocka_unit_test(test_table),
               cmocka_unit_test(test_base64))
