/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/call.h - an operation under way.
 *
 * Every operation of the library has an asynchronous form. It returns at once; `done` runs exactly
 * once, later, on a library thread: after success, failure, cancellation and also at shutdown;
 * never inside the call that started it, never while the library holds a lock. done must not block
 * and may start further operations.
 *
 * A call object exists only for who asked for it (ret_call not NULL): one reference, given back
 * with pail_call_unref, before or after done.
 *
 * To drive operations from a loop of one's own, let done post to the loop (a list and an eventfd):
 * libcore/examples/loop.c.
 */
#ifndef PAIL_CALL_H
#define PAIL_CALL_H

#include <pail/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_call;

/* err is NULL on success, and valid until the callback returns; outputs named when the call was
 * started are filled by then. */
typedef void pail_done_fn(void *userdata, const struct pail_error *err);

/* Ends the operation soon. Any thread, any time, repeatedly. done still runs, with PAIL_E_CANCELLED
 * unless it was too late. */
PAIL_API void pail_call_cancel(struct pail_call *call);
/* Blocks until done has returned. Not from a done callback. */
PAIL_API void pail_call_wait(struct pail_call *call);
/* Gives the reference back; the operation goes on. Returns NULL, accepts NULL. */
PAIL_API struct pail_call *pail_call_unref(struct pail_call *call);

/* What waits for what, when there is more to do than may be in flight. */
enum pail_priority {
    PAIL_PRIO_META,      /* small requests that somebody waits for */
    PAIL_PRIO_READ,      /* data that somebody waits for */
    PAIL_PRIO_READAHEAD, /* data that somebody may want */
    PAIL_PRIO_WRITE,     /* background writes */
    PAIL_PRIO_COUNT
};

/* How an operation is carried out; part of every operation's arguments. All zero: defaults. */
struct pail_call_options {
    enum pail_priority priority;
    int64_t timeout_ms;    /* for the whole operation with its retries; 0: the session's */
    unsigned max_attempts; /* 0: the session's; UINT_MAX: until the timeout */
};

#ifdef __cplusplus
}
#endif
#endif
