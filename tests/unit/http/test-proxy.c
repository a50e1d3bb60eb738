/* SPDX-License-Identifier: Apache-2.0 */
#include "http/proxy.h"

#include "base/env.h"
#include "base/str.h"
#include "unit/test.h"

static const char *variable, *value;

static const char *one_variable(const char *name)
{
    return variable && strcmp(name, variable) == 0 ? value : NULL;
}

static void test_variables(void **state)
{
    static const struct {
        const char *variable, *value, *http, *https;
    } cases[] = {
        {NULL, NULL, "", ""},
        {"http_proxy", "http://p:1", "http://p:1", ""},
        {"HTTP_PROXY", "http://p:1", "", ""}, /* may be a header of a request to us */
        {"https_proxy", "p:2", "", "p:2"},
        {"HTTPS_PROXY", "http://p:2/", "", "http://p:2/"},
        {"HTTPS_PROXY", "", "", ""},
        {"ALL_PROXY", "http://u:secret@p", "http://***:***@p", "http://***:***@p"},
        {"all_proxy", "u:secret@p:3", "***:***@p:3", "***:***@p:3"},
    };

    pail_env_set_source(one_variable);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        variable = cases[i].variable;
        value = cases[i].value;
        for (int https = 0; https <= 1; https++) {
            PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(100);
            pail_proxy_url(https, &url);
            assert_string_equal(pail_buf_cstr(&url), https ? cases[i].https : cases[i].http);
        }
    }
    pail_env_set_source(NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_variables))
