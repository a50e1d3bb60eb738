/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/resolve.h - where a call goes and how it is signed: the model's endpoint rules, fed with
 * the configuration and the call's parameters. Any thread.
 */
#ifndef PAIL_PROTOCOL_RESOLVE_H
#define PAIL_PROTOCOL_RESOLVE_H

#include "base/buf.h"
#include "model/model.h"

struct pail_resolver;

/* What the configuration says, as far as rules ask for it. */
struct pail_resolver_config {
    enum pail_tri use_fips, use_dual_stack, sts_global, s3_us_east_1_global;
    enum pail_tri s3_accelerate, s3_use_arn_region, s3_disable_mrap, s3_disable_express_auth;
    bool s3_path_style, s3_virtual_style;
    const char *account_id_mode; /* "preferred"; static */
};
PAIL_CHECK int pail_resolver_new(const struct pail_models *models,
                                 const struct pail_service *service,
                                 const struct pail_resolver_config *config,
                                 struct pail_resolver **ret, struct pail_error *err);
void pail_resolver_free(struct pail_resolver *r); /* NULL is fine */
/* Do the rules look at the account that signs? */
bool pail_resolver_wants_account(const struct pail_resolver *r);

enum pail_auth_kind {
    PAIL_AUTH_DEFAULT, /* the rules do not say */
    PAIL_AUTH_NONE,
    PAIL_AUTH_V4,
    PAIL_AUTH_V4A,
    PAIL_AUTH_BEARER
};

struct pail_resolve_args {
    const struct pail_operation *op;
    const struct pail_value *params;
    struct pail_str region;       /* "aws-global": none is known */
    struct pail_str endpoint_url; /* configured; ptr NULL: none */
    struct pail_str account_id;   /* ptr NULL: not known */
};
struct pail_resolved {
    struct pail_buf url;
    struct pail_buf signing_name, signing_region, region_set; /* empty: not said */
    struct pail_buf headers;                                  /* "Name: value\n" */
    enum pail_auth_kind auth;
    bool no_double_encoding, no_normalizing;
    bool express; /* a directory bucket, which wants its session's credentials */
};
void pail_resolved_init(struct pail_resolved *r);
void pail_resolved_done(struct pail_resolved *r);
/* Into *to, emptied before. PAIL_E_NO_REGION, PAIL_E_INVALID: what the rules say. */
PAIL_CHECK int pail_resolver_resolve(struct pail_resolver *r, const struct pail_resolve_args *args,
                                     struct pail_resolved *to, struct pail_error *err);

#endif
