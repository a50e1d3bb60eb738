/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/verify.c - end-to-end check of a download.
 *
 * The sum covers the object as stored, so only whole-object answers can be checked: a range has no
 * sum of its own. A value with "-N" is a sum of the parts' sums; without the parts' sizes it cannot
 * be followed.
 */
#include "s3/verify.h"

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
    int rc = pail_sum_begin(&v->sum, alg, err);
    if (rc < 0)
        return rc;
    memcpy(v->expected, o->checksum_value.ptr, o->checksum_value.len);
    v->expected[o->checksum_value.len] = '\0';
    return 0;
}

int pail_s3_verify_add(struct pail_s3_verify *v, const void *p, size_t n, struct pail_error *err)
{
    return pail_sum_add(&v->sum, p, n, err);
}

int pail_s3_verify_end(struct pail_s3_verify *v, struct pail_error *err)
{
    char got[PAIL_SUM_CAP];

    if (v->sum.alg == PAIL_CK_NONE)
        return 0;
    const char *name = pail_checksum_info(v->sum.alg)->name;
    int rc = pail_sum_end(&v->sum, got, err);
    if (rc == 0 && strcmp(got, v->expected) != 0)
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_CHECKSUM,
                            "%s of what arrived is %s, of the object %s", name, got, v->expected);
    pail_s3_verify_done(v);
    return rc;
}

void pail_s3_verify_done(struct pail_s3_verify *v)
{
    pail_sum_done(&v->sum);
    v->expected[0] = '\0';
}
