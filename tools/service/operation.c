/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation from its words to its output. A single call, pages (pages.c), or a waiter; its
 * files; the answer without ResponseMetadata and without what went to a file.
 */
#include "tools/service/run.h"

#include "auth/session.h"
#include "base/alloc.h"
#include "base/str.h"
#include "model/names.h"
#include "protocol/client.h"
#include "tools/cmd.h"
#include "tools/service/output.h"
#include "tools/service/stream.h"

/* The library does without a region where it can: with an endpoint of the caller's, or at STS's old
 * global one. The AWS CLI does so for S3 alone. */
static bool lacks_region(const struct pail_run *run, struct pail_session *session)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf id = PAIL_BUF_INIT(256);
    if (pail_session_region(session) || strcmp(run->model_name, "s3") == 0)
        return false;
    if (run->cli->g.endpoint_url || strcmp(run->model_name, "sts") == 0)
        return true;
    pail_name_hyphenate(&id, pail_service_info(run->model).service_id);
    return !id.failed && pail_session_endpoint_url(session, pail_buf_cstr(&id)) != NULL;
}

int pail_run_client(struct pail_run *run, struct pail_client **ret)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_str stamps = pail_cli_setting(run->cli, "cli_timestamp_format");
    if (stamps.ptr && !pail_str_eqz(stamps, "wire") && !pail_str_eqz(stamps, "iso8601"))
        return pail_cli_failf(run->cli, PAIL_EXIT_CONFIG, "Configuration",
                              "Unknown cli_timestamp_format value: %.*s, valid values are "
                              "\"wire\" or \"iso8601\"",
                              PAIL_STR_ARG(stamps));
    o.region = run->cli->g.region;
    o.endpoint_url = run->cli->g.endpoint_url;
    o.no_sign_request = run->cli->g.no_sign_request;
    int rc = pail_cli_session(run->cli, &session, &err);
    if (!rc && lacks_region(run, session))
        rc = pail_error_set(&err, PAIL_D_CONFIG, PAIL_E_NO_REGION, "You must specify a region.");
    if (!rc)
        rc = pail_refuse_legacy(session, &err);
    if (!rc)
        rc = pail_client_new_on(session, run->cli->models, run->model_name, &o, ret, &err);
    return rc ? pail_cli_error(run->cli, &err) : 0;
}

int pail_run_failed(struct pail_run *run, const struct pail_error *err,
                    struct pail_result *take_refusal)
{
    const struct pail_value *refusal = take_refusal ? pail_result_value(take_refusal) : NULL;
    struct pail_str message = pail_value_as_str(
        pail_value_get(pail_value_get(refusal, PAIL_STR("Error")), PAIL_STR("Message")));
    int code;
    if (err->domain == PAIL_D_SERVICE)
        code = pail_cli_refused(run->cli, err, refusal);
    else if (err->code == PAIL_E_INVALID &&
             pail_str_starts(message, PAIL_STR("Parameter validation failed")))
        code = pail_cli_fail(run->cli, PAIL_EXIT_USAGE, "ParamValidation", message);
    else
        code = pail_cli_error(run->cli, err);
    pail_result_free(take_refusal);
    return code;
}

struct pail_value *pail_run_answer(struct pail_run *run, const struct pail_value *result)
{
    struct pail_shape output;
    bool known = pail_operation_output(&run->op, &output);
    bool wire = pail_str_eqz(pail_cli_setting(run->cli, "cli_timestamp_format"), "wire");
    struct pail_value *v = pail_present(run->cli->vs, result, known ? &output : NULL, wire);
    pail_value_remove(v, PAIL_STR("ResponseMetadata"));
    if (run->streaming_output.ptr)
        pail_value_remove(v, run->streaming_output);
    return v;
}

static int show(struct pail_run *run, struct pail_value *answer)
{
    const struct pail_custom *c;
    const char *title = pail_cli_keep(run->cli, run->op.name);
    for (size_t i = 0; (c = pail_custom_find(run->service, run->command, i)); i++) {
        int rc = c->after ? c->after(run, answer) : 0;
        if (rc)
            return rc;
    }
    return title ? pail_show(run->cli, title, answer) : pail_cli_nomem(run->cli);
}

static int call_once(struct pail_run *run, struct pail_client *client)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *result = NULL, *refusal = NULL;
    struct pail_upload upload = {.file = NULL};
    struct pail_save save;
    struct pail_call_args args = {.params = run->values, .ret_refusal = &refusal};
    const char *name = pail_cli_keep(run->cli, run->op.name);
    int rc = name ? 0 : pail_error_nomem(&err), code = 0;
    if (!rc && run->body_path) {
        rc = pail_upload_open(&upload, run->body_path, &err);
        args.body = &upload.body;
    }
    if (run->outfile) {
        pail_save_init(&save, run->outfile);
        args.sink = &save.sink;
        if (run->streams_events)
            pail_save_events(&save);
    }
    if (!rc)
        rc = pail_call_with(client, name, &args, &result, &err);
    if (!rc && run->outfile)
        rc = pail_save_finish(&save, &err);
    if (rc)
        code = pail_run_failed(run, &err, refusal);
    if (run->outfile)
        pail_save_done(&save);
    pail_upload_done(&upload);
    if (!rc)
        code = show(run, pail_run_answer(run, pail_result_value(result)));
    pail_result_free(result);
    return code;
}

/* The call of a custom that has one of its own; NULL: none has. */
static int (*own_call(const struct pail_run *run))(struct pail_run *, struct pail_client *)
{
    const struct pail_custom *c;
    for (size_t i = 0; (c = pail_custom_find(run->service, run->command, i)); i++)
        if (c->call && !run->is_wait)
            return c->call;
    return NULL;
}

static int wait_for(struct pail_run *run, struct pail_client *client)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const char *name = pail_cli_keep(run->cli, run->waiter.name);
    int rc = name ? pail_wait(client, name, run->values, NULL, NULL, &err) : pail_error_nomem(&err);
    if (!rc)
        return 0;
    if (err.domain == PAIL_D_SERVICE && pail_str_starts(pail_str(err.message), PAIL_STR("Waiter ")))
        return pail_cli_fail(run->cli, PAIL_EXIT_ERROR, NULL, pail_str(err.message));
    return pail_run_failed(run, &err, NULL);
}

int pail_run_operation(struct pail_run *run, const struct pail_words *words)
{
    struct pail_client *client = NULL;
    int code = pail_params_build(run);
    if (!code && words->n == 1 && strcmp(words->v[0], "help") == 0)
        return pail_run_help(run);
    if (!code)
        code = pail_params_read(run, words);
    if (code)
        return code;
    if (run->skeleton)
        return pail_skeleton(run);
    code = pail_run_client(run, &client);
    if (code)
        return code;
    int (*own)(struct pail_run *, struct pail_client *) = own_call(run);
    if (own)
        code = own(run, client);
    else if (run->is_wait)
        code = wait_for(run, client);
    else if (run->paginate)
        code = pail_run_pages(run, client);
    else
        code = call_once(run, client);
    pail_client_unref(client);
    return code;
}
