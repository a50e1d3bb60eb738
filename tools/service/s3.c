/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "s3 cp ...": the commands of tools/, with what was said in front of the service put behind it.
 * Only what is wrong is told here, in the words of the AWS CLI; "website" is a call.
 */
#include "tools/service/commands.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/uri.h"
#include "tools/cmd.h"

static const struct {
    const char *name;
    const char *operand; /* NULL: needs none */
    unsigned operands;
} subcommands[] = {
    {"ls", NULL, 0},    {"website", "paths", 1}, {"cp", "paths", 2},
    {"mv", "paths", 2}, {"rm", "paths", 1},      {"sync", "paths", 2},
    {"mb", "path", 1},  {"rb", "path", 1},       {"presign", "path", 1},
};

static const char *subcommand_at(const void *ud, size_t i)
{
    return i < PAIL_ARRAY_LEN(subcommands) ? subcommands[i].name : NULL;
}

/* ---- website --------------------------------------------------------------------------------- */

static int put_website(struct pail_cli *cli, const char *bucket, const char *index,
                       const char *error)
{
    struct pail_values *vs = cli->vs;
    struct pail_value *params = pail_value_map(vs), *site = pail_value_map(vs), *part;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_client *client = NULL;
    pail_value_set(vs, params, PAIL_STR("Bucket"), pail_value_str(vs, pail_str(bucket)));
    if (index) {
        part = pail_value_set(vs, site, PAIL_STR("IndexDocument"), pail_value_map(vs));
        pail_value_set(vs, part, PAIL_STR("Suffix"), pail_value_str(vs, pail_str(index)));
    }
    if (error) {
        part = pail_value_set(vs, site, PAIL_STR("ErrorDocument"), pail_value_map(vs));
        pail_value_set(vs, part, PAIL_STR("Key"), pail_value_str(vs, pail_str(error)));
    }
    pail_value_set(vs, params, PAIL_STR("WebsiteConfiguration"), site);
    int rc = pail_cli_session(cli, &session, &err);
    if (!rc)
        rc = pail_client_new(session, "s3", NULL, &client, &err);
    if (!rc)
        rc = pail_call(client, "PutBucketWebsite", params, NULL, &err);
    pail_client_unref(client);
    return rc ? pail_cli_error(cli, &err) : 0;
}

static int website(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {
        {.name = "paths", .take = PAIL_ARG_POSITIONAL},
        {.name = "--index-document", .take = PAIL_ARG_ONE},
        {.name = "--error-document", .take = PAIL_ARG_ONE},
        {.name = NULL},
    };
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    struct pail_str bucket = pail_str(args[0].value);
    if (pail_str_starts(bucket, PAIL_STR("s3://")))
        bucket = pail_str_from(bucket, 5);
    size_t slash = pail_str_find(bucket, '/');
    const char *kept = pail_cli_keep(cli, pail_str_sub(bucket, 0, slash));
    return kept ? put_website(cli, kept, args[1].value, args[2].value) : pail_cli_nomem(cli);
}

/* ---- The others ------------------------------------------------------------------------------ */

static const struct pail_opt *find_option(const struct pail_opt *table, struct pail_str name)
{
    for (const struct pail_opt *o = table; o && o->kind != PAIL_OPT_END; o++)
        if (o->name && o->kind != PAIL_OPT_HEADING && pail_str_eqz(name, o->name))
            return o;
    return NULL;
}

/* Unknown options and missing operands. 0, or an exit code. */
static int check(struct pail_cli *cli, const struct pail_command *c, const struct pail_words *words,
                 const char *operand, unsigned needed)
{
    PAIL_AUTOFREE const char **unknown = pail_calloc(words->n + 1, sizeof(*unknown));
    struct pail_words left = {.v = unknown};
    unsigned operands = 0;
    if (!unknown)
        return pail_cli_nomem(cli);
    for (size_t i = 0; i < words->n; i++) {
        struct pail_str w = pail_str(words->v[i]);
        size_t eq = pail_str_find(w, '=');
        if (w.len < 3 || !pail_str_starts(w, PAIL_STR("--"))) {
            operands++;
            continue;
        }
        struct pail_str name = pail_str_sub(w, 2, eq == SIZE_MAX ? w.len : eq - 2);
        const struct pail_opt *o = find_option(c->options, name);
        if (!o)
            o = find_option(pail_common_options, name);
        if (!o)
            left.v[left.n++] = words->v[i];
        else if (o->kind != PAIL_OPT_FLAG && eq == SIZE_MAX)
            i++;
    }
    if (operand && operands < needed)
        return pail_cli_misusef(cli, "the following arguments are required: %s", operand);
    return left.n ? pail_cli_unknown(cli, &left, true) : 0;
}

static void add(char **argv, int *argc, const char *name, const char *value)
{
    if (!value)
        return;
    argv[(*argc)++] = (char *)name;
    if (*value)
        argv[(*argc)++] = (char *)value;
}

static int run(struct pail_cli *cli, const struct pail_command *c, const struct pail_words *words)
{
    const struct pail_globals *g = &cli->g;
    PAIL_AUTOFREE char **argv = pail_calloc(words->n + 20, sizeof(*argv));
    int argc = 0;
    if (!argv)
        return pail_cli_nomem(cli);
    argv[argc++] = (char *)c->name;
    add(argv, &argc, "--region", g->region);
    add(argv, &argc, "--profile", g->profile);
    add(argv, &argc, "--endpoint-url", g->endpoint_url);
    add(argv, &argc, "--ca-bundle", g->ca_bundle);
    add(argv, &argc, "--cli-read-timeout", g->read_timeout);
    add(argv, &argc, "--cli-connect-timeout", g->connect_timeout);
    add(argv, &argc, "--no-sign-request", g->no_sign_request ? "" : NULL);
    add(argv, &argc, "--no-verify-ssl", g->no_verify_ssl ? "" : NULL);
    add(argv, &argc, "--debug", g->debug ? "" : NULL);
    for (size_t i = 0; i < words->n; i++)
        argv[argc++] = (char *)words->v[i];
    return pail_command_run(c, argc, argv);
}

int pail_s3_run(struct pail_cli *cli, const struct pail_words *words)
{
    if (!words->n)
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "usage: pail [options] s3 <subcommand> [parameters]\n"
                              "pail: [ERROR]: too few arguments");
    const char *name = words->v[0];
    struct pail_words rest = {.v = words->v + 1, .n = words->n - 1};
    const struct pail_command *c = pail_command_find(name);
    if (strcmp(name, "help") == 0)
        return pail_help_all(cli);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(subcommands); i++) {
        if (strcmp(name, subcommands[i].name) != 0)
            continue;
        if (!c)
            return website(cli, &rest);
        if (rest.n == 1 && strcmp(rest.v[0], "help") == 0)
            rest.v[0] = "--help";
        int code = check(cli, c, &rest, subcommands[i].operand,
                         rest.n == 1 && strcmp(rest.v[0], "--help") == 0 ? 0
                                                                         : subcommands[i].operands);
        return code ? code : run(cli, c, &rest);
    }
    return pail_cli_no_choice(cli, "subcommand", name, subcommand_at, NULL);
}
