/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/attrs.h - POSIX attributes in object metadata.
 *
 * Written under s3fs's names (mode uid gid mtime ctime, decimal; mtime with nanoseconds as a
 * fraction; symlinks as S_IFLNK in mode with the target as content), read also under rclone's
 * (mtime) and DataSync's (file-permissions, file-owner, file-group, file-mtime ...) names. user.*
 * xattrs: "xattr" as s3fs writes it (URL-encoded JSON of base64 values). Everything else of the
 * object's metadata and its content headers is carried along unchanged when attributes are
 * rewritten.
 *
 * struct pail_attrs is the unpacked form, its views in one allocation; the packed form is what
 * fs/meta stores (versioned, never trusted).
 */
#ifndef PAIL_SYNC_ATTRS_H
#define PAIL_SYNC_ATTRS_H

#include <pail/s3.h>

#include "base/buf.h"

#define PAIL_ATTR_MODE 1u
#define PAIL_ATTR_UID 2u
#define PAIL_ATTR_GID 4u
#define PAIL_ATTR_MTIME 8u
#define PAIL_ATTR_CTIME 16u

struct pail_xattr {
    struct pail_str name; /* "user.x" */
    struct pail_str value;
};
struct pail_attrs {
    uint32_t has;  /* PAIL_ATTR_* that the object bears */
    uint32_t mode; /* permission bits and S_IFMT bits as stored */
    uint32_t uid, gid;
    int64_t mtime_ns, ctime_ns;
    const struct pail_xattr *xattrs; /* by name */
    size_t n_xattrs;
    /* to be carried along */
    const struct pail_s3_meta *other;
    size_t n_other;
    struct pail_str content_type, content_encoding, cache_control, content_disposition,
        content_language;
    void *impl; /* owns the views */
};
void pail_attrs_init(struct pail_attrs *a);
void pail_attrs_done(struct pail_attrs *a);
PAIL_CHECK int pail_attrs_copy(struct pail_attrs *to, const struct pail_attrs *from,
                               struct pail_error *err);
/* Malformed values are left out (has stays 0 for them) and logged. */
PAIL_CHECK int pail_attrs_from_object(struct pail_attrs *a, const struct pail_s3_object *o,
                                      struct pail_error *err);
PAIL_CHECK int pail_attrs_pack(const struct pail_attrs *a, struct pail_buf *to,
                               struct pail_error *err);
PAIL_CHECK int pail_attrs_unpack(struct pail_attrs *a, struct pail_str packed,
                                 struct pail_error *err);
bool pail_attrs_is_symlink(const struct pail_attrs *a);
/* Replace or add (value.ptr not NULL), or remove. PAIL_E_FS_NOSPC when it would not fit S3's 2 KiB
 * of metadata (E2BIG for one value). */
PAIL_CHECK int pail_attrs_set_xattr(struct pail_attrs *a, struct pail_str name,
                                    struct pail_str value, struct pail_error *err);

/* For requests: a guess at the content type by the name's extension when none is set; directories
 * application/x-directory. The result's views are owned by *text and *metas (pail_free), which live
 * until the request is done. */
struct pail_attrs_headers {
    struct pail_s3_attributes attributes;
    struct pail_s3_meta *metas;
    struct pail_buf text;
};
PAIL_CHECK int pail_attrs_to_headers(const struct pail_attrs *a, struct pail_str name, bool is_dir,
                                     struct pail_attrs_headers *ret, struct pail_error *err);
void pail_attrs_headers_done(struct pail_attrs_headers *h);

#endif
