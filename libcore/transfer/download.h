/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/download.h - a download between its files: download.c moves it on, download_part.c
 * receives parts, download_write.c writes them, download_resume.c goes on with an earlier one.
 */
#ifndef PAIL_TRANSFER_DOWNLOAD_H
#define PAIL_TRANSFER_DOWNLOAD_H

#include "transfer/kept.h"
#include "transfer/landing.h"
#include "transfer/task.h"

struct pail_down_lane {
    struct pail_lane lane;
    struct pail_down *d;
    bool active;             /* has a part */
    size_t part;             /* index */
    uint64_t offset, length; /* in the object; length UINT64_MAX: to the end of an unknown one */
    uint64_t held;           /* bytes of the gate */
    unsigned attempts;
    uint64_t asked; /* of the request under way: its first byte in the part */
    /* the network's thread while a request is under way, else the step */
    uint64_t received;
    struct pail_chunk *filling;
    int64_t untold;
    bool changed, grown; /* another version than before; larger than was said */
    /* under t.lock */
    size_t writing;          /* chunks on their way to the disk */
    struct pail_list pieces; /* ordered: chunks to be delivered */
    uint64_t delivered;
};

/* A thread at the file. */
struct pail_down_writer {
    struct pail_job job;
    struct pail_down *d;
    bool on; /* under t.lock: the job is given, with a reference */
};

struct pail_down {
    struct pail_transfer t;
    struct pail_kept kept;
    struct pail_download_args args; /* views and texts in kept */
    struct pail_landing target;
    bool target_open;
    enum {
        PAIL_DOWNLOAD_BEGIN,
        PAIL_DOWNLOAD_HEAD,
        PAIL_DOWNLOAD_OPEN,
        PAIL_DOWNLOAD_FETCH,
        PAIL_DOWNLOAD_END,
    } state;
    bool waiting; /* HEAD is under way */
    bool whole;   /* in one request without a range */
    struct pail_s3_object head;
    char etag[128]; /* "": not known yet */
    uint64_t size;  /* UINT64_MAX: not known yet */
    int64_t mtime_ns;
    uint64_t part_size;
    size_t n_parts, next, done; /* done: written */
    size_t front;               /* ordered: the part whose bytes come next */
    uint8_t *have;              /* resumable: a bit a part; NULL */
    size_t unsaved;
    struct pail_chunks *pool;           /* of its chunks */
    struct pail_down_writer writers[2]; /* the second for what goes past the page cache */
    /* under t.lock */
    struct pail_list unwritten; /* chunks for places in the file */
    size_t n_unwritten;
    bool caching;                   /* a writer is at the page cache */
    int64_t behind_ns;              /* since when the disk is behind; 0: it is not */
    size_t to_cache, last_to_cache; /* so many chunks before the disk is tried again */
    struct pail_error disk;         /* the first write that failed */
};

/* download_part.c */

/* Takes the next parts, as many as there are lanes and room for. */
void pail_down_fetch(struct pail_down *d);
/* The lane's request has landed. */
void pail_down_landed(struct pail_down *d, struct pail_down_lane *l);
/* Ordered: writes what there is in front; true when it wrote. Blocks. */
bool pail_down_deliver(struct pail_down *d);
/* Parts that are received and written give their lane back. */
void pail_down_settle(struct pail_down *d);
/* All chunks of a lane go back; nothing of it is under way. */
void pail_down_lane_reset(struct pail_down_lane *l);
/* What answers tell about the object; PAIL_E_DOWNLOAD_FAILED where it is another one by now. */
PAIL_CHECK int pail_down_learn(struct pail_down *d, const struct pail_s3_object *o,
                               struct pail_error *err);
int pail_down_other_version(const struct pail_down *d, struct pail_error *err);

/* download_write.c */

/* Takes the chunk, which is full or its part's last, to be written to its place in the file. */
void pail_down_write(struct pail_down_lane *l, struct pail_chunk *take_c);
/* Whether the disk still works on something. */
bool pail_down_writing(struct pail_down *d);

/* download_resume.c */

/* *ret_tmp (to be freed) is the temporary file of an earlier download of the same version; NULL:
 * none. Sets d->have. */
PAIL_CHECK int pail_down_resume_load(struct pail_down *d, char **ret_tmp, struct pail_error *err);
PAIL_CHECK int pail_down_resume_save(struct pail_down *d, struct pail_error *err);
static inline bool pail_down_has(const struct pail_down *d, size_t i)
{
    return d->have && (d->have[i / 8] >> (i % 8) & 1);
}

#endif
