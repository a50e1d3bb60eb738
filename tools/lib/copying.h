/* SPDX-License-Identifier: Apache-2.0 */
/* lib/copying.h - the options that cp, mv and sync share, and what they come to. */
#ifndef PAIL_TOOLS_COPYING_H
#define PAIL_TOOLS_COPYING_H

#include <pail/transfer.h>

#include "tools/lib/opt.h"

struct pail_copying_options {
    struct pail_common common;
    bool recursive, dry_run, no_progress, only_show_errors;
    bool follow_symlinks, no_follow_symlinks, no_guess_mime_type, no_overwrite;
    bool force_glacier_transfer, ignore_glacier_warnings;
    bool resume;
    bool delete, size_only, exact_timestamps; /* sync */
    uint64_t parallel, expected_size, page_size;
    struct pail_opt_words filter, grants;
    const char *acl, *storage_class, *sse, *sse_kms_key_id, *sse_c, *sse_c_key;
    const char *sse_c_copy_source, *sse_c_copy_source_key;
    const char *content_type, *content_encoding, *content_language, *content_disposition;
    const char *cache_control, *expires, *website_redirect, *metadata, *metadata_directive;
    const char *copy_props, *request_payer, *source_region, *checksum_algorithm, *checksum_mode;
    const char *case_conflict;
    bool progress_multiline, validate_same_s3_paths;
    uint64_t progress_frequency;
};
extern const struct pail_opt pail_copying_table[]; /* of cp and mv */
extern const struct pail_opt pail_syncing_table[];
void pail_copying_defaults(void *options);

/* What the options say of every object. Texts of its own. */
struct pail_copying {
    const struct pail_copying_options *o;
    struct pail_s3_attributes attributes; /* without a guessed type */
    struct pail_s3_access access;
    enum pail_s3_checksum checksum;
    bool replace; /* a copy's content headers and metadata */
    struct pail_s3_meta *meta;
    struct pail_buf grants[4];
    char expires[32];
    char *key, *source_key; /* 32 bytes */
};
PAIL_CHECK int pail_copying_init(struct pail_copying *c, const struct pail_copying_options *o,
                                 struct pail_error *err);
void pail_copying_done(struct pail_copying *c);

/* Concurrency, sizes and bandwidth from the profile's "s3 =" block, as the AWS CLI reads it;
 * --parallel before it. */
struct pail_session;
PAIL_CHECK int pail_copying_tune(const struct pail_copying_options *o, struct pail_session *session,
                                 struct pail_transfer_config *ret, struct pail_error *err);

#endif
