/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dynamodb/number.h - decimal numbers as DynamoDB keeps them: 38 digits, exact or not at all. Pure.
 */
#ifndef PAIL_DYNAMODB_NUMBER_H
#define PAIL_DYNAMODB_NUMBER_H

#include "base/buf.h"

/* Appends the number as Python's str(Decimal(text)) has it ("1E+2", "0.10", "-0"), which is what
 * boto3 sends. PAIL_E_INVALID: no number, or one that would lose something; the message names the
 * signal of Python's decimal: Overflow, Underflow, Inexact, Rounded, Clamped. */
PAIL_CHECK int pail_dynamodb_number(struct pail_buf *to, struct pail_str text,
                                    struct pail_error *err);
/* Appends a text that two numbers share when they are equal: 1, 1.0 and 10E-1. text is what
 * pail_dynamodb_number made. */
void pail_dynamodb_number_key(struct pail_buf *to, struct pail_str text);

#endif
