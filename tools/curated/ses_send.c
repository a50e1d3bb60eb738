/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail from a template. SES accepts one whose placeholders have no values and drops it later, so it
 * is rendered first: what is missing is told while somebody is there to read it.
 */
#include "base/str.h"
#include "base/value_json.h"
#include "tools/curated/ses.h"

const char *pail_ses_data(struct pail_flow *f, const char *data)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v = NULL;
    const char *text = data ? data : "{}";
    if (pail_str_starts(pail_str(text), PAIL_STR("file://")))
        text = pail_flow_file(f, text);
    if (!text)
        return NULL;
    if (pail_value_from_json(f->vs, pail_str(text), "--data", &v, &err)) {
        pail_flow_fail(f, PAIL_EXIT_USAGE, "%s", err.message);
        return NULL;
    }
    if (pail_value_type(v) != PAIL_VAL_MAP) {
        pail_flow_fail(f, PAIL_EXIT_USAGE, "--data: not an object, {\"name\": \"value\"}");
        return NULL;
    }
    return text;
}

struct send {
    struct pail_flow flow;
    const char *from, *data, *reply_to, *configuration_set;
    struct pail_opt_words to, cc, bcc;
};
static const struct pail_opt options[] = {
    {PAIL_OPT_STRING, 0, "from", "ADDRESS", "Who it is from: an identity that is verified",
     offsetof(struct send, from), NULL},
    {PAIL_OPT_EACH, 0, "to", "ADDRESS", "Who gets it; may be given again",
     offsetof(struct send, to), NULL},
    {PAIL_OPT_EACH, 0, "cc", "ADDRESS", "Who gets a copy; may be given again",
     offsetof(struct send, cc), NULL},
    {PAIL_OPT_EACH, 0, "bcc", "ADDRESS", "... that the others do not see",
     offsetof(struct send, bcc), NULL},
    {PAIL_OPT_STRING, 0, "reply-to", "ADDRESS", "Where answers go", offsetof(struct send, reply_to),
     NULL},
    {PAIL_OPT_STRING, 0, "data", "JSON", "Values of the placeholders: JSON, or file://FILE",
     offsetof(struct send, data), NULL},
    {PAIL_OPT_STRING, 0, "configuration-set", "NAME", "Configuration set of SES",
     offsetof(struct send, configuration_set), NULL},
    PAIL_FLOW_OPTIONS};

static void put_words(struct pail_flow *f, struct pail_value *map, const char *key,
                      const struct pail_opt_words *words)
{
    struct pail_value *list = pail_value_list(f->vs);
    for (size_t i = 0; i < words->n; i++)
        pail_value_append(f->vs, list, pail_flow_str(f, words->words[i].value));
    if (words->n)
        pail_flow_put(f, map, key, list);
}

static int run_send(void *p, int argc, char **argv)
{
    struct send *o = p;
    struct pail_flow *f = p;
    if (argc != 1 || !o->from || !o->to.n)
        return pail_flow_misuse(f, "wants TEMPLATE, --from and --to");
    const char *data = pail_ses_data(f, o->data);
    if (!data ||
        !pail_flow_call(f, "TestRenderTemplate",
                        pail_flow_map(f, "TemplateName", argv[0], "TemplateData", data, NULL)))
        return f->code;
    struct pail_value *params = pail_flow_map(f, "Source", o->from, "Template", argv[0],
                                              "TemplateData", data, "ConfigurationSetName",
                                              o->configuration_set, NULL);
    struct pail_value *to = pail_value_map(f->vs);
    put_words(f, to, "ToAddresses", &o->to);
    put_words(f, to, "CcAddresses", &o->cc);
    put_words(f, to, "BccAddresses", &o->bcc);
    pail_flow_put(f, params, "Destination", to);
    if (o->reply_to)
        pail_flow_put(f, params, "ReplyToAddresses", pail_flow_list(f, o->reply_to, NULL));
    struct pail_value *sent = pail_flow_call(f, "SendTemplatedEmail", params);
    return sent ? pail_flow_record(f, sent) : f->code;
}

const struct pail_command pail_ses_send = {
    .name = "ses send",
    .summary = "Send a mail from a template",
    .usage = "TEMPLATE --from ADDRESS --to ADDRESS [--data JSON]",
    .description = "The template is rendered with the values first, and nothing is sent when one "
                   "is missing: SES itself would take the mail and not deliver it.",
    .examples = "pail ses send welcome --from office@example.com --to alice@example.com --data "
                "'{\"name\": \"Alice\"}' | One mail\n",
    .options = options,
    .options_size = sizeof(struct send),
    .run = run_send,
};
