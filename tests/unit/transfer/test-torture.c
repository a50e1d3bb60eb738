/* SPDX-License-Identifier: Apache-2.0 */
/* No memory, at every place of a transfer. */
#include <unistd.h>

#include <pail/resource.h>

#include "unit/s3/script.h"
#include "unit/torture.h"

#define MIB ((size_t)1 << 20)

static char *data;

struct subject {
    const char *name;
    struct script_answer answers[4];
    size_t n;
    int (*body)(struct pail_transfers *m, struct pail_error *err); /* NULL: things */
    int (*things)(struct pail_bucket *b, struct pail_error *err);
};

static int do_put(struct pail_transfers *m, struct pail_error *err)
{
    struct pail_s3_meta meta = {PAIL_STR("a"), PAIL_STR("b")};
    struct pail_bytes bytes = {data, 1000};
    struct pail_upload_args args = {.bucket = PAIL_STR("bkt"),
                                    .key = PAIL_STR("k"),
                                    .data = &bytes,
                                    .attributes = {.meta = &meta, .n_meta = 1},
                                    .access = {.expected_owner = PAIL_STR("1")}};
    return pail_upload(m, &args, NULL, err);
}

static int do_parts(struct pail_transfers *m, struct pail_error *err)
{
    struct pail_bytes bytes = {data, 5 * MIB};
    struct pail_upload_args args = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("k"), .data = &bytes};
    return pail_upload(m, &args, NULL, err);
}

static int feed(void *ud, void *dst, size_t cap, size_t *ret_n, struct pail_error *err)
{
    size_t *left = ud;
    *ret_n = *left < cap ? *left : cap;
    memcpy(dst, data, *ret_n);
    *left -= *ret_n;
    return 0;
}

static int do_stream(struct pail_transfers *m, struct pail_error *err)
{
    size_t left = 300000;
    struct pail_upload_args args = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("k"), .read = feed, .read_ud = &left};
    return pail_upload(m, &args, NULL, err);
}

static int do_download(struct pail_transfers *m, struct pail_error *err)
{
    char path[] = "/tmp/pail-torture-XXXXXX";
    int fd = mkstemp(path);
    struct pail_download_args args = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("k"), .path = path, .set_mtime = true};
    int rc = pail_download(m, &args, NULL, err);

    close(fd);
    unlink(path);
    return rc;
}

static int swallow(void *ud, const void *p, size_t n, struct pail_error *err)
{
    return 0;
}

static int do_callback(struct pail_transfers *m, struct pail_error *err)
{
    struct pail_download_args args = {.bucket = PAIL_STR("bkt"),
                                      .key = PAIL_STR("k"),
                                      .write = swallow,
                                      .size_known = true,
                                      .size = 9};
    return pail_download(m, &args, NULL, err);
}

static int do_copy(struct pail_transfers *m, struct pail_error *err)
{
    struct pail_transfer_copy_args args = {.bucket = PAIL_STR("bkt"),
                                           .key = PAIL_STR("k"),
                                           .source_bucket = PAIL_STR("bkt"),
                                           .source_key = PAIL_STR("s")};
    return pail_transfer_copy(m, &args, NULL, err);
}

/* ---- <pail/resource.h> ---- */

static int do_objects(struct pail_bucket *b, struct pail_error *err)
{
    struct pail_objects_options options = {.prefix = PAIL_STR("p"),
                                           .start_after = PAIL_STR("p1"),
                                           .access = {.expected_owner = PAIL_STR("1")}};
    struct pail_objects *it = NULL;
    const struct pail_s3_entry *e = NULL;

    int rc = pail_bucket_objects(b, &options, &it, err);
    for (int i = 0; rc == 0 && i < 2; i++)
        rc = pail_objects_next(it, &e, err);
    pail_objects_free(it);
    return rc;
}

static int do_delete(struct pail_bucket *b, struct pail_error *err)
{
    return pail_bucket_delete_below(b, PAIL_STR("p"), NULL, err);
}

static int do_object(struct pail_bucket *b, struct pail_error *err)
{
    const struct pail_s3_object *known;
    struct pail_object *o = NULL;
    char *text = NULL;
    size_t n;

    int rc = pail_bucket_object(b, PAIL_STR("k"), &o, err);
    if (rc == 0)
        rc = pail_object_attributes(o, &known, err);
    if (rc == 0)
        rc = pail_object_get(o, 100, &text, &n, err);
    pail_s3_free(text);
    pail_object_unref(o);
    return rc;
}

static const struct subject subjects[] = {
    {"put", {{200, "ETag: \"e\"", NULL, 0}}, 1, do_put},
    {"parts",
     {{200, NULL, "<R><UploadId>u</UploadId></R>", 0},
      {200, "ETag: \"e\"", NULL, 0},
      {200, NULL, "<R><ETag>e</ETag></R>", 0}},
     3,
     do_parts},
    {"stream", {{200, "ETag: \"e\"", NULL, 0}}, 1, do_stream},
    {"download",
     {{200, "ETag: \"e\"", "123456789", 0}, {200, "ETag: \"e\"", "123456789", 0}},
     2,
     do_download},
    {"callback", {{200, "ETag: \"e\"", "123456789", 0}}, 1, do_callback},
    {"copy", {{200, "ETag: \"e\"", NULL, 0}, {200, NULL, "<R><ETag>e</ETag></R>", 0}}, 2, do_copy},
    {"objects",
     {{200, NULL,
       "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</"
       "NextContinuationToken>"
       "<Contents><Key>p2</Key><Size>1</Size></Contents></ListBucketResult>",
       0},
      {200, NULL,
       "<ListBucketResult><Contents><Key>p3</Key><Size>1</Size></Contents></ListBucketResult>", 0}},
     2,
     NULL,
     do_objects},
    {"delete",
     {{200, NULL,
       "<ListBucketResult><Contents><Key>p2</Key><Size>1</Size></Contents></ListBucketResult>", 0},
      {200, NULL, "<DeleteResult><Deleted><Key>p2</Key></Deleted></DeleteResult>", 0}},
     2,
     NULL,
     do_delete},
    {"object",
     {{200, "ETag: \"e\"\nx-amz-meta-a: b", NULL, 0}, {200, "ETag: \"e\"", "123456789", 0}},
     2,
     NULL,
     do_object},
};

static int body(void *ud, struct pail_error *err)
{
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;
    const struct subject *subject = ud;
    struct pail_transfers *m = NULL;
    struct pail_bucket *b = NULL;
    struct script sc;

    config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
    config.max_concurrency = 1;
    int rc = script_open(&sc, subject->answers, subject->n, err);
    if (rc == 0 && subject->things) {
        rc = pail_bucket_new(sc.s3, PAIL_STR("bkt"), &b, err);
        if (rc == 0)
            rc = subject->things(b, err);
        pail_bucket_unref(b);
        script_close(&sc);
        return rc;
    }
    if (rc == 0)
        rc = pail_transfers_new(sc.s3, &config, &m, err);
    if (rc == 0)
        rc = subject->body(m, err);
    pail_transfers_free(m);
    script_close(&sc);
    return rc;
}

static void test_all(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    data = calloc(1, 5 * MIB);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(subjects); i++) {
        /* Once with memory: what is allocated for good is allocated now. */
        assert_ok(body((void *)&subjects[i], &err), &err);
        pail_torture(subjects[i].name, body, (void *)&subjects[i]);
    }
    free(data);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_all))
