/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/moved.h"

#include "unit/test.h"

#define MESSAGE                                                                                    \
    "The me-south-1 location constraint is incompatible for the region specific endpoint this "    \
    "request was sent to."

static const struct {
    int status;
    bool head, creates;
    const char *code, *message, *region, *header, *expected;
} cases[] = {
    {301, false, false, "PermanentRedirect", "", "", "eu-west-1", "eu-west-1"},
    {301, false, false, "PermanentRedirect", "", "eu-west-1", "", "eu-west-1"},
    {307, false, false, "TemporaryRedirect", "", "a", "eu-west-1", "eu-west-1"},
    {301, true, false, "301", "Moved Permanently", "", "eu-west-1", "eu-west-1"},
    {400, true, false, "400", "Bad Request", "", "eu-west-1", "eu-west-1"},
    {400, false, false, "AuthorizationHeaderMalformed", "", "eu-west-1", "", "eu-west-1"},
    {400, false, false, "AuthorizationHeaderMalformed", MESSAGE, "", "", ""},
    {400, false, false, "IllegalLocationConstraintException", MESSAGE, "", "", "me-south-1"},
    {400, false, true, "IllegalLocationConstraintException", MESSAGE, "", "", ""},
    {200, false, false, "PermanentRedirect", "", "eu-west-1", "", "eu-west-1"},
    /* nothing, or nothing new */
    {301, false, false, "PermanentRedirect", "", "", "", ""},
    {301, false, false, "PermanentRedirect", "", "", "us-east-1", ""},
    {400, false, false, "InvalidRequest", MESSAGE, "eu-west-1", "eu-west-1", ""},
    {403, true, false, "403", "Forbidden", "", "eu-west-1", ""},
    {200, false, false, "", "", "eu-west-1", "eu-west-1", ""},
    /* no part of a host name */
    {301, false, false, "PermanentRedirect", "", "", "evil.example.com/", ""},
    {301, false, false, "PermanentRedirect", "", "a b", "", ""},
    {400, false, false, "IllegalLocationConstraintException",
     "The a.b location constraint is incompatible", "", "", ""},
    {400, false, false, "IllegalLocationConstraintException",
     "The  location constraint is incompatible", "", "", ""},
    {400, false, false, "IllegalLocationConstraintException",
     " location constraint is incompatible", "", "", ""},
};

static void test_cases(void **state)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        const struct pail_moved_hints hints = {
            .status = cases[i].status,
            .head = cases[i].head,
            .creates = cases[i].creates,
            .code = pail_str(cases[i].code),
            .message = pail_str(cases[i].message),
            .region = pail_str(cases[i].region),
            .header = pail_str(cases[i].header),
            .asked_region = PAIL_STR("us-east-1"),
        };
        struct pail_str got = pail_moved_to(&hints);
        if (!pail_str_eqz(got, cases[i].expected))
            fail_msg("case %zu: \"%.*s\", expected \"%s\"", i, PAIL_STR_ARG(got),
                     cases[i].expected);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_cases))
