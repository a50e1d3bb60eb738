/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/value_json.h - JSON text to trees of values and back. Pure.
 *
 * Reads what Python's json.loads reads (NaN and Infinity too), writes what json.dumps writes, byte
 * by byte: output is compared with programs in Python. Integers of 64 bits are exact, larger ones
 * keep their text (PAIL_VAL_NUMBER), anything with a point or an exponent is a double. Nesting is
 * bounded. What JSON does not have is written as the AWS CLI shows it: instants in ISO 8601, blobs
 * in base64.
 */
#ifndef PAIL_BASE_VALUE_JSON_H
#define PAIL_BASE_VALUE_JSON_H

#include <pail/value.h>

#include "base/buf.h"

#define PAIL_VALUE_JSON_DEPTH 128

/* PAIL_E_PARSE: "WHAT: byte 17: ...". The nodes are vs's. */
PAIL_CHECK int pail_value_from_json(struct pail_values *vs, struct pail_str text, const char *what,
                                    struct pail_value **ret, struct pail_error *err);

struct pail_json_style {
    unsigned indent; /* 0: one line */
    bool compact;    /* one line without blanks: separators=(",", ":") */
    bool ascii;      /* ensure_ascii */
};
/* {"a": [1, 2.5]}. style NULL: one line, other letters than ASCII as they are. */
void pail_value_to_json(struct pail_buf *to, const struct pail_value *v,
                        const struct pail_json_style *style);

/* As Python's repr has it: the fewest digits that read back; "1e-07", "100.0", "inf", "nan". */
void pail_real_repr(struct pail_buf *to, double v);
/* The whole text as a number, in any locale. */
bool pail_real_parse(struct pail_str text, double *ret);
/* Is it a number as JSON writes one? */
bool pail_json_is_number(struct pail_str text);
/* "2015-08-30T12:36:00+00:00", with microseconds where there are any: Python's isoformat. */
void pail_time_isoformat(struct pail_buf *to, struct pail_time t);

#endif
