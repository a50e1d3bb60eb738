/* SPDX-License-Identifier: Apache-2.0 */
/* Extras of lambda, cloudwatch, iam and ses. */
#include "tools/service/custom.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/archive.h"
#include "tools/service/calls.h"
#include "tools/service/input.h"

/* ---- lambda: --zip-file ---------------------------------------------------------------------- */

static const char zip_help[] = "--zip-file must be a zip file with the fileb:// prefix.\n"
                               "Example usage:  --zip-file fileb://path/to/file.zip";

static int zip_value(struct pail_run *run, const struct pail_arg *a, struct pail_value **ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(SIZE_MAX / 4);
    if (pail_paramfile(run->cli->vs, a->value, ret, &why))
        return pail_cli_bad_param(run->cli, a->name, pail_buf_view(&why));
    struct pail_bytes b = pail_value_as_blob(*ret);
    return *ret && b.ptr && pail_is_zip(pail_strn(b.ptr, b.len))
               ? 0
               : pail_custom_refuse(run, zip_help);
}

static int apply_zip(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    struct pail_value *v = NULL;
    bool layer = strcmp(run->command, "publish-layer-version") == 0;
    int rc = zip_value(run, a, &v);
    if (!rc)
        run->note = layer ? "Content" : "Code";
    if (!rc)
        pail_value_set(run->cli->vs, pail_custom_map(run, run->values, run->note),
                       PAIL_STR("ZipFile"), v);
    return rc;
}

static int before_update_code(struct pail_run *run)
{
    const struct pail_value *v = pail_value_get(run->values, PAIL_STR("ZipFile"));
    struct pail_bytes b = pail_value_as_blob(v);
    return !v || run->skeleton || (b.ptr && pail_is_zip(pail_strn(b.ptr, b.len)))
               ? 0
               : pail_custom_refuse(run, zip_help);
}

static const struct pail_extra zip_file[] = {
    {"--zip-file", PAIL_ARG_ONE, .apply = apply_zip, .help = "The zip file: fileb://code.zip"},
    {NULL},
};
static const char *const code_optional[] = {"--code", NULL};
static const char *const content_optional[] = {"--content", NULL};

/* ---- cloudwatch put-metric-data: one metric by options --------------------------------------- */

static struct pail_value *metric(struct pail_run *run)
{
    return pail_custom_first(run, run->values, "MetricData");
}

static int decimal(struct pail_run *run, struct pail_str text, struct pail_value **ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    *ret = pail_input_real(run->cli->vs, text, &why);
    if (*ret)
        return 0;
    return pail_cli_fail(run->cli, PAIL_EXIT_ERROR, NULL,
                         PAIL_STR("[<class 'decimal.ConversionSyntax'>]"));
}

static int apply_metric_text(struct pail_run *run, const struct pail_extra *x,
                             const struct pail_arg *a)
{
    pail_custom_text(run, metric(run),
                     strcmp(x->name, "--unit") == 0        ? "Unit"
                     : strcmp(x->name, "--timestamp") == 0 ? "Timestamp"
                                                           : "MetricName",
                     a->value);
    return 0;
}

static int apply_metric_value(struct pail_run *run, const struct pail_extra *x,
                              const struct pail_arg *a)
{
    struct pail_value *v = NULL;
    int rc = decimal(run, pail_str(a->value), &v);
    if (!rc)
        pail_value_set(run->cli->vs, metric(run), PAIL_STR("Value"), v);
    return rc;
}

static int apply_resolution(struct pail_run *run, const struct pail_extra *x,
                            const struct pail_arg *a)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_value *v = pail_input_int(run->cli->vs, pail_str(a->value), &why);
    if (!v)
        return pail_cli_fail(run->cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
    pail_value_set(run->cli->vs, metric(run), PAIL_STR("StorageResolution"), v);
    return 0;
}

/* "a=1,b=2" */
static int apply_pairs(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    struct pail_values *vs = run->cli->vs;
    bool statistics = strcmp(x->name, "--statistic-values") == 0;
    struct pail_value *to = statistics ? pail_value_map(vs) : pail_value_list(vs);
    struct pail_str rest = pail_str(a->value), pair;
    while (pail_str_split(&rest, ',', &pair)) {
        size_t eq = pail_str_find(pair, '=');
        struct pail_value *v = NULL;
        if (eq == SIZE_MAX || pail_str_find(pail_str_from(pair, eq + 1), '=') != SIZE_MAX)
            return pail_cli_failf(run->cli, PAIL_EXIT_ERROR, NULL,
                                  eq == SIZE_MAX ? "not enough values to unpack (expected 2, got 1)"
                                                 : "too many values to unpack (expected 2)");
        struct pail_str key = pail_str_sub(pair, 0, eq), value = pail_str_from(pair, eq + 1);
        if (statistics) {
            int rc = decimal(run, value, &v);
            if (rc)
                return rc;
            pail_value_set(vs, to, key, v);
        } else {
            v = pail_value_map(vs);
            pail_value_set(vs, v, PAIL_STR("Name"), pail_value_str(vs, key));
            pail_value_set(vs, v, PAIL_STR("Value"), pail_value_str(vs, value));
            pail_value_append(vs, to, v);
        }
    }
    pail_value_set(vs, metric(run),
                   statistics ? PAIL_STR("StatisticValues") : PAIL_STR("Dimensions"), to);
    return 0;
}

static const struct pail_extra put_metric[] = {
    {"--metric-name", PAIL_ARG_ONE, .apply = apply_metric_text, .help = "The metric's name"},
    {"--timestamp", PAIL_ARG_ONE, .apply = apply_metric_text, .help = "When it was measured"},
    {"--unit", PAIL_ARG_ONE, .apply = apply_metric_text, .help = "The metric's unit"},
    {"--value", PAIL_ARG_ONE, .apply = apply_metric_value, .help = "The metric's value"},
    {"--dimensions", PAIL_ARG_ONE, .apply = apply_pairs, .help = "Name=Value,..."},
    {"--statistic-values", PAIL_ARG_ONE, .apply = apply_pairs, .help = "Sum=...,Maximum=..."},
    {"--storage-resolution", PAIL_ARG_ONE, .apply = apply_resolution, .help = "Seconds: 1 or 60"},
    {NULL},
};
static const char *const metric_optional[] = {"--metric-data", NULL};

/* ---- iam create-virtual-mfa-device ----------------------------------------------------------- */

static int apply_nothing(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    return 0;
}

static int after_virtual_mfa(struct pail_run *run, struct pail_value *answer)
{
    static const char *const seeds[] = {"QRCodePNG", "Base32StringSeed"};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf bytes = PAIL_BUF_INIT(64 << 20);
    struct pail_value *device = pail_value_get(answer, PAIL_STR("VirtualMFADevice"));
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_arg *file = NULL, *method = NULL;
    if (!pail_params_find(run, "--outfile", &file) ||
        !pail_params_find(run, "--bootstrap-method", &method) || !method->value)
        return 0;
    struct pail_value *seed = pail_value_get(device, pail_str(method->value));
    if (!seed)
        return 0;
    int rc = pail_base64_decode(&bytes, pail_value_as_str(seed), &err);
    if (!rc)
        rc = pail_file_write_all(file->value, (struct pail_bytes){bytes.ptr, bytes.len}, 0600,
                                 &err);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(seeds); i++)
        pail_value_remove(device, pail_str(seeds[i]));
    return rc ? pail_cli_error(run->cli, &err) : 0;
}

static const char *const mfa_methods[] = {"QRCodePNG", "Base32StringSeed", NULL};
static const struct pail_extra virtual_mfa[] = {
    {"--outfile", PAIL_ARG_ONE, .required = true, .apply = apply_nothing,
     .help = "Where the bootstrap data go"},
    {"--bootstrap-method", PAIL_ARG_ONE, .required = true, .choices = mfa_methods,
     .apply = apply_nothing, .help = "QRCodePNG or Base32StringSeed"},
    {NULL},
};

/* ---- ses send-email -------------------------------------------------------------------------- */

static int apply_addresses(struct pail_run *run, const struct pail_extra *x,
                           const struct pail_arg *a)
{
    struct pail_values *vs = run->cli->vs;
    pail_value_set(vs, pail_custom_map(run, run->values, "Destination"),
                   strcmp(x->name, "--to") == 0   ? PAIL_STR("ToAddresses")
                   : strcmp(x->name, "--cc") == 0 ? PAIL_STR("CcAddresses")
                                                  : PAIL_STR("BccAddresses"),
                   pail_cli_texts(run->cli, a));
    return 0;
}

static int apply_content(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_value *content = NULL;
    if (pail_paramfile(run->cli->vs, a->value, &content, &why))
        return pail_cli_bad_param(run->cli, a->name, pail_buf_view(&why));
    struct pail_value *message = pail_custom_map(run, run->values, "Message"), *at;
    struct pail_value *subject = pail_custom_map(run, message, "Subject");
    struct pail_value *body = pail_custom_map(run, message, "Body");
    at = strcmp(x->name, "--subject") == 0 ? subject
         : strcmp(x->name, "--text") == 0  ? pail_custom_map(run, body, "Text")
                                           : pail_custom_map(run, body, "Html");
    pail_value_set(run->cli->vs, at, PAIL_STR("Data"),
                   content ? content : pail_value_str(run->cli->vs, pail_str(a->value)));
    return 0;
}

static const struct pail_extra send_email[] = {
    {"--to", PAIL_ARG_LIST, .apply = apply_addresses, .help = "Addresses"},
    {"--cc", PAIL_ARG_LIST, .apply = apply_addresses, .help = "Addresses for copies"},
    {"--bcc", PAIL_ARG_LIST, .apply = apply_addresses, .help = "Addresses for hidden copies"},
    {"--subject", PAIL_ARG_ONE, .apply = apply_content, .help = "The subject"},
    {"--text", PAIL_ARG_ONE, .apply = apply_content, .help = "The body as plain text"},
    {"--html", PAIL_ARG_ONE, .apply = apply_content, .help = "The body as HTML"},
    {NULL},
};
static const char *const send_email_optional[] = {"--message", "--destination", NULL};

const struct pail_custom pail_custom_more[] = {
    {.service = "lambda",
     .operation = "create-function",
     .extras = zip_file,
     .optional = code_optional},
    {.service = "lambda",
     .operation = "publish-layer-version",
     .extras = zip_file,
     .optional = content_optional},
    {.service = "lambda", .operation = "update-function-code", .before = before_update_code},
    {.service = "cloudwatch",
     .operation = "put-metric-data",
     .extras = put_metric,
     .optional = metric_optional},
    {.service = "iam",
     .operation = "create-virtual-mfa-device",
     .extras = virtual_mfa,
     .after = after_virtual_mfa},
    {.service = "ses",
     .operation = "send-email",
     .extras = send_email,
     .optional = send_email_optional},
    {.service = NULL},
};
