/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/output.h - answers as text: json, yaml, yaml-stream, text, table, off.
 *
 * Trees here have neither instants nor blobs: pail_present makes texts of them first, as the query
 * sees them too.
 */
#ifndef PAIL_TOOLS_SERVICE_OUTPUT_H
#define PAIL_TOOLS_SERVICE_OUTPUT_H

#include "base/buf.h"
#include "model/model.h"

#include <pail/value.h>

/* "None", "True", "1.5", text as it is: str() of Python. */
void pail_out_text(struct pail_buf *to, const struct pail_value *v);
void pail_out_json(struct pail_buf *to, const struct pail_value *v);
void pail_out_yaml(struct pail_buf *to, const struct pail_value *v);
/* Keys not sorted: for files that people read and programs write back. */
void pail_out_yaml_as_made(struct pail_buf *to, const struct pail_value *v);
/* The same for CloudFormation's templates, where "yes" is a boolean. */
void pail_out_template(struct pail_buf *to, const struct pail_value *v);
struct pail_table_style {
    size_t width; /* of the terminal; wider tables are turned */
    bool color;
};
/* PAIL_E_INVALID: rows of different lengths have no table. */
PAIL_CHECK int pail_out_table(struct pail_buf *to, const char *title, const struct pail_value *v,
                              const struct pail_table_style *style, struct pail_error *err);
/* Columns of a terminal: wide and ambiguous characters take two. */
size_t pail_out_width(struct pail_str s);

/* A copy in which instants are ISO 8601 and blobs base64. shape NULL: unknown. wire: timestamps as
 * the service wrote them, as far as that is known. */
struct pail_value *pail_present(struct pail_values *vs, const struct pail_value *v,
                                const struct pail_shape *shape, bool wire);

#endif
