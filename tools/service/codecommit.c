/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "codecommit credential-helper": git asks on standard input for user and password of a repository,
 * and gets an access key and a signature. Nothing is kept, so that "store" and "erase" have nothing
 * to do.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "auth/credentials.h"
#include "auth/sign_key.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "crypto/digest.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"

#define ASKED_MAX ((size_t)64 << 10)

struct asked {
    const char *protocol, *host, *path;
};

static int read_asked(struct pail_cli *cli, struct asked *ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(ASKED_MAX);
    char part[4096];
    struct pail_str line;
    for (size_t n; (n = fread(part, 1, sizeof(part), stdin)) > 0;)
        pail_buf_append(&text, part, n);
    int rc = pail_buf_check(&text, "what git asks for", err);
    if (rc)
        return rc;
    struct pail_str rest = pail_buf_view(&text);
    while (pail_str_split(&rest, '\n', &line)) {
        struct pail_str s = pail_str_trim(line);
        size_t eq = pail_str_find(s, '=');
        if (eq == SIZE_MAX)
            continue;
        struct pail_str key = pail_str_sub(s, 0, eq);
        const char *value = pail_cli_keep(cli, pail_str_from(s, eq + 1));
        if (!value)
            return pail_error_nomem(err);
        if (pail_str_eqz(key, "protocol"))
            ret->protocol = value;
        else if (pail_str_eqz(key, "host"))
            ret->host = value;
        else if (pail_str_eqz(key, "path"))
            ret->path = value;
    }
    return 0;
}

/* "eu-west-1" of "git-codecommit.eu-west-1.amazonaws.com", with vpce and fips forms; ptr NULL:
 * another host. */
static struct pail_str region_of(struct pail_str host)
{
    size_t at = pail_str_find_str(host, PAIL_STR("git-codecommit"));
    if (at == SIZE_MAX ||
        (at && (!pail_str_starts(host, PAIL_STR("vpce-")) || host.ptr[at - 1] != '.')))
        return pail_strn(NULL, 0);
    struct pail_str s = pail_str_from(host, at + strlen("git-codecommit"));
    if (pail_str_starts(s, PAIL_STR("-fips")))
        s = pail_str_from(s, strlen("-fips"));
    if (!pail_str_starts(s, PAIL_STR(".")))
        return pail_strn(NULL, 0);
    s = pail_str_from(s, 1);
    size_t dot = pail_str_find(s, '.');
    struct pail_str rest = pail_str_from(s, dot == SIZE_MAX ? s.len : dot + 1);
    if (pail_str_starts(rest, PAIL_STR("vpce.")))
        rest = pail_str_from(rest, strlen("vpce."));
    return dot && pail_str_starts(rest, PAIL_STR("amazonaws.com")) ? pail_str_sub(s, 0, dot)
                                                                   : pail_strn(NULL, 0);
}

/* The signature of "GIT /path" at that time. */
static int sign(const struct pail_credentials *c, struct pail_str secret, struct pail_str region,
                const struct asked *a, const char stamp[PAIL_TIME_AMZ_LEN], char ret[65],
                struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf request = PAIL_BUF_INIT(1 << 17);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf scope = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 17);
    uint8_t key[PAIL_SHA256_LEN], mac[PAIL_SHA256_LEN];
    char hash[65];
    pail_buf_fmt(&request, "GIT\n/%.*s\n\nhost:%.*s\n\nhost\n", (int)strcspn(a->path, "?#"),
                 a->path, (int)strcspn(a->host, ":"), a->host);
    int rc = pail_sha256_hex((struct pail_bytes){request.ptr, request.len}, hash, err);
    pail_buf_fmt(&scope, "%.8s/%.*s/codecommit/aws4_request", stamp, PAIL_STR_ARG(region));
    /* the time of the text has no Z */
    pail_buf_fmt(&text, "AWS4-HMAC-SHA256\n%.15s\n%s\n%s", stamp, pail_buf_cstr(&scope), hash);
    if (!rc)
        rc = pail_buf_check(&text, "request", err);
    if (!rc)
        rc = pail_sign_key(
            pail_credentials_keys(c), secret,
            &(struct pail_sign_key_for){pail_strn(stamp, 8), region, PAIL_STR("codecommit")}, key,
            err);
    if (!rc)
        rc = pail_hmac_sha256((struct pail_bytes){key, sizeof(key)},
                              (struct pail_bytes){text.ptr, text.len}, mac, err);
    if (!rc)
        pail_hex_encode(mac, sizeof(mac), ret);
    pail_wipe(key, sizeof(key));
    return rc;
}

static int answer(struct pail_cli *cli, const struct asked *a, struct pail_error *err)
{
    struct pail_session *session = NULL;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f = {0};
    char stamp[PAIL_TIME_AMZ_LEN], signature[65];
    int rc = pail_cli_session(cli, &session, err);
    if (rc)
        return rc;
    struct pail_str region = region_of(pail_str(a->host));
    region = region.ptr ? region : pail_str(pail_session_region(session));
    if (!region.ptr)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_NO_REGION, "You must specify a region.");
    rc = pail_session_credentials(session, &c, err);
    pail_time_amz(pail_clock_wall_s(), stamp);
    if (!rc)
        pail_credentials_get(c, &f);
    if (!rc)
        rc = sign(c, f.secret_key, region, a, stamp, signature, err);
    if (!rc) {
        bool token = f.session_token.len > 0;
        printf("username=%.*s%s%.*s\npassword=%s%s\n", PAIL_STR_ARG(f.access_key), token ? "%" : "",
               PAIL_STR_ARG(f.session_token), stamp, signature);
    }
    pail_credentials_unref(c);
    return rc;
}

int pail_codecommit_run(struct pail_cli *cli, const struct pail_words *words)
{
    static const char *const verbs[] = {"get", "store", "erase", NULL};
    struct pail_arg args[] = {{.name = "subcommand", .take = PAIL_ARG_POSITIONAL, .choices = verbs},
                              {.name = "--ignore-host-check", .take = PAIL_ARG_NONE},
                              {.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct asked a = {.protocol = "https", .host = "", .path = ""};
    int code = pail_cli_args(cli, words, args);
    if (code || strcmp(args[0].value, "get") != 0)
        return code;
    if (read_asked(cli, &a, &err))
        return pail_cli_error(cli, &err);
    bool amazon = strstr(a.host, "amazon.com") || strstr(a.host, "amazonaws.com");
    if (!amazon && !args[1].given)
        return 0;
    return answer(cli, &a, &err) ? pail_cli_error(cli, &err) : 0;
}
