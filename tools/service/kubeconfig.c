/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "eks update-kubeconfig": a cluster, its user and their context put into kubectl's configuration,
 * in place of those of the same name; everything else of the file stays. The user's token is what
 * "eks get-token" prints.
 */
#include "tools/service/commands.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/config.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/output.h"
#include "tools/service/yaml.h"

#define FILE_MAX ((size_t)16 << 20)

enum option {
    NAME,
    KUBECONFIG,
    ROLE,
    DRY_RUN,
    VERBOSE,
    ALIAS,
    USER_ALIAS,
    ASSUME,
    PROXY,
    N_OPTIONS
};

struct kube {
    struct pail_cli *cli;
    struct pail_values *vs;
    struct pail_arg args[N_OPTIONS + 1];
    struct pail_value *cluster, *user, *context; /* the new entries */
    const char *path;
    struct pail_value *content; /* of the file */
    struct pail_error err;
};

static struct pail_value *text(struct kube *k, const char *s)
{
    return pail_value_str(k->vs, pail_str(s));
}

static struct pail_value *set(struct kube *k, struct pail_value *map, const char *key,
                              struct pail_value *v)
{
    return pail_value_set(k->vs, map, pail_str(key), v);
}

static struct pail_str get(const struct pail_value *map, const char *key)
{
    return pail_value_as_str(pail_value_get(map, pail_str(key)));
}

/* ---- What the service says ------------------------------------------------------------------- */

/* With the keys of --assume-role-arn, where that is given. */
static int assumed_session(struct kube *k, struct pail_session *own, struct pail_session **ret)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_value *p = pail_value_map(k->vs);
    struct pail_client *sts = NULL;
    struct pail_result *r = NULL;
    set(k, p, "RoleArn", text(k, k->args[ASSUME].value));
    set(k, p, "RoleSessionName", text(k, "EKSDescribeClusterSession"));
    int rc = pail_client_new(own, "sts", NULL, &sts, &k->err);
    if (!rc)
        rc = pail_call(sts, "AssumeRole", p, &r, &k->err);
    if (!rc) {
        const struct pail_value *c = pail_value_get(pail_result_value(r), PAIL_STR("Credentials"));
        so.profile = k->cli->g.profile;
        so.region = pail_session_region(own);
        so.endpoint_url = k->cli->g.endpoint_url;
        so.ca_bundle = k->cli->g.ca_bundle;
        so.no_verify_tls = k->cli->g.no_verify_ssl;
        so.access_key = pail_cli_keep(k->cli, get(c, "AccessKeyId"));
        so.secret_key = pail_cli_keep(k->cli, get(c, "SecretAccessKey"));
        so.session_token = pail_cli_keep(k->cli, get(c, "SessionToken"));
        rc = pail_session_new(&so, ret, &k->err);
    }
    pail_result_free(r);
    pail_client_unref(sts);
    return rc;
}

static int describe(struct kube *k, struct pail_value **ret)
{
    struct pail_session *session = NULL, *assumed = NULL;
    struct pail_client *eks = NULL;
    struct pail_result *r = NULL;
    struct pail_value *p = pail_value_map(k->vs);
    set(k, p, "name", text(k, k->args[NAME].value));
    int rc = pail_cli_session(k->cli, &session, &k->err);
    if (!rc && k->args[ASSUME].value)
        rc = assumed_session(k, session, &assumed);
    if (!rc)
        rc = pail_client_new(assumed ? assumed : session, "eks", NULL, &eks, &k->err);
    if (!rc)
        rc = pail_call(eks, "DescribeCluster", p, &r, &k->err);
    if (!rc)
        *ret = pail_value_copy(k->vs, pail_value_get(pail_result_value(r), PAIL_STR("cluster")));
    pail_result_free(r);
    pail_client_unref(eks);
    pail_session_unref(assumed);
    return rc;
}

static int check_status(struct kube *k, const struct pail_value *cluster)
{
    struct pail_str status = get(cluster, "status");
    if (!status.ptr)
        return pail_cli_fail(k->cli, PAIL_EXIT_ERROR, NULL, PAIL_STR("Cluster not found"));
    if (pail_str_eqz(status, "ACTIVE") || pail_str_eqz(status, "UPDATING"))
        return 0;
    return pail_cli_failf(k->cli, PAIL_EXIT_ERROR, NULL, "Cluster status is %.*s",
                          PAIL_STR_ARG(status));
}

/* ---- The new entries ------------------------------------------------------------------------- */

static void make_cluster(struct kube *k, const struct pail_value *c)
{
    struct pail_str ca = get(pail_value_get(c, PAIL_STR("certificateAuthority")), "data");
    struct pail_value *inner = pail_value_map(k->vs);
    set(k, inner, "certificate-authority-data", pail_value_str(k->vs, ca.ptr ? ca : PAIL_STR("")));
    set(k, inner, "server", pail_value_str(k->vs, get(c, "endpoint")));
    if (k->args[PROXY].value)
        set(k, inner, "proxy-url", text(k, k->args[PROXY].value));
    k->cluster = pail_value_map(k->vs);
    set(k, k->cluster, "cluster", inner);
    set(k, k->cluster, "name", pail_value_str(k->vs, get(c, "arn")));
}

/* "eu-west-1" of "arn:aws:eks:eu-west-1:...". */
static struct pail_str region_of(struct pail_str arn)
{
    struct pail_str part = {NULL, 0};
    for (int i = 0; i < 4; i++)
        if (!pail_str_split(&arn, ':', &part))
            return PAIL_STR("");
    return part;
}

static void make_user(struct kube *k, const struct pail_value *c)
{
    bool outpost = pail_value_type(pail_value_get(c, PAIL_STR("outpostConfig"))) == PAIL_VAL_MAP;
    struct pail_value *exec = pail_value_map(k->vs), *args = pail_value_list(k->vs);
    struct pail_value *user = pail_value_map(k->vs);
    const struct pail_str words[] = {
        PAIL_STR("--region"),
        region_of(get(c, "arn")),
        PAIL_STR("eks"),
        PAIL_STR("get-token"),
        outpost ? PAIL_STR("--cluster-id") : PAIL_STR("--cluster-name"),
        outpost ? get(c, "id") : pail_str(k->args[NAME].value),
        PAIL_STR("--output"),
        PAIL_STR("json"),
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(words); i++)
        pail_value_append(k->vs, args, pail_value_str(k->vs, words[i]));
    if (k->args[ROLE].value) {
        pail_value_append(k->vs, args, text(k, "--role"));
        pail_value_append(k->vs, args, text(k, k->args[ROLE].value));
    }
    set(k, exec, "apiVersion", text(k, "client.authentication.k8s.io/v1beta1"));
    set(k, exec, "args", args);
    set(k, exec, "command", text(k, "aws"));
    const char *profile = pail_cli_profile(k->cli);
    if (k->cli->g.profile || strcmp(profile, "default") != 0) {
        struct pail_value *env = set(k, exec, "env", pail_value_list(k->vs));
        struct pail_value *one = pail_value_append(k->vs, env, pail_value_map(k->vs));
        set(k, one, "name", text(k, "AWS_PROFILE"));
        set(k, one, "value", text(k, profile));
    }
    k->user = pail_value_map(k->vs);
    set(k, k->user, "name",
        k->args[USER_ALIAS].value ? text(k, k->args[USER_ALIAS].value)
                                  : pail_value_str(k->vs, get(c, "arn")));
    set(k, k->user, "user", user);
    set(k, user, "exec", exec);
}

static void make_context(struct kube *k)
{
    struct pail_value *inner = pail_value_map(k->vs);
    set(k, inner, "cluster", pail_value_str(k->vs, get(k->cluster, "name")));
    set(k, inner, "user", pail_value_str(k->vs, get(k->user, "name")));
    k->context = pail_value_map(k->vs);
    set(k, k->context, "context", inner);
    set(k, k->context, "name",
        k->args[ALIAS].value ? text(k, k->args[ALIAS].value)
                             : pail_value_str(k->vs, get(k->cluster, "name")));
}

/* ---- The file -------------------------------------------------------------------------------- */

static struct pail_value *new_content(struct kube *k)
{
    struct pail_value *v = pail_value_map(k->vs);
    set(k, v, "apiVersion", text(k, "v1"));
    set(k, v, "clusters", pail_value_list(k->vs));
    set(k, v, "contexts", pail_value_list(k->vs));
    set(k, v, "current-context", text(k, ""));
    set(k, v, "kind", text(k, "Config"));
    set(k, v, "preferences", pail_value_map(k->vs));
    set(k, v, "users", pail_value_list(k->vs));
    return v;
}

/* What is not as kubectl has it is not ours to change. */
static int check_content(struct kube *k, const char *path, const struct pail_value *v,
                         struct pail_error *err)
{
    const struct pail_value *good = new_content(k);
    if (pail_value_type(v) != PAIL_VAL_MAP)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: Content not a dictionary.",
                              path);
    for (size_t i = 0; i < pail_value_len(good); i++) {
        struct pail_str key = pail_value_key_at(good, i);
        const struct pail_value *has = pail_value_get(v, key);
        enum pail_value_type type = pail_value_type(has);
        if (!has || type == PAIL_VAL_NULL)
            continue;
        if (type != pail_value_type(pail_value_at(good, i)))
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: %.*s is wrong type", path,
                                  PAIL_STR_ARG(key));
        for (size_t n = 0; type == PAIL_VAL_LIST && n < pail_value_len(has); n++)
            if (pail_value_type(pail_value_at(has, n)) != PAIL_VAL_MAP)
                return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE,
                                      "%s: Entry in %.*s not a dictionary.", path,
                                      PAIL_STR_ARG(key));
    }
    return 0;
}

static int load(struct kube *k, const char *path, struct pail_value **ret, struct pail_error *err)
{
    PAIL_AUTOFREE char *old = NULL;
    struct pail_error e = PAIL_ERROR_INIT;
    size_t len = 0;
    int rc = pail_file_read_all(path, FILE_MAX, &old, &len, &e);
    if (rc == PAIL_E_OS && e.os_errno == ENOENT) {
        *ret = new_content(k);
        return 0;
    }
    if (rc) {
        pail_error_copy(err, &e);
        return pail_error_prefix(err, "Can't open kubeconfig for reading");
    }
    if (!pail_str_trim(pail_strn(old, len)).len) {
        *ret = new_content(k);
        return 0;
    }
    rc = pail_yaml_parse(k->vs, pail_strn(old, len), ret, err);
    if (rc)
        return pail_error_prefix(err, "YamlError while loading kubeconfig %s", path);
    return check_content(k, path, *ret, err);
}

/* The place of an entry of that name in a list; SIZE_MAX. */
static size_t find(const struct pail_value *list, struct pail_str name)
{
    for (size_t i = 0; i < pail_value_len(list); i++)
        if (pail_str_eq(get(pail_value_at(list, i), "name"), name))
            return i;
    return SIZE_MAX;
}

static bool has_cluster(struct kube *k, const struct pail_value *content)
{
    return find(pail_value_get(content, PAIL_STR("clusters")), get(k->cluster, "name")) != SIZE_MAX;
}

/* The i-th file that kubectl would look at; NULL past the end. */
static const char *path_at(struct kube *k, size_t i)
{
    const char *given = k->args[KUBECONFIG].value, *env = pail_env_get_nonempty("KUBECONFIG");
    struct pail_str rest = pail_str(env), one = {NULL, 0};
    if (given)
        return i ? NULL : given;
    while (rest.ptr && pail_str_split(&rest, ':', &one))
        if (pail_str_trim(one).len && i-- == 0)
            return pail_cli_keep(k->cli, one);
    return env || i ? NULL : "~/.kube/config";
}

static const char *full_path(struct kube *k, const char *path)
{
    PAIL_AUTOFREE char *expanded = pail_config_expand_path(path);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf full = PAIL_BUF_INIT(1 << 16);
    char here[PATH_MAX];
    if (!expanded)
        return NULL;
    if (expanded[0] != '/' && getcwd(here, sizeof(here)))
        pail_buf_fmt(&full, "%s/", here);
    pail_buf_z(&full, expanded);
    return pail_cli_keep(k->cli, pail_buf_view(&full));
}

/* The file that has the cluster, or else the first. */
static int choose(struct kube *k)
{
    const char *path;
    for (size_t i = 0; (path = path_at(k, i)); i++) {
        struct pail_value *v = NULL;
        path = full_path(k, path);
        if (path && !load(k, path, &v, NULL) && has_cluster(k, v)) {
            k->path = path;
            k->content = v;
            return 0;
        }
    }
    path = path_at(k, 0);
    k->path = full_path(k, path ? path : "~/.kube/config");
    if (!k->path)
        return pail_cli_nomem(k->cli);
    return load(k, k->path, &k->content, &k->err) ? pail_cli_error(k->cli, &k->err) : 0;
}

static void put_entry(struct kube *k, const char *key, const struct pail_value *entry)
{
    struct pail_value *old = pail_value_get(k->content, pail_str(key));
    struct pail_value *list = pail_value_list(k->vs);
    size_t at = find(old, get(entry, "name"));
    for (size_t i = 0; i < pail_value_len(old); i++)
        pail_value_append(k->vs, list,
                          pail_value_copy(k->vs, i == at ? entry : pail_value_at(old, i)));
    if (at == SIZE_MAX)
        pail_value_append(k->vs, list, pail_value_copy(k->vs, entry));
    set(k, k->content, key, list);
}

static int write_file(struct kube *k, const struct pail_buf *yaml)
{
    const char *slash = strrchr(k->path, '/');
    int rc = 0;
    if (slash && slash != k->path) {
        PAIL_AUTOFREE char *dir = pail_strndup(pail_strn(k->path, (size_t)(slash - k->path)));
        rc = dir ? pail_file_mkdirs(dir, 0777, &k->err) : pail_error_nomem(&k->err);
    }
    if (!rc)
        rc = pail_file_write_all(k->path, (struct pail_bytes){yaml->ptr, yaml->len}, 0600, &k->err);
    return rc;
}

static void put_verbose(struct kube *k)
{
    const struct pail_value *const entries[] = {k->context, k->user, k->cluster};
    printf("Entries:\n\n");
    for (size_t i = 0; i < PAIL_ARRAY_LEN(entries); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf yaml = PAIL_BUF_INIT(FILE_MAX);
        pail_out_yaml_as_made(&yaml, entries[i]);
        printf("%s\n", pail_buf_cstr(&yaml));
    }
}

static int merge(struct kube *k)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf yaml = PAIL_BUF_INIT(FILE_MAX);
    bool there = has_cluster(k, k->content);
    put_entry(k, "clusters", k->cluster);
    put_entry(k, "users", k->user);
    put_entry(k, "contexts", k->context);
    set(k, k->content, "current-context", pail_value_str(k->vs, get(k->context, "name")));
    pail_out_yaml_as_made(&yaml, k->content);
    int rc = pail_values_check(k->vs, &k->err);
    if (!rc)
        rc = pail_buf_check(&yaml, k->path, &k->err);
    if (!rc && k->args[DRY_RUN].given) {
        printf("%s", pail_buf_cstr(&yaml));
        return 0;
    }
    if (!rc)
        rc = write_file(k, &yaml);
    if (rc)
        return pail_cli_error(k->cli, &k->err);
    printf("%s context %.*s %s %s\n", there ? "Updated" : "Added new",
           PAIL_STR_ARG(get(k->context, "name")), there ? "in" : "to", k->path);
    if (k->args[VERBOSE].given)
        put_verbose(k);
    return 0;
}

int pail_eks_kubeconfig_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct kube k = {.cli = cli, .vs = cli->vs, .err = PAIL_ERROR_INIT};
    static const char *const names[] = {[NAME] = "--name",
                                        [KUBECONFIG] = "--kubeconfig",
                                        [ROLE] = "--role-arn",
                                        [DRY_RUN] = "--dry-run",
                                        [VERBOSE] = "--verbose",
                                        [ALIAS] = "--alias",
                                        [USER_ALIAS] = "--user-alias",
                                        [ASSUME] = "--assume-role-arn",
                                        [PROXY] = "--proxy-url"};
    struct pail_value *cluster = NULL;
    for (size_t i = 0; i < N_OPTIONS; i++)
        k.args[i] = (struct pail_arg){.name = names[i],
                                      .take = i == DRY_RUN || i == VERBOSE ? PAIL_ARG_NONE
                                                                           : PAIL_ARG_ONE,
                                      .required = i == NAME};
    int code = pail_cli_args(cli, words, k.args);
    if (code)
        return code;
    if (describe(&k, &cluster))
        return pail_cli_error(cli, &k.err);
    code = check_status(&k, cluster);
    if (code)
        return code;
    make_cluster(&k, cluster);
    make_user(&k, cluster);
    make_context(&k);
    code = choose(&k);
    return code ? code : merge(&k);
}
