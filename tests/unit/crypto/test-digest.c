/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include "base/hex.h"

#include "unit/test.h"
#include "unit/torture.h"

static struct pail_bytes bytes(const char *z)
{
    return (struct pail_bytes){z, strlen(z)};
}

static void assert_hex(const uint8_t *value, const char *hex)
{
    char text[2 * PAIL_SHA256_LEN + 1];

    pail_hex_encode(value, strlen(hex) / 2, text);
    assert_string_equal(text, hex);
}

/* FIPS 180 and RFC 1321. */
static const struct {
    enum pail_digest_alg alg;
    const char *text, *hex;
} vectors[] = {
    {PAIL_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {PAIL_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {PAIL_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {PAIL_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {PAIL_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {PAIL_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {PAIL_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
};

static void test_one_shot(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    uint8_t out[PAIL_SHA256_LEN];
    char hex[65];

    for (size_t i = 0; i < PAIL_ARRAY_LEN(vectors); i++) {
        assert_ok(pail_digest(vectors[i].alg, bytes(vectors[i].text), out, &err), &err);
        assert_hex(out, vectors[i].hex);
    }
    assert_ok(pail_digest(PAIL_SHA256, (struct pail_bytes){NULL, 0}, out, &err), &err);
    assert_hex(out, vectors[0].hex);
    assert_ok(pail_sha256_hex(bytes("abc"), hex, &err), &err);
    assert_string_equal(hex, vectors[1].hex);
}

/* Only the digest's own bytes are written. */
static void test_length(void **state)
{
    uint8_t out[PAIL_SHA256_LEN + 1];

    memset(out, 0xaa, sizeof(out));
    assert_ok(pail_digest(PAIL_MD5, bytes("abc"), out, NULL), NULL);
    assert_int_equal(out[PAIL_MD5_LEN], 0xaa);
    assert_ok(pail_digest(PAIL_SHA1, bytes("abc"), out, NULL), NULL);
    assert_int_equal(out[PAIL_SHA1_LEN], 0xaa);
    assert_ok(pail_hmac_sha256(bytes("k"), bytes("abc"), out, NULL), NULL);
    assert_int_equal(out[PAIL_SHA256_LEN], 0xaa);
}

static void test_streaming(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    uint8_t out[PAIL_SHA256_LEN];

    for (size_t i = 0; i < PAIL_ARRAY_LEN(vectors); i++) {
        struct pail_hasher *h = NULL;
        assert_ok(pail_hasher_new(vectors[i].alg, &h, &err), &err);
        for (const char *p = vectors[i].text; *p; p++) {
            assert_ok(pail_hasher_add(h, (struct pail_bytes){p, 1}, &err), &err);
            assert_ok(pail_hasher_add(h, (struct pail_bytes){NULL, 0}, &err), &err);
        }
        assert_ok(pail_hasher_finish(h, out, &err), &err);
        assert_hex(out, vectors[i].hex);
        pail_hasher_free(h);
    }
    pail_hasher_free(NULL);
}

/* RFC 4231, and an empty key with an empty text. */
static void test_hmac(void **state)
{
    char key[131], long_text[152 + 1];
    uint8_t out[PAIL_SHA256_LEN];

    memset(key, 0x0b, 20);
    assert_ok(pail_hmac_sha256((struct pail_bytes){key, 20}, bytes("Hi There"), out, NULL), NULL);
    assert_hex(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_ok(pail_hmac_sha256(bytes("Jefe"), bytes("what do ya want for nothing?"), out, NULL),
              NULL);
    assert_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    assert_ok(pail_hmac_sha256((struct pail_bytes){key, 131},
                               bytes("Test Using Larger Than Block-Size Key - Hash Key First"), out,
                               NULL),
              NULL);
    assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    snprintf(
        long_text, sizeof(long_text), "%s%s%s",
        "This is a test using a larger than block-size key and a larger than block-size data. ",
        "The key needs to be hashed before being used by the HMAC algorithm", ".");
    assert_ok(pail_hmac_sha256((struct pail_bytes){key, 131}, bytes(long_text), out, NULL), NULL);
    assert_hex(out, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    assert_ok(
        pail_hmac_sha256((struct pail_bytes){NULL, 0}, (struct pail_bytes){NULL, 0}, out, NULL),
        NULL);
    assert_hex(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* Keys around the block size, against the definition with the plain digest. */
static void test_hmac_key_sizes(void **state)
{
    uint8_t key[70], padded[64 + 3], out[PAIL_SHA256_LEN], again[64 + PAIL_SHA256_LEN];

    for (size_t n = 60; n <= 70; n++) {
        uint8_t block[64] = {0}, digest[PAIL_SHA256_LEN];
        for (size_t i = 0; i < n; i++)
            key[i] = (uint8_t)(i * 31 + n);
        if (n > 64)
            assert_ok(pail_digest(PAIL_SHA256, (struct pail_bytes){key, n}, block, NULL), NULL);
        else
            memcpy(block, key, n);
        for (size_t i = 0; i < 64; i++) {
            padded[i] = block[i] ^ 0x36;
            again[i] = block[i] ^ 0x5c;
        }
        memcpy(padded + 64, "abc", 3);
        assert_ok(pail_digest(PAIL_SHA256, (struct pail_bytes){padded, 67}, again + 64, NULL),
                  NULL);
        assert_ok(pail_digest(PAIL_SHA256, (struct pail_bytes){again, 96}, digest, NULL), NULL);
        assert_ok(pail_hmac_sha256((struct pail_bytes){key, n}, bytes("abc"), out, NULL), NULL);
        assert_memory_equal(out, digest, PAIL_SHA256_LEN);
    }
}

static int hash_something(void *ud, struct pail_error *err)
{
    struct pail_hasher *h = NULL;
    uint8_t out[PAIL_SHA256_LEN];

    int rc = pail_hasher_new(PAIL_SHA256, &h, err);
    if (!rc)
        rc = pail_hasher_add(h, bytes("abc"), err);
    if (!rc)
        rc = pail_hasher_finish(h, out, err);
    pail_hasher_free(h);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("digest", hash_something, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_one_shot), cmocka_unit_test(test_length),
               cmocka_unit_test(test_streaming), cmocka_unit_test(test_hmac),
               cmocka_unit_test(test_hmac_key_sizes), cmocka_unit_test(test_torture))
