/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint parameters out of JSON objects, results into JSON: for test vectors and for the
 * comparison with botocore. */
#ifndef PAIL_TESTS_MODEL_ENDPOINT_JSON_H
#define PAIL_TESTS_MODEL_ENDPOINT_JSON_H

#include "base/json.h"
#include "model/endpoint.h"

/* strings: room for all strings of lists. */
static inline void params_from_json(const struct pail_jnode *object,
                                    struct pail_endpoint_params *ret, struct pail_str strings[64])
{
    const struct pail_jnode *value;
    struct pail_str name;
    size_t used = 0;
    bool boolean;

    *ret = (struct pail_endpoint_params){0};
    for (void *it = NULL; pail_json_each(object, &it, &name, &value);) {
        size_t n = 0;
        if (pail_json_bool(value, &boolean))
            pail_endpoint_set_bool(ret, name, boolean);
        else if (pail_json_type(value) == PAIL_JSON_STRING)
            pail_endpoint_set_str(ret, name, pail_json_str(value));
        if (pail_json_type(value) != PAIL_JSON_ARRAY)
            continue;
        for (; n < pail_json_len(value) && used + n < 64; n++)
            strings[used + n] = pail_json_str(pail_json_at(value, n));
        pail_endpoint_set_strs(ret, name, strings + used, n);
        used += n;
    }
}

/* {"url":..., "properties":{...}, "headers":{...}} */
static inline void endpoint_to_json(struct pail_buf *to, const struct pail_endpoint *e)
{
    struct pail_jwriter w;

    pail_jw_init(&w, to, 0);
    pail_jw_object(&w);
    pail_jw_key(&w, PAIL_STR("url"));
    pail_jw_str(&w, e->url);
    pail_buf_z(to, ",\"properties\":");
    pail_buf_str(to, e->properties);
    pail_jw_key(&w, PAIL_STR("headers"));
    pail_jw_object(&w);
    for (size_t i = 0; i < e->n_headers; i++) {
        pail_jw_key(&w, e->headers[i].name);
        pail_jw_array(&w);
        for (size_t j = 0; j < e->headers[i].n_values; j++)
            pail_jw_str(&w, e->headers[i].values[j]);
        pail_jw_end_array(&w);
    }
    pail_jw_end_object(&w);
    pail_jw_end_object(&w);
}

#endif
