/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/wire.h - calls and answers in the words of AWS's protocols.
 *
 * Serializing: the parameters of an operation become method, path, query, headers and body, without
 * host and signature. Parsing: an HTTP answer becomes a tree of values, or the tree that says what
 * the service did not like. Both by the operation's model; pure, no network, no clock. What is on
 * the wire equals botocore's wherever a service could tell the difference.
 */
#ifndef PAIL_PROTOCOL_WIRE_H
#define PAIL_PROTOCOL_WIRE_H

#include <pail/value.h>

#include "base/buf.h"
#include "http/headers.h"
#include "model/model.h"

struct pail_wire {
    struct pail_str method;      /* of the model */
    struct pail_buf path, query; /* percent-encoded; the query without '?' */
    struct pail_headers headers;
    struct pail_buf body;
    struct pail_buf host_prefix; /* "data-", in front of the endpoint's host */
};
void pail_wire_init(struct pail_wire *w);
void pail_wire_done(struct pail_wire *w);

/* params: a map, or NULL; trusted to fit the model as far as protocol/validate.h looks. w is fresh.
 * What the model has no room for is left out. */
PAIL_CHECK int pail_serialize(const struct pail_operation *op, const struct pail_value *params,
                              struct pail_wire *w, struct pail_error *err);

/* A map of vs with the entries of params (may be NULL), which are borrowed: it may be changed, they
 * may not. Members that make a repetition of the call harmless get a random value where the caller
 * gave none. NULL: vs is out of memory. */
struct pail_value *pail_params_prepare(const struct pail_operation *op,
                                       const struct pail_value *params, struct pail_values *vs);

struct pail_wire_answer {
    int status;
    const struct pail_headers *headers;
    struct pail_str body;
    bool elsewhere; /* the body is a stream that went to a sink: its member is left out */
};
/* A map with "ResponseMetadata". PAIL_E_GARBAGE: not what the protocol promises. */
PAIL_CHECK int pail_parse(const struct pail_operation *op, const struct pail_wire_answer *answer,
                          struct pail_values *vs, struct pail_value **ret, struct pail_error *err);
/* Of an answer that is an error: {"Error": {"Code", "Message", ...}, "ResponseMetadata", modelled
 * members}. Understands anything. */
PAIL_CHECK int pail_parse_error(const struct pail_operation *op,
                                const struct pail_wire_answer *answer, struct pail_values *vs,
                                struct pail_value **ret, struct pail_error *err);

#endif
