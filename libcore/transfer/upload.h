/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/upload.h - an upload between its files: upload.c moves it on, upload_part.c fills and
 * sends parts, upload_resume.c goes on with an earlier one.
 */
#ifndef PAIL_TRANSFER_UPLOAD_H
#define PAIL_TRANSFER_UPLOAD_H

#include "transfer/kept.h"
#include "transfer/source.h"
#include "transfer/task.h"

/* Larger parts of files are read while they are sent. */
#define PAIL_UPLOAD_MAX_IN_MEMORY (UINT64_C(64) << 20)

struct pail_up_lane {
    struct pail_lane lane;
    struct pail_list chunks; /* of the part, when in memory */
    struct pail_bytes *segments;
    size_t cap_segments;
    struct pail_s3_body body;
    struct pail_up *u;
    uint64_t offset, length; /* in the source */
    uint64_t held;           /* bytes of the gate */
    size_t part;             /* index */
    /* of the request under way */
    uint64_t sent;
    int64_t untold; /* progress */
};

struct pail_up {
    struct pail_transfer t;
    struct pail_kept kept;
    struct pail_upload_args args; /* views and texts in kept */
    struct pail_source source;
    enum {
        PAIL_UPLOAD_OPEN,
        PAIL_UPLOAD_AHEAD, /* a stream: reading until it is clear how to send it */
        PAIL_UPLOAD_PUT,
        PAIL_UPLOAD_CREATE,
        PAIL_UPLOAD_LIST, /* what an earlier one had stored */
        PAIL_UPLOAD_SEND,
        PAIL_UPLOAD_COMPLETE,
        PAIL_UPLOAD_LOOK, /* whether a completion without an answer was one */
        PAIL_UPLOAD_ABORT,
        PAIL_UPLOAD_END,
    } state;
    bool waiting; /* the state's request is under way */
    struct pail_s3_put_result result;
    struct pail_s3_upload_id id;
    struct pail_s3_object head;
    struct pail_s3_listed_parts listing;
    uint64_t part_size;
    struct pail_s3_part *parts;
    bool *stored;              /* by an earlier upload, perhaps; NULL: none */
    size_t n_parts, cap_parts; /* n_parts: of files all there will be, of streams as far as read */
    size_t next, done;         /* parts begun, parts stored */
    size_t grow_at;
    unsigned completions;
    bool unknown;              /* a completion was left without an answer */
    struct pail_up_lane ahead; /* its chunks: what was read ahead */
};

/* upload_part.c */

/* Until the lane has what a part takes: 1; 0: the stream is to be left alone. */
PAIL_CHECK int pail_up_fill(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err);
/* The body out of the chunks, or out of the file. */
PAIL_CHECK int pail_up_body(struct pail_up_lane *l, struct pail_error *err);
void pail_up_lane_reset(struct pail_up_lane *l);
/* The lane's request has succeeded. */
void pail_up_told(struct pail_up_lane *l);
/* Starts as many parts as there are lanes and room for. */
void pail_up_send(struct pail_up *u);
/* Room for part i. */
PAIL_CHECK int pail_up_room(struct pail_up *u, size_t i, struct pail_error *err);

/* upload_resume.c */

/* Takes id and part size from the resume file; true: there was one that fits. */
bool pail_up_resume_load(struct pail_up *u);
PAIL_CHECK int pail_up_resume_save(const struct pail_up *u, struct pail_error *err);
/* A page of ListParts. */
PAIL_CHECK int pail_up_resume_page(struct pail_up *u, struct pail_error *err);
/* Whether part i is stored as the source has it now. Reads it. */
PAIL_CHECK int pail_up_resume_check(struct pail_up *u, size_t i, bool *ret_same,
                                    struct pail_error *err);
/* The ETag that the parts make; false: they are of no known form. */
bool pail_up_etag(const struct pail_up *u, char ret[64]);

#endif
