/* SPDX-License-Identifier: Apache-2.0 */
#include "http/curl_lib.h"

#include "base/library.h"

#ifdef PAIL_CURL_SONAME
struct pail_curl_calls pail_curl;

PAIL_LIBRARY_NOTE("http", "HTTP requests", "required", PAIL_CURL_SONAME);

#define NAME(name) "curl_" #name,
static const char *const names[] = {PAIL_CURL_CALLS(NAME)};
#undef NAME
static const struct pail_library libcurl = {
    .soname = PAIL_CURL_SONAME,
    .use = "HTTP requests",
    .names = names,
    .n = PAIL_ARRAY_LEN(names),
};
#endif

static struct pail_library_state state = PAIL_LIBRARY_STATE_INIT;

static void load(void)
{
#ifdef PAIL_CURL_SONAME
    if (pail_library_load(&libcurl, &pail_curl, &state.failure) < 0)
        return;
#endif
    CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (result != CURLE_OK)
        (void)pail_error_set(&state.failure, PAIL_D_NET, PAIL_E_INTERNAL, "libcurl: %s",
                             curl_easy_strerror(result));
}

int pail_curl_load(struct pail_error *err)
{
    return pail_library_once(&state, load, err);
}
