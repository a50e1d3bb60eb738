/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/region.h"

#include "unit/test.h"

/* As botocore's rule sets have them. */
static const struct {
    const char *service, *region;
    struct pail_region_variant variant;
    const char *url;
} endpoints[] = {
    {"sts", NULL, {false, false}, "https://sts.amazonaws.com"},
    {"sts", "eu-west-1", {false, false}, "https://sts.eu-west-1.amazonaws.com"},
    {"sts", "us-west-2", {true, false}, "https://sts-fips.us-west-2.amazonaws.com"},
    {"sts", "us-west-2", {false, true}, "https://sts.us-west-2.api.aws"},
    {"sts", "us-west-2", {true, true}, "https://sts-fips.us-west-2.api.aws"},
    {"sts", "us-gov-west-1", {true, false}, "https://sts.us-gov-west-1.amazonaws.com"},
    {"sts", "us-gov-west-1", {true, true}, "https://sts-fips.us-gov-west-1.api.aws"},
    {"sts", "cn-north-1", {false, false}, "https://sts.cn-north-1.amazonaws.com.cn"},
    {"sts", "cn-north-1", {false, true}, "https://sts.cn-north-1.api.amazonwebservices.com.cn"},
    {"sts", "us-iso-east-1", {false, false}, "https://sts.us-iso-east-1.c2s.ic.gov"},
    {"sts", "us-isob-east-1", {false, true}, "https://sts.us-isob-east-1.api.aws.scloud"},
    {"sts", "us-isof-south-1", {false, false}, "https://sts.us-isof-south-1.csp.hci.ic.gov"},
    {"sts", "eu-isoe-west-1", {false, false}, "https://sts.eu-isoe-west-1.cloud.adc-e.uk"},
    {"sts", "eusc-de-east-1", {false, false}, "https://sts.eusc-de-east-1.amazonaws.eu"},
    {"portal.sso", "us-east-1", {true, true}, "https://portal.sso-fips.us-east-1.api.aws"},
    {"oidc", "eu-west-1", {false, false}, "https://oidc.eu-west-1.amazonaws.com"},
    {"signin", "us-east-1", {false, false}, "https://us-east-1.signin.aws.amazon.com"},
    {"signin", "us-east-1", {false, true}, "https://signin.us-east-1.api.aws"},
    {"signin",
     "us-gov-west-1",
     {false, false},
     "https://us-gov-west-1.signin.amazonaws-us-gov.com"},
    {"signin", "cn-north-1", {false, false}, "https://cn-north-1.signin.amazonaws.cn"},
    {"signin", "eusc-de-east-1", {false, false}, "https://eusc-de-east-1.signin.amazonaws-eusc.eu"},
};

static void test_endpoints(void **state)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(endpoints); i++) {
        struct pail_buf b = PAIL_BUF_INIT(256);
        pail_region_endpoint(endpoints[i].service, endpoints[i].region, &endpoints[i].variant, &b);
        assert_string_equal(pail_buf_cstr(&b), endpoints[i].url);
        pail_buf_done(&b);
    }
}

static void test_names(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_region_check(PAIL_STR("xx-moon-7"), &err), &err);
    assert_code(pail_region_check(PAIL_STR("bad_region"), &err), PAIL_E_CONFIG);
    assert_string_equal(err.message,
                        "Provided region_name 'bad_region' doesn't match a supported format.");
    assert_string_equal(pail_region_dns_suffix(PAIL_STR("cn-north-1")), "amazonaws.com.cn");
    assert_string_equal(pail_region_dns_suffix(PAIL_STR("")), "amazonaws.com");
    assert_true(pail_region_is_sts_legacy(PAIL_STR("us-east-1")));
    assert_false(pail_region_is_sts_legacy(PAIL_STR("me-south-1")));
}

PAIL_TEST_MAIN(cmocka_unit_test(test_endpoints), cmocka_unit_test(test_names))
