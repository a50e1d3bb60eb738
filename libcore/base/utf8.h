/* SPDX-License-Identifier: Apache-2.0 */
/* base/utf8.h - single characters of UTF-8 text. Pure; the tables are Unicode's own. */
#ifndef PAIL_BASE_UTF8_H
#define PAIL_BASE_UTF8_H

#include "base/macros.h"

/* Bytes of the character at the front of s (1-4) and its number; 0 when s is empty or it is not
 * valid. */
size_t pail_utf8_decode(struct pail_str s, uint32_t *ret);
/* Writes 1-4 bytes and returns how many. cp must be a character (not a surrogate, at most
 * 0x10ffff). */
size_t pail_utf8_encode(uint32_t cp, char ret[4]);
/* White space as Python's str.isspace() has it. */
bool pail_utf8_is_space(uint32_t cp);
/* The lower-case form, one character to one character; cp itself where there is none. */
uint32_t pail_utf8_lower(uint32_t cp);
/* Without white space at the front, at the back. s must be valid UTF-8. */
struct pail_str pail_utf8_trim_left(struct pail_str s);
struct pail_str pail_utf8_trim_right(struct pail_str s);

#endif
