/* SPDX-License-Identifier: Apache-2.0 */
/* auth/region.c - regions. */
#include "auth/region.h"

#include "base/str.h"
#include "base/uri.h"

int pail_region_check(struct pail_str region, struct pail_error *err)
{
    if (pail_uri_is_host_label(region))
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "Provided region_name '%.*s' doesn't match a supported format.",
                          PAIL_STR_ARG(pail_str_sub(region, 0, 100)));
}

const char *pail_region_dns_suffix(struct pail_str region)
{
    /* Longer prefixes first. */
    static const struct {
        const char *prefix, *suffix;
    } partitions[] = {
        {"cn-", "amazonaws.com.cn"}, {"us-isob-", "sc2s.sgov.gov"},  {"us-isof-", "csp.hci.ic.gov"},
        {"us-iso-", "c2s.ic.gov"},   {"eu-isoe-", "cloud.adc-e.uk"}, {"eusc-", "amazonaws.eu"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(partitions); i++) {
        if (pail_str_starts(region, pail_str(partitions[i].prefix)))
            return partitions[i].suffix;
    }
    return "amazonaws.com";
}

void pail_region_endpoint(const char *service, const char *region, struct pail_buf *to)
{
    if (region)
        pail_buf_fmt(to, "https://%s.%s.%s", service, region,
                     pail_region_dns_suffix(pail_str(region)));
    else
        pail_buf_fmt(to, "https://%s.amazonaws.com", service);
}
