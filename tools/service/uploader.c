/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks whether the object is there, sends it if not, in parts where it is large, and shows how far
 * it is on stderr. Encrypted by S3's key unless a key of one's own is named.
 */
#include "tools/service/uploader.h"

#include <stdio.h>

#include <pail/transfer.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/str.h"
#include "base/thread.h"
#include "crypto/digest.h"
#include "tools/lib/aws_words.h"
#include "tools/service/signin.h"

int pail_uploader_open(struct pail_uploader *u, struct pail_cli *cli, struct pail_error *err)
{
    struct pail_s3_options o = PAIL_S3_OPTIONS_INIT;
    u->cli = cli;
    int rc = pail_cli_session_for(cli, PAIL_ENDPOINT_OTHER, &u->session, err);
    return rc ? rc : pail_s3_new(u->session, &o, &u->s3, err);
}

void pail_uploader_done(struct pail_uploader *u)
{
    u->s3 = pail_s3_unref(u->s3);
}

struct progress {
    const char *key;
    uint64_t size, sent;
    struct pail_mutex lock;
};

static void show_progress(void *ud, int64_t delta)
{
    struct progress *p = ud;
    pail_mutex_lock(&p->lock);
    p->sent += (uint64_t)delta;
    fprintf(stderr, "\rUploading to %s  %llu / %llu.0  (%.2f%%)", p->key,
            (unsigned long long)p->sent, (unsigned long long)p->size,
            p->size ? (double)p->sent / (double)p->size * 100 : 100.0);
    pail_mutex_unlock(&p->lock);
}

static bool is_there(struct pail_uploader *u, const char *key)
{
    struct pail_s3_head_args args = {.bucket = pail_str(u->bucket), .key = pail_str(key)};
    struct pail_s3_object object = {0};
    bool there = !pail_s3_head(u->s3, &args, &object, NULL);
    pail_s3_object_done(&object);
    return there;
}

static void explain(struct pail_uploader *u, const struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    if (strcmp(err->service_code, "NoSuchBucket") == 0)
        pail_buf_fmt(&text,
                     "S3 Bucket does not exist. Execute the command to create a new bucket\n"
                     "aws s3 mb s3://%s",
                     u->bucket);
    else if (!pail_aws_words(err, &text, NULL))
        pail_buf_z(&text, err->message);
    u->why = pail_cli_keep(u->cli, pail_buf_view(&text));
}

static int transmit(struct pail_uploader *u, const char *path, struct pail_bytes data,
                    const char *key, struct pail_error *err)
{
    struct progress p = {.key = key, .size = data.len};
    struct pail_transfers *m = NULL;
    size_t n = pail_value_len(u->metadata);
    PAIL_AUTOFREE struct pail_s3_meta *meta = pail_calloc(n + 1, sizeof(*meta));
    struct pail_upload_args args = {.bucket = pail_str(u->bucket),
                                    .key = pail_str(key),
                                    .path = path,
                                    .data = path ? NULL : &data,
                                    .progress = show_progress,
                                    .progress_ud = &p};
    if (!meta)
        return pail_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        meta[i].name = pail_value_key_at(u->metadata, i);
        meta[i].value = pail_value_as_str(pail_value_at(u->metadata, i));
    }
    args.attributes.meta = meta;
    args.attributes.n_meta = n;
    args.attributes.sse = u->kms_key_id ? PAIL_STR("aws:kms") : PAIL_STR("AES256");
    args.attributes.sse_kms_key_id = pail_str(u->kms_key_id);
    pail_mutex_init(&p.lock, "progress", PAIL_RANK_LEAF);
    int rc = pail_transfers_new(u->s3, NULL, &m, err);
    if (!rc)
        rc = pail_upload(m, &args, NULL, err);
    pail_transfers_free(m);
    pail_mutex_done(&p.lock);
    if (rc)
        explain(u, err);
    return rc;
}

/* path NULL: only data is there; it is always what the file has. */
static int put(struct pail_uploader *u, const char *path, struct pail_bytes data,
               const char *extension, const char **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf key = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 16);
    uint8_t md5[PAIL_MD5_LEN];
    char hex[2 * PAIL_MD5_LEN + 1];
    struct pail_error own = PAIL_ERROR_INIT;
    err = err ? err : &own;
    int rc = pail_digest(PAIL_MD5, data, md5, err);
    if (rc)
        return rc;
    pail_hex_encode(md5, sizeof(md5), hex);
    if (u->prefix && *u->prefix)
        pail_buf_fmt(&key, "%s/", u->prefix);
    pail_buf_fmt(&key, "%s%s%s", hex, extension ? "." : "", extension ? extension : "");
    pail_buf_fmt(&url, "s3://%s/%s", u->bucket, pail_buf_cstr(&key));
    rc = pail_buf_check(&url, "key", err);
    if (!rc && (u->force || !is_there(u, pail_buf_cstr(&key))))
        rc = transmit(u, path, data, pail_buf_cstr(&key), err);
    if (rc)
        return rc;
    *ret = pail_cli_keep(u->cli, pail_buf_view(&url));
    return *ret ? 0 : pail_error_nomem(err);
}

int pail_uploader_put(struct pail_uploader *u, struct pail_bytes data, const char *extension,
                      const char **ret, struct pail_error *err)
{
    return put(u, NULL, data, extension, ret, err);
}

int pail_uploader_put_file(struct pail_uploader *u, const char *path, const char **ret,
                           struct pail_error *err)
{
    struct pail_file_map map = {0};
    int rc = pail_file_map(path, SIZE_MAX / 2, &map, err);
    if (!rc)
        rc = put(u, path, (struct pail_bytes){map.ptr, map.len}, NULL, ret, err);
    pail_file_unmap(&map);
    return rc;
}

int pail_uploader_web_url(struct pail_uploader *u, const char *url, const char **ret,
                          struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    int rc = pail_signin_endpoint(u->session, "s3", "s3", pail_session_region(u->session), &text,
                                  err);
    if (rc)
        return rc;
    while (text.len && text.ptr[text.len - 1] == '/')
        pail_buf_truncate(&text, text.len - 1);
    pail_buf_fmt(&text, "/%s", url + strlen("s3://"));
    *ret = pail_cli_keep(u->cli, pail_buf_view(&text));
    return *ret ? 0 : pail_error_nomem(err);
}
