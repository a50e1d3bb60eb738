/* SPDX-License-Identifier: Apache-2.0 */
/* "s3 website", "s3 presign", "s3 mb --tags": calls of the service, with the words of "s3". */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

/* ---- website --------------------------------------------------------------------------------- */

static int put_website(struct pail_cli *cli, const char *bucket, const char *index,
                       const char *error)
{
    struct pail_values *vs = cli->vs;
    struct pail_value *params = pail_value_map(vs), *site = pail_value_map(vs), *part;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_client *client = NULL;
    pail_value_set(vs, params, PAIL_STR("Bucket"), pail_value_str(vs, pail_str(bucket)));
    if (index) {
        part = pail_value_set(vs, site, PAIL_STR("IndexDocument"), pail_value_map(vs));
        pail_value_set(vs, part, PAIL_STR("Suffix"), pail_value_str(vs, pail_str(index)));
    }
    if (error) {
        part = pail_value_set(vs, site, PAIL_STR("ErrorDocument"), pail_value_map(vs));
        pail_value_set(vs, part, PAIL_STR("Key"), pail_value_str(vs, pail_str(error)));
    }
    pail_value_set(vs, params, PAIL_STR("WebsiteConfiguration"), site);
    int rc = pail_cli_session(cli, &session, &err);
    if (!rc)
        rc = pail_client_new(session, "s3", NULL, &client, &err);
    if (!rc)
        rc = pail_call(client, "PutBucketWebsite", params, NULL, &err);
    pail_client_unref(client);
    return rc ? pail_cli_error(cli, &err) : 0;
}

int pail_s3_website(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {
        {.name = "paths", .take = PAIL_ARG_POSITIONAL},
        {.name = "--index-document", .take = PAIL_ARG_ONE},
        {.name = "--error-document", .take = PAIL_ARG_ONE},
        {.name = NULL},
    };
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    struct pail_str bucket = pail_str(args[0].value);
    if (pail_str_starts(bucket, PAIL_STR("s3://")))
        bucket = pail_str_from(bucket, 5);
    size_t slash = pail_str_find(bucket, '/');
    const char *kept = pail_cli_keep(cli, pail_str_sub(bucket, 0, slash));
    return kept ? put_website(cli, kept, args[1].value, args[2].value) : pail_cli_nomem(cli);
}

/* ---- mb --tags ------------------------------------------------------------------------------- */

/* "--tags KEY VALUE", any number of times; *ret NULL: none. What is left is the path and options of
 * the plain command. */
static int take_tags(struct pail_cli *cli, const struct pail_words *words, struct pail_words *rest,
                     struct pail_value **ret)
{
    struct pail_values *vs = cli->vs;
    struct pail_value *tags = NULL;
    for (size_t i = 0; i < words->n; i++) {
        if (strcmp(words->v[i], "--tags") != 0) {
            rest->v[rest->n++] = words->v[i];
            continue;
        }
        if (i + 2 >= words->n || words->v[i + 1][0] == '-' || words->v[i + 2][0] == '-')
            return pail_cli_misusef(cli, "argument --tags: expected 2 arguments");
        tags = tags ? tags : pail_value_list(vs);
        pail_value_append(
            vs, tags, pail_value_form(vs, "Key: %s, Value: %s", words->v[i + 1], words->v[i + 2]));
        i += 2;
    }
    *ret = tags;
    return 0;
}

static int make_bucket(struct pail_cli *cli, const char *bucket, struct pail_value *tags,
                       struct pail_error *err)
{
    struct pail_session *session = NULL;
    struct pail_client *client = NULL;
    int rc = pail_cli_session(cli, &session, err);
    const char *region = rc ? NULL : pail_session_region(session);
    bool elsewhere = region && strcmp(region, "us-east-1") != 0;
    if (!rc)
        rc = pail_client_new(session, "s3", NULL, &client, err);
    if (!rc)
        rc = pail_callf(client, NULL, err, "CreateBucket",
                        "Bucket: %s, CreateBucketConfiguration: {LocationConstraint: %s, Tags: %p}",
                        bucket, elsewhere ? region : NULL, (void *)tags);
    pail_client_unref(client);
    return rc;
}

int pail_s3_mb_tags(struct pail_cli *cli, const struct pail_words *words, bool *ret_done)
{
    struct pail_words rest = {.v = pail_cli_room(cli, words->n + 1)};
    struct pail_arg args[] = {{.name = "path", .take = PAIL_ARG_POSITIONAL}, {.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *tags = NULL;
    *ret_done = true;
    if (!rest.v)
        return pail_cli_nomem(cli);
    int code = take_tags(cli, words, &rest, &tags);
    *ret_done = code || tags;
    if (!*ret_done || code)
        return code;
    code = pail_cli_args(cli, &rest, args);
    if (code)
        return code;
    if (strncmp(args[0].value, "s3://", 5) != 0)
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "%s\nError: Invalid argument type", args[0].value);
    const char *name = args[0].value + 5, *slash = strchr(name, '/');
    const char *bucket = pail_cli_keep(
        cli, pail_strn(name, slash ? (size_t)(slash - name) : strlen(name)));
    if (!bucket)
        return pail_cli_nomem(cli);
    if (make_bucket(cli, bucket, tags, &err)) {
        fprintf(stderr, "make_bucket failed: %s %s\n", args[0].value, err.message);
        return PAIL_EXIT_PARTIAL;
    }
    printf("make_bucket: %s\n", bucket);
    return 0;
}

/* ---- presign --------------------------------------------------------------------------------- */

/* The bucket, which may be an ARN ("arn:...:accesspoint/NAME"), and the key. */
static void split_path(struct pail_str path, struct pail_str *ret_bucket, struct pail_str *ret_key)
{
    size_t slash = pail_str_find(path, '/');
    if (pail_str_starts(path, PAIL_STR("arn:")) && slash != SIZE_MAX) {
        size_t more = pail_str_find(pail_str_from(path, slash + 1), '/');
        slash = more == SIZE_MAX ? SIZE_MAX : slash + 1 + more;
    }
    *ret_bucket = pail_str_sub(path, 0, slash);
    *ret_key = slash == SIZE_MAX ? PAIL_STR("") : pail_str_from(path, slash + 1);
}

int pail_s3_presign_url(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "path", .take = PAIL_ARG_POSITIONAL},
                              {.name = "--expires-in", .take = PAIL_ARG_ONE},
                              {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_client *client = NULL;
    struct pail_result *url = NULL;
    struct pail_str bucket, key;
    int64_t expires = 3600;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    if (args[1].value &&
        !pail_value_as_int(pail_input_int(cli->vs, pail_str(args[1].value), &why), &expires))
        return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
    struct pail_str path = pail_str(args[0].value);
    split_path(pail_str_starts(path, PAIL_STR("s3://")) ? pail_str_from(path, 5) : path, &bucket,
               &key);
    struct pail_value *params = pail_value_map(cli->vs);
    pail_value_set(cli->vs, params, PAIL_STR("Bucket"), pail_value_str(cli->vs, bucket));
    pail_value_set(cli->vs, params, PAIL_STR("Key"), pail_value_str(cli->vs, key));
    o.no_sign_request = cli->g.no_sign_request;
    int rc = pail_cli_session(cli, &session, &err);
    if (!rc)
        rc = pail_client_new(session, "s3", &o, &client, &err);
    if (!rc)
        rc = pail_presign(client, "GetObject", params, (uint32_t)expires, &url, &err);
    if (!rc)
        printf("%.*s\n", PAIL_STR_ARG(pail_value_as_str(pail_result_value(url))));
    pail_result_free(url);
    pail_client_unref(client);
    return rc ? pail_cli_error(cli, &err) : 0;
}
