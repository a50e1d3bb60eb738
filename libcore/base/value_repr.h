/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/value_repr.h - trees of values as Python shows them in messages: {'Key': ['b', 1, None]}.
 * Pure.
 */
#ifndef PAIL_BASE_VALUE_REPR_H
#define PAIL_BASE_VALUE_REPR_H

#include <pail/value.h>

#include "base/buf.h"

/* repr(v): texts in quotes, everything that is not printable escaped. */
void pail_value_repr(struct pail_buf *to, const struct pail_value *v);
void pail_text_repr(struct pail_buf *to, struct pail_str s);
void pail_bytes_repr(struct pail_buf *to, struct pail_bytes b);
/* str(v): as repr, but a text is itself, and a time at the root its isoformat. */
void pail_value_pystr(struct pail_buf *to, const struct pail_value *v);
/* type(v).__name__: "NoneType", "bool", "int", "float", "str", "bytes", "datetime", "list", "dict".
 */
const char *pail_value_pytype(const struct pail_value *v);

#endif
