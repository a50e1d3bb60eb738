/* SPDX-License-Identifier: Apache-2.0 */
/* "configure add-model": a service's model put where the AWS SDKs look for models of one's own. */
#include "tools/service/configure.h"

#include "base/env.h"
#include "base/file.h"
#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

/* The service that its endpoint's name stands for: "email" is "ses". */
static const char *service_of(struct pail_cli *cli, struct pail_str prefix)
{
    const struct pail_service *model = NULL;
    struct pail_str name;
    const char *found = NULL;
    for (size_t i = 0; pail_models_name(cli->models, i, &name); i++)
        if (pail_str_eq(name, prefix))
            return pail_cli_keep(cli, name);
    for (size_t i = 0; !found && pail_models_name(cli->models, i, &name); i++)
        if (!pail_models_service(cli->models, name, &model, NULL) &&
            pail_str_eq(pail_service_info(model).endpoint_prefix, prefix))
            found = pail_cli_keep(cli, name);
    return found ? found : pail_cli_keep(cli, prefix);
}

static int whole_part(struct pail_str version)
{
    int n = 0;
    for (size_t i = 0; i < version.len && version.ptr[i] >= '0' && version.ptr[i] <= '9'; i++)
        n = n < 1000 ? n * 10 + version.ptr[i] - '0' : n;
    return n;
}

/* A name that stays one directory. */
static bool is_name(struct pail_str s)
{
    return s.len && s.ptr[0] != '.' && pail_str_find(s, '/') == SIZE_MAX;
}

static int write_model(struct pail_cli *cli, struct pail_str text, const char *service,
                       struct pail_str api_version, int version)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf dir = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(1 << 16);
    struct pail_error err = PAIL_ERROR_INIT;
    const char *home = pail_env_home();
    pail_buf_fmt(&dir, "%s/.aws/models/%s/%.*s", home ? home : "", service,
                 PAIL_STR_ARG(api_version));
    pail_buf_fmt(&path, "%s/service-%d.json", pail_buf_cstr(&dir), version);
    int rc = home ? pail_buf_check(&path, "model", &err)
                  : pail_error_set(&err, PAIL_D_CONFIG, PAIL_E_CONFIG, "no home directory");
    if (!rc)
        rc = pail_file_mkdirs(pail_buf_cstr(&dir), 0777, &err);
    if (!rc)
        rc = pail_file_write_all(pail_buf_cstr(&path), (struct pail_bytes){text.ptr, text.len},
                                 0644, &err);
    return rc ? pail_cli_error(cli, &err) : 0;
}

int pail_configure_add_model(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--service-model", .take = PAIL_ARG_ONE, .required = true},
                              {.name = "--service-name", .take = PAIL_ARG_ONE},
                              {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_value *content = NULL, *model = NULL;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    if (pail_paramfile(cli->vs, args[0].value, &content, &why))
        return pail_cli_bad_param(cli, "--service-model", pail_buf_view(&why));
    struct pail_str text = content ? pail_value_as_str(content) : pail_str(args[0].value);
    if (pail_value_from_json(cli->vs, text, "model", &model, NULL)) {
        pail_json_complaint(&why, text);
        return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
    }
    const struct pail_value *meta = pail_value_get(model, PAIL_STR("metadata"));
    struct pail_str prefix = pail_value_as_str(pail_value_get(meta, PAIL_STR("endpointPrefix")));
    struct pail_str api = pail_value_as_str(pail_value_get(meta, PAIL_STR("apiVersion")));
    struct pail_str version = pail_value_as_str(pail_value_get(model, PAIL_STR("version")));
    if (!is_name(api) || (!args[1].value && !is_name(prefix)))
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                              "\"%s\" not defined in the metadata of "
                              "the model",
                              is_name(api) ? "endpointPrefix" : "apiVersion");
    const char *service = args[1].value ? args[1].value : service_of(cli, prefix);
    if (!service)
        return pail_cli_nomem(cli);
    if (!is_name(pail_str(service)))
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "%s is no name of a service", service);
    return write_model(cli, text, service, api, version.ptr ? whole_part(version) : 2);
}
