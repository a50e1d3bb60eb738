/* SPDX-License-Identifier: Apache-2.0 */
/* base/file_posix.h - the system's files, for base/file.c. Everybody else includes base/file.h. */
#ifndef PAIL_BASE_FILE_POSIX_H
#define PAIL_BASE_FILE_POSIX_H

#include "base/file.h"

extern const struct pail_file_ops pail_file_posix_ops;

#endif
