/* SPDX-License-Identifier: Apache-2.0 */
/* No memory, at every place of a transfer. */
#include <unistd.h>

#include <pail/transfer.h>

#include "unit/s3/script.h"
#include "unit/torture.h"

#define MIB ((size_t)1 << 20)

static char *data;

struct subject {
    const char *name;
    struct script_answer answers[4];
    size_t n;
    int (*body)(struct pail_transfers *m, struct pail_error *err);
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
};

static int body(void *ud, struct pail_error *err)
{
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;
    const struct subject *subject = ud;
    struct pail_transfers *m = NULL;
    struct script sc;

    config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
    config.max_concurrency = 1;
    int rc = script_open(&sc, subject->answers, subject->n, err);
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
