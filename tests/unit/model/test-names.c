/* SPDX-License-Identifier: Apache-2.0 */
#include "model/names.h"

#include "unit/test.h"

/* Made with botocore's xform_name; all operations of all services are in diff-model.py. */
static void test_split(void **state)
{
    static const char *const cases[][2] = {
        {"DescribeInstances", "describe-instances"},
        {"DescribeDBInstances", "describe-db-instances"},
        {"ListARNs", "list-arns"},
        {"GatewayARNs", "gateway-arns"},
        {"HITs", "-hits"},
        {"ListHITsForQualificationType", "list-hits-for-qualification-type"},
        {"As", "as"},
        {"S3Bucket", "s3-bucket"},
        {"UploadIDMarker", "upload-id-marker"},
        {"CreateCachediSCSIVolume", "create-cached-iscsi-volume"},
        {"CachediSCSIVolume", "cachedi-scsi-volume"},
        {"ExecutePartiQLStatement", "execute-partiql-statement"},
        {"StartOTelEnrichment", "start-otel-enrichment"},
        {"CreateOAuth2Token", "create-oauth2-token"},
        {"OAuth2Token", "o-auth2-token"},
        {"already-split", "already-split"},
        {"lowerCase", "lower-case"},
        {"URL", "url"},
        {"AnURLs", "an-urls"},
        {"x", "x"},
        {"", ""},
        {"A1B2", "a1-b2"},
        {"IPv6Addresses", "i-pv6-addresses"},
        {"Ipv6CIDRs", "ipv6-cidrs"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(200);
        pail_name_split(&name, pail_str(cases[i][0]), '-');
        assert_string_equal(pail_buf_cstr(&name), cases[i][1]);
    }
}

static void test_other_separator(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(200);
    pail_name_split(&name, PAIL_STR("ListARNs"), '_');
    assert_string_equal(pail_buf_cstr(&name), "list_arns");
}

static void test_hyphenate(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(200);
    pail_name_hyphenate(&name, PAIL_STR("CloudWatch Logs"));
    assert_string_equal(pail_buf_cstr(&name), "cloudwatch-logs");
}

PAIL_TEST_MAIN(cmocka_unit_test(test_split), cmocka_unit_test(test_other_separator),
               cmocka_unit_test(test_hyphenate))
