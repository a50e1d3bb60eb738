/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jmespath/jmespath.h - JMESPath: questions to trees of values (https://jmespath.org).
 *
 * The whole language with all built-in functions, and what the Python implementation does where the
 * specification is silent: strings can be ordered, `abc` is a string, errors are worded alike.
 *
 * A compiled expression is immutable: any thread. A search borrows: what it gives consists of parts
 * of the input, of the expression's own literals and of new lists and maps in vs, so all three must
 * outlive it, and it is for reading (pail_value_copy makes a tree that may be changed).
 */
#ifndef PAIL_JMESPATH_JMESPATH_H
#define PAIL_JMESPATH_JMESPATH_H

#include <pail/value.h>

#include "base/buf.h"

struct pail_jmes;

/* PAIL_E_PARSE: "Invalid jmespath expression: ...". struct pail_error cuts long messages; all of it
 * is appended to why, which may be NULL. */
PAIL_CHECK int pail_jmes_compile(struct pail_str expression, struct pail_jmes **ret,
                                 struct pail_error *err);
PAIL_CHECK int pail_jmes_compile_why(struct pail_str expression, struct pail_jmes **ret,
                                     struct pail_buf *why, struct pail_error *err);
struct pail_jmes *pail_jmes_free(struct pail_jmes *j); /* NULL is fine; gives NULL */
PAIL_DEFINE_CLEANUP(struct pail_jmes, pail_jmes_free)

/* Never gives NULL: nothing found is a node of type PAIL_VAL_NULL. in NULL counts as null.
 * PAIL_E_INVALID: a function met a value it does not take, "In function length(), invalid type for
 * value: ...", or is unknown. */
PAIL_CHECK int pail_jmes_search(const struct pail_jmes *j, const struct pail_value *in,
                                struct pail_values *vs, struct pail_value **ret,
                                struct pail_error *err);
PAIL_CHECK int pail_jmes_search_why(const struct pail_jmes *j, const struct pail_value *in,
                                    struct pail_values *vs, struct pail_value **ret,
                                    struct pail_buf *why, struct pail_error *err);

#endif
