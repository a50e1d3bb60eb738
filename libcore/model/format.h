/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/format.h - a service in binary form. Private to model/.
 *
 * A blob is one service: a header, then two areas. `words` holds every table and record as 32-bit
 * numbers in the machine's byte order (a pack is built on the machine that uses it; the header's
 * `order` tells); `text` holds the strings, each behind a 16-bit length. References are plain
 * numbers: a string is its offset in text, a record the index of its first word; 0 is "absent" in
 * both. Equal strings and equal records are stored once: that, not compression, makes the pack
 * small. Who reads checks every reference (blob.h), so nothing needs to be verified when a service
 * is opened.
 *
 * A pack is a header, an index sorted by service name, the blobs, and the partitions as a blob of
 * their own.
 */
#ifndef PAIL_MODEL_FORMAT_H
#define PAIL_MODEL_FORMAT_H

#include "base/macros.h"

#define PAIL_BLOB_MAGIC UINT32_C(0x424c4d50) /* "PMLB" */
#define PAIL_PACK_MAGIC UINT32_C(0x4b434150) /* "PACK" */
#define PAIL_FORMAT_VERSION 1
#define PAIL_FORMAT_ORDER UINT32_C(0x01020304)

#define PAIL_NONE UINT32_MAX /* no shape, no member */

/* Tables of a blob. Records of fixed size, n of them, in the order of the model. */
enum pail_table {
    PAIL_TABLE_SHAPES,     /* struct pail_shape_rec */
    PAIL_TABLE_MEMBERS,    /* struct pail_member_rec */
    PAIL_TABLE_OPERATIONS, /* struct pail_operation_rec */
    PAIL_TABLE_ERRORS,     /* error code, shape */
    PAIL_TABLE_CLIENT_PARAMS,
    PAIL_TABLE_PAGINATORS,
    PAIL_TABLE_WAITERS,
    PAIL_TABLE_PARTITIONS,
    PAIL_TABLE_PARAMS, /* of the endpoint rules */
    /* Orders: a number each, the index of the record that comes there when sorted. */
    PAIL_ORDER_SHAPES,
    PAIL_ORDER_MEMBERS, /* within each structure */
    PAIL_ORDER_OPERATIONS,
    PAIL_ORDER_ERRORS,
    PAIL_ORDER_CLI,
    PAIL_ORDER_PAGINATORS,
    PAIL_ORDER_WAITERS,
    PAIL_ORDER_WAITERS_CLI,
    PAIL_TABLE_COUNT
};

/* What of a service a blob has; a directory of the user's may have only its waiters. */
enum pail_part {
    PAIL_PART_MODEL = 1,
    PAIL_PART_PAGINATORS = 2,
    PAIL_PART_WAITERS = 4,
    PAIL_PART_RULES = 8
};

struct pail_blob_header {
    uint32_t magic, version, order;
    uint32_t size; /* of the whole blob */
    uint32_t parts;
    uint32_t words_at, n_words; /* bytes from the beginning; words */
    uint32_t text_at, text_size;
    struct {
        uint32_t at, n; /* first word, records */
    } tables[PAIL_TABLE_COUNT];
    /* strings */
    uint32_t name, api_version, service_id, full_name, abbreviation, endpoint_prefix,
        global_endpoint, signing_name;
    uint32_t signature_version, protocol_name, json_version, target_prefix, uid, xml_namespace,
        checksum_format, h2;
    uint32_t protocol, flags;    /* enum pail_protocol, enum pail_blob_flags */
    uint32_t protocols, auth;    /* lists: count, then strings */
    uint32_t rules, n_variables; /* endpoint rules: a list of rules; slots that they use */
};
enum pail_blob_flags { PAIL_BLOB_QUERY_COMPATIBLE = 1, PAIL_BLOB_DEPRECATED = 2 };

struct pail_shape_rec {
    uint32_t name, traits, first; /* members[first ...] */
    uint32_t type_n;              /* type in the low 8 bits, number of members above */
};
struct pail_member_rec {
    uint32_t name, shape, traits;
};
/* A use of a shape without a name of its own: the shape's index, or MEMBER_BIT and the member's. */
#define PAIL_MEMBER_BIT UINT32_C(0x80000000)

/* A record of traits: present (bits of enum pail_trait), the bits that are said to be off, which
 * values follow (bits of 1 << enum pail_trait_value), the values in ascending order, one word each.
 */
enum pail_trait_value {
    PAIL_TV_LOCATION, /* enum pail_location */
    PAIL_TV_TIMESTAMP,
    PAIL_TV_LOCATION_NAME, /* strings, where nothing else is said */
    PAIL_TV_QUERY_NAME,
    PAIL_TV_PAYLOAD,
    PAIL_TV_RESULT_WRAPPER,
    PAIL_TV_XMLNS_URI,
    PAIL_TV_XMLNS_PREFIX,
    PAIL_TV_CONTEXT_PARAM,
    PAIL_TV_PATTERN,
    PAIL_TV_MIN, /* number: text, the two halves of a double */
    PAIL_TV_MAX,
    PAIL_TV_REQUIRED, /* list of strings */
    PAIL_TV_VALUES,   /* list of strings */
    PAIL_TV_ERROR_CODE,
    PAIL_TV_ERROR_STATUS, /* as it is */
    PAIL_TV_DEPRECATED_MESSAGE,
    PAIL_TV_DEPRECATED_SINCE,
    PAIL_TV_DEFAULT, /* JSON text */
    PAIL_TV_COUNT
};

struct pail_operation_rec {
    uint32_t name, wire_name, cli_name, method, uri;
    uint32_t flags;         /* enum pail_operation_flags, response code << 16 */
    uint32_t input, output; /* uses of shapes or PAIL_NONE */
    uint32_t errors;        /* list of uses */
    uint32_t extras;        /* like traits: which values (1 << enum pail_op_value), the values */
};
enum pail_op_value {
    PAIL_OV_HOST_PREFIX, /* strings */
    PAIL_OV_AUTH_TYPE,
    PAIL_OV_ALIAS,
    PAIL_OV_ALGORITHM_MEMBER,
    PAIL_OV_VALIDATION_MEMBER,
    PAIL_OV_DEPRECATED_MESSAGE,
    PAIL_OV_DEPRECATED_SINCE,
    PAIL_OV_AUTH, /* lists of strings */
    PAIL_OV_RESPONSE_ALGORITHMS,
    PAIL_OV_COMPRESSION,
    PAIL_OV_STATIC,  /* list of: name, value (3 words) */
    PAIL_OV_CONTEXT, /* list of: name, path */
    PAIL_OV_COUNT
};
/* A value is three words: its type (of struct pail_model_value), and low and high half or one
 * reference. */
#define PAIL_VALUE_WORDS 3

struct pail_pair_rec {
    uint32_t name, value;
};
struct pail_paginator_rec {
    uint32_t operation, input_token, output_token, result_key, non_aggregate_keys, limit_key,
        more_results;
};
struct pail_waiter_rec {
    uint32_t name, cli_name, operation, description, delay_s, max_attempts;
    uint32_t acceptors; /* list of: matcher | state << 8, argument, value (3 words) */
};
#define PAIL_ACCEPTOR_WORDS (2 + PAIL_VALUE_WORDS)

struct pail_partition_rec {
    uint32_t id, region_regex, regions; /* list of strings */
    uint32_t dns_suffix, dual_stack_dns_suffix, implicit_global_region;
    uint32_t flags; /* 1: supportsFIPS, 2: supportsDualStack */
};

/* ---- Endpoint rules ---- */

struct pail_param_rec {
    uint32_t name, built_in;
    uint32_t flags;                   /* type of struct pail_model_value | required << 8 */
    uint32_t value[PAIL_VALUE_WORDS]; /* the default; type null: none */
};
/* An expression: its kind, then as it says. Variables are slots; the parameters are the first. */
enum pail_expr {
    PAIL_EXPR_NULL = 1,
    PAIL_EXPR_BOOL,     /* 0 or 1 */
    PAIL_EXPR_INT,      /* the number, in two's complement */
    PAIL_EXPR_STRING,   /* string */
    PAIL_EXPR_TEMPLATE, /* count, then expressions to be joined */
    PAIL_EXPR_REF,      /* slot, list of attribute names */
    PAIL_EXPR_CALL,     /* enum pail_fn, slot + 1 to assign to or 0, count, expressions */
    PAIL_EXPR_LIST,     /* count, expressions */
    PAIL_EXPR_MAP,      /* count, pairs of string and expression */
};
enum pail_fn {
    PAIL_FN_IS_SET,
    PAIL_FN_NOT,
    PAIL_FN_GET_ATTR,
    PAIL_FN_SUBSTRING,
    PAIL_FN_STRING_EQUALS,
    PAIL_FN_BOOLEAN_EQUALS,
    PAIL_FN_URI_ENCODE,
    PAIL_FN_IS_VALID_HOST_LABEL,
    PAIL_FN_PARSE_URL,
    PAIL_FN_PARTITION,
    PAIL_FN_PARSE_ARN,
    PAIL_FN_IS_HOSTABLE,
    PAIL_FN_COALESCE,
    PAIL_FN_ITE,
    PAIL_FN_SPLIT,
    PAIL_FN_COUNT
};
/* A rule: kind, conditions (list of calls), and of a tree its rules (list), of an endpoint url,
 * properties and headers (expressions), of an error its text (expression). */
enum pail_rule { PAIL_RULE_TREE = 1, PAIL_RULE_ENDPOINT, PAIL_RULE_ERROR };

/* ---- Packs ---- */

struct pail_pack_header {
    uint32_t magic, version, order;
    uint32_t n_services;
    uint64_t size;          /* of the file */
    uint64_t index_at;      /* struct pail_pack_entry, sorted by name */
    uint64_t partitions_at; /* a blob */
    uint32_t partitions_size, reserved;
    char botocore[32]; /* its version, padded with NULs */
};
struct pail_pack_entry {
    char name[48]; /* padded with NULs */
    uint64_t at;
    uint32_t size, reserved;
};

/* docs.pack has the same header and index. What belongs to a service: this header, n_items + 1
 * offsets into the text as it was before it was compressed, n_blocks + 1 offsets of compressed
 * blocks from the end of these tables. Items: the service, operations, examples of operations,
 * shapes, members. */
#define PAIL_DOCS_BLOCK ((uint32_t)64 << 10)
struct pail_docs_header {
    uint32_t magic, n_operations, n_shapes, n_members, n_blocks, text_size;
};
#define PAIL_DOCS_MAGIC UINT32_C(0x53434f44) /* "DOCS" */

#endif
