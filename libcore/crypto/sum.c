/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/sum.c - CRCs are numbers, SHAs have a state of their own. */
#include "crypto/sum.h"

#include "base/base64.h"

static bool is_digest(enum pail_checksum_alg alg)
{
    return alg == PAIL_CK_SHA1 || alg == PAIL_CK_SHA256;
}

int pail_sum_begin(struct pail_sum *s, enum pail_checksum_alg alg, struct pail_error *err)
{
    pail_sum_done(s);
    if (is_digest(alg)) {
        int rc = pail_hasher_new(alg == PAIL_CK_SHA1 ? PAIL_SHA1 : PAIL_SHA256, &s->hasher, err);
        if (rc < 0)
            return rc;
    }
    s->alg = alg;
    return 0;
}

int pail_sum_add(struct pail_sum *s, const void *p, size_t n, struct pail_error *err)
{
    switch (s->alg) {
    case PAIL_CK_CRC32:
        s->crc = pail_crc32((uint32_t)s->crc, p, n);
        return 0;
    case PAIL_CK_CRC32C:
        s->crc = pail_crc32c((uint32_t)s->crc, p, n);
        return 0;
    case PAIL_CK_CRC64NVME:
        s->crc = pail_crc64nvme(s->crc, p, n);
        return 0;
    case PAIL_CK_SHA1:
    case PAIL_CK_SHA256:
        return pail_hasher_add(s->hasher, (struct pail_bytes){p, n}, err);
    case PAIL_CK_NONE:
    case PAIL_CK_COUNT:
        break;
    }
    return 0;
}

int pail_sum_end(struct pail_sum *s, char ret[PAIL_SUM_CAP], struct pail_error *err)
{
    const struct pail_checksum_info *info = pail_checksum_info(s->alg);
    uint8_t sum[PAIL_SHA256_LEN];
    int rc = 0;

    if (s->alg == PAIL_CK_NONE) {
        ret[0] = '\0';
        return 0;
    }
    if (s->hasher) {
        rc = pail_hasher_finish(s->hasher, sum, err);
    } else {
        for (size_t i = 0; i < info->len; i++)
            sum[i] = (uint8_t)(s->crc >> (8 * (info->len - 1 - i)));
    }
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(PAIL_SUM_CAP - 1);
    if (rc == 0) {
        pail_base64_encode(&text, sum, info->len);
        rc = pail_buf_check(&text, "checksum", err);
    }
    if (rc == 0)
        memcpy(ret, pail_buf_cstr(&text), text.len + 1);
    return rc;
}

void pail_sum_done(struct pail_sum *s)
{
    pail_hasher_free(s->hasher);
    *s = (struct pail_sum){0};
}
