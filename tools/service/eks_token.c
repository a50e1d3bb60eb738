/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "eks get-token": the address of a signed GetCallerIdentity, with the cluster's name signed into a
 * header, which the cluster calls to see who comes. Nothing is sent but for --role-arn.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "auth/sign.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/signin.h"

#define BETA "client.authentication.k8s.io/v1beta1"
#define ALPHA "client.authentication.k8s.io/v1alpha1"
#define EXPIRES_S 60
#define VALID_S (14 * 60)

/* The version that kubectl asks for. */
static const char *api_version(struct pail_cli *cli)
{
    static const char *const known[] = {"client.authentication.k8s.io/v1", BETA, ALPHA};
    const char *info = pail_env_get_nonempty("KUBERNETES_EXEC_INFO");
    struct pail_value *v = NULL;
    if (!info)
        return BETA;
    if (pail_value_from_json(cli->vs, pail_str(info), "KUBERNETES_EXEC_INFO", &v, NULL)) {
        fprintf(stderr, "Error parsing KUBERNETES_EXEC_INFO, defaulting to " BETA ". This is "
                        "likely a bug in your Kubernetes client. Please update your Kubernetes "
                        "client.\n");
        return BETA;
    }
    struct pail_str wanted = pail_value_as_str(pail_value_get(v, PAIL_STR("apiVersion")));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(known); i++)
        if (pail_str_eqz(wanted, known[i])) {
            if (strcmp(known[i], ALPHA) == 0)
                fprintf(stderr, "Kubeconfig user entry is using deprecated API version " ALPHA
                                ". Run 'aws eks update-kubeconfig' to update.\n");
            return known[i];
        }
    fprintf(stderr, "Unrecognized API version in KUBERNETES_EXEC_INFO, defaulting to " BETA
                    ". This is likely due to an outdated AWS CLI. Please update your AWS CLI.\n");
    return BETA;
}

/* Keys of the role. */
static int assume(struct pail_cli *cli, struct pail_session *session, const char *role,
                  struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_value *p = pail_value_map(cli->vs);
    struct pail_client *sts = NULL;
    struct pail_result *r = NULL;
    pail_value_set(cli->vs, p, PAIL_STR("RoleArn"), pail_value_str(cli->vs, pail_str(role)));
    pail_value_set(cli->vs, p, PAIL_STR("RoleSessionName"),
                   pail_value_str(cli->vs, PAIL_STR("EKSGetTokenAuth")));
    int rc = pail_client_new(session, "sts", NULL, &sts, err);
    if (!rc)
        rc = pail_call(sts, "AssumeRole", p, &r, err);
    if (!rc) {
        const struct pail_value *c = pail_value_get(pail_result_value(r), PAIL_STR("Credentials"));
        struct pail_credentials_fields f = {
            .access_key = pail_value_as_str(pail_value_get(c, PAIL_STR("AccessKeyId"))),
            .secret_key = pail_value_as_str(pail_value_get(c, PAIL_STR("SecretAccessKey"))),
            .session_token = pail_value_as_str(pail_value_get(c, PAIL_STR("SessionToken")))};
        rc = pail_credentials_new(&f, ret, err);
    }
    pail_result_free(r);
    pail_client_unref(sts);
    return rc;
}

static int sign_url(struct pail_session *session, const char *cluster,
                    const struct pail_credentials *c, const char *endpoint_url, struct pail_buf *to,
                    struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf base = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_request_done) struct pail_request r;
    const char *region = pail_session_region(session);
    struct pail_sign_params p = {.service = PAIL_STR("sts"),
                                 .region = pail_str(region),
                                 .now_unix_s = pail_clock_wall_s(),
                                 .normalize_path = true,
                                 .expires_s = EXPIRES_S};
    pail_request_init(&r);
    int rc = 0;
    if (endpoint_url)
        pail_buf_z(&base, endpoint_url);
    else
        rc = pail_signin_endpoint(session, "sts", "sts", region, &base, err);
    if (!rc)
        rc = pail_request_base(&r, pail_buf_view(&base), err);
    if (rc)
        return rc;
    (void)snprintf(r.method, sizeof(r.method), "GET");
    pail_buf_reset(&r.path);
    pail_buf_char(&r.path, '/');
    pail_request_query(&r, PAIL_STR("Action"), PAIL_STR("GetCallerIdentity"));
    pail_request_query(&r, PAIL_STR("Version"), PAIL_STR("2011-06-15"));
    rc = pail_request_header(&r, "x-k8s-aws-id", pail_str(cluster), err);
    if (!rc)
        rc = pail_sign_query(&r, &p, c, err);
    if (!rc)
        pail_request_url(&r, true, to);
    return rc;
}

static int put_token(struct pail_cli *cli, const struct pail_buf *url)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf token = PAIL_BUF_INIT(1 << 20);
    char end[PAIL_TIME_ISO_LEN];
    pail_base64url_encode(&token, url->ptr, url->len);
    pail_time_iso(pail_clock_wall_s() + VALID_S, end);
    printf("{\"kind\": \"ExecCredential\", \"apiVersion\": \"%s\", \"spec\": {}, \"status\": "
           "{\"expirationTimestamp\": \"%s\", \"token\": \"k8s-aws-v1.%s\"}}\n",
           api_version(cli), end, pail_buf_cstr(&token));
    return 0;
}

int pail_eks_token_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--cluster-name", .take = PAIL_ARG_ONE},
                              {.name = "--role-arn", .take = PAIL_ARG_ONE},
                              {.name = "--cluster-id", .take = PAIL_ARG_ONE},
                              {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 20);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_credentials *c = NULL;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    const char *cluster = args[2].value ? args[2].value : args[0].value;
    if (args[0].value && args[2].value)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("The key \"cluster_name\" cannot be specified when one of "
                                      "the following keys are also specified: cluster_id"));
    if (!cluster)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("Either parameter --cluster-name or --cluster-id must be "
                                      "specified."));
    int rc = pail_cli_session(cli, &session, &err);
    if (!rc && !pail_session_region(session))
        rc = pail_error_set(&err, PAIL_D_CONFIG, PAIL_E_NO_REGION, "You must specify a region.");
    if (!rc)
        rc = args[1].value ? assume(cli, session, args[1].value, &c, &err)
                           : pail_session_credentials(session, &c, &err);
    if (!rc)
        rc = sign_url(session, cluster, c, cli->g.endpoint_url, &url, &err);
    pail_credentials_unref(c);
    return rc ? pail_cli_error(cli, &err) : put_token(cli, &url);
}
