/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/request.h - the head of one HTTP request. Built anew for every attempt (region, signature
 * and date may have changed). Path and query are stored percent-encoded, exactly as they go on the
 * wire.
 */
#ifndef PAIL_HTTP_REQUEST_H
#define PAIL_HTTP_REQUEST_H

#include "http/headers.h"

struct pail_request {
    char method[16];
    bool https;
    bool direct;                 /* never through a proxy */
    struct pail_buf host;        /* name, or IPv6 address without brackets */
    unsigned port;               /* never 0 */
    struct pail_buf path;        /* "/..." */
    struct pail_buf query;       /* "a=b&c=d", without '?'; empty: none */
    struct pail_headers headers; /* Host is not in it: pail_request_host */
};
void pail_request_init(struct pail_request *r);
void pail_request_done(struct pail_request *r);
void pail_request_reset(struct pail_request *r); /* empty, memory kept */
/* Scheme, host and port from a base URL; its path becomes the beginning of path (without a trailing
 * '/'). */
PAIL_CHECK int pail_request_base(struct pail_request *r, struct pail_str url,
                                 struct pail_error *err);
/* name=value, both percent-encoded here. */
void pail_request_query(struct pail_request *r, struct pail_str name, struct pail_str value);
PAIL_CHECK int pail_request_header(struct pail_request *r, const char *name, struct pail_str value,
                                   struct pail_error *err);
/* Host header: lower case, brackets for IPv6, no default port. */
void pail_request_host(const struct pail_request *r, struct pail_buf *to);
/* "https://host/path" with or without the query (which may hold a signature: never log it). */
void pail_request_url(const struct pail_request *r, bool with_query, struct pail_buf *to);
/* Sticky failures of the buffers. */
PAIL_CHECK int pail_request_check(const struct pail_request *r, struct pail_error *err);

#endif
