/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/verify.h"

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
    pail_sum_done(&v->sum);
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
        memcpy(v->expected, value.ptr, value.len);
        return pail_sum_begin(&v->sum, order[i], err);
    }
    return 0;
}

int pail_verify_add(struct pail_verify *v, const void *p, size_t n, struct pail_error *err)
{
    return pail_sum_add(&v->sum, p, n, err);
}

int pail_verify_end(struct pail_verify *v, struct pail_error *err)
{
    char got[PAIL_SUM_CAP];

    if (v->sum.alg == PAIL_CK_NONE)
        return 0;
    int rc = pail_sum_end(&v->sum, got, err);
    if (rc < 0 || strcmp(got, v->expected) == 0)
        return rc;
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_CHECKSUM,
                          "Expected checksum %s did not match calculated checksum: %s", v->expected,
                          got);
}
