/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve-endpoint PACK: lines of {"service": ..., "params": {...}} in, for each a line of {"url",
 * "properties", "headers"} or
 * {"error": ...} out. For diff-endpoint.py.
 */
#include <stdio.h>

#include "unit/model/endpoint-json.h"

static int resolve(struct pail_models *models, const struct pail_jnode *in, struct pail_buf *out,
                   struct pail_error *err)
{
    PAIL_CLEANUP(pail_endpoints_free_p) struct pail_endpoints *endpoints = NULL;
    const struct pail_service *service = NULL;
    const struct pail_endpoint *result = NULL;
    struct pail_endpoint_params params;
    struct pail_str strings[64];

    int rc = pail_models_service(models, pail_json_str(pail_json_get(in, "service")), &service,
                                 err);
    if (rc == 0)
        rc = pail_endpoints_new(models, service, &endpoints, err);
    if (rc < 0)
        return rc;
    params_from_json(pail_json_get(in, "params"), &params, strings);
    rc = pail_endpoint_resolve(endpoints, &params, &result, err);
    if (rc < 0)
        return rc;
    endpoint_to_json(out, result);
    pail_endpoint_unref(result);
    return 0;
}

int main(int argc, char *argv[])
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_models *models = NULL;
    static char line[1 << 16];

    if (argc != 2 || pail_models_new(&(struct pail_models_options){.pack = argv[1],
                                                                   .data_path = "",
                                                                   .user_dir = "",
                                                                   .no_installed = true},
                                     &models, &err) < 0) {
        fprintf(stderr, "resolve-endpoint: %s\n", argc != 2 ? "which pack?" : err.message);
        return 1;
    }
    while (fgets(line, sizeof(line), stdin)) {
        PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = NULL;
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
        int rc = pail_json_parse(pail_str(line), "line", &json, &err);
        if (rc == 0)
            rc = resolve(models, pail_json_root(json), &out, &err);
        if (rc < 0) {
            struct pail_jwriter w;
            pail_jw_init(&w, &out, 0);
            pail_jw_object(&w);
            pail_jw_key(&w, PAIL_STR("error"));
            pail_jw_str(&w, pail_str(err.message));
            pail_jw_end_object(&w);
        }
        puts(pail_buf_cstr(&out));
    }
    pail_models_free(models);
    return 0;
}
