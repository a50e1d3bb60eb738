/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write/draft_impl.h - inside a draft.
 *
 * One operation at a time: pail_draft_enter waits until the draft is not busy and marks it,
 * pail_draft_leave wakes the next. The operation then owns every field but those in `flight`, which
 * the completions of parts move under the lock. The lock is never held across a request or disk
 * I/O.
 */
#ifndef PAIL_WRITE_DRAFT_IMPL_H
#define PAIL_WRITE_DRAFT_IMPL_H

#include "base/file.h"
#include "base/list.h"
#include "base/thread.h"
#include "write/draft.h"
#include "write/extents.h"

#define PAIL_WBLOCK ((size_t)1 << 20)
/* Parts larger than this are not kept in memory while they are sent: they lie in the staging file.
 */
#define PAIL_PART_IN_MEMORY (UINT64_C(32) << 20)

struct pail_writer {
    struct {
        char *staging_dir;
        uint64_t staging_limit, staging_reserve, part_size, memory;
        unsigned parallel;
        struct pail_meta *meta;
        struct pail_cache *cache;
    } fixed;
    struct pail_tickets *tickets;
    struct pail_mutex lock;
    struct { /* under lock */
        struct pail_list free_blocks;
        struct pail_list uploading; /* drafts with an upload */
        size_t n_free;
        uint64_t staged, drafts, commits;
    } own;
};

/* Memory in blocks of 1 MiB, each paid for with tickets. */
struct pail_wbuf {
    char **blocks;
    size_t n, cap;
};
void pail_wbuf_init(struct pail_wbuf *b);
/* Has room for `size` bytes. Fresh memory is not cleared. force: the budget may be passed;
 * otherwise PAIL_WBUF_FULL when it is used up. */
#define PAIL_WBUF_FULL 1
PAIL_CHECK int pail_wbuf_reserve(struct pail_writer *w, struct pail_wbuf *b, uint64_t size,
                                 bool force, struct pail_error *err);
void pail_wbuf_release(struct pail_writer *w, struct pail_wbuf *b);
void pail_wbuf_put(struct pail_wbuf *b, uint64_t at, const void *p, size_t n); /* p NULL: zeros */
void pail_wbuf_get(const struct pail_wbuf *b, uint64_t at, void *p, size_t n);
/* Appends the segments of [0, size) to segs (room for b->n more); returns how many. */
size_t pail_wbuf_segments(const struct pail_wbuf *b, uint64_t size, struct pail_bytes *segs);

/* Counts bytes against the staging limit; PAIL_E_FS_NOSPC when they do not fit. */
PAIL_CHECK int pail_writer_stage(struct pail_writer *w, uint64_t bytes, struct pail_error *err);
void pail_writer_unstage(struct pail_writer *w, uint64_t bytes);

enum pail_part_state { PAIL_PART_FILLING, PAIL_PART_SENDING, PAIL_PART_SENT, PAIL_PART_FAILED };

struct pail_part {
    struct pail_draft *draft;
    enum pail_part_state state; /* flight */
    uint64_t offset, length, capacity;
    struct pail_wbuf mem; /* empty once sent, or when the bytes are in the staging file */
    bool in_file;
    uint64_t staged; /* bytes of the staging file that are this part's alone (streams) */
    struct pail_bytes *segs;
    struct pail_s3_body body;
    struct pail_s3_part result;
    struct pail_call *call;
    struct pail_error err;
};

/* Arguments of a commit with their own copies of the texts. */
struct pail_target {
    struct pail_commit_args args;
    struct pail_s3_meta *meta;
    struct pail_buf text;
};
void pail_target_init(struct pail_target *t);
void pail_target_done(struct pail_target *t);
/* The key is left out. t is untouched on failure. */
PAIL_CHECK int pail_target_copy(struct pail_target *t, const struct pail_commit_args *args,
                                struct pail_error *err);

enum pail_draft_mode { PAIL_DRAFT_MEMORY, PAIL_DRAFT_STREAM, PAIL_DRAFT_STAGED };

struct pail_draft {
    struct pail_writer *writer;
    const struct pail_volume *volume;
    struct pail_mutex lock;
    struct pail_cond cond; /* not busy; a part ended */
    bool busy;
    /* the operation's */
    enum pail_draft_mode mode;
    uint64_t size;
    bool dirty;
    bool detached; /* its name is gone: nothing is sent any more */
    struct pail_buf key;
    struct {
        struct pail_buf etag, version_id, key;
        uint64_t size;
        struct pail_reader *reader;
    } base;               /* etag empty: none */
    struct pail_wbuf mem; /* MEMORY: the content; STREAM: part 1 */
    /* STREAM: part i has number i + 1; parts[0] is `mem` and sent last. Also used by a STAGED
     * commit. */
    struct pail_part **parts;
    size_t n_parts, cap_parts;
    struct pail_buf upload_id;       /* empty: no upload */
    struct pail_list uploading_link; /* writer->own.uploading */
    struct pail_target begun;        /* the attributes that the upload was begun with */
    /* STAGED */
    struct pail_extents extents;
    struct pail_file *file;
    struct pail_target target; /* where a rebase commits to */
    struct {                   /* a commit that failed without its effect being known */
        bool set;
        uint64_t size;
        char etag[128];
    } unsettled;
    bool rebased;
    struct pail_commit_result rebase_result;
    struct { /* under lock: as the last operation left them */
        uint64_t size;
        bool dirty, rebased, unsettled;
    } shown;
    struct { /* under lock, beside the operation */
        unsigned sending;
        uint64_t ended; /* parts, so far */
        bool failed;
        struct pail_error err; /* of the first part that failed */
    } flight;
};

void pail_draft_enter(struct pail_draft *d);
void pail_draft_leave(struct pail_draft *d);
bool pail_draft_has_base(const struct pail_draft *d);
/* The version that was committed becomes the base. */
PAIL_CHECK int pail_draft_set_base(struct pail_draft *d, struct pail_str key, struct pail_str etag,
                                   struct pail_str version_id, uint64_t size,
                                   struct pail_error *err);
/* Bytes of the base; all of them or an error. */
PAIL_CHECK int pail_draft_base_read(struct pail_draft *d, uint64_t offset, void *dst, size_t n,
                                    struct pail_error *err);
/* The same, to `at` in a buffer that has room. */
PAIL_CHECK int pail_draft_base_load(struct pail_draft *d, uint64_t offset, size_t n,
                                    struct pail_wbuf *to, uint64_t at, struct pail_error *err);
/* "s3://bucket/key" for messages. */
void pail_draft_name(const struct pail_draft *d, struct pail_buf *to);

/* upload.c: the parts of a multipart upload */
/* The attributes of args. */
PAIL_CHECK int pail_upload_begin(struct pail_draft *d, const struct pail_commit_args *args,
                                 struct pail_error *err);
PAIL_CHECK int pail_upload_add_part(struct pail_draft *d, uint64_t offset, uint64_t capacity,
                                    struct pail_part **ret, struct pail_error *err);
/* Memory for the part's first `length` bytes. While the budget is used up, waits for parts of this
 * draft that are under way; when there are none, takes it by force: drafts that waited for each
 * other could wait for ever. */
PAIL_CHECK int pail_upload_room(struct pail_draft *d, struct pail_part *p, uint64_t length,
                                struct pail_error *err);
enum pail_part_state pail_upload_state(struct pail_draft *d, const struct pail_part *p);
/* Sends it in the background; waits while too many are under way. The part's failure is told by
 * pail_upload_wait. Sends nothing when a part has failed already: that error. */
PAIL_CHECK int pail_upload_send(struct pail_draft *d, unsigned number, struct pail_part *p,
                                struct pail_error *err);
/* The first failure of a part, if there was one. */
PAIL_CHECK int pail_upload_failure(struct pail_draft *d, struct pail_error *err);
/* Until no part is under way; the first failure. */
PAIL_CHECK int pail_upload_wait(struct pail_draft *d, struct pail_error *err);
PAIL_CHECK int pail_upload_copy_part(struct pail_draft *d, unsigned number, struct pail_part *p,
                                     struct pail_error *err);
/* Parts that failed are made ready to be sent again. */
void pail_upload_forgive(struct pail_draft *d);
/* Ends the upload: with abort, S3 is told (what it answers does not matter: the id stays in the
 * database until it is gone). */
void pail_upload_end(struct pail_draft *d, bool abort);

/* stream.c */
/* *taken counts the bytes that were, also when the rest failed or, !*ret_fits, does not fit. */
PAIL_CHECK int pail_stream_write(struct pail_draft *d, uint64_t offset, const char *p, size_t n,
                                 bool *ret_fits, size_t *taken, struct pail_error *err);
/* Does part of it lie in the staging file? */
bool pail_stream_in_file(const struct pail_draft *d);
bool pail_stream_read(struct pail_draft *d, uint64_t offset, char *dst, size_t n);
PAIL_CHECK int pail_stream_from_memory(struct pail_draft *d, struct pail_error *err);

/* staged.c */
PAIL_CHECK int pail_staged_write(struct pail_draft *d, uint64_t offset, const char *p, size_t n,
                                 struct pail_error *err);
PAIL_CHECK int pail_staged_read(struct pail_draft *d, uint64_t offset, char *dst, size_t n,
                                struct pail_error *err);
/* [offset, offset + n) into a buffer that has room. */
PAIL_CHECK int pail_staged_load(struct pail_draft *d, uint64_t offset, uint64_t n,
                                struct pail_wbuf *to, struct pail_error *err);
PAIL_CHECK int pail_staged_zero(struct pail_draft *d, uint64_t start, uint64_t end,
                                struct pail_error *err);
PAIL_CHECK int pail_staged_resize(struct pail_draft *d, uint64_t size, struct pail_error *err);
/* Base bytes of [start, end) are brought into the staging file, and what is zero there reads as
 * zeros in the file, if there is one. */
PAIL_CHECK int pail_staged_localise(struct pail_draft *d, uint64_t start, uint64_t end,
                                    struct pail_error *err);
/* A full disk is PAIL_E_FS_NOSPC. */
int pail_staged_no_space(int rc, struct pail_error *err);
PAIL_CHECK int pail_staged_open(struct pail_draft *d, struct pail_error *err);
void pail_staged_close(struct pail_draft *d);

/* commit.c */
PAIL_CHECK int pail_draft_commit_busy(struct pail_draft *d, const struct pail_commit_args *args,
                                      struct pail_commit_result *ret, struct pail_error *err);
/* Commits to the target and goes on STAGED. */
PAIL_CHECK int pail_draft_rebase_busy(struct pail_draft *d, struct pail_error *err);

/* settle.c: conditions and lost replies. One try of putting the content in place: put(ud, cond)
 * sends the request. */
struct pail_condition {
    struct pail_str if_match;
    bool if_absent;
};
struct pail_settle {
    struct pail_draft *draft;
    const struct pail_commit_args *args;
    enum pail_cap cap_absent, cap_match;         /* which capability the request needs */
    const struct pail_s3_attributes *attributes; /* what the object will bear */
    uint64_t size;
    /* The ETag that our content has if the service computes it as S3 does; "" when that cannot be
     * known. */
    int (*expected_etag)(void *ud, char ret[128], struct pail_error *err);
    int (*send)(void *ud, const struct pail_condition *cond, struct pail_s3_put_result *ret,
                struct pail_error *err);
    void *ud;
};
PAIL_CHECK int pail_settle(const struct pail_settle *s, struct pail_s3_put_result *ret,
                           struct pail_error *err);

#endif
