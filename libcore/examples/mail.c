/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail FROM TO: makes a template of SES, changes it, and sends it.
 */
#include <pail/service.h>

#include <stdio.h>

static int send(struct pail_client *ses, const char *from, const char *to, struct pail_error *err)
{
    struct pail_result *template = NULL, *sent = NULL;

    if (pail_callf(ses, NULL, err, "VerifyEmailIdentity", "EmailAddress: %s", from) < 0 ||
        pail_callf(
            ses, NULL, err, "CreateTemplate",
            "Template: {TemplateName: 'hello', SubjectPart: 'Hello', TextPart: 'Hi {{name}}'}") <
            0 ||
        pail_callf(ses, NULL, err, "UpdateTemplate",
                   "Template: {TemplateName: 'hello', SubjectPart: 'Hello {{name}}', TextPart: 'Hi "
                   "{{name}}', HtmlPart: '<p>Hi <b>{{name}}</b></p>'}") < 0 ||
        pail_callf(ses, &template, err, "GetTemplate", "TemplateName: 'hello'") < 0)
        return err->code;
    printf("%s\n", pail_result_str(template, "Template.SubjectPart"));
    if (pail_callf(ses, &sent, err, "SendTemplatedEmail",
                   "Source: %s, Destination: {ToAddresses: [%s]}, Template: 'hello', "
                   "TemplateData: '{\"name\": \"Anna\"}'",
                   from, to) == 0)
        printf("sent as %s\n", pail_result_str(sent, "MessageId"));
    pail_result_free(sent);
    pail_result_free(template);
    return err->code;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *ses = NULL;

    if (argc != 3) {
        fprintf(stderr, "usage: %s FROM TO\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "ses", NULL, &ses, &err);
    if (rc == 0)
        rc = send(ses, argv[1], argv[2], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(ses);
    return rc < 0;
}
