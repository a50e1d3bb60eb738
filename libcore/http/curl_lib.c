/* SPDX-License-Identifier: Apache-2.0 */
#include "http/curl_lib.h"

#include "base/library.h"
#include "base/thread.h"

#ifdef PAIL_CURL_SONAME
struct pail_curl_calls pail_curl;

PAIL_LIBRARY_NOTE("http", "HTTP requests", "required", PAIL_CURL_SONAME);

static int open_library(struct pail_error *err)
{
#define NAME(name) "curl_" #name,
    static const char *const names[] = {PAIL_CURL_CALLS(NAME)};
#undef NAME
    static const struct pail_library libcurl = {
        .soname = PAIL_CURL_SONAME,
        .use = "HTTP requests",
        .names = names,
        .n = PAIL_ARRAY_LEN(names),
    };
    return pail_library_load(&libcurl, &pail_curl, err);
}
#else
static int open_library(struct pail_error *err)
{
    return 0;
}
#endif

static struct pail_error failure; /* code 0: loaded */

static void load(void)
{
    if (open_library(&failure) < 0)
        return;
    CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (result != CURLE_OK)
        (void)pail_error_set(&failure, PAIL_D_NET, PAIL_E_INTERNAL, "libcurl: %s",
                             curl_easy_strerror(result));
}

int pail_curl_load(struct pail_error *err)
{
    static struct pail_once once = PAIL_ONCE_INIT;

    pail_once(&once, load);
    if (!failure.code)
        return 0;
    if (err)
        pail_error_copy(err, &failure);
    return failure.code;
}
