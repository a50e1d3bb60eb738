/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/discovery.h - services that name the host to send requests to (DescribeEndpoints): the
 * memory of a client. Any thread.
 */
#ifndef PAIL_PROTOCOL_DISCOVERY_H
#define PAIL_PROTOCOL_DISCOVERY_H

#include "base/buf.h"
#include "model/model.h"

struct pail_opcall;
struct pail_credentials;
struct pail_discovery;

PAIL_CHECK int pail_discovery_new(struct pail_discovery **ret, struct pail_error *err);
void pail_discovery_free(struct pail_discovery *d); /* NULL is fine */
/* Puts what was found into c's resolved URL, if this operation is to look for it. signer: to ask
 * with; NULL: unsigned. May give PAIL_PREPARE_WOULD_BLOCK, where may_block is not set. */
PAIL_CHECK int pail_discovery_apply(struct pail_opcall *c, struct pail_credentials *signer,
                                    bool may_block, struct pail_error *err);
/* The service said that the host is not the one. True: there was one to forget. */
bool pail_discovery_forget(struct pail_opcall *c);

#endif
