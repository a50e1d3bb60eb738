/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/endpoint.h - where a request goes and how it is signed: the endpoint rules of a service.
 *
 * A caller gathers parameters in a struct pail_endpoint_params, the first value of a name wins:
 * static and context parameters of the operation, then client context parameters, then the
 * built-ins out of the configuration. The rules make a URL, authentication schemes and headers of
 * them, or an error with their text.
 *
 * A struct pail_endpoints belongs to one service and remembers its last 100 results. Any thread.
 */
#ifndef PAIL_MODEL_ENDPOINT_H
#define PAIL_MODEL_ENDPOINT_H

#include "model/model.h"

struct pail_endpoints;
/* Both are borrowed and must live longer. PAIL_E_UNSUPPORTED: the service has no rules. */
PAIL_CHECK int pail_endpoints_new(const struct pail_models *models,
                                  const struct pail_service *service, struct pail_endpoints **ret,
                                  struct pail_error *err);
void pail_endpoints_free(struct pail_endpoints *endpoints); /* NULL is fine */
PAIL_DEFINE_CLEANUP(struct pail_endpoints, pail_endpoints_free)

/* ---- Parameters ---- */

#define PAIL_ENDPOINT_MAX_PARAMS 48
struct pail_endpoint_params { /* zeroed at first; names and values are borrowed until resolved */
    struct {
        struct pail_str name;
        enum { PAIL_PARAM_BOOL, PAIL_PARAM_STRING, PAIL_PARAM_STRINGS } type;
        bool boolean;
        struct pail_str string;
        const struct pail_str *strings;
        size_t n_strings;
    } list[PAIL_ENDPOINT_MAX_PARAMS];
    unsigned n;
    bool too_many; /* more than there is room for: resolving says so */
};
/* Nothing happens when the name has a value already, or (strings) when the value's ptr is NULL. */
void pail_endpoint_set_bool(struct pail_endpoint_params *p, struct pail_str name, bool value);
void pail_endpoint_set_str(struct pail_endpoint_params *p, struct pail_str name,
                           struct pail_str value);
void pail_endpoint_set_strs(struct pail_endpoint_params *p, struct pail_str name,
                            const struct pail_str *values, size_t n);
/* The operation's staticContextParams. */
void pail_endpoint_set_static(struct pail_endpoint_params *p, const struct pail_operation *op);

struct pail_endpoint_builtins { /* zeroed: nothing is said, the rules' defaults hold */
    struct pail_str region;     /* AWS::Region */
    struct pail_str endpoint;   /* SDK::Endpoint: a configured URL */
    enum pail_tri use_fips, use_dual_stack;
    enum pail_tri sts_use_global_endpoint, s3_use_global_endpoint;
    enum pail_tri s3_accelerate, s3_force_path_style, s3_use_arn_region, s3_disable_mrap;
    enum pail_tri s3_disable_express_session_auth;
    enum pail_tri s3control_use_arn_region;
    struct pail_str account_id, account_id_endpoint_mode;
};
/* Those that the service's rules ask for. */
void pail_endpoint_set_builtins(struct pail_endpoint_params *p,
                                const struct pail_endpoints *endpoints,
                                const struct pail_endpoint_builtins *b);
/* Does the service's rule set have this parameter? */
bool pail_endpoint_takes(const struct pail_endpoints *endpoints, struct pail_str name);

/* ---- Results ---- */

struct pail_auth_scheme {
    struct pail_str name; /* "sigv4", "sigv4a", "sigv4-s3express", "bearer" */
    struct pail_str signing_name, signing_region; /* ptr NULL: the rules do not say */
    const struct pail_str *signing_region_set;
    size_t n_signing_region_set;
    enum pail_tri disable_double_encoding, disable_normalize_path;
};
struct pail_endpoint_header {
    struct pail_str name;
    const struct pail_str *values;
    size_t n_values;
};
struct pail_endpoint { /* immutable; one reference each */
    struct pail_str url;
    const struct pail_auth_scheme *auth_schemes; /* in the rules' order of preference */
    size_t n_auth_schemes;
    const struct pail_endpoint_header *headers;
    size_t n_headers;
    struct pail_str properties; /* all of them, as a JSON object: {"backend":"S3Express",...} */
};
/* PAIL_E_INVALID: what the rules say against the parameters, word for word. PAIL_E_NOT_FOUND: no
 * rule applies. */
PAIL_CHECK int pail_endpoint_resolve(struct pail_endpoints *endpoints,
                                     const struct pail_endpoint_params *params,
                                     const struct pail_endpoint **ret, struct pail_error *err);
void pail_endpoint_unref(const struct pail_endpoint *endpoint); /* NULL is fine */

/* ---- Partitions ---- */

struct pail_partition {
    struct pail_str id; /* "aws-cn" */
    struct pail_str dns_suffix, dual_stack_dns_suffix, implicit_global_region;
    bool supports_fips, supports_dual_stack;
    struct pail_strs regions;
};
/* The partition of a region: by name, else by form, else the first one. False: there is no table.
 */
bool pail_partition_of(const struct pail_models *models, struct pail_str region,
                       struct pail_partition *ret);
bool pail_partition_at(const struct pail_models *models, unsigned i, struct pail_partition *ret);

#endif
