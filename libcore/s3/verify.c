/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/verify.c - end-to-end check of a download.
 *
 * The sum covers the object as stored, so only whole-object answers can be checked: a range has no
 * sum of its own. A value with "-N" is a sum of the parts' sums; without the parts' sizes it cannot
 * be followed.
 */
#include "s3/verify.h"

#include "base/base64.h"
#include "base/str.h"

static enum pail_checksum_alg alg_of_header(struct pail_str name)
{
    for (int alg = PAIL_CK_NONE + 1; alg < PAIL_CK_COUNT; alg++) {
        if (pail_str_ieq(name, pail_str(pail_checksum_info(alg)->header)))
            return alg;
    }
    return PAIL_CK_NONE;
}

int pail_s3_verify_begin(struct pail_s3_verify *v, const struct pail_s3_object *o,
                         struct pail_error *err)
{
    pail_s3_verify_done(v);

    enum pail_checksum_alg alg = o->checksum_name.len ? alg_of_header(o->checksum_name)
                                                      : PAIL_CK_NONE;
    bool composite = pail_str_ieq(o->checksum_type, PAIL_STR("COMPOSITE")) ||
                     pail_str_find(o->checksum_value, '-') != SIZE_MAX;
    if (alg == PAIL_CK_NONE || composite || o->checksum_value.len >= sizeof(v->expected))
        return 0;
    if (alg == PAIL_CK_SHA1 || alg == PAIL_CK_SHA256) {
        int rc = pail_hasher_new(alg == PAIL_CK_SHA1 ? PAIL_SHA1 : PAIL_SHA256, &v->hasher, err);
        if (rc < 0)
            return rc;
    }
    memcpy(v->expected, o->checksum_value.ptr, o->checksum_value.len);
    v->expected[o->checksum_value.len] = '\0';
    v->alg = alg;
    return 0;
}

int pail_s3_verify_add(struct pail_s3_verify *v, const void *p, size_t n, struct pail_error *err)
{
    switch (v->alg) {
    case PAIL_CK_CRC32:
        v->crc = pail_crc32((uint32_t)v->crc, p, n);
        return 0;
    case PAIL_CK_CRC32C:
        v->crc = pail_crc32c((uint32_t)v->crc, p, n);
        return 0;
    case PAIL_CK_CRC64NVME:
        v->crc = pail_crc64nvme(v->crc, p, n);
        return 0;
    case PAIL_CK_SHA1:
    case PAIL_CK_SHA256:
        return pail_hasher_add(v->hasher, (struct pail_bytes){p, n}, err);
    case PAIL_CK_NONE:
    case PAIL_CK_COUNT:
        break;
    }
    return 0;
}

int pail_s3_verify_end(struct pail_s3_verify *v, struct pail_error *err)
{
    if (v->alg == PAIL_CK_NONE)
        return 0;

    const struct pail_checksum_info *info = pail_checksum_info(v->alg);
    uint8_t sum[PAIL_SHA256_LEN];
    int rc = 0;
    if (v->hasher) {
        rc = pail_hasher_finish(v->hasher, sum, err);
    } else {
        for (size_t i = 0; i < info->len; i++)
            sum[i] = (uint8_t)(v->crc >> (8 * (info->len - 1 - i)));
    }
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(sizeof(v->expected));
    if (rc == 0) {
        pail_base64_encode(&text, sum, info->len);
        rc = pail_buf_check(&text, "checksum", err);
    }
    if (rc == 0 && strcmp(pail_buf_cstr(&text), v->expected) != 0)
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_CHECKSUM,
                            "%s of what arrived is %s, of the object %s", info->name,
                            pail_buf_cstr(&text), v->expected);
    pail_s3_verify_done(v);
    return rc;
}

void pail_s3_verify_done(struct pail_s3_verify *v)
{
    pail_hasher_free(v->hasher);
    *v = (struct pail_s3_verify){0};
}
