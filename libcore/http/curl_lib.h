/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/curl_lib.h - curl.h, and libcurl behind it: linked, or opened when the first request comes.
 *
 * The other files call libcurl by its own names either way. Opened on demand (PAIL_CURL_SONAME,
 * from the build), these names mean pointers, which are NULL until pail_curl_load has returned 0.
 */
#ifndef PAIL_HTTP_CURL_LIB_H
#define PAIL_HTTP_CURL_LIB_H

#include <curl/curl.h>

#include <pail/error.h>

#include "base/macros.h"

/* Loads and initialises libcurl, once in the process; any thread. It is never undone, because
 * others in the process may use libcurl too. */
PAIL_CHECK int pail_curl_load(struct pail_error *err);

#ifdef PAIL_CURL_SONAME
/* These are macros that check the types of options, and then call what is linked. Builds that link
 * libcurl have the checks. */
#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt
#undef curl_share_setopt

/* What is called, and nothing else. */
#define PAIL_CURL_CALLS(X)                                                                         \
    X(easy_cleanup)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_init)                                                                                   \
    X(easy_setopt)                                                                                 \
    X(easy_strerror)                                                                               \
    X(global_init)                                                                                 \
    X(multi_add_handle)                                                                            \
    X(multi_cleanup)                                                                               \
    X(multi_info_read)                                                                             \
    X(multi_init)                                                                                  \
    X(multi_perform)                                                                               \
    X(multi_poll)                                                                                  \
    X(multi_remove_handle)                                                                         \
    X(multi_setopt)                                                                                \
    X(multi_strerror)                                                                              \
    X(multi_wakeup)                                                                                \
    X(share_cleanup)                                                                               \
    X(share_init)                                                                                  \
    X(share_setopt)

#define PAIL_CURL_POINTER(name) __typeof__(curl_##name) *name;
extern struct pail_curl_calls {
    PAIL_CURL_CALLS(PAIL_CURL_POINTER)
} pail_curl;
#undef PAIL_CURL_POINTER

#define curl_easy_cleanup pail_curl.easy_cleanup
#define curl_easy_getinfo pail_curl.easy_getinfo
#define curl_easy_init pail_curl.easy_init
#define curl_easy_setopt pail_curl.easy_setopt
#define curl_easy_strerror pail_curl.easy_strerror
#define curl_global_init pail_curl.global_init
#define curl_multi_add_handle pail_curl.multi_add_handle
#define curl_multi_cleanup pail_curl.multi_cleanup
#define curl_multi_info_read pail_curl.multi_info_read
#define curl_multi_init pail_curl.multi_init
#define curl_multi_perform pail_curl.multi_perform
#define curl_multi_poll pail_curl.multi_poll
#define curl_multi_remove_handle pail_curl.multi_remove_handle
#define curl_multi_setopt pail_curl.multi_setopt
#define curl_multi_strerror pail_curl.multi_strerror
#define curl_multi_wakeup pail_curl.multi_wakeup
#define curl_share_cleanup pail_curl.share_cleanup
#define curl_share_init pail_curl.share_init
#define curl_share_setopt pail_curl.share_setopt
#endif

#endif
