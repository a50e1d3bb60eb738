/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/serialize.h - what the serializers of the protocols share; private to this folder. */
#ifndef PAIL_PROTOCOL_SERIALIZE_H
#define PAIL_PROTOCOL_SERIALIZE_H

#include "protocol/wire.h"

struct pail_serializer {
    const struct pail_operation *op;
    struct pail_service_info info;
    bool has_input;
    struct pail_shape input;
    const struct pail_value *params;
    struct pail_wire *w;
    struct pail_error *err;
    int rc; /* the first failure; everything after it does nothing */
};

void pail_serialize_query(struct pail_serializer *s); /* EC2's form too */
void pail_serialize_json(struct pail_serializer *s);
void pail_serialize_rest(struct pail_serializer *s);
void pail_serialize_cbor(struct pail_serializer *s);

/* The body of a REST operation: the JSON text or the XML element of v. unlocated: only the members
 * that belong into a body. */
void pail_serialize_json_body(struct pail_serializer *s, const struct pail_shape *shape,
                              const struct pail_value *v, bool unlocated);
void pail_serialize_xml_body(struct pail_serializer *s, const struct pail_shape *shape,
                             const struct pail_value *v, bool unlocated);

void pail_serialize_header(struct pail_serializer *s, struct pail_str name, struct pail_str value);
/* {"a": ...} with the value null counts as not given. */
bool pail_is_given(const struct pail_value *v);
/* Text of a scalar, as str() of Python has it: "1", "2.5", "NaN", "Infinity", "true", base64.
 * format: of timestamps, where the shape has none. */
void pail_scalar_text(struct pail_buf *to, const struct pail_shape *shape,
                      const struct pail_value *v, enum pail_timestamp_format format);
struct pail_str pail_shape_key(const struct pail_shape *member); /* location_name or member name */
/* A blob's bytes, or a text's. */
struct pail_str pail_value_bytes(const struct pail_value *v);

#endif
