/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/auth/canned.h - a transport that gives the same answer to every request, from a thread of
 * its own.
 */
#ifndef PAIL_TESTS_UNIT_AUTH_CANNED_H
#define PAIL_TESTS_UNIT_AUTH_CANNED_H

#include "base/workers.h"
#include "http/transport.h"
#include "unit/test.h"

struct canned {
    struct pail_transport transport; /* first */
    struct pail_workers *workers;
    int status;
    const char *body; /* status 0: the connection fails */
    unsigned requests;
};

struct canned_job {
    struct pail_job job;
    struct canned *c;
    struct pail_exchange *x;
};

static void canned_run(struct pail_job *job)
{
    struct canned_job *j = PAIL_CONTAINER(job, struct canned_job, job);
    struct canned *c = j->c;
    struct pail_exchange *x = j->x;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_headers headers;
    int rc = c->status;

    free(j);
    c->requests++;
    pail_headers_init(&headers, 4096);
    x->request_sent = true;
    if (c->status == 0)
        rc = pail_error_set(&err, PAIL_D_NET, PAIL_E_CONNECT, "canned: refused");
    else
        rc = x->on_head(x, c->status, &headers, &err);
    if (rc == 0 && *c->body)
        rc = x->on_body(x, c->body, strlen(c->body), &err);
    x->on_done(x, rc < 0 ? &err : NULL);
    pail_headers_done(&headers);
}

static int canned_start(struct pail_transport *t, struct pail_exchange *x, struct pail_error *err)
{
    struct canned *c = PAIL_CONTAINER(t, struct canned, transport);
    struct canned_job *j = calloc(1, sizeof(*j));
    assert_non_null(j);
    j->job.run = canned_run;
    j->c = c;
    j->x = x;
    pail_workers_give(c->workers, &j->job);
    return 0;
}

static void canned_cancel(struct pail_transport *t, struct pail_exchange *x)
{
}

static void canned_free(struct pail_transport *t)
{
    struct canned *c = PAIL_CONTAINER(t, struct canned, transport);
    pail_workers_free(c->workers);
    free(c);
}

/* NULL: out of memory. */
static struct canned *canned_new(int status, const char *body)
{
    static const struct pail_transport_ops ops = {"canned", canned_start, canned_cancel,
                                                  canned_free};
    struct canned *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    c->transport.ops = &ops;
    c->status = status;
    c->body = body;
    if (pail_workers_new("canned", 1, &c->workers, NULL) < 0) {
        free(c);
        return NULL;
    }
    return c;
}

#endif
