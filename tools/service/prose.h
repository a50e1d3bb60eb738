/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/prose.h - the models' documentation, which is HTML, as plain text.
 */
#ifndef PAIL_TOOLS_SERVICE_PROSE_H
#define PAIL_TOOLS_SERVICE_PROSE_H

#include "base/buf.h"

/* Paragraphs of lines no wider than width, indented; lists with "*". */
void pail_prose(struct pail_buf *to, struct pail_str html, size_t indent, size_t width);
/* Without tags, up to the first full stop. */
void pail_prose_first_sentence(struct pail_buf *to, struct pail_str html);

#endif
