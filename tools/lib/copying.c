/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and meanings are the AWS CLI's. Headers that S3 will not take for what is copied are not
 * sent: S3 says more about them than we could.
 */
#include "tools/lib/copying.h"

#include <string.h>

#include "auth/session.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "base/timefmt.h"

#define DATA_IN_FLIGHT (UINT64_C(40) << 20)

#define AT(field) offsetof(struct pail_copying_options, field)
#define FLAG(letter, name, help, field)                                                            \
    {                                                                                              \
        PAIL_OPT_FLAG, letter, name, NULL, help, AT(field), NULL                                   \
    }
#define TEXT(name, value, help, field)                                                             \
    {                                                                                              \
        PAIL_OPT_STRING, 0, name, value, help, AT(field), NULL                                     \
    }

static const char *const sse_values[] = {"AES256", "aws:kms", "aws:kms:dsse", NULL};
static const char *const sse_c_values[] = {"AES256", NULL};

#define ROWS                                                                                       \
    FLAG('n', "dryrun", "Show what would be done", dry_run),                                       \
        FLAG(0, "no-progress", "No progress line on a terminal", no_progress),                     \
        FLAG(0, "only-show-errors", "No lines but of errors and warnings", only_show_errors),      \
        {PAIL_OPT_U64, 0, "parallel", "N", "Requests in flight (16)", AT(parallel), NULL},         \
        {PAIL_OPT_EACH,                                                                            \
         0,                                                                                        \
         "exclude",                                                                                \
         "PATTERN",                                                                                \
         "Leave out names like this; the last match counts",                                       \
         AT(filter),                                                                               \
         NULL},                                                                                    \
        {PAIL_OPT_EACH, 0,   "include", "PATTERN", "Take names like this nevertheless",            \
         AT(filter),    NULL},                                                                     \
        FLAG(0, "resume", "Go on with files that an interrupted copy with --resume began",         \
             resume),                                                                              \
        FLAG(0, "follow-symlinks", "Follow symbolic links of the source (the default)",            \
             follow_symlinks),                                                                     \
        FLAG(0, "no-follow-symlinks", "Pass over symbolic links of the source",                    \
             no_follow_symlinks),                                                                  \
        {PAIL_OPT_U64,  0,   "page-size", "N", "Keys in one answer of a listing (1000)",           \
         AT(page_size), NULL},                                                                     \
        FLAG(0, "no-guess-mime-type", "No content type from the file's name", no_guess_mime_type), \
        TEXT("content-type", "TYPE", "Content type of the objects", content_type),                 \
        TEXT("content-encoding", "TEXT", "Content-Encoding of the objects", content_encoding),     \
        TEXT("content-language", "TEXT", "Content-Language of the objects", content_language),     \
        TEXT("content-disposition", "TEXT", "Content-Disposition of the objects",                  \
             content_disposition),                                                                 \
        TEXT("cache-control", "TEXT", "Cache-Control of the objects", cache_control),              \
        TEXT("expires", "TIME", "Expires of the objects, as 2030-01-01T00:00:00Z", expires),       \
        TEXT("metadata", "K=V,...", "User metadata of the objects; JSON too", metadata),           \
        TEXT("metadata-directive", "WHAT", "COPY or REPLACE what a copy's source bears",           \
             metadata_directive),                                                                  \
        TEXT("copy-props", "WHAT", "none, metadata-directive or default: what copies take along",  \
             copy_props),                                                                          \
        TEXT("website-redirect", "URL", "Where a website sends its readers to", website_redirect), \
        TEXT("storage-class", "CLASS", "Storage class of the objects", storage_class),             \
        TEXT("acl", "ACL", "Canned ACL of the objects", acl),                                      \
        {PAIL_OPT_PAIRS, 0,   "grants", "RIGHT=WHO...", "Rights (read, readacl, writeacl, full)",  \
         AT(grants),     NULL},                                                                    \
        {PAIL_OPT_MAYBE, 0,         "sse", "HOW", "Encrypt with AES256 (the default), or aws:kms", \
         AT(sse),        sse_values},                                                              \
        TEXT("sse-kms-key-id", "ID", "Key of aws:kms", sse_kms_key_id),                            \
        {PAIL_OPT_MAYBE, 0,           "sse-c", "HOW", "Encrypt with a key of one's own (AES256)",  \
         AT(sse_c),      sse_c_values},                                                            \
        TEXT("sse-c-key", "KEY", "That key: 32 bytes, base64 of them, or fileb://FILE",            \
             sse_c_key),                                                                           \
        {PAIL_OPT_MAYBE,                                                                           \
         0,                                                                                        \
         "sse-c-copy-source",                                                                      \
         "HOW",                                                                                    \
         "The copy's source has a key of one's own",                                               \
         AT(sse_c_copy_source),                                                                    \
         sse_c_values},                                                                            \
        TEXT("sse-c-copy-source-key", "KEY", "That key", sse_c_copy_source_key),                   \
        TEXT("request-payer", "WHO", "requester: pay for the requests", request_payer),            \
        TEXT("source-region", "REGION", "Region of a copy's source bucket", source_region),        \
        TEXT("checksum-algorithm", "NAME",                                                         \
             "CRC32 (the default), CRC32C, CRC64NVME, SHA1 or SHA256 of what is written",          \
             checksum_algorithm),                                                                  \
        TEXT("checksum-mode", "MODE", "ENABLED, as always", checksum_mode),                        \
        TEXT("case-conflict", "WHAT",                                                              \
             "ignore, skip, warn or error: names of downloads that differ by case only",           \
             case_conflict),                                                                       \
        FLAG(0, "no-overwrite", "Leave what is there alone", no_overwrite),                        \
        {PAIL_OPT_U64,                                                                             \
         0,                                                                                        \
         "progress-frequency",                                                                     \
         "SECONDS",                                                                                \
         "Renew the progress line no more often",                                                  \
         AT(progress_frequency),                                                                   \
         NULL},                                                                                    \
        FLAG(0, "progress-multiline", "Progress in lines of their own", progress_multiline),       \
        FLAG(0, "force-glacier-transfer", "Try archived objects too", force_glacier_transfer),     \
        FLAG(0, "ignore-glacier-warnings", "Pass over archived objects silently",                  \
             ignore_glacier_warnings)

const struct pail_opt pail_copying_table[] = {
    FLAG('r', "recursive", "A directory, or everything below a prefix", recursive),
    ROWS,
    {PAIL_OPT_SIZE, 0, "expected-size", "BYTES", "Length of standard input, if above 50 GB",
     AT(expected_size), NULL},
    FLAG(0, "validate-same-s3-paths", "mv: refuse what may be the same object behind access points",
         validate_same_s3_paths),
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};
const struct pail_opt pail_syncing_table[] = {
    ROWS,
    FLAG(0, "delete", "Delete at the target what the source does not have", delete),
    FLAG(0, "size-only", "Files of equal size are equal", size_only),
    FLAG(0, "exact-timestamps", "Downloads: files are equal only if their times are",
         exact_timestamps),
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

void pail_copying_defaults(void *options)
{
    ((struct pail_copying_options *)options)->parallel = UINT64_MAX; /* not given */
}

/* ---- Metadata, grants, keys ---- */

static size_t count_pairs(struct pail_str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == ',';
    return n;
}

static int bad(const char *option, const char *value, const char *wanted, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "--%s: \"%s\" is not %s", option,
                          value, wanted);
}

/* "a=b,c=d" */
static int short_metadata(struct pail_copying *c, const char *text, struct pail_error *err)
{
    struct pail_str rest = pail_str(text), pair;
    while (pail_str_split(&rest, ',', &pair)) {
        size_t eq = pail_str_find(pair, '=');
        if (eq == SIZE_MAX || eq == 0)
            return bad("metadata", text, "KEY=VALUE,...", err);
        c->meta[c->attributes.n_meta++] = (struct pail_s3_meta){pail_str_sub(pair, 0, eq),
                                                                pail_str_from(pair, eq + 1)};
    }
    return 0;
}

static int json_metadata(struct pail_copying *c, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    const struct pail_jnode *value;
    struct pail_str key;
    int rc = pail_json_parse(pail_str(c->o->metadata), "--metadata", &doc, err);
    for (void *it = NULL; !rc && pail_json_each(pail_json_root(doc), &it, &key, &value);) {
        struct pail_str v = pail_json_str(value);
        if (!v.ptr)
            return bad("metadata", c->o->metadata, "a map of texts", err);
        char *k = pail_strndup(key), *copy = pail_strndup(v);
        c->meta[c->attributes.n_meta++] = (struct pail_s3_meta){pail_strn(k, key.len),
                                                                pail_strn(copy, v.len)};
        if (!k || !copy)
            rc = pail_error_nomem(err);
    }
    return rc;
}

static int metadata(struct pail_copying *c, struct pail_error *err)
{
    const char *text = c->o->metadata;
    if (!text)
        return 0;
    c->meta = pail_calloc(count_pairs(pail_str(text)), sizeof(*c->meta));
    if (!c->meta)
        return pail_error_nomem(err);
    int rc = text[0] == '{' ? json_metadata(c, err) : short_metadata(c, text, err);
    c->attributes.meta = c->meta;
    return rc;
}

/* "full=id=...", several of a kind: separated by commas */
static int grants(struct pail_copying *c, struct pail_error *err)
{
    static const char *const rights[] = {"full", "read", "readacl", "writeacl"};
    struct pail_str *fields[] = {&c->attributes.grant_full_control, &c->attributes.grant_read,
                                 &c->attributes.grant_read_acp, &c->attributes.grant_write_acp};
    for (size_t i = 0; i < c->o->grants.n; i++) {
        const char *word = c->o->grants.words[i].value;
        const char *eq = strchr(word, '=');
        size_t k = 0;
        while (eq && k < 4 &&
               (strlen(rights[k]) != (size_t)(eq - word) ||
                strncmp(rights[k], word, (size_t)(eq - word)) != 0))
            k++;
        if (!eq || k == 4)
            return bad("grants", word, "of the form permission=principal", err);
        pail_buf_fmt(&c->grants[k], "%s%s", c->grants[k].len ? "," : "", eq + 1);
        int rc = pail_buf_check(&c->grants[k], "grants", err);
        if (rc)
            return rc;
        *fields[k] = pail_buf_view(&c->grants[k]);
    }
    return 0;
}

static int customer_key(const char *option, const char *given, char **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf raw = PAIL_BUF_INIT(256);
    PAIL_AUTOFREE char *text = NULL;
    struct pail_str value = pail_str(given);
    size_t n;
    if (pail_str_starts(value, PAIL_STR("fileb://"))) {
        int rc = pail_file_read_all(given + 8, 256, &text, &n, err);
        if (rc)
            return rc;
        value = pail_strn(text, n);
    }
    if (value.len != 32 && pail_base64_decode(&raw, value, NULL) == 0)
        value = pail_buf_view(&raw);
    if (value.len != 32)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "--%s: a key of %zu bytes; it has 32", option, value.len);
    *ret = pail_strndup(value);
    return *ret ? 0 : pail_error_nomem(err);
}

static int keys(struct pail_copying *c, struct pail_error *err)
{
    const struct pail_copying_options *o = c->o;
    if ((o->sse_c || o->sse_c_copy_source) && !o->sse_c_key && !o->sse_c_copy_source_key)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "--sse-c needs --sse-c-key");
    int rc = o->sse_c_key ? customer_key("sse-c-key", o->sse_c_key, &c->key, err) : 0;
    if (!rc && o->sse_c_copy_source_key)
        rc = customer_key("sse-c-copy-source-key", o->sse_c_copy_source_key, &c->source_key, err);
    if (c->key)
        c->access.sse_c_key = (struct pail_bytes){c->key, 32};
    if (c->source_key)
        c->access.source_sse_c_key = (struct pail_bytes){c->source_key, 32};
    return rc;
}

static const char *const case_values[] = {"ignore", "skip", "warn", "error", NULL};
static const char *const mode_values[] = {"ENABLED", NULL};
static const char *const checksum_values[] = {"CRC64NVME", "CRC32",  "SHA256",
                                              "SHA1",      "CRC32C", NULL};
static const enum pail_s3_checksum checksums[] = {PAIL_S3_CRC64NVME, PAIL_S3_CRC32, PAIL_S3_SHA256,
                                                  PAIL_S3_SHA1, PAIL_S3_CRC32C};

static int one_of(const char *option, const char *value, const char *const *values,
                  struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf all = PAIL_BUF_INIT(256);
    pail_buf_z(&all, "one of ");
    for (size_t i = 0; value && values[i]; i++) {
        if (strcmp(values[i], value) == 0)
            return 0;
        pail_buf_fmt(&all, "%s%s", i ? ", " : "", values[i]);
    }
    return value ? bad(option, value, pail_buf_cstr(&all), err) : 0;
}

static int directive(struct pail_copying *c, struct pail_error *err)
{
    const char *d = c->o->metadata_directive, *props = c->o->copy_props;
    if (d && strcmp(d, "COPY") && strcmp(d, "REPLACE"))
        return bad("metadata-directive", d, "one of COPY, REPLACE", err);
    if (props && strcmp(props, "none") && strcmp(props, "metadata-directive") &&
        strcmp(props, "default"))
        return bad("copy-props", props, "one of none, metadata-directive, default", err);
    if (c->o->request_payer && strcmp(c->o->request_payer, "requester"))
        return bad("request-payer", c->o->request_payer, "requester", err);
    int rc = one_of("case-conflict", c->o->case_conflict, case_values, err);
    if (!rc)
        rc = one_of("checksum-mode", c->o->checksum_mode, mode_values, err);
    if (!rc)
        rc = one_of("checksum-algorithm", c->o->checksum_algorithm, checksum_values, err);
    if (rc)
        return rc;
    for (size_t i = 0; c->o->checksum_algorithm && checksum_values[i]; i++)
        if (strcmp(checksum_values[i], c->o->checksum_algorithm) == 0)
            c->checksum = checksums[i];
    c->replace = d ? strcmp(d, "REPLACE") == 0 : props && strcmp(props, "none") == 0;
    return 0;
}

int pail_copying_init(struct pail_copying *c, const struct pail_copying_options *o,
                      struct pail_error *err)
{
    memset(c, 0, sizeof(*c));
    c->o = o;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(c->grants); i++)
        pail_buf_init(&c->grants[i], 64 << 10);
    c->attributes = (struct pail_s3_attributes){
        .content_type = pail_str(o->content_type),
        .content_encoding = pail_str(o->content_encoding),
        .cache_control = pail_str(o->cache_control),
        .content_disposition = pail_str(o->content_disposition),
        .content_language = pail_str(o->content_language),
        .storage_class = pail_str(o->storage_class),
        .acl = pail_str(o->acl),
        .sse = pail_str(o->sse),
        .sse_kms_key_id = pail_str(o->sse_kms_key_id),
        .website_redirect = pail_str(o->website_redirect),
    };
    c->access.requester_pays = o->request_payer != NULL;
    int rc = directive(c, err);
    int64_t seconds;
    uint32_t nanos;
    if (!rc && o->expires) {
        rc = pail_time_parse_any(pail_str(o->expires), &seconds, &nanos, err);
        if (!rc)
            pail_time_http(seconds, c->expires);
        c->attributes.expires = pail_str(c->expires);
    }
    if (!rc)
        rc = metadata(c, err);
    if (!rc)
        rc = grants(c, err);
    return rc ? rc : keys(c, err);
}

void pail_copying_done(struct pail_copying *c)
{
    bool owned = c->o && c->o->metadata && c->o->metadata[0] == '{';
    for (size_t i = 0; owned && i < c->attributes.n_meta; i++) {
        pail_free((void *)(uintptr_t)c->meta[i].name.ptr);
        pail_free((void *)(uintptr_t)c->meta[i].value.ptr);
    }
    pail_free(c->meta);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(c->grants); i++)
        pail_buf_done(&c->grants[i]);
    pail_free(c->key);
    pail_free(c->source_key);
}

/* ---- Tuning ---- */

/* "8MB", "50MB/s", "400Mb/s" (bits) */
static int setting_size(struct pail_session *session, const char *key, uint64_t *ret,
                        struct pail_error *err)
{
    struct pail_str value = pail_session_setting(session, "s3", key), text = value;
    uint64_t divide = 1;
    if (!value.len)
        return 0;
    if (pail_str_ends(text, PAIL_STR("/s"))) {
        divide = pail_str_ends(text, PAIL_STR("b/s")) ? 8 : 1;
        text.len -= 2;
    }
    if (!pail_opt_size(text, ret) || !*ret)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "s3 %s is \"%.*s\"; it is a size like 8MB", key, PAIL_STR_ARG(value));
    *ret /= divide;
    return 0;
}

/* Whether downloads go past the page cache: large ones, all, none. */
static uint64_t setting_direct(struct pail_session *session)
{
    struct pail_str value = pail_session_setting(session, "s3", "direct_io");

    if (!value.len)
        return 0;
    return pail_str_ieq(value, PAIL_STR("true")) ? 1 : UINT64_MAX;
}

int pail_copying_tune(const struct pail_copying_options *o, struct pail_session *session,
                      struct pail_transfer_config *ret, struct pail_error *err)
{
    uint64_t requests = 16;
    int rc = setting_size(session, "max_concurrent_requests", &requests, err);
    if (!rc)
        rc = setting_size(session, "multipart_threshold", &ret->multipart_threshold, err);
    if (!rc)
        rc = setting_size(session, "multipart_chunksize", &ret->multipart_chunksize, err);
    if (!rc)
        rc = setting_size(session, "max_bandwidth", &ret->max_bandwidth, err);
    if (!rc)
        rc = setting_size(session, "io_chunksize", &ret->io_chunksize, err);
    if (rc)
        return rc;
    bool asked = o->parallel != UINT64_MAX ||
                 pail_session_setting(session, "s3", "max_concurrent_requests").len;
    if (o->parallel != UINT64_MAX)
        requests = o->parallel;
    ret->max_concurrency = (unsigned)pail_min_u64(requests, 1000);
    /* Large parts are as fast with fewer of them; who asks for more gets more. */
    if (!asked)
        ret->memory_limit = pail_max_u64(DATA_IN_FLIGHT, 4 * ret->multipart_chunksize);
    ret->direct_threshold = setting_direct(session);
    ret->copy_threshold = PAIL_S3_MAX_COPY + 1;
    ret->copy_chunksize = UINT64_C(1) << 30;
    return 0;
}
