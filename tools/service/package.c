/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "cloudformation package": local files and folders that a template names are put into a bucket,
 * and the template that is written names them there. Templates inside of templates first.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"
#include "base/value_json.h"
#include "base/value_repr.h"
#include "tools/cmd.h"
#include "tools/service/archive.h"
#include "tools/service/input.h"
#include "tools/service/output.h"
#include "tools/service/stream.h"
#include "tools/service/uploader.h"
#include "tools/service/yaml.h"

#define TEMPLATE_MAX ((size_t)64 << 20)
#define NESTED_MAX 32

/* What a property becomes: a URL; a map of bucket, key and version; a URL of a template that was
 * packaged, too. */
enum form { URL, MAP, NESTED };
struct artifact {
    const char *type, *property; /* "AWS::Lambda::Function", "Code", "Command.ScriptLocation" */
    enum form form;
    bool default_dir; /* without the property, the template's folder */
    bool zipped;      /* a file too */
    const char *bucket, *key, *version;
};

/* clang-format off */
static const struct artifact resources[] = {
    {"AWS::Serverless::Function", "CodeUri", URL, true, true, NULL, NULL, NULL},
    {"AWS::Serverless::Api", "DefinitionUri", URL, false, false, NULL, NULL, NULL},
    {"AWS::AppSync::GraphQLSchema", "DefinitionS3Location", URL, false, false, NULL, NULL, NULL},
    {"AWS::AppSync::Resolver", "RequestMappingTemplateS3Location", URL, false, false, NULL, NULL, NULL},
    {"AWS::AppSync::Resolver", "ResponseMappingTemplateS3Location", URL, false, false, NULL, NULL, NULL},
    {"AWS::AppSync::Resolver", "CodeS3Location", URL, false, false, NULL, NULL, NULL},
    {"AWS::AppSync::FunctionConfiguration", "RequestMappingTemplateS3Location", URL, false, false, NULL, NULL, NULL},
    {"AWS::AppSync::FunctionConfiguration", "ResponseMappingTemplateS3Location", URL, false, false, NULL, NULL, NULL},
    {"AWS::AppSync::FunctionConfiguration", "CodeS3Location", URL, false, false, NULL, NULL, NULL},
    {"AWS::ApiGateway::RestApi", "BodyS3Location", MAP, false, false, "Bucket", "Key", "Version"},
    {"AWS::Lambda::Function", "Code", MAP, true, true, "S3Bucket", "S3Key", "S3ObjectVersion"},
    {"AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle", MAP, true, false, "S3Bucket", "S3Key", NULL},
    {"AWS::CloudFormation::Stack", "TemplateURL", NESTED, true, false, NULL, NULL, NULL},
    {"AWS::CloudFormation::StackSet", "TemplateURL", NESTED, true, false, NULL, NULL, NULL},
    {"AWS::Serverless::Application", "Location", NESTED, true, false, NULL, NULL, NULL},
    {"AWS::Serverless::LayerVersion", "ContentUri", URL, true, true, NULL, NULL, NULL},
    {"AWS::Lambda::LayerVersion", "Content", MAP, true, true, "S3Bucket", "S3Key", "S3ObjectVersion"},
    {"AWS::Glue::Job", "Command.ScriptLocation", URL, true, false, NULL, NULL, NULL},
    {"AWS::StepFunctions::StateMachine", "DefinitionS3Location", MAP, false, false, "Bucket", "Key", "Version"},
    {"AWS::Serverless::StateMachine", "DefinitionUri", MAP, false, false, "Bucket", "Key", "Version"},
    {"AWS::CodeCommit::Repository", "Code.S3", MAP, false, true, "Bucket", "Key", "ObjectVersion"},
};
static const struct artifact metadata[] = {
    {"AWS::ServerlessRepo::Application", "ReadmeUrl", URL, false, false, NULL, NULL, NULL},
    {"AWS::ServerlessRepo::Application", "LicenseUrl", URL, false, false, NULL, NULL, NULL},
};
/* clang-format on */

struct package {
    struct pail_cli *cli;
    struct pail_uploader uploader;
    struct pail_buf why; /* what is wrong, in the words for the user */
    unsigned depth;
};

static int template_at(struct package *p, const char *path, struct pail_value **ret,
                       struct pail_error *err);

/* What of the error was not told yet. */
static int told(struct package *p, const struct pail_error *err)
{
    if (!p->why.len)
        pail_buf_z(&p->why, p->uploader.why ? p->uploader.why : err->message);
    return err->code ? err->code : PAIL_E_INVALID;
}

static int fail(struct package *p, const char *what, const char *property, const char *id,
                const char *path)
{
    pail_buf_fmt(&p->why, what, property, id, path);
    return PAIL_E_INVALID;
}
#define NO_LOCAL "Parameter %s of resource %s refers to a file or folder that does not exist %s"
#define NO_TEMPLATE                                                                                \
    "%s parameter of %s resource is invalid. It must be a S3 URL or path to CloudFormation "       \
    "template file. Actual: %s"

/* ---- Paths and URLs -------------------------------------------------------------------------- */

static bool is_s3_url(const char *s)
{
    const char *slash = strncmp(s, "s3://", 5) == 0 ? strchr(s + 5, '/') : NULL;
    return slash && slash > s + 5;
}

static const char *below(struct package *p, const char *dir, const char *path)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    if (path[0] != '/')
        pail_buf_fmt(&text, "%s/", dir);
    pail_buf_z(&text, path);
    return pail_cli_absolute(p->cli, pail_buf_cstr(&text));
}

/* {"Bucket": ..., "Key": ...} of "s3://BUCKET/KEY?versionId=V". */
static struct pail_value *place_of(struct package *p, const struct artifact *a, const char *url)
{
    struct pail_values *vs = p->cli->vs;
    struct pail_value *map = pail_value_map(vs);
    struct pail_str s = pail_str_from(pail_str(url), 5), version = {NULL, 0};
    size_t mark = pail_str_find(s, '?');
    if (mark != SIZE_MAX) {
        struct pail_str rest = pail_str_from(s, mark + 1), pair;
        while (pail_str_split(&rest, '&', &pair))
            if (pail_str_starts(pair, PAIL_STR("versionId=")))
                version = pail_str_from(pair, strlen("versionId="));
        s = pail_str_sub(s, 0, mark);
    }
    size_t slash = pail_str_find(s, '/');
    struct pail_str key = pail_str_from(s, slash);
    while (key.len && key.ptr[0] == '/')
        key = pail_str_from(key, 1);
    pail_value_set(vs, map, pail_str(a->bucket), pail_value_str(vs, pail_str_sub(s, 0, slash)));
    pail_value_set(vs, map, pail_str(a->key), pail_value_str(vs, key));
    if (a->version && version.len)
        pail_value_set(vs, map, pail_str(a->version), pail_value_str(vs, version));
    return map;
}

/* ---- Properties ------------------------------------------------------------------------------ */

static void set_property(struct package *p, struct pail_value *properties, const char *path,
                         struct pail_value *v)
{
    struct pail_str rest = pail_str(path), part;
    struct pail_value *in = properties;
    while (pail_str_split(&rest, '.', &part) && rest.ptr) {
        struct pail_value *next = pail_value_get(in, part);
        if (pail_value_type(next) != PAIL_VAL_MAP)
            next = pail_value_set(p->cli->vs, in, part, pail_value_map(p->cli->vs));
        in = next;
    }
    pail_value_set(p->cli->vs, in, part, v);
}

static int put_archive(struct package *p, const char *path, bool is_dir, const char **ret)
{
    struct pail_archive a;
    struct pail_error err = PAIL_ERROR_INIT;
    const char *slash = strrchr(path, '/');
    pail_archive_init(&a);
    int rc = is_dir ? pail_archive_add_dir(&a, path, false, &err)
                    : pail_archive_add(&a, path, slash ? slash + 1 : path, &err);
    if (!rc)
        rc = pail_archive_finish(&a, &err);
    if (!rc)
        rc = pail_uploader_put(&p->uploader, (struct pail_bytes){a.data.ptr, a.data.len}, NULL, ret,
                               &err);
    pail_archive_done(&a);
    return rc ? told(p, &err) : 0;
}

static bool holds_zip(const char *path)
{
    struct pail_file_map map = {0};
    bool zip = !pail_file_map(path, SIZE_MAX / 2, &map, NULL) &&
               pail_is_zip(pail_strn(map.ptr, map.len));
    pail_file_unmap(&map);
    return zip;
}

/* *ret: the URL of what `text` names. */
static int put_local(struct package *p, const struct artifact *a, const char *id, const char *text,
                     const char *dir, const char **ret)
{
    struct pail_error err = PAIL_ERROR_INIT;
    if (a->zipped && *text && pail_is_file(text) && !holds_zip(text)) /* from where we are */
        return put_archive(p, text, false, ret);
    const char *path = below(p, dir, text);
    if (!path)
        return PAIL_E_NOMEM;
    if (pail_is_dir(path))
        return put_archive(p, path, true, ret);
    if (!pail_is_file(path))
        return fail(p, NO_LOCAL, a->property, id, path);
    return pail_uploader_put_file(&p->uploader, path, ret, &err) ? told(p, &err) : 0;
}

static int put_template(struct package *p, const struct artifact *a, const char *id,
                        const char *text, const char *dir, const char **ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(TEMPLATE_MAX);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *inner = NULL;
    const char *url = NULL, *path = below(p, dir, text);
    if (!path)
        return PAIL_E_NOMEM;
    if (!pail_is_file(path))
        return fail(p, NO_TEMPLATE, a->property, id, path);
    int rc = template_at(p, path, &inner, &err);
    if (rc)
        return told(p, &err);
    pail_out_template(&out, inner);
    rc = pail_buf_check(&out, path, &err);
    if (!rc)
        rc = pail_uploader_put(&p->uploader, (struct pail_bytes){out.ptr, out.len}, "template",
                               &url, &err);
    if (!rc)
        rc = pail_uploader_web_url(&p->uploader, url, ret, &err);
    return rc ? told(p, &err) : 0;
}

/* One property of one resource. */
static int export_one(struct package *p, const struct artifact *a, const char *id,
                      struct pail_value *properties, const char *dir)
{
    const struct pail_value *v = pail_value_find(properties, a->property);
    struct pail_str s = pail_value_as_str(v);
    bool empty = !v || pail_value_type(v) == PAIL_VAL_NULL || (s.ptr && !s.len);
    if ((empty && !a->default_dir) || pail_value_type(v) == PAIL_VAL_MAP)
        return 0;
    const char *text = s.len ? pail_cli_keep(p->cli, s) : NULL, *url = NULL;
    if (a->form == NESTED && (!text || is_s3_url(text) || strncmp(text, "http://", 7) == 0 ||
                              strncmp(text, "https://", 8) == 0))
        return 0;
    int rc = 0;
    if (text && is_s3_url(text))
        url = text;
    else if (a->form == NESTED)
        rc = put_template(p, a, id, text, dir, &url);
    else
        rc = put_local(p, a, id, text ? text : "", dir, &url);
    if (rc) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf all = PAIL_BUF_INIT(TEMPLATE_MAX);
        pail_buf_fmt(&all,
                     "Unable to upload artifact %s referenced by %s parameter of %s resource.\n%s",
                     text ? text : "None", a->property, id, pail_buf_cstr(&p->why));
        pail_buf_reset(&p->why);
        pail_buf_str(&p->why, pail_buf_view(&all));
        return rc;
    }
    set_property(p, properties, a->property,
                 a->form == MAP ? place_of(p, a, url) : pail_value_str(p->cli->vs, pail_str(url)));
    return 0;
}

static int export_by_type(struct package *p, const struct artifact *table, size_t n,
                          struct pail_str type, struct pail_str id, struct pail_value *properties,
                          const char *dir)
{
    const char *name = pail_cli_keep(p->cli, id);
    int rc = name ? 0 : PAIL_E_NOMEM;
    for (size_t i = 0; !rc && pail_value_type(properties) == PAIL_VAL_MAP && i < n; i++)
        if (pail_str_eqz(type, table[i].type))
            rc = export_one(p, &table[i], name, properties, dir);
    return rc;
}

/* ---- Templates ------------------------------------------------------------------------------- */

/* "Fn::Transform" of "AWS::Include", wherever it is. */
static int export_includes(struct package *p, struct pail_value *v, const char *dir)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = 0;
    bool map = pail_value_type(v) == PAIL_VAL_MAP;
    for (size_t i = 0; !rc && (map || pail_value_type(v) == PAIL_VAL_LIST) && i < pail_value_len(v);
         i++) {
        struct pail_value *at = pail_value_at(v, i);
        if (!map || !pail_str_eqz(pail_value_key_at(v, i), "Fn::Transform")) {
            if (map || pail_value_type(at) == PAIL_VAL_MAP)
                rc = export_includes(p, at, dir);
            continue;
        }
        const char *where = pail_value_find_str(at, "Parameters.Location"), *url = NULL;
        if (strcmp(pail_text_at(at, "Name"), "AWS::Include") != 0 || !where || !*where ||
            is_s3_url(where))
            continue;
        const char *path = below(p, dir, where);
        if (!path)
            return PAIL_E_NOMEM;
        if (!pail_is_file(path))
            return fail(p, NO_LOCAL, "Location", "AWS::Include", path);
        if (pail_uploader_put_file(&p->uploader, path, &url, &err))
            return told(p, &err);
        pail_value_set(p->cli->vs, pail_value_find(at, "Parameters"), PAIL_STR("Location"),
                       pail_value_str(p->cli->vs, pail_str(url)));
    }
    return rc;
}

/* The map of resources, and those inside of "Fn::ForEach::NAME": [variable, values, resources]. */
static int export_resources(struct package *p, struct pail_value *all, const char *dir)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < pail_value_len(all); i++) {
        struct pail_value *r = pail_value_at(all, i);
        struct pail_str id = pail_value_key_at(all, i);
        if (!pail_str_starts(id, PAIL_STR("Fn::ForEach::"))) {
            struct pail_str type = pail_value_as_str(pail_value_get(r, PAIL_STR("Type")));
            rc = export_by_type(p, resources, PAIL_ARRAY_LEN(resources), type, id,
                                pail_value_get(r, PAIL_STR("Properties")), dir);
        } else if (pail_value_type(r) != PAIL_VAL_LIST || pail_value_len(r) != 3) {
            pail_buf_fmt(
                &p->why,
                "The value of %.*s has an invalid \"Fn::ForEach::\" format: Must be a list "
                "of three entries",
                PAIL_STR_ARG(id));
            rc = PAIL_E_INVALID;
        } else {
            rc = export_resources(p, pail_value_at(r, 2), dir);
        }
    }
    return rc;
}

static int export_template(struct package *p, struct pail_value *t, const char *dir)
{
    struct pail_value *extra = pail_value_get(t, PAIL_STR("Metadata"));
    struct pail_value *all = pail_value_get(t, PAIL_STR("Resources"));
    int rc = 0;
    for (size_t i = 0; !rc && i < pail_value_len(extra); i++) {
        struct pail_str type = pail_value_key_at(extra, i);
        rc = export_by_type(p, metadata, PAIL_ARRAY_LEN(metadata), type, type,
                            pail_value_at(extra, i), dir);
    }
    if (!rc && all)
        rc = export_includes(p, t, dir);
    return rc ? rc : export_resources(p, all, dir);
}

static int template_at(struct package *p, const char *path, struct pail_value **ret,
                       struct pail_error *err)
{
    struct pail_str text;
    const char *whole = pail_cli_absolute(p->cli, path);
    const char *dir = whole ? pail_cli_keep(p->cli,
                                            pail_strn(whole, (size_t)(strrchr(whole, '/') - whole)))
                            : NULL;
    if (!dir)
        return pail_error_nomem(err);
    if (p->depth >= NESTED_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG, "%s: templates nested too deeply",
                              path);
    int rc = pail_cli_read_file(p->cli, whole, TEMPLATE_MAX, &text, err);
    if (!rc)
        rc = pail_template_parse(p->cli->vs, text, ret, err);
    if (rc)
        return rc;
    p->depth++;
    rc = export_template(p, *ret, *dir ? dir : "/");
    p->depth--;
    return rc ? pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s", pail_buf_cstr(&p->why)) : 0;
}

/* ---- The command ----------------------------------------------------------------------------- */

enum option { TEMPLATE, BUCKET, PREFIX, KMS, OUTPUT, JSON, FORCE, METADATA, N_OPTIONS };

static int read_metadata(struct package *p, const struct pail_arg *a)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_value *v = NULL;
    struct pail_str s = pail_str(a->value);
    if (!s.ptr)
        return 0;
    int rc;
    if (pail_str_starts(s, PAIL_STR("{"))) {
        rc = pail_value_from_json(p->cli->vs, s, "metadata", &v, NULL);
        if (rc)
            pail_json_complaint(&why, s);
    } else {
        rc = pail_shorthand_parse(p->cli->vs, s, &v, &why);
    }
    p->uploader.metadata = v;
    return rc ? pail_cli_bad_param(p->cli, a->name, pail_buf_view(&why)) : 0;
}

static int write_out(struct package *p, const struct pail_arg *args, const struct pail_value *t)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct pail_error err = PAIL_ERROR_INIT;
    const char *path = args[OUTPUT].value;
    if (args[JSON].given)
        pail_value_to_json(&out, t, &(struct pail_json_style){.indent = 4});
    else
        pail_out_template(&out, t);
    if (pail_buf_check(&out, "template", &err))
        return pail_cli_error(p->cli, &err);
    printf("\n");
    if (!path) {
        fwrite(out.ptr, 1, out.len, stdout);
        return 0;
    }
    struct pail_save save;
    pail_save_init(&save, path);
    int rc = save.sink.begin ? save.sink.begin(save.sink.ud, out.len, &err) : 0;
    if (!rc)
        rc = save.sink.write(save.sink.ud, 0, out.ptr, out.len, &err);
    if (!rc)
        rc = pail_save_finish(&save, &err);
    pail_save_done(&save);
    if (rc)
        return pail_cli_error(p->cli, &err);
    const char *whole = pail_cli_absolute(p->cli, path);
    printf("Successfully packaged artifacts and wrote output template to file %s.\n"
           "Execute the following command to deploy the packaged template\n"
           "aws cloudformation deploy --template-file %s --stack-name <YOUR STACK NAME>\n",
           path, whole ? whole : path);
    return 0;
}

int pail_package_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[N_OPTIONS + 1] = {
        [TEMPLATE] = {.name = "--template-file", .required = true},
        [BUCKET] = {.name = "--s3-bucket", .required = true},
        [PREFIX] = {.name = "--s3-prefix"},
        [KMS] = {.name = "--kms-key-id"},
        [OUTPUT] = {.name = "--output-template-file"},
        [JSON] = {.name = "--use-json", .take = PAIL_ARG_NONE},
        [FORCE] = {.name = "--force-upload", .take = PAIL_ARG_NONE},
        [METADATA] = {.name = "--metadata"},
    };
    struct package p = {.cli = cli, .why = PAIL_BUF_INIT(1 << 20)};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *t = NULL;
    int code = pail_cli_args_read(cli, words, args);
    if (!code)
        code = read_metadata(&p, &args[METADATA]);
    if (code)
        return code;
    if (!pail_is_file(args[TEMPLATE].value))
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "Invalid template path %s",
                              args[TEMPLATE].value);
    p.uploader.bucket = args[BUCKET].value;
    p.uploader.prefix = args[PREFIX].value;
    p.uploader.kms_key_id = args[KMS].value && *args[KMS].value ? args[KMS].value : NULL;
    p.uploader.force = args[FORCE].given;
    int rc = pail_uploader_open(&p.uploader, cli, &err);
    if (!rc)
        rc = template_at(&p, args[TEMPLATE].value, &t, &err);
    if (!rc)
        code = write_out(&p, args, t);
    else if (p.why.len)
        code = pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&p.why));
    else
        code = pail_cli_error(cli, &err);
    pail_uploader_done(&p.uploader);
    pail_buf_done(&p.why);
    return code;
}
