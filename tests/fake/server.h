/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/server.h - the S3 model (s3.h) behind HTTP/1.1 on 127.0.0.1.
 *
 * A thread per connection; the model is used under one lock, bodies are received, hashed and sent
 * without it. Besides S3 and a little STS it answers, unsigned and uncounted: GET  /_fake/counts
 * {"PutObject": 3, ...}      POST /_fake/reset            counts and log to nothing GET  /_fake/log
 * one request a line          POST /_fake/faults           body: a fault script (s3.h) GET
 * /_fake/uploads?bucket=B   multipart uploads not ended POST /_fake/quirks           body: names of
 * those that are on POST /_fake/latency?ms=N       before every answer         POST
 * /_fake/clock?offset=MS  the server's clock runs ahead by that
 */
#ifndef PAIL_FAKE_SERVER_H
#define PAIL_FAKE_SERVER_H

#include "fake/s3.h"

struct fake_server;

struct fake_server_options {
    struct fake_s3_options s3;
    int port;     /* 0: a free one */
    bool verbose; /* each request on stderr */
};

/* NULL: the port cannot be had; errno says why. */
struct fake_server *fake_server_start(const struct fake_server_options *opt);
int fake_server_port(const struct fake_server *sv);
/* The model, to be used between lock and unlock. */
struct fake_s3 *fake_server_s3(struct fake_server *sv);
void fake_server_lock(struct fake_server *sv);
void fake_server_unlock(struct fake_server *sv);
/* Ends all connections, waits for their threads, frees everything. NULL is fine. */
void fake_server_stop(struct fake_server *sv);

#endif
