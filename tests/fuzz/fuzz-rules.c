/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoint rules, partitions and parameters: {"rules": {...}, "partitions": [...], "params":
 * {...}}. Whatever the rules say, they end: with an endpoint whose parts can be read, or with an
 * error; and they say the same when asked again.
 */
#include "base/alloc.h"
#include "model/compile.h"
#include "model/models.h"
#include "unit/model/endpoint-json.h"

#include "fuzz.h"

static void resolve(struct pail_endpoints *endpoints, const struct pail_jnode *in)
{
    struct pail_endpoint_params params;
    struct pail_str strings[64];
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf first = PAIL_BUF_INIT(1 << 20);

    for (int i = 0; i < 2; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
        const struct pail_endpoint *e = NULL;
        params_from_json(in, &params, strings);
        int rc = pail_endpoint_resolve(endpoints, &params, &e, &err);
        PAIL_FUZZ_CHECK((rc == 0) == (e != NULL) && (rc == 0 || rc == (int)err.code));
        if (rc == 0)
            endpoint_to_json(&text, e);
        else
            pail_buf_z(&text, err.message);
        pail_endpoint_unref(e);
        if (i == 0)
            pail_buf_str(&first, pail_buf_view(&text));
        PAIL_FUZZ_CHECK(text.failed || pail_str_eq(pail_buf_view(&first), pail_buf_view(&text)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = NULL;
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *rest = NULL;
    PAIL_CLEANUP(pail_service_free_p) struct pail_service *service = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf partitions = PAIL_BUF_INIT(1 << 20);
    static const char base[] =
        "{\"metadata\":{\"apiVersion\":\"1\",\"endpointPrefix\":\"p\",\"protocols\":[\"json\"]}}";
    struct pail_models_options none = {"", "", ""};
    struct pail_models *models = NULL;
    struct pail_endpoints *endpoints = NULL;

    if (pail_json_parse(pail_strn((const char *)data, size), "input", &json, NULL) < 0 ||
        pail_json_parse(pail_str(base), "base", &rest, NULL) < 0 ||
        pail_models_new(&none, &models, NULL) < 0)
        return 0;
    const struct pail_jnode *root = pail_json_root(json);
    struct pail_compile_input in = {.name = PAIL_STR("fuzz"),
                                    .service = pail_json_root(rest),
                                    .rules = pail_json_get(root, "rules")};
    void *aligned = NULL;
    if (pail_compile_partitions(root, &partitions, NULL) == 0 &&
        (aligned = pail_alloc(partitions.len))) {
        memcpy(aligned, partitions.ptr, partitions.len);
        PAIL_FUZZ_CHECK(
            pail_blob_open(aligned, partitions.len, "partitions", &models->partitions, NULL) == 0);
    }
    if (pail_service_compile(&in, &service, NULL) == 0 &&
        pail_endpoints_new(models, service, &endpoints, NULL) == 0)
        resolve(endpoints, pail_json_get(root, "params"));
    pail_endpoints_free(endpoints);
    models->partitions = (struct pail_blob){0};
    pail_models_free(models);
    pail_free(aligned);
    return 0;
}
