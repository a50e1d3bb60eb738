/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/redirect.h - where a browser is sent back to at the end of a login: a port of 127.0.0.1 that
 * waits for one request with the code.
 *
 * One owner, one thread. Listens on the loopback address only, to nobody else. What is sent here is
 * not to be trusted before its state was compared.
 */
#ifndef PAIL_AUTH_REDIRECT_H
#define PAIL_AUTH_REDIRECT_H

#include "base/buf.h"

struct pail_redirect;

/* What to register as the address, the port being free to choose (RFC 8252, 7.3). */
#define PAIL_REDIRECT_URI "http://127.0.0.1/oauth/callback"

PAIL_CHECK int pail_redirect_new(struct pail_redirect **ret, struct pail_error *err);
void pail_redirect_free(struct pail_redirect *r); /* NULL is fine */
PAIL_DEFINE_CLEANUP(struct pail_redirect, pail_redirect_free)
/* "http://127.0.0.1:4711/oauth/callback"; lives as long as r. */
const char *pail_redirect_uri(const struct pail_redirect *r);

/* Answers requests until one has "code" and "state", decoded into the buffers, or "error": then the
 * buffers stay empty. Others (a browser asks for its icon) are told that there is nothing.
 * PAIL_E_DEADLINE. */
PAIL_CHECK int pail_redirect_wait(struct pail_redirect *r, int64_t deadline_mono_ns,
                                  struct pail_buf *code, struct pail_buf *state,
                                  struct pail_error *err);

#endif
