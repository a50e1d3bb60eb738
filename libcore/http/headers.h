/* SPDX-License-Identifier: Apache-2.0 */
/* http/headers.h - an ordered list of header fields; names compare without case, are kept as
 * written. One owner. */
#ifndef PAIL_HTTP_HEADERS_H
#define PAIL_HTTP_HEADERS_H

#include "base/buf.h"

struct pail_header {
    struct pail_str name, value; /* views into the list's own memory */
};
struct pail_headers {
    struct pail_header_slot *slots; /* offsets into text, see headers.c */
    size_t n, cap;
    struct pail_buf text;
};
/* max_bytes bounds names and values together. */
void pail_headers_init(struct pail_headers *h, size_t max_bytes);
void pail_headers_done(struct pail_headers *h);
void pail_headers_reset(struct pail_headers *h); /* empty, memory kept */
/* Appends. CR, LF or NUL in either: PAIL_E_INVALID. */
PAIL_CHECK int pail_headers_add(struct pail_headers *h, struct pail_str name, struct pail_str value,
                                struct pail_error *err);
/* Replaces all of that name. */
PAIL_CHECK int pail_headers_set(struct pail_headers *h, struct pail_str name, struct pail_str value,
                                struct pail_error *err);
void pail_headers_remove(struct pail_headers *h, const char *name);
/* First of that name; ptr NULL: none. Valid until the list changes. */
struct pail_str pail_headers_get(const struct pail_headers *h, const char *name);
/* "Name: value" of an answer's head, without what ends the line; the spaces around both are not
 * theirs. False: no header (also a line that goes on with the one before). */
bool pail_header_line(struct pail_str line, struct pail_str *ret_name, struct pail_str *ret_value);
struct pail_header pail_headers_at(const struct pail_headers *h, size_t i); /* i < h->n */

#endif
