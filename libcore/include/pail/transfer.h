/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/transfer.h - files and streams up, down, and from S3 to S3.
 *
 * A manager (struct pail_transfers) carries out any number of transfers at once within fixed
 * concurrency, memory and bandwidth. Large ones go in parts, several in flight; there is no thread
 * per part or per transfer. Each kind has a blocking and an _async form. Numbers, conditions and
 * texts are those of boto3's TransferConfig and s3transfer; what differs:
 *
 *   - zero means the default; what boto3 refuses (negative numbers) cannot be said
 *   - a stream of unknown length gets larger parts as it grows, so that 10,000 of them are enough
 *   - progress of a download never goes back: a repeated request asks only for what is missing
 *   - `resume_file` makes a transfer that was interrupted, even by a crash, go on where it was
 *
 * Errors: what the service said of an upload comes as PAIL_E_UPLOAD_FAILED ("Failed to upload F to
 * B/K: ..."), with domain, service_code, http_status and retry of the cause; an object that changed
 * while it was downloaded as PAIL_E_DOWNLOAD_FAILED; a part that kept breaking off as
 * PAIL_E_RETRIES_EXCEEDED. Everything else keeps its code.
 */
#ifndef PAIL_TRANSFER_H
#define PAIL_TRANSFER_H

#include <pail/s3.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_transfers; /* the manager; one owner; its calls from any thread */
struct pail_transfer;  /* a transfer under way; reference-counted */

struct pail_transfer_config {
    size_t size;
    uint64_t multipart_threshold; /* from this size on, parts; 0: 8 MiB */
    /* 0: 8 MiB; adjusted to S3's limits (5 MiB to 5 GiB, 10,000 parts). */
    uint64_t multipart_chunksize;
    unsigned max_concurrency;   /* requests in flight, all transfers together; 0: 10 */
    unsigned download_attempts; /* of a part whose data broke off; 0: 5 */
    uint64_t io_chunksize;      /* of reads, writes and progress; 0: 256 KiB */
    uint64_t max_bandwidth; /* bytes per second on average, both directions together; 0: no limit */
    uint64_t memory_limit;  /* of data in flight, in bytes; 0: (max_concurrency + 5) chunks */
    unsigned io_threads;    /* for the disk; 0: 4 */
    uint64_t copy_threshold; /* for copies inside S3; 0: as above */
    uint64_t copy_chunksize;
    uint64_t direct_threshold; /* downloaded files of this size and more go to the disk past the
                                  page cache, where the file system can, as long as the disk keeps
                                  up; 0: 512 MiB; UINT64_MAX: none */
};
#ifdef __cplusplus
#define PAIL_TRANSFER_CONFIG_INIT                                                                  \
    {                                                                                              \
        sizeof(struct pail_transfer_config)                                                        \
    }
#else
#define PAIL_TRANSFER_CONFIG_INIT                                                                  \
    {                                                                                              \
        .size = sizeof(struct pail_transfer_config)                                                \
    }
#endif

/* config may be NULL. Holds a reference to s3. */
PAIL_API PAIL_CHECK int pail_transfers_new(struct pail_s3 *s3,
                                           const struct pail_transfer_config *config,
                                           struct pail_transfers **ret, struct pail_error *err);
/* Cancels what is under way, waits for it, frees. NULL is fine. Not from a callback. */
PAIL_API void pail_transfers_free(struct pail_transfers *m);
/* Cancels what is under way now; does not wait. Any thread. */
PAIL_API void pail_transfers_cancel(struct pail_transfers *m);

/* Progress: bytes that went on their way (upload) or arrived (download) since the last call;
 * negative when an upload's request is repeated. On library threads, possibly several at once; must
 * not block. */
typedef void pail_progress_fn(void *userdata, int64_t delta);

/* Filled before done runs, after failures too. */
struct pail_transfer_result {
    char etag[128];       /* of the new object, or of the version that was read */
    char version_id[128]; /* "" where the service does not tell */
    uint64_t size;        /* bytes of the object */
    int64_t mtime_ns;     /* downloads: the object's time */
    bool resumed;         /* went on where an earlier transfer had stopped */
};

/* ---- Upload ---------------------------------------------------------------------------------- */

/* A stream: up to cap bytes into dst; 0 bytes (*ret_n) is the end. On a library thread that may
 * block, never twice at once. */
typedef int pail_read_fn(void *userdata, void *dst, size_t cap, size_t *ret_n,
                         struct pail_error *err);

/* Exactly one source: path, fd (use_fd), data, or read. Everything is copied but `data`'s bytes,
 * which live until done. */
struct pail_upload_args {
    struct pail_call_options call; /* timeout_ms is of each request; priority META becomes WRITE */
    struct pail_str bucket, key;
    const char *path; /* a pipe or device is read to its end */
    bool use_fd;
    int fd; /* from its position to its end; stays open; must stay so until done */
    const struct pail_bytes *data;
    pail_read_fn *read;
    void *read_ud;
    uint64_t size_hint; /* expected length of a stream: chooses the part size; 0: not known */
    const char *name;   /* of the source in messages; NULL: the path, or "stream" */
    struct pail_s3_attributes attributes;
    struct pail_s3_access access;
    struct pail_str if_match;
    bool if_none_match;
    /* Only for regular files and data in parts. Where this file says how far an earlier try had
     * come, its parts that have the same checksums are kept; a failed upload is then not aborted.
     * Removed on success. */
    const char *resume_file;
    pail_progress_fn *progress;
    void *progress_ud;
    /* Of the object and its parts; others than CRC32 cannot be resumed. */
    enum pail_s3_checksum checksum;
};
PAIL_API PAIL_CHECK int pail_upload(struct pail_transfers *m, const struct pail_upload_args *args,
                                    struct pail_transfer_result *ret, struct pail_error *err);
/* ret may be NULL. *ret_transfer (may be NULL) is given back with pail_transfer_unref. */
PAIL_API PAIL_CHECK int pail_upload_async(struct pail_transfers *m,
                                          const struct pail_upload_args *args,
                                          struct pail_transfer_result *ret, pail_done_fn *done,
                                          void *ud, struct pail_transfer **ret_transfer,
                                          struct pail_error *err);

/* ---- Download -------------------------------------------------------------------------------- */

/* A stream: n bytes in order. On a library thread that may block, never twice at once. */
typedef int pail_write_fn(void *userdata, const void *p, size_t n, struct pail_error *err);

/* Exactly one target: path, fd (use_fd), or write. Everything is copied. */
struct pail_download_args {
    struct pail_call_options call; /* as above; priority META becomes READ */
    struct pail_str bucket, key, version_id;
    /* Written to "PATH.XXXXXXXX" and renamed when complete; mode 0666 less the umask. What exists
     * and is no regular file is written to in order. */
    const char *path;
    bool use_fd;
    /* At its position. A file open for appending, and what has no positions, is written in order; a
     * file open for appending that was not completed is cut back, so that others see all of the
     * object or nothing of it in the end. */
    int fd;
    pail_write_fn *write;
    void *write_ud;
    const char *name; /* of the target in messages; NULL: the path, or "stream" */
    bool set_mtime;   /* the file gets the object's time */
    bool size_known;  /* `size` is what a listing said: saves a request for small objects */
    uint64_t size;
    struct pail_str if_match; /* an ETag; with a known size, nothing more needs to be asked */
    struct pail_s3_access access;
    /* Only for paths. A failed download leaves its temporary file, and this file says which parts
     * are there. */
    const char *resume_file;
    pail_progress_fn *progress;
    void *progress_ud;
};
PAIL_API PAIL_CHECK int pail_download(struct pail_transfers *m,
                                      const struct pail_download_args *args,
                                      struct pail_transfer_result *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_download_async(struct pail_transfers *m,
                                            const struct pail_download_args *args,
                                            struct pail_transfer_result *ret, pail_done_fn *done,
                                            void *ud, struct pail_transfer **ret_transfer,
                                            struct pail_error *err);

/* ---- Copy ------------------------------------------------------------------------------------ */

/* Inside S3: CopyObject, or UploadPartCopy of one version of the source. Without replace_attributes
 * a copy in parts takes the source's content headers and metadata along, as CopyObject does. */
struct pail_transfer_copy_args {
    struct pail_call_options call;
    struct pail_str bucket, key;
    struct pail_str source_bucket, source_key, source_version_id, source_if_match;
    bool size_known; /* of the source: saves a request for small objects */
    uint64_t size;
    bool replace_attributes;
    struct pail_s3_attributes attributes; /* storage class, ACL and encryption count in any case */
    bool replace_tags;
    bool if_none_match;
    struct pail_s3_access access;
    /* NULL: the manager's; asks for the size of the source; lives until done. */
    struct pail_s3 *source_s3;
    pail_progress_fn *progress;
    void *progress_ud;
    /* Of the copy and its parts; DEFAULT: the source's, of parts CRC32. */
    enum pail_s3_checksum checksum;
};
PAIL_API PAIL_CHECK int pail_transfer_copy(struct pail_transfers *m,
                                           const struct pail_transfer_copy_args *args,
                                           struct pail_transfer_result *ret,
                                           struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_transfer_copy_async(struct pail_transfers *m, const struct pail_transfer_copy_args *args,
                         struct pail_transfer_result *ret, pail_done_fn *done, void *ud,
                         struct pail_transfer **ret_transfer, struct pail_error *err);

/* ---- One under way --------------------------------------------------------------------------- */

/* Any thread, any time, repeatedly. done still runs, with PAIL_E_CANCELLED unless it was too late:
 * by then uploads are aborted and temporary files removed. */
PAIL_API void pail_transfer_cancel(struct pail_transfer *t);
/* Blocks until done has returned; the transfer's result. Not from a callback. */
PAIL_API PAIL_CHECK int pail_transfer_wait(struct pail_transfer *t, struct pail_error *err);
PAIL_API struct pail_transfer *
pail_transfer_unref(struct pail_transfer *t); /* returns NULL, accepts NULL */

#ifdef __cplusplus
}
#endif
#endif
