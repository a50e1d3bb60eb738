/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/s3/script.h - a service that gives prepared answers and keeps what it was asked.
 *
 * For what the fake S3 does not do: AWS's host names, other services' mistakes, broken answers.
 *
 *     static const struct script_answer answers[] = {{200, "ETag: \"x\"\n", ""}};
 *     struct script sc;
 *     script_start(&sc, answers, PAIL_ARRAY_LEN(answers), NULL);
 *     ... pail_s3_head(sc.s3, ...)
 *     assert_non_null(strstr(script_request(&sc, 0), "HEAD https://b.s3."));
 *     script_end(&sc);    fails unless every answer was used
 *
 * Retries do not wait: random numbers are zero.
 */
#ifndef PAIL_TESTS_UNIT_S3_SCRIPT_H
#define PAIL_TESTS_UNIT_S3_SCRIPT_H

#include <pail/s3.h>

#include "auth/session.h"
#include "base/thread.h"
#include "unit/test.h"

enum script_fate {
    SCRIPT_WHOLE,
    SCRIPT_CUT,    /* the connection closes after the body given, whatever Content-Length says */
    SCRIPT_LOST,   /* the request left, no answer came */
    SCRIPT_UNSENT, /* no connection */
};
struct script_answer {
    int status;
    const char *headers; /* "Name: value\n..."; NULL: none. Content-Length of the body is added. */
    const char *body;    /* NULL: none */
    enum script_fate fate;
};

#define SCRIPT_MAX 32
struct script {
    struct pail_session *session;
    struct pail_s3 *s3;
    const struct script_answer *answers;
    size_t n_answers, n_requests;
    bool repeat;                /* the answers over and over; requests are not kept */
    char *requests[SCRIPT_MAX]; /* "PUT https://h/p?q\nname: value\n...\nexpect\n\nbody" */
};

/* opt NULL: AWS in us-east-1. */
void script_start(struct script *sc, const struct script_answer *answers, size_t n,
                  const struct pail_s3_options *opt);
/* The same with session options: profile, anonymous, attempts. */
void script_start_with(struct script *sc, const struct script_answer *answers, size_t n,
                       const struct pail_session_options *session_opt,
                       const struct pail_s3_options *opt);
/* The environment of scripts started from now on; NULL: empty. */
extern const char *(*script_env)(const char *name);
void script_end(struct script *sc);
/* For torture: may fail, then nothing is left; the answers repeat. Ended by script_close. */
PAIL_CHECK int script_open(struct script *sc, const struct script_answer *answers, size_t n,
                           struct pail_error *err);
void script_close(struct script *sc);
/* The i-th request; "" when there was none. */
const char *script_request(const struct script *sc, size_t i);
bool script_has(const struct script *sc, size_t i, const char *text);
/* Value of a header of the i-th request, copied to a static buffer; NULL: not sent. */
const char *script_header(const struct script *sc, size_t i, const char *name);

#endif
