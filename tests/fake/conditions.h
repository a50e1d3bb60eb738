/* SPDX-License-Identifier: Apache-2.0 */
/* fake/conditions.h - If-Match and its family, for reads, copies' sources, writes and deletes. */
#ifndef PAIL_FAKE_CONDITIONS_H
#define PAIL_FAKE_CONDITIONS_H

#include "fake/store.h"

struct fake_call;

/* A list of ETags or "*"; quotes are optional, as at S3. */
bool fake_etag_matches(const char *list, const char *etag);
/* Conditions of GET and HEAD on an object that exists: false when the call has failed with 304 or
 * 412. */
bool fake_check_read(struct fake_call *c, const struct fake_object *o);
bool fake_check_source(struct fake_call *c, const struct fake_object *o);
/* If-Match and If-None-Match of a write; `old` is what the key holds, or NULL. `put`: PutObject,
 * which has a quirk of its own. */
bool fake_check_write(struct fake_call *c, const struct fake_object *old, bool put);
bool fake_check_delete(struct fake_call *c, const struct fake_object *old);

#endif
