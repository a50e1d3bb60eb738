/* SPDX-License-Identifier: Apache-2.0 */
/* fake/follow.h - MD5 of a buffer that is still being filled, on a thread of its own: S3 promises
 * MD5s, and they are slower than a loopback. */
#ifndef PAIL_FAKE_FOLLOW_H
#define PAIL_FAKE_FOLLOW_H

#include <stddef.h>
#include <stdint.h>

struct fake_follow;

/* NULL: no thread could be had. data must stay in place until the end. */
struct fake_follow *fake_follow_start(const char *data);
/* The first n bytes are there. */
void fake_follow_advance(struct fake_follow *f, size_t n);
/* Waits for the digest of all that was announced; frees f, which may be NULL. 16 bytes. */
void fake_follow_finish(struct fake_follow *f, uint8_t *ret_md5);

#endif
