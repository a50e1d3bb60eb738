/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/role.c - the arguments of a role: as a form for STS, as JSON for the name of the cache file.
 *
 * The name is the hash of what was asked for, not of who asks: session name (unless it is made up),
 * external id, MFA device, duration and ARN, in the order and with the blanks of Python's sorted
 * json.dumps, since that is where the AWS CLI has it from. The web identity's token is no part of
 * it.
 */
#include "auth/role.h"

#include <stdio.h>

#include "auth/diskcache.h"
#include "auth/sts.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/logging.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/uri.h"

#define FORM_MAX ((size_t)128 << 10)
#define TOKEN_MAX ((size_t)64 << 10)
#define TOKEN_MIN 4
#define CODE_MAX 64

/* A duration that is no number does not count, as in botocore. */
static bool has_duration(const struct pail_role *r, uint64_t *seconds)
{
    return r->duration.ptr && pail_str_to_u64(pail_str_trim(r->duration), seconds);
}

/* ---- The cache ---- */

static void argument(struct pail_buf *json, const char *name, struct pail_str value)
{
    if (!value.len)
        return;
    pail_buf_fmt(json, "%s\"%s\": ", json->len > 1 ? ", " : "", name);
    pail_diskcache_quote(json, value);
}

static int cache_key(const struct pail_role *r, char ret[PAIL_CACHE_KEY_LEN],
                     struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(FORM_MAX);
    uint64_t seconds;

    pail_buf_char(&json, '{');
    if (has_duration(r, &seconds))
        pail_buf_fmt(&json, "\"DurationSeconds\": %llu", (unsigned long long)seconds);
    argument(&json, "ExternalId", r->external_id);
    argument(&json, "RoleArn", r->arn);
    argument(&json, "RoleSessionName", r->session_name);
    argument(&json, "SerialNumber", r->mfa_serial);
    pail_buf_char(&json, '}');
    int rc = pail_buf_check(&json, "role", err);
    return rc < 0 ? rc : pail_diskcache_key(pail_buf_view(&json), ret, err);
}

int pail_role_recall(const struct pail_lookup *l, const struct pail_role *r,
                     struct pail_credentials **ret, struct pail_error *err)
{
    char key[PAIL_CACHE_KEY_LEN];
    if (l->refused)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_NOT_FOUND, "cached role: was refused");
    int rc = cache_key(r, key, err);
    return rc < 0 ? rc : pail_diskcache_get_role(key, r->method, ret, err);
}

static void remember(const struct pail_role *r, const struct pail_sts_answer *a)
{
    char key[PAIL_CACHE_KEY_LEN];
    struct pail_role_answer entry = {a->credentials, pail_str(a->arn), pail_str(a->id), NULL};
    if (cache_key(r, key, NULL) == 0)
        pail_diskcache_put_role(key, &entry);
}

/* ---- The form ---- */

static void parameter(struct pail_buf *form, const char *name, struct pail_str value)
{
    pail_buf_fmt(form, "%s%s=", form->len ? "&" : "", name);
    pail_uri_encode(form, value, PAIL_URI_COMPONENT);
}

static void add_session_name(struct pail_buf *form, const struct pail_role *r)
{
    char generated[48];
    if (r->session_name.len) {
        parameter(form, "RoleSessionName", r->session_name);
        return;
    }
    snprintf(generated, sizeof(generated), "botocore-session-%lld", (long long)pail_clock_wall_s());
    parameter(form, "RoleSessionName", pail_str(generated));
}

static void add_duration(struct pail_buf *form, const struct pail_role *r)
{
    uint64_t seconds;
    char text[24];
    if (has_duration(r, &seconds)) {
        snprintf(text, sizeof(text), "%llu", (unsigned long long)seconds);
        parameter(form, "DurationSeconds", pail_str(text));
    } else if (r->duration.ptr) {
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN,
                 "profile %.*s: duration_seconds is not a number, ignored",
                 PAIL_STR_ARG(r->profile));
    }
}

/* As it is in the file, blanks and line ends too. */
static int add_web_token(struct pail_buf *form, const struct pail_role *r, struct pail_error *err)
{
    PAIL_AUTOFREE char *path = pail_strndup(r->token_file), *token = NULL;
    struct pail_error e = PAIL_ERROR_INIT;
    size_t len = 0;
    if (!path)
        return pail_error_nomem(err);
    if (pail_file_read_all(path, TOKEN_MAX, &token, &len, &e) < 0)
        return pail_lookup_failed(err, r->method, &e);
    if (len < TOKEN_MIN) {
        pail_wipe(token, len);
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "Parameter validation failed: Invalid length for parameter "
                              "WebIdentityToken, value: %zu, valid min length: %d",
                              len, TOKEN_MIN);
    }
    parameter(form, "WebIdentityToken", pail_strn(token, len));
    pail_wipe(token, len);
    return 0;
}

static int cannot_ask(const struct pail_role *r, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                          "Error when retrieving credentials from %s: profile %.*s asks for the "
                          "code of an MFA device (mfa_serial), which nobody can enter here",
                          r->method, PAIL_STR_ARG(r->profile));
}

static int add_mfa(const struct pail_lookup *l, struct pail_buf *form, const struct pail_role *r,
                   struct pail_error *err)
{
    char code[CODE_MAX] = "";
    if (!r->mfa_serial.ptr)
        return 0;
    if (!l->mfa)
        return cannot_ask(r, err);
    if (l->mfa_entered && atomic_load(l->mfa_entered))
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Cannot refresh credentials: MFA token required.");
    PAIL_AUTOFREE char *serial = pail_strndup(r->mfa_serial);
    if (!serial)
        return pail_error_nomem(err);
    int rc = l->mfa(l->mfa_ud, serial, code, sizeof(code), err);
    if (rc < 0)
        return rc;
    parameter(form, "SerialNumber", r->mfa_serial);
    parameter(form, "TokenCode", pail_strn(code, strnlen(code, sizeof(code))));
    pail_wipe(code, sizeof(code));
    return 0;
}

static int fill_form(const struct pail_lookup *l, const struct pail_role *r, struct pail_buf *form,
                     struct pail_error *err)
{
    parameter(form, "RoleArn", r->arn);
    add_session_name(form, r);
    if (r->external_id.ptr)
        parameter(form, "ExternalId", r->external_id);
    add_duration(form, r);
    int rc = r->token_file.ptr ? add_web_token(form, r, err) : add_mfa(l, form, r, err);
    return rc < 0 ? rc : pail_buf_check(form, r->method, err);
}

int pail_role_assume(const struct pail_lookup *l, const struct pail_role *r,
                     const struct pail_credentials *signer, struct pail_credentials **ret,
                     struct pail_error *err)
{
    struct pail_buf form = PAIL_BUF_INIT(FORM_MAX);
    struct pail_sts_answer answer = {0};

    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_DEBUG, "assuming role %.*s", PAIL_STR_ARG(r->arn));
    int rc = fill_form(l, r, &form, err);
    if (rc == 0) {
        struct pail_sts_request rq = {signer ? "AssumeRole" : "AssumeRoleWithWebIdentity",
                                      pail_buf_view(&form), signer, r->method};
        rc = pail_sts_credentials(l, &rq, &answer, err);
    }
    if (form.ptr)
        pail_wipe(form.ptr, form.cap);
    pail_buf_done(&form);
    if (rc < 0)
        return rc;
    if (r->mfa_serial.ptr && l->mfa_entered)
        atomic_store(l->mfa_entered, true);
    remember(r, &answer);
    *ret = PAIL_STEAL(answer.credentials);
    pail_sts_answer_done(&answer);
    return 0;
}
