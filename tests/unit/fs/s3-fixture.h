/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/fs/s3-fixture.h - a bucket of the fake S3 in this process, over sockets, and a client of it.
 *
 *     struct s3_fixture f;
 *     s3_fixture_start(&f, NULL);
 *     s3_fixture_store(&f, "key", data, n);
 *     ... f.volume, f.dir ...
 *     assert_int_equal(s3_fixture_count(&f, "GetObject"), 1);
 *     s3_fixture_stop(&f);
 *
 * The volume's endpoint can do everything. Retries do not wait: random numbers are a counter, whose
 * values as fractions are next to nothing.
 */
#ifndef PAIL_TESTS_UNIT_FS_S3_FIXTURE_H
#define PAIL_TESTS_UNIT_FS_S3_FIXTURE_H

#include "fake/server.h"
#include "meta/volume.h"
#include "unit/test.h"

#define S3_BUCKET "bkt"

struct s3_fixture {
    struct fake_server *server;
    struct pail_session *session;
    struct pail_s3 *s3;
    struct pail_volume volume;
    char dir[64]; /* an empty folder, removed at the end with all that is in it */
};

/* opt NULL: as S3. Keys are filled in. */
void s3_fixture_start(struct s3_fixture *f, const struct fake_s3_options *opt);
void s3_fixture_stop(struct s3_fixture *f);

/* A pattern that differs from one seed and one position to another. */
void s3_fixture_fill(char *to, size_t n, uint64_t at, uint64_t seed);
/* Both as by another client; not counted. Last-Modified is now plus s3_fixture_age_ms. */
void s3_fixture_store(struct s3_fixture *f, const char *key, const void *data, size_t n);
void s3_fixture_store_fill(struct s3_fixture *f, const char *key, size_t n, uint64_t seed);
void s3_fixture_store_aged(struct s3_fixture *f, const char *key, const void *data, size_t n,
                           int64_t age_ms);
/* With quotes, as S3 says it; "" when there is no such object. */
const char *s3_fixture_etag(struct s3_fixture *f, const char *key, char ret[64]);
bool s3_fixture_exists(struct s3_fixture *f, const char *key);
uint64_t s3_fixture_size(struct s3_fixture *f, const char *key);
/* NULL: the object does not exist. Names the first byte that differs. */
void s3_fixture_expect(struct s3_fixture *f, const char *key, const void *data, size_t n);
/* Metadata "x-amz-meta-NAME"; "" when there is none. */
const char *s3_fixture_header(struct s3_fixture *f, const char *key, const char *header,
                              char ret[256]);

/* Replaces the fault script (fake/s3.h) and resets counts and log. */
void s3_fixture_faults(struct s3_fixture *f, const char *script);
/* Requests since the last faults() or reset(); NULL: all. */
unsigned s3_fixture_count(struct s3_fixture *f, const char *operation);
void s3_fixture_reset(struct s3_fixture *f);
/* The log so far as "PutObject b/key 200, ..."; for messages. */
const char *s3_fixture_log(struct s3_fixture *f);
size_t s3_fixture_uploads(struct s3_fixture *f);

#endif
