/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/parse.h - what the parsers of the protocols share; private to this folder. */
#ifndef PAIL_PROTOCOL_PARSE_H
#define PAIL_PROTOCOL_PARSE_H

#include "protocol/wire.h"

struct pail_parser {
    const struct pail_operation *op;
    struct pail_service_info info;
    const struct pail_wire_answer *answer;
    struct pail_values *vs;
    struct pail_error *err;
    int rc; /* the first failure */
};

/* PAIL_E_GARBAGE, unless something failed before. Returns NULL. */
struct pail_value *pail_parser_fail(struct pail_parser *p, const char *fmt, ...) PAIL_PRINTF(2, 3);

/* The same for a body that is no XML, with botocore's message; cause: what our parser said. */
struct pail_value *pail_parser_broken(struct pail_parser *p, struct pail_str body,
                                      struct pail_str cause);

/* A scalar from the text of an element or a header. */
struct pail_value *pail_parse_text(struct pail_parser *p, const struct pail_shape *shape,
                                   struct pail_str text);
struct pail_value *pail_parse_blob(struct pail_parser *p, struct pail_str base64);

/* A body by its shape; an empty one is an empty structure. NULL: p->rc. */
struct pail_value *pail_parse_json_body(struct pail_parser *p, const struct pail_shape *shape,
                                        struct pail_str body);
struct pail_value *pail_parse_xml_body(struct pail_parser *p, const struct pail_shape *shape,
                                       struct pail_str body);
struct pail_value *pail_parse_cbor_body(struct pail_parser *p, const struct pail_shape *shape,
                                        struct pail_str body);
/* By the service's protocol. */
struct pail_value *pail_parse_body(struct pail_parser *p, const struct pail_shape *shape,
                                   struct pail_str body);
/* An answer in CBOR as it is. */
struct pail_value *pail_parse_cbor(struct pail_parser *p, struct pail_str body);
/* A tree of the wire's names and types, from JSON or CBOR, to the model's. */
struct pail_value *pail_parse_tree(struct pail_parser *p, const struct pail_shape *shape,
                                   struct pail_value *v);

/* The answers of query and EC2, with what they say about themselves in "ResponseMetadata". */
struct pail_value *pail_parse_query(struct pail_parser *p, const struct pail_shape *shape);
/* Members in headers, the status and the body, into `to`. */
void pail_parse_rest(struct pail_parser *p, const struct pail_shape *shape, struct pail_value *to);
void pail_parse_rest_metadata(struct pail_parser *p, struct pail_value *metadata);

/* "Error" and "ResponseMetadata" of an error; NULL: not understood, or p->rc. */
struct pail_value *pail_parse_json_error(struct pail_parser *p);
struct pail_value *pail_parse_xml_error(struct pail_parser *p);

/* The member that is a stream of events, or of bytes. */
bool pail_event_member(const struct pail_shape *shape, struct pail_shape *ret);
bool pail_stream_member(const struct pail_shape *output, struct pail_shape *ret);

#endif
