/* SPDX-License-Identifier: Apache-2.0 */
/* "deploy push": a folder zipped, put into a bucket, and made a revision of an application. */
#include "tools/service/commands.h"

#include <stdio.h>

#include <pail/transfer.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/uri.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/lib/aws_words.h"
#include "tools/service/archive.h"
#include "tools/service/calls.h"

enum option {
    APPLICATION,
    LOCATION,
    IGNORE_HIDDEN,
    NO_IGNORE_HIDDEN,
    SOURCE,
    DESCRIPTION,
    N_OPTIONS
};

struct push {
    struct pail_cli *cli;
    struct pail_arg args[N_OPTIONS + 1];
    struct pail_str bucket, key;
    struct pail_transfer_result put;
};

/* 0, or an exit code. */
static int pack(struct push *p, struct pail_archive *a)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf spec = PAIL_BUF_INIT(1 << 16);
    struct pail_error err = PAIL_ERROR_INIT;
    const char *dir = pail_cli_absolute(p->cli,
                                        p->args[SOURCE].value ? p->args[SOURCE].value : ".");
    if (!dir)
        return pail_cli_nomem(p->cli);
    pail_buf_fmt(&spec, "%s/appspec.yml", dir);
    if (!pail_is_file(pail_buf_cstr(&spec)))
        return pail_cli_failf(p->cli, PAIL_EXIT_ERROR, NULL, "%s was not found",
                              pail_buf_cstr(&spec));
    int rc = pail_archive_add_dir(a, dir, p->args[IGNORE_HIDDEN].given, &err);
    if (!rc)
        rc = pail_archive_finish(a, &err);
    return rc ? pail_cli_error(p->cli, &err) : 0;
}

static int upload(struct push *p, const struct pail_archive *a)
{
    struct pail_bytes data = {a->data.ptr, a->data.len};
    struct pail_upload_args args = {.bucket = p->bucket, .key = p->key, .data = &data};
    struct pail_session *session = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = pail_cli_session_for(p->cli, PAIL_ENDPOINT_OTHER, &session, &err);
    if (!rc)
        rc = pail_cli_upload(session, &args, &p->put, &err);
    if (!rc)
        return 0;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    if (!pail_aws_words(&err, &why, NULL))
        pail_buf_z(&why, err.message);
    return pail_cli_failf(p->cli, PAIL_EXIT_ERROR, NULL, "Failed to upload '%s' to '%s': %s",
                          p->args[SOURCE].value ? p->args[SOURCE].value : ".",
                          p->args[LOCATION].value, pail_buf_cstr(&why));
}

static int enter(struct push *p)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf about = PAIL_BUF_INIT(1 << 16);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *client = NULL;
    struct pail_str etag = pail_str(p->put.etag);
    const char *version = p->put.version_id[0] ? p->put.version_id : NULL;
    int64_t ns = pail_clock_wall_ns();
    if (etag.len > 1 && etag.ptr[0] == '"')
        etag = pail_str_sub(etag, 1, etag.len - 2);
    if (p->args[DESCRIPTION].value && *p->args[DESCRIPTION].value) {
        pail_buf_z(&about, p->args[DESCRIPTION].value);
    } else {
        pail_buf_z(&about, "Uploaded by AWS CLI ");
        pail_time_isoformat(&about, (struct pail_time){.seconds = ns / PAIL_NS_PER_S,
                                                       .nanos = (uint32_t)(ns % PAIL_NS_PER_S)});
        pail_buf_truncate(&about, about.len - strlen("+00:00"));
        pail_buf_z(&about, " UTC");
    }
    int rc = pail_cli_client(p->cli, "codedeploy", NULL, PAIL_ENDPOINT_OWN, &client, &err);
    if (!rc)
        rc = pail_callf(client, NULL, &err, "RegisterApplicationRevision",
                        "applicationName: %s, description: %s, revision: {revisionType: 'S3', "
                        "s3Location: {bucket: %.*s, key: %.*s, bundleType: 'zip', eTag: %.*s, "
                        "version: %s}}",
                        p->args[APPLICATION].value, pail_buf_cstr(&about), PAIL_STR_ARG(p->bucket),
                        PAIL_STR_ARG(p->key), PAIL_STR_ARG(etag), version);
    pail_client_unref(client);
    if (rc)
        return pail_cli_error(p->cli, &err);
    printf("To deploy with this revision, run:\n"
           "aws deploy create-deployment --application-name %s --s3-location "
           "bucket=%.*s,key=%.*s,bundleType=zip,eTag=%.*s%s%s --deployment-group-name "
           "<deployment-group-name> --deployment-config-name <deployment-config-name> "
           "--description <description>\n",
           p->args[APPLICATION].value, PAIL_STR_ARG(p->bucket), PAIL_STR_ARG(p->key),
           PAIL_STR_ARG(etag), version ? ",version=" : "", version ? version : "");
    return 0;
}

int pail_push_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct push p = {
        .cli = cli,
        .args = {[APPLICATION] = {.name = "--application-name", .required = true},
                 [LOCATION] = {.name = "--s3-location", .required = true},
                 [IGNORE_HIDDEN] = {.name = "--ignore-hidden-files", .take = PAIL_ARG_NONE},
                 [NO_IGNORE_HIDDEN] = {.name = "--no-ignore-hidden-files", .take = PAIL_ARG_NONE},
                 [SOURCE] = {.name = "--source"},
                 [DESCRIPTION] = {.name = "--description"}}};
    struct pail_archive a;
    int code = pail_cli_args_read(cli, words, p.args);
    if (code)
        return code;
    if (!pail_uri_parse_s3(pail_str(p.args[LOCATION].value), &p.bucket, &p.key) || !p.key.len)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("--s3-location must specify the Amazon S3 URL format as "
                                      "s3://<bucket>/<key>."));
    if (p.args[IGNORE_HIDDEN].given && p.args[NO_IGNORE_HIDDEN].given)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("You cannot specify both --ignore-hidden-files and "
                                      "--no-ignore-hidden-files."));
    pail_archive_init(&a);
    code = pack(&p, &a);
    if (!code)
        code = upload(&p, &a);
    pail_archive_done(&a);
    return code ? code : enter(&p);
}
