/* SPDX-License-Identifier: Apache-2.0 */
/* fake/object.h - what the object operations share: headers kept with an object, and how it is
 * shown. */
#ifndef PAIL_FAKE_OBJECT_H
#define PAIL_FAKE_OBJECT_H

#include "fake/store.h"

struct fake_call;

/* Takes the request's object headers (content-type, x-amz-meta-*, ...); false: the call has failed.
 */
bool fake_headers_take(struct fake_call *c, struct fake_headers *ret);
const char *fake_object_class(const struct fake_object *o); /* storage class, never NULL */
/* Archived objects cannot be read: false when the call has failed. */
bool fake_object_readable(struct fake_call *c, const struct fake_object *o);
/* ETag, checksum and encryption as PutObject, UploadPart and Complete answer them. */
void fake_answer_sum(struct fake_call *c, const struct fake_checksum *sum);
void fake_answer_stored(struct fake_call *c, const struct fake_headers *h);
/* <ChecksumCRC32>..</ChecksumCRC32>, with its type when asked */
void fake_xml_sum(struct fake_buf *b, const struct fake_checksum *sum, bool with_type);
/* Ends the answer: the document is the body. */
void fake_answer_xml(struct fake_call *c, struct fake_buf *take_xml);
#define FAKE_XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define FAKE_XMLNS " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""

#endif
