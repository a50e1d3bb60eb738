/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls from the description to the end. What does not change between attempts (parameters, path,
 * headers, body) is made at once, on the caller's thread, so that his mistakes are told at once;
 * address and signature are made per attempt.
 */
#include <stdio.h>

#include "auth/session.h"
#include "base/alloc.h"
#include "base/str.h"
#include "protocol/eventstream.h"
#include "protocol/opcall.h"
#include "protocol/parse.h"
#include "protocol/presign.h"
#include "protocol/validate.h"

#define MAX_ANSWER ((size_t)64 << 20)

/* ---- Describing ---- */

void pail_opcall_free(struct pail_opcall *c)
{
    if (!c)
        return;
    pail_wire_done(&c->wire);
    pail_resolved_done(&c->resolved);
    pail_events_free(c->events);
    pail_verify_done(&c->verify);
    pail_payload_done(&c->payload);
    (void)pail_credentials_unref(c->given);
    pail_signers_done(&c->signers);
    (void)pail_values_free(c->vs);
    (void)pail_result_free(c->result);
    (void)pail_result_free(c->refusal);
    pail_client_release(c->client);
    pail_free(c);
}

/* {"Error": {"Code": "ParamValidation", "Message": all of it}} */
static void tell_report(struct pail_result **ret, struct pail_str report)
{
    struct pail_result *r = NULL;

    if (!ret || pail_result_new(&r, NULL) < 0)
        return;
    struct pail_value *error = pail_value_map(r->vs);
    r->value = pail_value_map(r->vs);
    pail_value_set(r->vs, error, PAIL_STR("Code"),
                   pail_value_str(r->vs, PAIL_STR("ParamValidation")));
    pail_value_set(r->vs, error, PAIL_STR("Message"), pail_value_str(r->vs, report));
    pail_value_set(r->vs, r->value, PAIL_STR("Error"), error);
    if (pail_values_check(r->vs, NULL) < 0)
        (void)pail_result_free(r);
    else
        *ret = r;
}

static int validate(struct pail_opcall *c, struct pail_result **ret_refusal, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf report = PAIL_BUF_INIT(1 << 20);
    struct pail_shape input;

    if (c->client->no_validation || !pail_operation_input(&c->op, &input))
        return 0;
    pail_buf_z(&report, "Parameter validation failed:\n");
    size_t head = report.len;
    pail_validate(&input, c->params, &report);
    if (report.len == head)
        return pail_buf_check(&report, "parameters", err);
    tell_report(ret_refusal, pail_buf_view(&report));
    return pail_param_error(err, "%s", pail_buf_cstr(&report) + head);
}

/* A body that is read counts as given. */
static void stand_in(struct pail_opcall *c)
{
    struct pail_shape input;

    if (c->has_body && pail_operation_input(&c->op, &input) && input.payload.len)
        pail_value_set(c->vs, c->params, input.payload,
                       pail_value_blob(c->vs, (struct pail_bytes){"", 0}));
}

/* The answer shall have a checksum, since it will be looked at. */
static void ask_for_checksum(struct pail_opcall *c)
{
    struct pail_str member = c->op.request_validation_mode_member;
    const struct pail_settings *s = pail_session_settings(c->client->session);

    if (member.len && s->response_checksum == PAIL_WHEN_SUPPORTED &&
        !pail_value_get(c->params, member)) {
        c->asked_checksum = true;
        pail_value_set(c->vs, c->params, member, pail_value_str(c->vs, PAIL_STR("ENABLED")));
    }
}

static int make_wire(struct pail_opcall *c, const struct pail_call_args *args,
                     struct pail_error *err)
{
    const struct pail_settings *s = pail_session_settings(c->client->session);
    struct pail_payload_options opt = {
        .checksum_wanted = s->request_checksum == PAIL_WHEN_SUPPORTED,
        .checksum_alg = s->checksum_alg,
        .compress_from = s->disable_request_compression ? SIZE_MAX : s->compression_min_bytes,
    };

    int rc = pail_serialize(&c->op, c->params, &c->wire, err);
    if (rc == 0 && s->disable_host_prefix)
        pail_buf_reset(&c->wire.host_prefix);
    if (rc == 0 && !c->plain) {
        c->quirk.wire = &c->wire;
        rc = pail_quirk_wire(&c->quirk);
    }
    if (rc == 0)
        rc = pail_payload_init(&c->payload, &c->op, c->params, &c->wire,
                               c->has_body ? &c->reader : NULL, &opt, err);
    return rc;
}

static int describe(struct pail_opcall *c, const struct pail_call_args *args,
                    struct pail_error *err)
{
    int rc = pail_values_new(&c->vs, err);
    if (rc < 0)
        return rc;
    if (args->params && pail_value_type(args->params) != PAIL_VAL_MAP)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s: parameters are no map",
                              c->what);
    /* A copy: attempts look at them when the caller's are gone. */
    c->params = pail_params_prepare(&c->op, pail_value_copy(c->vs, args->params), c->vs);
    stand_in(c);
    if (!c->nested)
        ask_for_checksum(c);
    c->quirk = (struct pail_quirk){
        .client = c->client,
        .op = &c->op,
        .vs = c->vs,
        .params = c->params,
        .err = err,
    };
    if (!c->plain)
        rc = pail_quirk_params(&c->quirk);
    if (rc == 0 && !c->plain)
        rc = pail_presign_source(c, err);
    if (rc == 0)
        rc = pail_values_check(c->vs, err);
    if (rc == 0 && !c->nested)
        rc = validate(c, args->ret_refusal, err);
    return rc < 0 ? rc : make_wire(c, args, err);
}

static void take_args(struct pail_opcall *c, const struct pail_call_args *args)
{
    struct pail_shape output, m;

    c->options = args->call;
    c->max_body = args->max_body ? args->max_body : MAX_ANSWER;
    c->ret_refusal = args->ret_refusal;
    if (args->body) {
        c->has_body = true;
        c->reader = (struct pail_body){
            .read = args->body->read,
            .ud = args->body->ud,
            .length = args->body->length,
        };
    }
    if (!pail_operation_output(&c->op, &output))
        return;
    c->has_stream = pail_stream_member(&output, &m);
    c->has_events = pail_event_member(&output, &m);
    if (args->sink) {
        c->sink = *args->sink;
        c->has_sink = c->has_stream && c->sink.write;
    }
}

/* Speech and the like: both sides talk at once, which takes HTTP/2. */
static int check_kind(const struct pail_opcall *c, struct pail_error *err)
{
    struct pail_shape input, m;

    if (!pail_operation_input(&c->op, &input) || !pail_event_member(&input, &m))
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_UNSUPPORTED,
                          "%s sends a stream of events while it receives one; only operations that "
                          "receive one are supported",
                          c->what);
}

static int describe_call(struct pail_opcall *c, const struct pail_call_args *args,
                         struct pail_error *err)
{
    snprintf(c->what, sizeof(c->what), "%.*s (%.*s)", PAIL_STR_ARG(c->op.name),
             PAIL_STR_ARG(c->client->info.name));
    take_args(c, args);
    int rc = check_kind(c, err);
    if (rc == 0)
        rc = describe(c, args, err);
    if (rc == 0 && c->has_events)
        rc = pail_events_new(&c->op, &c->sink, &c->events, err);
    c->quirk.err = NULL;
    return rc;
}

static struct pail_opcall *make(struct pail_client *client)
{
    struct pail_opcall *c = pail_zalloc(sizeof(*c));
    if (!c)
        return NULL;
    c->client = pail_client_hold(client);
    c->s3 = pail_str_eqz(client->info.name, "s3");
    c->plain = client->no_customizations;
    pail_wire_init(&c->wire);
    pail_resolved_init(&c->resolved);
    memcpy(c->region, client->region, pail_min_u64(strlen(client->region), sizeof(c->region) - 1));
    return c;
}

int pail_opcall_new(struct pail_client *client, const char *operation,
                    const struct pail_call_args *args, struct pail_opcall **ret,
                    struct pail_error *err)
{
    struct pail_opcall *c = make(client);
    if (!c)
        return pail_error_nomem(err);
    int rc = pail_client_operation(client, pail_str(operation), &c->op, err);
    if (rc == 0) {
        pail_quirk_operation(&c->op);
        rc = describe_call(c, args, err);
    }
    if (rc < 0) {
        pail_opcall_free(c);
        return rc;
    }
    *ret = c;
    return 0;
}

int pail_opcall_new_nested(const struct pail_opcall *outer, struct pail_opcall **ret,
                           struct pail_error *err)
{
    struct pail_call_args args = {.params = outer->params};
    struct pail_opcall *c = make(outer->client);
    if (!c)
        return pail_error_nomem(err);
    c->plain = c->nested = true;
    c->op = outer->op;
    int rc = describe_call(c, &args, err);
    if (rc < 0) {
        pail_opcall_free(c);
        return rc;
    }
    *ret = c;
    return 0;
}

/* ---- Under way ---- */

static int on_prepare(void *ud, const struct pail_attempt *attempt, struct pail_request *rq,
                      struct pail_error *err)
{
    return pail_opcall_prepare(ud, attempt, rq, err);
}

static int on_begin(void *ud, const struct pail_response *head, uint64_t length,
                    struct pail_error *err)
{
    struct pail_opcall *c = ud;

    if (c->events)
        return pail_events_begin(c->events, err);
    int rc = pail_verify_begin(&c->verify, &c->op, head->headers, err);
    return rc == 0 && c->sink.begin ? c->sink.begin(c->sink.ud, length, err) : rc;
}

static int on_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct pail_opcall *c = ud;

    if (c->events)
        return pail_events_write(c->events, p, n, err);
    int rc = pail_verify_add(&c->verify, p, n, err);
    return rc < 0 ? rc : c->sink.write(c->sink.ud, offset, p, n, err);
}

static int on_classify(void *ud, const struct pail_response *rs, bool *retry_now,
                       struct pail_error *err)
{
    return pail_opcall_classify(ud, rs, retry_now, err);
}

static void on_done(void *ud, const struct pail_error *err)
{
    struct pail_opcall *c = ud;
    pail_done_fn *done = c->done;
    void *done_ud = c->ud;
    struct pail_error own;

    if (err) {
        own = *err;
        pail_opcall_explain(c, &own);
        if (c->ret_refusal && c->refusal)
            *c->ret_refusal = PAIL_STEAL(c->refusal);
    } else if (c->ret) {
        *c->ret = PAIL_STEAL(c->result);
    }
    pail_opcall_free(c);
    done(done_ud, err ? &own : NULL);
}

static const struct pail_call_ops call_ops = {
    .prepare = on_prepare,
    .begin = on_begin,
    .write = on_write,
    .classify = on_classify,
    .done = on_done,
};

/* Names that the retry rules know; static, as they want it. */
static const char *retry_service(struct pail_str name)
{
    static const char *const known[] = {"dynamodb", "dynamodbstreams"};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(known); i++)
        if (pail_str_eqz(name, known[i]))
            return known[i];
    return NULL;
}

/* S3 refuses before the body is sent, which costs a round trip and saves an upload: botocore does
 * it for whatever can be read like a file. */
static bool expects_continue(const struct pail_opcall *c)
{
    struct pail_shape input;

    return c->s3 && c->payload.streaming && pail_operation_input(&c->op, &input) &&
           pail_value_get(c->params, input.payload);
}

int pail_opcall_submit(struct pail_opcall *c, pail_done_fn *done, void *ud,
                       struct pail_call **ret_call, struct pail_error *err)
{
    c->done = done;
    c->ud = ud;
    struct pail_call_desc desc = {
        .ops = &call_ops,
        .ud = c,
        .what = c->what,
        .options = c->options,
        .service = retry_service(c->client->info.name),
        .body = c->payload.present ? &c->payload.body : NULL,
        .expect_continue = expects_continue(c),
        .head_only = pail_str_eqz(c->wire.method, "HEAD"),
        .has_sink = c->has_sink || c->has_events,
        .max_body = c->max_body,
        .delay_ns = c->delay_ns,
    };
    int rc = pail_engine_submit(pail_session_engine(c->client->session), &desc, ret_call, err);
    if (rc < 0)
        pail_opcall_free(c);
    return rc;
}

/* ---- Waiting ---- */

struct waiting {
    bool failed;
    struct pail_error err;
};

static void on_waited(void *ud, const struct pail_error *err)
{
    struct waiting *w = ud;

    w->failed = err != NULL;
    if (err)
        w->err = *err;
}

int pail_opcall_run(struct pail_opcall *c, struct pail_error *err)
{
    struct waiting w = {0};
    struct pail_call *call = NULL;

    int rc = pail_opcall_submit(c, on_waited, &w, &call, err);
    if (rc < 0)
        return rc;
    pail_call_wait(call);
    (void)pail_call_unref(call);
    if (!w.failed)
        return 0;
    pail_error_copy(err, &w.err);
    return w.err.code;
}

/* ---- Public forms ---- */

/* args may be NULL. */
static int new_call(struct pail_client *client, const char *operation,
                    const struct pail_call_args *args, struct pail_result **ret,
                    struct pail_opcall **ret_call, struct pail_error *err)
{
    static const struct pail_call_args none;
    int rc = pail_opcall_new(client, operation, args ? args : &none, ret_call, err);
    if (rc == 0)
        (*ret_call)->ret = ret;
    return rc;
}

int pail_call_async(struct pail_client *client, const char *operation,
                    const struct pail_call_args *args, struct pail_result **ret, pail_done_fn *done,
                    void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_opcall *c = NULL;
    int rc = new_call(client, operation, args, ret, &c, err);
    return rc < 0 ? rc : pail_opcall_submit(c, done, ud, ret_call, err);
}

int pail_call_with(struct pail_client *client, const char *operation,
                   const struct pail_call_args *args, struct pail_result **ret,
                   struct pail_error *err)
{
    struct pail_opcall *c = NULL;
    int rc = new_call(client, operation, args, ret, &c, err);
    return rc < 0 ? rc : pail_opcall_run(c, err);
}

int pail_call(struct pail_client *client, const char *operation, const struct pail_value *params,
              struct pail_result **ret, struct pail_error *err)
{
    struct pail_call_args args = {.params = params};
    return pail_call_with(client, operation, &args, ret, err);
}
