/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/presign.h - parameters that are presigned URLs. */
#ifndef PAIL_PROTOCOL_PRESIGN_H
#define PAIL_PROTOCOL_PRESIGN_H

#include "protocol/opcall.h"

/* Adds the URL for the source region to the parameters, where the operation wants one. Blocking
 * (credentials). */
PAIL_CHECK int pail_presign_source(struct pail_opcall *c, struct pail_error *err);

#endif
