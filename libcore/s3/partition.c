/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/partition.c - told by the form of a region's name, so that regions made tomorrow work today:
 * PREFIX, a word, "-", a number; or the partition's name and "-global".
 */
#include "s3/partition.h"

#include "base/macros.h"
#include "base/str.h"

static const struct pail_s3_partition partitions[] = {
    {"aws", "amazonaws.com", ""}, /* all the others */
    {"aws-cn", "amazonaws.com.cn", "cn-"},
    {"aws-eusc", "amazonaws.eu", "eusc-de-"},
    {"aws-iso", "c2s.ic.gov", "us-iso-"},
    {"aws-iso-b", "sc2s.sgov.gov", "us-isob-"},
    {"aws-iso-e", "cloud.adc-e.uk", "eu-isoe-"},
    {"aws-iso-f", "csp.hci.ic.gov", "us-isof-"},
    {"aws-us-gov", "amazonaws.com", "us-gov-"},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "northwest-1" */
static bool is_place(struct pail_str s)
{
    size_t dash = pail_str_find(s, '-');
    bool ok = dash != SIZE_MAX && dash > 0 && dash + 1 < s.len;

    for (size_t i = 0; ok && i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (i != dash)
            ok = is_digit(c) || (i < dash && letter);
    }
    return ok;
}

static bool is_global(struct pail_str region, const struct pail_s3_partition *p)
{
    size_t n = strlen(p->name);

    return pail_str_starts(region, pail_str(p->name)) &&
           pail_str_eqz(pail_str_from(region, n), "-global");
}

const struct pail_s3_partition *pail_s3_partition_of(struct pail_str region)
{
    for (size_t i = 1; i < PAIL_ARRAY_LEN(partitions); i++) {
        const struct pail_s3_partition *p = &partitions[i];
        bool of_family = pail_str_starts(region, pail_str(p->prefix));
        if ((of_family && is_place(pail_str_from(region, strlen(p->prefix)))) ||
            is_global(region, p))
            return p;
    }
    return &partitions[0];
}
