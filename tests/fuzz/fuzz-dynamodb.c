/* SPDX-License-Identifier: Apache-2.0 */
/* What DynamoDB's types are read as is sent as the same: typed, plain, typed again. */
#include <pail/dynamodb.h>

#include "base/value_json.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_values *vs = NULL;
    struct pail_value *in, *plain = NULL, *typed = NULL, *plain2 = NULL, *typed2 = NULL;
    struct pail_error err = PAIL_ERROR_INIT;

    if (pail_values_new(&vs, &err) < 0)
        return 0;
    int rc = pail_value_from_json(vs, pail_strn((const char *)data, size), "input", &in, &err);
    if (rc == 0) {
        rc = pail_dynamodb_deserialize(vs, in, &plain, &err);
        PAIL_FUZZ_CHECK(rc == (int)err.code && (rc == 0) == (plain != NULL));
    }
    if (rc == 0) {
        /* The first way may put numbers right and drop doubles; the second changes nothing. */
        PAIL_FUZZ_CHECK(pail_dynamodb_serialize(vs, plain, &typed, &err) == 0);
        PAIL_FUZZ_CHECK(pail_dynamodb_deserialize(vs, typed, &plain2, &err) == 0);
        PAIL_FUZZ_CHECK(pail_dynamodb_serialize(vs, plain2, &typed2, &err) == 0);
        PAIL_FUZZ_CHECK(pail_value_eq(typed, typed2));
    }
    pail_values_free(vs);
    return 0;
}
