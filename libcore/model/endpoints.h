/* SPDX-License-Identifier: Apache-2.0 */
/* model/endpoints.h - what a struct pail_endpoints and a result are made of. Private to model/. */
#ifndef PAIL_MODEL_ENDPOINTS_H
#define PAIL_MODEL_ENDPOINTS_H

#include "base/list.h"
#include "base/map.h"
#include "base/thread.h"
#include "model/endpoint_eval.h"

struct pail_endpoints {
    const struct pail_blob *rules, *partitions;
    struct pail_str what; /* the service, for errors */
    bool is_s3;
    struct pail_mutex lock;
    struct {
        struct pail_map *results; /* text of the parameters to struct endpoint_entry */
        struct pail_list recent;  /* the one used last at the front */
    } locked;
};

/* endpoint_result.c: a result of its own memory, with one reference. */
PAIL_CHECK int pail_endpoint_build(const struct pail_eval_result *from,
                                   const struct pail_endpoint **ret, struct pail_error *err);
const struct pail_endpoint *pail_endpoint_ref(const struct pail_endpoint *endpoint);

#endif
