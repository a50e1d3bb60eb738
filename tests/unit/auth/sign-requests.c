/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/auth/sign-requests - signs the requests on stdin, for diff-sign.py.
 *
 * A request is lines of "KEY VALUE" and an empty line; values that may hold any byte are in
 * hexadecimal. Answer: one line, the Authorization header or, with "presign", the query; behind it,
 * where a body is given, that as aws-chunked, in hexadecimal.
 */
#include <stdio.h>
#include <stdlib.h>

#include "auth/chunked.h"
#include "auth/sign.h"
#include "base/alloc.h"
#include "base/hex.h"
#include "base/str.h"

struct input {
    struct pail_request request;
    struct pail_sign_params params;
    char *secret, *token, *region, *service, *hash;
    bool presign;
    char *body;
    size_t body_len, chunk_size;
    enum pail_checksum_alg alg;
};

static void check(bool ok, struct pail_str what)
{
    if (ok)
        return;
    fprintf(stderr, "sign-requests: %.*s\n", PAIL_STR_ARG(what));
    exit(1);
}

static void set(char **field, struct pail_str v)
{
    pail_free(*field);
    *field = pail_strndup(v);
    check(*field != NULL, v);
}

static struct pail_str unhex(struct pail_str v, char **ret)
{
    *ret = pail_alloc(v.len / 2 + 1);
    check(*ret && pail_hex_decode(v, *ret, v.len / 2), v);
    return pail_strn(*ret, v.len / 2);
}

static void take_hex(struct input *in, struct pail_str key, struct pail_str value)
{
    char *bytes;
    struct pail_str v = unhex(value, &bytes);
    if (pail_str_eqz(key, "path")) {
        pail_buf_str(&in->request.path, v);
    } else if (pail_str_eqz(key, "query")) {
        pail_buf_str(&in->request.query, v);
    } else if (pail_str_eqz(key, "header")) {
        size_t colon = pail_str_find(v, ':');
        int rc = pail_headers_add(&in->request.headers, pail_str_sub(v, 0, colon),
                                  pail_str_from(v, colon + 1), NULL);
        check(rc == 0, v);
    } else if (pail_str_eqz(key, "body")) {
        in->body = PAIL_STEAL(bytes);
        in->body_len = v.len;
    }
    pail_free(bytes);
}

static void take(struct input *in, struct pail_str key, struct pail_str value)
{
    uint64_t n = 0;
    if (pail_str_eqz(key, "method"))
        snprintf(in->request.method, sizeof(in->request.method), "%.*s", PAIL_STR_ARG(value));
    else if (pail_str_eqz(key, "url"))
        check(pail_request_base(&in->request, value, NULL) == 0, value);
    else if (pail_str_eqz(key, "time") && pail_str_to_u64(value, &n))
        in->params.now_unix_s = (int64_t)n;
    else if (pail_str_eqz(key, "expires") && pail_str_to_u64(value, &n))
        in->params.expires_s = (uint32_t)n;
    else if (pail_str_eqz(key, "chunk") && pail_str_to_u64(value, &n))
        in->chunk_size = (size_t)n;
    else if (pail_str_eqz(key, "algorithm"))
        in->alg = pail_checksum_from_name(value);
    else if (pail_str_eqz(key, "secret"))
        set(&in->secret, value);
    else if (pail_str_eqz(key, "token"))
        set(&in->token, value);
    else if (pail_str_eqz(key, "region"))
        set(&in->region, value);
    else if (pail_str_eqz(key, "service"))
        set(&in->service, value);
    else if (pail_str_eqz(key, "hash"))
        set(&in->hash, value);
    else if (pail_str_eqz(key, "s3"))
        in->params.s3_path = in->params.content_sha256_header = true;
    else if (pail_str_eqz(key, "presign"))
        in->presign = true;
    else
        take_hex(in, key, value);
}

static void print_chunked(const struct input *in)
{
    struct pail_bytes segment = {in->body, in->body_len};
    struct pail_body source = {.segments = &segment, .n_segments = 1, .length = in->body_len};
    struct pail_chunked_options opt = {
        .source = &source, .alg = in->alg, .chunk_size = in->chunk_size};
    struct pail_chunked *c = NULL;
    unsigned char piece[100];
    size_t n = 1;

    check(pail_chunked_new(&opt, &c, NULL) == 0, PAIL_STR("chunks"));
    putchar(' ');
    for (uint64_t at = 0; n; at += n) {
        check(pail_body_read(pail_chunked_body(c), at, piece, sizeof(piece), &n, NULL) == 0,
              PAIL_STR("reading"));
        for (size_t i = 0; i < n; i++)
            printf("%02x", piece[i]);
    }
    pail_chunked_free(c);
}

static void answer(struct input *in)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f = {
        .access_key = PAIL_STR("AKIDEXAMPLE"),
        .secret_key = pail_str(in->secret),
        .session_token = pail_str(in->token),
    };
    in->params.region = pail_str(in->region);
    in->params.service = pail_str(in->service);
    in->params.payload_hash = pail_str(in->hash);
    in->params.normalize_path = true;
    int rc = pail_credentials_new(&f, &c, &err);
    if (rc == 0)
        rc = in->presign ? pail_sign_query(&in->request, &in->params, c, &err)
                         : pail_sign_headers(&in->request, &in->params, c, &err);
    struct pail_str text = in->presign ? pail_buf_view(&in->request.query)
                                       : pail_headers_get(&in->request.headers, "Authorization");
    if (rc < 0)
        printf("%s", err.message);
    else
        printf("%.*s", PAIL_STR_ARG(text));
    if (in->body)
        print_chunked(in);
    putchar('\n');
    (void)pail_credentials_unref(c);
    pail_free(in->secret);
    pail_free(in->token);
    pail_free(in->region);
    pail_free(in->service);
    pail_free(in->hash);
    pail_free(in->body);
    pail_request_reset(&in->request);
    *in = (struct input){.request = in->request};
}

int main(void)
{
    static char line[1 << 20];
    struct input in = {.presign = false};
    pail_request_init(&in.request);
    while (fgets(line, sizeof(line), stdin)) {
        struct pail_str l = pail_str_trim(pail_str(line));
        size_t space = pail_str_find(l, ' ');
        if (l.len)
            take(&in, pail_str_sub(l, 0, space),
                 space == SIZE_MAX ? pail_strn("", 0) : pail_str_from(l, space + 1));
        else
            answer(&in);
    }
    pail_request_done(&in.request);
    return 0;
}
