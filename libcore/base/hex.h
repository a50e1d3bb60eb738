/* SPDX-License-Identifier: Apache-2.0 */
/* base/hex.h - hexadecimal, lower case. Pure. */
#ifndef PAIL_BASE_HEX_H
#define PAIL_BASE_HEX_H

#include "base/macros.h"

/* Writes 2 * n digits and a NUL. */
void pail_hex_encode(const void *src, size_t n, char *ret);
/* Exactly 2 * n digits of either case; false otherwise. */
bool pail_hex_decode(struct pail_str s, void *ret, size_t n);

#endif
