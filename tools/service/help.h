/* SPDX-License-Identifier: Apache-2.0 */
/* service/help.h - parts of help about shapes and examples; indent in columns. */
#ifndef PAIL_TOOLS_SERVICE_HELP_H
#define PAIL_TOOLS_SERVICE_HELP_H

#include "base/buf.h"
#include "model/model.h"

struct pail_run;

/* "structure", "streaming blob", ... */
const char *pail_help_type(const struct pail_shape *s);
/* The values it may have; nothing where they are not told. */
void pail_help_values(struct pail_buf *to, const struct pail_shape *s, unsigned indent);
/* Everything inside of it, with documentation. */
void pail_help_members(struct pail_models *models, struct pail_buf *to, const struct pail_shape *s,
                       unsigned indent);
/* How it is written on the command line; nothing for scalars. */
void pail_help_syntax(struct pail_buf *to, const struct pail_shape *s, unsigned indent);
/* The model's examples as command lines, with a heading; nothing where it has none. */
void pail_help_examples(struct pail_run *run, struct pail_buf *to);

#endif
