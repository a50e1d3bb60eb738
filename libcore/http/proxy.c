/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/proxy.c - the transport's proxy by its name. Which one that is, libcurl finds out by itself
 * and does not tell; this follows its rules: lower case before upper, and HTTP_PROXY never, because
 * in a CGI program it is the client's "Proxy" header.
 */
#include "http/proxy.h"

#include "base/env.h"
#include "base/str.h"

void pail_proxy_url(bool https, struct pail_buf *to)
{
    const char *const variables[] = {https ? "https_proxy" : "http_proxy",
                                     https ? "HTTPS_PROXY" : "http_proxy", "all_proxy",
                                     "ALL_PROXY"};
    const char *url = NULL;

    for (size_t i = 0; !url && i < PAIL_ARRAY_LEN(variables); i++)
        url = pail_env_get_nonempty(variables[i]);
    struct pail_str rest = pail_str(url);
    size_t scheme = pail_str_find_str(rest, PAIL_STR("://"));
    if (scheme != SIZE_MAX) {
        pail_buf_str(to, pail_str_sub(rest, 0, scheme + 3));
        rest = pail_str_from(rest, scheme + 3);
    }
    size_t at = pail_str_find(rest, '@');
    if (at != SIZE_MAX) { /* whoever may read a message may not know the password */
        pail_buf_z(to, "***:***");
        rest = pail_str_from(rest, at);
    }
    pail_buf_str(to, rest);
}
