/* SPDX-License-Identifier: Apache-2.0 */
/* unit/protocol/calls.h - calls by name over prepared answers; the models are those of the build.
 */
#ifndef PAIL_TESTS_UNIT_PROTOCOL_CALLS_H
#define PAIL_TESTS_UNIT_PROTOCOL_CALLS_H

#include "base/value_json.h"
#include "protocol/client.h"
#include "unit/s3/script.h"

static struct pail_models *models;
static struct pail_values *vs;

PAIL_UNUSED static int setup(void **state)
{
    struct pail_models_options o = {.pack = PAIL_TEST_PACK, .data_path = "", .user_dir = ""};

    return pail_models_new(&o, &models, NULL) < 0 || pail_values_new(&vs, NULL) < 0;
}

PAIL_UNUSED static int teardown(void **state)
{
    vs = pail_values_free(vs);
    models = pail_models_free(models);
    return 0;
}

PAIL_UNUSED static struct pail_value *params(const char *json)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v = NULL;

    assert_ok(pail_value_from_json(vs, pail_str(json), "params", &v, &err), &err);
    return v;
}

PAIL_UNUSED static struct pail_client *client_in(struct script *sc, const char *service,
                                                 const char *region)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *c = NULL;

    o.region = region;
    assert_ok(pail_client_new_on(sc->session, models, service, &o, &c, &err), &err);
    return c;
}

/* One call in us-east-1; the result is the caller's. */
PAIL_UNUSED static int call(struct script *sc, const char *service, const char *operation,
                            const char *json, struct pail_result **ret, struct pail_error *err)
{
    struct pail_client *c = client_in(sc, service, "us-east-1");

    int rc = pail_call(c, operation, params(json), ret, err);
    pail_client_unref(c);
    return rc;
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
