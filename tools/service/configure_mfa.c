/* SPDX-License-Identifier: Apache-2.0 */
/* "configure mfa-login": the code of an MFA device for keys that last hours, kept as a profile. */
#include "tools/service/configure.h"

#include <stdio.h>

#include "base/secret.h"
#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/input.h"
#include "tools/service/signin.h"

enum { UPDATE, DURATION, SERIAL };

struct mfa {
    struct pail_cli *cli;
    const char *serial, *code, *profile;
    const char *access_key, *secret_key; /* asked for; NULL: the profile has its own */
    int64_t seconds;
};

/* "TEXT: "; nothing said is an error. 1: told. */
static int need(struct mfa *m, const char *text, const char **ret)
{
    char whole[64];
    (void)snprintf(whole, sizeof(whole), "%s: ", text);
    const struct pail_question q = {.whole = whole};
    int code = pail_ask(m->cli, &q, ret);
    if (!code && !*ret)
        code = 1;
    return code;
}

static int require(struct mfa *m, const char *text, const char *what, const char **ret)
{
    int code = *ret ? 0 : need(m, text, ret);
    if (code == 1)
        fprintf(stderr, "%s is required\n", what);
    return code;
}

/* "arn:aws:iam::123456789012:mfa/phone" is "123456789012-phone". */
static const char *name_of(struct mfa *m)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1 << 16);
    struct pail_str rest = pail_str(m->serial), part = {NULL, 0}, account = {NULL, 0};
    if (!pail_str_starts(rest, PAIL_STR("arn:aws:iam::"))) {
        pail_buf_fmt(&name, "session-%s", m->serial);
    } else {
        for (int i = 0; i < 6 && pail_str_split(&rest, ':', &part); i++)
            if (i == 4)
                account = part;
        size_t slash = pail_str_rfind(part, '/');
        part = slash == SIZE_MAX ? part : pail_str_from(part, slash + 1);
        pail_buf_fmt(&name, "%.*s-%.*s", PAIL_STR_ARG(account), PAIL_STR_ARG(part));
    }
    return pail_cli_keep(m->cli, pail_buf_view(&name));
}

static int ask_profile(struct mfa *m)
{
    const struct pail_question q = {.text = "Profile to update", .now = name_of(m)};
    return m->profile ? 0 : pail_ask(m->cli, &q, &m->profile);
}

static int ask(struct mfa *m, bool has_keys)
{
    int code = 0;
    if (!has_keys) {
        printf("Please provide your AWS credentials:\n");
        code = require(m, "AWS Access Key ID", "AWS Access Key ID", &m->access_key);
        if (!code)
            code = require(m, "AWS Secret Access Key", "AWS Secret Access Key", &m->secret_key);
    }
    if (!code)
        code = require(m, "MFA serial number or ARN",
                       has_keys ? "MFA serial number or MFA device ARN"
                                : "MFA serial number or ARN",
                       &m->serial);
    if (!code)
        code = require(m, "MFA token code", "MFA token code", &m->code);
    return code ? code : ask_profile(m);
}

static int write_keys(struct mfa *m, const struct pail_value *c)
{
    static const char *const keys[][2] = {{"aws_access_key_id", "AccessKeyId"},
                                          {"aws_secret_access_key", "SecretAccessKey"},
                                          {"aws_session_token", "SessionToken"}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf end = PAIL_BUF_INIT(64);
    struct pail_time t = {0};
    int code = 0;
    for (size_t i = 0; !code && i < PAIL_ARRAY_LEN(keys); i++)
        code = pail_configure_set(m->cli, pail_str(m->profile), pail_str(keys[i][0]),
                                  pail_strn(NULL, 0),
                                  pail_value_as_str(pail_value_get(c, pail_str(keys[i][1]))));
    if (code)
        return code;
    if (pail_value_as_time(pail_value_get(c, PAIL_STR("Expiration")), &t))
        pail_time_isoformat(&end, t);
    if (end.len > 19) { /* "2026-01-02 03:04:05" */
        pail_buf_truncate(&end, 19);
        end.ptr[10] = ' ';
    }
    printf("Temporary credentials written to profile '%s'\nCredentials will expire at %s UTC\nTo "
           "use these credentials, specify --profile %s when running AWS CLI commands\n",
           m->profile, pail_buf_cstr(&end), m->profile);
    return 0;
}

static int call(struct mfa *m, struct pail_session *session)
{
    struct pail_values *vs = m->cli->vs;
    struct pail_value *p = pail_value_map(vs);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *sts = NULL;
    struct pail_result *r = NULL;
    pail_value_set(vs, p, PAIL_STR("DurationSeconds"), pail_value_int(vs, m->seconds));
    pail_value_set(vs, p, PAIL_STR("SerialNumber"), pail_value_str(vs, pail_str(m->serial)));
    pail_value_set(vs, p, PAIL_STR("TokenCode"), pail_value_str(vs, pail_str(m->code)));
    int code, rc = pail_client_new(session, "sts", NULL, &sts, &err);
    if (!rc)
        rc = pail_call(sts, "GetSessionToken", p, &r, &err);
    if (rc && err.domain == PAIL_D_SERVICE) {
        fprintf(stderr, "An error occurred: %s\n", err.message);
        code = 1;
    } else {
        code = rc ? pail_cli_error(m->cli, &err)
                  : write_keys(m, pail_value_get(pail_result_value(r), PAIL_STR("Credentials")));
    }
    pail_result_free(r);
    pail_client_unref(sts);
    return code;
}

/* With the keys that were typed. */
static int call_with_keys(struct mfa *m)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    so.profile = m->cli->g.profile;
    so.region = m->cli->g.region;
    so.ca_bundle = m->cli->g.ca_bundle;
    so.no_verify_tls = m->cli->g.no_verify_ssl;
    so.access_key = m->access_key;
    so.secret_key = m->secret_key;
    so.region_from_metadata = true;
    so.regional_endpoints = true;
    if (pail_session_new(&so, &session, &err))
        return pail_cli_error(m->cli, &err);
    int code = call(m, session);
    pail_session_unref(session);
    return code;
}

int pail_configure_mfa_login(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {[UPDATE] = {.name = "--update-profile", .take = PAIL_ARG_ONE},
                              [DURATION] = {.name = "--duration-seconds", .take = PAIL_ARG_ONE},
                              [SERIAL] = {.name = "--serial-number", .take = PAIL_ARG_ONE},
                              {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct mfa m = {.cli = cli, .seconds = 43200};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_credentials *c = NULL;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    if (args[DURATION].value &&
        !pail_value_as_int(pail_input_int(cli->vs, pail_str(args[DURATION].value), &why),
                           &m.seconds))
        return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
    int rc = pail_cli_session(cli, &session, &err);
    if (!rc)
        rc = pail_session_credentials(session, &c, &err);
    if (rc && rc != PAIL_E_NO_CREDENTIALS)
        return pail_cli_error(cli, &err);
    bool has_keys = c != NULL;
    pail_credentials_unref(c);
    m.profile = args[UPDATE].value;
    m.serial = args[SERIAL].value;
    struct pail_str own = pail_cli_setting(cli, "mfa_serial");
    if (!m.serial && has_keys && own.len)
        m.serial = pail_cli_keep(cli, own);
    code = ask(&m, has_keys);
    if (code)
        return code;
    return has_keys ? call(&m, session) : call_with_keys(&m);
}
