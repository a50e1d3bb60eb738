/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/upload_resume.c - going on with an upload that was interrupted.
 *
 * The resume file names the upload and what it was made from. What is stored of it S3 knows
 * (ListParts), and whether that is what the source has now is found out by reading the source: a
 * part counts only if its CRC32 is the same, or, where the service keeps none, its MD5.
 */
#include "transfer/upload.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/checksum.h"
#include "crypto/digest.h"

#define MAX_FILE (64u * 1024)

/* ---- The file ---- */

static bool says(const struct pail_jnode *root, const char *key, struct pail_str value)
{
    return pail_str_eq(pail_json_str(pail_json_get(root, key)), value);
}

static bool counts(const struct pail_jnode *root, const char *key, uint64_t value)
{
    int64_t v;
    return pail_json_int(pail_json_get(root, key), &v) && v >= 0 && (uint64_t)v == value;
}

static bool take(struct pail_up *u, const struct pail_jnode *root)
{
    struct pail_str id = pail_json_str(pail_json_get(root, "upload_id"));
    int64_t part;

    if (!says(root, "kind", PAIL_STR("upload")) || !says(root, "bucket", u->args.bucket) ||
        !says(root, "key", u->args.key) || !counts(root, "size", u->source.size) || id.len == 0 ||
        id.len >= sizeof(u->id.id) || !pail_json_int(pail_json_get(root, "part_size"), &part))
        return false;
    if (part < (int64_t)PAIL_S3_MIN_PART || part > (int64_t)PAIL_S3_MAX_PART ||
        u->source.size / (uint64_t)part >= PAIL_S3_MAX_PARTS)
        return false;
    memcpy(u->id.id, id.ptr, id.len);
    u->id.id[id.len] = '\0';
    u->part_size = (uint64_t)part;
    return true;
}

bool pail_up_resume_load(struct pail_up *u)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    PAIL_AUTOFREE char *text = NULL;
    size_t n;

    if (pail_file_read_all(u->args.resume_file, MAX_FILE, &text, &n, NULL) < 0 ||
        pail_json_parse(pail_strn(text, n), u->args.resume_file, &doc, NULL) < 0)
        return false;
    return take(u, pail_json_root(doc));
}

int pail_up_resume_save(const struct pail_up *u, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_FILE);
    struct pail_jwriter w;

    pail_jw_init(&w, &text, 0);
    pail_jw_object(&w);
    const struct {
        const char *key;
        struct pail_str value;
    } texts[] = {{"kind", PAIL_STR("upload")},
                 {"bucket", u->args.bucket},
                 {"key", u->args.key},
                 {"upload_id", pail_str(u->id.id)}};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(texts); i++) {
        pail_jw_key(&w, pail_str(texts[i].key));
        pail_jw_str(&w, texts[i].value);
    }
    pail_jw_key(&w, PAIL_STR("size"));
    pail_jw_int(&w, (int64_t)u->source.size);
    pail_jw_key(&w, PAIL_STR("part_size"));
    pail_jw_int(&w, (int64_t)u->part_size);
    pail_jw_end_object(&w);
    int rc = pail_buf_check(&text, "resume file", err);
    struct pail_bytes bytes = {text.ptr, text.len};
    return rc < 0 ? rc : pail_file_write_all(u->args.resume_file, bytes, 0600, err);
}

/* ---- Parts ---- */

static uint64_t length_of(const struct pail_up *u, size_t i)
{
    uint64_t at = (uint64_t)i * u->part_size;
    return pail_min_u64(u->part_size, u->source.size - at);
}

int pail_up_resume_page(struct pail_up *u, struct pail_error *err)
{
    for (size_t i = 0; i < u->listing.n; i++) {
        const struct pail_s3_listed_part *from = &u->listing.parts[i];
        if (from->number > u->n_parts || from->size != length_of(u, from->number - 1))
            continue; /* it will be sent, and so replaced */
        struct pail_s3_part *to = &u->parts[from->number - 1];
        if (from->etag.len >= sizeof(to->etag) || from->checksum_crc32.len >= sizeof(to->checksum))
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "an ETag of %zu bytes",
                                  from->etag.len);
        *to = (struct pail_s3_part){.number = from->number};
        memcpy(to->etag, from->etag.ptr, from->etag.len);
        if (from->checksum_crc32.len)
            memcpy(to->checksum, from->checksum_crc32.ptr, from->checksum_crc32.len);
        u->stored[from->number - 1] = true;
    }
    return 0;
}

struct sums {
    uint32_t crc;
    struct pail_hasher *md5; /* NULL: the CRC32 is enough */
};

static int read_part(struct pail_up *u, size_t i, struct sums *s, struct pail_error *err)
{
    uint64_t at = (uint64_t)i * u->part_size, end = at + length_of(u, i);
    struct pail_chunk *c;

    int rc = pail_chunks_get(u->t.m->chunks, &c, err);
    if (rc < 0)
        return rc;
    while (rc == 0 && at < end) {
        size_t n = pail_min_u64(pail_chunks_size(u->t.m->chunks), end - at);
        rc = pail_source_read_at(&u->source, at, c->data, n, err);
        if (rc == 0)
            s->crc = pail_crc32(s->crc, c->data, n);
        if (rc == 0 && s->md5)
            rc = pail_hasher_add(s->md5, (struct pail_bytes){c->data, n}, err);
        at += n;
    }
    pail_chunks_put(u->t.m->chunks, c);
    return rc;
}

static int same_crc(const struct sums *s, const struct pail_s3_part *part, bool *ret,
                    struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(32);
    const uint8_t bytes[4] = {(uint8_t)(s->crc >> 24), (uint8_t)(s->crc >> 16),
                              (uint8_t)(s->crc >> 8), (uint8_t)s->crc};
    pail_base64_encode(&text, bytes, sizeof(bytes));
    int rc = pail_buf_check(&text, "checksum", err);
    if (rc == 0)
        *ret = pail_str_eqz(pail_buf_view(&text), part->checksum);
    return rc;
}

/* "\"32 digits\"" */
static bool md5_of_etag(const char *etag, uint8_t ret[PAIL_MD5_LEN])
{
    struct pail_str s = pail_str(etag);
    return s.len == 2 + 2 * PAIL_MD5_LEN &&
           pail_hex_decode(pail_str_sub(s, 1, 2 * PAIL_MD5_LEN), ret, PAIL_MD5_LEN);
}

int pail_up_resume_check(struct pail_up *u, size_t i, bool *ret_same, struct pail_error *err)
{
    const struct pail_s3_part *part = &u->parts[i];
    uint8_t wanted[PAIL_MD5_LEN], got[PAIL_MD5_LEN];
    struct sums s = {0};
    int rc = 0;

    *ret_same = false;
    if (!part->checksum[0]) {
        if (!md5_of_etag(part->etag, wanted))
            return 0;
        rc = pail_hasher_new(PAIL_MD5, &s.md5, err);
    }
    if (rc == 0)
        rc = read_part(u, i, &s, err);
    if (rc == 0 && s.md5) {
        rc = pail_hasher_finish(s.md5, got, err);
        *ret_same = rc == 0 && memcmp(wanted, got, sizeof(got)) == 0;
    } else if (rc == 0) {
        rc = same_crc(&s, part, ret_same, err);
    }
    pail_hasher_free(s.md5);
    if (rc == 0 && *ret_same)
        u->t.step.result.size += length_of(u, i);
    return rc;
}

/* ---- The whole ---- */

bool pail_up_etag(const struct pail_up *u, char ret[64])
{
    struct pail_hasher *h = NULL;
    uint8_t md5[PAIL_MD5_LEN];
    char hex[2 * PAIL_MD5_LEN + 1];
    bool ok = pail_hasher_new(PAIL_MD5, &h, NULL) == 0;

    for (size_t i = 0; ok && i < u->n_parts; i++)
        ok = md5_of_etag(u->parts[i].etag, md5) &&
             pail_hasher_add(h, (struct pail_bytes){md5, sizeof(md5)}, NULL) == 0;
    ok = ok && pail_hasher_finish(h, md5, NULL) == 0;
    pail_hasher_free(h);
    if (!ok)
        return false;
    pail_hex_encode(md5, sizeof(md5), hex);
    snprintf(ret, 64, "\"%s-%zu\"", hex, u->n_parts);
    return true;
}
