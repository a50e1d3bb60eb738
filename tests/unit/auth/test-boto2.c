/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/auth/home.h"
#include "unit/auth/scripted.h"
#include "unit/test.h"
#include "unit/torture.h"

static int setup(void **state)
{
    if (home_setup(state) != 0)
        return -1;
    home_set("AWS_EC2_METADATA_DISABLED", "true");
    return 0;
}

static void assert_begins(const char *got, const char *expected)
{
    if (strncmp(got, expected, strlen(expected)) != 0)
        fail_msg("%s", got);
}

static void test_ec2_file(void **state)
{
    home_set("AWS_CREDENTIAL_FILE", "~/keys");
    home_file("keys", "# no comments here\nAWSAccessKeyId = AK\nAWSSecretKey=S=K\n");
    assert_found(NULL, NULL, "ec2-credentials-file AK S=K - - 0");
    home_file("keys", "AWSAccessKeyId=AK\n");
    assert_found(NULL, NULL,
                 "PAIL_E_PARTIAL_CREDENTIALS Partial credentials found in "
                 "ec2-credentials-file, missing: AWSSecretKey");
    home_file("keys", "nothing\n");
    assert_begins(scripted_result(NULL, NULL), "PAIL_E_NO_CREDENTIALS ");
    home_set("AWS_CREDENTIAL_FILE", "/no/such/file");
    assert_found(NULL, NULL,
                 "PAIL_E_CONFIG The specified config file (/no/such/file) could not be found.");
    home_file(".aws/credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = B\n");
    assert_found(NULL, NULL, "shared-credentials-file A B - - 0"); /* which comes earlier */
}

static void test_boto_config(void **state)
{
    home_file(".boto", "[Credentials]\naws_access_key_id = AK\naws_secret_access_key = SK\n");
    assert_found(NULL, NULL, "boto-config AK SK - - 0");
    home_set("BOTO_CONFIG", home_path("other")); /* then it is the only one */
    assert_begins(scripted_result(NULL, NULL), "PAIL_E_NO_CREDENTIALS ");
    home_file("other", "[credentials]\naws_access_key_id = AK\n");
    assert_begins(scripted_result(NULL, NULL), "PAIL_E_NO_CREDENTIALS ");
    home_file("other", "[Credentials]\naws_access_key_id = AK\n");
    assert_found(NULL, NULL,
                 "PAIL_E_PARTIAL_CREDENTIALS Partial credentials found in boto-config, "
                 "missing: aws_secret_access_key");
    home_file("other", "[Credentials]\nbroken\n");
    assert_begins(scripted_result(NULL, NULL), "PAIL_E_CONFIG Unable to parse config file: ");
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    int rc = scripted_find(NULL, NULL, &c, err);
    (void)pail_credentials_unref(c);
    return rc;
}

static void test_torture(void **state)
{
    home_file(".boto", "[Credentials]\naws_access_key_id = AK\naws_secret_access_key = SK\n");
    home_set("BOTO_CONFIG", home_path(".boto"));
    pail_torture("boto 2", torture_body, NULL);
    home_file("keys", "AWSAccessKeyId = AK\nAWSSecretKey=SK\n");
    home_set("AWS_CREDENTIAL_FILE", home_path("keys"));
    pail_torture("ec2 file", torture_body, NULL);
}

#define with_home(fn) cmocka_unit_test_setup_teardown(fn, setup, home_teardown)

PAIL_TEST_MAIN(with_home(test_ec2_file), with_home(test_boto_config), with_home(test_torture))
