/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "gamelift upload-build": a folder zipped and put where GameLift wants it, with keys that it gives
 * for that; "gamelift get-game-session-log": what an address of the answer has.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include <pail/transfer.h>

#include "auth/fetch.h"
#include "auth/session.h"
#include "base/file.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/archive.h"
#include "tools/service/calls.h"

#define LOG_MAX ((size_t)1 << 30)

enum option { NAME, VERSION, ROOT, SDK, SYSTEM, N_OPTIONS };

/* With the keys of the answer. */
static int put_build(struct pail_cli *cli, const struct pail_result *r,
                     const struct pail_archive *a, struct pail_error *err)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_session *own = NULL, *session = NULL;
    struct pail_bytes data = {a->data.ptr, a->data.len};
    struct pail_upload_args args = {
        .bucket = pail_str(pail_text_at(pail_result_value(r), "StorageLocation.Bucket")),
        .key = pail_str(pail_text_at(pail_result_value(r), "StorageLocation.Key")),
        .data = &data};
    int rc = pail_cli_session_for(cli, PAIL_ENDPOINT_OTHER, &own, err);
    if (rc)
        return rc;
    so.profile = cli->g.profile;
    so.region = pail_session_region(own);
    so.ca_bundle = cli->g.ca_bundle;
    so.no_verify_tls = cli->g.no_verify_ssl;
    so.access_key = pail_result_str(r, "UploadCredentials.AccessKeyId");
    so.secret_key = pail_result_str(r, "UploadCredentials.SecretAccessKey");
    so.session_token = pail_result_str(r, "UploadCredentials.SessionToken");
    rc = pail_session_new(&so, &session, err);
    if (!rc)
        rc = pail_cli_upload(session, &args, NULL, err);
    pail_session_unref(session);
    return rc;
}

static int upload_build(struct pail_cli *cli, const struct pail_arg *args,
                        const struct pail_archive *a, struct pail_error *err)
{
    struct pail_client *client = NULL;
    struct pail_result *build = NULL, *place = NULL;
    const char *id = NULL;
    int rc = pail_cli_client(cli, "gamelift", NULL, PAIL_ENDPOINT_OWN, &client, err);
    if (!rc)
        rc = pail_callf(client, &build, err, "CreateBuild",
                        "Name: %s, Version: %s, OperatingSystem: %s, ServerSdkVersion: %s",
                        args[NAME].value, args[VERSION].value, args[SYSTEM].value, args[SDK].value);
    if (!rc) {
        id = pail_text_at(pail_result_value(build), "Build.BuildId");
        rc = pail_callf(client, &place, err, "RequestUploadCredentials", "BuildId: %s", id);
    }
    if (!rc)
        rc = put_build(cli, place, a, err);
    if (!rc)
        printf("Successfully uploaded %s to AWS GameLift\nBuild ID: %s\n", args[ROOT].value, id);
    pail_result_free(place);
    pail_result_free(build);
    pail_client_unref(client);
    return rc;
}

int pail_upload_build_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[N_OPTIONS + 1] = {
        [NAME] = {.name = "--name", .required = true},
        [VERSION] = {.name = "--build-version", .required = true},
        [ROOT] = {.name = "--build-root", .required = true},
        [SDK] = {.name = "--server-sdk-version"},
        [SYSTEM] = {.name = "--operating-system"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_archive a;
    int code = pail_cli_args_read(cli, words, args);
    if (code)
        return code;
    const char *root = args[ROOT].value, *whole = pail_cli_absolute(cli, root);
    pail_archive_init(&a);
    int rc = 0;
    if (*root && whole && pail_is_dir(whole))
        rc = pail_archive_add_dir(&a, whole, false, &err);
    if (!rc && !a.n) {
        fprintf(stderr, "Fail to upload %s. The build root directory is empty or does not exist.\n",
                root);
        code = PAIL_EXIT_ERROR;
    }
    if (!rc && !code)
        rc = pail_archive_finish(&a, &err);
    if (!rc && !code)
        rc = upload_build(cli, args, &a, &err);
    pail_archive_done(&a);
    return rc ? pail_cli_error(cli, &err) : code;
}

/* ---- get-game-session-log -------------------------------------------------------------------- */

static int save_log(struct pail_cli *cli, const char *url, const char *id, const char *path,
                    struct pail_error *err)
{
    struct pail_session *session = NULL;
    struct pail_fetch_answer a = {.body = PAIL_BUF_INIT(LOG_MAX)};
    struct pail_fetch f = {.what = "log", .method = "GET", .url = pail_str(url)};
    int rc = pail_cli_session(cli, &session, err);
    if (!rc)
        rc = pail_fetch(pail_session_engine(session), &f, &a, err);
    if (!rc && a.status != 200)
        rc = pail_error_set(err, PAIL_D_HTTP, PAIL_E_NET, "HTTP Error %d", a.status);
    if (!rc) {
        printf("Downloading log archive for game session %s...\r", id);
        rc = pail_file_write_all(path, (struct pail_bytes){a.body.ptr, a.body.len}, 0644, err);
    }
    if (!rc)
        printf("Successfully downloaded log archive for game session %s to %s\n", id, path);
    pail_fetch_answer_done(&a);
    return rc;
}

int pail_session_log_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--game-session-id", .required = true},
                              {.name = "--save-as", .required = true},
                              {.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *client = NULL;
    struct pail_result *r = NULL;
    int code = pail_cli_args_read(cli, words, args);
    if (code)
        return code;
    int rc = pail_cli_client(cli, "gamelift", NULL, PAIL_ENDPOINT_OWN, &client, &err);
    if (!rc)
        rc = pail_callf(client, &r, &err, "GetGameSessionLogUrl", "GameSessionId: %s",
                        args[0].value);
    if (!rc)
        rc = save_log(cli, pail_text_at(pail_result_value(r), "PreSignedUrl"), args[0].value,
                      args[1].value, &err);
    pail_result_free(r);
    pail_client_unref(client);
    return rc ? pail_cli_error(cli, &err) : 0;
}
