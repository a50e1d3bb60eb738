/* SPDX-License-Identifier: Apache-2.0 */
/* lib/side.h - source or target of a copy: a path, "-", or s3://BUCKET/KEY. Views are borrowed. */
#ifndef PAIL_TOOLS_SIDE_H
#define PAIL_TOOLS_SIDE_H

#include <pail/error.h>

#include "base/buf.h"

struct pail_side {
    bool s3;
    struct pail_str bucket, key; /* s3 */
    const char *path;            /* local */
};
PAIL_CHECK int pail_side_parse(const char *text, struct pail_side *ret, struct pail_error *err);
bool pail_side_is_standard(const struct pail_side *s); /* "-" */
/* base + "/" + relative, in text. */
PAIL_CHECK int pail_side_join(const struct pail_side *base, struct pail_str relative,
                              struct pail_buf *text, struct pail_side *ret, struct pail_error *err);
/* As the AWS CLI writes it: paths as seen from the current directory, "./a", "b/c", "../d". */
void pail_side_show(struct pail_buf *to, const struct pail_side *s);
/* "..", absolute, or empty components in a key must not become a path outside the target. */
bool pail_side_is_safe(struct pail_str relative);

#endif
