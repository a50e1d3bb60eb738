/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/image.h - the S3 model as a stream of bytes, for simulations that go on in another process.
 *
 * Buckets, objects, uploads, identities, the id counter and the options; not the log, the counters
 * and the fault rules. Native numbers, no version: written and read by the same program.
 */
#ifndef PAIL_FAKE_IMAGE_H
#define PAIL_FAKE_IMAGE_H

#include <stdio.h>

#include "fake/s3.h"

bool fake_s3_save(const struct fake_s3 *s, FILE *to); /* false: the stream failed */
struct fake_s3 *fake_s3_load(FILE *from);             /* NULL: not an image */

#endif
