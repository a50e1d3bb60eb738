/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/compile.h - botocore's JSON files of one service into the binary form of format.h.
 *
 * The same code packs everything at build time, reads models of AWS_DATA_PATH at run time, and
 * makes services out of small texts in tests.
 */
#ifndef PAIL_MODEL_COMPILE_H
#define PAIL_MODEL_COMPILE_H

#include "base/buf.h"
#include "base/json.h"
#include "model/model.h"

/* What there is of a service; NULL where a file is missing. Borrowed for the call. */
struct pail_compile_input {
    struct pail_str name;                                    /* "ec2" */
    const struct pail_jnode *service, *service_extras;       /* service-2, service-2.sdk-extras */
    const struct pail_jnode *paginators, *paginators_extras; /* paginators-1, .sdk-extras */
    const struct pail_jnode *waiters;                        /* waiters-2 */
    const struct pail_jnode *rules;                          /* endpoint-rule-set-1 */
    const struct pail_jnode *examples;                       /* examples-1 */
    const struct pail_jnode *operation; /* one more operation, under the name in it (tests) */
};

/* Appends the blob to `model` and, unless NULL, the documentation to `docs`. PAIL_E_PARSE names
 * service, object and cause. */
PAIL_CHECK int pail_compile(const struct pail_compile_input *in, struct pail_buf *model,
                            struct pail_buf *docs, struct pail_error *err);
/* partitions.json. */
PAIL_CHECK int pail_compile_partitions(const struct pail_jnode *json, struct pail_buf *to,
                                       struct pail_error *err);
/* Compiled and opened; the caller's, unlike those of a struct pail_models. */
PAIL_CHECK int pail_service_compile(const struct pail_compile_input *in, struct pail_service **ret,
                                    struct pail_error *err);
void pail_service_free(struct pail_service *service);
PAIL_DEFINE_CLEANUP(struct pail_service, pail_service_free)

#endif
