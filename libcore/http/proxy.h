/* SPDX-License-Identifier: Apache-2.0 */
/* http/proxy.h - the proxy that the environment names. */
#ifndef PAIL_HTTP_PROXY_H
#define PAIL_HTTP_PROXY_H

#include "base/buf.h"

/* Appends its URL for people, with stars for user and password. Nothing where there is none. Which
 * hosts go past it (no_proxy) is not looked at. */
void pail_proxy_url(bool https, struct pail_buf *to);

#endif
