/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "configservice subscribe": AWS Config with all that it needs, a bucket and a topic made where
 * they are missing; "configservice get-status".
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"

/* ---- subscribe ------------------------------------------------------------------------------- */

static int prepare_bucket(struct pail_cli *cli, const char *bucket, struct pail_error *err)
{
    struct pail_session *session = NULL;
    struct pail_client *s3 = NULL;
    int rc = pail_cli_session_for(cli, PAIL_ENDPOINT_OTHER, &session, err);
    const char *region = rc ? NULL : pail_session_region(session);
    bool elsewhere = region && strcmp(region, "us-east-1") != 0, existing = true;
    if (!rc)
        rc = pail_cli_client(cli, "s3", NULL, PAIL_ENDPOINT_OTHER, &s3, err);
    if (!rc)
        rc = pail_callf(s3, NULL, err, "HeadBucket", "Bucket: %s", bucket);
    if (rc && err->http_status == 404) {
        existing = false;
        rc = elsewhere
                 ? pail_callf(s3, NULL, err, "CreateBucket",
                              "Bucket: %s, CreateBucketConfiguration: {LocationConstraint: %s}",
                              bucket, region)
                 : pail_callf(s3, NULL, err, "CreateBucket", "Bucket: %s", bucket);
    }
    if (!rc)
        printf("Using %s S3 bucket: %s\n", existing ? "existing" : "new", bucket);
    pail_client_unref(s3);
    return rc;
}

/* A topic's ARN, or the name of one that is made. */
static int prepare_topic(struct pail_cli *cli, const char *topic, const char **ret,
                         struct pail_error *err)
{
    struct pail_client *sns = NULL;
    struct pail_result *r = NULL;
    *ret = topic;
    if (strchr(topic, ':')) {
        printf("Using existing SNS topic: %s\n", topic);
        return 0;
    }
    int rc = pail_cli_client(cli, "sns", NULL, PAIL_ENDPOINT_OTHER, &sns, err);
    if (!rc)
        rc = pail_callf(sns, &r, err, "CreateTopic", "Name: %s", topic);
    if (!rc) {
        const char *arn = pail_cli_keep(cli,
                                        pail_str(pail_text_at(pail_result_value(r), "TopicArn")));
        if (arn)
            *ret = arn;
        else
            rc = pail_error_nomem(err);
    }
    if (!rc)
        printf("Using new SNS topic: %s\n", *ret);
    pail_result_free(r);
    pail_client_unref(sns);
    return rc;
}

static int put_list(struct pail_client *config, const char *operation, const char *title,
                    const char *member, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 24);
    struct pail_result *r = NULL;
    int rc = pail_call(config, operation, NULL, &r, err);
    if (!rc) {
        pail_value_to_json(&text, pail_result_find(r, member),
                           &(struct pail_json_style){.indent = 4, .ascii = true});
        printf("%s: %s\n", title, pail_buf_cstr(&text));
    }
    pail_result_free(r);
    return rc;
}

static int subscribe(struct pail_cli *cli, struct pail_client *config, const struct pail_arg *args,
                     struct pail_error *err)
{
    const char *path = args[0].value, *slash = strchr(path, '/'), *topic = NULL;
    const char *prefix = slash && slash[1] ? slash + 1 : NULL;
    const char *bucket = pail_cli_keep(cli, pail_strn(path, strcspn(path, "/")));
    int rc = bucket ? prepare_bucket(cli, bucket, err) : pail_error_nomem(err);
    if (!rc)
        rc = prepare_topic(cli, args[1].value, &topic, err);
    if (!rc)
        rc = pail_callf(config, NULL, err, "PutConfigurationRecorder",
                        "ConfigurationRecorder: {name: 'default', roleARN: %s}", args[2].value);
    if (!rc)
        rc = pail_callf(config, NULL, err, "PutDeliveryChannel",
                        "DeliveryChannel: {name: 'default', s3BucketName: %s, snsTopicARN: %s, "
                        "s3KeyPrefix: %s}",
                        bucket, topic, prefix);
    if (!rc)
        rc = pail_callf(config, NULL, err, "StartConfigurationRecorder",
                        "ConfigurationRecorderName: '%s'", "default");
    if (rc)
        return rc;
    printf("Subscribe succeeded:\n\n");
    rc = put_list(config, "DescribeConfigurationRecorders", "Configuration Recorders",
                  "ConfigurationRecorders", err);
    if (rc)
        return rc;
    printf("\n");
    return put_list(config, "DescribeDeliveryChannels", "Delivery Channels", "DeliveryChannels",
                    err);
}

int pail_config_subscribe_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--s3-bucket", .required = true},
                              {.name = "--sns-topic", .required = true},
                              {.name = "--iam-role", .required = true},
                              {.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *config = NULL;
    int code = pail_cli_args_read(cli, words, args);
    if (code)
        return code;
    int rc = pail_cli_client(cli, "config", NULL, PAIL_ENDPOINT_OWN, &config, &err);
    if (!rc)
        rc = subscribe(cli, config, args, &err);
    pail_client_unref(config);
    return rc ? pail_cli_error(cli, &err) : 0;
}

/* ---- get-status ------------------------------------------------------------------------------ */

static void put_last(const struct pail_value *status, const char *what)
{
    const char *last = pail_text_at(status, "lastStatus");
    printf("last %sstatus: %s\n", what, last);
    if (strcmp(last, "FAILURE") == 0)
        printf("error code: %s\nmessage: %s\n", pail_text_at(status, "lastErrorCode"),
               pail_text_at(status, "lastErrorMessage"));
}

static int put_status(struct pail_client *config, struct pail_error *err)
{
    static const char *const deliveries[][2] = {
        {"configStreamDeliveryInfo", "stream delivery "},
        {"configHistoryDeliveryInfo", "history delivery "},
        {"configSnapshotDeliveryInfo", "snapshot delivery "}};
    struct pail_result *r = NULL;
    const struct pail_value *v;
    int rc = pail_call(config, "DescribeConfigurationRecorderStatus", NULL, &r, err);
    if (rc)
        return rc;
    printf("Configuration Recorders:\n\n");
    pail_value_each (v, pail_result_find(r, "ConfigurationRecordersStatus")) {
        bool on = pail_value_find_bool(v, "recording", false);
        printf("name: %s\nrecorder: %s\n", pail_text_at(v, "name"), on ? "ON" : "OFF");
        if (on)
            put_last(v, "");
        printf("\n");
    }
    r = pail_result_free(r);
    rc = pail_call(config, "DescribeDeliveryChannelStatus", NULL, &r, err);
    if (rc)
        return rc;
    printf("Delivery Channels:\n\n");
    pail_value_each (v, pail_result_find(r, "DeliveryChannelsStatus")) {
        printf("name: %s\n", pail_text_at(v, "name"));
        for (size_t i = 0; i < PAIL_ARRAY_LEN(deliveries); i++)
            if (pail_value_len(pail_value_find(v, deliveries[i][0])))
                put_last(pail_value_find(v, deliveries[i][0]), deliveries[i][1]);
        printf("\n");
    }
    pail_result_free(r);
    return 0;
}

int pail_config_status_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg none[] = {{.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *config = NULL;
    int code = pail_cli_args(cli, words, none);
    if (code)
        return code;
    int rc = pail_cli_client(cli, "config", NULL, PAIL_ENDPOINT_OWN, &config, &err);
    if (!rc)
        rc = put_status(config, &err);
    pail_client_unref(config);
    return rc ? pail_cli_error(cli, &err) : 0;
}
