/* SPDX-License-Identifier: Apache-2.0 */
/* fake/admin.h - the requests under /_fake/ (server.h lists them). */
#ifndef PAIL_FAKE_ADMIN_H
#define PAIL_FAKE_ADMIN_H

#include "fake/store.h"

/* What an administrator may change besides the model. */
struct fake_knobs {
    int64_t latency_ms, clock_offset_ms;
};

/* Under the model's lock. Returns the status; text is the body. */
int fake_admin(struct fake_s3 *s, struct fake_knobs *k, const struct fake_request *rq,
               struct fake_buf *text);

#endif
