/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write/draft.h - a file being changed: what S3 does not have yet.
 *
 * One draft per file, shared by its handles; any thread (PAIL_RANK_DRAFT; not held across requests:
 * a draft that waits for S3 is marked busy and other callers wait on its condition). It knows no
 * names and no inodes: where to commit is said at commit.
 *
 *   MEMORY  the whole content in memory, up to one part
 *     | write goes past one part, sequentially                     | write elsewhere, truncate, ...
 *     v                                                            v
 *   STREAM  parts leave as they fill; the first is sent last --> STAGED  extents: from the base,
 * staged (sparse file), zero rebase: what there is is committed and becomes the base
 *
 * STREAM goes on while writes are sequential (or inside what is still in memory: the first part and
 * the tail). Anything else rebases: the stream is completed, the committed version becomes the
 * base, the draft is STAGED from then on. A STAGED commit copies unchanged ranges inside S3 and
 * sends only what changed; content of at most one part goes as a single PUT.
 * Space for staged bytes is reserved before a write is accepted: PAIL_E_FS_NOSPC at write, never at
 * commit. A failed commit loses nothing: the draft stays as it was and can be committed again.
 */
#ifndef PAIL_WRITE_DRAFT_H
#define PAIL_WRITE_DRAFT_H

#include "cache/reader.h"
#include "http/tickets.h"
#include "meta/meta.h"
#include "meta/volume.h"

struct pail_draft;

/* Per mount. */
struct pail_writer_options {
    const char *staging_dir;  /* exists */
    uint64_t staging_limit;   /* bytes of all staging files; 0: none but the disk's free space minus
                                 reserve */
    uint64_t staging_reserve; /* free space that must remain; 0: 1 GiB, at most 5 % of what is free
                                 now */
    uint64_t part_size;    /* the first parts'; 0: 8 MiB, at least 5 MiB. Grows so that 10,000 parts
                              hold 5 TiB. */
    unsigned parallel;     /* parts in flight of one draft; 0: 8 */
    uint64_t memory_limit; /* of all drafts' buffers; 0: 128 MiB. Writers wait for room; each gets
                              its first part and one more in any case. */
    struct pail_meta *meta;   /* remembers uploads */
    struct pail_cache *cache; /* bases are read through it */
};
struct pail_writer;
PAIL_CHECK int pail_writer_new(const struct pail_writer_options *opt, struct pail_writer **ret,
                               struct pail_error *err);
void pail_writer_free(struct pail_writer *w); /* all drafts are closed */
/* Aborts the uploads that an earlier life of this state directory began and did not end. Called
 * once at mount, in the background; drafts may be in use already. */
PAIL_CHECK int pail_writer_recover(struct pail_writer *w, struct pail_s3 *s3,
                                   struct pail_error *err);
struct pail_writer_stats {
    uint64_t memory_used, memory_peak, staged_bytes, drafts, commits;
};
void pail_writer_stats(struct pail_writer *w, struct pail_writer_stats *ret);

/* The version that a draft changes. */
struct pail_base {
    struct pail_str etag, version_id; /* etag empty: there is none, the file is new */
    uint64_t size;
};
/* base NULL: a new or truncated file. Where the content lives in S3: volume and key of the base,
 * copied; the key may change by rename (pail_draft_rekey). */
PAIL_CHECK int pail_draft_new(struct pail_writer *w, const struct pail_volume *v,
                              struct pail_str key, const struct pail_base *base,
                              struct pail_draft **ret, struct pail_error *err);
/* Throws away what was not committed (aborts an upload). */
void pail_draft_free(struct pail_draft *d);

/* *ret_n: how many bytes were taken. As of write(2), fewer than n when what stands in the way came
 * after the first of them; asking for the rest tells what it is. An error: none was. */
PAIL_CHECK int pail_draft_write(struct pail_draft *d, uint64_t offset, const void *p, size_t n,
                                size_t *ret_n, struct pail_error *err);
/* Reads through: staged over base over zero. Blocks for S3 where it must. Short only at the end. */
PAIL_CHECK int pail_draft_read(struct pail_draft *d, uint64_t offset, void *dst, size_t n,
                               size_t *ret_n, struct pail_error *err);
PAIL_CHECK int pail_draft_truncate(struct pail_draft *d, uint64_t size, struct pail_error *err);
/* [offset, offset + n) becomes zero; extends the file unless keep_size. */
PAIL_CHECK int pail_draft_zero(struct pail_draft *d, uint64_t offset, uint64_t n, bool keep_size,
                               struct pail_error *err);
/* Reserve space now. */
PAIL_CHECK int pail_draft_reserve(struct pail_draft *d, uint64_t offset, uint64_t n, bool keep_size,
                                  struct pail_error *err);
/* SEEK_DATA / SEEK_HOLE: PAIL_E_FS_NXIO past the end. */
PAIL_CHECK int pail_draft_seek(struct pail_draft *d, uint64_t offset, bool hole, uint64_t *ret,
                               struct pail_error *err);
/* None of these waits for an operation under way: they tell what was so before it. */
uint64_t pail_draft_size(struct pail_draft *d);
/* Something to commit: content differs from the base, or there is no base; or pail_draft_rebased
 * has something to tell. */
bool pail_draft_dirty(struct pail_draft *d);
/* A rebase has not been asked for by pail_draft_rebased. */
bool pail_draft_has_rebased(struct pail_draft *d);
/* Its last commit failed, and may have happened all the same. */
bool pail_draft_unsettled(struct pail_draft *d);
/* Everything of the base is brought into staging, so that the object may be deleted: for unlink
 * while open. A stream is committed first (pail_draft_rebased tells). Nothing is sent by itself
 * afterwards. */
PAIL_CHECK int pail_draft_detach(struct pail_draft *d, struct pail_error *err);
/* The base's object moved. The draft is not streaming (commit before). */
PAIL_CHECK int pail_draft_rekey(struct pail_draft *d, struct pail_str key, struct pail_error *err);

struct pail_commit_args {
    struct pail_str key; /* where to */
    struct pail_str
        if_match;   /* replace this version only; empty and !if_absent: whatever is there */
    bool if_absent; /* only if there is nothing */
    /* The file was opened with O_TRUNC and its version not asked for then: a 412 is looked into,
     * and when what is there is older than opened_at (the server's clock), the commit is repeated
     * against that version. 0: off. */
    int64_t opened_at_wall_ns;
    struct pail_s3_attributes attributes;
};
struct pail_commit_result {
    struct pail_s3_put_result put;
    uint64_t size;
    int64_t mtime_ns; /* by our clock */
    bool
        early_attributes; /* a stream: the object bears those of the target when its upload began */
};
/* Blocks until S3 has it. Afterwards the committed version is the base and the draft is clean.
 * Conditions that the endpoint does not honour (volume's caps) are replaced by a HEAD directly
 * before. A lost reply is settled by a HEAD that compares size and ETag or checksum, never by
 * guessing. Errors: PAIL_E_FS_STALE (if_match failed), PAIL_E_FS_EXIST (if_absent failed), else the
 * service's. */
PAIL_CHECK int pail_draft_commit(struct pail_draft *d, const struct pail_commit_args *args,
                                 struct pail_commit_result *ret, struct pail_error *err);
/* The committed content got another version without changing (new metadata by a copy onto itself).
 */
PAIL_CHECK int pail_draft_reversion(struct pail_draft *d, struct pail_str etag,
                                    struct pail_str version_id, struct pail_error *err);
/* A stream that was begun needs attributes and the condition when it is created and completed by
 * itself (rebase): set before the first write and when they change. Copied. */
PAIL_CHECK int pail_draft_set_target(struct pail_draft *d, const struct pail_commit_args *args,
                                     struct pail_error *err);
/* After a rebase: the version that is in S3 by now, so that the owner can record it. False: no
 * commit happened since the last call. */
bool pail_draft_rebased(struct pail_draft *d, struct pail_commit_result *ret);

#endif
