/* SPDX-License-Identifier: Apache-2.0 */
/* core/errno.h - the one table from errors to errno. 403 EACCES, 404 ENOENT, 412 ESTALE,
 * throttled-out EAGAIN, disk full ENOSPC, archived EACCES, no connection EHOSTUNREACH or ETIMEDOUT,
 * unknown EIO. */
#ifndef PAIL_CORE_ERRNO_H
#define PAIL_CORE_ERRNO_H

#include <pail/error.h>

/* Positive errno; 0 for code 0. PAIL_E_OS gives its os_errno. */
int pail_errno(const struct pail_error *err);

#endif
