/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members inside of a structure that have options of their own, because they are files, or because
 * shorthand cannot say them: "rekognition detect-text --image-bytes fileb://x.png" is the Bytes of
 * Image. A table of paths; the model has the types.
 */
#include "tools/service/custom.h"

#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

/* The member at the end of "Image.Bytes" and the map that it belongs into. */
static bool member_at(struct pail_run *run, const char *path, struct pail_shape *ret,
                      struct pail_value **ret_in)
{
    struct pail_str rest = pail_str(path), part;
    struct pail_shape at = run->input;
    struct pail_value *in = run->values;
    while (pail_str_split(&rest, '.', &part)) {
        struct pail_shape next;
        if (!pail_shape_member(&at, part, &next))
            return false;
        at = next;
        if (!rest.ptr)
            break;
        const char *name = pail_cli_keep(run->cli, part);
        if (!name)
            return false;
        in = pail_custom_map(run, in, name);
    }
    *ret = at;
    *ret_in = in;
    return true;
}

/* A model that is older than the option. */
static int refuse_unknown(struct pail_run *run, const struct pail_extra *x)
{
    return pail_cli_failf(run->cli, PAIL_EXIT_USAGE, "ParamValidation", "Unknown options: %s",
                          x->name);
}

int pail_custom_apply_path(struct pail_run *run, const struct pail_extra *x,
                           const struct pail_arg *a)
{
    struct pail_param p = {.name = x->name};
    struct pail_value *in = NULL, *v = NULL;
    if (!member_at(run, x->path, &p.shape, &in))
        return refuse_unknown(run, x);
    int rc = pail_unpack(run, &p, a, &v);
    if (!rc && v)
        pail_value_set(run->cli->vs, in, p.shape.member, v);
    return rc;
}

#define PATH(option, where, text)                                                                  \
    {                                                                                              \
        .name = option, .take = PAIL_ARG_ONE, .apply = pail_custom_apply_path, .path = where,      \
        .help = text                                                                               \
    }

/* ---- rekognition, quicksight, translate ------------------------------------------------------ */

static const struct pail_extra image[] = {PATH("--image-bytes", "Image.Bytes", "fileb://x.png"),
                                          {NULL}};
static const struct pail_extra faces[] = {
    PATH("--source-image-bytes", "SourceImage.Bytes", "fileb://x.png"),
    PATH("--target-image-bytes", "TargetImage.Bytes", "fileb://y.png"),
    {NULL}};
static const char *const image_optional[] = {"--image", NULL};
static const char *const faces_optional[] = {"--source-image", "--target-image", NULL};
static const struct pail_extra bundle[] = {
    PATH("--asset-bundle-import-source-bytes", "AssetBundleImportSource.Body", "fileb://x.qs"),
    {NULL}};
static const char *const bundle_optional[] = {"--asset-bundle-import-source", NULL};

/* What the file's option is for must not stand in the other one too. */
static int refuse_both(struct pail_run *run, const char *option, const char *member,
                       const char *instead)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 12);
    struct pail_param p = *pail_params_find(run, option, NULL);
    const struct pail_arg *a = NULL;
    struct pail_value *v = NULL;
    (void)pail_params_find(run, option, &a);
    if (!a->given || pail_unpack(run, &p, a, &v) || !pail_value_get(v, pail_str(member)))
        return 0;
    pail_buf_fmt(&text,
                 "%s cannot be provided as part of the '%s' argument. Please use the '%s' option "
                 "instead to specify a file.",
                 member, option, instead);
    return pail_custom_refuse(run, pail_buf_cstr(&text));
}

static int apply_terminology(struct pail_run *run, const struct pail_extra *x,
                             const struct pail_arg *a)
{
    int code = refuse_both(run, "--terminology-data", "File", x->name);
    return code ? code : pail_custom_apply_path(run, x, a);
}

static int apply_document(struct pail_run *run, const struct pail_extra *x,
                          const struct pail_arg *a)
{
    int code = refuse_both(run, "--document", "Content", x->name);
    return code ? code : pail_custom_apply_path(run, x, a);
}

static const struct pail_extra terminology[] = {{.name = "--data-file",
                                                 .take = PAIL_ARG_ONE,
                                                 .required = true,
                                                 .apply = apply_terminology,
                                                 .path = "TerminologyData.File",
                                                 .help = "fileb://data.csv"},
                                                {NULL}};
static const char *const terminology_optional[] = {"--terminology-data", NULL};
static const struct pail_extra document[] = {{.name = "--document-content",
                                              .take = PAIL_ARG_ONE,
                                              .required = true,
                                              .apply = apply_document,
                                              .path = "Document.Content",
                                              .help = "fileb://text.html"},
                                             {NULL}};
static const char *const document_optional[] = {"--document", NULL};

/* ---- configservice, cloudsearch -------------------------------------------------------------- */

static const struct pail_extra recorder[] = {
    PATH("--recording-group", "ConfigurationRecorder.recordingGroup", "What is recorded"), {NULL}};

static const struct pail_extra expression[] = {{.name = "--name",
                                                .take = PAIL_ARG_ONE,
                                                .required = true,
                                                .apply = pail_custom_apply_path,
                                                .path = "Expression.ExpressionName",
                                                .help = "The expression's name"},
                                               {.name = "--expression",
                                                .take = PAIL_ARG_ONE,
                                                .required = true,
                                                .apply = pail_custom_apply_path,
                                                .path = "Expression.ExpressionValue",
                                                .help = "The expression"},
                                               {NULL}};
static const char *const expression_removed[] = {"--expression", NULL};

/* "int-array" to "IntArrayOptions"; "latlon" is "LatLonOptions". */
static void put_options(struct pail_buf *to, struct pail_str type)
{
    struct pail_str rest = type, word;
    if (pail_str_eqz(type, "latlon"))
        rest = PAIL_STR("lat-lon");
    while (pail_str_split(&rest, '-', &word))
        for (size_t i = 0; i < word.len; i++) {
            char c = word.ptr[i];
            pail_buf_char(to, i == 0 && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
        }
    pail_buf_z(to, "Options");
}

/* Options of the field's type: the path's last part, in the structure of that type. */
static int apply_field(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf where = PAIL_BUF_INIT(1 << 12);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 12);
    struct pail_values *vs = run->cli->vs;
    struct pail_value *field = pail_custom_map(run, run->values, "IndexField"), *v;
    struct pail_str type = pail_value_as_str(pail_value_get(field, PAIL_STR("IndexFieldType")));
    if (!type.ptr)
        return pail_custom_refuse(run, "You must pass the --type option.");
    put_options(&where, type);
    struct pail_str value = pail_str(a->value);
    bool is_flag = pail_str_ends(pail_str(x->path), PAIL_STR("Enabled"));
    bool is_default = strcmp(x->path, "DefaultValue") == 0;
    if (is_flag)
        v = pail_value_bool(vs, !pail_str_ieq(value, PAIL_STR("false")));
    else if (is_default && pail_str_starts(type, PAIL_STR("int")))
        v = pail_input_int(vs, value, &why);
    else if (is_default && pail_str_starts(type, PAIL_STR("double")))
        v = pail_input_real(vs, value, &why);
    else
        v = pail_value_str(vs, value);
    if (!v)
        return pail_cli_fail(run->cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
    pail_value_set(vs, pail_custom_map(run, field, pail_buf_cstr(&where)), pail_str(x->path), v);
    return 0;
}

#define FIELD(option, where, text)                                                                 \
    {                                                                                              \
        .name = option, .take = PAIL_ARG_ONE, .apply = apply_field, .path = where, .help = text    \
    }
static const struct pail_extra index_field[] = {
    {.name = "--name",
     .take = PAIL_ARG_ONE,
     .required = true,
     .apply = pail_custom_apply_path,
     .path = "IndexField.IndexFieldName",
     .help = "The field's name"},
    {.name = "--type",
     .take = PAIL_ARG_ONE,
     .required = true,
     .apply = pail_custom_apply_path,
     .path = "IndexField.IndexFieldType",
     .help = "The field's type"},
    FIELD("--default-value", "DefaultValue", "The value of documents without one"),
    FIELD("--facet-enabled", "FacetEnabled", "true or false"),
    FIELD("--search-enabled", "SearchEnabled", "true or false"),
    FIELD("--return-enabled", "ReturnEnabled", "true or false"),
    FIELD("--sort-enabled", "SortEnabled", "true or false"),
    FIELD("--source-field", "SourceField", "The field that is copied"),
    FIELD("--highlight-enabled", "HighlightEnabled", "true or false"),
    FIELD("--analysis-scheme", "AnalysisScheme", "A scheme's name"),
    {NULL}};
static const char *const index_field_removed[] = {"--index-field", NULL};

/* ---- deploy ---------------------------------------------------------------------------------- */

/* --s3-location and --github-location: the revision of that kind, with what it must have. */
static int apply_location(struct pail_run *run, const struct pail_extra *x,
                          const struct pail_arg *a)
{
    static const char *const s3[] = {"bucket", "key", "bundleType", "eTag", "version", NULL};
    static const char *const github[] = {"repository", "commitId", NULL};
    bool is_s3 = strcmp(x->name, "--s3-location") == 0;
    const char *const *members = is_s3 ? s3 : github;
    struct pail_values *vs = run->cli->vs;
    struct pail_value *revision = pail_value_map(vs), *to = pail_value_map(vs), *given = NULL;
    struct pail_param p = {.name = x->name};
    struct pail_shape at;
    if (!pail_shape_member(&run->input, PAIL_STR("revision"), &at) ||
        !pail_shape_member(&at, pail_str(x->path), &p.shape))
        return refuse_unknown(run, x);
    int rc = pail_unpack(run, &p, a, &given);
    if (rc)
        return rc;
    for (size_t i = 0; members[i]; i++) {
        struct pail_value *v = pail_value_get(given, pail_str(members[i]));
        if (!pail_value_as_str(v).len && (!is_s3 || i < 3))
            return pail_custom_refuse(
                run, is_s3 ? "--s3-location must specify bucket, key and bundleType."
                           : "--github-location must specify repository and commitId.");
        if (v)
            pail_value_set(vs, to, pail_str(members[i]), pail_value_copy(vs, v));
    }
    pail_custom_text(run, revision, "revisionType", is_s3 ? "S3" : "GitHub");
    pail_value_set(vs, revision, pail_str(x->path), to);
    pail_value_set(vs, run->values, PAIL_STR("revision"), revision);
    return 0;
}

static const struct pail_extra locations[] = {
    {"--s3-location", PAIL_ARG_ONE, .apply = apply_location, .path = "s3Location",
     .help = "bucket=...,key=...,bundleType=tar|tgz|zip"},
    {"--github-location", PAIL_ARG_ONE, .apply = apply_location, .path = "gitHubLocation",
     .help = "repository=...,commitId=..."},
    {NULL}};
static const char *const revision_optional[] = {"--revision", NULL};

#define IMAGE(name)                                                                                \
    {                                                                                              \
        .service = "rekognition", .operation = name, .extras = image, .optional = image_optional   \
    }
#define LOCATION(name)                                                                             \
    {                                                                                              \
        .service = "deploy", .operation = name, .extras = locations, .optional = revision_optional \
    }
const struct pail_custom pail_custom_paths[] = {
    {.service = "rekognition",
     .operation = "compare-faces",
     .extras = faces,
     .optional = faces_optional},
    IMAGE("detect-custom-labels"),
    IMAGE("detect-faces"),
    IMAGE("detect-labels"),
    IMAGE("detect-moderation-labels"),
    IMAGE("detect-protective-equipment"),
    IMAGE("detect-text"),
    IMAGE("index-faces"),
    IMAGE("recognize-celebrities"),
    IMAGE("search-faces-by-image"),
    IMAGE("search-users-by-image"),
    {.service = "quicksight",
     .operation = "start-asset-bundle-import-job",
     .extras = bundle,
     .optional = bundle_optional},
    {.service = "translate",
     .operation = "import-terminology",
     .extras = terminology,
     .optional = terminology_optional},
    {.service = "translate",
     .operation = "translate-document",
     .extras = document,
     .optional = document_optional},
    {.service = "configservice", .operation = "put-configuration-recorder", .extras = recorder},
    {.service = "cloudsearch",
     .operation = "define-expression",
     .extras = expression,
     .removed = expression_removed},
    {.service = "cloudsearch",
     .operation = "define-index-field",
     .extras = index_field,
     .removed = index_field_removed},
    LOCATION("create-deployment"),
    LOCATION("get-application-revision"),
    LOCATION("register-application-revision"),
    {.service = NULL},
};
