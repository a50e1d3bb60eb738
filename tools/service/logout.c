/* SPDX-License-Identifier: Apache-2.0 */
/* "logout": the cached credentials of "login" deleted. The service is not told: what it gave ends
 * by itself. */
#include "tools/service/signin.h"

#include <errno.h>
#include <stdio.h>

#include "base/file.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "tools/cmd.h"

static bool is_login(const struct pail_json *doc, void *ud)
{
    (void)ud;
    return pail_json_get(pail_json_get(pail_json_root(doc), "accessToken"), "accessKeyId") != NULL;
}

static int logout_all(struct pail_cli *cli)
{
    struct pail_error err = PAIL_ERROR_INIT;
    size_t n = 0;
    if (pail_signin_sweep(PAIL_CACHE_LOGIN, is_login, NULL, &n, &err))
        return pail_cli_error(cli, &err);
    if (n)
        printf("Removed %zu cached login credential%s. Note, any local developer tools that have "
               "already loaded access tokens may continue to use them until their expiration. "
               "Access tokens expire in 15 minutes.\n",
               n, n == 1 ? "" : "s");
    else
        printf("No cached login session tokens found.\n");
    return 0;
}

static int logout_profile(struct pail_cli *cli)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(1 << 16);
    struct pail_error err = PAIL_ERROR_INIT;
    const char *profile = pail_cli_profile(cli);
    struct pail_str who = pail_cli_setting(cli, "login_session");
    char key[PAIL_CACHE_KEY_LEN];
    if (!who.ptr) {
        fprintf(stderr, "warning: no login session found for profile '%s'\n", profile);
        return 0;
    }
    int rc = pail_sha256_hex((struct pail_bytes){who.ptr, who.len}, key, &err);
    if (!rc)
        rc = pail_diskcache_path(PAIL_CACHE_LOGIN, key, &path, &err);
    if (!rc)
        rc = pail_file_unlink(pail_buf_cstr(&path), &err);
    if (rc && !(rc == PAIL_E_OS && (err.os_errno == ENOENT || err.os_errno == ENOTDIR)))
        return pail_cli_error(cli, &err);
    printf("Removed cached login credentials for profile '%s'. Note, any local developer tools "
           "that have already loaded the access token may continue to use it until its expiration. "
           "Access tokens expire in 15 minutes.\n",
           profile);
    return 0;
}

int pail_logout_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--all", .take = PAIL_ARG_NONE}, {.name = NULL}};
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    return args[0].given ? logout_all(cli) : logout_profile(cli);
}
