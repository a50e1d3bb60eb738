/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/inifile.h - one value of a configuration file changed, everything else of it left as it
 * is: comments, order, blanks.
 */
#ifndef PAIL_TOOLS_SERVICE_INIFILE_H
#define PAIL_TOOLS_SERVICE_INIFILE_H

#include "base/buf.h"

struct pail_ini_edit {
    struct pail_str section; /* "profile dev" */
    struct pail_str key,
        sub; /* sub: of a nested block ("s3", "addressing_style"); ptr NULL: none */
    struct pail_str value;
};
/* The text with the value in it. */
void pail_ini_edit(struct pail_buf *to, struct pail_str text, const struct pail_ini_edit *e);
/* The file at path; it and its directory are made when they are not there (0600). A newline in the
 * value is PAIL_E_INVALID. */
PAIL_CHECK int pail_ini_set(const char *path, const struct pail_ini_edit *e,
                            struct pail_error *err);

#endif
