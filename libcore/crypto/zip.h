/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/zip.h - gzip files and deflated blocks. Pure. */
#ifndef PAIL_CRYPTO_ZIP_H
#define PAIL_CRYPTO_ZIP_H

#include "base/buf.h"

/* Appends what was compressed. Both the gzip and the zlib form are understood; several gzip members
 * one after the other too. PAIL_E_PARSE: damaged or cut; PAIL_E_TOO_BIG: `to` has a smaller
 * maximum. what names it in errors. */
PAIL_CHECK int pail_unzip(struct pail_str in, const char *what, struct pail_buf *to,
                          struct pail_error *err);
/* Appends the zlib form at the best ratio. */
PAIL_CHECK int pail_zip(struct pail_str in, struct pail_buf *to, struct pail_error *err);

#endif
