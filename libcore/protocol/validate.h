/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/validate.h - parameters against the model, in botocore's words.
 *
 * One line per problem, all problems, in the order in which botocore finds them; values are shown
 * as Python shows them. Pure.
 */
#ifndef PAIL_PROTOCOL_VALIDATE_H
#define PAIL_PROTOCOL_VALIDATE_H

#include <pail/value.h>

#include "base/buf.h"
#include "model/model.h"

/* Appends nothing where params (NULL: empty) fit. No line break at the end. */
void pail_validate(const struct pail_shape *input, const struct pail_value *params,
                   struct pail_buf *report);

/* PAIL_E_INVALID, "Parameter validation failed:\n" and the text: the one message of more lines than
 * one. */
int pail_param_error(struct pail_error *err, const char *fmt, ...) PAIL_PRINTF(2, 3);

/* str() of Python, times with a blank in the middle. */
void pail_python_str(struct pail_buf *to, const struct pail_value *v);
const char *pail_python_type(const struct pail_value *v); /* "<class 'str'>" */

#endif
