/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/volume.h - a bucket (and prefix) as the file system sees it, and what its endpoint can do.
 *
 * Owned by fs/core, alive as long as the mount. Fixed after creation but for the capabilities,
 * which are atomics.
 */
#ifndef PAIL_META_VOLUME_H
#define PAIL_META_VOLUME_H

#include <stdatomic.h>

#include <pail/s3.h>

/* May a request rely on a condition? UNKNOWN is treated as no until probed. AWS itself: yes to all
 * but COPY. */
enum pail_cap {
    PAIL_CAP_PUT_ABSENT,      /* PutObject If-None-Match: * */
    PAIL_CAP_PUT_MATCH,       /* PutObject If-Match */
    PAIL_CAP_COMPLETE_ABSENT, /* CompleteMultipartUpload If-None-Match: * */
    PAIL_CAP_COMPLETE_MATCH,
    PAIL_CAP_COPY_SOURCE, /* x-amz-copy-source-if-match */
    PAIL_CAP_COPY_ABSENT, /* CopyObject's destination If-None-Match */
    PAIL_CAP_DELETE_MATCH,
    PAIL_CAP_COUNT
};
enum pail_cap_state { PAIL_CAP_UNKNOWN, PAIL_CAP_NO, PAIL_CAP_YES };

struct pail_volume {
    struct pail_s3 *s3;
    const char *bucket;
    const char *prefix;    /* "" or "a/b/": always ends in '/' when not empty */
    int64_t op_timeout_ms; /* of one operation with all its retries: retried until then */
    unsigned max_attempts; /* 0: as many as the time allows */
    _Atomic int caps[PAIL_CAP_COUNT];
};

static inline bool pail_volume_can(const struct pail_volume *v, enum pail_cap cap)
{
    return atomic_load_explicit(&v->caps[cap], memory_order_relaxed) == PAIL_CAP_YES;
}
/* Call options for requests of this volume: retried until op_timeout. */
static inline struct pail_call_options pail_volume_call(const struct pail_volume *v,
                                                        enum pail_priority priority)
{
    struct pail_call_options o = {priority, v->op_timeout_ms,
                                  v->max_attempts ? v->max_attempts : UINT32_MAX};
    return o;
}

#endif
