/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/rig.h - how the fake's own tests ask the model: one line per request, one per expectation.
 */
#ifndef PAIL_FAKE_RIG_H
#define PAIL_FAKE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "fake/s3.h"
#include "fake/text.h"

/* 2013-05-24T00:00:00Z, the day of the published examples. */
#define RIG_NOW INT64_C(1369353600000)

struct rig {
    struct fake_s3 *s3;
    int64_t now_ms;
    struct fake_response last;
};

__attribute__((unused)) static void rig_open(struct rig *r, const struct fake_s3_options *opt)
{
    *r = (struct rig){.s3 = fake_s3_new(opt), .now_ms = RIG_NOW};
    assert_true(fake_s3_make_bucket(r->s3, "bkt"));
}

__attribute__((unused)) static void rig_close(struct rig *r)
{
    fake_response_done(&r->last);
    fake_s3_free(r->s3);
}

/* Asks with headers given as "Name: value\nName: value"; n bytes of body. Returns the status; the
 * answer is r->last. */
__attribute__((unused)) static int ask_bytes(struct rig *r, const char *method, const char *target,
                                             const char *headers, const void *body, size_t n)
{
    struct fake_header v[32];
    size_t n_headers = 0;
    char *text = fake_dups(headers ? headers : ""), *path = fake_dups(target), *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *colon = strchr(line, ':');
        assert_non_null(colon);
        assert_true(n_headers < 32);
        *colon = '\0';
        v[n_headers++] = (struct fake_header){line, colon + 1 + strspn(colon + 1, " ")};
    }
    char *q = strchr(path, '?');
    if (q)
        *q = '\0';
    struct fake_request rq = {
        .method = method, .path = path, .query = q ? q + 1 : "", .headers = v};
    rq.n_headers = n_headers;
    rq.body = body;
    rq.body_len = n;
    rq.now_unix_ms = r->now_ms;
    fake_response_done(&r->last);
    fake_s3_handle(r->s3, &rq, &r->last);
    free(text);
    free(path);
    return r->last.status;
}

__attribute__((unused)) static int ask(struct rig *r, const char *method, const char *target,
                                       const char *headers, const char *body)
{
    return ask_bytes(r, method, target, headers, body, body ? strlen(body) : 0);
}

__attribute__((unused)) static const char *header(const struct rig *r, const char *name)
{
    for (size_t i = 0; i < r->last.n_headers; i++)
        if (strcasecmp(r->last.headers[i].name, name) == 0)
            return r->last.headers[i].value;
    return "";
}

/* Text of the first <name> in the answer; "" when there is none. The buffer is shared. */
__attribute__((unused)) static const char *element(const struct rig *r, const char *name)
{
    static char text[4096];
    char open[64];
    snprintf(open, sizeof(open), "<%s>", name);
    const char *at = r->last.body ? strstr(r->last.body, open) : NULL;
    if (!at)
        return "";
    at += strlen(open);
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "<"), at);
    return text;
}

#define assert_answer(r, want_status, want_code)                                                   \
    do {                                                                                           \
        assert_string_equal(element((r), "Code"), (want_code));                                    \
        assert_int_equal((r)->last.status, (want_status));                                         \
    } while (0)

#endif
