/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/verify.h"

#include "base/base64.h"
#include "base/str.h"

static bool modelled(const struct pail_operation *op, const char *name)
{
    struct pail_str s;

    for (unsigned i = 0; (s = pail_strs_at(op->response_algorithms, i)).ptr; i++)
        if (pail_str_eqz(s, name))
            return true;
    return false;
}

void pail_verify_done(struct pail_verify *v)
{
    pail_hasher_free(v->hasher);
    v->hasher = NULL;
}

int pail_verify_begin(struct pail_verify *v, const struct pail_operation *op,
                      const struct pail_headers *headers, struct pail_error *err)
{
    static const enum pail_checksum_alg order[] = {PAIL_CK_CRC64NVME, PAIL_CK_CRC32C, PAIL_CK_CRC32,
                                                   PAIL_CK_SHA1, PAIL_CK_SHA256};

    pail_verify_done(v);
    *v = (struct pail_verify){0};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(order); i++) {
        const struct pail_checksum_info *info = pail_checksum_info(order[i]);
        struct pail_str value = pail_headers_get(headers, info->header);
        if (!value.len || value.len >= sizeof(v->expected) || !modelled(op, info->name))
            continue;
        if (pail_str_find(value, '-') != SIZE_MAX)
            return 0;
        v->alg = order[i];
        memcpy(v->expected, value.ptr, value.len);
        if (v->alg == PAIL_CK_SHA1 || v->alg == PAIL_CK_SHA256)
            return pail_hasher_new(v->alg == PAIL_CK_SHA1 ? PAIL_SHA1 : PAIL_SHA256, &v->hasher,
                                   err);
        return 0;
    }
    return 0;
}

int pail_verify_add(struct pail_verify *v, const void *p, size_t n, struct pail_error *err)
{
    switch (v->alg) {
    case PAIL_CK_CRC32:
        v->crc32 = pail_crc32(v->crc32, p, n);
        return 0;
    case PAIL_CK_CRC32C:
        v->crc32 = pail_crc32c(v->crc32, p, n);
        return 0;
    case PAIL_CK_CRC64NVME:
        v->crc64 = pail_crc64nvme(v->crc64, p, n);
        return 0;
    default:
        return v->hasher ? pail_hasher_add(v->hasher, (struct pail_bytes){p, n}, err) : 0;
    }
}

int pail_verify_end(struct pail_verify *v, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(128);
    uint8_t raw[PAIL_SHA256_LEN];
    uint64_t crc = v->alg == PAIL_CK_CRC64NVME ? v->crc64 : v->crc32;

    if (v->alg == PAIL_CK_NONE)
        return 0;
    size_t len = pail_checksum_info(v->alg)->len;
    int rc = 0;
    if (v->hasher)
        rc = pail_hasher_finish(v->hasher, raw, err);
    else
        for (size_t i = len; i-- > 0; crc >>= 8)
            raw[i] = (uint8_t)crc;
    pail_base64_encode(&text, raw, len);
    if (rc == 0)
        rc = pail_buf_check(&text, "checksum", err);
    if (rc < 0 || pail_str_eqz(pail_buf_view(&text), v->expected))
        return rc;
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_CHECKSUM,
                          "Expected checksum %s did not match calculated checksum: %s", v->expected,
                          pail_buf_cstr(&text));
}
