/* SPDX-License-Identifier: Apache-2.0 */
/* pail doctor: looks at everything that can be wrong, in the order in which it would be, and says
 * what it found. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/process.h"
#include "base/str.h"
#include "tools/cmd.h"

struct doctor_options {
    struct pail_common common;
};
static const struct pail_opt options[] = {{PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL}};

struct doctor {
    bool quiet; /* problems only */
    unsigned problems;
};

static void good(const struct doctor *d, const char *what, const char *detail)
{
    if (!d->quiet)
        printf("ok       %-14s %s\n", what, detail);
}

static void bad(struct doctor *d, const char *what, const char *detail)
{
    d->problems++;
    printf("problem  %-14s %s\n", what, detail);
}

#ifdef PAIL_HAVE_MOUNT
static void look_at_fuse(struct doctor *d)
{
    struct pail_file *f = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    struct utsname u;
    if (pail_file_open("/dev/fuse", PAIL_FILE_READ | PAIL_FILE_WRITE, &f, &err))
        bad(d, "/dev/fuse",
            err.os_errno == ENOENT ? "does not exist: load the fuse module (modprobe fuse)"
                                   : strerror(err.os_errno));
    else
        good(d, "/dev/fuse", "can be opened");
    pail_file_close(f);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf program = PAIL_BUF_INIT(8192);
    if (pail_find_program(pail_cmd_mount.program, &program, &err))
        bad(d, "mount", err.message);
    else
        good(d, "mount", pail_buf_cstr(&program));
    const char *argv[] = {"fusermount3", "--version", NULL};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1024);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf errors = PAIL_BUF_INIT(1024);
    struct pail_process p = {
        .argv = argv, .deadline_mono_ns = INT64_MAX, .out = &out, .err = &errors};
    int status = 0;
    if (pail_process_run(&p, &status, &err) || status)
        bad(d, "fusermount3", "cannot be run: ordinary users cannot mount (package fuse3)");
    else
        good(d, "fusermount3", "found");
    if (uname(&u) == 0)
        good(d, "kernel", u.release);
}

#else
static void look_at_fuse(struct doctor *d)
{
    good(d, "mount", "not part of this build");
}
#endif

static void print_report(struct pail_session *s)
{
    size_t n = pail_session_credentials_report(s, NULL, 0);
    PAIL_AUTOFREE char *report = pail_alloc(n + 1);
    if (!report)
        return;
    pail_session_credentials_report(s, report, n + 1);
    struct pail_str rest = pail_str(report), line;
    while (pail_str_split(&rest, '\n', &line))
        if (line.len)
            printf("         %-14s %.*s\n", "", PAIL_STR_ARG(line));
}

static bool look_at_credentials(struct doctor *d, struct pail_session *s)
{
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    struct pail_error err = PAIL_ERROR_INIT;
    char text[128];
    int rc = pail_session_credentials(s, &c, &err);
    if (rc == PAIL_E_NO_CREDENTIALS) {
        bad(d, "credentials", "none were found; this was tried:");
    } else if (rc) {
        bad(d, "credentials", err.message);
    } else {
        pail_credentials_get(c, &f);
        bool secretive = f.access_key.len < 8; /* too little to show any of it */
        snprintf(
            text, sizeof(text), "from %s%s%.*s", f.method,
            secretive ? "" : ", access key ending in ",
            PAIL_STR_ARG(pail_str_from(f.access_key, secretive ? SIZE_MAX : f.access_key.len - 4)));
        good(d, "credentials", text);
    }
    pail_credentials_unref(c);
    if (rc || !d->quiet)
        print_report(s);
    return rc == 0;
}

static bool look_at_listing(struct doctor *d, struct pail_s3 *s3, struct pail_str bucket,
                            struct pail_str prefix)
{
    struct pail_s3_list_args args = {.bucket = bucket, .prefix = prefix, .max_keys = 1};
    struct pail_s3_page page = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_s3_list(s3, &args, &page, &err)) {
        bad(d, "listing", err.message);
        return false;
    }
    good(d, "listing", page.n ? "allowed" : "allowed; nothing is there");
    pail_s3_page_done(&page);
    return true;
}

/* The listing's answer explains what is wrong; that of HeadBucket has no body. */
static void look_at_bucket(struct doctor *d, struct pail_s3 *s3, struct pail_str bucket,
                           struct pail_str prefix)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char text[512], host[256], region[64];
    bool listed = look_at_listing(d, s3, bucket, prefix);
    pail_s3_endpoint_of(s3, bucket, host, sizeof(host));
    if (!pail_s3_bucket_head(s3, NULL, bucket, region, &err)) {
        snprintf(text, sizeof(text), "%.*s answers at %s%s%s", PAIL_STR_ARG(bucket), host,
                 region[0] ? ", region " : "", region);
        good(d, "bucket", text);
    } else if (listed) {
        bad(d, "bucket", err.message);
    }
}

static void look_at_service(struct doctor *d, struct pail_s3 *s3)
{
    struct pail_s3_buckets b = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    char text[64];
    if (pail_s3_list_buckets(s3, NULL, &b, &err)) {
        bad(d, "service", err.message);
        return;
    }
    snprintf(text, sizeof(text), "answers; %zu bucket%s", b.n,
             b.n == 1 ? " is yours" : "s are yours");
    good(d, "service", text);
    pail_s3_buckets_done(&b);
}

static void look_at_region(struct doctor *d, struct pail_session *session,
                           const struct pail_common *common)
{
    const char *region = pail_session_region(session);
    if (region)
        good(d, "region", region);
    else if (common->endpoint_url || pail_env_get_nonempty("AWS_ENDPOINT_URL_S3") ||
             pail_env_get_nonempty("AWS_ENDPOINT_URL"))
        good(d, "region", "none set; us-east-1 is used with this endpoint");
    else
        bad(d, "region", "none is set (--region, AWS_REGION, or region in the profile)");
}

static int run(void *p, int argc, char **argv)
{
    const struct doctor_options *o = p;
    struct doctor d = {.quiet = o->common.quiet};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    struct pail_str bucket = {0}, prefix = {0};
    if (argc > 1)
        return pail_misuse("doctor", "wants at most one s3://BUCKET");
    if (argc == 1 && pail_parse_s3(argv[0], &bucket, &prefix, &err))
        return pail_fail("doctor", &err);
    good(&d, "version", pail_version());
    look_at_fuse(&d);
    if (pail_connect(&o->common, &session, &s3, &err)) {
        bad(&d, "configuration", err.message);
    } else {
        bool signs = true;
        good(&d, "profile", pail_session_profile(session));
        look_at_region(&d, session, &o->common);
        if (o->common.no_sign_request)
            good(&d, "credentials", "none are used (--no-sign-request)");
        else
            signs = look_at_credentials(&d, session);
        if (signs && argc == 1)
            look_at_bucket(&d, s3, bucket, prefix);
        else if (signs)
            look_at_service(&d, s3);
    }
    pail_s3_unref(s3);
    pail_session_unref(session);
    if (d.problems)
        printf("%u problem%s\n", d.problems, d.problems == 1 ? "" : "s");
    else if (!d.quiet)
        puts("no problems");
    return d.problems ? PAIL_EXIT_PARTIAL : 0;
}

const struct pail_command pail_cmd_doctor = {
    .name = "doctor",
    .summary = "Check set-up, credentials, endpoint and bucket",
    .usage = "[s3://BUCKET]",
    .examples = "pail doctor s3://photos | Why does it not work?\n",
    .options = options,
    .options_size = sizeof(struct doctor_options),
    .run = run,
    .complete = "s3",
};
