/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/progress.h - one line that tells how far transfers are, on a terminal; silent elsewhere. Any
 * thread.
 *
 * For "pail s3 ..." it is the AWS CLI's: "Completed 3 Bytes/11 Bytes (284 Bytes/s) with 2 file(s)
 * remaining", on standard output, also where that is a file.
 */
#ifndef PAIL_TOOLS_PROGRESS_H
#define PAIL_TOOLS_PROGRESS_H

#include <stdio.h>

#include <pail/base.h>

struct pail_progress;
struct pail_progress_style {
    uint64_t every_s; /* not more often than that; 0: as it comes */
    bool lines;       /* each below the last, not over it */
    bool as_aws;      /* the AWS CLI's line, in place of our own */
};
/* NULL (which every call accepts) when wanted is false, or when our own line has no terminal on
 * standard error. style may be NULL. */
struct pail_progress *pail_progress_new(bool wanted, const struct pail_progress_style *style);
void pail_progress_expect(struct pail_progress *p, uint64_t bytes, uint64_t files);
/* Nothing more is to be expected than what was said, and what is said next before anything ends. */
void pail_progress_final(struct pail_progress *p);
void pail_progress_bytes(struct pail_progress *p, int64_t delta);
/* The same as a pail_progress_fn. */
void pail_progress_delta(void *p, int64_t delta);
void pail_progress_file(struct pail_progress *p);
/* Writes a line to f, in place of the progress line where that is on the same terminal. local: no
 * server was asked for what it tells. */
void pail_progress_print(struct pail_progress *p, FILE *f, struct pail_str line, bool local);
void pail_progress_free(struct pail_progress *p);

/* "1.5 MiB", as the AWS CLI says it; buffer of at least 32 bytes. */
const char *pail_human_size(uint64_t n, char ret[32]);

#endif
