/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/transfer.h - one file up, down, or from S3 to S3. Blocking; several at once from different
 * threads are fine.
 *
 * Large ones go in parts, several in flight, within fixed memory. A download is one version of the
 * object, goes to a temporary file beside the target and takes its name and the object's time when
 * it is complete; an upload that fails is aborted. An interrupt (lib/interrupt.h) is a failure.
 */
#ifndef PAIL_TOOLS_TRANSFER_H
#define PAIL_TOOLS_TRANSFER_H

#include <pail/s3.h>

#include "tools/lib/progress.h"

struct pail_transfer {
    struct pail_s3 *s3;
    struct pail_progress *progress; /* may be NULL */
    unsigned umask;                 /* of the process; for new files */
};
/* What is no regular file is read to its end, as pail_transfer_upload_stream does. */
PAIL_CHECK int pail_transfer_upload(const struct pail_transfer *t, const char *path,
                                    struct pail_str bucket, struct pail_str key,
                                    struct pail_error *err);
/* Of unknown length, up to about 2.4 TiB: standard input, a pipe. name: for messages. */
PAIL_CHECK int pail_transfer_upload_stream(const struct pail_transfer *t, int fd, const char *name,
                                           struct pail_str bucket, struct pail_str key,
                                           struct pail_error *err);

/* Of uploads that fit; downloads ask for as much at once. */
#define PAIL_PART_SIZE ((uint64_t)8 << 20)

/* Size of an object that nobody has told yet. */
#define PAIL_SIZE_UNKNOWN UINT64_MAX

/* What exists and is no regular file (/dev/null, a named pipe) is written to. */
PAIL_CHECK int pail_transfer_download(const struct pail_transfer *t, struct pail_str bucket,
                                      struct pail_str key, uint64_t size, const char *path,
                                      struct pail_error *err);
PAIL_CHECK int pail_transfer_download_stream(const struct pail_transfer *t, struct pail_str bucket,
                                             struct pail_str key, int fd, const char *name,
                                             struct pail_error *err);
PAIL_CHECK int pail_transfer_copy(const struct pail_transfer *t, struct pail_str source_bucket,
                                  struct pail_str source_key, uint64_t size, struct pail_str bucket,
                                  struct pail_str key, struct pail_error *err);

#endif
