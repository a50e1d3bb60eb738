/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/one.h"

#include "tools/lib/flight.h"

#define COMPLETE_ATTEMPTS 3

/* A flight of one. */
struct one {
    struct pail_flight flight;
    struct pail_flight_slot *slot; /* NULL: interrupted before it began */
    struct pail_call *call;
    struct pail_error why;
};

static bool begin(struct one *o)
{
    pail_flight_init(&o->flight);
    o->call = NULL;
    o->why = (struct pail_error)PAIL_ERROR_INIT;
    o->slot = pail_flight_take(&o->flight);
    return o->slot != NULL;
}

static void started(struct one *o, int rc)
{
    pail_flight_started(o->slot, rc, o->call, &o->why);
}

static int end(struct one *o, struct pail_error *err)
{
    int rc = pail_flight_wait(&o->flight, err);
    pail_flight_done(&o->flight);
    return rc;
}

int pail_one_list(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                  struct pail_s3_page *ret, struct pail_error *err)
{
    struct one o;
    if (begin(&o))
        started(&o, pail_s3_list_async(s3, args, ret, pail_flight_landed, o.slot, &o.call, &o.why));
    return end(&o, err);
}

int pail_one_head(struct pail_s3 *s3, const struct pail_s3_head_args *args,
                  struct pail_s3_object *ret, struct pail_error *err)
{
    struct one o;
    if (begin(&o))
        started(&o, pail_s3_head_async(s3, args, ret, pail_flight_landed, o.slot, &o.call, &o.why));
    return end(&o, err);
}

int pail_one_get(struct pail_s3 *s3, const struct pail_s3_get_args *args,
                 const struct pail_s3_sink *sink, struct pail_s3_object *ret,
                 struct pail_error *err)
{
    struct one o;
    if (begin(&o))
        started(&o, pail_s3_get_async(s3, args, sink, ret, pail_flight_landed, o.slot, &o.call,
                                      &o.why));
    return end(&o, err);
}

int pail_one_put(struct pail_s3 *s3, const struct pail_s3_put_args *args,
                 const struct pail_s3_body *body, struct pail_error *err)
{
    struct one o;
    struct pail_s3_put_result result;
    if (begin(&o))
        started(&o, pail_s3_put_async(s3, args, body, &result, pail_flight_landed, o.slot, &o.call,
                                      &o.why));
    return end(&o, err);
}

int pail_one_copy(struct pail_s3 *s3, const struct pail_s3_copy_args *args, struct pail_error *err)
{
    struct one o;
    struct pail_s3_put_result result;
    if (begin(&o))
        started(&o,
                pail_s3_copy_async(s3, args, &result, pail_flight_landed, o.slot, &o.call, &o.why));
    return end(&o, err);
}

int pail_one_complete(struct pail_s3 *s3, const struct pail_s3_mpu_complete_args *args,
                      struct pail_error *err)
{
    for (unsigned attempt = 1;; attempt++) {
        struct pail_s3_put_result result;
        struct pail_error why = PAIL_ERROR_INIT;
        int rc = pail_s3_mpu_complete(s3, args, &result, &why);
        if (!rc)
            return 0;
        if (why.retry != PAIL_RETRY_UNKNOWN_EFFECT || attempt == COMPLETE_ATTEMPTS) {
            pail_error_copy(err, &why);
            return rc;
        }
    }
}

void pail_one_abort(struct pail_s3 *s3, struct pail_str bucket, struct pail_str key,
                    const char *upload_id, struct pail_error *err)
{
    struct pail_s3_mpu_abort_args args = {
        .bucket = bucket, .key = key, .upload_id = pail_str(upload_id)};
    struct pail_error why = PAIL_ERROR_INIT;
    if (pail_s3_mpu_abort(s3, &args, &why))
        pail_error_prefix(err, "(its parts remain: %s)", why.message);
}
