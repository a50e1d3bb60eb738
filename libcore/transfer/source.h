/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/source.h - where an upload's bytes come from: positions of a file or of memory, or a
 * stream. Calls may block on the disk or on who writes the stream; one thread at a time, but
 * read_at from any.
 */
#ifndef PAIL_TRANSFER_SOURCE_H
#define PAIL_TRANSFER_SOURCE_H

#include <pail/transfer.h>

#include "base/file.h"

struct pail_source {
    const char *name;       /* for messages; borrowed */
    struct pail_file *file; /* NULL: none */
    uint64_t base;          /* of byte 0 in the file */
    struct pail_bytes data;
    int fd; /* of a stream; -1 */
    pail_read_fn *read;
    void *read_ud;
    bool stream;
    bool ended;
    uint64_t size; /* streams: UINT64_MAX */
    int64_t mtime_ns;
    const _Atomic bool *attention; /* ends waiting for a stream */
};

/* Opens what args name (path, fd, data, read). */
PAIL_CHECK int pail_source_open(struct pail_source *s, const struct pail_upload_args *args,
                                struct pail_error *err);
void pail_source_close(struct pail_source *s);
/* n bytes at a position, all of them; a source that ends early has become shorter. */
PAIL_CHECK int pail_source_read_at(const struct pail_source *s, uint64_t offset, void *dst,
                                   size_t n, struct pail_error *err);
/* The next bytes of a stream: n, fewer at the end (s->ended). When attention is called for before
 * that, *ret_n is what there was. */
PAIL_CHECK int pail_source_read(struct pail_source *s, void *dst, size_t n, size_t *ret_n,
                                struct pail_error *err);
/* Whether a file still has the size it had. */
PAIL_CHECK int pail_source_check(const struct pail_source *s, struct pail_error *err);

#endif
