/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/region.c - regions.
 *
 * The few services that credentials come from follow one pattern but for sign-in, whose region
 * stands in front and whose domain is one of its own in each partition.
 */
#include "auth/region.h"

#include "base/str.h"
#include "base/uri.h"

static const struct partition {
    const char *prefix, *suffix, *dualstack, *signin;
} partitions[] = {
    /* Longer prefixes first. */
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "amazonaws.cn"},
    {"us-gov-", "amazonaws.com", "api.aws", "amazonaws-us-gov.com"},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "sc2shome.sgov.gov"},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "csphome.hci.ic.gov"},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "c2shome.ic.gov"},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "csphome.adc-e.uk"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "amazonaws-eusc.eu"},
    {"", "amazonaws.com", "api.aws", "aws.amazon.com"},
};

int pail_region_check(struct pail_str region, struct pail_error *err)
{
    if (pail_uri_is_host_label(region))
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "Provided region_name '%.*s' doesn't match a supported format.",
                          PAIL_STR_ARG(pail_str_sub(region, 0, 100)));
}

static const struct partition *partition_of(struct pail_str region)
{
    const struct partition *p = partitions;
    while (!pail_str_starts(region, pail_str(p->prefix)))
        p++; /* the last one's prefix is every region's */
    return p;
}

const char *pail_region_dns_suffix(struct pail_str region)
{
    return partition_of(region)->suffix;
}

/* GovCloud's ordinary endpoints are FIPS endpoints. */
static bool wants_fips_name(const char *region, const struct pail_region_variant *v)
{
    return v->fips && (v->dualstack || !pail_str_starts(pail_str(region), PAIL_STR("us-gov-")));
}

void pail_region_endpoint(const char *service, const char *region,
                          const struct pail_region_variant *variant, struct pail_buf *to)
{
    static const struct pail_region_variant plain;
    const struct pail_region_variant *v = variant ? variant : &plain;

    if (!region) {
        pail_buf_fmt(to, "https://%s.amazonaws.com", service);
        return;
    }
    const struct partition *p = partition_of(pail_str(region));
    bool signin = strcmp(service, "signin") == 0;
    if (signin && !v->fips && !v->dualstack)
        pail_buf_fmt(to, "https://%s.signin.%s", region, p->signin);
    else
        pail_buf_fmt(to, "https://%s%s.%s.%s", service, wants_fips_name(region, v) ? "-fips" : "",
                     region, v->dualstack ? p->dualstack : p->suffix);
}

bool pail_region_is_sts_legacy(struct pail_str region)
{
    static const char *const regions[] = {
        "ap-northeast-1", "ap-south-1",   "ap-southeast-1", "ap-southeast-2",
        "aws-global",     "ca-central-1", "eu-central-1",   "eu-north-1",
        "eu-west-1",      "eu-west-2",    "eu-west-3",      "sa-east-1",
        "us-east-1",      "us-east-2",    "us-west-1",      "us-west-2",
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(regions); i++) {
        if (pail_str_eqz(region, regions[i]))
            return true;
    }
    return false;
}
