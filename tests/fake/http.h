/* SPDX-License-Identifier: Apache-2.0 */
/* fake/http.h - the server's side of HTTP/1.1 on one socket: a buffered reader of heads and bodies,
 * and gathered sending. */
#ifndef PAIL_FAKE_HTTP_H
#define PAIL_FAKE_HTTP_H

#include "fake/store.h"

struct fake_follow;

struct fake_wire {
    int fd;
    size_t start, end; /* of what is buffered */
    char buf[65536];
};

struct fake_head {
    char *method, *path, *query; /* into text */
    struct fake_header *headers; /* names and values into text */
    size_t n_headers;
    uint64_t length;
    bool has_length, chunked, expect, keep_alive;
    char *text; /* owned */
};

enum fake_read {
    FAKE_READ_OK,
    FAKE_READ_END, /* closed, or the socket failed */
    FAKE_READ_BAD, /* not HTTP that this server takes */
};
enum fake_read fake_http_head(struct fake_wire *w, struct fake_head *ret);
void fake_head_done(struct fake_head *h);
const char *fake_head_get(const struct fake_head *h, const char *name);

/* The body in a blob; *ret stays NULL when there is none. follow: MD5 along the way, for large
 * bodies of known length; or NULL. */
enum fake_read fake_http_body(struct fake_wire *w, const struct fake_head *h,
                              struct fake_blob **ret, struct fake_follow **follow);
/* Reads the body and forgets it. */
enum fake_read fake_http_skip(struct fake_wire *w, const struct fake_head *h);

bool fake_http_send(int fd, const void *p, size_t n);
/* Status line and headers, then n bytes of the rope from off; one system call where the socket
 * takes it. */
bool fake_http_answer(int fd, int status, const struct fake_headers *h, bool close,
                      const struct fake_rope *r, uint64_t off, uint64_t n);
/* Says that nothing more comes and waits a moment for the peer to read it. */
void fake_http_linger(int fd);

#endif
