/* SPDX-License-Identifier: Apache-2.0 */
/* base/str.h - helpers over views (struct pail_str). Pure functions, no allocation, bytes not
 * characters. */
#ifndef PAIL_BASE_STR_H
#define PAIL_BASE_STR_H

#include "base/macros.h"

int pail_str_cmp(struct pail_str a, struct pail_str b); /* byte order, as S3 sorts keys */
bool pail_str_eqz(struct pail_str a, const char *z);
bool pail_str_ieq(struct pail_str a, struct pail_str b); /* ASCII case ignored */
bool pail_str_starts(struct pail_str s, struct pail_str prefix);
bool pail_str_ends(struct pail_str s, struct pail_str suffix);
/* Index of c, or SIZE_MAX. */
size_t pail_str_find(struct pail_str s, char c);
size_t pail_str_rfind(struct pail_str s, char c);
size_t pail_str_find_str(struct pail_str s, struct pail_str needle);
struct pail_str pail_str_sub(struct pail_str s, size_t from, size_t len); /* clipped */
struct pail_str pail_str_from(struct pail_str s, size_t from);            /* clipped */
struct pail_str pail_str_trim(struct pail_str s); /* ASCII white space at both ends */
/* Takes the text up to the next sep (or the end) off the front of *rest into *ret; false when *rest
 * is exhausted (ptr NULL). "a,,b" gives "a", "", "b". */
bool pail_str_split(struct pail_str *rest, char sep, struct pail_str *ret);
/* Whole view is a decimal number that fits; no sign, no space for u64; optional '-' for i64. */
bool pail_str_to_u64(struct pail_str s, uint64_t *ret);
bool pail_str_to_i64(struct pail_str s, int64_t *ret);
bool pail_str_is_utf8(struct pail_str s);

#endif
