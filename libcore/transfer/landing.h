/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/landing.h - where a download's bytes go: a temporary file that gets its name when it is
 * complete, positions of a descriptor, or a stream in order. Calls may block; write_at from any
 * thread, the others from one.
 */
#ifndef PAIL_TRANSFER_LANDING_H
#define PAIL_TRANSFER_LANDING_H

#include <pail/transfer.h>

#include "base/file.h"

struct pail_landing {
    const char *name; /* for messages; borrowed */
    const char *path; /* borrowed; NULL: no file of its own */
    char *tmp;        /* its name until it is complete; NULL: written in place */
    struct pail_file *file;
    struct pail_file
        *direct; /* the same, past the page cache; NULL: not to be had, or not wanted */
    int fd;      /* written in order; -1 */
    uint64_t base;
    bool ordered;
    bool cut_back; /* what was appended goes again when it is not complete */
    pail_write_fn *write;
    void *write_ud;
    unsigned mode;
};
/* tmp: of an earlier download, to be gone on with; NULL: a new one. */
PAIL_CHECK int pail_landing_open(struct pail_landing *t, const struct pail_download_args *args,
                                 const char *tmp, struct pail_error *err);
PAIL_CHECK int pail_landing_write_at(const struct pail_landing *t, uint64_t offset, const void *p,
                                     size_t n, struct pail_error *err);
/* Opens `direct` if there is such a thing here. Before the first write. */
void pail_landing_go_direct(struct pail_landing *t, uint64_t size);
/* write_at past the page cache; what is not aligned goes through it. */
PAIL_CHECK int pail_landing_write_direct(const struct pail_landing *t, uint64_t offset,
                                         const void *p, size_t n, struct pail_error *err);
PAIL_CHECK int pail_landing_write(const struct pail_landing *t, const void *p, size_t n,
                                  struct pail_error *err);
/* Complete: size, mode, time (0: left), name. Closes. */
PAIL_CHECK int pail_landing_commit(struct pail_landing *t, uint64_t size, int64_t mtime_ns,
                                   struct pail_error *err);
/* Not complete: the temporary file goes, or stays for another try. Closes; idempotent. */
void pail_landing_abort(struct pail_landing *t, bool keep);
void pail_landing_done(struct pail_landing *t);

#endif
