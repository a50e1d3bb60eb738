/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/service.h - any operation of any AWS service, by name, through the service's model.
 *
 *     struct pail_client *ec2;
 *     struct pail_result *r;
 *     pail_client_new(NULL, "ec2", NULL, &ec2, &err);
 *     pail_callf(ec2, &r, &err, "DescribeInstances", "InstanceIds: [%s]", id);
 *     pail_result_str(r, "Reservations[0].Instances[0].State.Name");
 *
 * Parameters and results are the dicts of boto3: a map of the operation's members, timestamps as
 * PAIL_VAL_TIME (texts are taken too), blobs as PAIL_VAL_BLOB, "ResponseMetadata" last. A client is
 * immutable and reference-counted; it holds its session; any thread. Results belong to who asked
 * and are read by any thread.
 *
 * When the service refuses: PAIL_D_SERVICE, err->service_code has the code ("NoSuchEntity"),
 * err->message "An error occurred (NoSuchEntity) when calling the GetUser operation: ...".
 * Parameters that do not fit the model: PAIL_E_INVALID, "Parameter validation failed:\n...", before
 * anything is sent. struct pail_error cuts long texts; ret_refusal of the arguments has all of it.
 */
#ifndef PAIL_SERVICE_H
#define PAIL_SERVICE_H

#include <pail/call.h>
#include <pail/session.h>
#include <pail/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_client;
struct pail_result;

struct pail_client_options {
    size_t size;        /* sizeof(struct pail_client_options); set by the INIT macro */
    const char *region; /* NULL: the session's */
    /* NULL: the session's, the environment's, the profile's, the rules'. */
    const char *endpoint_url;
    bool no_sign_request;   /* do not sign, look for no credentials */
    bool no_validation;     /* parameters are not compared with the model before they are sent */
    bool no_customizations; /* nothing but the model: none of what botocore does for single
                               services (IAM's decoded policies, EC2's base64 of UserData ...) */
};
#ifdef __cplusplus
#define PAIL_CLIENT_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(struct pail_client_options)                                                         \
    }
#else
#define PAIL_CLIENT_OPTIONS_INIT                                                                   \
    {                                                                                              \
        .size = sizeof(struct pail_client_options)                                                 \
    }
#endif

/* service: "ec2", "s3", "secretsmanager", as boto3.client has it. session NULL: one of its own, as
 * pail_session_new(NULL, ...) makes it; to share one is cheaper. options may be NULL. Sends
 * nothing. PAIL_E_NOT_FOUND: "Unknown service: 'x'". PAIL_E_NO_REGION. */
PAIL_API PAIL_CHECK int pail_client_new(struct pail_session *session, const char *service,
                                        const struct pail_client_options *options,
                                        struct pail_client **ret, struct pail_error *err);
/* Another reference; returns c. */
PAIL_API struct pail_client *pail_client_ref(struct pail_client *c);
/* The last one may end the session too: not from a done callback. NULL is fine; gives NULL. */
PAIL_API struct pail_client *
pail_client_unref(struct pail_client *c); /* NULL is fine; gives NULL */

/* ---- Results --------------------------------------------------------------------------------- */

/* A map, never NULL. Lives as long as the result. */
PAIL_API struct pail_value *pail_result_value(const struct pail_result *r);
/* What pail_value_find and pail_value_find_str find in it; r NULL: nothing. */
PAIL_API struct pail_value *pail_result_find(const struct pail_result *r, const char *path);
PAIL_API const char *pail_result_str(const struct pail_result *r, const char *path);
PAIL_API struct pail_result *pail_result_free(struct pail_result *r); /* NULL is fine; gives NULL */

/* ---- Calls ----------------------------------------------------------------------------------- */

/* A streaming input (PutObject's Body) that is not in memory, read at positions, which makes
 * repeating it possible. Called on a library thread, must not block for long; gives at least 1 byte
 * before the end. */
struct pail_service_body {
    int (*read)(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                struct pail_error *err);
    void *ud;
    uint64_t length;
};

/* Where a streaming output goes instead of memory. On library threads, in order, must not block.
 * After a failed try everything starts again: begin (may be NULL), offset 0. A negative return ends
 * the call with it. */
struct pail_service_sink {
    int (*begin)(void *ud, uint64_t body_length, struct pail_error *err);
    int (*write)(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err);
    /* Of operations whose output is a stream of events: each as it comes, {"Records": {...}}.
     * NULL: they are collected into a list in the result. */
    int (*event)(void *ud, const struct pail_value *event, struct pail_error *err);
    void *ud;
};

/* All zero but params: defaults. Everything is copied or used up before the call starts, except
 * what the body and sink callbacks use: that lives until done. */
struct pail_call_args {
    struct pail_call_options call;
    const struct pail_value *params;      /* a map; NULL: none */
    const struct pail_service_body *body; /* the value of the operation's streaming member */
    const struct pail_service_sink *sink; /* NULL: streams are collected, to max_body */
    size_t max_body;                      /* of a collected answer; 0: 64 MiB */
    /* May be NULL. When the service refused, or the parameters do not fit: what botocore has in
     * ClientError.response: {"Error": {"Code", "Message", ...}, "ResponseMetadata", modelled
     * members}. Written (by the time of done) only then. */
    struct pail_result **ret_refusal;
};

/* Calls an operation: "DescribeInstances". Blocking. *ret is freed with pail_result_free; ret may
 * be NULL where only success matters. PAIL_E_INVALID: there is no such operation. */
PAIL_API PAIL_CHECK int pail_call(struct pail_client *c, const char *operation,
                                  const struct pail_value *params, struct pail_result **ret,
                                  struct pail_error *err);
PAIL_API PAIL_CHECK int pail_call_with(struct pail_client *c, const char *operation,
                                       const struct pail_call_args *args, struct pail_result **ret,
                                       struct pail_error *err);
/* As pail/call.h says; *ret is set before done runs. */
PAIL_API PAIL_CHECK int pail_call_async(struct pail_client *c, const char *operation,
                                        const struct pail_call_args *args, struct pail_result **ret,
                                        pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                        struct pail_error *err);

/* The same with the parameters as pail_value_form takes them. ret, err may be NULL.
 *
 *     pail_callf(iam, &r, &err, "CreateUser", "UserName: %s, Path: '/staff/'", name);
 *     puts(pail_result_str(r, "User.Arn"));
 */
PAIL_API PAIL_CHECK int pail_callf(struct pail_client *c, struct pail_result **ret,
                                   struct pail_error *err, const char *operation, const char *form,
                                   ...) PAIL_PRINTF(5, 6);
PAIL_API PAIL_CHECK int pail_call_asyncf(struct pail_client *c, struct pail_result **ret,
                                         pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                         struct pail_error *err, const char *operation,
                                         const char *form, ...) PAIL_PRINTF(8, 9);

/* A URL that does the call by itself for expires_s seconds (0: 3600). The result is a string.
 * Blocking (credentials). */
PAIL_API PAIL_CHECK int pail_presign(struct pail_client *c, const char *operation,
                                     const struct pail_value *params, uint32_t expires_s,
                                     struct pail_result **ret, struct pail_error *err);

/* ---- Pages ----------------------------------------------------------------------------------- */

/* Many answers of one operation as one. Not for more than one thread at a time. */
struct pail_pages;

struct pail_pages_options {
    int64_t max_items;              /* 0: all; negative: none, but where to begin */
    int64_t page_size;              /* 0: the service's */
    struct pail_str starting_token; /* of pail_pages_token; boto3's tokens are these */
};

/* Whether pail_pages_new would take it; sends nothing. */
PAIL_API bool pail_client_can_paginate(const struct pail_client *c, const char *operation);
/* options may be NULL. PAIL_E_UNSUPPORTED: "Operation cannot be paginated: x". */
PAIL_API PAIL_CHECK int pail_pages_new(struct pail_client *c, const char *operation,
                                       const struct pail_call_args *args,
                                       const struct pail_pages_options *options,
                                       struct pail_pages **ret, struct pail_error *err);
/* With the parameters as pail_value_form takes them, and no options. */
PAIL_API PAIL_CHECK int pail_pagesf(struct pail_client *c, struct pail_pages **ret,
                                    struct pail_error *err, const char *operation, const char *form,
                                    ...) PAIL_PRINTF(5, 6);
PAIL_API struct pail_pages *pail_pages_free(struct pail_pages *p); /* NULL is fine; gives NULL */
/* Blocking. *ret NULL: there are no more. */
PAIL_API PAIL_CHECK int pail_pages_next(struct pail_pages *p, struct pail_result **ret,
                                        struct pail_error *err);
/* Whether there may be one more; true at first. Sends nothing. */
PAIL_API bool pail_pages_more(const struct pail_pages *p);
/* As pail_pages_next, without waiting: pail/call.h says how. p and ret live until done, one page at
 * a time; a done callback may ask for the next one. PAIL_E_INVALID: there are no more. */
PAIL_API PAIL_CHECK int pail_pages_next_async(struct pail_pages *p, struct pail_result **ret,
                                              pail_done_fn *done, void *ud,
                                              struct pail_call **ret_call, struct pail_error *err);
/* Where to go on; ptr NULL unless max_items cut the list. */
PAIL_API struct pail_str pail_pages_token(const struct pail_pages *p);
/* The rest of the pages as one result, "NextToken" in it when the list was cut. Blocking. */
PAIL_API PAIL_CHECK int pail_pages_all(struct pail_pages *p, struct pail_result **ret,
                                       struct pail_error *err);

/* ---- Waiters --------------------------------------------------------------------------------- */

struct pail_wait_options {
    unsigned delay_s, max_attempts; /* 0: the model's */
};
/* Asks until it is so: pail_wait(ec2, "InstanceRunning", params, NULL, &err). Blocking. options and
 * ret (the last answer) may be NULL. PAIL_E_RETRIES_EXCEEDED or PAIL_E_CONFLICT, "Waiter
 * InstanceRunning failed: ...". */
PAIL_API PAIL_CHECK int pail_wait(struct pail_client *c, const char *waiter,
                                  const struct pail_value *params,
                                  const struct pail_wait_options *options, struct pail_result **ret,
                                  struct pail_error *err);
/* With the parameters as pail_value_form takes them. */
PAIL_API PAIL_CHECK int pail_waitf(struct pail_client *c, struct pail_error *err,
                                   const char *waiter, const char *form, ...) PAIL_PRINTF(4, 5);

struct pail_waiting; /* a wait under way; one reference each; any thread */
/* As pail_wait, without waiting: done runs once, later, on a library thread, and must not block.
 * params and options are copied; ret (may be NULL) is set before done. *ret_waiting (may be NULL)
 * is given back with pail_waiting_unref. */
PAIL_API PAIL_CHECK int pail_wait_async(struct pail_client *c, const char *waiter,
                                        const struct pail_value *params,
                                        const struct pail_wait_options *options,
                                        struct pail_result **ret, pail_done_fn *done, void *ud,
                                        struct pail_waiting **ret_waiting, struct pail_error *err);
/* Ends it soon; repeatedly. done still runs, with PAIL_E_CANCELLED unless it was too late. */
PAIL_API void pail_waiting_cancel(struct pail_waiting *w);
/* Gives the reference back; the wait goes on. NULL is fine; gives NULL. */
PAIL_API struct pail_waiting *pail_waiting_unref(struct pail_waiting *w);

#ifdef __cplusplus
}
#endif
#endif
