/* SPDX-License-Identifier: Apache-2.0 */
/* auth/endpoint.h - endpoint URLs that were configured for a service. Any thread. */
#ifndef PAIL_AUTH_ENDPOINT_H
#define PAIL_AUTH_ENDPOINT_H

#include "auth/config.h"

/* AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's services section, the profile; ptr
 * NULL: none, or they are to be ignored. service: the service's id in lower case, "s3",
 * "secrets-manager". */
struct pail_str pail_endpoint_configured(const struct pail_config *c, struct pail_str profile,
                                         const char *service);
/* PAIL_E_CONFIG when the profile names a services section that does not exist. */
PAIL_CHECK int pail_endpoint_check_services(const struct pail_config *c, struct pail_str profile,
                                            struct pail_error *err);
/* "Invalid endpoint: URL" */
PAIL_CHECK int pail_endpoint_check_url(struct pail_str url, struct pail_error *err);

#endif
