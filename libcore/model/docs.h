/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/docs.h - what the models say to people: HTML fragments and examples, kept beside the models
 * and compressed.
 *
 * docs.pack lies next to models.pack and is opened at the first question. Text is appended to the
 * caller's buffer as the model has it
 * ("<p>Starts ...</p>"; people's programs make it readable). Nothing documented, or no docs.pack:
 * 0, and nothing is appended. Any thread.
 */
#ifndef PAIL_MODEL_DOCS_H
#define PAIL_MODEL_DOCS_H

#include "base/buf.h"
#include "model/model.h"

PAIL_CHECK int pail_docs_service(struct pail_models *models, const struct pail_service *service,
                                 struct pail_buf *to, struct pail_error *err);
PAIL_CHECK int pail_docs_operation(struct pail_models *models, const struct pail_operation *op,
                                   struct pail_buf *to, struct pail_error *err);
/* Of the reference where it has its own text, else of the shape. */
PAIL_CHECK int pail_docs_shape(struct pail_models *models, const struct pail_shape *shape,
                               struct pail_buf *to, struct pail_error *err);
/* Examples of an operation: a JSON array of {input, output, comments, description, id, title}. */
PAIL_CHECK int pail_docs_examples(struct pail_models *models, const struct pail_operation *op,
                                  struct pail_buf *to, struct pail_error *err);

#endif
