/* SPDX-License-Identifier: Apache-2.0 */
/* Mail templates: checked here before SES sees them, since SES takes anything. */
#include <stdio.h>

#include "base/html.h"
#include "base/str.h"
#include "tools/curated/ses.h"

/* ---- list, show ------------------------------------------------------------------------------ */

static int run_list(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing templates = {
        "ListTemplates",
        "TemplatesMetadata",
        {{"Name", "Name", NULL}, {"Created", "CreatedTimestamp", NULL}},
    };
    return pail_flow_list_all(p, &templates, NULL, argc);
}

static const char *const parts[] = {"SubjectPart", "HtmlPart", "TextPart"};

static int run_show(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    struct pail_error err = PAIL_ERROR_INIT;
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    struct pail_value *v = pail_flow_call(f, "GetTemplate",
                                          pail_flow_map(f, "TemplateName", argv[0], NULL));
    if (!v)
        return f->code;
    struct pail_value *names = pail_value_list(f->vs);
    struct pail_value *record = pail_flow_map(f, "Name", argv[0], NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(parts); i++) {
        const struct pail_value *part = pail_value_find(pail_value_find(v, "Template"), parts[i]);
        if (part && pail_ses_placeholders(f->vs, pail_value_as_str(part), parts[i], names, &err))
            pail_flow_say(f, "%s", err.message);
        if (part)
            pail_flow_put(f, record, parts[i], pail_value_copy(f->vs, part));
    }
    pail_flow_put(f, record, "Placeholders", names);
    return pail_flow_record(f, record);
}

static const struct pail_opt list_options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_ses_template_list = {
    .name = "ses template list",
    .summary = "List the mail templates",
    .usage = "",
    .examples = "pail ses template list | Which there are\n",
    .options = list_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_list,
};

const struct pail_command pail_ses_template_show = {
    .name = "ses template show",
    .summary = "Show a mail template and its placeholders",
    .usage = "NAME",
    .examples = "pail ses template show welcome --output json | With the whole text\n",
    .options = list_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_show,
};

/* ---- put ------------------------------------------------------------------------------------- */

struct put {
    struct pail_flow flow;
    const char *subject, *html, *text;
    bool dry_run;
};
static const struct pail_opt put_options[] = {
    {PAIL_OPT_STRING, 0, "subject", "TEXT", "The subject", offsetof(struct put, subject), NULL},
    {PAIL_OPT_STRING, 0, "html", "FILE", "The mail as HTML", offsetof(struct put, html), NULL},
    {PAIL_OPT_STRING, 0, "text", "FILE", "The mail as text", offsetof(struct put, text), NULL},
    {PAIL_OPT_FLAG, 0, "dryrun", NULL, "Check and send nothing", offsetof(struct put, dry_run),
     NULL},
    PAIL_FLOW_OPTIONS};

struct html_report {
    const char *file;
    unsigned serious;
};

static void on_problem(void *ud, const struct pail_html_problem *problem)
{
    struct html_report *r = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    pail_buf_fmt(&text, "%s:%u:", r->file, problem->line);
    if (problem->column)
        pail_buf_fmt(&text, "%u:", problem->column);
    pail_buf_fmt(&text, " %s: ", problem->serious ? "error" : "warning");
    pail_append_printable(&text, problem->text);
    fprintf(stderr, "%s\n", pail_buf_cstr(&text));
    r->serious += problem->serious;
}

static int check_html(struct pail_flow *f, const char *file, const char *html)
{
    struct html_report r = {.file = file};
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_html_check(pail_str(html), on_problem, &r, &err))
        return pail_flow_fail(f, PAIL_EXIT_USAGE, "%s: %s", file, err.message);
    if (r.serious)
        return pail_flow_fail(f, PAIL_EXIT_USAGE, "%s: %u error%s in the HTML; nothing was sent",
                              file, r.serious, r.serious == 1 ? "" : "s");
    return 0;
}

/* 0 or the exit code. */
static int collect(struct pail_flow *f, const char *text, const char *what,
                   struct pail_value *names)
{
    struct pail_error err = PAIL_ERROR_INIT;
    if (text && pail_ses_placeholders(f->vs, pail_str(text), what, names, &err))
        return pail_flow_fail(f, PAIL_EXIT_USAGE, "%s", err.message);
    return 0;
}

static int run_put(void *p, int argc, char **argv)
{
    struct put *o = p;
    struct pail_flow *f = p;
    const char *html = NULL, *text = NULL;
    bool missing;
    if (argc != 1 || !o->subject || (!o->html && !o->text))
        return pail_flow_misuse(f, "wants NAME, --subject, and --html or --text");
    if ((o->html && !(html = pail_flow_file(f, o->html))) ||
        (o->text && !(text = pail_flow_file(f, o->text))))
        return f->code;
    struct pail_value *names = pail_value_list(f->vs);
    if ((html && check_html(f, o->html, html)) || collect(f, o->subject, "--subject", names) ||
        collect(f, html, o->html, names) || collect(f, text, o->text, names))
        return f->code;
    struct pail_value *template = pail_flow_map(f, "TemplateName", argv[0], "SubjectPart",
                                                o->subject, "HtmlPart", html, "TextPart", text,
                                                NULL);
    struct pail_value *params = pail_value_map(f->vs);
    pail_flow_put(f, params, "Template", template);
    const char *done = "Checked";
    if (!o->dry_run) {
        done = "Changed";
        if (!pail_flow_try(f, "UpdateTemplate", params, "TemplateDoesNotExist", &missing)) {
            if (!missing || !pail_flow_call(f, "CreateTemplate", params))
                return f->code;
            done = "Created";
        }
    }
    pail_flow_say(f, "%s template %s.", done, argv[0]);
    struct pail_value *record = pail_flow_map(f, "Name", argv[0], NULL);
    pail_flow_put(f, record, "Placeholders", names);
    return pail_flow_record(f, record);
}

const struct pail_command pail_ses_template_put = {
    .name = "ses template put",
    .summary = "Create or change a mail template, after checking it",
    .usage = "NAME --subject TEXT [--html FILE] [--text FILE]",
    .description =
        "The HTML has to parse: elements that are not closed, do not exist or are broken are "
        "errors, told with line and column, and nothing is sent. So are {{placeholders}} that "
        "are not closed. Prints the names of the placeholders.",
    .examples = "pail ses template put welcome --subject 'Hello {{name}}' --html welcome.html "
                "--text welcome.txt | Create or replace it\n",
    .options = put_options,
    .options_size = sizeof(struct put),
    .run = run_put,
};

/* ---- render ---------------------------------------------------------------------------------- */

struct render {
    struct pail_flow flow;
    const char *data;
};
static const struct pail_opt render_options[] = {
    {PAIL_OPT_STRING, 0, "data", "JSON", "Values of the placeholders: JSON, or file://FILE",
     offsetof(struct render, data), NULL},
    PAIL_FLOW_OPTIONS};

static int run_render(void *p, int argc, char **argv)
{
    struct render *o = p;
    struct pail_flow *f = p;
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    const char *data = pail_ses_data(f, o->data);
    if (!data)
        return f->code;
    struct pail_value *v = pail_flow_call(
        f, "TestRenderTemplate",
        pail_flow_map(f, "TemplateName", argv[0], "TemplateData", data, NULL));
    if (!v)
        return f->code;
    if (f->cli->g.output || f->cli->g.query)
        return pail_flow_record(f, v);
    struct pail_str mail = pail_value_as_str(pail_value_find(v, "RenderedTemplate"));
    if (mail.len)
        fwrite(mail.ptr, 1, mail.len, stdout);
    return 0;
}

const struct pail_command pail_ses_template_render = {
    .name = "ses template render",
    .summary = "Show a mail template with values filled in",
    .usage = "NAME [--data JSON]",
    .description = "SES does the rendering. Prints the mail as it would be sent.",
    .examples = "pail ses template render welcome --data file://alice.json | Alice's mail\n",
    .options = render_options,
    .options_size = sizeof(struct render),
    .run = run_render,
};

/* ---- delete ---------------------------------------------------------------------------------- */

static int run_delete(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    struct pail_value *which = pail_flow_map(f, "TemplateName", argv[0], NULL);
    if (!pail_flow_call(f, "GetTemplate", which) ||
        !pail_flow_confirm(f, "Delete template %s", argv[0]) ||
        !pail_flow_call(f, "DeleteTemplate", which))
        return f->code;
    pail_flow_say(f, "Deleted template %s.", argv[0]);
    return 0;
}

static const struct pail_opt delete_options[] = {PAIL_FLOW_YES, PAIL_FLOW_OPTIONS};

const struct pail_command pail_ses_template_delete = {
    .name = "ses template delete",
    .summary = "Delete a mail template",
    .usage = "NAME",
    .examples = "pail ses template delete welcome | Asks, then deletes\n",
    .options = delete_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_delete,
};
