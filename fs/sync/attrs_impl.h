/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/attrs_impl.h - what the files about attributes share.
 *
 * While attributes are put together a struct pail_attrs borrows its views (impl NULL);
 * pail_attrs_own makes the one allocation that the finished one lives in.
 */
#ifndef PAIL_SYNC_ATTRS_IMPL_H
#define PAIL_SYNC_ATTRS_IMPL_H

#include "sync/attrs.h"

#define PAIL_ATTR_ALL                                                                              \
    (PAIL_ATTR_MODE | PAIL_ATTR_UID | PAIL_ATTR_GID | PAIL_ATTR_MTIME | PAIL_ATTR_CTIME)
/* Bound of everything that is parsed here. S3 allows 2 KiB, other services some more. */
#define PAIL_ATTRS_MAX (64u * 1024)

/* The five content headers, in the order they are packed and sent. */
#define PAIL_ATTRS_TEXTS 5u
struct pail_str *pail_attrs_text(struct pail_attrs *a, unsigned i);

/* *to (initialised, may own something) := an independent copy of what *from borrows. */
PAIL_CHECK int pail_attrs_own(struct pail_attrs *to, const struct pail_attrs *from,
                              struct pail_error *err);

/* Is it a name of an extended attribute that can be kept? 1 to 255 bytes of UTF-8 without NUL. */
bool pail_xattr_name_ok(struct pail_str name);
/* The header "xattr": URL-encoded JSON of base64 values. */
struct pail_xattr_set {
    struct pail_xattr *v; /* by name */
    size_t n;
    struct pail_buf text; /* owns the views */
};
PAIL_CHECK int pail_xattr_set_parse(struct pail_str header, struct pail_xattr_set *ret,
                                    struct pail_error *err);
void pail_xattr_set_done(struct pail_xattr_set *s);
void pail_xattr_format(const struct pail_xattr *v, size_t n, struct pail_buf *to);

#endif
