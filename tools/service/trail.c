/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest's name ends with its time, so that a listing from a made-up name on gives those of a
 * span of time. What is signed: its end, its place, the SHA-256 of its text, and the signature of
 * the digest before; the signature is in the object's metadata.
 */
#include "tools/service/trail.h"

#include "base/hex.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/value_json.h"
#include "crypto/rsa.h"
#include "crypto/zip.h"

#define DIGEST_MAX ((size_t)256 << 20)

/* Where the bucket is; asked for once. NULL and *err: it could not be found out. */
static const char *region_of(struct pail_trail *t, const char *bucket, struct pail_error *err)
{
    struct pail_client *s3 = NULL;
    struct pail_result *r = NULL;
    const char *region = NULL;
    struct pail_value *known = pail_value_get(t->regions, pail_str(bucket));
    if (known)
        return pail_cli_keep(t->cli, pail_value_as_str(known));
    int rc = pail_cli_client(t->cli, "s3", t->cli->g.region, PAIL_ENDPOINT_OTHER, &s3, err);
    if (!rc)
        rc = pail_callf(s3, &r, err, "GetBucketLocation", "Bucket: %s", bucket);
    if (!rc) {
        const char *place = pail_result_str(r, "LocationConstraint");
        region = pail_cli_keep(t->cli, pail_str(place && *place ? place : "us-east-1"));
        pail_value_set(t->cli->vs, t->regions, pail_str(bucket),
                       pail_value_str(t->cli->vs, pail_str(region)));
    }
    pail_result_free(r);
    pail_client_unref(s3);
    return region;
}

int pail_trail_s3(struct pail_trail *t, const char *bucket, struct pail_client **ret,
                  struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;
    const char *region = region_of(t, bucket, &why);
    if (region)
        return pail_cli_client(t->cli, "s3", region, PAIL_ENDPOINT_OTHER, ret, err);
    if (err)
        *err = why;
    return why.code ? why.code : pail_error_nomem(err);
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Up to the day's folders. */
static void put_folder(const struct pail_trail *t, struct pail_buf *to)
{
    if (t->prefix && *t->prefix)
        pail_buf_fmt(to, "%s/", t->prefix);
    pail_buf_z(to, "AWSLogs/");
    if (t->organization)
        pail_buf_fmt(to, "%s/", t->organization);
    pail_buf_fmt(to, "%s/CloudTrail-Digest/%s/", t->account, t->source_region);
}

/* The file's name up to its time. */
static void put_name(const struct pail_trail *t, struct pail_buf *to)
{
    pail_buf_fmt(to, "%s_CloudTrail-Digest_%s_%s_%s_", t->account, t->source_region, t->name,
                 t->home_region);
}

static bool take_number(struct pail_str *s)
{
    size_t n = 0;
    while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
        n++;
    bool ok = n > 0 && n < s->len && s->ptr[n] == '/';
    *s = pail_str_from(*s, n + 1);
    return ok;
}

static bool is_digest(const struct pail_trail *t, struct pail_str key)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf folder = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1 << 16);
    put_folder(t, &folder);
    put_name(t, &name);
    if (!pail_str_starts(key, pail_buf_view(&folder)))
        return false;
    struct pail_str rest = pail_str_from(key, folder.len);
    return take_number(&rest) && take_number(&rest) && take_number(&rest) &&
           pail_str_starts(rest, pail_buf_view(&name)) &&
           pail_str_ends(rest, PAIL_STR(".json.gz")) && rest.len > name.len + strlen(".json.gz") &&
           key.len >= 24;
}

struct pail_str pail_trail_key_date(struct pail_str key)
{
    return key.len < 24 ? PAIL_STR("") : pail_str_sub(key, key.len - 24, 16);
}

int pail_trail_list(struct pail_trail *t, const char *bucket, int64_t start_s, int64_t end_s,
                    struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf marker = PAIL_BUF_INIT(1 << 16);
    char from[PAIL_TIME_AMZ_LEN], first[PAIL_TIME_AMZ_LEN], last[PAIL_TIME_AMZ_LEN];
    struct pail_value *list = pail_value_list(t->cli->vs);
    struct pail_client *s3 = NULL;
    struct pail_pages *pages = NULL;
    pail_time_amz(start_s - 60, from); /* so that the start itself is in it */
    pail_time_amz(start_s, first);
    pail_time_amz(end_s + 3600, last); /* what was delivered late */
    put_folder(t, &marker);
    pail_buf_fmt(&marker, "%.4s/%.2s/%.2s/", from, from + 4, from + 6);
    put_name(t, &marker);
    pail_buf_fmt(&marker, "%s.json.gz", from);
    int rc = pail_buf_check(&marker, "key of a digest", err);
    if (!rc)
        rc = pail_trail_s3(t, bucket, &s3, err);
    if (!rc)
        rc = pail_pagesf(s3, &pages, err, "ListObjects", "Bucket: %s, Marker: %s", bucket,
                         pail_buf_cstr(&marker));
    for (bool more = true; !rc && more;) {
        struct pail_result *page = NULL;
        const struct pail_value *o;
        rc = pail_pages_next(pages, &page, err);
        more = page != NULL;
        pail_value_each (o, pail_result_find(page, "Contents")) {
            struct pail_str key = pail_value_as_str(pail_value_get(o, PAIL_STR("Key")));
            struct pail_str date = pail_trail_key_date(key);
            if (!is_digest(t, key))
                continue;
            more = more && pail_str_cmp(date, pail_str(last)) <= 0;
            if (more && pail_str_cmp(date, pail_str(first)) >= 0)
                pail_value_append(t->cli->vs, list, pail_value_str(t->cli->vs, key));
        }
        pail_result_free(page);
    }
    pail_pages_free(pages);
    pail_client_unref(s3);
    if (!rc)
        *ret = list;
    return rc;
}

/* ---- Digests --------------------------------------------------------------------------------- */

struct digest {
    const char *bucket, *key;
    struct pail_buf text;
    struct pail_value *doc;
    const char *signature; /* hexadecimal */
};

static int invalid(struct pail_error *err, const char *why)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_INVALID, "%s", why);
}

static int fetch(struct pail_trail *t, struct digest *d, struct pail_error *err)
{
    struct pail_client *s3 = NULL;
    struct pail_result *r = NULL;
    int rc = pail_trail_s3(t, d->bucket, &s3, err);
    if (!rc)
        rc = pail_callf(s3, &r, err, "GetObject", "Bucket: %s, Key: %s", d->bucket, d->key);
    if (!rc) {
        struct pail_bytes body = pail_value_as_blob(pail_result_find(r, "Body"));
        const struct pail_value *meta = pail_result_find(r, "Metadata");
        struct pail_value *signature = pail_value_get(meta, PAIL_STR("signature"));
        rc = pail_unzip(pail_strn(body.ptr, body.len), d->key, &d->text, err);
        if (!rc)
            rc = pail_value_from_json(t->cli->vs, pail_buf_view(&d->text), d->key, &d->doc, err);
        if (rc == PAIL_E_PARSE || (!rc && pail_value_type(d->doc) != PAIL_VAL_MAP))
            rc = invalid(err, "invalid format");
        else if (rc)
            ; /* memory, or a bound of ours: nothing is known of the digest */
        else if (!signature || !pail_value_get(meta, PAIL_STR("signature-algorithm")))
            rc = invalid(err, "signature verification failed");
        else if (!(d->signature = pail_cli_keep(t->cli, pail_value_as_str(signature))))
            rc = pail_error_nomem(err);
    }
    pail_result_free(r);
    pail_client_unref(s3);
    return rc;
}

static int check_place(const struct digest *d, struct pail_error *err)
{
    static const char *const required[] = {
        "digestPublicKeyFingerprint", "digestS3Bucket", "digestS3Object",
        "previousDigestSignature",    "digestEndTime",  "digestStartTime"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(required); i++)
        if (!pail_value_get(d->doc, pail_str(required[i])))
            return invalid(err, "invalid format");
    if (strcmp(pail_text_at(d->doc, "digestS3Bucket"), d->bucket) != 0 ||
        strcmp(pail_text_at(d->doc, "digestS3Object"), d->key) != 0)
        return invalid(err, "has been moved from its original location");
    return 0;
}

/* The bytes of a text of hexadecimal digits. */
static bool unhex(struct pail_str s, struct pail_buf *to)
{
    void *room = pail_buf_reserve(to, s.len / 2);
    if (!room || s.len % 2 || !pail_hex_decode(s, room, s.len / 2))
        return false;
    pail_buf_added(to, s.len / 2);
    return true;
}

static int check_signature(struct pail_trail *t, const struct digest *d, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf signed_text = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf signature = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_rsa_free_p) struct pail_rsa *key = NULL;
    const char *fingerprint = pail_text_at(d->doc, "digestPublicKeyFingerprint");
    const char *previous = pail_value_find_str(d->doc, "previousDigestSignature");
    struct pail_bytes der = pail_value_as_blob(pail_value_get(t->keys, pail_str(fingerprint)));
    char hash[65];
    if (!pail_value_get(t->keys, pail_str(fingerprint)))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_INVALID,
                              "public key not found in region %s for fingerprint %s",
                              t->home_region, fingerprint);
    int rc = pail_sha256_hex((struct pail_bytes){d->text.ptr, d->text.len}, hash, err);
    if (rc)
        return rc;
    bool is_hex = unhex(pail_str(d->signature), &signature);
    rc = pail_buf_check(&signature, "signature", err);
    if (!rc)
        rc = pail_rsa_from_public_der(der, &key, err);
    if (rc && rc != PAIL_E_PARSE)
        return rc;
    if (rc || !is_hex)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_INVALID,
                              "Unable to load PKCS #1 key with fingerprint %s", fingerprint);
    pail_buf_fmt(&signed_text, "%s\n%s/%s\n%s\n%s", pail_text_at(d->doc, "digestEndTime"),
                 d->bucket, d->key, hash, previous ? previous : "null");
    rc = pail_buf_check(&signed_text, "digest", err);
    if (rc)
        return rc;
    if (!pail_rsa_verify(key, PAIL_SHA256, (struct pail_bytes){signed_text.ptr, signed_text.len},
                         (struct pail_bytes){signature.ptr, signature.len}))
        return invalid(err, "signature verification failed");
    return 0;
}

int pail_trail_digest(struct pail_trail *t, const char *bucket, const char *key,
                      struct pail_value **ret, struct pail_error *err)
{
    struct digest d = {.bucket = bucket, .key = key, .text = PAIL_BUF_INIT(DIGEST_MAX)};
    int rc = fetch(t, &d, err);
    if (!rc)
        rc = check_place(&d, err);
    if (!rc)
        rc = check_signature(t, &d, err);
    pail_buf_done(&d.text);
    if (!rc)
        *ret = d.doc;
    return rc;
}
