/* SPDX-License-Identifier: Apache-2.0 */
/* job.h - the frame of cp, mv and sync: clients, manager, batch, progress, exit code. */
#ifndef PAIL_TOOLS_JOB_H
#define PAIL_TOOLS_JOB_H

#include "tools/batch.h"

struct pail_job_ops {
    const char *command;
    bool move;
    /* Gives everything to the batch. */
    int (*work)(struct pail_batch *b, const struct pail_side *from, const struct pail_side *to,
                struct pail_error *err);
};
/* Two operands. Returns the exit code. */
int pail_job_run(const struct pail_job_ops *ops, const struct pail_copying_options *o, int argc,
                 char **argv);

#endif
