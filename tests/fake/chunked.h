/* SPDX-License-Identifier: Apache-2.0 */
/* fake/chunked.h - bodies with Content-Encoding aws-chunked: with or without signatures, with or
 * without a trailer. */
#ifndef PAIL_FAKE_CHUNKED_H
#define PAIL_FAKE_CHUNKED_H

#include "fake/store.h"

struct fake_call;

/* Decodes b in place and sets c->trailers; every chunk signature is verified if the model checks
 * signatures. Fails the call when anything is wrong. b must not be shared. */
bool fake_chunked_decode(struct fake_call *c, struct fake_blob *b);

#endif
