/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/auth/vector.h - one case of the SigV4 suite: a folder of text files.
 */
#ifndef PAIL_TESTS_UNIT_AUTH_VECTOR_H
#define PAIL_TESTS_UNIT_AUTH_VECTOR_H

#include "auth/sign.h"
#include "base/file.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "base/uri.h"
#include "crypto/digest.h"
#include "http/request.h"
#include "unit/test.h"

struct vector {
    const char *dir, *name;
    struct pail_json *context;
    struct pail_credentials *credentials;
    struct pail_sign_params params;
    struct pail_request request;
    char hash[65];
    char *text; /* request.txt */
    size_t len;
};

/* The file's text; the caller frees it. */
static char *vector_read(const struct vector *v, const char *file, size_t *ret_len)
{
    char path[1024];
    char *text = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    snprintf(path, sizeof(path), "%s/%s/%s", v->dir, v->name, file);
    assert_ok(pail_file_read_all(path, 1 << 20, &text, ret_len, &err), &err);
    return text;
}

/* A line without its end; false at the end of the text. */
static bool vector_line(struct pail_str *rest, struct pail_str *ret)
{
    if (!pail_str_split(rest, '\n', ret))
        return false;
    if (ret->len && ret->ptr[ret->len - 1] == '\r')
        ret->len--;
    return true;
}

/* What a client would have encoded: the query goes on the wire as it is stored. */
static void vector_query(struct pail_str raw, struct pail_buf *to)
{
    for (size_t i = 0; i < raw.len; i++) {
        if ((unsigned char)raw.ptr[i] > 0x7e || raw.ptr[i] <= ' ')
            pail_uri_encode(to, pail_strn(raw.ptr + i, 1), PAIL_URI_COMPONENT);
        else
            pail_buf_char(to, raw.ptr[i]);
    }
}

static void vector_header(struct pail_request *r, struct pail_str line)
{
    size_t colon = pail_str_find(line, ':');
    assert_true(colon != SIZE_MAX);
    struct pail_str name = pail_str_sub(line, 0, colon), value = pail_str_from(line, colon + 1);
    if (pail_str_ieq(name, PAIL_STR("host")))
        pail_buf_str(&r->host, value);
    else
        assert_ok(pail_headers_add(&r->headers, name, value, NULL), NULL);
}

/* "GET /a b?c HTTP/1.1", header lines with continuations, empty line, body. */
static void vector_parse(struct pail_str text, struct pail_request *r, struct pail_str *ret_body)
{
    struct pail_str rest = text, line, target;
    assert_true(vector_line(&rest, &line));
    size_t space = pail_str_find(line, ' '), end = pail_str_rfind(line, ' ');
    snprintf(r->method, sizeof(r->method), "%.*s", (int)space, line.ptr);
    target = pail_str_sub(line, space + 1, end - space - 1);
    size_t mark = pail_str_find(target, '?');
    pail_buf_str(&r->path, pail_str_sub(target, 0, mark));
    if (mark != SIZE_MAX)
        vector_query(pail_str_from(target, mark + 1), &r->query);
    r->https = true;
    r->port = 443;

    struct pail_buf header = PAIL_BUF_INIT(65536);
    while (vector_line(&rest, &line) && line.len) {
        if (line.ptr[0] != ' ' && header.len) {
            vector_header(r, pail_buf_view(&header));
            pail_buf_reset(&header);
        }
        pail_buf_str(&header, line);
    }
    if (header.len)
        vector_header(r, pail_buf_view(&header));
    pail_buf_done(&header);
    *ret_body = rest.ptr ? rest : pail_strn("", 0);
}

static struct pail_str vector_context(const struct vector *v, const char *key)
{
    return pail_json_str(pail_json_get(pail_json_root(v->context), key));
}

static bool vector_flag(const struct vector *v, const char *key)
{
    bool b = false;
    (void)pail_json_bool(pail_json_get(pail_json_root(v->context), key), &b);
    return b;
}

static void vector_load(struct vector *v, const char *dir, const char *name)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_str body;
    size_t len;
    *v = (struct vector){.dir = dir, .name = name};
    char *json = vector_read(v, "context.json", &len);
    assert_ok(pail_json_parse(pail_strn(json, len), "context", &v->context, &err), &err);
    pail_free(json);

    const struct pail_jnode *c = pail_json_get(pail_json_root(v->context), "credentials");
    struct pail_credentials_fields f = {
        .access_key = pail_json_str(pail_json_get(c, "access_key_id")),
        .secret_key = pail_json_str(pail_json_get(c, "secret_access_key")),
        .session_token = pail_json_str(pail_json_get(c, "token")),
    };
    assert_ok(pail_credentials_new(&f, &v->credentials, &err), &err);

    int64_t ns, expires;
    assert_ok(pail_time_parse_iso(vector_context(v, "timestamp"), &ns, &err), &err);
    assert_true(pail_json_int(pail_json_get(pail_json_root(v->context), "expiration_in_seconds"),
                              &expires));
    v->params = (struct pail_sign_params){
        .service = vector_context(v, "service"),
        .region = vector_context(v, "region"),
        .now_unix_s = ns / INT64_C(1000000000),
        .normalize_path = vector_flag(v, "normalize"),
        .token_after_signing = vector_flag(v, "omit_session_token"),
        .expires_s = (uint32_t)expires,
    };

    pail_request_init(&v->request);
    v->text = vector_read(v, "request.txt", &v->len);
    vector_parse(pail_strn(v->text, v->len), &v->request, &body);
    if (vector_flag(v, "sign_body")) {
        assert_ok(pail_sha256_hex((struct pail_bytes){body.ptr, body.len}, v->hash, &err), &err);
        v->params.payload_hash = pail_str(v->hash);
    }
}

static void vector_done(struct vector *v)
{
    pail_request_done(&v->request);
    (void)pail_credentials_unref(v->credentials);
    pail_json_free(v->context);
    pail_free(v->text);
}

#endif
