/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/model.h - service models: what AWS's published descriptions say about each service.
 *
 * A struct pail_models knows all services: the pack (PREFIX/share/pail/models.pack, mapped, not
 * parsed) and, in front of it as boto3 has it, the directories of AWS_DATA_PATH and ~/.aws/models.
 * A service that none of them has is looked for in an installed botocore.
 * A struct pail_service is one service, opened once, immutable, borrowed from its pail_models until
 * pail_models_free. Both: any thread.
 *
 * Everything below a service is handed out by value: small structs whose strings are views into the
 * mapped file. Nothing is allocated; nothing needs freeing; lookups by name are binary searches;
 * indexes follow the order of the model. Absent strings have ptr NULL. A damaged pack gives errors,
 * "not found" or empty strings, never a crash.
 *
 *     struct pail_operation op;
 *     struct pail_shape in, m;
 *     if (pail_operation_find(service, PAIL_STR("RunInstances"), &op) && pail_operation_input(&op,
 * &in)) for (unsigned i = 0; pail_shape_at(&in, i, &m); i++) serialise(m.member, m.type,
 * m.location_name);
 */
#ifndef PAIL_MODEL_MODEL_H
#define PAIL_MODEL_MODEL_H

#include <pail/error.h>

#include "base/macros.h"

/* ---- Services -------------------------------------------------------------------------------- */

struct pail_models;
struct pail_service;
struct pail_blob; /* private to model/ */

struct pail_models_options {
    const char
        *pack; /* NULL: PAIL_MODELS of the environment, else where it was installed; "": none */
    const char *data_path; /* NULL: AWS_DATA_PATH of the environment; "": none */
    const char *user_dir;  /* NULL: ~/.aws/models; "": none */
    bool no_installed;     /* do not look for a botocore when a service is nowhere else */
};
/* A missing pack is no error here, the services are just not known then: pail_models_pack tells.
 * options may be NULL. */
PAIL_CHECK int pail_models_new(const struct pail_models_options *options, struct pail_models **ret,
                               struct pail_error *err);
struct pail_models *pail_models_free(struct pail_models *models); /* NULL is fine; returns NULL */
/* Path of the pack in use and the version of the botocore it was built from; ptr NULL where there
 * is none. */
void pail_models_pack(const struct pail_models *models, struct pail_str *ret_path,
                      struct pail_str *ret_botocore);
/* "ec2", "s3", ...: by the name of botocore's data directory, newest API version. PAIL_E_NOT_FOUND:
 * "Unknown service: 'x'" or what else is wrong (no pack). */
PAIL_CHECK int pail_models_service(struct pail_models *models, struct pail_str name,
                                   const struct pail_service **ret, struct pail_error *err);
/* Names of all services in byte order; false past the end. The first call reads the directories. */
bool pail_models_name(struct pail_models *models, size_t i, struct pail_str *ret);

enum pail_protocol {
    PAIL_PROTOCOL_NONE, /* a partial model, or one that only speaks what is not listed here */
    PAIL_PROTOCOL_JSON, /* order of preference */
    PAIL_PROTOCOL_REST_JSON,
    PAIL_PROTOCOL_REST_XML,
    PAIL_PROTOCOL_CBOR, /* smithy-rpc-v2-cbor */
    PAIL_PROTOCOL_QUERY,
    PAIL_PROTOCOL_EC2,
};
/* A list of strings in the model; all zero where there is none, as opposed to an empty one. */
struct pail_strs {
    const struct pail_blob *blob;
    uint32_t at, n;
};
struct pail_str pail_strs_at(struct pail_strs list, unsigned i); /* ptr NULL past the end */

struct pail_service_info {
    struct pail_str name;         /* "ses": of the directory */
    struct pail_str api_version;  /* metadata.apiVersion */
    struct pail_str service_id;   /* "SES"; blanks kept */
    struct pail_str full_name;    /* "Amazon Simple Email Service" */
    struct pail_str abbreviation; /* "Amazon SES"; often none */
    struct pail_str endpoint_prefix;
    struct pail_str global_endpoint;
    struct pail_str signing_name; /* endpoint_prefix where the model has none */
    struct pail_str signature_version;
    struct pail_str protocol_name; /* as the model writes it, of the one that was resolved */
    enum pail_protocol protocol;   /* botocore's choice among metadata.protocols */
    struct pail_str json_version;  /* "1.0", "1.1" */
    struct pail_str target_prefix;
    struct pail_str uid;
    struct pail_str xml_namespace;
    struct pail_str checksum_format;  /* glacier's */
    struct pail_strs protocols, auth; /* "aws.auth#sigv4", ... */
    struct pail_str h2;               /* protocolSettings.h2 */
    bool query_compatible;            /* awsQueryCompatible */
    bool deprecated;
    unsigned n_operations, n_shapes, n_client_params;
};
struct pail_service_info pail_service_info(const struct pail_service *service);

/* ---- Shapes ---------------------------------------------------------------------------------- */

enum pail_shape_type {
    PAIL_SHAPE_NONE,
    PAIL_SHAPE_STRUCTURE,
    PAIL_SHAPE_LIST,
    PAIL_SHAPE_MAP,
    PAIL_SHAPE_STRING, /* char too */
    PAIL_SHAPE_INTEGER,
    PAIL_SHAPE_LONG,
    PAIL_SHAPE_FLOAT,
    PAIL_SHAPE_DOUBLE,
    PAIL_SHAPE_BOOLEAN,
    PAIL_SHAPE_BLOB,
    PAIL_SHAPE_TIMESTAMP,
};
enum pail_location {
    PAIL_LOCATION_NONE, /* the body */
    PAIL_LOCATION_URI,
    PAIL_LOCATION_QUERY,
    PAIL_LOCATION_HEADER,
    PAIL_LOCATION_HEADERS, /* a map; location_name is the prefix */
    PAIL_LOCATION_STATUS,
};
enum pail_timestamp_format {
    PAIL_TIMESTAMP_DEFAULT,
    PAIL_TIMESTAMP_ISO8601,
    PAIL_TIMESTAMP_RFC822,
    PAIL_TIMESTAMP_UNIX
};

enum pail_trait {                               /* bits of struct pail_shape.traits */
                  PAIL_TRAIT_REQUIRED = 1 << 0, /* of the structure it is a member of */
                  PAIL_TRAIT_FLATTENED = 1 << 1,
                  PAIL_TRAIT_WRAPPER = 1 << 2,
                  PAIL_TRAIT_BOX = 1 << 3,
                  PAIL_TRAIT_SENSITIVE = 1 << 4,
                  PAIL_TRAIT_STREAMING = 1 << 5,
                  PAIL_TRAIT_REQUIRES_LENGTH = 1 << 6,
                  PAIL_TRAIT_EVENTSTREAM = 1 << 7,
                  PAIL_TRAIT_EVENT = 1 << 8,
                  PAIL_TRAIT_EVENTPAYLOAD = 1 << 9,
                  PAIL_TRAIT_EVENTHEADER = 1 << 10,
                  PAIL_TRAIT_DOCUMENT = 1 << 11,
                  PAIL_TRAIT_UNION = 1 << 12,
                  PAIL_TRAIT_JSONVALUE = 1 << 13,
                  PAIL_TRAIT_IDEMPOTENCY_TOKEN = 1 << 14,
                  PAIL_TRAIT_HOST_LABEL = 1 << 15,
                  PAIL_TRAIT_XML_ATTRIBUTE = 1 << 16,
                  PAIL_TRAIT_EXCEPTION = 1 << 17,
                  PAIL_TRAIT_FAULT = 1 << 18,
                  PAIL_TRAIT_SENDER_FAULT = 1 << 19,
                  PAIL_TRAIT_RETRYABLE = 1 << 20,
                  PAIL_TRAIT_THROTTLING = 1 << 21, /* retryable.throttling */
                  PAIL_TRAIT_DEPRECATED = 1 << 22,
                  PAIL_TRAIT_SPARSE = 1 << 23,
                  PAIL_TRAIT_SYNTHETIC = 1 << 24,
                  PAIL_TRAIT_ENDPOINT_ID = 1 << 25, /* endpointdiscoveryid */
};

/* A shape as seen from where it is used: the traits of the member that refers to it lie over its
 * own, as in botocore. */
struct pail_shape {
    const struct pail_service *service;
    uint32_t id;        /* of the definition: equal ids, same shape (recursion, documentation) */
    uint32_t member_id; /* of the reference, for its documentation; UINT32_MAX: none */
    struct pail_str member; /* the key in its structure; "member", "key", "value"; ptr NULL for a
                               shape by itself */
    struct pail_str name;   /* "InstanceIdStringList" */
    enum pail_shape_type type;
    enum pail_location location;
    enum pail_timestamp_format timestamp_format;
    uint32_t traits;    /* enum pail_trait */
    unsigned n_members; /* structures; lists 1, maps 2 */
    struct pail_str location_name, query_name, payload, result_wrapper;
    struct pail_str xmlns_uri, xmlns_prefix;
    struct pail_str context_param; /* name of an endpoint parameter */
    struct pail_str pattern;
    struct pail_str min, max; /* numbers as Python prints them: "1", "0.001"; ptr NULL: none */
    double min_value, max_value;
    struct pail_strs required;  /* names, in the model's order */
    struct pail_strs values;    /* enum */
    struct pail_str error_code; /* exceptions: error.code, else the shape's name */
    int error_status;           /* error.httpStatusCode or 0 */
    struct pail_str deprecated_message, deprecated_since;
    struct pail_str default_json; /* defaultValue as JSON text */
    uint32_t first_member;        /* private to model/ */
};
/* i-th member of a structure, element of a list (0), key (0) and value (1) of a map. False past the
 * end. */
bool pail_shape_at(const struct pail_shape *shape, unsigned i, struct pail_shape *ret);
bool pail_shape_member(const struct pail_shape *structure, struct pail_str name,
                       struct pail_shape *ret);
bool pail_shape_find(const struct pail_service *service, struct pail_str name,
                     struct pail_shape *ret);
bool pail_shape_number(const struct pail_service *service, unsigned i,
                       struct pail_shape *ret); /* i-th of all */
/* The exception with this error code ("NoSuchEntity"), as parsers look for it. */
bool pail_shape_for_error(const struct pail_service *service, struct pail_str code,
                          struct pail_shape *ret);

/* ---- Operations ------------------------------------------------------------------------------ */

enum pail_operation_flags {
    PAIL_OP_DEPRECATED = 1 << 0,
    PAIL_OP_IDEMPOTENT = 1 << 1,
    PAIL_OP_READONLY = 1 << 2,
    PAIL_OP_CHECKSUM_REQUIRED = 1 << 3,         /* httpChecksumRequired */
    PAIL_OP_REQUEST_CHECKSUM_REQUIRED = 1 << 4, /* httpChecksum.requestChecksumRequired */
    PAIL_OP_UNSIGNED_PAYLOAD = 1 << 5,
    PAIL_OP_DISCOVERY = 1 << 6, /* endpointdiscovery is there */
    PAIL_OP_DISCOVERY_REQUIRED = 1 << 7,
    PAIL_OP_DISCOVERS = 1 << 8, /* endpointoperation */
};
struct pail_operation {
    const struct pail_service *service;
    uint32_t id;
    struct pail_str name;      /* "CreateDistribution": for people, paginators, waiters */
    struct pail_str wire_name; /* "CreateDistribution2020_05_31": Action, X-Amz-Target */
    struct pail_str cli_name;  /* "create-distribution" */
    struct pail_str alias;
    struct pail_str method, uri; /* "GET", "/2013-04-01/zone/{Id}?x=y" */
    int response_code;           /* 0: none modelled */
    uint32_t flags;              /* enum pail_operation_flags */
    struct pail_str host_prefix; /* endpoint.hostPrefix with its {labels} */
    struct pail_str auth_type;   /* authtype: "none", "v4-unsigned-body" */
    struct pail_strs auth;
    struct pail_str request_algorithm_member, request_validation_mode_member; /* httpChecksum */
    struct pail_strs response_algorithms;
    struct pail_strs compression; /* requestcompression.encodings */
    struct pail_str deprecated_message, deprecated_since;
    unsigned n_errors, n_static_params, n_context_params;
    uint32_t input_, output_, errors_, static_, context_; /* private to model/ */
};
bool pail_operation_find(const struct pail_service *service, struct pail_str name,
                         struct pail_operation *ret);
bool pail_operation_find_cli(const struct pail_service *service, struct pail_str name,
                             struct pail_operation *ret);
bool pail_operation_at(const struct pail_service *service, unsigned i, struct pail_operation *ret);
bool pail_operation_input(const struct pail_operation *op,
                          struct pail_shape *ret); /* false: takes nothing */
bool pail_operation_output(const struct pail_operation *op,
                           struct pail_shape *ret); /* false: gives nothing */
bool pail_operation_error(const struct pail_operation *op, unsigned i, struct pail_shape *ret);

/* A JSON value of the model that is no shape: waiters' expected, static parameters. */
struct pail_model_value {
    enum {
        PAIL_VALUE_NULL,
        PAIL_VALUE_BOOL,
        PAIL_VALUE_INT,
        PAIL_VALUE_STRING,
        PAIL_VALUE_STRINGS
    } type;
    bool boolean;
    int64_t integer;
    struct pail_str string;
    struct pail_strs strings;
};
/* staticContextParams: a name and its value. */
bool pail_operation_static_param(const struct pail_operation *op, unsigned i,
                                 struct pail_str *ret_name, struct pail_model_value *ret);
/* operationContextParams: a name and its JMESPath over the call's parameters. */
bool pail_operation_context_param(const struct pail_operation *op, unsigned i,
                                  struct pail_str *ret_name, struct pail_str *ret_path);
/* clientContextParams: "UseArnRegion", "boolean". */
bool pail_service_client_param(const struct pail_service *service, unsigned i,
                               struct pail_str *ret_name, struct pail_str *ret_type);

/* ---- Paginators and waiters ------------------------------------------------------------------ */

struct pail_paginator {
    struct pail_str operation;
    struct pail_strs input_token, output_token, result_key, non_aggregate_keys; /* JMESPath */
    struct pail_str limit_key, more_results;
};
bool pail_paginator_find(const struct pail_service *service, struct pail_str operation,
                         struct pail_paginator *ret);
bool pail_paginator_at(const struct pail_service *service, unsigned i, struct pail_paginator *ret);

enum pail_waiter_state { PAIL_WAITER_SUCCESS, PAIL_WAITER_FAILURE, PAIL_WAITER_RETRY };
enum pail_waiter_matcher {
    PAIL_MATCH_PATH,
    PAIL_MATCH_PATH_ALL,
    PAIL_MATCH_PATH_ANY,
    PAIL_MATCH_STATUS,
    PAIL_MATCH_ERROR
};
struct pail_waiter {
    const struct pail_service *service;
    struct pail_str name, cli_name; /* "InstanceRunning", "instance-running" */
    struct pail_str operation, description;
    int delay_s, max_attempts;
    unsigned n_acceptors;
    uint32_t acceptors_; /* private to model/ */
};
struct pail_acceptor {
    enum pail_waiter_matcher matcher;
    enum pail_waiter_state state;
    struct pail_str argument; /* JMESPath, of the three path matchers */
    struct pail_model_value expected;
};
bool pail_waiter_find(const struct pail_service *service, struct pail_str name,
                      struct pail_waiter *ret);
bool pail_waiter_find_cli(const struct pail_service *service, struct pail_str name,
                          struct pail_waiter *ret);
bool pail_waiter_at(const struct pail_service *service, unsigned i, struct pail_waiter *ret);
bool pail_waiter_acceptor(const struct pail_waiter *waiter, unsigned i, struct pail_acceptor *ret);

#endif
