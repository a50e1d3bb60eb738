/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "cloudtrail validate-logs": from the newest digest of a span of time back along the chain, each
 * checked, and each log file that it names. Where the chain is broken, the newest digest before
 * the break goes on.
 */
#include "tools/service/trail.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "crypto/digest.h"
#include "crypto/zip.h"
#include "tools/cmd.h"

#define LOG_MAX ((size_t)1 << 30)

struct validation {
    struct pail_cli *cli;
    struct pail_trail trail;
    const char *arn;
    bool verbose;
    int64_t start_s, end_s;
    bool found; /* a valid digest, and so: */
    int64_t found_start_s, found_end_s;
    unsigned valid_digests, invalid_digests, valid_logs, invalid_logs;
    bool after_gap;             /* the last line on the screen is empty */
    struct pail_value *digests; /* keys not come to yet */
    size_t n_digests;
};

/* ---- What is said ---------------------------------------------------------------------------- */

static void put_good(struct validation *v, const char *kind, const char *bucket, const char *key)
{
    if (!v->verbose)
        return;
    v->after_gap = false;
    printf("%s file\ts3://%s/%s\tvalid\n", kind, bucket, key);
}

static void put_bad(struct validation *v, const char *message)
{
    fflush(stdout);
    fprintf(stderr, v->after_gap ? "%s\n\n" : "\n%s\n\n", message);
    v->after_gap = true;
}

static void bad_log(struct validation *v, const char *bucket, const char *key, const char *why)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    v->invalid_logs++;
    pail_buf_fmt(&text, "Log file\ts3://%s/%s\tINVALID: %s", bucket, key, why);
    put_bad(v, pail_buf_cstr(&text));
}

static void put_span(const char *before, int64_t from, int64_t to, const char *after)
{
    char a[PAIL_TIME_ISO_LEN], b[PAIL_TIME_ISO_LEN];
    pail_time_iso(from, a);
    pail_time_iso(to, b);
    printf("%s %s to %s%s\n", before, a, b, after);
}

static void put_ratio(unsigned valid, unsigned bad, const char *kind)
{
    if (valid + bad)
        printf("\n%u/%u %s files valid", valid, valid + bad, kind);
    if (bad)
        printf(", %u/%u %s files INVALID", bad, valid + bad, kind);
}

static void put_summary(struct validation *v)
{
    if (!v->after_gap)
        printf("\n");
    put_span("Results requested for", v->start_s, v->end_s, "");
    if (!v->valid_digests && !v->invalid_digests) {
        printf("No digests found\n");
        return;
    }
    if (v->found)
        put_span("Results found for", v->found_start_s, v->found_end_s, ":");
    else
        printf("No valid digests found in range\n");
    put_ratio(v->valid_digests, v->invalid_digests, "digest");
    put_ratio(v->valid_logs, v->invalid_logs, "log");
    printf("\n");
}

/* ---- Log files ------------------------------------------------------------------------------- */

/* The digest of what is in the log file. *ret_broken: nothing can be read out of it. */
static int hash_log(struct validation *v, const char *bucket, const char *key, char ret[65],
                    bool *ret_broken, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(LOG_MAX);
    struct pail_client *s3 = NULL;
    struct pail_result *r = NULL;
    int rc = pail_trail_s3(&v->trail, bucket, &s3, err);
    if (!rc)
        rc = pail_callf(s3, &r, err, "GetObject", "Bucket: %s, Key: %s", bucket, key);
    if (!rc) {
        struct pail_bytes body = pail_value_as_blob(pail_result_find(r, "Body"));
        rc = pail_unzip(pail_strn(body.ptr, body.len), key, &text, err);
        *ret_broken = rc == PAIL_E_PARSE;
    }
    if (!rc)
        rc = pail_sha256_hex((struct pail_bytes){text.ptr, text.len}, ret, err);
    pail_result_free(r);
    pail_client_unref(s3);
    return rc;
}

static int check_log(struct validation *v, const struct pail_value *log, struct pail_error *err)
{
    const char *bucket = pail_text_at(log, "s3Bucket"), *key = pail_text_at(log, "s3Object");
    struct pail_error why = PAIL_ERROR_INIT;
    bool broken = false;
    char hash[65];
    int rc = hash_log(v, bucket, key, hash, &broken, &why);
    if (rc && pail_is_refusal(&why, "NoSuchKey")) {
        bad_log(v, bucket, key, "not found");
    } else if (broken) {
        bad_log(v, bucket, key, "invalid format");
    } else if (rc) {
        pail_error_copy(err, &why);
        return rc;
    } else if (strcmp(hash, pail_text_at(log, "hashValue")) != 0) {
        bad_log(v, bucket, key, "hash value doesn't match");
    } else {
        v->valid_logs++;
        put_good(v, "Log", bucket, key);
    }
    return 0;
}

/* ---- The chain ------------------------------------------------------------------------------- */

/* "20150830T123600Z" */
static int64_t compact_s(struct pail_str s)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64);
    int64_t ns = 0;
    if (s.len == 16)
        pail_buf_fmt(&text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s.ptr, s.ptr + 4, s.ptr + 6,
                     s.ptr + 9, s.ptr + 11, s.ptr + 13);
    return pail_time_parse_iso(pail_buf_view(&text), &ns, NULL) ? 0 : ns / PAIL_NS_PER_S;
}

/* The newest digest left, before that one where before is not NULL; NULL: there is none. */
static const char *next_digest(struct validation *v, const char *before)
{
    while (v->n_digests) {
        struct pail_str key = pail_value_as_str(pail_value_at(v->digests, --v->n_digests));
        if (!before ||
            pail_str_cmp(pail_trail_key_date(key), pail_trail_key_date(pail_str(before))) < 0)
            return pail_cli_keep(v->cli, key);
    }
    return NULL;
}

static int64_t instant(const struct pail_value *digest, const char *name)
{
    int64_t s = 0;
    uint32_t nanos;
    return pail_time_parse_any(pail_str(pail_text_at(digest, name)), &s, &nanos, NULL) ? 0 : s;
}

static int take_digest(struct validation *v, const struct pail_value *digest,
                       struct pail_error *err)
{
    int64_t start = instant(digest, "digestStartTime"), end = instant(digest, "digestEndTime");
    const struct pail_value *log;
    int rc = 0;
    if (start > v->start_s)
        v->found_start_s = start;
    if (!v->found)
        v->found_end_s = end < v->end_s ? end : v->end_s;
    v->found = true;
    v->valid_digests++;
    put_good(v, "Digest", pail_text_at(digest, "digestS3Bucket"),
             pail_text_at(digest, "digestS3Object"));
    pail_value_each (log, pail_value_find(digest, "logFiles"))
        rc = rc ? rc : check_log(v, log, err);
    return rc;
}

static int load(struct validation *v, const char *bucket, int64_t end_s, struct pail_error *err)
{
    int rc = pail_trail_list(&v->trail, bucket, v->start_s, end_s, &v->digests, err);
    v->n_digests = rc ? 0 : pail_value_len(v->digests);
    return rc;
}

static void put_gap(struct validation *v, const char *next, int64_t last_start_s)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 12);
    char a[PAIL_TIME_ISO_LEN], b[PAIL_TIME_ISO_LEN];
    pail_time_iso(compact_s(pail_trail_key_date(pail_str(next))), a);
    pail_time_iso(last_start_s, b);
    pail_buf_fmt(&text, "No log files were delivered by CloudTrail between %s and %s", a, b);
    put_bad(v, pail_buf_cstr(&text));
}

/* The digest cannot be used, and the chain goes on before it. False: that was not looked at, since
 * something else went wrong. */
static bool bad_digest(struct validation *v, const char *bucket, const char *key,
                       const struct pail_error *why)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    bool missing = pail_is_refusal(why, "NoSuchKey");
    if (!missing && (why->domain != PAIL_D_DATA || why->code != PAIL_E_INVALID))
        return false;
    pail_buf_fmt(&text, "Digest file\ts3://%s/%s\tINVALID: %s", bucket, key,
                 missing ? "not found" : why->message);
    v->invalid_digests++;
    put_bad(v, pail_buf_cstr(&text));
    return true;
}

static int walk(struct validation *v, struct pail_error *err)
{
    const char *bucket = v->trail.bucket, *key = next_digest(v, NULL);
    int64_t last_start_s = key ? compact_s(pail_trail_key_date(pail_str(key))) : 0;
    int rc = 0;
    while (!rc && key && v->start_s <= last_start_s) {
        struct pail_value *digest = NULL;
        struct pail_error why = PAIL_ERROR_INIT;
        rc = pail_trail_digest(&v->trail, bucket, key, &digest, &why);
        if (rc && !bad_digest(v, bucket, key, &why)) {
            pail_error_copy(err, &why);
            return rc;
        }
        if (rc) {
            rc = 0;
            key = next_digest(v, key);
            continue;
        }
        last_start_s = instant(digest, "digestStartTime");
        rc = take_digest(v, digest, err);
        const char *previous = pail_value_find_str(digest, "previousDigestS3Bucket");
        if (!previous) {
            const char *next = next_digest(v, key);
            if (next)
                put_gap(v, next, last_start_s);
            key = next;
            continue;
        }
        key = pail_text_at(digest, "previousDigestS3Object");
        if (!rc && strcmp(previous, bucket) != 0)
            rc = load(v, previous, instant(digest, "digestEndTime"), err);
        bucket = previous;
    }
    return rc;
}

/* ---- Beginning ------------------------------------------------------------------------------- */

static int load_keys(struct validation *v, struct pail_client *cloudtrail, struct pail_error *err)
{
    char a[PAIL_TIME_ISO_LEN], b[PAIL_TIME_ISO_LEN];
    struct pail_result *r = NULL;
    const struct pail_value *k;
    pail_time_iso(v->start_s, a);
    pail_time_iso(v->end_s, b);
    int rc = pail_callf(cloudtrail, &r, err, "ListPublicKeys", "StartTime: %s, EndTime: %s", a, b);
    v->trail.keys = pail_value_map(v->cli->vs);
    pail_value_each (k, rc ? NULL : pail_result_find(r, "PublicKeyList"))
        pail_value_set(v->cli->vs, v->trail.keys, pail_str(pail_text_at(k, "Fingerprint")),
                       pail_value_copy(v->cli->vs, pail_value_find(k, "Value")));
    pail_result_free(r);
    if (!rc && !pail_value_len(v->trail.keys))
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_NOT_FOUND,
                            "No public keys found between %s and %s", a, b);
    return rc;
}

/* The i-th of the parts between colons. */
static const char *arn_part(struct validation *v, unsigned i)
{
    struct pail_str rest = pail_str(v->arn), part = PAIL_STR("");
    for (unsigned k = 0; k <= i; k++)
        if (!pail_str_split(&rest, ':', &part))
            return "";
    return pail_cli_keepf(v->cli, "%.*s", PAIL_STR_ARG(part));
}

static bool is_arn(struct validation *v)
{
    struct pail_str account = pail_str(arn_part(v, 4));
    bool ok = account.len == 12;
    for (size_t i = 0; ok && i < account.len; i++)
        ok = account.ptr[i] >= '0' && account.ptr[i] <= '9';
    return ok && strcmp(arn_part(v, 0), "arn") == 0 && *arn_part(v, 1) &&
           strcmp(arn_part(v, 2), "cloudtrail") == 0 && *arn_part(v, 3) &&
           strncmp(arn_part(v, 5), "trail/", 6) == 0 && arn_part(v, 5)[6];
}

/* Bucket, prefix and organization, as the trail has them. 0, or an exit code. */
static int look_up(struct validation *v, struct pail_client *cloudtrail, bool has_account)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *organizations = NULL;
    struct pail_result *r = NULL, *o = NULL;
    const struct pail_value *t, *found = NULL;
    int rc = pail_call(cloudtrail, "DescribeTrails", NULL, &r, &err), code = 0;
    pail_value_each (t, rc ? NULL : pail_result_find(r, "trailList"))
        if (!found && strcmp(pail_text_at(t, "TrailARN"), v->arn) == 0)
            found = t;
    if (!rc && !found)
        code = pail_cli_failf(v->cli, PAIL_EXIT_ERROR, NULL, "A trail could not be found for %s",
                              v->arn);
    bool of_organization = pail_value_find_bool(found, "IsOrganizationTrail", false);
    if (found) {
        const char *prefix = pail_value_find_str(found, "S3KeyPrefix");
        v->trail.bucket = pail_cli_keep(v->cli, pail_str(pail_text_at(found, "S3BucketName")));
        v->trail.prefix = prefix ? pail_cli_keep(v->cli, pail_str(prefix)) : NULL;
    }
    if (of_organization && !has_account)
        code = pail_cli_fail(v->cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("Missing required parameter for organization trail: "
                                      "'--account-id'"));
    if (of_organization && !code) {
        rc = pail_cli_client(v->cli, "organizations", NULL, PAIL_ENDPOINT_OTHER, &organizations,
                             &err);
        if (!rc)
            rc = pail_call(organizations, "DescribeOrganization", NULL, &o, &err);
        if (!rc)
            v->trail.organization = pail_cli_keep(v->cli,
                                                  pail_str(pail_result_str(o, "Organization.Id")));
    }
    if (!rc && !code)
        rc = pail_values_check(v->cli->vs, &err);
    pail_result_free(o);
    pail_result_free(r);
    pail_client_unref(organizations);
    return rc ? pail_cli_error(v->cli, &err) : code;
}

static int validate(struct validation *v, struct pail_client *cloudtrail)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char a[PAIL_TIME_ISO_LEN], b[PAIL_TIME_ISO_LEN];
    pail_time_iso(v->start_s, a);
    pail_time_iso(v->end_s, b);
    printf("Validating log files for trail %s between %s and %s\n\n", v->arn, a, b);
    v->after_gap = true;
    int rc = load(v, v->trail.bucket, v->end_s, &err);
    if (!rc)
        rc = load_keys(v, cloudtrail, &err);
    if (!rc)
        rc = walk(v, &err);
    if (!rc)
        rc = pail_values_check(v->cli->vs, &err); /* a name may be lost, and the chain have ended */
    if (rc)
        return pail_cli_error(v->cli, &err);
    put_summary(v);
    return v->invalid_digests || v->invalid_logs ? PAIL_EXIT_PARTIAL : 0;
}

static int read_time(struct pail_cli *cli, const char *text, int64_t *ret)
{
    uint32_t nanos;
    if (!pail_time_parse_any(pail_str(text), ret, &nanos, NULL))
        return 0;
    return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation", "Unable to parse date value: %s",
                          text);
}

int pail_validate_logs_run(struct pail_cli *cli, const struct pail_words *words)
{
    enum { TRAIL, START, END, BUCKET, PREFIX, ACCOUNT, VERBOSE, N };
    struct pail_arg args[N + 1] = {
        [TRAIL] = {.name = "--trail-arn", .required = true},
        [START] = {.name = "--start-time", .required = true},
        [END] = {.name = "--end-time"},
        [BUCKET] = {.name = "--s3-bucket"},
        [PREFIX] = {.name = "--s3-prefix"},
        [ACCOUNT] = {.name = "--account-id"},
        [VERBOSE] = {.name = "--verbose", .take = PAIL_ARG_NONE},
    };
    struct validation v = {.cli = cli, .end_s = pail_clock_wall_s()};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *cloudtrail = NULL;
    int code = pail_cli_args_read(cli, words, args);
    if (!code)
        code = read_time(cli, args[START].value, &v.start_s);
    if (!code && args[END].value)
        code = read_time(cli, args[END].value, &v.end_s);
    if (code)
        return code;
    if (v.start_s > v.end_s)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("Invalid time range specified: start-time must occur before "
                                      "end-time"));
    if (pail_cli_client(cli, "cloudtrail", NULL, PAIL_ENDPOINT_OWN, &cloudtrail, &err))
        return pail_cli_error(cli, &err);
    v.arn = args[TRAIL].value;
    v.verbose = args[VERBOSE].given;
    v.found_start_s = v.start_s;
    if (!is_arn(&v)) {
        pail_client_unref(cloudtrail);
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "Invalid trail ARN provided: %s", v.arn);
    }
    const char *slash = strrchr(v.arn, '/');
    v.trail = (struct pail_trail){
        .cli = cli,
        .account = args[ACCOUNT].value ? args[ACCOUNT].value : arn_part(&v, 4),
        .name = slash + 1,
        .home_region = arn_part(&v, 3),
        .source_region = cli->g.region ? cli->g.region : arn_part(&v, 3),
        .bucket = args[BUCKET].value,
        .prefix = args[PREFIX].value,
        .regions = pail_value_map(cli->vs),
    };
    if (!v.trail.bucket)
        code = look_up(&v, cloudtrail, args[ACCOUNT].value != NULL);
    if (!code)
        code = validate(&v, cloudtrail);
    pail_client_unref(cloudtrail);
    return code;
}
