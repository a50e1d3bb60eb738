/* SPDX-License-Identifier: Apache-2.0 */
/* fake/copy.h - what CopyObject and UploadPartCopy read from. */
#ifndef PAIL_FAKE_COPY_H
#define PAIL_FAKE_COPY_H

#include "fake/call.h"

/* When a call begins: takes a reference on what it will copy, so that payload can hash it, and
 * finds the checksum that an upload wants. Never fails. */
void fake_copy_look(struct fake_call *c);
/* When it runs: the source, its conditions checked, its digests in c->source. Borrowed; NULL: the
 * call has failed. */
struct fake_object *fake_copy_source(struct fake_call *c);

#endif
