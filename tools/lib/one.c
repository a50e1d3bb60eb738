/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/one.h"

#include "tools/lib/flight.h"

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
