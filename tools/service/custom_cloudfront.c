/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloudfront: a distribution by its origin's name, another root object, an invalidation by paths:
 * what the model wants whole structures for. "cloudfront sign" is in sign_url.c.
 */
#include "tools/service/custom.h"

#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"
#include "tools/service/output.h"

#include <stdio.h>

static struct pail_value *unique(struct pail_run *run, const char *prefix)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    pail_buf_fmt(&text, "%s-%lld-%llu", prefix, (long long)pail_clock_wall_s(),
                 1 + (unsigned long long)pail_rand_below(1000000));
    return pail_value_str(run->cli->vs, pail_buf_view(&text));
}

/* The option and the structure that it is a short form of. */
static int refuse_both(struct pail_run *run, const char *option, const char *other,
                       const char *others)
{
    const struct pail_arg *a = NULL, *b = NULL;
    (void)pail_params_find(run, option, &a);
    (void)pail_params_find(run, other, &b);
    if (!a->given || !b->given)
        return 0;
    return pail_cli_failf(run->cli, PAIL_EXIT_USAGE, "ParamValidation",
                          "The key \"%s\" cannot be specified when one of the following keys are "
                          "also specified: %s",
                          strcmp(option, "--paths") == 0                ? "paths"
                          : strcmp(option, "--origin-domain-name") == 0 ? "origin_domain_name"
                                                                        : "default_root_object",
                          others);
}

/* ---- create-invalidation --------------------------------------------------------------------- */

static int apply_paths(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    struct pail_values *vs = run->cli->vs;
    int code = refuse_both(run, "--paths", "--invalidation-batch", "invalidation_batch");
    if (code)
        return code;
    pail_value_set(vs, run->values, PAIL_STR("InvalidationBatch"),
                   pail_value_form(vs, "CallerReference: %p, Paths: {Quantity: %zu, Items: %p}",
                                   (void *)unique(run, "cli"), a->n_values,
                                   (void *)pail_cli_texts(run->cli, a)));
    return 0;
}

static const struct pail_extra invalidation[] = {
    {"--paths", PAIL_ARG_SOME, .apply = apply_paths, .help = "Paths that are no longer valid"},
    {NULL}};
static const char *const batch_optional[] = {"--invalidation-batch", NULL};

/* ---- create-distribution, update-distribution ------------------------------------------------ */

static struct pail_value *distribution(struct pail_run *run)
{
    struct pail_value *v = pail_value_get(run->values, PAIL_STR("DistributionConfig"));
    if (v)
        return v;
    v = pail_value_form(run->cli->vs,
                        "CallerReference: %p, Origins: {Quantity: 0, Items: []}, "
                        "DefaultCacheBehavior: {TargetOriginId: 'placeholder', "
                        "ForwardedValues: {QueryString: false, Cookies: {Forward: 'none'}}, "
                        "TrustedSigners: {Enabled: false, Quantity: 0}, "
                        "ViewerProtocolPolicy: 'allow-all', MinTTL: 0}, "
                        "Enabled: true, Comment: ''",
                        (void *)unique(run, "cli"));
    return pail_value_set(run->cli->vs, run->values, PAIL_STR("DistributionConfig"), v);
}

static int apply_origin(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    struct pail_values *vs = run->cli->vs;
    int code = refuse_both(run, x->name, "--distribution-config", "distribution_config");
    if (code)
        return code;
    struct pail_value *config = distribution(run), *id = unique(run, a->value), *item;
    item = pail_value_form(vs, "Id: %p, DomainName: %s, OriginPath: ''",
                           (void *)pail_value_copy(vs, id), a->value);
    if (pail_str_ends(pail_str(a->value), PAIL_STR(".s3.amazonaws.com")))
        pail_value_set(vs, item, PAIL_STR("S3OriginConfig"),
                       pail_value_form(vs, "OriginAccessIdentity: ''"));
    else
        pail_value_set(vs, item, PAIL_STR("CustomOriginConfig"),
                       pail_value_form(vs, "HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "
                                           "'http-only'"));
    pail_value_set(vs, config, PAIL_STR("Origins"),
                   pail_value_form(vs, "Quantity: 1, Items: [%p]", (void *)item));
    pail_value_set(vs, pail_value_get(config, PAIL_STR("DefaultCacheBehavior")),
                   PAIL_STR("TargetOriginId"), id);
    return 0;
}

static int apply_root(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    int code = refuse_both(run, x->name, "--distribution-config", "distribution_config");
    if (!code)
        pail_custom_text(run, distribution(run), "DefaultRootObject", a->value);
    return code;
}

/* The rest of an update is what is there already. */
static int apply_new_root(struct pail_run *run, const struct pail_extra *x,
                          const struct pail_arg *a)
{
    struct pail_values *vs = run->cli->vs;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *client = NULL;
    struct pail_result *r = NULL;
    const char *id = pail_value_find_str(run->values, "Id");
    int code = refuse_both(run, x->name, "--distribution-config", "distribution_config");
    if (!code)
        code = pail_run_client(run, &client);
    if (code)
        return code;
    int rc = pail_callf(client, &r, &err, "GetDistributionConfig", "Id: %s", id);
    if (!rc) {
        struct pail_value *config = pail_value_copy(vs, pail_result_find(r, "DistributionConfig"));
        pail_value_set(vs, run->values, PAIL_STR("IfMatch"),
                       pail_value_copy(vs, pail_result_find(r, "ETag")));
        pail_value_set(vs, run->values, PAIL_STR("DistributionConfig"), config);
        pail_custom_text(run, config, "DefaultRootObject", a->value);
    }
    pail_result_free(r);
    pail_client_unref(client);
    return rc ? pail_cli_error(run->cli, &err) : 0;
}

static const struct pail_extra new_distribution[] = {
    {"--origin-domain-name", PAIL_ARG_ONE, .apply = apply_origin, .help = "The origin's name"},
    {"--default-root-object", PAIL_ARG_ONE, .apply = apply_root, .help = "As index.html"},
    {NULL}};
static const struct pail_extra update[] = {{"--default-root-object", PAIL_ARG_ONE,
                                            .apply = apply_new_root,
                                            .help = "As index.html; everything else stays"},
                                           {NULL}};
static const char *const config_optional[] = {"--distribution-config", NULL};

const struct pail_custom pail_custom_cloudfront[] = {
    {.service = "cloudfront",
     .operation = "create-invalidation",
     .extras = invalidation,
     .optional = batch_optional},
    {.service = "cloudfront",
     .operation = "create-distribution",
     .extras = new_distribution,
     .optional = config_optional},
    {.service = "cloudfront",
     .operation = "update-distribution",
     .extras = update,
     .optional = config_optional},
    {.service = NULL},
};
