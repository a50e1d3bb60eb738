/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue NAME TEXT...: puts messages into a queue of SQS and takes out what is there.
 */
#include <pail/service.h>

#include <stdio.h>

/* Ten at a time, until none comes. */
static int drain(struct pail_client *sqs, const char *url, struct pail_error *err)
{
    const struct pail_value *message;
    size_t n;

    do {
        struct pail_result *r = NULL;
        if (pail_callf(sqs, &r, err, "ReceiveMessage",
                       "QueueUrl: %s, MaxNumberOfMessages: 10, MessageAttributeNames: ['All']",
                       url) < 0)
            return err->code;
        n = pail_value_len(pail_result_find(r, "Messages"));
        pail_value_each (message, pail_result_find(r, "Messages")) {
            printf("%s (%s)\n", pail_value_find_str(message, "Body"),
                   pail_value_find_str(message, "MessageAttributes.from.StringValue"));
            if (pail_callf(sqs, NULL, err, "DeleteMessage", "QueueUrl: %s, ReceiptHandle: %s", url,
                           pail_value_find_str(message, "ReceiptHandle")) < 0)
                break;
        }
        pail_result_free(r);
    } while (n && !err->code);
    return err->code;
}

static int talk(struct pail_client *sqs, const char *name, char **texts, struct pail_error *err)
{
    struct pail_result *queue = NULL;

    int rc = pail_callf(sqs, &queue, err, "CreateQueue",
                        "QueueName: %s, Attributes: {VisibilityTimeout: '30'}", name);
    const char *url = pail_result_str(queue, "QueueUrl");
    for (; rc == 0 && *texts; texts++)
        rc = pail_callf(sqs, NULL, err, "SendMessage",
                        "QueueUrl: %s, MessageBody: %s, MessageAttributes: "
                        "{from: {DataType: 'String', StringValue: 'example'}}",
                        url, *texts);
    if (rc == 0)
        rc = drain(sqs, url, err);
    pail_result_free(queue);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *sqs = NULL;

    if (argc < 2) {
        fprintf(stderr, "usage: %s NAME TEXT...\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "sqs", NULL, &sqs, &err);
    if (rc == 0)
        rc = talk(sqs, argv[1], argv + 2, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(sqs);
    return rc < 0;
}
