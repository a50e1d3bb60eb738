/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/shellwords.h - split text into words as a POSIX shell would, without expanding anything.
 *
 * Quotes, double quotes and backslashes as in Python's shlex.split, which botocore uses for section
 * names and for credential_process.
 */
#ifndef PAIL_AUTH_SHELLWORDS_H
#define PAIL_AUTH_SHELLWORDS_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_shell_words {
    char **word; /* NULL after the last */
    size_t n;
};
/* PAIL_E_PARSE: a quote that is not closed, or nothing after the last backslash. */
PAIL_CHECK int pail_shell_words_split(struct pail_str text, struct pail_shell_words *ret,
                                      struct pail_error *err);
void pail_shell_words_done(struct pail_shell_words *w);

#endif
