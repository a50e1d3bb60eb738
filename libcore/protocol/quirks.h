/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/quirks.h - what botocore does for single services beyond their models: one table of
 * operations and steps. Off with pail_client_options.no_customizations, but for
 * pail_quirk_operation without which some requests could not be addressed.
 */
#ifndef PAIL_PROTOCOL_QUIRKS_H
#define PAIL_PROTOCOL_QUIRKS_H

#include "protocol/client.h"
#include "protocol/wire.h"

struct pail_quirk {
    const struct pail_client *client;
    const struct pail_operation *op;
    struct pail_values *vs; /* of params, or of the result */
    struct pail_value *params;
    struct pail_wire *wire;                /* after serializing */
    const struct pail_wire_answer *answer; /* with the result */
    struct pail_value *result;
    unsigned flags; /* remembered from params to result: enum pail_quirk_flag */
    struct pail_error *err;
};
enum pail_quirk_flag { PAIL_QUIRK_URL_ENCODED = 1 << 0 };

/* The bucket and the account are in the endpoint, not in the path and the prefix. */
void pail_quirk_operation(struct pail_operation *op);
/* Not to be signed, whatever the rules say. */
bool pail_quirk_unsigned(const struct pail_operation *op);
/* Before validation. */
PAIL_CHECK int pail_quirk_params(struct pail_quirk *q);
/* Before signing. */
PAIL_CHECK int pail_quirk_wire(struct pail_quirk *q);
/* The name of the parameter that takes a URL presigned for the source region; NULL: none. */
const char *pail_quirk_presigned(const struct pail_operation *op);
/* After parsing. */
PAIL_CHECK int pail_quirk_result(struct pail_quirk *q);
/* A URL that replaces the endpoint: Machine Learning's PredictEndpoint; ptr NULL: none. */
struct pail_str pail_quirk_url(const struct pail_operation *op, const struct pail_value *params);

#endif
