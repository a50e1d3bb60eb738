/* SPDX-License-Identifier: Apache-2.0 */
/* The table of S3's checksum algorithms and the one-shot form; the arithmetic is in crc.c and
 * digest.c. */
#include "crypto/checksum.h"

#include "base/base64.h"
#include "base/str.h"
#include "crypto/digest.h"

static const struct pail_checksum_info infos[PAIL_CK_COUNT] = {
    [PAIL_CK_CRC32] = {"CRC32", "x-amz-checksum-crc32", 4, true},
    [PAIL_CK_CRC32C] = {"CRC32C", "x-amz-checksum-crc32c", 4, true},
    [PAIL_CK_CRC64NVME] = {"CRC64NVME", "x-amz-checksum-crc64nvme", 8, true},
    [PAIL_CK_SHA1] = {"SHA1", "x-amz-checksum-sha1", PAIL_SHA1_LEN, false},
    [PAIL_CK_SHA256] = {"SHA256", "x-amz-checksum-sha256", PAIL_SHA256_LEN, false},
};

const struct pail_checksum_info *pail_checksum_info(enum pail_checksum_alg alg)
{
    return alg > PAIL_CK_NONE && alg < PAIL_CK_COUNT ? &infos[alg] : NULL;
}

enum pail_checksum_alg pail_checksum_from_name(struct pail_str name)
{
    for (int alg = PAIL_CK_NONE + 1; alg < PAIL_CK_COUNT; alg++)
        if (pail_str_ieq(name, pail_str(infos[alg].name)))
            return (enum pail_checksum_alg)alg;
    return PAIL_CK_NONE;
}

static void put_big_endian(uint64_t v, uint8_t *to, size_t n)
{
    for (size_t i = n; i-- > 0; v >>= 8)
        to[i] = (uint8_t)v;
}

int pail_checksum_base64(enum pail_checksum_alg alg, struct pail_bytes data, struct pail_buf *to,
                         struct pail_error *err)
{
    const struct pail_checksum_info *info = pail_checksum_info(alg);
    uint8_t value[PAIL_SHA256_LEN];
    int rc = 0;

    switch (alg) {
    case PAIL_CK_CRC32:
        put_big_endian(pail_crc32(0, data.ptr, data.len), value, 4);
        break;
    case PAIL_CK_CRC32C:
        put_big_endian(pail_crc32c(0, data.ptr, data.len), value, 4);
        break;
    case PAIL_CK_CRC64NVME:
        put_big_endian(pail_crc64nvme(0, data.ptr, data.len), value, 8);
        break;
    case PAIL_CK_SHA1:
        rc = pail_digest(PAIL_SHA1, data, value, err);
        break;
    case PAIL_CK_SHA256:
        rc = pail_digest(PAIL_SHA256, data, value, err);
        break;
    case PAIL_CK_NONE:
    case PAIL_CK_COUNT:
        break;
    }
    if (!info)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "checksum algorithm %d: unknown",
                              (int)alg);
    if (rc)
        return rc;
    pail_base64_encode(to, value, info->len);
    return pail_buf_check(to, info->name, err);
}
