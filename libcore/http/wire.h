/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/wire.h - what goes over the wire, for the log: lines of component http, level trace.
 *
 *     1a2b3c4d.1 > PUT https://b.s3.amazonaws.com/k?partNumber=1
 *     1a2b3c4d.1 > Authorization: ***
 *     1a2b3c4d.1 > (5242880 bytes)
 *     1a2b3c4d.1 < 200
 *
 * The number in front is of the call and its attempt. Secrets are redacted. Nothing happens unless
 * somebody listens.
 */
#ifndef PAIL_HTTP_WIRE_H
#define PAIL_HTTP_WIRE_H

#include "http/transport.h"

/* The exchange is about to start. id: of the call; attempt: from 1. */
void pail_wire_request(const char *id, unsigned attempt, const struct pail_exchange *x);
void pail_wire_head(const char *id, unsigned attempt, int status, const struct pail_headers *h);
/* collected: what was kept of the body; length: all of it. */
void pail_wire_body(const char *id, unsigned attempt, struct pail_str collected, uint64_t length);

#endif
