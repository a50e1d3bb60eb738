/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call-service: reads lines of JSON, answers each with one. What tests in Python use to make calls.
 *
 *   {"service": "sqs", "operation": "ListQueues", "params": {...}}
 *   {"service": ..., "pages": "ListUsers", "params": {}, "max_items": 2, "page_size": 1, "token":
 * ""}
 *   {"service": ..., "wait": "UserExists", "params": {}, "delay": 1, "attempts": 2}
 *   {"service": ..., "presign": "GetObject", "params": {}, "expires": 60}
 *
 * Answers: {"result": ...} or {"error": message, "code": name, "refusal": ...}. The environment
 * says where and who, as for every program.
 */
#include <pail/service.h>

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/value_json.h"

#define MAX_LINE (8 << 20)

static struct pail_str text(const struct pail_value *v, const char *key)
{
    return pail_value_as_str(pail_value_get(v, pail_str(key)));
}

static int64_t number(const struct pail_value *v, const char *key)
{
    int64_t i = 0;
    (void)pail_value_as_int(pail_value_get(v, pail_str(key)), &i);
    return i;
}

static int run_pages(struct pail_client *c, const struct pail_value *in, struct pail_result **ret,
                     struct pail_error *err)
{
    struct pail_call_args args = {.params = pail_value_get(in, PAIL_STR("params"))};
    struct pail_pages_options o = {
        .max_items = number(in, "max_items"),
        .page_size = number(in, "page_size"),
        .starting_token = text(in, "token"),
    };
    struct pail_pages *p = NULL;

    int rc = pail_pages_new(c, text(in, "pages").ptr, &args, &o, &p, err);
    if (rc == 0)
        rc = pail_pages_all(p, ret, err);
    pail_pages_free(p);
    return rc;
}

static int run(struct pail_client *c, const struct pail_value *in, struct pail_result **ret,
               struct pail_result **refusal, struct pail_error *err)
{
    struct pail_call_args args = {
        .params = pail_value_get(in, PAIL_STR("params")),
        .ret_refusal = refusal,
    };
    struct pail_wait_options wait = {
        .delay_s = (unsigned)number(in, "delay"),
        .max_attempts = (unsigned)number(in, "attempts"),
    };

    if (text(in, "pages").ptr)
        return run_pages(c, in, ret, err);
    if (text(in, "wait").ptr)
        return pail_wait(c, text(in, "wait").ptr, args.params, &wait, ret, err);
    if (text(in, "presign").ptr)
        return pail_presign(c, text(in, "presign").ptr, args.params,
                            (uint32_t)number(in, "expires"), ret, err);
    return pail_call_with(c, text(in, "operation").ptr, &args, ret, err);
}

static void print_error(struct pail_values *vs, const struct pail_result *refusal,
                        const struct pail_error *err, struct pail_value *out)
{
    pail_value_set(vs, out, PAIL_STR("error"), pail_value_str(vs, pail_str(err->message)));
    pail_value_set(vs, out, PAIL_STR("code"),
                   pail_value_str(vs, pail_str(pail_code_name(err->code))));
    if (refusal)
        pail_value_set(vs, out, PAIL_STR("refusal"),
                       pail_value_copy(vs, pail_result_value(refusal)));
}

/* Clients stay: reading a model from JSON takes its time. */
static struct {
    char name[64];
    struct pail_client *client;
} known[32];

static int find_client(struct pail_session *session, struct pail_str name, struct pail_client **ret,
                       struct pail_error *err)
{
    size_t i = 0;

    for (; i < PAIL_ARRAY_LEN(known) && known[i].client; i++)
        if (pail_str_eqz(name, known[i].name)) {
            *ret = pail_client_ref(known[i].client);
            return 0;
        }
    int rc = pail_client_new(session, name.ptr, NULL, ret, err);
    if (rc == 0 && i < PAIL_ARRAY_LEN(known) && name.len < sizeof(known[i].name)) {
        memcpy(known[i].name, name.ptr, name.len + 1);
        known[i].client = pail_client_ref(*ret);
    }
    return rc;
}

static void answer(struct pail_session *session, struct pail_str line, struct pail_buf *to)
{
    static const struct pail_json_style style = {.ascii = true};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *result = NULL, *refusal = NULL;
    struct pail_client *c = NULL;
    struct pail_values *vs = NULL;
    struct pail_value *in = NULL;

    if (pail_values_new(&vs, &err) < 0)
        return;
    struct pail_value *out = pail_value_map(vs);
    int rc = pail_value_from_json(vs, line, "line", &in, &err);
    if (rc == 0)
        rc = find_client(session, text(in, "service"), &c, &err);
    if (rc == 0)
        rc = run(c, in, &result, &refusal, &err);
    if (rc < 0)
        print_error(vs, refusal, &err, out);
    else
        pail_value_set(vs, out, PAIL_STR("result"),
                       result ? pail_value_copy(vs, pail_result_value(result))
                              : pail_value_null(vs));
    pail_value_to_json(to, out, &style);
    pail_result_free(result);
    pail_result_free(refusal);
    pail_client_unref(c);
    pail_values_free(vs);
}

int main(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_buf line = PAIL_BUF_INIT(MAX_LINE), out = PAIL_BUF_INIT(MAX_LINE);

    if (pail_session_new(NULL, &session, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (int c; (c = getchar()) != EOF;) {
        if (c != '\n') {
            pail_buf_char(&line, (char)c);
            continue;
        }
        pail_buf_reset(&out);
        answer(session, pail_buf_view(&line), &out);
        printf("%s\n", pail_buf_cstr(&out));
        fflush(stdout);
        pail_buf_reset(&line);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(known); i++)
        pail_client_unref(known[i].client);
    pail_buf_done(&line);
    pail_buf_done(&out);
    pail_session_unref(session);
    return 0;
}
