/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/ini.h - the grammar of AWS config and credentials files as botocore reads it (Python's
 * RawConfigParser, strict).
 *
 * Sections in order; keys lower-cased; values with their continuation lines joined by newlines; one
 * level of nesting
 * ("s3 =" followed by indented "a = b" lines). Comments are whole lines only. Duplicate sections or
 * keys, a key before any section, a line without delimiter: PAIL_E_PARSE with file name and line.
 * No meaning is given to section names here.
 */
#ifndef PAIL_BASE_INI_H
#define PAIL_BASE_INI_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_ini; /* a parsed file; immutable; any thread */

PAIL_CHECK int pail_ini_parse(struct pail_str text, const char *path, struct pail_ini **ret,
                              struct pail_error *err);
void pail_ini_free(struct pail_ini *ini);
PAIL_DEFINE_CLEANUP(struct pail_ini, pail_ini_free)
/* i-th section's name, ptr NULL past the end. */
struct pail_str pail_ini_section(const struct pail_ini *ini, size_t i);
/* Value of key in section i; ptr NULL: absent. sub NULL: a plain key; else the key inside the
 * nested block `sub`. */
struct pail_str pail_ini_get(const struct pail_ini *ini, size_t section, const char *sub,
                             const char *key);
/* k-th key of section i: false past the end. is_block: it holds nested keys. */
bool pail_ini_key(const struct pail_ini *ini, size_t section, size_t k, struct pail_str *ret_key,
                  struct pail_str *ret_value, bool *ret_is_block);
/* j-th key inside the nested block that is section i's k-th key: false past the end or when it is
 * no block. */
bool pail_ini_block_key(const struct pail_ini *ini, size_t section, size_t k, size_t j,
                        struct pail_str *ret_key, struct pail_str *ret_value);

#endif
