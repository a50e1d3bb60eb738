/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/input.h - from words of the command line to parameters of an operation: files behind
 * file://, JSON, shorthand ("Key=a,Value=b"), numbers, blobs.
 */
#ifndef PAIL_TOOLS_SERVICE_INPUT_H
#define PAIL_TOOLS_SERVICE_INPUT_H

#include "tools/service/cli.h"

/* A text that is not JSON: why, as Python says it. */
void pail_json_complaint(struct pail_buf *to, struct pail_str text);

/* "file://x": *ret is its text; "fileb://x": a blob; anything else: 0 and *ret NULL. Otherwise
 * PAIL_E_INVALID with the message in why. */
PAIL_CHECK int pail_paramfile(struct pail_values *vs, const char *text, struct pail_value **ret,
                              struct pail_buf *why);

/* "A=b,C={D=[e,f]}": always a map of texts, lists and maps (and bytes of files, behind
 * "@=fileb://"). PAIL_E_PARSE: the message is in why; PAIL_E_INVALID: the same, a file inside that
 * cannot be read. */
PAIL_CHECK int pail_shorthand_parse(struct pail_values *vs, struct pail_str text,
                                    struct pail_value **ret, struct pail_buf *why);
/* What the model says about a parsed tree: "5" becomes 5, "a" a list of one. *v is changed or
 * replaced. PAIL_E_INVALID and why; PAIL_E_UNSUPPORTED: the same, a number that is none. */
PAIL_CHECK int pail_shorthand_fit(struct pail_values *vs, struct pail_value **v,
                                  const struct pail_shape *shape, struct pail_buf *why);
/* A text as an int() or float() of Python; NULL and a message when it is none. */
struct pail_value *pail_input_int(struct pail_values *vs, struct pail_str text,
                                  struct pail_buf *why);
struct pail_value *pail_input_real(struct pail_values *vs, struct pail_str text,
                                   struct pail_buf *why);
/* The type that word is not of, "int" or "float"; NULL: it is. */
const char *pail_input_not_int(const char *word);
const char *pail_input_not_real(const char *word);
/* Is it, or does it hold, a document? Those are JSON only. */
bool pail_is_document(const struct pail_shape *shape);
bool pail_holds_document(const struct pail_shape *shape);

/* Texts where the model has blobs become blobs: base64 decoded, or (raw) as they are. A text that
 * is no base64: PAIL_E_INVALID, "Invalid base64: "x"". */
PAIL_CHECK int pail_decode_blobs(struct pail_values *vs, struct pail_value *v,
                                 const struct pail_shape *shape, bool raw, struct pail_buf *why);

#endif
