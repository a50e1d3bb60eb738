/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump-model PACK SERVICE...: everything that model/model.h and model/docs.h say about each
 * service, as one line of JSON. diff-model.py compares that with botocore.
 */
#include <stdio.h>

#include "base/json.h"
#include "model/docs.h"
#include "model/model.h"

static struct pail_models *models;
static struct pail_jwriter w;

static void text(const char *key, struct pail_str value)
{
    if (!value.ptr)
        return;
    pail_jw_key(&w, pail_str(key));
    pail_jw_str(&w, value);
}

static void number(const char *key, int64_t value)
{
    if (!value)
        return;
    pail_jw_key(&w, pail_str(key));
    pail_jw_int(&w, value);
}

static void strings(const char *key, struct pail_strs list)
{
    if (!list.blob)
        return;
    pail_jw_key(&w, pail_str(key));
    pail_jw_array(&w);
    for (unsigned i = 0; i < list.n; i++)
        pail_jw_str(&w, pail_strs_at(list, i));
    pail_jw_end_array(&w);
}

static void bits(const char *key, uint32_t value)
{
    pail_jw_key(&w, pail_str(key));
    pail_jw_array(&w);
    for (unsigned i = 0; i < 32; i++)
        if (value & (UINT32_C(1) << i))
            pail_jw_int(&w, i);
    pail_jw_end_array(&w);
}

static void value(const char *key, struct pail_model_value v)
{
    pail_jw_key(&w, pail_str(key));
    switch (v.type) {
    case PAIL_VALUE_NULL:
        pail_jw_null(&w);
        break;
    case PAIL_VALUE_BOOL:
        pail_jw_bool(&w, v.boolean);
        break;
    case PAIL_VALUE_INT:
        pail_jw_int(&w, v.integer);
        break;
    case PAIL_VALUE_STRING:
        pail_jw_str(&w, v.string);
        break;
    case PAIL_VALUE_STRINGS:
        pail_jw_array(&w);
        for (unsigned i = 0; i < v.strings.n; i++)
            pail_jw_str(&w, pail_strs_at(v.strings, i));
        pail_jw_end_array(&w);
        break;
    }
}

static void doc(const char *key, int rc, struct pail_buf *from)
{
    if (rc < 0)
        text(key, PAIL_STR("(damaged)"));
    else if (from->len)
        text(key, pail_buf_view(from));
}

static void shape(const char *key, const struct pail_shape *s)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf d = PAIL_BUF_INIT(1 << 20);

    pail_jw_key(&w, pail_str(key));
    pail_jw_object(&w);
    text("name", s->name);
    text("member", s->member);
    number("type", s->type);
    number("location", s->location);
    number("timestamp", s->timestamp_format);
    bits("traits", s->traits);
    text("locationName", s->location_name);
    text("queryName", s->query_name);
    text("payload", s->payload);
    text("resultWrapper", s->result_wrapper);
    text("uri", s->xmlns_uri);
    text("prefix", s->xmlns_prefix);
    text("contextParam", s->context_param);
    text("pattern", s->pattern);
    text("min", s->min);
    text("max", s->max);
    strings("required", s->required);
    strings("enum", s->values);
    text("code", s->error_code);
    number("status", s->error_status);
    text("deprecatedMessage", s->deprecated_message);
    text("deprecatedSince", s->deprecated_since);
    text("default", s->default_json);
    doc("doc", pail_docs_shape(models, s, &d, NULL), &d);
    pail_jw_end_object(&w);
}

static void operation(const struct pail_operation *op)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf d = PAIL_BUF_INIT(1 << 20), e = PAIL_BUF_INIT(1 << 22);
    struct pail_str name, path;
    struct pail_model_value v;
    struct pail_shape s;

    pail_jw_object(&w);
    text("name", op->name);
    text("wire", op->wire_name);
    text("cli", op->cli_name);
    text("method", op->method);
    text("uri", op->uri);
    number("code", op->response_code);
    bits("flags", op->flags);
    text("hostPrefix", op->host_prefix);
    text("authtype", op->auth_type);
    strings("auth", op->auth);
    text("requestAlgorithmMember", op->request_algorithm_member);
    text("requestValidationModeMember", op->request_validation_mode_member);
    strings("responseAlgorithms", op->response_algorithms);
    strings("encodings", op->compression);
    text("deprecatedMessage", op->deprecated_message);
    text("deprecatedSince", op->deprecated_since);
    if (pail_operation_input(op, &s))
        shape("input", &s);
    if (pail_operation_output(op, &s))
        shape("output", &s);
    pail_jw_key(&w, PAIL_STR("errors"));
    pail_jw_object(&w);
    for (unsigned i = 0; pail_operation_error(op, i, &s); i++)
        shape("", &s);
    pail_jw_end_object(&w);
    pail_jw_key(&w, PAIL_STR("static"));
    pail_jw_object(&w);
    for (unsigned i = 0; pail_operation_static_param(op, i, &name, &v); i++) {
        text("name", name);
        value("value", v);
    }
    pail_jw_end_object(&w);
    pail_jw_key(&w, PAIL_STR("context"));
    pail_jw_object(&w);
    for (unsigned i = 0; pail_operation_context_param(op, i, &name, &path); i++) {
        text("name", name);
        text("path", path);
    }
    pail_jw_end_object(&w);
    doc("doc", pail_docs_operation(models, op, &d, NULL), &d);
    doc("examples", pail_docs_examples(models, op, &e, NULL), &e);
    pail_jw_end_object(&w);
}

static void waiter(const struct pail_waiter *waiter)
{
    struct pail_acceptor a;

    pail_jw_object(&w);
    text("name", waiter->name);
    text("cli", waiter->cli_name);
    text("operation", waiter->operation);
    text("description", waiter->description);
    number("delay", waiter->delay_s);
    number("maxAttempts", waiter->max_attempts);
    pail_jw_key(&w, PAIL_STR("acceptors"));
    pail_jw_array(&w);
    for (unsigned i = 0; pail_waiter_acceptor(waiter, i, &a); i++) {
        pail_jw_object(&w);
        number("matcher", a.matcher);
        number("state", a.state);
        text("argument", a.argument);
        value("expected", a.expected);
        pail_jw_end_object(&w);
    }
    pail_jw_end_array(&w);
    pail_jw_end_object(&w);
}

static void paginator(const struct pail_paginator *p)
{
    pail_jw_object(&w);
    text("operation", p->operation);
    strings("input_token", p->input_token);
    strings("output_token", p->output_token);
    strings("result_key", p->result_key);
    strings("non_aggregate_keys", p->non_aggregate_keys);
    text("limit_key", p->limit_key);
    text("more_results", p->more_results);
    pail_jw_end_object(&w);
}

static void metadata(const struct pail_service *s)
{
    struct pail_service_info i = pail_service_info(s);
    struct pail_str name, type;

    text("name", i.name);
    text("apiVersion", i.api_version);
    text("serviceId", i.service_id);
    text("serviceFullName", i.full_name);
    text("serviceAbbreviation", i.abbreviation);
    text("endpointPrefix", i.endpoint_prefix);
    text("globalEndpoint", i.global_endpoint);
    text("signingName", i.signing_name);
    text("signatureVersion", i.signature_version);
    text("protocol", i.protocol_name);
    text("jsonVersion", i.json_version);
    text("targetPrefix", i.target_prefix);
    text("uid", i.uid);
    text("xmlNamespace", i.xml_namespace);
    text("checksumFormat", i.checksum_format);
    strings("protocols", i.protocols);
    strings("auth", i.auth);
    text("h2", i.h2);
    number("queryCompatible", i.query_compatible);
    number("deprecated", i.deprecated);
    pail_jw_key(&w, PAIL_STR("clientParams"));
    pail_jw_object(&w);
    for (unsigned n = 0; pail_service_client_param(s, n, &name, &type); n++) {
        pail_jw_key(&w, name);
        pail_jw_str(&w, type);
    }
    pail_jw_end_object(&w);
}

static void shapes(const struct pail_service *service)
{
    struct pail_shape s, m, again;

    pail_jw_key(&w, PAIL_STR("shapes"));
    pail_jw_array(&w);
    for (unsigned i = 0; pail_shape_number(service, i, &s); i++) {
        pail_jw_object(&w);
        shape("self", &s);
        pail_jw_key(&w, PAIL_STR("members"));
        pail_jw_object(&w);
        for (unsigned j = 0; pail_shape_at(&s, j, &m); j++) {
            shape("", &m);
            if (s.type == PAIL_SHAPE_STRUCTURE &&
                (!pail_shape_member(&s, m.member, &again) || again.member_id != m.member_id))
                text("lost", m.member);
        }
        pail_jw_end_object(&w);
        if (!pail_shape_find(service, s.name, &again) || again.id != s.id)
            text("lost", s.name);
        if (s.error_code.ptr && pail_shape_for_error(service, s.error_code, &again))
            text("for_error", again.name);
        pail_jw_end_object(&w);
    }
    pail_jw_end_array(&w);
}

static void operations(const struct pail_service *service)
{
    struct pail_operation op, again;
    struct pail_paginator p;
    struct pail_waiter wait, wait_again;

    pail_jw_key(&w, PAIL_STR("operations"));
    pail_jw_array(&w);
    for (unsigned i = 0; pail_operation_at(service, i, &op); i++) {
        operation(&op);
        if (!pail_operation_find(service, op.name, &again) || again.id != i ||
            !pail_operation_find_cli(service, op.cli_name, &again) || again.id != i)
            pail_jw_null(&w);
    }
    pail_jw_end_array(&w);
    pail_jw_key(&w, PAIL_STR("paginators"));
    pail_jw_array(&w);
    for (unsigned i = 0; pail_paginator_at(service, i, &p); i++) {
        paginator(&p);
        if (!pail_paginator_find(service, p.operation, &p))
            pail_jw_null(&w);
    }
    pail_jw_end_array(&w);
    pail_jw_key(&w, PAIL_STR("waiters"));
    pail_jw_array(&w);
    for (unsigned i = 0; pail_waiter_at(service, i, &wait); i++) {
        waiter(&wait);
        if (!pail_waiter_find(service, wait.name, &wait_again) ||
            !pail_waiter_find_cli(service, wait.cli_name, &wait_again))
            pail_jw_null(&w);
    }
    pail_jw_end_array(&w);
}

int main(int argc, char *argv[])
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_models_options o = {
        .pack = argv[1], .data_path = "", .user_dir = "", .no_installed = true};
    const struct pail_service *s = NULL;

    if (argc < 2 || pail_models_new(&o, &models, &err) < 0) {
        fprintf(stderr, "dump-model: %s\n", argc < 2 ? "which pack?" : err.message);
        return 1;
    }
    for (int i = 2; i < argc; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 28);
        PAIL_CLEANUP(pail_buf_done) struct pail_buf d = PAIL_BUF_INIT(1 << 20);
        if (pail_models_service(models, pail_str(argv[i]), &s, &err) < 0) {
            fprintf(stderr, "dump-model: %s\n", err.message);
            return 1;
        }
        pail_jw_init(&w, &out, 0);
        pail_jw_object(&w);
        metadata(s);
        doc("doc", pail_docs_service(models, s, &d, NULL), &d);
        shapes(s);
        operations(s);
        pail_jw_end_object(&w);
        puts(pail_buf_cstr(&out));
    }
    pail_models_free(models);
    return 0;
}
