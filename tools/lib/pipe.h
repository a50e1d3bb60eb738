/* SPDX-License-Identifier: Apache-2.0 */
/* lib/pipe.h - standard input and output, and files that have no positions: whole reads and writes
 * that end when the program is interrupted. */
#ifndef PAIL_TOOLS_PIPE_H
#define PAIL_TOOLS_PIPE_H

#include <pail/error.h>

/* n bytes, fewer at the end only. name: for messages. */
PAIL_CHECK int pail_pipe_read(int fd, const char *name, char *dst, size_t n, size_t *ret_n,
                              struct pail_error *err);
PAIL_CHECK int pail_pipe_write(int fd, const char *name, const char *p, size_t n,
                               struct pail_error *err);

#endif
