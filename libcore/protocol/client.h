/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/client.h - what the files of the client of any service share, and what programs that
 * know the models need of it.
 *
 * A client has users and holders. Users own the handle, and with it a reference to the session;
 * calls under way hold the memory only, because the end of the session ends the calls: its last
 * reference must not be dropped by one.
 */
#ifndef PAIL_PROTOCOL_CLIENT_H
#define PAIL_PROTOCOL_CLIENT_H

#include <pail/service.h>

#include "model/model.h"

struct pail_session;
struct pail_resolver;
struct pail_endpoint_answer;

struct pail_client {
    _Atomic unsigned users, holds;
    struct pail_session *session;
    struct pail_models *models;
    bool own_models;
    const struct pail_service *service;
    struct pail_service_info info;
    char *region;       /* "aws-global" where nobody names one */
    char *endpoint_url; /* configured; NULL: the rules' */
    bool region_known;
    bool no_sign, no_validation, no_customizations;
    struct pail_resolver *resolver;
    struct pail_discovery *discovery;
    struct pail_express *express; /* sessions of directory buckets; NULL: not S3 */
};

/* With models of the caller's, which outlive the client and all its calls. */
PAIL_CHECK int pail_client_new_on(struct pail_session *session, struct pail_models *models,
                                  const char *service, const struct pail_client_options *options,
                                  struct pail_client **ret, struct pail_error *err);
struct pail_client *pail_client_hold(struct pail_client *c);
void pail_client_release(struct pail_client *c);

const struct pail_service *pail_client_service(const struct pail_client *c);
const char *pail_client_region(const struct pail_client *c); /* NULL: none is known */
/* PAIL_E_INVALID: "NAME is no operation of SERVICE". */
PAIL_CHECK int pail_client_operation(const struct pail_client *c, struct pail_str name,
                                     struct pail_operation *ret, struct pail_error *err);

struct pail_result {
    struct pail_values *vs;
    struct pail_value *value;
};
PAIL_CHECK int pail_result_new(struct pail_result **ret, struct pail_error *err);

#endif
