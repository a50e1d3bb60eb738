/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON as botocore's files ({"service": ..., "waiters": ...}): what compiles can be read whole,
 * and found by its names. */
#include "model/compile.h"
#include "model/models.h"
#include "unit/model/walk.h"

#include "fuzz.h"

static void check_names(const struct pail_service *s)
{
    struct pail_operation op, found;
    struct pail_shape shape, again;

    for (unsigned i = 0; pail_operation_at(s, i, &op); i++)
        PAIL_FUZZ_CHECK(pail_operation_find(s, op.name, &found) &&
                        pail_str_eq(found.name, op.name));
    for (unsigned i = 0; pail_shape_number(s, i, &shape); i++)
        PAIL_FUZZ_CHECK(pail_shape_find(s, shape.name, &again) && again.id == i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = NULL;
    PAIL_CLEANUP(pail_service_free_p) struct pail_service *service = NULL;
    struct pail_models_options none = {"", "", ""};
    struct pail_models *models = NULL;
    struct pail_error err = PAIL_ERROR_INIT;

    if (pail_json_parse(pail_strn((const char *)data, size), "input", &json, NULL) < 0 ||
        pail_models_new(&none, &models, NULL) < 0)
        return 0;
    const struct pail_jnode *root = pail_json_root(json);
    struct pail_compile_input in = {
        .name = PAIL_STR("fuzz"),
        .service = pail_json_get(root, "service"),
        .service_extras = pail_json_get(root, "service_extras"),
        .paginators = pail_json_get(root, "paginators"),
        .paginators_extras = pail_json_get(root, "paginators_extras"),
        .waiters = pail_json_get(root, "waiters"),
        .rules = pail_json_get(root, "rules"),
        .examples = pail_json_get(root, "examples"),
        .operation = pail_json_get(root, "operation"),
    };
    int rc = pail_service_compile(&in, &service, &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code && (rc == 0) == (service != NULL));
    if (rc == 0) {
        walk_service(models, service);
        check_names(service);
    }
    pail_models_free(models);
    return 0;
}
