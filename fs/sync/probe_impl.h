/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/probe_impl.h - the temporary objects that an endpoint is asked with.
 *
 * Everything that was made is remembered here and removed at the end, also when asking was broken
 * off.
 */
#ifndef PAIL_SYNC_PROBE_IMPL_H
#define PAIL_SYNC_PROBE_IMPL_H

#include "base/buf.h"
#include "sync/lister.h"

/* What became of a request with a condition. */
enum pail_probe_outcome {
    PAIL_PROBE_DONE,     /* 2xx */
    PAIL_PROBE_FAILED,   /* 412: the condition was looked at and did not hold */
    PAIL_PROBE_REFUSED,  /* another 4xx, 501: the service does not know it */
    PAIL_PROBE_FORBIDDEN /* these credentials may not: nothing learned */
};

/* Versions made in a bucket that keeps them; more than are ever made. */
#define PAIL_PROBE_VERSIONS 24u

struct pail_probe {
    struct pail_volume *v;
    struct pail_buf key, copy_key;
    char etag[128]; /* of key, "" when unknown */
    bool made, copy_made;
    struct pail_s3_upload_id upload; /* "" when none is open */
    bool left;                       /* something could not be removed */
    struct {
        bool of_copy;
        char id[128];
    } versions[PAIL_PROBE_VERSIONS];
    size_t n_versions;
};

extern const char pail_probe_wrong_etag[];

PAIL_CHECK int pail_probe_init(struct pail_probe *p, struct pail_volume *v, struct pail_str key,
                               struct pail_error *err);
/* Removes all that was made; what cannot be removed is logged by name. */
void pail_probe_clean_up(struct pail_probe *p);

/* One request each. if_match NULL: none. An error other than an answer about the condition is
 * returned. */
PAIL_CHECK int pail_probe_put(struct pail_probe *p, const char *if_match, bool if_none_match,
                              enum pail_probe_outcome *ret, struct pail_error *err);
PAIL_CHECK int pail_probe_copy(struct pail_probe *p, const char *source_if_match,
                               bool if_none_match, enum pail_probe_outcome *ret,
                               struct pail_error *err);
PAIL_CHECK int pail_probe_delete(struct pail_probe *p, const char *if_match,
                                 enum pail_probe_outcome *ret, struct pail_error *err);
/* A multipart upload of one part, begun and completed. */
PAIL_CHECK int pail_probe_multipart(struct pail_probe *p, const char *if_match, bool if_none_match,
                                    enum pail_probe_outcome *ret, struct pail_error *err);

#endif
