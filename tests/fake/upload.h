/* SPDX-License-Identifier: Apache-2.0 */
/* fake/upload.h - the multipart upload that a call names. */
#ifndef PAIL_FAKE_UPLOAD_H
#define PAIL_FAKE_UPLOAD_H

#include "fake/store.h"

struct fake_call;

/* NULL: the call has failed with NoSuchUpload. */
struct fake_upload *fake_call_upload(struct fake_call *c, struct fake_bucket *b);

#endif
