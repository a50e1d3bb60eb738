/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - any number of copies, moves and deletions, a bounded number of them at once, each
 * told with a line like the AWS CLI's when it is over.
 *
 * One thread gives; lines come from the library's threads. A failure is told and counted and the
 * others go on. After an interrupt (lib/interrupt.h) nothing new begins, and what is under way is
 * cancelled and tidied up, silently.
 */
#ifndef PAIL_TOOLS_BATCH_H
#define PAIL_TOOLS_BATCH_H

#include "base/thread.h"
#include "tools/lib/copying.h"
#include "tools/lib/progress.h"
#include "tools/lib/side.h"

struct pail_batch {
    const char *command; /* "cp": in messages */
    const struct pail_copying *how;
    struct pail_s3 *s3, *source_s3; /* the second NULL: the same */
    struct pail_transfers *transfers;
    struct pail_progress *progress;
    bool move;
    struct pail_mutex lock;
    struct pail_cond cond;
    struct {
        unsigned pending;
        uint64_t failed, warned;
        bool broken_pipe;
    } locked;
    char *last_dir;         /* the parent that was made last */
    struct pail_map *names; /* of casing.h; NULL at first */
};
/* Everything but the clients and the transfers is set by the caller. */
void pail_batch_init(struct pail_batch *b);
void pail_batch_done(struct pail_batch *b); /* after pail_batch_wait */

/* What is known of a source. */
struct pail_batch_hint {
    bool size_known;
    uint64_t size;
    struct pail_str storage_class, etag;
};
/* Waits for room. Everything is copied. PAIL_E_CANCELLED after an interrupt, PAIL_E_NOMEM; what
 * goes wrong with this one is told, not returned. */
PAIL_CHECK int pail_batch_copy(struct pail_batch *b, const struct pail_side *from,
                               const struct pail_side *to, const struct pail_batch_hint *hint,
                               struct pail_error *err);
PAIL_CHECK int pail_batch_delete(struct pail_batch *b, const struct pail_side *what,
                                 struct pail_error *err);
/* Until nothing is under way. */
void pail_batch_wait(struct pail_batch *b);
/* "pail cp: MESSAGE", counted as a failure. */
void pail_batch_problem(struct pail_batch *b, const struct pail_error *why);
/* "warning: MESSAGE" */
void pail_batch_warn(struct pail_batch *b, const char *message);

#endif
